"""Says how much of each source a stage reads. Knows shares; does not know tokens or files.

Raw proportions would be 85 % fiction of the 1930s; the modern rows are what the model is for.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    STABLE = "stable"
    DECAY = "decay"


FACTS = "facts"
EVERYDAY = "everyday"
CARDS = "cards"

SHARES: Mapping[Stage, Mapping[str, float]] = MappingProxyType(
    {
        Stage.STABLE: {
            "realpersonachat": 0.31,
            "multiparty_chat": 0.05,
            "jmrd": 0.02,
            "asdc": 0.05,
            "instruction": 0.01,
            "aozora_dialogue": 0.07,
            "jaquad_qa": 0.04,
            "jcommonsenseqa": 0.02,
            "tatoeba": 0.08,
            "rohan": 0.005,
            "actions": 0.015,
            "captions": 0.01,
            "wikipedia": 0.09,
            "wikipedia_leads": 0.02,
            "aozora": 0.06,
            "aozora_ccby": 0.01,
            FACTS: 0.08,
            EVERYDAY: 0.02,
            CARDS: 0.03,
        },
        Stage.DECAY: {
            "realpersonachat": 0.29,
            "multiparty_chat": 0.04,
            "jmrd": 0.02,
            "asdc": 0.01,
            "instruction": 0.01,
            "aozora_dialogue": 0.04,
            "jaquad_qa": 0.03,
            "jcommonsenseqa": 0.02,
            "tatoeba": 0.05,
            "wikipedia": 0.10,
            "wikipedia_leads": 0.02,
            "aozora": 0.05,
            FACTS: 0.12,
            EVERYDAY: 0.14,
            CARDS: 0.06,
        },
    }
)
