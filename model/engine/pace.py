"""How long those who wait will wait, from how often an answer ended lately. Knows durations, no sequences, no clock."""

_MEMORY = 0.995  # what one step leaves of all before: a few hundred steps count, about ten answers of a full batch


class Pace:
    """Seconds of stepping for each answer that ended. Time without work does not count."""

    def __init__(self) -> None:
        """Assume one answer a second until something is measured."""
        self._busy_s = 1.0
        self._num_ended = 1.0

    def count(self, step_s: float, num_ended: int) -> None:
        """Take note of one step."""
        self._busy_s = self._busy_s * _MEMORY + step_s
        self._num_ended = self._num_ended * _MEMORY + num_ended

    def wait_s(self, num_waiting: int) -> float:
        """Return the seconds until ``num_waiting`` sequences have been given a row: each needs one answer to end."""
        return num_waiting * self._busy_s / self._num_ended
