"""Trains the tokenizer: SentencePiece unigram with byte fallback, kept as a plain ``tokenizer.json``.

Knows pieces, control tokens and the chat template's file. Does not know the corpora or the model.

Normalisation is the identity: SentencePiece's usual ``nmt_nfkc`` rewrites ！？（）… and 〜, which is the punctuation a
persona lives on. No dummy prefix: a text has the same tokens wherever it stands.
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, normalizers
from tokenizers.models import Unigram
from transformers import PreTrainedTokenizerFast

UNK, BOS, EOS, PAD = "<unk>", "<s>", "</s>", "<pad>"
ROLE_TOKENS = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
NEWLINE = "\n"
MAX_TOKENS = 2048
PIECES = "pieces.model"
"""SentencePiece's own file in the work folder."""
LITERAL_BYTE_SCORE = -100.0
"""So low that a text which spells out ``<0x41>`` is not read as that byte."""
CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja")


def train_pieces(texts: Iterable[str], size: int, num_threads: int = 1) -> bytes:
    """Return a trained SentencePiece model of ``size`` pieces; each text is one sentence without line breaks."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type="unigram",
        vocab_size=size,
        byte_fallback=True,
        character_coverage=0.9995,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=3,
        control_symbols=list(ROLE_TOKENS.values()),
        user_defined_symbols=[NEWLINE],
        max_sentencepiece_length=8,
        num_threads=num_threads,
        minloglevel=2,
    )
    return model.getvalue()


def fast_tokenizer(pieces: bytes) -> PreTrainedTokenizerFast:
    """Return the same tokenizer for ``AutoTokenizer``: equal ids for every text without control tokens."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    tokenizer = Tokenizer(Unigram(list(_scored(processor)), unk_id=0, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    special = (UNK, BOS, EOS, PAD, *ROLE_TOKENS.values())
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        unk_token=UNK,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        additional_special_tokens=list(ROLE_TOKENS.values()),
        model_max_length=MAX_TOKENS,
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE.read_text(encoding="utf-8"),
    )


def role_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    """Return the id of each role's control token."""
    ids: dict[str, int] = tokenizer.get_vocab()
    return {role: ids[token] for role, token in ROLE_TOKENS.items()}


def _scored(processor: sentencepiece.SentencePieceProcessor) -> Iterator[tuple[str, float]]:
    for index in range(processor.get_piece_size()):
        score = LITERAL_BYTE_SCORE if processor.is_byte(index) else processor.get_score(index)
        yield processor.id_to_piece(index), score
