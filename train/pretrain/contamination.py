"""Finds evaluation texts that training has seen: ``python -m train.pretrain.contamination --work DIR --against FILE...``.

Knows characters only; does not know what the evaluation asks.
"""

import argparse
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from train.pretrain.reread import trained_texts
from train.pretrain.vocabulary import PIECES, fast_tokenizer

log = logging.getLogger(__name__)

GRAM_CHARS = 24


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.contamination", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="work folder of the run")
    parser.add_argument("--against", type=Path, nargs="+", required=True, help="JSON lines: every text in them counts")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    trained = trained_texts(fast_tokenizer((arguments.work / PIECES).read_bytes()), arguments.work)
    for path in arguments.against:
        records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        evaluated = [text for record in records for text in record.values() if isinstance(text, str)]
        found = contaminated([text for text in evaluated if len(text) >= GRAM_CHARS], trained)
        log.info("%s texts=%d seen=%d", path.name, len(set(evaluated)), len(found))


def contaminated(evaluated: Iterable[str], trained: Sequence[str], gram_chars: int = GRAM_CHARS) -> list[str]:
    """Return the evaluation texts that share a run of ``gram_chars`` characters with a training text.

    A text shorter than that counts when the whole of it stands in a training text.
    """
    texts = list(dict.fromkeys(evaluated))
    owners: dict[str, set[str]] = {}
    for text in texts:
        for gram in _grams(text, gram_chars):
            owners.setdefault(gram, set()).add(text)
    found = {text for document in trained for gram in _grams(document, gram_chars) for text in owners.get(gram, ())}
    whole = "\n".join(trained)
    return [text for text in texts if text in found or (len(text) < gram_chars and text in whole)]


def _grams(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


if __name__ == "__main__":
    main()
