"""vLLM in the worker's place: chat, streaming, adapters by name, swap, rollback, status."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.comparison import compared
from bot.completions import PromptTooLong, Refused, UnknownCheckpoint
from bot.current import CurrentCheckpoint
from bot.elsewhere import Elsewhere, connect
from model.conversation import Conversation, Role, Turn
from tests.consents import write_consent
from tests.standins import vllm as vllm_standin
from tests.standins.vllm import Vllm

QUESTION = Conversation((Turn(Role.USER, "元気？"),))
WHO = {"who": "discord:1", "force": False}


def put(home: Path, name: str, *, gate: str = "passed", kind: str = "adapter", **config: object) -> None:
    """Lay out what the bot and vLLM look at of a checkpoint."""
    folder = home / "checkpoints" / name
    folder.mkdir(parents=True)
    manifest = {"name": name, "kind": kind, "gate": gate, "gate_failed": ["M1"] if gate == "failed" else []}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "persona.toml").write_text(f'name = "{name}さん"\n', encoding="utf-8")
    write_consent(folder, until="2001-01-01" if name == "ended" else "2099-12-31")
    if kind == "adapter":
        (folder / "adapter_config.json").write_text(json.dumps({"r": 8, **config}), encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with adapters that vLLM can load and one that it cannot."""
    for name in ("aoi", "ren", "yui"):
        put(tmp_path, name)
    put(tmp_path, "mada", gate="failed")
    put(tmp_path, "broad", r=64)
    put(tmp_path, "dora", use_dora=True)
    put(tmp_path, "full", kind="full")
    put(tmp_path, "ended")
    return tmp_path


@pytest.fixture
async def vllm() -> AsyncIterator[Vllm]:
    """A vLLM server that knows its base alone."""
    async with vllm_standin.running() as vllm:
        yield vllm


@pytest.fixture
async def elsewhere(vllm: Vllm, home: Path) -> AsyncIterator[Elsewhere]:
    """The bot's side of it."""
    worker = connect(f"{vllm.url}/v1", None, home)
    yield worker
    await worker.close()


async def _answering(worker: Elsewhere, home: Path) -> tuple[str, str]:
    """Return (checkpoint, persona) that the bot would use now."""
    current = CurrentCheckpoint(home, worker=worker)
    await current.refresh()
    return current.read().checkpoint, current.read().persona.name


async def _say(worker: Elsewhere, home: Path, **overrides: float) -> str:
    checkpoint, _ = await _answering(worker, home)
    parts = [part async for part in worker.stream(QUESTION, checkpoint=checkpoint, author="U1", overrides=overrides)]
    assert [part.finish_reason for part in parts if part.finish_reason] == ["stop"]
    assert parts[-1].num_tokens > 0
    return "".join(part.text for part in parts)


async def test_before_any_choice_the_servers_own_model_answers(elsewhere: Elsewhere, home: Path) -> None:
    assert await _answering(elsewhere, home) == ("elyza-7b", "senpai")
    assert await _say(elsewhere, home) == "elyza-7b"


async def test_the_checkpoint_of_the_settings_is_asked_for_until_another_is_chosen(home: Path, vllm: Vllm) -> None:
    worker = connect(vllm.url, None, home, start="aoi")
    assert await _say(worker, home) == "aoi"
    await worker.use("ren", **WHO)
    assert await _say(worker, home) == "ren"
    await worker.close()


async def test_an_adapter_is_loaded_by_name_and_answers_as_its_persona(
    elsewhere: Elsewhere, home: Path, vllm: Vllm
) -> None:
    assert (await elsewhere.use("aoi", **WHO)).model_dump() == {"current": "aoi", "previous": "elyza-7b"}
    assert vllm.adapters == {"aoi": str(home / "checkpoints" / "aoi")}
    assert await _answering(elsewhere, home) == ("aoi", "aoiさん")
    assert await _say(elsewhere, home) == "aoi"


async def test_rollback_goes_back_and_forth_also_to_the_base(elsewhere: Elsewhere, home: Path) -> None:
    with pytest.raises(Refused, match="no earlier checkpoint"):
        await elsewhere.rollback(who="discord:1")
    for name in ("aoi", "ren"):
        await elsewhere.use(name, **WHO)
    for expected in ("aoi", "ren"):
        assert (await elsewhere.rollback(who="discord:1")).current == expected
        assert await _say(elsewhere, home) == expected
    await elsewhere.use("elyza-7b", **WHO)
    assert (await _answering(elsewhere, home))[0] == "elyza-7b"


async def test_the_choice_and_its_history_are_kept_beside_the_shelfs_own(elsewhere: Elsewhere, home: Path) -> None:
    await elsewhere.use("aoi", **WHO)
    await elsewhere.use("mada", who="line:2", force=True)
    lines = (home / "elsewhere" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(change["who"], change["from"], change["to"], change["forced"]) for change in map(json.loads, lines)] == [
        ("discord:1", "elyza-7b", "aoi", False),
        ("line:2", "aoi", "mada", True),
    ]
    assert not (home / "checkpoints" / "current").exists()


async def test_the_one_before_stays_loaded_for_a_quick_way_back_and_no_more(elsewhere: Elsewhere, vllm: Vllm) -> None:
    for name in ("aoi", "ren", "yui"):
        await elsewhere.use(name, **WHO)
    assert set(vllm.adapters) == {"ren", "yui"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mada", "failed its gate on M1"),
        ("broad", "LoRA rank 64 is greater than max_lora_rank 16"),
        ("dora", "does not yet support DoRA"),
        ("ended", "may not answer: .* ended|ended on|until"),
        ("full", "whole model: start the server with"),
    ],
)
async def test_what_cannot_serve_leaves_the_old_one_and_says_why(
    elsewhere: Elsewhere, home: Path, name: str, reason: str
) -> None:
    await elsewhere.use("aoi", **WHO)
    with pytest.raises(Refused, match=reason):
        await elsewhere.use(name, **WHO)
    assert await _say(elsewhere, home) == "aoi"


@pytest.mark.parametrize("name", ["dare", "../aoi", "", "."])
async def test_an_unknown_name_is_unknown(elsewhere: Elsewhere, name: str) -> None:
    with pytest.raises(UnknownCheckpoint):
        await elsewhere.use(name, **WHO)


async def test_a_server_without_the_doors_for_adapters_is_told_how_to_open_them(
    elsewhere: Elsewhere, vllm: Vllm
) -> None:
    vllm.allows_updating = False
    with pytest.raises(Refused, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
        await elsewhere.use("aoi", **WHO)


async def test_a_server_that_forgot_its_adapters_is_given_them_again(
    elsewhere: Elsewhere, home: Path, vllm: Vllm
) -> None:
    await elsewhere.use("aoi", **WHO)
    vllm.adapters.clear()
    assert await _say(elsewhere, home) == "aoi"


async def test_a_forgotten_checkpoint_leaves_the_server_and_its_own_model_answers(
    elsewhere: Elsewhere, home: Path, vllm: Vllm
) -> None:
    await elsewhere.use("aoi", **WHO)
    await elsewhere.forget("aoi")
    assert vllm.adapters == {}
    assert await _say(elsewhere, home) == "elyza-7b"


async def test_status_and_models_tell_what_the_server_tells(elsewhere: Elsewhere) -> None:
    await elsewhere.use("aoi", **WHO)
    status = await elsewhere.status()
    assert (status.current, status.loaded, status.queue, status.running) == ("aoi", ["elyza-7b", "aoi"], 2, 3)
    assert await elsewhere.models() == ["aoi", "broad", "dora", "elyza-7b", "ended", "mada", "ren", "yui"]


async def test_fields_that_are_refused_are_left_out_from_then_on(elsewhere: Elsewhere, home: Path, vllm: Vllm) -> None:
    vllm.forbids_extras = True
    for _ in range(2):
        assert await _say(elsewhere, home, strength=0.5, temperature=0.3) == "elyza-7b"
    assert ["strength" in request for request in vllm.requests] == [True, False, False]
    assert [request["temperature"] for request in vllm.requests] == [0.3] * 3


async def test_too_long_a_prompt_is_known_by_vllms_sentence(elsewhere: Elsewhere, vllm: Vllm) -> None:
    long = Conversation((Turn(Role.USER, "あ" * 500),))
    with pytest.raises(PromptTooLong, match="maximum context length is 200"):
        async for _ in elsewhere.stream(long, checkpoint="elyza-7b", author="U1", overrides={}):
            pass
    assert len(vllm.requests) == 1


async def test_two_checkpoints_are_compared_there_too(elsewhere: Elsewhere) -> None:
    answers = await compared(elsewhere, QUESTION, ("aoi", "elyza-7b"), author="U1", overrides={})
    assert [answer.text for answer in answers] == ["aoi", "elyza-7b"]
