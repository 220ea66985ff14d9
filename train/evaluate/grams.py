"""Counts character n-grams of texts. Knows characters; does not know whose texts they are."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BEGIN, END = "^", "$"


def grams(text: str, longest: int) -> Counter[str]:
    """Return the 1- to ``longest``-grams of a text with ^ before and $ behind it.

    NFKC first, because some tokenizers write ！ as !: a tokenizer's spelling is nobody's style.
    """
    marked = BEGIN + unicodedata.normalize("NFKC", text) + END
    return Counter(
        marked[start : start + size] for size in range(1, longest + 1) for start in range(len(marked) - size + 1)
    )


def counted(texts: Sequence[str], longest: int) -> NDArray[np.float32]:
    """Return how often each gram stands in each text: (texts, distinct grams)."""
    counts = [grams(text, longest) for text in texts]
    columns = {gram: place for place, gram in enumerate(dict.fromkeys(gram for one in counts for gram in one))}
    table = np.zeros((len(texts), len(columns)), np.float32)
    for row, one in enumerate(counts):
        table[row, [columns[gram] for gram in one]] = list(one.values())
    return table
