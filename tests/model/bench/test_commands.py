"""The benches as commands, in their quick form: one JSON document each, every contender, nobody's tokens mixed."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from model.bench.contenders import LLAMA
from model.bench_command import app


def _run(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--quick", "--device", "cpu", "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["conditions"]["threads"] > 0
    return document


_ENGINES = ("slots", "generate", "generate-batched", "transformers-cb")
_HAS_LLAMA = find_spec("llama_cpp") is not None


@pytest.mark.parametrize("workload", ["chat", pytest.param("ragged", marks=pytest.mark.slow)])
def test_serve_measures_every_engine_at_every_concurrency(tmp_path: Path, workload: str) -> None:
    chart = tmp_path / "chart.png"
    document = _run("serve", "--workload", workload, "--chart", str(chart))
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert document["limit_alone_tokens_per_s"] > 0
    assert (document["device"], document["model"]) == ("cpu", "mini (1 layers)")
    rows = {(row["engine"], row["concurrency"]): row for row in document["rows"]}
    engines = {*_ENGINES, LLAMA} if _HAS_LLAMA else {*_ENGINES}
    assert rows.keys() == {(engine, size) for engine in engines for size in (1, 2)}
    assert (LLAMA in document["left_out"]) is not _HAS_LLAMA
    for row in rows.values():
        assert 0 < row["ttft_ms_p50"] <= row["ttft_ms_p95"]
        assert row["tokens_per_s"] > 0
        assert row["ttft_ms_p50"] <= row["whole_ms_p50"]
        assert row["peak_bytes"] > 0
    assert rows["generate", 1]["times_generate"] == 1
    assert 1 < rows["slots", 2]["occupancy"] <= 2
    if workload == "chat":
        assert rows["slots", 2]["step_cpu_ms"] > 0
        assert (rows["slots", 2]["steps_times_llama"] is not None) is _HAS_LLAMA


def test_serve_measures_only_the_engines_that_were_named() -> None:
    rows = _run("serve", "--engine", "slots")["rows"]
    assert [(row["engine"], row["concurrency"], row["times_generate"]) for row in rows] == [
        ("slots", 1, None),
        ("slots", 2, None),
    ]


def test_steps_has_a_row_for_every_bar() -> None:
    rows = _run("steps")["rows"]
    bars = [(row["batch"], row["bar"]) for row in rows]
    assert bars.count((1, ">= 0.95")) == bars.count((2, ">= 0.95")) == 1
    assert {bar for _, bar in bars} >= {">= 0.95", "<= 1.3", "<= 1.35", "<= 0.35", ">= 0.4 on a GPU"}
    assert all(row["ratio"] > 0 for row in rows)


@pytest.mark.parametrize("counts", ["1,x", "0", "", "-1", "1,,2"])
def test_counts_that_are_none_are_refused_before_anything_runs(counts: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--concurrency", counts])
    assert result.exit_code == 2


def test_swap_fails_nobody_and_lets_no_wrong_adapter_speak() -> None:
    for row in _run("swap")["rows"]:
        assert (row["failed"], row["tokens_of_the_wrong_adapter"]) == (0, 0)
        assert row["tokens_told_apart"] > row["tokens"] / 2
        assert row["tokens_unlike_both"] <= row["tokens"] / 100  # bf16 in another batch rounds differently
        assert row["gap_ms_longest"] > 0


def test_swap_of_the_base_fails_nobody_and_brings_the_old_one_back_when_the_new_one_is_broken() -> None:
    exchanged, broken = _run("swap", "--base", "mini")["rows"]
    for row in (exchanged, broken):
        assert row["failed"] == 0
        assert 0 < row["unavailable_s"] <= row["took_s"]
        assert row["answers_after"] > 0
    assert (exchanged["from"], exchanged["answered_by"], exchanged["refused"]) == ("one", "other", None)
    assert (broken["from"], broken["answered_by"], broken["says_the_same"]) == ("other", "other", True)
    assert "broken failed its smoke prompt" in broken["refused"]
