"""Carries out the review of a data folder, as often as wanted.

Knows the folder. Does not know what an action does (`train.decisions`) nor the columns (`train.review_table`).
"""

from pathlib import Path

from train import dataset
from train.card import Card
from train.contents import Contents
from train.decisions import applied
from train.review_table import ReviewError


def apply(path: Path) -> Card:
    """Carry out the actions in the review.tsv of the data folder ``path``; return its new card.

    Raises:
        DatasetError, ReviewError: the folder is not whole, or a row asks for what cannot be done; nothing is changed.
    """
    card = dataset.read_card(path)
    contents = applied(Contents.read(path))
    if not contents.utterances:
        raise ReviewError(f"{path}/review.tsv drops every utterance; keep some.")
    return dataset.write(path, contents, card.sources, card.speaker)
