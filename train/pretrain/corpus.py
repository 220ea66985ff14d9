"""Reads the open corpora into documents. Knows the files, their registers and who is held out.

Does not know tokens, shares of the mix, or which of two speakers the model will play.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from train.normalise import normalise

HELD_OUT_PERCENT = 1
CHUNK_CHARS = 700
"""Prose is cut here, at a line's end or, in a longer line, at a sentence's: a chunk fits one row of 512 tokens."""
_SENTENCE = re.compile(r".+?(?:[。！？!?]+[」』）)]*|\Z)", re.DOTALL)


class Kind(StrEnum):
    DIALOGUE = "dialogue"
    QUESTION = "question"
    PROSE = "prose"
    SENTENCES = "sentences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of the corpora. ``register`` names the held-out set its documents count for, or is empty."""

    name: str
    file: str
    kind: Kind
    register: str = ""

    def holds_out(self, key: str) -> bool:
        """Whether the document that begins with ``key`` is kept away from training."""
        digest = hashlib.blake2b(key[:200].encode(), digest_size=4).digest()
        return bool(self.register) and int.from_bytes(digest) % 100 < HELD_OUT_PERCENT


@dataclass(frozen=True, slots=True)
class Document:
    """Raw text of one training unit: the turns of a talk, a question with its answer, or one piece of prose."""

    kind: Kind
    parts: tuple[str, ...]

    def normalised(self) -> "Document":
        return Document(self.kind, tuple(filter(None, (normalise(part).strip() for part in self.parts))))


SOURCES = (
    Source(name="realpersonachat", file="realpersonachat.jsonl", kind=Kind.DIALOGUE, register="chat"),
    Source(name="multiparty_chat", file="multiparty_chat.jsonl", kind=Kind.DIALOGUE),
    Source(name="jmrd", file="jmrd_movie_dialogue.jsonl", kind=Kind.DIALOGUE),
    Source(name="asdc", file="asdc.jsonl", kind=Kind.DIALOGUE),
    Source(name="instruction", file="instruction_ja.jsonl", kind=Kind.DIALOGUE),
    Source(name="aozora_dialogue", file="aozora_dialogue.jsonl", kind=Kind.DIALOGUE),
    Source(name="jaquad_qa", file="jaquad_qa.jsonl", kind=Kind.QUESTION),
    Source(name="jcommonsenseqa", file="jcommonsenseqa_train.jsonl", kind=Kind.QUESTION),
    Source(name="tatoeba", file="tatoeba_ja.txt", kind=Kind.SENTENCES),
    Source(name="rohan", file="rohan4600.txt", kind=Kind.SENTENCES),
    Source(name="actions", file="jcm_actions.txt", kind=Kind.SENTENCES),
    Source(name="captions", file="jsts_captions.txt", kind=Kind.SENTENCES),
    Source(name="wikipedia", file="wikipedia_jaquad.txt", kind=Kind.PROSE, register="encyclopedic"),
    Source(name="wikipedia_leads", file="wikipedia_leads.txt", kind=Kind.PROSE, register="encyclopedic"),
    Source(name="aozora", file="aozora_core_a.txt", kind=Kind.PROSE, register="aozora"),
    Source(name="aozora_ccby", file="aozora_ccby.txt", kind=Kind.PROSE, register="aozora"),
)
REGISTERS = ("chat", "encyclopedic", "aozora")


def documents(folder: Path, source: Source, *, held_out: bool = False) -> Iterator[Document]:
    """Yield the documents of one source, either those for training or those held out (by hash, 1 %).

    A work of prose is held out as a whole, then cut into chunks.
    """
    with (folder / source.file).open(encoding="utf-8") as lines:
        if source.kind in (Kind.DIALOGUE, Kind.QUESTION):
            yield from (_record(source.kind, line) for line in lines if source.holds_out(line) == held_out)
        elif source.kind is Kind.SENTENCES:
            yield from (Document(source.kind, (line.strip(),)) for line in lines if line.strip() and not held_out)
        else:
            for work in _works(lines):
                if source.holds_out(work[0]) == held_out:
                    yield from (Document(source.kind, (chunk,)) for chunk in _chunks(work))


def titled_questions(folder: Path) -> Iterator[tuple[str, Document]]:
    """Yield the encyclopedic questions, normalised, each with the title of its article."""
    source = next(source for source in SOURCES if source.name == "jaquad_qa")
    with (folder / source.file).open(encoding="utf-8") as lines:
        for line in lines:
            yield normalise(json.loads(line)["title"]).strip(), _record(source.kind, line).normalised()


def _record(kind: Kind, line: str) -> Document:
    record = json.loads(line)
    if kind is Kind.QUESTION:
        return Document(kind, (record["question"], record["answer"]))
    return Document(kind, tuple(record["turns"]))


def _works(lines: Iterator[str]) -> Iterator[list[str]]:
    work: list[str] = []
    for line in lines:
        if line.strip():
            work.append(line.strip())
        elif work:
            yield work
            work = []
    if work:
        yield work


def _chunks(work: list[str]) -> Iterator[str]:
    chunk: list[str] = []
    size = 0
    for line in work:
        for piece in pieces(line, CHUNK_CHARS):
            if chunk and size + len(piece) > CHUNK_CHARS:
                yield "\n".join(chunk)
                chunk, size = [], 0
            chunk.append(piece)
            size += len(piece)
    yield "\n".join(chunk)


def pieces(line: str, most: int) -> list[str]:
    """Cut a line of more than ``most`` characters at ends of sentences; only a single sentence may be longer."""
    cut = [""]
    for sentence in _SENTENCE.findall(line) if len(line) > most else [line]:
        if cut[-1] and len(cut[-1]) + len(sentence) > most:
            cut.append("")
        cut[-1] += sentence
    return cut
