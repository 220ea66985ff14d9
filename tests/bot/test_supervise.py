"""What crashes is started again, slower and slower; what a person must mend is not."""

import asyncio

import pytest

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
