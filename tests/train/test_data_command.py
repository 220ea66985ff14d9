"""`senpai data`: one JSON document on stdout, one sentence on stderr, an exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.train import exports
from tests.train.exports import text_file
from train.data_command import app


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return text_file(tmp_path / "line.txt", exports.LINE_MOBILE_JA)


def test_build_and_show_print_the_same_card_and_nothing_else(talk: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "data")
    built = CliRunner().invoke(app, ["build", str(talk), "--speaker", "春野ハル", "--out", out, "--json"])
    shown = CliRunner().invoke(app, ["show", out, "--json"])
    assert built.exit_code == shown.exit_code == 0
    card = json.loads(built.stdout)
    assert card == json.loads(shown.stdout)
    assert card["sources"][0]["format"] == "line-talk"
    assert {"num_utterances", "num_chars", "held_out", "histograms", "hash"} <= card.keys()


def test_a_missing_speaker_is_one_sentence_and_exit_code_one(talk: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["build", str(talk), "--out", str(tmp_path / "data"), "--json"])
    assert result.exit_code == 1 and not result.stdout
    assert result.stderr.strip().endswith("pick one of these with --speaker: 春野ハル (3), 夏目みのり (2).")


def test_a_missing_option_is_a_usage_error(talk: Path) -> None:
    assert CliRunner().invoke(app, ["build", str(talk)]).exit_code == 2
    assert CliRunner().invoke(app, ["build"]).exit_code == 2


def test_allow_and_deny_lists_are_read_from_files(talk: Path, tmp_path: Path) -> None:
    source = text_file(tmp_path / "me.txt", "山田くんと星降り荘に行った\n")
    allow, deny = text_file(tmp_path / "allow", "# 公開の人\n山田\n"), text_file(tmp_path / "deny", "星降り荘\n")
    options = ["--out", str(tmp_path / "data"), "--allow", str(allow), "--deny", str(deny)]
    assert CliRunner().invoke(app, ["build", str(source), *options]).exit_code == 0
    text = json.loads((tmp_path / "data" / "utterances.jsonl").read_text(encoding="utf-8"))["text"]
    assert text.startswith("山田くんと") and "星降り荘" not in text


def test_review_prints_the_rows_and_how_to_change_them(talk: Path, tmp_path: Path) -> None:
    source = text_file(tmp_path / "me.txt", "山田くんに 090-1234-5678 で電話した\n")
    out = str(tmp_path / "data")
    CliRunner().invoke(app, ["build", str(source), "--out", out])
    result = CliRunner().invoke(app, ["review", out])
    assert "山田 → " in result.stdout and "2 rows: name 1, phone 1." in result.stdout
    assert "review.tsv" in result.stderr and "--apply" in result.stderr
    rows = json.loads(CliRunner().invoke(app, ["review", out, "--json"]).stdout)
    assert [row["kind"] for row in rows] == ["name", "phone"]
    applied = CliRunner().invoke(app, ["review", out, "--apply", "--json"])
    assert json.loads(applied.stdout)["num_utterances"] == 1


@pytest.mark.parametrize("command", ["show", "review"])
def test_a_folder_that_is_no_data_set_fails_in_one_sentence(tmp_path: Path, command: str) -> None:
    result = CliRunner().invoke(app, [command, str(tmp_path)])
    assert result.exit_code == 1 and "senpai data build" in result.stderr
