"""Whether a persona that speaks plainly has slipped into です・ます. Knows endings of sentences."""

import re

PLAIN_MARKS = ("常体", "ため口", "タメ口")
_POLITE = re.compile(
    r"(?:です|ます|ました|でした|ません|ましょう|でしょう|ください|下さい|ございます|ませ)"
    r"(?:か|よ|ね|な|よね|けど|が|し|から|ので|わ|の|かね|かな)*$"
)
_END = re.compile(r"[。！？!?\n…]+")
_TRAILING = re.compile(r"[\s.．〜～~ーwｗ笑草()（）「」♪]+$")


def speaks_plainly(prompt: str) -> bool:
    """Return whether the prompt asks for plain form."""
    return any(mark in prompt for mark in PLAIN_MARKS)


def is_polite(text: str) -> bool:
    """Return whether at least half of the sentences end politely: one quoted or ironic です is no drift."""
    sentences = [sentence for part in _END.split(text) if (sentence := _TRAILING.sub("", part).strip())]
    return sum(_POLITE.search(sentence) is not None for sentence in sentences) * 2 >= max(len(sentences), 1)
