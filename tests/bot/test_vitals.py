"""What the console shows of the bot's health, and what it reads off the worker's metrics."""

import asyncio
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from bot.composed import Composed
from bot.inbox import Inbox
from bot.message import Platform
from bot.metrics import BotMetrics
from bot.outbox import Outbox
from bot.store import Store
from bot.vitals import DoorStates, VitalSigns
from bot.worker_metrics import quantile, read_figures
from tests.bot.messages import message
from tests.standins.worker import METRICS


async def test_messages_that_wait_are_counted_and_the_page_and_prometheus_say_the_same(tmp_path: Path) -> None:
    store, doors = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}"), DoorStates()
    await Inbox(store, asyncio.Queue()).accept(message("元気？"))
    doors.opened(Platform.CONSOLE)
    doors.opened(Platform.LINE)
    doors.ended(Platform.LINE)
    doors.closed(Platform.DISCORD, "The token was refused.")
    metrics = BotMetrics()
    metrics.count(Composed(text="", checkpoint="hanako", finish_reason="stop", num_tokens=1, verdicts=("copied",)))
    signs = VitalSigns(store=store, outbox=Outbox(store), metrics=metrics, doors=doors, push_budget=200)
    vitals, text = await signs.take(), (await signs.prometheus()).decode()
    await store.close()
    assert vitals.counts == {"answers.retried": 1, "verdicts.copied": 1}
    assert (vitals.num_waiting, vitals.num_open_deliveries, vitals.num_pushes, vitals.push_budget) == (1, 0, 0, 200)
    assert vitals.doors["discord"] == (False, "The token was refused.")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["senpai_bot_waiting_messages"].samples[0].value == 1
    assert families["senpai_bot_verdicts"].samples[0].value == 1
    up = {sample.labels["platform"]: sample.value for sample in families["senpai_door_up"].samples}
    assert up == {"console": 1, "line": 0, "discord": 0}


def test_the_workers_figures_are_read_off_its_metrics() -> None:
    figures = read_figures(METRICS)
    assert figures.num_requests == {"stop": 7}
    assert figures.num_answer_tokens == 200
    assert figures.memory_bytes == 100 * 2**20
    assert figures.ttft_p50_s == 0.1
    assert figures.ttft_p95_s == 0.25


def test_a_worker_that_has_answered_nothing_has_no_latency() -> None:
    assert read_figures("").ttft_p50_s is None
    assert quantile([(0.1, 0.0), (float("inf"), 0.0)], 0.5) is None
