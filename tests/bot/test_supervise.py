"""What crashes is started again, slower and slower; what a person must mend is not."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.base import DoorClosed
from bot.supervise import BackOff, keep_running


class Crashing:
    """Crashes as scripted, then runs for ever."""

    def __init__(self, *script: Exception) -> None:
        self.script = list(script)
        self.starts: list[float] = []

    async def run(self) -> None:
        self.starts.append(asyncio.get_running_loop().time())
        if self.script:
            raise self.script.pop(0)
        await asyncio.Event().wait()


async def test_a_crash_is_followed_by_a_new_start_after_longer_and_longer_waits() -> None:
    crashing = Crashing(*(ValueError("a bug") for _ in range(4)))
    task = asyncio.create_task(keep_running("it", crashing.run, BackOff(first_s=0.02, most_s=0.08, stable_s=60)))
    await asyncio.wait((task,), timeout=0.8)
    task.cancel()
    waits = [later - earlier for earlier, later in zip(crashing.starts, crashing.starts[1:], strict=False)]
    assert len(crashing.starts) == 5
    assert all(wait >= least for wait, least in zip(waits, (0.02, 0.04, 0.08, 0.08), strict=True))


async def test_what_only_a_person_can_mend_is_not_tried_again() -> None:
    crashing = Crashing(DoorClosed("wrong token"))
    with pytest.raises(DoorClosed):
        await keep_running("it", crashing.run, BackOff())
    assert len(crashing.starts) == 1


@given(st.lists(st.floats(0, 3600), min_size=1, max_size=5))
def test_no_crash_loop_spends_the_thousand_identifies_discord_allows_a_day(lives_s: list[float]) -> None:
    back_off, passed_s, num_starts, delay_s = BackOff(), 0.0, 0, BackOff().first_s
    while passed_s < 24 * 3600:
        alive_s = lives_s[num_starts % len(lives_s)]
        wait_s, delay_s = back_off.next_s(delay_s, alive_s)
        passed_s, num_starts = passed_s + alive_s + wait_s, num_starts + 1
    assert num_starts < 1000
