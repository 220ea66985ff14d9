"""facts.db: what a persona has said, found again by the words of a question.

Knows characters and counts: BM25 (Robertson and Zaragoza 2009) over character bi-grams and single kanji, so that 麻雀
and 冬 are found without a dictionary. Standard library only. Does not know what is private, nor what is done with what
it finds.
"""

import math
import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

FACTS = "facts.db"
K1, B = 1.2, 0.75
KANA_WEIGHT = 0.25
"""What a gram of hiragana alone counts: most of them are grammar, some are words."""

_SCHEMA = """
CREATE TABLE utterances (id INTEGER PRIMARY KEY, text TEXT NOT NULL, num_grams INTEGER NOT NULL);
CREATE TABLE grams (gram TEXT, utterance INTEGER, num INTEGER, PRIMARY KEY (gram, utterance)) WITHOUT ROWID;
"""
_WORD = re.compile(r"[^\W_]+")
_KANJI = re.compile(r"[㐀-鿿々]")
_HIRAGANA = re.compile(r"[ぁ-ゖー]+")


class FactsError(ValueError):
    """A facts.db cannot be read; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The utterances in one facts.db; none where there is no such file. Reads it anew for each question."""

    path: Path | None = None

    def search(self, question: str, limit: int) -> list[str]:
        """Return the utterances that share most with ``question``, at most ``limit``, best first.

        Raises FactsError when the file is broken.
        """
        if self.path is None or not self.path.exists():
            return []
        try:
            with closing(_open(self.path)) as connection:
                scores = _scores(connection, set(grams(question)))
                best = sorted(scores, key=lambda number: (-scores[number], number))[:limit]
                return [_text(connection, number) for number in best]
        except sqlite3.Error as error:
            raise FactsError(f"{self.path} cannot be read ({error}): import or train the checkpoint again.") from error


def write(path: Path, texts: Iterable[str]) -> None:
    """Write the facts.db of these utterances; the same utterances give the same bytes."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_SCHEMA)
        for number, text in enumerate(texts):
            counted = Counter(grams(text))
            connection.execute("INSERT INTO utterances VALUES (?, ?, ?)", (number, text, counted.total()))
            rows = ((gram, number, num) for gram, num in counted.items())
            connection.executemany("INSERT INTO grams VALUES (?, ?, ?)", rows)
        connection.commit()


def grams(text: str) -> list[str]:
    """Return the bi-grams within each word, and the single kanji."""
    words = _WORD.findall(folded(text))
    pairs = [word[start : start + 2] for word in words for start in range(len(word) - 1)]
    return pairs + [character for word in words for character in word if _KANJI.match(character)]


def folded(text: str) -> str:
    """Return ``text`` as it is compared: one width, one case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _scores(connection: sqlite3.Connection, asked: set[str]) -> dict[int, float]:
    num, mean = connection.execute("SELECT count(*), avg(num_grams) FROM utterances").fetchone()
    scores: dict[int, float] = {}
    for gram in sorted(asked):
        query = "SELECT utterance, num, num_grams FROM grams JOIN utterances ON id = utterance WHERE gram = ?"
        found = connection.execute(query, (gram,)).fetchall()
        rarity = math.log(1 + (num - len(found) + 0.5) / (len(found) + 0.5))
        weight = rarity * (KANA_WEIGHT if _HIRAGANA.fullmatch(gram) else 1.0)
        for number, count, length in found:
            share = count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))
            scores[number] = scores.get(number, 0.0) + weight * share
    return scores


def _text(connection: sqlite3.Connection, number: int) -> str:
    (text,) = connection.execute("SELECT text FROM utterances WHERE id = ?", (number,)).fetchone()
    return str(text)
