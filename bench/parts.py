"""The store of scores: Parquet parts, each written whole under a hidden name and renamed into place once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..storage import replacing

COLUMNS = pa.schema(
    [
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("pair", pa.string()),
        ("method", pa.string()),
        ("degradation", pa.string()),
        ("severity", pa.float64()),
        ("seed", pa.int64()),
        ("task", pa.string()),
        ("metric", pa.string()),
        ("convention", pa.string()),
        ("value", pa.float64()),
        ("error", pa.string()),
    ]
)
"""Columns of every result file; all but ``value`` and ``error`` are a key. ``error`` is null on success."""

BOXES = pa.schema(
    [
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("pair", pa.string()),
        ("method", pa.string()),
        ("degradation", pa.string()),
        ("severity", pa.float64()),
        ("seed", pa.int64()),
        ("convention", pa.string()),
        ("role", pa.string()),
        ("label", pa.string()),
        ("x0", pa.float64()),
        ("y0", pa.float64()),
        ("x1", pa.float64()),
        ("y1", pa.float64()),
        ("score", pa.float64()),
        ("error", pa.string()),
    ]
)
"""Columns of every file of boxes, see :mod:`hifbench.bench.boxes`."""

SCORES, DETECTIONS = "scores", "detections"
SUPERSEDED = {SCORES: "superseded", DETECTIONS: "superseded-detections"}
"""Store of parts -> where those of another plan are kept."""

_AGAIN = b"hifbench.again"
_LEFTOVER_SECONDS = 3600  # an unfinished file this old has no living writer


def write(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    note: Mapping[str, str],
    *,
    again: bool = False,
    columns: pa.Schema = COLUMNS,
) -> None:
    """Write one part; a reader sees all of it or nothing, whatever happens meanwhile.

    Args:
        path: where the part belongs; its folder is made.
        rows: one mapping a row, with every column.
        note: kept in the file's metadata.
        again: the part holds failures that another try may not have; see :func:`is_final`.
        columns: of the part.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {f"hifbench.{key}".encode(): value.encode() for key, value in note.items()}
    schema = columns.with_metadata(metadata | ({_AGAIN: b"1"} if again else {}))
    with replacing(path) as hidden:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), hidden, compression="zstd")
        with hidden.open("r+b") as stream:
            os.fsync(stream.fileno())


def is_final(path: Path) -> bool:
    """Whether a part is there and need not be computed again.

    Bad input fails in the same way each time, and its rows stay. A failure of the code or the machine (a fault in
    somebody's method, not enough memory) may be mended, so its part is computed again by the next call.
    """
    if not path.is_file():
        return False
    try:
        return _AGAIN not in (pq.read_metadata(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False  # damaged by something else than us


def pairs_without_picture(path: Path) -> set[str]:
    """Pairs of a part that have no fused picture: all of their rows are errors, or they have no annotation."""
    return _pairs_of_only(path, lambda row: row["error"] is not None or row.get("role") == "unannotated")


def failed_pairs(path: Path) -> set[str]:
    """Pairs of a part all of whose rows are errors."""
    return _pairs_of_only(path, lambda row: row["error"] is not None)


def _pairs_of_only(path: Path, lacking: Callable[[dict[str, Any]], bool]) -> set[str]:
    names = [name for name in ("pair", "error", "role") if name in pq.read_schema(path).names]
    rows = pq.read_table(path, columns=names).to_pylist()
    return {row["pair"] for row in rows} - {row["pair"] for row in rows if not lacking(row)}


def arrange(run_dir: Path, expected: Iterable[str]) -> None:
    """Keep in the stores exactly the parts that are expected, so that reading all of it counts no pair twice.

    A part of another plan (other weights, another limit) is set aside, and moved back when a later plan expects it
    again. What killed writers left half written is removed.

    Args:
        run_dir: the run directory.
        expected: paths of the expected parts below it.
    """
    wanted = set(expected)
    for name, aside in SUPERSEDED.items():
        store = run_dir / name
        for path in store.rglob("*.parquet"):
            if path.relative_to(run_dir).as_posix() not in wanted:
                _move(path, run_dir / aside / path.relative_to(store))
        for relative in (part for part in wanted if part.startswith(f"{name}/")):
            kept = run_dir / aside / Path(relative).relative_to(name)
            if kept.is_file() and not (run_dir / relative).exists():
                _move(kept, run_dir / relative)
    for leftover in run_dir.rglob(".*.tmp"):
        with suppress(FileNotFoundError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # another call has moved it already
        source.replace(target)
