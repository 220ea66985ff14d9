"""How much of the adapter has a say: asked for by each request, and kept apart within one batch."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from bot.comparison import compared
from bot.worker_client import WorkerClient
from model.conversation import Conversation, Role, Turn
from tests.model.workers import Oracle, chat


def _body(strength: float, seed: int = 5) -> dict[str, object]:
    return chat("休みの日は？", model="aoi", temperature=1.0, seed=seed, max_tokens=24, strength=strength)


async def test_each_row_of_a_batch_has_its_own_strength(worker: httpx.Client, oracle: Oracle) -> None:
    bodies = [_body(strength) for strength in (0.0, 0.5, 1.0, 1.5) * 3]
    async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
        answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for body in bodies))
    texts = [answer.json()["choices"][0]["message"]["content"] for answer in answers]
    assert texts == [oracle.answer("aoi", body).text for body in bodies]
    assert len(set(texts)) == 4


def test_no_strength_is_the_bare_base_and_none_asked_for_what_was_published(
    worker: httpx.Client, oracle: Oracle, base: Path
) -> None:
    say = lambda body: worker.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]  # noqa: E731
    assert say(_body(0.0)) == oracle.answer(f"base:{base}", _body(0.0)).text
    assert say({**_body(1.0), "strength": None}) == say(_body(1.0))


def test_turns_of_one_conversation_at_another_strength_share_nothing(worker: httpx.Client, oracle: Oracle) -> None:
    for strength in (1.0, 0.3, 1.0, 0.0):
        body = {**_body(strength), "user": "same person"}
        text = worker.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
        assert text == oracle.answer("aoi", body).text


@pytest.mark.parametrize("strength", [-0.1, 1.6, "much", float("nan")])
def test_a_strength_outside_its_range_is_refused(worker: httpx.Client, strength: object) -> None:
    body = json.dumps(chat("x", strength=strength))
    answer = worker.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "strength" in answer.json()["error"]["message"]


def test_a_persona_may_bring_its_own_strength(home: Path, base: Path, oracle: Oracle) -> None:
    from model.checkpoint import MANIFEST, seal
    from tests.model.workers import config_for, ready

    folder = home / "checkpoints" / "aoi"
    (folder / "persona.toml").write_text('name = "蒼"\n[sampling]\nstrength = 0.4\n', encoding="utf-8")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest.pop("files")
    seal(folder, **manifest)
    asked = {name: value for name, value in _body(0.4).items() if name != "strength"}
    with ready(config_for(home, base)) as worker:
        answer = worker.post("/v1/chat/completions", json=asked).json()
    assert answer["choices"][0]["message"]["content"] == oracle.answer("aoi", _body(0.4)).text


async def test_a_comparison_runs_in_the_same_steps(worker: httpx.Client) -> None:
    question = Conversation((Turn(Role.USER, "好きな食べ物は？"),))
    client = WorkerClient(str(worker.base_url))
    await compared(client, question, ("aoi", "ren"), author="U1", overrides={"max_tokens": 1})  # loads both
    before = _steps(worker)
    answers = await compared(
        client, question, ("aoi", "ren"), author="U1", overrides={"max_tokens": 200, "temperature": 0.0}
    )
    await client.close()
    num_steps, num_rows = (now - then for now, then in zip(_steps(worker), before, strict=True))
    longest = max(answer.num_tokens for answer in answers)
    shared = min(answer.num_tokens for answer in answers)
    assert num_rows == sum(answer.num_tokens for answer in answers)
    assert num_steps - longest <= shared * 0.1 + 5, "the shorter answer's tokens came in steps of the longer one"


def _steps(worker: httpx.Client) -> tuple[float, float]:
    """Return (decode steps, rows in them) so far."""
    lines = dict(line.rsplit(" ", 1) for line in worker.get("/metrics").text.splitlines() if line[0] != "#")
    return float(lines["senpai_step_rows_count"]), float(lines["senpai_step_rows_sum"])
