"""Turns scenes into rows of token ids, whole documents packed side by side. Knows the chat format and the shares.

Does not know the model. A row starts with ``<s>`` and is never cut inside a document, so that position 0 looks in
training as it does when people chat; what stays empty is ``<pad>``.
"""

import itertools
import logging
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from train.pretrain.corpus import REGISTERS, SOURCES, Document, Kind, documents
from train.pretrain.dialogue import Scene, Turn, answered, staged
from train.pretrain.grams import holds
from train.pretrain.invented import invented
from train.pretrain.mixture import SHARES, Stage
from train.pretrain.vocabulary import role_ids

log = logging.getLogger(__name__)

ROW_TOKENS = 513
"""512 positions and the target of the last."""
OPEN_ROWS = 64

Rows = NDArray[np.uint16]
PARTS = 16
"""Parts a source is cut into, so that several processes can encode it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one process encodes: every ``PARTS``-th document of one source, again and again, up to ``num_tokens``."""

    folder: Path
    name: str
    index: int
    num_tokens: int
    seed: str
    kept_out: frozenset[str] = frozenset()


def scenes(document: Document, rng: random.Random) -> list[Scene]:
    """Return what one document becomes: staged talks, an answered question, or text as it is."""
    if len(document.parts) < (2 if document.kind in (Kind.DIALOGUE, Kind.QUESTION) else 1):
        return []
    if document.kind is Kind.DIALOGUE:
        return staged(document.parts, rng)
    if document.kind is Kind.QUESTION:
        return [answered(document.parts[0], document.parts[1], rng)]
    return [[Turn("text", document.parts[0])]]


class Encoder:
    """Encodes scenes in the chat format: ``<s>``, then per turn its role token, its text and ``</s>``."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self._bos = int(tokenizer.bos_token_id)
        self._eos = int(tokenizer.eos_token_id)
        self._roles = {role: [index] for role, index in role_ids(tokenizer).items()}

    def __call__(self, scene: Scene) -> list[int]:
        ids = [self._bos]
        encoded = self._tokenizer([turn.text for turn in scene], add_special_tokens=False).input_ids
        for turn, text_ids in zip(scene, encoded, strict=True):
            ids += [*self._roles.get(turn.role, []), *text_ids, self._eos]
        return ids


def pack(encoded: Iterable[list[int]], pad: int, width: int = ROW_TOKENS) -> Rows:
    """Pack documents into rows, best fit among a few open rows; returns (rows, width) uint16.

    A document longer than a row is left out, and counted in the log.
    """
    closed: list[list[int]] = []
    open_rows: list[list[int]] = []
    num_too_long = 0
    for ids in encoded:
        if len(ids) > width:
            num_too_long += 1
            continue
        fitting = [row for row in open_rows if len(row) + len(ids) <= width]
        if fitting:
            max(fitting, key=len).extend(ids)
            continue
        open_rows.append([*ids])
        if len(open_rows) > OPEN_ROWS:
            fullest = max(range(len(open_rows)), key=lambda index: len(open_rows[index]))
            closed.append(open_rows.pop(fullest))
    closed += open_rows
    if num_too_long:
        log.warning("documents longer than a row left out=%d", num_too_long)
    rows = np.full((len(closed), width), pad, dtype=np.uint16)
    for index, row in enumerate(closed):
        rows[index, : len(row)] = row
    return rows


def stage_rows(
    folder: Path,
    tokenizer: PreTrainedTokenizerFast,
    *,
    stage: Stage,
    num_tokens: int,
    seed: int,
    num_processes: int = 1,
    kept_out: frozenset[str] = frozenset(),
) -> Rows:
    """Return shuffled rows of about ``num_tokens`` tokens in the shares of ``stage``, whatever ``num_processes`` is.

    Whatever holds one of the runs in ``kept_out`` is left out.
    """
    parts = [
        Part(
            folder=folder,
            name=name,
            index=index,
            num_tokens=round(share * num_tokens / PARTS),
            seed=f"{seed} {stage}",
            kept_out=kept_out,
        )
        for name, share in SHARES[stage].items()
        for index in range(PARTS)
    ]
    encode_part = partial(encoded_part, tokenizer)
    if num_processes == 1:
        encoded = list(itertools.chain.from_iterable(map(encode_part, parts)))
    else:
        with ProcessPoolExecutor(num_processes, mp_context=get_context("spawn")) as pool:
            encoded = list(itertools.chain.from_iterable(pool.map(encode_part, parts)))
    random.Random(seed).shuffle(encoded)
    return pack(encoded, int(tokenizer.pad_token_id))


def held_out_rows(folder: Path, tokenizer: PreTrainedTokenizerFast, *, max_rows: int) -> dict[str, Rows]:
    """Return rows of held-out documents per register, at most ``max_rows`` each."""
    encode = Encoder(tokenizer)
    held_out: dict[str, Rows] = {}
    for register in REGISTERS:
        rng = random.Random(register)
        chosen = [source for source in SOURCES if source.register == register]
        found = [document for source in chosen for document in documents(folder, source, held_out=True)]
        rng.shuffle(found)
        stream = (scene for document in found for scene in scenes(document.normalised(), rng))
        ids = _up_to(map(encode, stream), max_rows * ROW_TOKENS)
        held_out[register] = pack(ids, int(tokenizer.pad_token_id))[:max_rows]
    return held_out


def encoded_part(tokenizer: PreTrainedTokenizerFast, part: Part) -> list[list[int]]:
    """Return the documents of one part, encoded."""
    rng = random.Random(f"{part.seed} {part.name} {part.index}")
    makers = invented(part.folder, part.kept_out)
    stream = makers[part.name](rng) if part.name in makers else _endless(part, rng)
    return list(_up_to(map(Encoder(tokenizer), stream), part.num_tokens))


def _endless(part: Part, rng: random.Random) -> Iterator[Scene]:
    """Yield scenes of a part again and again; ends only where a whole pass has none."""
    source = next(source for source in SOURCES if source.name == part.name)
    found = list(documents(part.folder, source))[part.index :: PARTS]
    is_empty = False
    while not is_empty:
        is_empty = True
        rng.shuffle(found)
        for document in map(Document.normalised, found):
            if not holds(document.parts, part.kept_out):
                is_empty = False
                yield from scenes(document, rng)


def _up_to(encoded: Iterable[list[int]], num_tokens: int) -> Iterator[list[int]]:
    total = 0
    for ids in encoded:
        if total >= num_tokens:
            return
        total += len(ids)
        yield ids
