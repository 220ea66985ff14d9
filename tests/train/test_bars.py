"""The table of looks in the terminal, on stderr."""

import io
from typing import Any

from rich.console import Console

from train.bars import SHOWN_METRICS, table


def look(step: int, failed: list[str], film: str) -> dict[str, Any]:
    metrics = {"G1": 0.97, "G2": 0.5, "D3": 0.95}
    return {"step": step, "held_out": 3.21, "failed": failed, "metrics": metrics, "film": film}


def test_every_look_is_a_row_with_its_verdict_and_the_answer_about_the_capital() -> None:
    out = io.StringIO()
    looks = [look(0, [], "東京です。"), look(20, ["D3", "G2"], "日本の首都は〜〜〜")]
    Console(file=out, width=160).print(table(looks))
    shown = out.getvalue()
    assert "東京です。" in shown and "日本の首都は〜〜〜" in shown
    assert "failed D3, G2" in shown
    assert shown.count("3.210") == 2


def test_eighty_columns_hold_every_figure_whole() -> None:
    out = io.StringIO()
    metrics = dict.fromkeys(SHOWN_METRICS, 0.97)
    Console(file=out, width=80).print(
        table([look(200, ["G1", "M1", "D3"], "日本の首都は東京〜〜〜") | {"metrics": metrics}])
    )
    assert out.getvalue().count("0.97") == len(SHOWN_METRICS)
    assert "held-out" in out.getvalue() and "…" not in out.getvalue()
