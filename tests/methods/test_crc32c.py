"""CRC-32C against the values of RFC 3720 and its definition bit by bit."""

from __future__ import annotations

import random

import pytest

from hifbench.methods._crc32c import crc32c


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
)
def test_the_published_values(content: bytes, expected: int) -> None:
    assert crc32c(content) == expected


def bit_by_bit(content: bytes) -> int:
    remainder = 0xFFFFFFFF
    for byte in content:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 127, 128, 129, 256, 1000, 4097])
def test_any_length(size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert crc32c(content) == bit_by_bit(content)
