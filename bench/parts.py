"""The store of scores: Parquet parts, each written whole under a hidden name and renamed into place once."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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

SCORES, SUPERSEDED = "scores", "superseded"


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one part; a reader sees all of it or nothing, whatever happens meanwhile.

    Args:
        path: where the part belongs; its folder is made.
        rows: one mapping a row, with every column but ``error`` where there is none.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.tmp")
    try:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=COLUMNS), hidden, compression="zstd")
        with hidden.open("rb") as stream:
            os.fsync(stream.fileno())
        hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)
    for leftover in path.parent.glob(f".{path.stem}.*.tmp"):  # of a writer that was killed
        leftover.unlink(missing_ok=True)


def arrange(run_dir: Path, expected: Iterable[str]) -> None:
    """Keep below ``scores`` exactly the parts that are expected, so that reading all of it counts no pair twice.

    A part of another plan (other weights, another limit) is moved to ``superseded``, and moved back when a
    later plan expects it again.

    Args:
        run_dir: the run directory.
        expected: paths of the expected parts below it.
    """
    wanted = set(expected)
    scores, superseded = run_dir / SCORES, run_dir / SUPERSEDED
    for path in scores.rglob("*.parquet"):
        relative = path.relative_to(run_dir).as_posix()
        if relative not in wanted:
            _move(path, superseded / path.relative_to(scores))
    for relative in wanted:
        kept = superseded / Path(relative).relative_to(SCORES)
        if kept.is_file() and not (run_dir / relative).exists():
            _move(kept, run_dir / relative)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
