"""Tiny bases of every form, made once for all tests of the loader."""

from pathlib import Path

import pytest
import torch

from model.base import Base, resolve
from model.loader import load_base
from tests.model.tiny import Shape, save_tiny_base, tiny_model, tiny_tokenizer


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Base]:
    """Llama and GPT-2, each plain in fp32, plain in bf16 and stored in 4 bits, as ``shape-form``."""
    root = tmp_path_factory.mktemp("bases")
    shapes: tuple[Shape, ...] = ("llama", "gpt2")
    for shape in shapes:
        plain = save_tiny_base(root / f"{shape}-fp32", shape)
        half = root / f"{shape}-bf16"
        tiny_model(shape).to(torch.bfloat16).save_pretrained(half)
        stored = root / f"{shape}-stored4bit"
        load_base(resolve(str(plain)), quantization="4bit", purpose="train").model.save_pretrained(stored)
        for folder in (half, stored):
            tiny_tokenizer().save_pretrained(folder)
    return {folder.name: resolve(str(folder)) for folder in root.iterdir()}


@pytest.fixture
def base(bases: dict[str, Base]) -> Base:
    """The plain Llama in fp32."""
    return bases["llama-fp32"]


@pytest.fixture
def base_folder(base: Base) -> Path:
    """Its folder."""
    return Path(base.location)
