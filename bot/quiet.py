"""Hours in which the bot sleeps. Knows the clock of one place; decides nothing."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

from bot.japan import JAPAN

WRITTEN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})(?:([+-])(\d{1,2}):(\d{2}))?")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begin`` to ``end``, over midnight when the end comes first on the clock."""

    begin: time
    end: time

    @classmethod
    def parse(cls, written: str) -> "QuietHours":
        """Read ``23:00-07:00``, in Japan's time, or ``23:00-07:00+01:00``. Raises ValueError with one sentence."""
        match = WRITTEN.fullmatch(written.strip())
        try:
            if match is None:
                raise ValueError
            zone = _zone(*match.groups()[4:])
            begin, end = (time(int(match[n]), int(match[n + 1]), tzinfo=zone) for n in (1, 3))
        except ValueError:
            raise ValueError("write quiet hours as 23:00-07:00 or 23:00-07:00+09:00") from None
        return cls(begin, end)

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in them."""
        now = moment.astimezone(self.begin.tzinfo).timetz()
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    if sign is None or hours is None or minutes is None:
        return JAPAN
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(offset if sign == "+" else -offset)
