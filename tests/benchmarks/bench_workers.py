"""Seconds of one run with one worker and with two; the budget is 0.6 of the time of one, median of three.

200 cells: 50 pairs in chunks of one, four methods that cost little, the eight metrics, so that the work is scoring and
what is measured is the engine. On RoadScene where HIFBENCH_SHARED is set, else on the synthetic scenes. Every process
computes with one thread. The runs take turns, so that what else the machine does falls on both; each is a command of
its own and counts from its start to its end.

Run on a quiet machine: ``python tests/benchmarks/bench_workers.py``. Not collected by pytest: it takes minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

PAIRS, METHODS = 50, ("visible", "average", "maximum", "laplacian")
ROUNDS = 3
BUDGET = 0.6


def experiment(folder: Path, data: str) -> Path:
    path = folder / "workers.toml"
    path.write_text(f'title = "Workers"\nmethods = {json.dumps(METHODS)}\nchunk = 1\n[[datasets]]\nname = "{data}"\n')
    return path


def seconds(folder: Path, workers: int, round: int) -> float:
    shared = os.environ.get("HIFBENCH_SHARED")
    out = folder / f"{workers}-{round}"
    called: list[object] = ["run", experiment(folder, "roadscene" if shared else "synthetic"), "--out", out]
    called += ["--limit", PAIRS, "--workers", workers, *(["--data", f"{shared}/data"] if shared else [])]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hifbench", *map(str, called)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    cells = len(list(out.rglob("*.parquet")))
    assert cells == PAIRS * len(METHODS), f"{cells} cells"
    return took


def main() -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {PAIRS * len(METHODS)} cells, one thread a process")
    with tempfile.TemporaryDirectory() as folder:
        taken: dict[int, list[float]] = {1: [], 2: []}
        for round in range(ROUNDS):
            for workers, times in taken.items():
                times.append(seconds(Path(folder), workers, round))
    for workers, times in taken.items():
        each = ", ".join(f"{value:.1f}" for value in times)
        print(f"{workers} worker{'s' * (workers > 1)}: {each} s; median {median(times):.1f} s")
    ratio = median(taken[2]) / median(taken[1])
    print(f"ratio {ratio:.2f}; budget {BUDGET}: {'kept' if ratio <= BUDGET else 'missed'}")


if __name__ == "__main__":
    main()
