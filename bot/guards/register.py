"""Whether a persona that speaks plainly has slipped into です・ます. Knows sentences."""

import re

from model.register import is_formal

PLAIN_MARKS = ("常体", "ため口", "タメ口")
_END = re.compile(r"[。！？!?\n…]+")
_TRAILING = re.compile(r"[\s.．〜～~ーwｗ笑草()（）「」♪]+$")


def speaks_plainly(prompt: str) -> bool:
    """Return whether the prompt asks for plain form."""
    return any(mark in prompt for mark in PLAIN_MARKS)


def is_polite(text: str) -> bool:
    """Return whether at least half of the sentences end politely: one quoted or ironic です is no drift."""
    sentences = [sentence for part in _END.split(text) if (sentence := _TRAILING.sub("", part).strip())]
    return sum(is_formal(sentence) for sentence in sentences) * 2 >= max(len(sentences), 1)
