"""Chance without a random generator: integer hashes, the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
# float32 throughout; numpy's stubs take float32 times a Python number for float64, so the type is left open.
Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Masks = NDArray[np.bool_]

_WORD = 0xFFFFFFFF
_LONG = 0xFFFFFFFFFFFFFFFF


def scramble(words: Words) -> Words:
    """A hash of each 32-bit word (the "lowbias32" mixer); every bit of the input moves every bit of the output.

    Args:
        words: any shape.

    Returns:
        Same shape.
    """
    out = words ^ (words >> np.uint32(16))
    out *= np.uint32(0x7FEB352D)
    out ^= out >> np.uint32(15)
    out *= np.uint32(0x846CA68B)
    out ^= out >> np.uint32(16)
    return out


def hash_at(x: Ints, y: Ints, seed: int) -> Words:
    """A hash of integer positions.

    Args:
        x: first coordinate; any sign.
        y: second coordinate, of a shape that broadcasts with ``x``.
        seed: tells one hash from another.

    Returns:
        Words of the broadcast shape.
    """
    start = np.uint32((seed * 0x9E3779B1 + 0x7F4A7C15) & _WORD)
    return scramble(scramble(x.astype(np.uint32) ^ start) + y.astype(np.uint32))


def unit(words: Words) -> Floats:
    """Words as numbers in [0, 1): the upper 24 bits, which float32 holds exactly."""
    return (words >> np.uint32(8)).astype(np.float32) * (1.0 / 16777216.0)


def bell(height: int, width: int, seed: int) -> Floats:
    """Nearly normal noise: the sum of the four bytes of a hash, mean 0, standard deviation 1.

    Args:
        height: rows.
        width: columns.
        seed: tells one field from another.

    Returns:
        (height, width) in about [-3.5, 3.5].
    """
    rows = np.arange(height, dtype=np.int32)[:, None]
    columns = np.arange(width, dtype=np.int32)[None, :]
    words = hash_at(columns, rows, seed)
    byte = np.uint32(255)
    total = (words & byte) + ((words >> np.uint32(8)) & byte)
    total += ((words >> np.uint32(16)) & byte) + (words >> np.uint32(24))
    return (total.astype(np.float32) - 510.0) * (1.0 / 147.8)


class Draw:
    """A stream of chance, named by words and numbers (splitmix64 over whole numbers).

    Args:
        names: what the stream is for; equal names give equal streams.
    """

    def __init__(self, *names: str | int) -> None:
        state = 0xCBF29CE484222325
        for byte in "/".join(str(name) for name in names).encode():
            state = ((state ^ byte) * 0x100000001B3) & _LONG
        self._names = names
        self._state = state

    def child(self, *names: str | int) -> Draw:
        """An independent stream: what is drawn from it shifts nothing in this one."""
        return Draw(*self._names, *names)

    def word(self) -> int:
        """A whole number in [0, 2**64)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _LONG
        out = self._state
        out = ((out ^ (out >> 30)) * 0xBF58476D1CE4E5B9) & _LONG
        out = ((out ^ (out >> 27)) * 0x94D049BB133111EB) & _LONG
        return out ^ (out >> 31)

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * ((self.word() >> 11) / 9007199254740992.0)

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.word() % (high - low + 1)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.between(0.0, 1.0) < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.word() % len(items)]

    def sign(self) -> int:
        """-1 or 1."""
        return 1 if self.word() & 1 else -1
