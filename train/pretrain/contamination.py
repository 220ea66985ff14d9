"""Finds evaluation texts that training has seen: ``python -m train.pretrain.contamination --work DIR --against FILE``.

Counts the project's own probes too. Knows characters only; does not know what the evaluation asks.
"""

import argparse
import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from train.pretrain.grams import GRAM_CHARS, NoEvaluationSet, evaluation_texts, grams
from train.pretrain.probes import own_texts
from train.pretrain.reread import trained_texts
from train.pretrain.vocabulary import PIECES, fast_tokenizer

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.contamination", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="work folder of the run")
    parser.add_argument(
        "--against", type=Path, nargs="*", default=[], help="JSON lines: each text of 24 characters or more counts"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        evaluated = {path.name: evaluation_texts(path) for path in arguments.against}
    except NoEvaluationSet as problem:
        sys.exit(str(problem))
    trained = trained_texts(fast_tokenizer((arguments.work / PIECES).read_bytes()), arguments.work)
    for name, texts in evaluated.items():
        found = contaminated([text for text in texts if len(text) >= GRAM_CHARS], trained)
        log.info("%s texts=%d seen=%d", name, len(set(texts)), len(found))
    for name, texts in own_texts().items():
        log.info("own %s texts=%d seen=%d", name, len(set(texts)), len(contaminated(texts, trained)))


def contaminated(evaluated: Iterable[str], trained: Sequence[str]) -> list[str]:
    """Return the evaluation texts that share a run of 24 characters with a training text.

    A text shorter than that counts when the whole of it stands in a training text.
    """
    texts = list(dict.fromkeys(evaluated))
    owners: dict[str, set[str]] = {}
    for text in texts:
        for gram in grams(text):
            owners.setdefault(gram, set()).add(text)
    found = {text for document in trained for gram in grams(document) for text in owners.get(gram, ())}
    whole = "\n".join(trained)
    return [text for text in texts if text in found or (len(text) < GRAM_CHARS and text in whole)]


if __name__ == "__main__":
    main()
