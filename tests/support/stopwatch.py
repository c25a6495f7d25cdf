"""A stopwatch for tests, which do not look at a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


class Shows:
    """A stopwatch that shows given seconds, the last of them for ever."""

    def __init__(self, seconds: Iterable[float]) -> None:
        self._seconds: Iterator[float] = iter(seconds)
        self._last = 0.0
        self.runs = 0

    def __call__(self, run: Callable[[], object]) -> float:
        run()
        self.runs += 1
        self._last = next(self._seconds, self._last)
        return self._last
