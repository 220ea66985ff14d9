"""Writes the model card and the training curve: ``python -m train.pretrain.card --work DIR --figures FILE``.

Knows the log of a run and the figures of the evaluation. Measures nothing itself.
"""

import argparse
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from matplotlib.figure import Figure

from train.pretrain.loop import LOG
from train.pretrain.mixture import SHARES, Stage

NUM_SHOWN = 20
"""Replies in the card: every fifth of the hundred openings, so that nobody selects them."""
SMOOTHED_STEPS = 50
CURVE = "training_curve.png"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.card", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="work folder of the run")
    parser.add_argument("--figures", type=Path, required=True, help="JSON written by train.pretrain.evaluate")
    parser.add_argument("--unquantised", type=Path, required=True, help="the same of the bf16 form")
    parser.add_argument("--out", type=Path, default=Path("model/mini"))
    arguments = parser.parse_args()
    entries = [json.loads(line) for line in (arguments.work / LOG).read_text(encoding="utf-8").splitlines()]
    figures, unquantised = (json.loads(path.read_text("utf-8")) for path in (arguments.figures, arguments.unquantised))
    curve(entries).savefig(arguments.out / CURVE, dpi=110)
    (arguments.out / "MODEL_CARD.md").write_text(card(entries, figures, unquantised), encoding="utf-8")


def card(entries: list[dict[str, Any]], figures: dict[str, Any], unquantised: dict[str, Any]) -> str:
    """Return the card in Markdown: data, licence, figures, replies and limits."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True)
    template = environment.from_string(files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8"))
    everyday = figures["everyday"]
    shown = list(zip(everyday["openings"], everyday["replies"], strict=True))[:: 100 // NUM_SHOWN]
    shares = [
        (name, SHARES[Stage.STABLE].get(name, 0.0), SHARES[Stage.DECAY].get(name, 0.0)) for name in SHARES[Stage.STABLE]
    ]
    return template.render(
        figures=figures, unquantised=unquantised, last=entries[-1], shown=shown, shares=shares, curve=CURVE
    )


def curve(entries: list[dict[str, Any]]) -> Figure:
    """Return the smoothed training loss and the held-out losses over tokens, in nats per token."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    steps = [entry for entry in entries if entry["kind"] == "step"]
    smoothed = _smoothed([entry["loss"] for entry in steps])
    axes.plot([entry["tokens"] / 1e6 for entry in steps], smoothed, label="training mix", color="0.6")
    held_out = [entry for entry in entries if entry["kind"] == "held_out"]
    for register in ("chat", "encyclopedic", "aozora"):
        tokens = [entry["tokens"] / 1e6 for entry in held_out]
        axes.plot(tokens, [entry[register] for entry in held_out], label=f"held-out {register}", marker=".")
    axes.set(xlabel="million tokens", ylabel="loss (nats per token)")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _smoothed(losses: list[float]) -> list[float]:
    windows = (losses[max(0, end - SMOOTHED_STEPS) : end] for end in range(1, len(losses) + 1))
    return [sum(window) / len(window) for window in windows]


if __name__ == "__main__":
    main()
