"""Finds evaluation texts that training has seen. Knows characters only; does not know which sets are evaluated."""

from collections.abc import Iterable, Iterator, Sequence

GRAM_CHARS = 24


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
