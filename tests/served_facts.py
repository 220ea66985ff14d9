"""Counts what the example senpai says about itself, as served: `python -m tests.served_facts [HOME]` prints JSON.

The probes of its fact cards, questions that nobody told it an answer to, and everything else people say
(``tests/model/personal.toml``), each in a conversation of its own, once a seed. A question that was asked again is one
whose first answer a guard refused. HOME holds the checkpoint that answers; else the pictures' home.
"""

import asyncio
import json
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.composed import Composed
from bot.current import CurrentCheckpoint
from bot.elsewhere import connect
from bot.guards import Fault
from bot.guards.honesty import admits
from bot.i18n import Sentences
from bot.terminal import terminal
from bot.worker_process import worker_for
from tests.house.tree import ROOT
from tests.pictures import HOME
from train.evaluate.material import read_persona_probes

SEEDS = (1, 2)
AT_ONCE = 8


async def measure(home: Path) -> dict[str, Any]:
    """Return the shares of all answers."""
    lists = tomllib.loads((ROOT / "tests" / "model" / "personal.toml").read_text(encoding="utf-8"))
    probes = read_persona_probes(ROOT / "examples" / "senpai" / "probes.toml")
    command = (sys.executable, "-m", "senpai", "worker", "--port", "0", "--supervised", "--quiet")
    os.environ["SENPAI_HOME"] = str(home)
    async with worker_for(home, None, None, command) as url:
        words = CurrentCheckpoint(home).read().persona.unknown
        cards = await _ask(home, url, [probe.question for probe in probes])
        unknown = await _ask(home, url, lists["unknown"])
        others = await _ask(home, url, lists["others"])
    right = [probe.is_right(said.text) for probe, said in zip([*probes] * len(SEEDS), cards, strict=True)]
    return {
        "cards": {"right": _share(right), **_asked_again(cards)},
        "unknown": {"admitted": _share([admits(said.text, words) for said in unknown]), **_asked_again(unknown)},
        "others": _asked_again(others),
    }


async def _ask(home: Path, url: str, questions: Sequence[str]) -> list[Composed]:
    """Return the answers to all questions with the first seed, then with the next."""
    free = asyncio.Semaphore(AT_ONCE)

    async def answer(question: str, seed: int) -> Composed:
        async with free:
            worker = connect(url, None, home)
            current = CurrentCheckpoint(home, worker=worker)
            async with terminal(worker, current, Sentences("ja"), {"seed": seed}) as conversation:
                return await conversation.ask(question)

    return await asyncio.gather(*(answer(question, seed) for seed in SEEDS for question in questions))


def _asked_again(answers: Sequence[Composed]) -> dict[str, float]:
    """Return how many answers there are, how many were asked for again, and how many of these because of a card."""
    return {
        "answers": len(answers),
        "asked_again": _share([bool(said.verdicts) for said in answers]),
        "for_cards": _share([any(Fault(fault).is_about_cards for fault in said.verdicts) for said in answers]),
    }


def _share(found: Sequence[bool]) -> float:
    return round(sum(found) / len(found), 3)


def main() -> None:
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    sys.stdout.write(json.dumps(asyncio.run(measure(home)), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
