"""Finds evaluation texts that training has seen: ``python -m train.pretrain.contamination --work DIR --against FILE``.

Counts the project's own probes too. Knows characters only; does not know what the evaluation asks.
"""

import argparse
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
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
    for name, count in counted(evaluated, trained).items():
        log.info("%s texts=%d seen=%d", name, count["texts"], count["seen"])


def counted(evaluated: Mapping[str, Sequence[str]], trained: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many texts of each evaluation set, and of the project's own probes, there are and were seen.

    Of the sets, texts of 24 characters or more can be seen; of the own probes all.
    """
    long = {name: [text for text in texts if len(text) >= GRAM_CHARS] for name, texts in evaluated.items()}
    own = {f"own {name}": texts for name, texts in own_texts().items()}
    found = set(contaminated([text for texts in (long | own).values() for text in texts], trained))
    return {
        name: {"texts": len(set(texts)), "seen": len(found & set((long | own)[name]))}
        for name, texts in {**evaluated, **own}.items()
    }


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
