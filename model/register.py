"""Whether a Japanese sentence ends in です・ます. Knows endings, not how a text falls into sentences.

Bot, training and pretraining judge by the same endings. Longest endings stand first and nothing is tried twice, so that
no sentence takes long.
"""

import re

_FORMAL = "です|ます|ました|でした|ません|ましょう|でしょう|ください|下さい|ございます|ませ"
_PARTICLES = "(?:から|けど|ので|か|よ|ね|な|が|し|わ|の)*+$"
_IS_FORMAL = re.compile(f"(?:{_FORMAL}){_PARTICLES}")
_IS_POLITE = re.compile(f"(?:{_FORMAL}|っす){_PARTICLES}")


def is_polite(sentence: str) -> bool:
    """Return whether a sentence, without what trails behind its last word, ends in です・ます or っす."""
    return _IS_POLITE.search(sentence) is not None


def is_formal(sentence: str) -> bool:
    """Return whether it ends in です・ます; っす counts as the plain speech of young people."""
    return _IS_FORMAL.search(sentence) is not None
