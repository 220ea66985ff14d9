"""Tokenizers: rinna's as its SentencePiece model has it, and always a pad token that is not EOS if there is another."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from model.loader import LoaderError, load_tokenizer
from tests.model.tiny import save_elyza_like, save_rinna_like, tiny_tokenizer


@pytest.fixture(scope="module")
def rinna(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_rinna_like(tmp_path_factory.mktemp("rinna"))


def test_the_special_tokens_of_rinna_are_those_of_its_own_pieces(rinna: Path) -> None:
    tokenizer = load_tokenizer(str(rinna))
    named = {name: getattr(tokenizer, f"{name}_token_id") for name in ("unk", "bos", "eos", "pad")}
    assert named == {"unk": 1, "bos": 2, "eos": 3, "pad": 4}


WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@pytest.fixture(scope="module")
def both(rinna: Path) -> tuple[Any, Any]:
    return load_tokenizer(str(rinna)), SentencePieceProcessor(model_file=str(rinna / "spiece.model"))


@settings(max_examples=200, deadline=None)
@given(text=WRITTEN.filter(lambda text: "s>" not in text))
def test_rinna_is_tokenised_as_sentencepiece_does(both: tuple[Any, Any], text: str) -> None:
    tokenizer, reference = both
    assert tokenizer.encode(text, add_special_tokens=False) == reference.encode(text)


def test_an_emoji_is_unknown_to_rinna_and_no_control_token(rinna: Path) -> None:
    tokenizer = load_tokenizer(str(rinna))
    ids = tokenizer.encode("麻雀😀", add_special_tokens=False)
    assert tokenizer.unk_token_id in ids
    assert not {tokenizer.bos_token_id, tokenizer.eos_token_id} & set(ids)


def test_the_mended_tokenizer_survives_being_saved_with_a_checkpoint(rinna: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(rinna))
    tokenizer.save_pretrained(tmp_path)
    again = load_tokenizer(str(tmp_path))
    text = "部室で麻雀をした😀"
    assert again.encode(text, add_special_tokens=False) == tokenizer.encode(text, add_special_tokens=False)
    assert (again.pad_token, again.eos_token) == ("[PAD]", "</s>")


def test_a_tokenizer_without_a_pad_token_gets_one_that_is_not_eos(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(save_elyza_like(tmp_path)))
    assert tokenizer.pad_token_id == tokenizer.unk_token_id != tokenizer.eos_token_id


def test_a_tokenizer_without_an_end_is_refused(tmp_path: Path) -> None:
    tiny_tokenizer().save_pretrained(tmp_path)
    path = tmp_path / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eos_token": None}))
    with pytest.raises(LoaderError, match="without an EOS token"):
        load_tokenizer(str(tmp_path))


def test_a_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="no tokenizer that can be read"):
        load_tokenizer(str(tmp_path))
