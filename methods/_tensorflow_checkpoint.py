"""Checkpoints of TensorFlow (``NAME.index`` beside ``NAME.data-00000-of-00001``), read without TensorFlow.

The index is a table (:mod:`hifbench.methods._sstable`) from a variable's name to a message in protocol buffers: type,
shape, place in the data file and checksum. From the layout of TensorFlow's public ``tensor_bundle.proto``.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import WeightsError
from ._crc32c import crc32c
from ._sstable import DamagedTableError, read_table, unmask, varint

INDEX, DATA = ".index", ".data-00000-of-00001"
_FLOAT32 = 1
_VARINT, _WORD64, _BYTES, _WORD32 = 0, 1, 2, 5
_OF_THE_OPTIMISER = re.compile(r"/(Adam|Adam_1|RMSProp|RMSProp_1|Momentum)$|(^|/)(beta[12]_power|global_step)$")


def checkpoint_files(path: Path) -> list[Path]:
    """Index and data of the checkpoint that a path means, as TensorFlow names it: by what both names begin with.

    Args:
        path: that, or one of the two files.

    Returns:
        Both; empty where the path means no checkpoint.

    Raises:
        WeightsError: one is there without the other.
    """
    prefix = path.name.removesuffix(INDEX).removesuffix(DATA)
    both = [path.with_name(prefix + suffix) for suffix in (INDEX, DATA)]
    there = [file for file in both if file.is_file()]
    if len(there) == 1:
        (lacking,) = set(both) - set(there)
        raise WeightsError(f"{there[0]} is half of a checkpoint; {lacking.name} must lie beside it")
    return there


def read_variables(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Variables of a model, by the names that its graph gives them; what an optimiser kept beside them is left out.

    Args:
        paths: index and data of a checkpoint, or one ``.npz`` file of the same variables.

    Returns:
        float32 tensors; kernels in torch's order (out, in, height, width) instead of (height, width, in, out).

    Raises:
        WeightsError: neither, damaged, cut off, or of other numbers than float32.
    """
    if len(paths) == 2:
        arrays = _read_checkpoint(*paths)
    elif paths[0].suffix == ".npz":
        arrays = _read_arrays(paths[0])
    else:
        raise WeightsError(
            f"{paths[0]} is neither a checkpoint of TensorFlow (NAME{INDEX} with NAME{DATA}) nor an .npz file of its "
            f"variables; use the official files"
        )
    return {
        name: torch.from_numpy(np.array(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array, order="C"))
        for name, array in arrays.items()
    }


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        # numpy leaves a damaged file open that it has opened itself.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if not _OF_THE_OPTIMISER.search(name)}
    except Exception as error:  # readers raise whatever the broken bytes make them trip over
        raise WeightsError(f"{path} cannot be read as an .npz file of arrays ({error}); get the file again") from error
    wrong = [name for name, array in arrays.items() if array.dtype != np.float32]
    if wrong:
        raise WeightsError(f"{path}: {wrong[0]} holds {arrays[wrong[0]].dtype}, not float32; use the official file")
    return arrays


def _read_checkpoint(index: Path, data: Path) -> dict[str, np.ndarray]:
    try:
        table, content = read_table(index.read_bytes()), data.read_bytes()
        shards = _number(_fields(table.pop(b"", b"")), 1)
        if shards != 1:
            raise DamagedTableError(f"it speaks of {shards} data files, not of one")
    except OSError as error:
        raise WeightsError(f"{error.filename} cannot be read ({error.strerror}); make it readable") from error
    except (IndexError, DamagedTableError) as error:
        raise WeightsError(f"{index} is no index of a checkpoint of TensorFlow: {error}; get the file again") from error
    arrays = {}
    for key, message in table.items():
        name = key.decode(errors="replace")
        if _OF_THE_OPTIMISER.search(name):
            continue
        try:
            arrays[name] = _array(message, content)
        except (IndexError, DamagedTableError) as error:
            raise WeightsError(f"{data} does not hold {name} as {index.name} says: {error}; get both again") from error
    return arrays


def _array(message: bytes, content: bytes) -> np.ndarray:
    """One variable; fields: 1 type, 2 shape, 4 offset and 5 size in bytes, 6 checksum; a field left out is 0."""
    fields = _fields(message)
    kind, offset, size, checksum = (_number(fields, field) for field in (1, 4, 5, 6))
    dimensions = _fields(_bytes(fields, 2)).get(2, [])
    shape = [_number(_fields(dimension), 1) for dimension in dimensions if isinstance(dimension, bytes)]
    if kind != _FLOAT32:
        raise DamagedTableError(f"its type is number {kind} of TensorFlow's, not float32")
    if 0 in shape or size != 4 * math.prod(shape):  # where one side is 0, any other would do
        raise DamagedTableError(f"{size} bytes for the shape {tuple(shape)}")
    stored = content[offset : offset + size]
    if len(stored) != size:
        raise DamagedTableError(f"the file ends after {len(content)} of {offset + size} bytes")
    if crc32c(stored) != unmask(checksum):
        raise DamagedTableError("its checksum is another")
    return np.frombuffer(stored, "<f4").astype(np.float32).reshape(shape)


def _number(fields: dict[int, list[int | bytes]], field: int) -> int:
    value = fields.get(field, [0])[-1]
    if not isinstance(value, int):
        raise DamagedTableError(f"field {field} is no number")
    return value


def _bytes(fields: dict[int, list[int | bytes]], field: int) -> bytes:
    value = fields.get(field, [b""])[-1]
    if not isinstance(value, bytes):
        raise DamagedTableError(f"field {field} is no message")
    return value


def _fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Field number -> values of a message of protocol buffers."""
    found: dict[int, list[int | bytes]] = {}
    for field, value in _scan(message):
        found.setdefault(field, []).append(value)
    return found


def _scan(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    place = 0
    while place < len(message):
        tag, place = varint(message, place)
        kind = tag & 7
        value: int | bytes
        if kind == _VARINT:
            value, place = varint(message, place)
        elif kind in (_BYTES, _WORD32, _WORD64):
            size = {_WORD32: 4, _WORD64: 8}.get(kind)
            if size is None:
                size, place = varint(message, place)
            value = message[place : place + size]
            if len(value) < size:
                raise DamagedTableError("a message is cut off")
            if kind != _BYTES:
                (value,) = struct.unpack("<I" if kind == _WORD32 else "<Q", value)
            place += size
        else:
            raise DamagedTableError(f"a field of kind {kind}, which is not in use")
        yield tag >> 3, value
