"""The invented senpai of examples/ is what the first run and the reports rely on."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from model import consent
from model.persona import load_persona
from tests.house.tree import ROOT
from train import dataset
from train.dataset import Dataset
from train.evaluate import style

SENPAI = ROOT / "examples" / "senpai"
PLANTED = ("090-1234-5678", "aoi@hoshikuzu.example", "山田", "佐々木", "https://")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    out: Path = tmp_path_factory.mktemp("example") / "data"
    sources = [SENPAI / "archive", *sorted((SENPAI / "talks").iterdir())]
    dataset.build(sources, speaker="蒼井", out=out, consent=SENPAI / "consent.toml")
    return dataset.read(out)


def test_the_example_has_about_150_utterances(data: Dataset) -> None:
    assert 140 <= len(data.utterances) <= 170


def test_the_example_is_in_plain_form(data: Dataset) -> None:
    plain, total = style.count_plain([utterance.text for utterance in data.utterances])
    assert plain / total >= 0.95


def test_more_than_half_of_the_example_answers_somebody(data: Dataset) -> None:
    utterances = data.utterances
    assert sum(utterance.parent is not None for utterance in utterances) * 2 > len(utterances)


def test_nothing_planted_survives_the_cleaning(data: Dataset) -> None:
    texts = "\n".join(utterance.text for utterance in data.utterances)
    assert not [planted for planted in PLANTED if planted in texts]


def test_the_example_consents_to_every_platform_until_2099() -> None:
    agreed = consent.load(SENPAI / "consent.toml")
    for platform in consent.PLATFORMS:
        agreed.require(date(2099, 12, 31), platform=platform)


def test_every_probe_asks_in_three_ways_for_what_a_card_says() -> None:
    persona = load_persona(SENPAI / "persona.toml")
    cards = {fact.topic: fact.text for fact in persona.facts}
    probes = tomllib.loads((SENPAI / "probes.toml").read_text(encoding="utf-8"))["probes"]
    assert len(probes) >= 10
    for probe in probes:
        assert len(probe["questions"]) == 3
        assert any(answer in cards[probe["about"]] for answer in probe["accepted"])
