"""CRC-32C (Castagnoli, RFC 3720), the checksum of TensorFlow's checkpoints, over megabytes in milliseconds.

The remainder is linear over GF(2): that of many stretches is found side by side, and neighbours are joined by the
matrix that appends as many zeros as the right one is long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78  # 0x1EDC6F41 with its bits mirrored
_STRETCH = 128  # bytes, a power of two
_FULL = 0xFFFFFFFF

Words = NDArray[np.uint32]


def _table() -> Words:
    """Remainder of every byte."""
    words = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        words = np.where(words & 1, (words >> 1) ^ _POLYNOMIAL, words >> 1).astype(np.uint32)
    return words


_TABLE = _table()


def crc32c(content: bytes) -> int:
    """CRC-32C of the content, 0 to 2^32 - 1."""
    if len(content) < 4:
        return _byte_by_byte(content)
    count = 1
    while count * _STRETCH < len(content):
        count *= 2
    # Zeros before a message change no remainder that starts at 0; to start at all ones inverts the first four bytes.
    stretches = np.zeros(count * _STRETCH, np.uint8)
    start = len(stretches) - len(content)
    stretches[start:] = np.frombuffer(content, np.uint8)
    stretches[start : start + 4] ^= 0xFF
    remainders = np.zeros(count, np.uint32)
    for column in stretches.reshape(count, _STRETCH).T:
        remainders = _TABLE[(remainders ^ column) & 0xFF] ^ (remainders >> 8)
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    append = _TABLE[bits & 0xFF] ^ (bits >> 8)  # of each bit, after one more byte of zeros
    for _ in range(_STRETCH.bit_length() - 1):
        append = _apply(append, append)
    while len(remainders) > 1:
        remainders = _apply(append, remainders[::2]) ^ remainders[1::2]
        append = _apply(append, append)
    return int(remainders[0]) ^ _FULL


def _byte_by_byte(content: bytes) -> int:
    remainder = _FULL
    for byte in content:
        remainder = int(_TABLE[(remainder ^ byte) & 0xFF]) ^ (remainder >> 8)
    return remainder ^ _FULL


def _apply(matrix: Words, words: Words) -> Words:
    """The matrix, given by what it makes of each bit, times words."""
    result = np.zeros_like(words)
    for bit, column in enumerate(matrix):
        result ^= np.where(words >> np.uint32(bit) & np.uint32(1), column, np.uint32(0))
    return result
