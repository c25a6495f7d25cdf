"""Reading a run directory in tests."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hifbench.bench.parts import COLUMNS

KEY = [name for name in COLUMNS.names if name not in ("value", "error")]


def scores(run_dir: Path) -> pd.DataFrame:
    """All rows, in the order of their key."""
    return pd.read_parquet(run_dir / "scores").sort_values(KEY, ignore_index=True)


def part_times(run_dir: Path) -> dict[Path, tuple[int, int]]:
    """Inode and time of change of each part: both stay only if nobody wrote it."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in run_dir.rglob("*.parquet")}
