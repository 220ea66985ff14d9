"""Tells the name from the text in a row of a LINE talk history: behind a tab, or behind one ambiguous space.

Does not know times, nor what a text means.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

Split = Callable[[str], tuple[str | None, str]]
"""Returns name and text of a row; the name is None in a row that no person wrote."""


def by_tab(rest: str) -> tuple[str | None, str]:
    name, tab, text = rest.partition("\t")
    return (name.strip() or None, text) if tab else (None, name)


def by_space(rests: Sequence[str]) -> Split:
    """Return what splits the rows of a PC export, where a name may hold spaces: a name is what rows repeat."""
    names = sorted(_names(rests), key=len, reverse=True)

    def split(rest: str) -> tuple[str | None, str]:
        for name in names:
            if rest.startswith(name + " "):
                return name, rest[len(name) + 1 :]
        return None, rest

    return split


def _names(rests: Sequence[str]) -> set[str]:
    words_of: defaultdict[str, list[list[str]]] = defaultdict(list)
    for rest in rests:
        words = rest.split("\n", 1)[0].split(" ")
        if len(words) > 1:
            words_of[words[0]].append(words)
    return {_common_beginning(rows) for rows in words_of.values()}


def _common_beginning(rows: Sequence[Sequence[str]]) -> str:
    """Return the words all rows begin with, leaving each row a text; of a single row only the first word."""
    length = 1
    while len(rows) > 1 and all(len(row) > length + 1 for row in rows) and len({row[length] for row in rows}) == 1:
        length += 1
    return " ".join(rows[0][:length])
