"""Japan's clock, by which LINE counts months and quiet hours are written. Knows one zone.

An offset and not a name: Japan keeps one time all year, and a machine without time-zone data must not fail.
"""

from datetime import datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))


def month_of(moment: datetime) -> datetime:
    """Return when the month of a moment began there."""
    return moment.astimezone(JAPAN).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
