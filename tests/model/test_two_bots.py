"""Two bots on one worker, each with a home of its own: what one swaps, the other knows."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from bot.completions import UnknownCheckpoint
from bot.current import CurrentCheckpoint
from bot.elsewhere import Elsewhere, connect
from tests.model.workers import until


@pytest.fixture
async def bots(worker: httpx.Client, tmp_path: Path) -> AsyncIterator[tuple[Elsewhere, Elsewhere]]:
    """Two clients whose homes are empty."""
    one, other = (connect(str(worker.base_url), None, tmp_path / name) for name in ("one", "other"))
    yield one, other
    await one.close()
    await other.close()


async def test_a_swap_by_one_is_known_to_the_other_with_persona_and_consent(
    bots: tuple[Elsewhere, Elsewhere], base: Path, tmp_path: Path
) -> None:
    one, other = bots
    current = CurrentCheckpoint(tmp_path / "other", worker=other)
    await current.refresh()
    assert current.read().checkpoint == f"base:{base}"
    assert current.consent() is None
    assert current.refusal("line") is None
    assert (await one.use("ren", who="one", force=False)).current == "ren"
    await current.refresh()
    assert (current.read().checkpoint, current.read().persona.name) == ("ren", "てつ先輩")
    consent = current.consent()
    assert consent is not None
    assert (consent.person, consent.until) == ("花子", date(2099, 12, 31))
    assert current.refusal("line") is None
    await other.use("aoi", who="other", force=False)
    assert (await one.rollback(who="one")).current == "ren"
    assert (await other.status()).current == "ren"


async def test_a_pinned_checkpoint_is_described_without_being_current(
    bots: tuple[Elsewhere, Elsewhere], tmp_path: Path
) -> None:
    current = CurrentCheckpoint(tmp_path, pinned="ren", worker=bots[0])
    await current.refresh()
    assert (current.read().checkpoint, current.read().persona.name) == ("ren", "てつ先輩")
    with pytest.raises(UnknownCheckpoint):
        await bots[0].use("dare", who="one", force=False)


async def test_a_worker_that_is_away_leaves_what_it_said_last(tmp_path: Path) -> None:
    nobody = connect("http://127.0.0.1:9", None, tmp_path)
    current = CurrentCheckpoint(tmp_path, worker=nobody)
    await current.refresh()
    assert current.read().checkpoint == "base:mini"
    await nobody.close()


def test_the_worker_describes_what_lies_on_its_shelf_and_nothing_else(worker: httpx.Client) -> None:
    card = worker.get("/senpai/checkpoints/ren").json()
    assert (card["checkpoint"], card["persona"]["name"]) == ("ren", "てつ先輩")
    assert "until" in card["consent"]
    until(lambda: "ren" not in worker.get("/senpai/status").json()["loaded"])
    for name in ("dare", "../base", "..%2fbase", "/etc"):
        assert worker.get(f"/senpai/checkpoints/{name}").status_code == 404
