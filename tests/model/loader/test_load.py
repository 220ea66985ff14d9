"""Loading bases and whole models: every quantization on every form, and every fault in one sentence."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers.utils import logging as transformers_logging

from model.base import Base, resolve
from model.checkpoint import CheckpointError, Gate, Kind, read, seal
from model.conversation import Conversation, Role, Turn
from model.loader import LoadedBase, LoaderError, Quantization, choose_device, load_base, load_full
from model.loader.placement import multiplies_bf16
from model.prompt import encode_reply
from tests.model.sealed import fields
from tests.model.tiny import save_elyza_like, save_rinna_like, save_tiny_adapter, tiny_tokenizer

FORMS = [f"{shape}-{form}" for shape in ("llama", "gpt2") for form in ("fp32", "bf16", "stored4bit")]
IDS = torch.tensor([[1, 5, 70, 80, 90, 6]])


def logits(loaded: LoadedBase) -> torch.Tensor:
    with torch.no_grad():
        return loaded.model.eval()(IDS).logits


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("quantization", "rows"), [("none", 8), ("4bit", 1), ("4bit", 8), ("8bit", 8)])
def test_every_form_serves_in_every_quantization(
    bases: dict[str, Base], form: str, quantization: Quantization, rows: int
) -> None:
    loaded = load_base(bases[form], quantization=quantization, device="cpu", rows=rows)
    exact = load_base(bases[form], quantization="none", device="cpu", purpose="train")
    assert torch.cosine_similarity(logits(loaded).float(), logits(exact), dim=-1).min() > 0.97
    assert (loaded.device, loaded.model.training, loaded.base_hash) == ("cpu", False, bases[form].hash())
    assert loaded.reason.endswith(".")
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_loading_says_nothing_on_stderr_and_leaves_every_switch_as_it_was(
    bases: dict[str, Base], capfd: pytest.CaptureFixture[str]
) -> None:
    before = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    for form in ("llama-fp32", "llama-stored4bit"):
        load_base(bases[form], quantization="4bit", device="cpu")
    assert capfd.readouterr() == ("", "")
    assert (transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()) == before


@pytest.mark.parametrize("form", FORMS)
def test_what_was_chosen_is_said(bases: dict[str, Base], form: str) -> None:
    native = "bf16" if multiplies_bf16() else "fp32"
    few = "4bit (packed)" if multiplies_bf16() else "fp32 (dequantised 4bit)"
    is_stored_4bit = form.endswith("stored4bit")

    def chosen(quantization: Quantization, rows: int) -> str:
        return load_base(bases[form], quantization=quantization, device="cpu", rows=rows).quantization

    assert chosen("4bit", 1) == few
    assert chosen("4bit", 8) == f"{native} (dequantised 4bit)"
    if is_stored_4bit:
        assert chosen("none", 8).endswith("(dequantised 4bit)")
    else:
        assert chosen("none", 8) == ("fp32" if form.endswith("fp32") else native)
        assert chosen("8bit", 8) == "8bit"


@pytest.mark.parametrize("form", FORMS)
def test_without_quantization_all_weights_learn_in_fp32(bases: dict[str, Base], form: str) -> None:
    model = load_base(bases[form], quantization="none", device="cpu", purpose="train").model
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    model(IDS, labels=IDS).loss.backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert model.training


@pytest.mark.parametrize("form", ["llama-stored4bit", "gpt2-stored4bit"])
def test_the_dequantised_copy_has_the_weights_of_the_4_bit_model(bases: dict[str, Base], form: str) -> None:
    served = load_base(bases[form], quantization="4bit", device="cpu", rows=8)
    trained_on = load_base(bases[form], quantization="4bit", device="cpu", purpose="train")
    assert torch.allclose(logits(served).float(), logits(trained_on).float(), atol=0.02)


def test_a_quantised_base_is_kept_and_read_the_next_time(base: Base, tmp_path: Path) -> None:
    first = load_base(base, quantization="4bit", device="cpu", bases_dir=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.name == base.hash().replace(":", "-")
    second = load_base(base, quantization="4bit", device="cpu", bases_dir=tmp_path)
    without = load_base(base, quantization="4bit", device="cpu")
    assert torch.equal(logits(first), logits(second))
    assert torch.equal(logits(first), logits(without))


def test_a_damaged_copy_of_a_quantised_base_is_made_again(base: Base, tmp_path: Path) -> None:
    expected = logits(load_base(base, quantization="4bit", device="cpu", bases_dir=tmp_path))
    (weights,) = tmp_path.glob("*/model-*.safetensors")
    size = weights.stat().st_size
    with weights.open("r+b") as stream:
        stream.truncate(size // 2)
    again = load_base(base, quantization="4bit", device="cpu", bases_dir=tmp_path)
    assert torch.equal(expected, logits(again))
    assert weights.stat().st_size == size


def test_what_a_killed_quantisation_left_is_swept_and_one_that_runs_is_left_alone(base: Base, tmp_path: Path) -> None:
    left, running = tmp_path / ".sha256-1.dead", tmp_path / ".sha256-2.alive"
    for folder in (left, running):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(bytes(100))
    handle = os.open(running, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    load_base(base, quantization="4bit", device="cpu", bases_dir=tmp_path)
    os.close(handle)
    assert not left.exists()
    assert (running / "model.safetensors").exists()


def test_a_base_that_is_stored_in_4_bits_is_not_kept_twice(bases: dict[str, Base], tmp_path: Path) -> None:
    load_base(bases["llama-stored4bit"], quantization="4bit", device="cpu", bases_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_the_copy_the_base_still_loads(base: Base, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loaded = load_base(base, quantization="4bit", device="cpu", bases_dir=tmp_path / "file" / "bases")
    assert logits(loaded).isfinite().all()


def test_models_laid_out_as_on_the_hub_load_and_answer_in_their_own_form(tmp_path: Path) -> None:
    turns = (Turn(Role.USER, "部室で寝てた"), Turn(Role.ASSISTANT, "東京で"))
    for save, mark in ((save_rinna_like, "先輩「"), (save_elyza_like, "<<SYS>>")):
        folder = save(tmp_path / save.__name__.replace("save_", "").replace("_like", ""))
        loaded = load_base(resolve(str(folder)), quantization="4bit", device="cpu", purpose="train")
        assert mark in loaded.tokenizer.chat_template
        prompt, reply = encode_reply(loaded.tokenizer, Conversation(turns))
        loss = loaded.model(torch.tensor([prompt + reply]), labels=torch.tensor([prompt + reply])).loss
        assert loss.isfinite()


def test_weights_of_old_pickled_form_load(base_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    shutil.copytree(base_folder, folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert logits(load_base(resolve(str(folder)), quantization="none", device="cpu")).isfinite().all()


def test_a_whole_model_comes_back_with_its_own_chat_template(base: Base, tmp_path: Path) -> None:
    tuned = load_base(base, quantization="none", device="cpu", purpose="train")
    tuned.tokenizer.chat_template = tuned.tokenizer.chat_template.replace("<|user|>", "<|user|>>")
    tuned.model.save_pretrained(tmp_path)
    tuned.tokenizer.save_pretrained(tmp_path)
    (tmp_path / "persona.toml").write_text('name = "てつ"\n', encoding="utf-8")
    seal(tmp_path, **fields("whole", kind=Kind.FULL, base=base.name, base_hash=base.hash(), gate=Gate.PASSED))
    loaded = load_full(read(tmp_path), quantization="none", device="cpu")
    assert torch.equal(logits(loaded), logits(tuned))
    assert loaded.tokenizer.chat_template == tuned.tokenizer.chat_template
    load_full(read(tmp_path), quantization="4bit", device="cpu", rows=1)


def test_an_adapter_is_no_whole_model(base_folder: Path, tmp_path: Path) -> None:
    checkpoint = save_tiny_adapter(tmp_path, base_folder, name="tetsu")
    with pytest.raises(LoaderError, match="adapter, not a whole model"):
        load_full(checkpoint, quantization="none", device="cpu")


def test_a_damaged_whole_model_is_named(base_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(base_folder, tmp_path / "whole")
    seal(tmp_path / "whole", **fields("whole", kind=Kind.FULL))
    with (tmp_path / "whole" / "model.safetensors").open("r+b") as stream:
        stream.truncate(5000)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is truncated"):
        load_full(read(tmp_path / "whole"), quantization="none", device="cpu")


def test_no_copy_is_made_of_a_whole_model_that_was_changed(base_folder: Path, tmp_path: Path) -> None:
    whole, bases = tmp_path / "whole", tmp_path / "bases"
    shutil.copytree(base_folder, whole)
    seal(whole, **fields("whole", kind=Kind.FULL))
    sound = (whole / "model.safetensors").read_bytes()
    weights = load_file(whole / "model.safetensors")
    weights["model.norm.weight"] *= 3
    save_file(weights, whole / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="was changed"):
        load_full(read(whole), quantization="4bit", device="cpu", bases_dir=bases)
    assert not bases.exists()
    (whole / "model.safetensors").write_bytes(sound)
    load_full(read(whole), quantization="4bit", device="cpu", bases_dir=bases)
    save_file(weights, whole / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="was changed"):
        load_full(read(whole), quantization="4bit", device="cpu", bases_dir=bases)


def damaged(base_folder: Path, to: Path) -> Base:
    shutil.copytree(base_folder, to)
    return resolve(str(to))


def test_truncated_weights_of_a_base_are_named(base_folder: Path, tmp_path: Path) -> None:
    base = damaged(base_folder, tmp_path / "cut")
    with (tmp_path / "cut" / "model.safetensors").open("r+b") as stream:
        stream.truncate(5000)
    with pytest.raises(LoaderError, match=r"model\.safetensors is truncated"):
        load_base(base, quantization="none", device="cpu")


def test_an_absent_weight_is_named_and_never_made_up(base_folder: Path, tmp_path: Path) -> None:
    base = damaged(base_folder, tmp_path / "hole")
    weights = load_file(tmp_path / "hole" / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "hole" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(LoaderError, match=r"lacks the weight model\.layers\.1\.mlp\.up_proj\.weight"):
        load_base(base, quantization="none", device="cpu")


def test_a_tokenizer_that_is_larger_than_its_model_is_refused(base_folder: Path, tmp_path: Path) -> None:
    base = damaged(base_folder, tmp_path / "large")
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["追加"])
    tokenizer.save_pretrained(tmp_path / "large")
    with pytest.raises(LoaderError, match="more tokens than the model"):
        load_base(base, quantization="none", device="cpu")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_one_sentence(base_folder: Path, tmp_path: Path, name: str) -> None:
    base = damaged(base_folder, tmp_path / "less")
    (tmp_path / "less" / name).unlink()
    with pytest.raises(LoaderError) as caught:
        load_base(base, quantization="none", device="cpu")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "less") in str(caught.value)


def test_a_base_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="does not exist"):
        load_base(Base("gone", str(tmp_path / "gone")), quantization="none", device="cpu")


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(LoaderError, match="no device 'tpu'"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        assert choose_device("auto") == "cpu"
        with pytest.raises(LoaderError, match="no device 'cuda'"):
            choose_device("cuda")
