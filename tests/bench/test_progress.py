"""What is said of long work where standard error is no terminal."""

from __future__ import annotations

import pytest

from hifbench.bench.commands import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def test_a_line_each_ten_per_cent_and_thirty_seconds(clock: list[float], capfd: pytest.CaptureFixture[str]) -> None:
    said = []
    with progress.progress() as bar:
        task = bar.add_task("fusing", total=50)
        part = bar.add_task("iteration", total=2)
        for done in range(1, 51):
            clock[0] += 2
            bar.update(part, completed=2)
            bar.advance(task)
            err = capfd.readouterr().err
            if err:
                said.append((done, err.partition(",")[0].strip()))
    # after 30 seconds, and then each 15 of the steps, which are more than ten per cent
    assert said == [(15, "fusing: 30 %"), (30, "fusing: 60 %"), (45, "fusing: 90 %")]


def test_slow_work_has_a_line_each_ten_per_cent(clock: list[float], capfd: pytest.CaptureFixture[str]) -> None:
    with progress.progress() as bar:
        task = bar.add_task("training", total=None)
        bar.reset(task, total=40, description="training a")
        for done in range(1, 13):
            clock[0] += 100
            bar.update(task, completed=done)
    lines = [line.partition(",")[0] for line in capfd.readouterr().err.splitlines()]
    assert lines == ["training a: 10 %", "training a: 20 %", "training a: 30 %"]


def test_short_work_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with progress.progress() as bar:
        for _ in bar.track(range(20), description="x"):
            pass
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "text"), [(40.4, "40 s"), (1500, "25 min"), (12600, "3.5 h")])
def test_a_duration(seconds: float, text: str) -> None:
    assert progress.duration(seconds) == text
