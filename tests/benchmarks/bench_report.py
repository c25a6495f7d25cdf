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
COPIES = 5
"""Of the large run's 233,376 rows, of different pairs: over a million."""


def hifbench(*arguments: object) -> float:
    """Seconds of a call."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hifbench", *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def aggregation(run_dir: Path) -> tuple[float, int]:
    """Seconds of the leaderboards of over a million rows, and how many there were."""
    read = results.read(run_dir)
    rows = pd.concat([read.scores.assign(pair=read.scores["pair"] + f"-{copy}") for copy in range(COPIES)])
    many = results.Results(read.plan, read.run, rows.reset_index(drop=True), read.precision, read.folder)
    began = time.monotonic()
    leaderboards.leaderboards(many)
    return time.monotonic() - began, len(rows)


def show(what: str, value: float, unit: str, budget: float) -> None:
    print(f"{what}: {value:.2f} {unit}; budget {budget} {unit}: {'kept' if value < budget else 'missed'}")


def main() -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        chosen = ("--methods", ",".join(METHODS), "--set", 'tasks=["fusion"]', "--set", f"metrics={METRICS}")
        hifbench("run", "demo", *chosen, "--limit", 6, "--out", small)
        blow_up(small, large)
        show("report", hifbench("report", large), "s", SECONDS)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the small run too, so no less than it takes
        show("memory at most", peak * 1024 / 1e9, "GB", GIGABYTES)
        seconds, rows = aggregation(large)
        show(f"leaderboards of {rows:,} rows", seconds, "s", SECONDS_OF_A_MILLION)


if __name__ == "__main__":
    main()
