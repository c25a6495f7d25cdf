"""Checkpoints in TensorFlow's form, written from its public description: what stands in for the authors' files."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

_MAGIC = 0xDB4775248B80FB57


def write_checkpoint(
    prefix: Path, variables: Mapping[str, np.ndarray], *, snappy: bool = False, block: int = 4
) -> None:
    """Write ``prefix.index`` and ``prefix.data-00000-of-00001``.

    Args:
        prefix: of both files.
        variables: name -> float32 or int64 array.
        snappy: whether the blocks of the index are compressed.
        block: entries in a block of the index.
    """
    entries, data = [(b"", b"\x08\x01\x1a\x02\x08\x01")], b""
    for name, array in sorted(variables.items()):
        content = array.tobytes()
        shape = b"".join(_bytes(2, _number(1, size)) for size in array.shape)
        kind = {"float32": 1, "int64": 9}[str(array.dtype)]
        message = _number(1, kind) + _bytes(2, shape) + (_number(4, len(data)) if data else b"")
        message += _number(5, len(content)) + b"\x35" + struct.pack("<I", masked(content))
        entries.append((name.encode(), message))
        data += content
    index = _table([entries[start : start + block] for start in range(0, len(entries), block)], snappy=snappy)
    Path(f"{prefix}.index").write_bytes(index)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)


def masked(content: bytes) -> int:
    """The masked checksum of some bytes, CRC-32C bit by bit."""
    remainder = 0xFFFFFFFF
    for byte in content:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    remainder ^= 0xFFFFFFFF
    return ((remainder >> 15 | remainder << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _table(blocks: list[list[tuple[bytes, bytes]]], *, snappy: bool) -> bytes:
    table, handles = b"", []
    for entries in blocks:
        stored, handle = _stored(_block(entries), len(table), snappy=snappy)
        handles.append((entries[-1][0] + b"\xff", handle))
        table += stored
    stored, on_blocks = _stored(_block([]), len(table), snappy=snappy)
    table += stored
    stored, index = _stored(_block(handles), len(table), snappy=snappy)
    return table + stored + (on_blocks + index).ljust(40, b"\0") + struct.pack("<Q", _MAGIC)


def _stored(block: bytes, place: int, *, snappy: bool) -> tuple[bytes, bytes]:
    """A block as it is stored, and what points to it there."""
    if snappy:
        block = pa.compress(block, codec="snappy", asbytes=True)
    whole = block + bytes([snappy])
    return whole + struct.pack("<I", masked(whole)), _varint(place) + _varint(len(block))


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    content, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        content += _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value
        before = key
    return content + struct.pack("<II", 0, 1)  # one restart point, at 0


def _varint(value: int) -> bytes:
    found = []
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
