"""Finds evaluation texts that training has seen: ``python -m train.pretrain.contamination --work DIR --against FILE``.

Knows characters only; does not know what the evaluation asks.
"""

import argparse
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from train.pretrain.grams import GRAM_CHARS, evaluation_texts, grams
from train.pretrain.reread import trained_texts
from train.pretrain.vocabulary import PIECES, fast_tokenizer

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.contamination", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="work folder of the run")
    parser.add_argument("--against", type=Path, nargs="+", required=True, help="JSON lines: every text in them counts")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    trained = trained_texts(fast_tokenizer((arguments.work / PIECES).read_bytes()), arguments.work)
    for path in arguments.against:
        evaluated = evaluation_texts(path)
        found = contaminated([text for text in evaluated if len(text) >= GRAM_CHARS], trained)
        log.info("%s texts=%d seen=%d", path.name, len(set(evaluated)), len(found))


def contaminated(evaluated: Iterable[str], trained: Sequence[str], gram_chars: int = GRAM_CHARS) -> list[str]:
    """Return the evaluation texts that share a run of ``gram_chars`` characters with a training text.

    A text shorter than that counts when the whole of it stands in a training text.
    """
    texts = list(dict.fromkeys(evaluated))
    owners: dict[str, set[str]] = {}
    for text in texts:
        for gram in grams(text, gram_chars):
            owners.setdefault(gram, set()).add(text)
    found = {text for document in trained for gram in grams(document, gram_chars) for text in owners.get(gram, ())}
    whole = "\n".join(trained)
    return [text for text in texts if text in found or (len(text) < gram_chars and text in whole)]


if __name__ == "__main__":
    main()
