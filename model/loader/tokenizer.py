"""Reads tokenizers, and mends the one that transformers 5 reads wrongly.

Knows vocabularies on disk. Does not know chat templates or models.
"""

import json
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils.hub import cached_file

from model.loader.error import LoaderError, first_line

_PIECES = "spiece.model"
_PARITY = ("麻雀しよう😀", "３時に 部室で。", "それな！？", "ABCを見た〜", "𠮷野家の「牛丼」")


def load_tokenizer(location: str) -> Any:
    """Load the tokenizer of a model folder or hub id, with a pad token, which is EOS only if there is nothing else.

    Raises LoaderError when there is none, or when it disagrees with its own SentencePiece model.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(location)
        pieces = cached_file(location, _PIECES, _raise_exceptions_for_missing_entries=False)
    except (OSError, ValueError, KeyError) as error:
        raise LoaderError(f"{location} has no tokenizer that can be read: {first_line(error)}") from error
    if pieces is not None and type(tokenizer).__name__.startswith("T5"):
        tokenizer = _as_its_pieces_say(tokenizer, pieces)
    if tokenizer.eos_token is None:
        raise LoaderError(f"{location} has a tokenizer without an EOS token: a model could never learn to stop.")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    return tokenizer


def _as_its_pieces_say(tokenizer: Any, pieces: str) -> Any:
    """Rebuild a T5 tokenizer from its SentencePiece model.

    transformers 5 gives every T5Tokenizer T5's own special ids; rinna's are others, and an emoji became ``<s>``
    (guillaume-be/rust-bert issue 221 lists rinna's ids).
    """
    from sentencepiece import SentencePieceProcessor

    reference = SentencePieceProcessor(model_file=pieces)
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    backend["model"]["unk_id"] = reference.unk_id()
    backend["post_processor"] = None
    rebuilt = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer.from_str(json.dumps(backend)),
        bos_token=reference.id_to_piece(reference.bos_id()),
        eos_token=reference.id_to_piece(reference.eos_id()),
        unk_token=reference.id_to_piece(reference.unk_id()),
        pad_token=tokenizer.pad_token,
    )
    for text in _PARITY:
        if rebuilt.encode(text, add_special_tokens=False) != reference.encode(text):
            raise LoaderError(f"The tokenizer built from {pieces} disagrees with it: install the pinned transformers.")
    return rebuilt
