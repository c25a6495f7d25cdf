"""The table of costs from rows written by hand."""

from __future__ import annotations

import io
import math
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from hifbench.reports import render_efficiency
from hifbench.reports.efficiency import Efficiency, cells, of_rows, scaled

CPU = "256x256 cpu"
MACHINE = {"device": "Abacus", "cores": 2, "dtype": "float32", "torch": "2.13.0", "threads": [1, 2]}
VALUES: dict[str, dict[tuple[str, str], float]] = {
    "big": {
        (CPU, "parameters"): 12_758_449,
        (CPU, "parameters-used"): 7_920_497,
        (CPU, "flops"): 5.5642e12,
        (CPU, "macs"): 2.7e12,
        (CPU, "memory-bytes"): 3 * 2**20,
        (CPU, "uncounted aten.relu"): 12_582_912,
        (CPU, "uncounted aten.exp"): 999,
        (CPU, "uncounted aten.sum"): 1,
        (CPU, "uncounted aten.abs"): 5,
        (f"{CPU} 1 thread", "latency-ms"): 1234.6,
        (f"{CPU} 1 thread", "latency-iqr-ms"): math.nan,
        (f"{CPU} 2 threads", "latency-ms"): 700.04,
        (f"{CPU} 2 threads", "latency-iqr-ms"): 3.5,
        (f"{CPU} 2 threads", "pairs-per-second"): 1.6667,
        (f"{CPU} 2 threads", "best-batch"): 4,
        (f"{CPU} 2 threads", "iterations-measured"): 3,
        (f"{CPU} 2 threads", "batch-out-of-memory"): 8,
    },
    "small_1": {
        (CPU, "parameters"): 0,
        (CPU, "parameters-used"): 0,
        (CPU, "flops"): 0,
        (CPU, "macs"): 0,
        (f"{CPU} 1 thread", "latency-ms"): 0.0074121,
        (f"{CPU} 1 thread", "latency-iqr-ms"): 0.00006,
        (f"{CPU} 2 threads", "latency-ms"): 0.009,
        (f"{CPU} 2 threads", "batch-failed"): 16,
        (f"{CPU} 2 threads", "latency-iqr-ms"): 0.001,
    },
}


def rows(values: dict[str, dict[tuple[str, str], float]] = VALUES, error: str | None = None) -> pd.DataFrame:
    made: list[dict[str, Any]] = [
        {"method": method, "convention": under, "metric": metric, "value": value, "error": error}
        for method, of_method in values.items()
        for (under, metric), value in of_method.items()
    ]
    return pd.DataFrame(made).astype({"value": float, "error": "string"})


@pytest.fixture
def shown() -> Efficiency:
    return of_rows(rows(), CPU, ["big", "small_1"], [MACHINE, MACHINE])


def test_cells(shown: Efficiency) -> None:
    body = cells(shown)
    assert list(body.loc["big"]) == [
        "12,758,449", "7,920,497", "5.564 T", "2.7 T", "1,235 (–)", "700 (3.5)", "1.667 (4)", "3",
    ]  # fmt: skip
    assert list(body.loc["small_1"]) == ["0", "0", "0", "0", "0.007412 (0.00006)", "0.009 (0.001)", "–", "–"]
    assert list(body.columns)[4:6] == ["ms, 1 thread (IQR)", "ms, 2 threads (IQR)"]


def test_the_note_says_what_the_numbers_do_not(shown: Efficiency) -> None:
    assert shown.title == "Cost of one pair of 256x256 on cpu: Abacus, 2 cores, float32, torch 2.13.0"
    assert "big: time extended to all of its iterations from runs of 1 and 3." in shown.note
    assert "big: out of memory at a batch of 8; the throughput is of half of it at most." in shown.note
    assert "small_1: failed at a batch of 16; the throughput is of half of it at most." in shown.note
    assert "big: relu 12.58 M, exp 999, abs 5." in shown.note  # the three most
    assert "pairs/s with 2 threads" in shown.note
    assert "peak with 1 thread" in shown.note


def test_failures_are_said(shown: Efficiency) -> None:
    failed = rows({"small_1": dict.fromkeys(VALUES["small_1"], math.nan)}, "no luck")
    both = of_rows(pd.concat([rows({"big": VALUES["big"]}), failed]), CPU, ["big", "small_1"], [MACHINE])
    assert set(cells(both).loc["small_1"]) == {"–"}
    assert both.note.count("Failed: small_1: no luck.") == 1


def test_two_machines_are_said(shown: Efficiency) -> None:
    both = of_rows(rows(), CPU, ["big"], [MACHINE, MACHINE | {"device": "Slide rule"}])
    assert "different machines" in both.note
    assert "Slide rule" in both.title


def test_on_a_gpu_there_are_no_threads() -> None:
    gpu = "640x480 cuda"
    values = {"big": {(gpu, "latency-ms"): 2.5, (gpu, "latency-iqr-ms"): 0.5, (gpu, "pairs-per-second"): 800.0}}
    machine = {"device": "H", "driver": "580.1", "cuda": "12.8", "dtype": "float32", "torch": "2"}
    found = of_rows(rows(values), gpu, ["big"], [machine])
    assert found.title.endswith("640x480 on cuda: H, driver 580.1, CUDA 12.8, float32, torch 2")
    assert cells(found).loc["big", "ms (IQR)"] == "2.5 (0.5)"


def test_formats(shown: Efficiency) -> None:
    lines = render_efficiency.markdown(shown).splitlines()
    assert lines[0] == f"**{shown.title}**"
    assert lines[4].startswith("| big | 12,758,449 | 7,920,497 |")
    assert lines[-1] == shown.note.replace("_", r"\_")  # names are data, no markup
    again = pd.read_csv(io.StringIO(render_efficiency.csv(shown)), index_col="method")
    pd.testing.assert_frame_equal(again, shown.costs, check_names=False, check_dtype=False)
    latex = render_efficiency.latex(shown)
    assert "small\\_1 & 0 & 0" in latex
    assert "1,235 (--)" in latex
    console = Console(file=io.StringIO(), width=200)
    console.print(render_efficiency.terminal(shown))
    assert "0.007412 (0.00006)" in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1 k"), (12_582_912, "12.58 M"), (2.5e13, "25 T"), (math.nan, "–")],
)
def test_prefixes(value: float, text: str) -> None:
    assert scaled(value) == text
