"""The front door: the command line. Wires the three packages together, computes nothing."""

import asyncio
import json
import logging
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from bot.doctor.command import doctor
from bot.ratings_command import rated_answers, ratings
from bot.settings import Settings, read_settings
from bot.wizard.command import init
from model.bench_command import app as bench_app
from model.protocol import BASE_PREFIX, Swapped
from model.shelf_command import app as checkpoints_app
from model.shelf_command import consent_app
from train.bench_command import train as bench_train
from train.data_command import app as data_app
from train.eval_command import evaluate
from train.train_command import RATED, train

if TYPE_CHECKING:
    from bot.elsewhere import Elsewhere

OUR_PACKAGES = ("bot", "model", "train")
EXAMPLE = Path(__file__).resolve().parent / "examples" / "senpai"
EXAMPLE_NAME = "example"
HELP = "A chat bot in one consenting person's voice: exports in, a tuned checkpoint out, chat on Discord and LINE."
EXAMPLE_SPEAKER = "蒼井"

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=HELP)
app.add_typer(data_app, name="data")
app.command()(train)
app.command("eval")(evaluate)
app.command()(ratings)
app.command()(doctor)
app.command()(init)
app.add_typer(checkpoints_app, name="checkpoints")
app.add_typer(bench_app, name="bench")
bench_app.command("train")(bench_train)
app.add_typer(consent_app, name="consent")

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]


@app.callback()
def home(context: typer.Context) -> None:
    """Hand SENPAI_HOME, and what was rated, to the commands of the packages, which know neither settings nor bot."""
    context.obj = read_settings().senpai_home
    context.meta[RATED] = rated_answers


def main() -> None:
    """Run the command line. An error of our own is one sentence and exit code 1; any other is a bug and is shown."""
    _set_up_logging()
    try:
        app()
    except Exception as error:
        sentence = next(_sentences(error), None)
        if sentence is None:
            raise
        typer.echo(f"senpai: {sentence}", err=True)
        sys.exit(1)


def _set_up_logging() -> None:
    """Log events of services; a command that a person waits for logs warnings only."""
    is_service = bool({"run", "worker", "bot"} & set(sys.argv[1:2])) and "--quiet" not in sys.argv
    level = logging.INFO if is_service else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpx2", "uvicorn.error", "bitsandbytes"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # PEFT asks by the old name


def _sentences(error: BaseException) -> Iterator[str]:
    """Yield what our own errors say: every exception class of our packages carries one sentence for a person."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _sentences(part)
    elif type(error).__module__.split(".")[0] in OUR_PACKAGES:
        yield str(error)
    elif isinstance(error, OSError) and error.filename:
        yield f"{error.filename}: {error.strerror}. Check the path, and who may read and write there."


def _show(document: object, as_json: bool, text: str) -> None:
    """Print the answer of a command: one JSON document, or text for people."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str) if as_json else text)


@app.command()
def run() -> None:
    """Start worker, console and every platform whose tokens are set. The first run tunes the example senpai."""
    from bot.platforms.port import bind_console

    settings = read_settings()
    bind_console(settings).close()  # before minutes of tuning, and before the address is told
    if settings.senpai_worker_url is None:
        _make_example_if_empty(settings)
        _require_consent(settings.senpai_home, settings.senpai_checkpoint, _platforms(settings))
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    from bot.processes import Child, supervise

    port = _free_port()
    children = [
        Child(
            name="bot",
            command=_senpai("bot", *["--beside-worker"] * (settings.senpai_worker_url is None)),
            environment={"SENPAI_WORKER_URL": settings.senpai_worker_url or f"http://127.0.0.1:{port}"},
        )
    ]
    if settings.senpai_worker_url is None:
        children.append(Child(name="worker", command=_senpai("worker", "--port", str(port), "--supervised")))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    typer.echo(
        f"The console is at http://127.0.0.1:{settings.senpai_console_port} - Ctrl-C stops everything.", err=True
    )
    await supervise(children, stop)


def _senpai(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs this program once more."""
    return (sys.executable, "-m", "senpai", *arguments)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _make_example_if_empty(settings: Settings) -> None:
    """On a fresh machine, tune the invented senpai of ``examples`` on the embedded base."""
    from model.shelf import Shelf

    shelf = Shelf(settings.senpai_home)
    if shelf.list() or settings.senpai_checkpoint:
        return
    typer.echo("No checkpoint yet: tuning the example senpai on the embedded base (about a minute).", err=True)
    data = settings.senpai_home / "data" / EXAMPLE_NAME
    steps: list[tuple[str, ...]] = []
    if not data.exists():
        sources = (EXAMPLE / "archive", *sorted((EXAMPLE / "talks").iterdir()))
        consent = ("--consent", str(EXAMPLE / "consent.toml"))
        steps.append(("data", "build", *map(str, sources), "--speaker", EXAMPLE_SPEAKER, "--out", str(data), *consent))
    steps.append(("train", str(data), "--name", EXAMPLE_NAME, "--persona", str(EXAMPLE / "persona.toml")))
    for step in steps:
        subprocess.run(_senpai(*step), stdout=sys.stderr, check=False)
    if not shelf.list():
        raise typer.Exit(1)
    shelf.use(EXAMPLE_NAME, who="first run", force=True)


def _platforms(settings: Settings) -> list[str]:
    has_line = settings.line_channel_secret and settings.line_channel_access_token
    return ["console", *["discord"] * bool(settings.discord_token), *["line"] * bool(has_line)]


def _require_consent(home: Path, chosen: str | None, platforms: Sequence[str]) -> None:
    """Refuse to let a person answer who did not agree to it: today, and on each of these platforms."""
    from model.consent import load, require_kept
    from model.shelf import Shelf

    shelf = Shelf(home)
    name = chosen or shelf.current()
    if name is None or name.startswith(BASE_PREFIX):
        return
    consent = load(shelf.get(name).path / "consent.toml")
    consent.require(date.today())
    require_kept(consent, home)
    for platform in platforms:
        consent.require(date.today(), platform=platform)


@app.command(hidden=True)
def bot(
    beside_worker: Annotated[bool, typer.Option("--beside-worker", help="Somebody else starts the worker.")] = False,
) -> None:
    """The bot process alone, as `run` starts it."""
    from bot.processes import stop_with_parent
    from model.imports import quick_imports

    with quick_imports():
        from bot.service import Pace, serve
        from bot.waking import WorkerPatience

    async def until_stopped() -> None:
        serving = asyncio.create_task(serve(read_settings(), Pace(worker=WorkerPatience(is_beside=beside_worker))))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
        with suppress(asyncio.CancelledError):
            await serving

    stop_with_parent()
    asyncio.run(until_stopped())


@app.command()
def worker(
    host: Annotated[str, typer.Option(help="Off loopback SENPAI_WORKER_KEY is required.")] = "127.0.0.1",
    port: Port = 8640,
    checkpoint: Annotated[str | None, typer.Option(help="Serve this one instead of the current.")] = None,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True, help="Stop when stdin closes.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log warnings only.")] = False,  # noqa: ARG001 - see logging
) -> None:
    """The worker alone: the model behind OpenAI's chat API."""
    from bot.processes import stop_with_parent
    from model.imports import quick_imports

    with quick_imports():
        from model.worker import WorkerConfig, serve

    settings = read_settings()
    _require_consent(settings.senpai_home, checkpoint or settings.senpai_checkpoint, ())
    config = WorkerConfig(
        home=settings.senpai_home,
        host=host,
        port=port,
        checkpoint=checkpoint or settings.senpai_checkpoint,
        quantization=settings.senpai_quantization,
        device=settings.senpai_device,
        key=_secret(settings.senpai_worker_key),
        kernel_folder=settings.senpai_home / "kernel",
    )
    if supervised:
        stop_with_parent()
    serve(config)


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


@app.command()
def chat(
    checkpoint: Annotated[str | None, typer.Option(help="Talk to this one instead of the current.")] = None,
    say: Annotated[list[str] | None, typer.Option(help="Say this and exit; again for the next turn.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same answers.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer.")] = None,
    as_json: Json = False,
) -> None:
    """Talk to the senpai in the terminal; nothing of it is kept."""
    settings = read_settings()
    if settings.senpai_worker_url is None and checkpoint is None:
        _make_example_if_empty(settings)
    if settings.senpai_worker_url is None:
        _require_consent(settings.senpai_home, checkpoint or settings.senpai_checkpoint, ("console",))
    overrides = {name: value for name, value in (("seed", seed), ("max_tokens", max_tokens)) if value is not None}
    asyncio.run(_chat(settings, checkpoint, say or [], overrides, as_json))


async def _chat(
    settings: Settings, checkpoint: str | None, says: Sequence[str], overrides: Mapping[str, int], as_json: bool
) -> None:
    from bot.current import CurrentCheckpoint
    from bot.elsewhere import connect
    from bot.i18n import Sentences
    from bot.terminal import terminal, transcript
    from bot.worker_process import worker_for

    key, home = _secret(settings.senpai_worker_key), settings.senpai_home
    command = _senpai("worker", "--port", "0", "--supervised", "--quiet")
    async with worker_for(home, settings.senpai_worker_url, key, command) as url:
        worker = connect(url, key, home)
        current = CurrentCheckpoint(home, pinned=checkpoint or settings.senpai_checkpoint, worker=worker)
        async with terminal(worker, current, Sentences(settings.senpai_locale), overrides) as conversation:
            if says:
                document = await transcript(conversation, says)
                _show(document, as_json, "\n".join(str(turn["text"]) for turn in document["turns"][1::2]))
                return
            while text := await asyncio.to_thread(_read_line):
                said = await conversation.ask(text)
                typer.echo(f"{current.read().persona.name}（AI）: {said.text}")


def _read_line() -> str:
    """Return the next line with something in it, or nothing at the end of the input."""
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            if text := input("> ").strip():
                return text
    return ""


@consent_app.command("revoke")
def consent_revoke(
    who: Annotated[str | None, typer.Argument(help="A person or a checkpoint; the current one if left out.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what was made from a person's words, and serve it no more; a second call finishes an interrupted one."""
    from bot.audit import Audit
    from bot.revoking import unserve
    from train import revocation

    settings = read_settings()
    traces = revocation.find(settings.senpai_home, who)
    listed = "\n".join((*traces.checkpoints, *map(str, traces.folders)))
    if not yes:
        typer.confirm(f"{listed}\nErase all this of {traces.person} for good?", abort=True, err=True)
    revocation.note(settings.senpai_home, traces)
    revocation.erase(settings.senpai_home, traces)
    num_turns = asyncio.run(unserve(settings, traces.checkpoints))
    left = traces.left(settings.senpai_home)
    result = f"erased {listed!r}, {num_turns} turns; left {left}"
    Audit(settings.senpai_home / "audit.jsonl").record(
        who="cli", platform="cli", what=f"consent revoke {traces.person}", result=result
    )
    if left:
        raise revocation.RevocationError(f"Still there: {', '.join(left)}. Stop what uses it, then call this again.")
    document = {"person": traces.person, "checkpoints": traces.checkpoints, "folders": traces.folders, "left": left}
    _show({**document, "turns": num_turns}, as_json, f"Nothing of {traces.person} is left below SENPAI_HOME.")


@checkpoints_app.command("use")
def checkpoints_use(
    name: str,
    force: Annotated[bool, typer.Option(help="Serve it although its gate failed; this is recorded.")] = False,
    as_json: Json = False,
) -> None:
    """Make a checkpoint the current one; a running worker swaps while people chat."""
    from model.shelf import Shelf

    shelf = Shelf(read_settings().senpai_home)
    _change(
        lambda worker: worker.use(name, who="cli", force=force),
        lambda: Swapped(previous=shelf.use(name, who="cli", force=force), current=name),
        as_json,
    )


@checkpoints_app.command("rollback")
def checkpoints_rollback(as_json: Json = False) -> None:
    """Go back to the checkpoint that answered before."""
    from model.shelf import Shelf

    def roll_back() -> Swapped:
        current, previous = Shelf(read_settings().senpai_home).rollback(who="cli")
        return Swapped(previous=previous, current=current)

    _change(lambda worker: worker.rollback(who="cli"), roll_back, as_json)


def _change(
    by_worker: Callable[["Elsewhere"], Awaitable[Swapped]], by_shelf: Callable[[], Swapped], as_json: bool
) -> None:
    """Let the running worker swap; where none runs, change the shelf for the next start."""
    from bot.elsewhere import connect
    from bot.worker_process import answers, running_worker_url

    settings = read_settings()
    key = _secret(settings.senpai_worker_key)
    url = settings.senpai_worker_url or running_worker_url(settings.senpai_home)

    async def swap() -> Swapped:
        if url is None or not await answers(url, key):
            return by_shelf()
        worker = connect(url, key, settings.senpai_home, start=settings.senpai_checkpoint)
        try:
            return await by_worker(worker)
        finally:
            await worker.close()

    swapped = asyncio.run(swap())
    _show(swapped.model_dump(), as_json, f"{swapped.current} answers from now on (before: {swapped.previous}).")


if __name__ == "__main__":
    main()
