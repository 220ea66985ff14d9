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
from train.pretrain.probes import own_texts
from train.pretrain.rows import ROW_TOKENS

NUM_SHOWN = 20
"""Replies in the card: every fifth of the hundred openings, so that nobody selects them."""
SMOOTHED_STEPS = 50
CURVE = "training_curve.png"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.card", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="work folder of the run")
    parser.add_argument("--figures", type=Path, required=True, help="JSON written by train.pretrain.evaluate")
    parser.add_argument("--out", type=Path, default=Path("model/mini"))
    arguments = parser.parse_args()
    entries = logged(arguments.work / LOG)
    figures = json.loads(arguments.figures.read_text(encoding="utf-8"))
    curve(entries).savefig(arguments.out / CURVE, dpi=110)
    size = model_size(arguments.out)
    (arguments.out / "MODEL_CARD.md").write_text(card(size, entries, figures), encoding="utf-8")


def logged(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a log; of a step taken again after a kill the last one counts."""
    entries = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    last = {(entry["kind"], entry["tokens"]): entry for entry in entries}
    return sorted(last.values(), key=lambda entry: entry["tokens"])


def model_size(folder: Path) -> dict[str, Any]:
    """Return the configuration of an exported model, with ``trained_positions`` and ``mb``, megabytes of weights."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    num_bytes = sum(path.stat().st_size for path in folder.glob("model*.safetensors"))
    return config | {"trained_positions": ROW_TOKENS - 1, "mb": num_bytes / 1e6}


def card(size: dict[str, Any], entries: list[dict[str, Any]], figures: dict[str, Any]) -> str:
    """Return the card in Markdown: size, data, licence, figures, replies and limits."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True)
    environment.filters["cell"] = lambda text: text.replace("\n", " ").replace("|", "｜")
    everyday = figures["everyday"]
    shown = list(zip(everyday["openings"], everyday["replies"], strict=True))[:: 100 // NUM_SHOWN]
    shares = [
        (name, SHARES[Stage.STABLE].get(name, 0.0), SHARES[Stage.DECAY].get(name, 0.0)) for name in SHARES[Stage.STABLE]
    ]
    template = environment.from_string(files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8"))
    return template.render(
        size=size,
        figures=figures,
        unquantised=figures["unquantised"],
        probes={name: len(texts) for name, texts in own_texts().items()},
        start=next(entry for entry in reversed(entries) if entry["kind"] == "start"),
        last=entries[-1],
        shown=shown,
        shares=shares,
        curve=CURVE,
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
