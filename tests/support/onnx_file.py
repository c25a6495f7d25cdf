"""Writes an ONNX file by hand: a network that gives the same numbers for any picture, with notes of its exporter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

FLOAT = 1


def constant_network(path: Path, given: Sequence[int], answer: np.ndarray, notes: Mapping[str, str]) -> None:
    """Write a network.

    Args:
        path: of the file.
        given: shape of its input ``images``.
        answer: float32, its output ``output0``, whatever the input.
        notes: metadata.
    """
    tensor = b"".join(_field(1, side) for side in answer.shape)
    tensor += _field(2, FLOAT) + _field(8, "answer") + _field(9, answer.astype("<f4").tobytes())
    node = _field(1, "answer") + _field(2, "output0") + _field(4, "Identity")
    graph = _field(1, node) + _field(2, "constant") + _field(5, tensor)
    graph += _field(11, _value("images", given)) + _field(12, _value("output0", answer.shape))
    model = _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 17))
    model += b"".join(_field(14, _field(1, key) + _field(2, value)) for key, value in notes.items())
    path.write_bytes(model)


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_field(1, _field(1, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, sides)))


def _field(number: int, content: int | str | bytes) -> bytes:
    """A field of a protocol buffer: a whole number, or anything with a length."""
    if isinstance(content, int):
        return _number(number << 3) + _number(content)
    content = content.encode() if isinstance(content, str) else content
    return _number(number << 3 | 2) + _number(len(content)) + content


def _number(value: int) -> bytes:
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])
