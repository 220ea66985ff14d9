"""Adapters come and go without a trace in the base, and one that does not fit changes nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from model.base import Base, resolve
from model.checkpoint import Checkpoint, CheckpointError, Kind, read, seal
from model.loader import LoadedBase, LoaderError, Purpose, Quantization, attach, detach, load_base, read_adapter
from tests.model.sealed import fields
from tests.model.tiny import save_tiny_adapter, save_tiny_base, tiny_tokenizer

FORMS = [f"{shape}-{form}" for shape in ("llama", "gpt2") for form in ("fp32", "stored4bit")]
WAYS: list[tuple[Quantization, Purpose, int]] = [
    ("none", "serve", 8),
    ("4bit", "serve", 1),  # packed where the CPU can
    ("4bit", "serve", 8),
    ("4bit", "train", 8),
    ("8bit", "serve", 8),
]
IDS = torch.tensor([[1, 5, 70, 80, 90, 6]])


def logits(loaded: LoadedBase, **options: Any) -> torch.Tensor:
    with torch.no_grad():
        return loaded.model.eval()(IDS.repeat(len(options.get("adapter_names", "1")), 1), **options).logits


Pair = tuple[Checkpoint, Checkpoint]


@pytest.fixture(scope="module")
def adapters(bases: dict[str, Base], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Two adapters for each form."""
    made = {}
    for form in FORMS:
        root, folder = tmp_path_factory.mktemp(form), Path(bases[form].location)
        made[form] = (
            save_tiny_adapter(root / "a", folder, name="a", seed=1),
            save_tiny_adapter(root / "b", folder, name="b", seed=2),
        )
    return made


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("quantization", "purpose", "rows"), WAYS)
def test_the_base_is_bit_equal_before_and_after_adapters_were_attached(
    bases: dict[str, Base],
    adapters: dict[str, Pair],
    form: str,
    quantization: Quantization,
    purpose: Purpose,
    rows: int,
) -> None:
    loaded = load_base(bases[form], quantization=quantization, device="cpu", purpose=purpose, rows=rows)
    one, two = adapters[form]
    bare, model = logits(loaded), loaded.model
    attach(loaded, one, adapter_name="one")
    with_one = logits(loaded)
    attach(loaded, two, adapter_name="two")
    with_two = logits(loaded)
    assert not torch.equal(bare, with_one)
    assert not torch.equal(with_one, with_two)

    mixed = logits(loaded, adapter_names=["one", "two", "__base__", "one"])
    close = 1e-5 if bare.dtype == torch.float32 and quantization == "none" else 0.1
    for row, alone in zip(mixed, (with_one, with_two, bare, with_one), strict=True):
        assert torch.allclose(row, alone[0], atol=close)

    detach(loaded, "two")
    assert torch.equal(logits(loaded), with_one)
    detach(loaded, "one")
    assert torch.equal(logits(loaded), bare)
    assert loaded.model is model
    assert not hasattr(model, "peft_config")
    attach(loaded, one, adapter_name="again")
    assert torch.equal(logits(loaded), with_one)


@pytest.mark.parametrize("form", ["llama-fp32", "gpt2-fp32"])
def test_an_attached_adapter_answers_as_peft_would_load_it(
    bases: dict[str, Base], adapters: dict[str, Pair], form: str
) -> None:
    loaded = load_base(bases[form], quantization="none", device="cpu")
    attach(loaded, adapters[form][0], adapter_name="one")
    plain = AutoModelForCausalLM.from_pretrained(bases[form].location)
    theirs = PeftModel.from_pretrained(plain, str(adapters[form][0].path)).eval()
    with torch.no_grad():
        assert torch.equal(logits(loaded), theirs(IDS).logits)


def test_the_scale_in_the_manifest_is_applied(base: Base, base_folder: Path, tmp_path: Path) -> None:
    loaded = load_base(base, quantization="none", device="cpu")
    bare = logits(loaded)
    differences = {}
    for scale in (0.0, 0.5, 1.0):
        checkpoint = save_tiny_adapter(tmp_path / str(scale), base_folder, name="tetsu", adapter_scale=scale)
        attach(loaded, checkpoint, adapter_name="tetsu")
        differences[scale] = (logits(loaded) - bare).abs().max().item()
        detach(loaded, "tetsu")
    assert differences[0.0] == 0
    assert 0 < differences[0.5] < differences[1.0]


@pytest.mark.parametrize("rslora", [False, True])
def test_what_the_engine_is_handed_is_what_peft_computes_with(
    base: Base, base_folder: Path, tmp_path: Path, rslora: bool
) -> None:
    config = LoraConfig(
        r=4,
        lora_alpha=12,
        target_modules=["q_proj", "down_proj"],
        rank_pattern={"down_proj": 8},
        alpha_pattern={"layers.1.self_attn.q_proj": 3},
        use_rslora=rslora,
    )
    tuned = get_peft_model(AutoModelForCausalLM.from_pretrained(base_folder), config)
    for name, parameter in tuned.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter)
    tuned.save_pretrained(str(tmp_path))
    (tmp_path / "README.md").unlink(missing_ok=True)
    seal(tmp_path, **fields("tetsu", base=base.name, base_hash=base.hash(), adapter_scale=0.5))
    deltas = read_adapter(load_base(base, quantization="none", device="cpu"), read(tmp_path)).deltas()
    layers = {name: each for name, each in tuned.base_model.model.named_modules() if isinstance(each, LoraLayer)}
    assert deltas.keys() == layers.keys()
    for name, layer in layers.items():
        down, up = deltas[name]
        assert torch.equal(down, layer.lora_A["default"].weight)
        torch.testing.assert_close(up, layer.lora_B["default"].weight.T * layer.scaling["default"] * 0.5)


def test_weights_that_disagree_with_their_config_are_named(
    base: Base, adapters: dict[str, Pair], tmp_path: Path
) -> None:
    bad = copied(adapters["llama-fp32"][0], tmp_path / "bad", config_changed(r=3))
    read_one = read_adapter(load_base(base, quantization="none", device="cpu"), bad)
    with pytest.raises(LoaderError, match=r"disagree about model\.layers\.0\.mlp\.down_proj"):
        read_one.deltas()


def test_an_adapter_of_fewer_layers_touches_only_those(base: Base, base_folder: Path, tmp_path: Path) -> None:
    plain = AutoModelForCausalLM.from_pretrained(base_folder)
    config = LoraConfig(r=2, target_modules=["q_proj"], layers_to_transform=[1], use_rslora=True)
    tuned = get_peft_model(plain, config)
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    tuned.save_pretrained(str(tmp_path))
    (tmp_path / "README.md").unlink(missing_ok=True)
    seal(tmp_path, **fields("few", base=base.name, base_hash=base.hash()))
    loaded = load_base(base, quantization="none", device="cpu")
    attach(loaded, read(tmp_path), adapter_name="few")
    with torch.no_grad():
        assert torch.equal(logits(loaded), tuned.eval()(IDS).logits)


@pytest.mark.parametrize("form", FORMS)
def test_training_on_4_bit_weights_reaches_every_adapter_weight_also_after_an_evaluation(
    bases: dict[str, Base], form: str
) -> None:
    loaded = load_base(bases[form], quantization="4bit", device="cpu", purpose="train")
    model = get_peft_model(loaded.model, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False))
    logits(loaded)
    model.train()
    model(IDS, labels=IDS).loss.backward()
    learning = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert learning
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in learning.values())


def copied(checkpoint: Checkpoint, to: Path, change: Callable[[Path], Any]) -> Checkpoint:
    """Return a copy that was changed and sealed again, as if it had been made that way."""
    shutil.copytree(checkpoint.path, to)
    change(to)
    kept = checkpoint.manifest.model_dump(exclude={"files"})
    (to / "manifest.json").unlink()
    seal(to, **kept)
    return read(to)


def weights_changed(change: Callable[[dict[str, torch.Tensor], str], None]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        weights = load_file(folder / "adapter_model.safetensors")
        change(weights, min(weights))
        save_file({key: weight.contiguous() for key, weight in weights.items()}, folder / "adapter_model.safetensors")

    return act


def config_changed(**changed: Any) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        path = folder / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))

    return act


def not_a_number(weights: dict[str, torch.Tensor], key: str) -> None:
    weights[key][0, 0] = float("nan")


def other_shape(weights: dict[str, torch.Tensor], key: str) -> None:
    weights[key] = torch.zeros(4, 7)


def other_layer(weights: dict[str, torch.Tensor], key: str) -> None:
    weights[key.replace("layers.0", "layers.99")] = weights.pop(key)


def other_rank(weights: dict[str, torch.Tensor], key: str) -> None:
    weights[key] = torch.zeros(9, weights[key].shape[1])


def no_half(weights: dict[str, torch.Tensor], key: str) -> None:
    del weights[key]


def no_layer(weights: dict[str, torch.Tensor], key: str) -> None:
    for each in [name for name in weights if name.startswith(key.rpartition(".lora_")[0])]:
        del weights[each]


def other_vocabulary(folder: Path) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["先輩"])
    tokenizer.save_pretrained(folder)


FAULTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "not finite": (weights_changed(not_a_number), "not finite"),
    "another shape": (weights_changed(other_shape), "but the base needs"),
    "another layer": (weights_changed(other_layer), "no LoRA weight of a layer"),
    "another rank": (weights_changed(other_rank), "disagree about .*lora_A"),
    "half a layer": (weights_changed(no_half), "disagree about .*lora_A"),
    "a layer missing": (weights_changed(no_layer), "lacks the weights of 1 layers that it names"),
    "targets the base lacks": (config_changed(target_modules=["c_attn"]), "no layer|disagree|not found"),
    "another vocabulary": (other_vocabulary, "another vocabulary"),
    "a broken tokenizer": (lambda folder: (folder / "tokenizer.json").write_text("{"), "is no tokenizer"),
    "no weights": (lambda folder: (folder / "adapter_model.safetensors").unlink(), "is missing"),
    "no config": (lambda folder: (folder / "adapter_config.json").unlink(), "adapter_config"),
    "another method": (
        lambda folder: (folder / "adapter_config.json").write_text('{"peft_type": "IA3"}'),
        "no plain LoRA",
    ),
    "an unknown method": (config_changed(peft_type="NEXT"), "no adapter_config"),
    "DoRA": (config_changed(use_dora=True), "no plain LoRA"),
    "another chat template": (lambda folder: (folder / "chat_template.jinja").write_text("x"), "another chat template"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("beside_another", [False, True])
def test_an_adapter_that_does_not_fit_is_named_and_changes_nothing(
    base: Base, adapters: dict[str, Pair], tmp_path: Path, fault: str, beside_another: bool
) -> None:
    change, message = FAULTS[fault]
    good, other = adapters["llama-fp32"]
    bad = copied(other, tmp_path / "bad", change)
    loaded = load_base(base, quantization="none", device="cpu")
    if beside_another:
        attach(loaded, good, adapter_name="good")
    before, model = logits(loaded), loaded.model
    with pytest.raises(LoaderError, match=message) as caught:
        attach(loaded, bad, adapter_name="bad")
    assert "\n" not in str(caught.value)
    assert torch.equal(logits(loaded), before)
    assert loaded.model is model
    if beside_another:
        assert list(model.peft_config) == ["good"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("beside_another", [False, True])
def test_an_injection_that_breaks_half_way_is_undone(
    bases: dict[str, Base], adapters: dict[str, Pair], form: str, beside_another: bool
) -> None:
    good, other = adapters[form]
    loaded = load_base(bases[form], quantization="4bit", device="cpu", rows=1)
    if beside_another:
        attach(loaded, good, adapter_name="good")
    before, model = logits(loaded), loaded.model
    with pytest.raises(LoaderError, match="cannot be attached as"):
        attach(loaded, other, adapter_name="no.dots.in.torch")
    assert torch.equal(logits(loaded), before)
    assert loaded.model is model
    attach(loaded, other, adapter_name="other")
    assert not torch.equal(logits(loaded), before)


def test_an_adapter_of_another_base_is_refused(base: Base, tmp_path: Path) -> None:
    other = save_tiny_base(tmp_path / "other", seed=5)
    checkpoint = save_tiny_adapter(tmp_path / "a", other, name="tetsu")
    loaded = load_base(base, quantization="none", device="cpu")
    with pytest.raises(LoaderError, match="was made for base"):
        attach(loaded, checkpoint, adapter_name="tetsu")


def test_a_truncated_adapter_is_named(base: Base, base_folder: Path, tmp_path: Path) -> None:
    checkpoint = save_tiny_adapter(tmp_path / "a", base_folder, name="tetsu")
    with (tmp_path / "a" / "adapter_model.safetensors").open("r+b") as stream:
        stream.truncate(1000)
    loaded = load_base(base, quantization="none", device="cpu")
    with pytest.raises(CheckpointError, match=r"adapter_model\.safetensors is truncated"):
        attach(loaded, checkpoint, adapter_name="tetsu")


def test_a_whole_model_cannot_be_attached(base: Base, base_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(base_folder, tmp_path / "whole")
    seal(tmp_path / "whole", **fields("whole", kind=Kind.FULL))
    loaded = load_base(base, quantization="none", device="cpu")
    with pytest.raises(LoaderError, match="whole model, not an adapter"):
        attach(loaded, read(tmp_path / "whole"), adapter_name="whole")


def test_names_are_taken_once_and_detached_once(base: Base, adapters: dict[str, Pair]) -> None:
    loaded = load_base(base, quantization="none", device="cpu")
    attach(loaded, adapters["llama-fp32"][0], adapter_name="one")
    with pytest.raises(LoaderError, match="attached already"):
        attach(loaded, adapters["llama-fp32"][1], adapter_name="one")
    detach(loaded, "one")
    with pytest.raises(LoaderError, match="No adapter 'one'"):
        detach(loaded, "one")


def test_the_embedded_base_takes_adapters_too(tmp_path: Path) -> None:
    mini = resolve("mini")
    checkpoint = save_tiny_adapter(tmp_path, Path(mini.location), name="tetsu")
    for quantization, purpose, rows in WAYS[:2]:
        loaded = load_base(mini, quantization=quantization, device="cpu", purpose=purpose, rows=rows)
        bare = logits(loaded)
        attach(loaded, checkpoint, adapter_name="tetsu")
        assert not torch.equal(logits(loaded), bare)
        detach(loaded, "tetsu")
        assert torch.equal(logits(loaded), bare)
