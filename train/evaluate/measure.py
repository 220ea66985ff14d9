"""One figure of the report card with its uncertainty. Knows intervals, not what was counted."""

import math
from dataclasses import asdict, dataclass, replace

Z = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A value, its 95 % interval where one is known, and the base's value where that was measured."""

    value: float
    low: float | None = None
    high: float | None = None
    base: float | None = None

    def beside(self, base: "Measure | None") -> "Measure":
        """Return this measure with the base's value next to it."""
        return replace(self, base=base.value if base else None)

    def to_dict(self) -> dict[str, float | None]:
        return {name: None if number is None else round(number, 4) for name, number in asdict(self).items()}


def share(hits: int, total: int) -> Measure:
    """Return hits / total with Wilson's 95 % score interval (E. B. Wilson, 1927). Of nothing, the share is 0 .. 1."""
    if not total:
        return Measure(value=0.0, low=0.0, high=1.0)
    rate = hits / total
    spread = Z * math.sqrt(rate * (1 - rate) / total + Z * Z / (4 * total * total))
    middle, scale = rate + Z * Z / (2 * total), 1 + Z * Z / total
    return Measure(value=rate, low=max(0.0, (middle - spread) / scale), high=min(1.0, (middle + spread) / scale))
