"""What ``hifbench report`` takes of a large run: budgets 60 s and 2 GB, and 5 s for leaderboards of a million rows.

12 methods on 221 pairs with 8 metrics, clean and under 10 degradations: rows made from those of a small run on the
synthetic scenes, which is computed first. Every process computes with one thread and counts from its start to its end.

Run on a quiet machine: ``python tests/benchmarks/bench_report.py``. Not collected by pytest: it takes minutes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

sys.path.append(str(Path(__file__).parents[1] / "support"))
from large_run import blow_up

from hifbench.reports import leaderboards, results

METHODS = ("visible", "infrared", "average", "maximum", "laplacian", "wavelet")
METRICS = '["SSIM", "PSNR", "AG", "FMI", "VIF", "EN", "UIQI", "QP"]'
SECONDS, GIGABYTES, SECONDS_OF_A_MILLION = 60, 2, 5
COPIES = 3
"""Of the large run's 445,536 rows, under other names of the pairs: over a million."""

Taken = tuple[float, float]
"""Seconds by the clock, and of processor time."""


def hifbench(*arguments: object) -> Taken:
    """What a call takes."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hifbench", *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, used


def aggregation(run_dir: Path) -> tuple[Taken, int]:
    """What the leaderboards of over a million rows take, and how many rows there were."""
    read = results.read(run_dir)
    rows = pd.concat([read.scores.assign(pair=read.scores["pair"] + f"-{copy}") for copy in range(COPIES)])
    many = results.Results(read.plan, read.run, rows.reset_index(drop=True), read.precision, read.folder)
    began, before = time.monotonic(), time.process_time()
    leaderboards.leaderboards(many)
    return (time.monotonic() - began, time.process_time() - before), len(rows)


def show(what: str, taken: Taken, budget: float) -> None:
    clock, processor = taken
    kept = "kept" if clock < budget else "missed"
    print(f"{what}: {clock:.1f} s, {processor:.1f} s of processor time; budget {budget} s: {kept}")


def main() -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        chosen = ("--methods", ",".join(METHODS), "--set", 'tasks=["fusion"]', "--set", f"metrics={METRICS}")
        hifbench("run", "demo", *chosen, "--limit", 6, "--out", small)
        blow_up(small, large)
        show("report", hifbench("report", large), SECONDS)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the small run too, so no less than it takes
        kept = "kept" if peak * 1024 < GIGABYTES * 1e9 else "missed"
        print(f"memory: at most {peak * 1024 / 1e9:.2f} GB; budget {GIGABYTES} GB: {kept}")
        taken, rows = aggregation(large)
        show(f"leaderboards of {rows:,} rows", taken, SECONDS_OF_A_MILLION)


if __name__ == "__main__":
    main()
