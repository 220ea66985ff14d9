"""How the bot is doing, in numbers: what waits, what was spent, what the guards found, which doors are open.

Knows the store's tables, the doors' states and the bot's counters. The console's page and its /metrics show the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from bot.inbox import UNANSWERED
from bot.japan import month_of
from bot.message import Platform
from bot.metrics import BotMetrics
from bot.outbox import Outbox, State
from bot.store import Store, deliveries, messages


@dataclass(slots=True)
class DoorStates:
    """Which doors are open now; the reason where one has closed for good. Owned by the service."""

    _states: dict[Platform, str | None] = field(default_factory=dict)
    _open: set[Platform] = field(default_factory=set)

    def opened(self, platform: Platform) -> None:
        """A door is open."""
        self._states[platform] = None
        self._open.add(platform)

    def ended(self, platform: Platform) -> None:
        """A door is not open at the moment."""
        self._states.setdefault(platform, None)
        self._open.discard(platform)

    def closed(self, platform: Platform, reason: str) -> None:
        """A door stays closed until a person helps."""
        self._states[platform] = reason
        self._open.discard(platform)

    def read(self) -> dict[str, tuple[bool, str | None]]:
        """Return for each platform whether it is open, and why not."""
        return {str(name): (name in self._open, reason) for name, reason in self._states.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """One look. ``counts`` are those of ``BotMetrics``: answers by how they ended, and what the guards found."""

    num_waiting: int
    num_open_deliveries: int
    num_pushes: int
    push_budget: int
    counts: Mapping[str, int]
    doors: Mapping[str, tuple[bool, str | None]]

    def prometheus(self) -> bytes:
        """Return the numbers in Prometheus' text format."""
        registry = CollectorRegistry()

        def show(name: str, meaning: str, value: float) -> None:
            Gauge(name, meaning, registry=registry).set(value)

        show("senpai_bot_waiting_messages", "Messages accepted and not yet answered.", self.num_waiting)
        show("senpai_bot_open_deliveries", "Deliveries no platform has confirmed yet.", self.num_open_deliveries)
        show("senpai_line_pushes", "LINE pushes spent this month.", self.num_pushes)
        show("senpai_line_push_budget", "LINE pushes allowed in a month.", self.push_budget)
        up = Gauge("senpai_door_up", "Whether a platform's door is open.", ["platform"], registry=registry)
        for platform, (is_open, _) in self.doors.items():
            up.labels(platform).set(is_open)
        return generate_latest(registry)


class VitalSigns:
    """Takes the bot's vitals."""

    def __init__(
        self, *, store: Store, outbox: Outbox, metrics: BotMetrics, doors: DoorStates, push_budget: int
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._metrics = metrics
        self._doors = doors
        self._push_budget = push_budget

    async def prometheus(self) -> bytes:
        """Look once and return everything in Prometheus' text format, counters included."""
        return (await self.take()).prometheus() + self._metrics.text()

    async def take(self) -> Vitals:
        """Look once."""
        month = month_of(datetime.now(UTC))
        async with self._store.transaction() as transaction:
            waiting = await transaction.scalar(select(func.count()).select_from(messages).where(UNANSWERED))
            still_open = deliveries.c.state == State.OPEN
            num_open = await transaction.scalar(select(func.count()).select_from(deliveries).where(still_open))
        return Vitals(
            num_waiting=waiting or 0,
            num_open_deliveries=num_open or 0,
            num_pushes=await self._outbox.num_pushes(Platform.LINE, month),
            push_budget=self._push_budget,
            counts=self._metrics.counts(),
            doors=self._doors.read(),
        )
