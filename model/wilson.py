"""How far a share that was counted may be from the one behind it: Wilson's 95 % score interval (E. B. Wilson, 1927)."""

from math import sqrt

Z = 1.96


def interval(num_yes: float, num: int) -> tuple[float, float]:
    """Return (low, high) of ``num_yes`` of ``num``; of nothing, a share is anything from 0 to 1."""
    share = num_yes / num if num else 0.5
    middle = (num_yes + Z**2 / 2) / (num + Z**2)
    reach = Z / (num + Z**2) * sqrt(share * (1 - share) * num + Z**2 / 4)
    return max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))
