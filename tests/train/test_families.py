"""rinna and ELYZA as they lie on the hub, the whole way: data, tuning, report card, and an answer over HTTP."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from sentencepiece import SentencePieceProcessor

from model.base import resolve
from model.checkpoint import Kind, verify
from model.conversation import Conversation, Role, Turn
from model.loader import load_base, load_tokenizer
from model.prompt import encode
from model.shelf import Shelf
from tests.model.hub_layouts import save_elyza_repository, save_rinna_repository
from tests.model.workers import Oracle, chat, config_for, ready
from tests.train.small_data import FEW, write_data
from train.evaluate.checkpoints import Wanted, report_on
from train.imagined import IMAGINED
from train.recipe import Recipe, recipe_for
from train.tune import train

Family = Literal["rinna", "elyza", "elyza-fast"]
FAMILIES: tuple[Family, ...] = ("rinna", "elyza", "elyza-fast")
SAID = ("麻雀しよう😀", "３時に 部室で。", "それな！？", "東京", "あなたは常体で応答します。")


def save(family: Family, folder: Path) -> Path:
    if family == "rinna":
        return save_rinna_repository(folder)
    return save_elyza_repository(folder, is_fast=family == "elyza-fast")


def recipe(family: Family, method: str) -> Recipe:
    """Return the family's own recipe, shortened: four steps, short answers of the base."""
    own = recipe_for("rinna" if family == "rinna" else "elyza")
    short = {"method": method, "max_steps": 4, "probe_every": 4, "batch": 4, "strengths": (), "learning_rate": 1e-2}
    return own.model_copy(update={**short, "anchors": own.anchors.model_copy(update={"max_tokens": 2})})


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    own: Family = request.param
    return own


@pytest.fixture(scope="module")
def folder(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(family, tmp_path_factory.mktemp("hub") / family)


def test_the_repository_loads_whole_and_its_tokenizer_is_sentencepieces(family: Family, folder: Path) -> None:
    loaded = load_base(resolve(str(folder)), quantization="none", device="cpu")
    tokenizer = loaded.tokenizer
    pieces = folder / ("spiece.model" if family == "rinna" else "tokenizer.model")
    reference = SentencePieceProcessor(model_file=str(pieces))
    for text in SAID:
        assert tokenizer.encode(text, add_special_tokens=False) == reference.encode(text)
    named = [tokenizer.unk_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id]
    assert named == [reference.unk_id(), reference.bos_id(), reference.eos_id()]
    assert tokenizer.pad_token_id == (4 if family == "rinna" else reference.unk_id())
    assert loaded.model.generation_config.pad_token_id == tokenizer.pad_token_id


def test_the_default_system_prompt_stands_in_the_families_own_form(family: Family, folder: Path) -> None:
    loaded = load_base(resolve(str(folder)), quantization="none", device="cpu")
    turns = (Turn(Role.SYSTEM, "あなたは常体で応答します。"), Turn(Role.USER, "東京？"))
    ids = encode(loaded.tokenizer, Conversation(turns))
    text = loaded.tokenizer.decode(ids)
    if family == "rinna":
        assert text.replace(" ", "") == "あなたは常体で応答します。ユーザー「東京?」先輩「"
    else:
        assert text.replace(" ", "") == "<s>[INST]<<SYS>>\nあなたは常体で応答します。\n<</SYS>>\n\n東京？[/INST]"
        assert ids.count(loaded.tokenizer.bos_token_id) == 1


@pytest.mark.parametrize(
    ("family", "method", "held"),
    [
        ("rinna", "lora", "none"),
        ("rinna", "qlora", "4bit"),
        ("elyza-fast", "qlora", "4bit"),
        pytest.param("elyza-fast", "lora", "none", marks=pytest.mark.slow),
        pytest.param("elyza", "lora", "none", marks=pytest.mark.slow),
        pytest.param("elyza", "qlora", "4bit", marks=pytest.mark.slow),
    ],
    indirect=["family"],
)
def test_from_data_to_an_answer_over_http(family: Family, folder: Path, method: str, held: Any, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", num=24)
    result = train(
        data, name="tetsu", home=tmp_path, base=str(folder), recipe=recipe(family, method), questions=FEW, force=True
    )
    checkpoint = Shelf(tmp_path).get("tetsu")
    verify(checkpoint)
    assert (checkpoint.manifest.kind, checkpoint.manifest.method) == (Kind.ADAPTER, method)
    assert checkpoint.persona().system_prompt == "あなたは常体で応答します。"
    assert (tmp_path / "runs" / "tetsu" / IMAGINED).exists() == (family != "rinna")
    measured = result.metrics["H1"]
    assert measured["value"] < measured["base"]
    document = report_on(["tetsu"], home=tmp_path, wanted=Wanted(data=data), quantization=held, device="cpu")
    again = document["checkpoints"][0]["metrics"]["H1"]["value"]
    assert again == pytest.approx(measured["value"], rel=0.03)
    Shelf(tmp_path).use("tetsu", who="test", force=True)
    body = chat("元気？", temperature=0, max_tokens=8)
    with ready(config_for(tmp_path, folder, quantization=held)) as client:
        answer = client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["model"] == "tetsu"
    assert 0 < said["usage"]["completion_tokens"] <= 8
    if held == "none":
        assert said["choices"][0]["message"]["content"] == Oracle(tmp_path, folder).answer("tetsu", body).text


def test_every_file_of_the_checkpoint_is_read_by_peft_and_transformers_alone(
    family: Family, folder: Path, tmp_path: Path
) -> None:
    data = write_data(tmp_path / "data", num=24)
    train(data, name="tetsu", home=tmp_path, base=str(folder), recipe=recipe(family, "lora"), questions=FEW, force=True)
    path = Shelf(tmp_path).get("tetsu").path
    config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == str(folder)
    own = load_tokenizer(str(path))
    base = load_tokenizer(str(folder))
    assert [own.encode(text, add_special_tokens=False) for text in SAID] == [
        base.encode(text, add_special_tokens=False) for text in SAID
    ]
