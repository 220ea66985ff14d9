"""A consent says what is missing, and covers only what it names."""

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from model.consent import FIELDS, REVOKED, ConsentError, load, parse, require_kept

GOOD = """
person = "春野ハル"
contact = "haru@example.com"
given_at = 2024-01-01
until = "2025-01-01"
basis = "本人が書面でよいと言った"
sources = ["archive.zip", "0123abcd"]
platforms = ["discord", "console"]
"""
TODAY = date(2024, 6, 1)


def without(field: str) -> str:
    return "\n".join(line for line in GOOD.splitlines() if not line.startswith(field))


def test_a_consent_covers_its_days_platforms_and_sources_by_name_or_hash() -> None:
    consent = parse(GOOD, "consent.toml")
    consent.require(TODAY)
    consent.require(consent.given_at, "discord", {"archive.zip": "ffff", "renamed.zip": "0123abcd"})
    consent.require(consent.until, "console")


def test_a_star_covers_every_source() -> None:
    parse(GOOD.replace('["archive.zip", "0123abcd"]', '["*"]'), "c").require(TODAY, sources={"any": "thing"})


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(ConsentError, match=f"consent.toml: {field} is missing"):
        parse(without(field), "consent.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("2024-01-01", '"soon"', "given_at must be a date such as 2026-04-01"),
        ('"2025-01-01"', "2023-01-01", "until must not be before given_at"),
        ('["discord", "console"]', '["mixi"]', "platforms may name discord, line, console, not mixi"),
        ('["archive.zip", "0123abcd"]', '"archive.zip"', "sources must be a list of texts"),
        ('"春野ハル"', "7", "person must be a text"),
        ('"春野ハル"', "", "is not TOML"),
    ],
)
def test_a_wrong_field_is_named(old: str, new: str, sentence: str) -> None:
    with pytest.raises(ConsentError, match=sentence):
        parse(GOOD.replace(old, new), "consent.toml")


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ConsentError) as error:
        parse("", "consent.toml")
    assert len(error.value.problems) == len(FIELDS)


@pytest.mark.parametrize(
    ("today", "platform", "sources", "sentence"),
    [
        (date(2025, 1, 2), None, {}, "ended on 2025-01-01"),
        (date(2023, 12, 31), None, {}, "still to come"),
        (TODAY, "line", {}, "does not name line"),
        (TODAY, None, {"diary.txt": "ff"}, "does not name diary.txt, nor its sha256 ff"),
    ],
)
def test_what_is_not_covered_is_refused(
    today: date, platform: str | None, sources: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConsentError, match=sentence):
        parse(GOOD, "consent.toml").require(today, platform, sources)


def test_a_missing_file_says_where_an_example_is(tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match=r"see examples/senpai/consent\.toml"):
        load(tmp_path / "consent.toml")
    (tmp_path / "consent.toml").write_text(GOOD, encoding="utf-8-sig")
    assert load(tmp_path / "consent.toml").person == "春野ハル"


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_what_was_taken_back_in_the_morning_covers_a_consent_of_that_morning(tmp_path: Path) -> None:
    entry = {"person": "春野ハル", "at": "2023-12-31T23:30:00+00:00"}  # half past eight on new year's day
    (tmp_path / REVOKED).write_text(json.dumps(entry) + "\n", encoding="utf-8")
    with pytest.raises(ConsentError, match="took the consent back on 2024-01-01"):
        require_kept(parse(GOOD, "consent.toml"), tmp_path)
    require_kept(parse(GOOD.replace("2024-01-01", "2024-01-02"), "consent.toml"), tmp_path)
