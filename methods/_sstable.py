"""Sorted string tables of LevelDB, which TensorFlow keeps the index of a checkpoint in.

A footer points to an index block, that to the data blocks; a block is a run of entries whose keys share the beginning
of the one before, followed by restart points (not needed to read all), one byte for the compression and a checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pyarrow as pa

from ._crc32c import crc32c

_FOOTER, _MAGIC = 48, 0xDB4775248B80FB57
_PLAIN, _SNAPPY = 0, 1


class DamagedTableError(ValueError):
    """The bytes are no such table, or not all of it."""


def read_table(content: bytes) -> dict[bytes, bytes]:
    """All entries of a table.

    Raises:
        DamagedTableError: no such table, cut off, or a checksum that is not that of the content.
    """
    if len(content) < _FOOTER or int.from_bytes(content[-8:], "little") != _MAGIC:
        raise DamagedTableError("it does not end as such a file does")
    try:
        footer = content[-_FOOTER:-8]
        _, place = _handle(footer, 0)  # of the block on the blocks: none of it is needed
        index, _ = _handle(footer, place)
        return {
            key: value
            for _, block in _entries(_block(content, index))
            for key, value in _entries(_block(content, _handle(block, 0)[0]))
        }
    except (IndexError, struct.error, pa.ArrowException) as error:
        raise DamagedTableError("it is cut off or damaged") from error


def unmask(checksum: int) -> int:
    """The CRC-32C that is stored as ``checksum``: rotated and shifted, so that it may be checksummed itself."""
    rotated = (checksum - 0xA282EAD8) & 0xFFFFFFFF
    return ((rotated >> 17) | (rotated << 15)) & 0xFFFFFFFF


def varint(content: bytes, place: int) -> tuple[int, int]:
    """A number in base 128, least part first, and the place after it.

    Raises:
        IndexError: the content ends within it.
        DamagedTableError: it is longer than 64 bits.
    """
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise DamagedTableError("it holds a number of more than 64 bits")


def _handle(content: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Offset and size of a block, and the place after."""
    offset, place = varint(content, place)
    size, place = varint(content, place)
    return (offset, size), place


def _block(content: bytes, handle: tuple[int, int]) -> bytes:
    offset, size = handle
    stored, tail = content[offset : offset + size + 1], content[offset + size + 1 : offset + size + 5]
    if unmask(*struct.unpack("<I", tail)) != crc32c(stored):
        raise DamagedTableError("the checksum of a block is not that of its content")
    block, kind = stored[:-1], stored[-1]
    if kind == _SNAPPY:
        length, _ = varint(block, 0)
        return bytes(pa.decompress(block, length, codec="snappy", asbytes=True))
    if kind != _PLAIN:
        raise DamagedTableError(f"a block is compressed in a way ({kind}) that is not known")
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of every entry."""
    (restarts,) = struct.unpack("<I", block[-4:])
    end, place, key = len(block) - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = varint(block, place)
        own, place = varint(block, place)
        size, place = varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + size]
        place += size
