"""The cores that other work takes, from numbers written by hand."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hifbench.bench.efficiency import others


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Sets the seconds that have passed, those that all have computed, and those of this process and its children."""
    monkeypatch.setattr(others, "_STAT", tmp_path / "stat")
    ticks = os.sysconf("SC_CLK_TCK")

    def at(passed: float, of_all: float, own: float, children: float) -> None:
        # user, nice, system, idle, waiting, interrupts, soft ones, stolen, guest (which is in user already)
        numbers = [int(of_all * ticks / 2), 0, int(of_all * ticks / 2), 777, 88, 0, 0, 0, 9, 0]
        (tmp_path / "stat").write_text(f"cpu  {' '.join(map(str, numbers))}\ncpu0 1 2 3\n")
        monkeypatch.setattr(time, "monotonic", lambda: passed)
        monkeypatch.setattr(os, "times", lambda: os.times_result([own / 2, own / 2, children, 0, passed]))

    return at


def test_what_this_process_and_its_children_take_does_not_count(clock) -> None:
    clock(100, 50, 7, 3)
    meter = others.Others()
    clock(110, 50 + 2 + 6 + 15, 9, 9)  # others took 15 of 23 seconds in 10
    assert meter.cores() == pytest.approx(1.5)


def test_a_quiet_machine_has_no_warning(clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)  # of the machine, of which a job has four
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {8, 9, 10, 11})
    assert others.busy(0.4) == ""
    assert others.busy(None) == ""
    assert others.busy(1.5) == (
        "other work took 1.5 cores meanwhile, and 4 are for this process: its times may be too long"
    )


def test_a_system_that_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(others, "_STAT", tmp_path / "none")
    assert others.Others().cores() is None
