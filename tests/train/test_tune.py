"""A run from data folder to checkpoint: the same bytes for the same seed, whole or not at all, on any causal LM."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from model.base import resolve
from model.checkpoint import Checkpoint, CheckpointError, Gate, verify
from model.consent import ConsentError
from model.conversation import Conversation, Role, Turn
from model.loader import attach, load_base, load_tokenizer
from model.persona import load_persona
from model.shelf import Shelf
from tests.model.tiny import save_tiny_base
from tests.train.small_data import CONSENT, FEW, quick, write_data
from train import dataset
from train.evaluate.checkpoints import Wanted, report_on
from train.recipe import RECIPES, Adapter, Anchors, Recipe, RecipeError, load_recipe
from train.run import Run, RunError, State
from train.tune import TrainError, TrainResult, train

ADAPTER = "adapter_model.safetensors"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_base(tmp_path_factory.mktemp("base") / "llama")


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_base(tmp_path_factory.mktemp("base") / "gpt2", "gpt2")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


def run(
    data: Path, home: Path, base: Path, *, name: str = "tetsu", recipe: Recipe | None = None, **more: Any
) -> TrainResult:
    return train(data, name=name, home=home, base=str(base), recipe=recipe or quick(), questions=FEW, **more)


def published(home: Path, name: str = "tetsu") -> Checkpoint:
    return Shelf(home).get(name)


def test_a_run_ends_in_a_whole_checkpoint_that_describes_itself(data: Path, base: Path, tmp_path: Path) -> None:
    result = run(data, tmp_path, base, seed=3)
    checkpoint = published(tmp_path)
    verify(checkpoint)
    manifest = checkpoint.manifest
    assert (manifest.method, manifest.seed, manifest.base) == ("lora", 3, str(base))
    assert manifest.recipe["name"] == "quick"
    assert manifest.data_hash
    assert manifest.metrics == result.metrics
    assert (manifest.gate is Gate.PASSED) == result.verdict.has_passed
    names = {path.relative_to(checkpoint.path).as_posix() for path in checkpoint.path.rglob("*") if path.is_file()}
    assert {ADAPTER, "adapter_config.json", "tokenizer.json", "chat_template.jinja", "persona.toml"} <= names
    assert {"consent.toml", "report/report.json", "report/report.html", "report/loss.png"} <= names
    assert "README.md" not in names


def test_the_result_is_the_document_of_the_command_line(data: Path, base: Path, tmp_path: Path) -> None:
    document = json.loads(json.dumps(run(data, tmp_path, base).to_json()))
    assert set(document) == {"checkpoint", "gate", "metrics", "seconds", "tuning_seconds", "report"}
    assert set(document["gate"]) == {"passed", "failed"}
    assert Path(document["report"]).is_file()
    assert {"S1", "S2", "D1", "D3", "G1", "G2", "M2", "H1"} <= set(document["metrics"])
    assert {"value", "low", "high", "base"} <= set(document["metrics"]["S1"])


def test_the_adapter_answers_when_it_is_attached_to_its_base(data: Path, base: Path, tmp_path: Path) -> None:
    run(data, tmp_path, base)
    loaded = load_base(resolve(str(base)), quantization="none", device="cpu")
    ids = torch.tensor([[1, 8, 9, 10]])
    before = loaded.model(ids).logits
    attach(loaded, published(tmp_path), adapter_name="tetsu")
    assert not torch.equal(before, loaded.model(ids).logits)


def test_same_data_recipe_and_seed_give_the_same_bytes_and_another_seed_does_not(
    data: Path, base: Path, tmp_path: Path
) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        run(data, tmp_path, base, name=name, seed=seed)
    one, again, other = ((published(tmp_path, name).path / ADAPTER).read_bytes() for name in ("one", "again", "other"))
    assert one == again
    assert one != other


class _Interrupted(Exception):
    pass


class _StopsAfter:
    """Progress that fails after ``num`` steps of tuning, as Ctrl-C would."""

    def __init__(self, num: int) -> None:
        self.left = num
        self.is_tuning = False

    def stage(self, name: str, total: int) -> None:
        self.is_tuning = name == "tune"

    def advance(self, **figures: float) -> None:
        self.left -= self.is_tuning
        if self.left < 0:
            raise _Interrupted

    def look(self, line: Mapping[str, Any]) -> None:
        pass


@pytest.mark.parametrize(("num_steps", "anchors"), [(0, 2), (3, 2), (5, 0)])
def test_an_interrupted_run_goes_on_to_the_same_bytes(
    data: Path, base: Path, tmp_path: Path, num_steps: int, anchors: int
) -> None:
    recipe = quick(anchors=Anchors(neutral=anchors, persona=anchors, max_tokens=4))
    for home in ("whole", "halves"):
        with pytest.raises(_Interrupted):
            run(data, tmp_path / home, base, recipe=recipe, progress=_StopsAfter(0))
        _answer_for_the_base(tmp_path / home / "runs" / "tetsu")
    run(data, tmp_path / "whole", base, recipe=recipe, resume=True)
    with pytest.raises(_Interrupted):
        run(data, tmp_path / "halves", base, recipe=recipe, resume=True, progress=_StopsAfter(num_steps))
    assert not Shelf(tmp_path / "halves").list()
    run(data, tmp_path / "halves", base, recipe=recipe, resume=True)
    whole, halves = ((published(tmp_path / home).path / ADAPTER).read_bytes() for home in ("whole", "halves"))
    assert whole == halves
    lines = (tmp_path / "halves" / "runs" / "tetsu" / "metrics.jsonl").read_text(encoding="utf-8")
    assert lines == (tmp_path / "whole" / "runs" / "tetsu" / "metrics.jsonl").read_text(encoding="utf-8")


def _answer_for_the_base(folder: Path) -> None:
    """Put answers into the run folder, since a random base ends none of its own."""
    said = {"海は何色？": "海は青です。", "犬の鳴き声は？": "ワンワンです。"}
    (folder / "anchors.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def test_resuming_with_other_settings_is_refused_and_names_them(data: Path, base: Path, tmp_path: Path) -> None:
    with pytest.raises(_Interrupted):
        run(data, tmp_path, base, progress=_StopsAfter(3))
    with pytest.raises(RunError, match="another recipe and seed"):
        run(data, tmp_path, base, recipe=quick(learning_rate=1e-3), seed=9, resume=True)


def test_resuming_what_never_began_begins(data: Path, base: Path, tmp_path: Path) -> None:
    assert run(data, tmp_path, base, resume=True).checkpoint == "tetsu"


@pytest.mark.parametrize("method", ["lora", "qlora", "full"])
@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_every_method_learns_on_every_shape(
    shape: str, method: Any, data: Path, base: Path, gpt2: Path, tmp_path: Path
) -> None:
    recipe = quick(max_steps=12, probe_every=12, learning_rate=1e-2 if method != "full" else 3e-3)
    own = base if shape == "llama" else gpt2
    result = run(data, tmp_path, own, method=method, recipe=recipe)
    held_out = result.metrics["H1"]
    assert held_out["base"] is not None and held_out["value"] is not None
    assert held_out["value"] < held_out["base"] - 0.05
    checkpoint = published(tmp_path)
    assert checkpoint.manifest.method == method
    assert checkpoint.manifest.kind == ("full" if method == "full" else "adapter")
    weights = "model.safetensors" if method == "full" else ADAPTER
    assert all(torch.isfinite(weight).all() for weight in load_file(checkpoint.path / weights).values())


@pytest.mark.parametrize("option", [{"method": "full"}, {"adapter": Adapter(r=4, alpha=8, use_dora=True)}])
def test_a_base_that_is_stored_in_4_bits_as_mini_is_can_be_tuned_whole(
    option: dict[str, Any], data: Path, base: Path, tmp_path: Path
) -> None:
    stored = tmp_path / "stored"
    load_base(resolve(str(base)), quantization="4bit", purpose="train").model.save_pretrained(stored)
    load_tokenizer(str(base)).save_pretrained(stored)
    result = run(data, tmp_path, stored, recipe=quick(learning_rate=3e-3, **option))
    document = report_on(["tetsu"], home=tmp_path, wanted=Wanted(data=data), device="cpu")
    again, measured = document["checkpoints"][0]["metrics"]["H1"], result.metrics["H1"]
    assert again["value"] == pytest.approx(measured["value"], abs=2e-3)
    assert again["base"] == pytest.approx(measured["base"], abs=2e-3)


@pytest.mark.parametrize("name", ["article", "article-lora"])
def test_the_original_experiment_can_be_trained_too(name: str, data: Path, base: Path, tmp_path: Path) -> None:
    recipe = load_recipe(RECIPES / f"{name}.toml").model_copy(update={"max_steps": 4, "probe_every": 4})
    run(data, tmp_path, base, recipe=recipe)
    lines = (tmp_path / "runs" / "tetsu" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [line for line in map(json.loads, lines) if "loss" in line]
    utterances = dataset.read(data).training
    tokenizer = load_tokenizer(str(base))
    longest = max(len(tokenizer.encode(one.text)) for one in utterances) + 1 + recipe.end_token
    assert steps[0]["num_slots"] == 16 * longest


@pytest.mark.parametrize("option", [{"use_rslora": True}, {"use_dora": True}, {"layers": (1,)}])
@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_every_option_of_an_adapter_learns_and_is_served_as_it_was_measured(
    shape: str, option: dict[str, Any], data: Path, base: Path, gpt2: Path, tmp_path: Path
) -> None:
    own = base if shape == "llama" else gpt2
    recipe = quick(adapter=Adapter(r=4, alpha=8, **option), keep="last")
    result = run(data, tmp_path, own, recipe=recipe)
    checkpoint = published(tmp_path)
    measured = result.metrics["H1"]
    assert measured["value"] < measured["base"] - 0.02
    document = report_on(["tetsu"], home=tmp_path, wanted=Wanted(data=data), device="cpu")
    again = document["checkpoints"][0]["metrics"]["H1"]
    assert again["value"] == pytest.approx(measured["value"], abs=2e-3)
    assert again["base"] == pytest.approx(measured["base"], abs=2e-3)
    assert checkpoint.manifest.kind == ("full" if "use_dora" in option else "adapter")
    if "layers" in option:
        names = load_file(checkpoint.path / ADAPTER)
        assert names and all(".1." in name for name in names)


@pytest.mark.parametrize(
    ("adapter", "sentence"),
    [(Adapter(layers=(7,)), "names block 7"), (Adapter(target=("q_proj",)), "it has c_attn, c_fc, c_proj, lm_head")],
)
def test_layers_that_the_base_has_not_are_named(
    adapter: Adapter, sentence: str, data: Path, gpt2: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=sentence):
        run(data, tmp_path, gpt2, recipe=quick(adapter=adapter))


def test_without_consent_nothing_begins(base: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", consent=None)
    with pytest.raises(ConsentError, match="does not exist"):
        run(data, tmp_path, base)
    assert not (tmp_path / "runs").exists()


def test_a_consent_that_lacks_a_field_or_has_ended_is_refused_by_its_field(base: Path, tmp_path: Path) -> None:
    nobody = write_data(tmp_path / "nobody", consent=CONSENT.replace("person =", "somebody ="))
    ended = write_data(tmp_path / "ended", consent=CONSENT.replace("2099-12-31", "2021-01-01"))
    with pytest.raises(ConsentError, match="person is missing"):
        run(nobody, tmp_path, base)
    with pytest.raises(ConsentError, match="until"):
        run(ended, tmp_path, base)


@pytest.fixture
def far_day() -> Iterator[date]:
    """Today in a place where it is another day than in Greenwich."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Far-14" if datetime.now(UTC).hour >= 10 else "Far+12")
        time.tzset()
        yield date.today()
    time.tzset()


def test_a_consent_counts_by_the_calendar_on_the_wall(far_day: date, base: Path, tmp_path: Path) -> None:
    consent = CONSENT.replace("2020-01-01", str(far_day)).replace("2099-12-31", str(far_day))
    data = write_data(tmp_path / "data", num=20, consent=consent)
    with pytest.raises(TrainError, match="fewer than 60"):  # and nothing about the consent, which is looked at first
        run(data, tmp_path, base)


def test_too_few_utterances_are_refused_unless_forced(base: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", num=20)
    with pytest.raises(TrainError, match="20 utterances, fewer than 60"):
        run(data, tmp_path, base)
    assert run(data, tmp_path, base, force=True).checkpoint == "tetsu"


def test_a_name_that_is_taken_is_refused_before_any_work(data: Path, base: Path, tmp_path: Path) -> None:
    run(data, tmp_path, base)
    with pytest.raises(CheckpointError, match="exists already"):
        run(data, tmp_path, base, progress=_StopsAfter(0))


def test_a_persona_is_drafted_from_the_data_where_nobody_wrote_one(data: Path, base: Path, tmp_path: Path) -> None:
    run(data, tmp_path, base, recipe=quick(sampling={"temperature": 0.5}))
    persona = load_persona(published(tmp_path).path / "persona.toml")
    assert (persona.name, persona.system_prompt) == ("てつ", "あなたは常体で応答します。")
    assert persona.default_sampling().temperature == 0.5


def test_a_persona_that_was_written_is_taken_as_it_is(data: Path, base: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    fields = 'name = "てつ先輩"\nsystem_prompt = "短く話します。"\n[sampling]\ntemperature = 0.2\n'
    own.write_text(fields, encoding="utf-8")
    run(data, tmp_path, base, persona=own, recipe=quick(sampling={"temperature": 0.5}))
    persona = load_persona(published(tmp_path).path / "persona.toml")
    assert (persona.name, persona.system_prompt) == ("てつ先輩", "短く話します。")
    assert persona.default_sampling().temperature == 0.2


def test_every_look_keeps_the_figures_and_the_answer_about_the_capital(data: Path, base: Path, tmp_path: Path) -> None:
    run(data, tmp_path, base)
    path = tmp_path / "runs" / "tetsu" / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    looks = [line for line in lines if "film" in line]
    assert [look["step"] for look in looks] == [0, 2, 4, 6]
    assert all({"G1", "G2", "D1", "D3", "H1"} <= set(look["metrics"]) for look in looks)
    assert [line["step"] for line in lines if "loss" in line] == [1, 2, 3, 4, 5, 6]


def test_a_run_that_finds_no_better_step_stops_early_and_stays_stopped(data: Path, base: Path, tmp_path: Path) -> None:
    recipe = quick(max_steps=12, patience=2, keep="last")
    with pytest.raises(_Interrupted):
        run(data, tmp_path, base, recipe=recipe, progress=_StopsAfter(0))
    folder = tmp_path / "runs" / "tetsu"
    Run(folder).keep_if_best(State(0, {}), (-1.0, 0.0))
    run(data, tmp_path, base, recipe=recipe, resume=True)
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8")
    assert [line["step"] for line in map(json.loads, lines.splitlines()) if "film" in line] == [0, 2, 4]
    Shelf(tmp_path).remove("tetsu")
    run(data, tmp_path, base, recipe=recipe, resume=True)
    assert (folder / "metrics.jsonl").read_text(encoding="utf-8") == lines


def test_the_strength_that_is_published_was_chosen_among_those_that_pass(
    data: Path, base: Path, tmp_path: Path
) -> None:
    result = run(data, tmp_path, base, recipe=quick(strengths=(0.5, 1.0, 1.25)))
    metrics = (tmp_path / "runs" / "tetsu" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    tried = [line for line in map(json.loads, metrics) if "strength" in line]
    checkpoint = published(tmp_path)
    if tried:
        assert [line["strength"] for line in tried] == [0.5, 1.0, 1.25]
        assert [line["strength"] for line in tried if line["is_chosen"]] == [checkpoint.manifest.adapter_scale]
    else:
        assert not result.verdict.has_passed
    document = report_on(["tetsu"], home=tmp_path, wanted=Wanted(data=data), device="cpu")
    again, measured = document["checkpoints"][0]["metrics"]["H1"], result.metrics["H1"]
    assert again["value"] == pytest.approx(measured["value"], abs=2e-3)


def test_a_full_disk_while_publishing_leaves_no_checkpoint(data: Path, base: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("not a folder", encoding="utf-8")
    with pytest.raises((CheckpointError, OSError)):
        run(data, tmp_path, base)
    (tmp_path / "checkpoints").unlink()
    assert not Shelf(tmp_path).list()


SCRIPT = """
import sys
from pathlib import Path
from tests.train.small_data import FEW, quick
from train.tune import train
data, home, base = sys.argv[1:]
train(Path(data), name="tetsu", home=Path(home), base=base, recipe=quick(), resume=True, questions=FEW)
"""


@pytest.mark.timeout(300)
def test_a_killed_run_leaves_no_checkpoint_or_a_whole_one_and_goes_on(data: Path, base: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", SCRIPT, str(data), str(home), str(base)]
    began = time.monotonic()
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    took = time.monotonic() - began
    expected = (published(home).path / ADAPTER).read_bytes()
    shutil.rmtree(home)
    for share in (0.55, 0.75, 0.9):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(took * share)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        for checkpoint in Shelf(home).list():
            verify(checkpoint)
    if not Shelf(home).list():
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    assert (published(home).path / ADAPTER).read_bytes() == expected


def test_the_prompt_of_a_checkpoint_is_the_prompt_of_training(data: Path, base: Path, tmp_path: Path) -> None:
    run(data, tmp_path, base)
    checkpoint = published(tmp_path)
    loaded = load_base(resolve(str(base)), quantization="none", device="cpu")
    said = Conversation((Turn(Role.SYSTEM, checkpoint.persona().system_text()), Turn(Role.USER, "今日はどう？")))
    own = (checkpoint.path / "chat_template.jinja").read_text(encoding="utf-8")
    assert own == loaded.tokenizer.chat_template
    assert said.turns[0].text == "あなたは常体で応答します。"
