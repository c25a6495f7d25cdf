"""The command ``profile``, and runs that measure efficiency."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rundir import part_times, scores

from hifbench.bench.efficiency.apart import Failure
from hifbench.bench.efficiency.operations import Operations
from hifbench.bench.efficiency.profile import Profile
from hifbench.bench.efficiency.throughput import Throughput
from hifbench.bench.efficiency.timing import Latency
from hifbench.bench.efficiency.workload import Request
from hifbench.bench.parts import COLUMNS

OPERATIONS = Operations(2000, 1000, {"aten.relu": 50})


class Measured:
    """Stands for the measurement in a process of its own; what it was asked for is kept."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.failures: dict[str, Failure] = {}
        self.others: dict[str, float] = {}

    def __call__(self, request: Request, on_phase: Any, on_wait: Any) -> Profile | Failure:
        self.asked.append(request)
        on_phase("time")
        latencies = {threads: Latency(0.5 / threads, 0.01, 10) for threads in request.threads}
        profile = Profile(7, 5, OPERATIONS, latencies, Throughput(3.0, 2), 2**20)
        profile = replace(profile, others=self.others.get(request.method.row))
        return self.failures.get(request.method.row, profile)

    @property
    def methods(self) -> list[str]:
        return [request.method.row for request in self.asked]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    stand_in = Measured()
    monkeypatch.setattr("hifbench.bench.commands.profile.measure_apart", stand_in)
    monkeypatch.setattr("hifbench.bench.runner.measure_apart", stand_in)
    return stand_in


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["averag"], "did you mean average"),
        (["average", "--size", "big"], "'big' is no size; write width x height"),
        (["average", "--device", "cuda:99"], "no device 'cuda:99' here"),
        (["average", "--device", "tpu"], "unknown device 'tpu'"),
        (["average", "--out", "a.txt"], ".csv, .json, .md"),
        (["average", "--out", "d.csv"], "is a folder"),
        (["average", "auif"], "no weights of auif"),
    ],
)
def test_wrong_calls(hifbench, measured: Measured, nothing_shipped, arguments: list[str], message: str) -> None:
    Path("d.csv").mkdir()
    done = hifbench("profile", *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not measured.asked  # nothing is measured before the call is known to be right


def test_a_method_of_its_own_in_a_process_of_its_own(hifbench) -> None:
    done = hifbench("profile", "average", "--size", "16x12", "--out", "a.csv")
    assert done.status == 0, done.err
    assert "Cost of one pair of 16x12 on cpu" in done.out
    table = pd.read_csv("a.csv")
    assert list(table.columns) == COLUMNS.names
    assert set(table["method"]) == {"average"}


def test_methods_that_are_slow_or_lack_weights_are_skipped_unless_named(hifbench, measured, nothing_shipped) -> None:
    done = hifbench("profile")
    assert done.status == 0, done.err
    assert {"average", "laplacian", "hifm-admm"} < set(measured.methods)
    assert not {"zvir", "auif"} & set(measured.methods)
    assert "skipped: zvir: slow; name it to measure it" in done.err
    assert "skipped: auif: no weights of auif" in done.err
    measured.asked.clear()
    assert hifbench("profile", "zvir", "average", "zvir").status == 0
    assert measured.methods == ["zvir", "average"]


def test_files(hifbench, measured: Measured) -> None:
    measured.failures["maximum"] = Failure("no luck", again=False)
    done = hifbench("profile", "average", "maximum", "--size", "64x48", "--out", "new/a.json")
    assert done.status == 1
    assert "failed: maximum: no luck" in done.err
    content = json.loads(Path("new/a.json").read_text())
    assert content["machine"]["device"]
    assert content["machine"]["dtype"] == "float32"
    assert content["versions"]["torch"]
    rows = pd.DataFrame(content["rows"])
    assert list(rows.columns) == COLUMNS.names
    of_average = rows[rows["method"] == "average"].set_index("metric")["value"]
    assert of_average["flops"] == 2000
    assert of_average["uncounted aten.relu"] == 50
    assert rows[rows["method"] == "maximum"]["value"].isna().all()
    hifbench("profile", "average", "maximum", "--size", "64x48", "--out", "a.csv")
    again = pd.read_csv("a.csv")
    pd.testing.assert_frame_equal(again, rows, check_dtype=False)
    hifbench("profile", "average", "--out", "a.md")
    assert "| average | 7 | 5 | 2 k | 1 k |" in Path("a.md").read_text()


def write(path: Path, tasks: str = '["fusion", "efficiency"]') -> Path:
    path.write_text(
        f'title = "T"\ntasks = {tasks}\nsize = "32X24"\nmethods = ["average", "laplacian"]\nmetrics = ["EN"]\n'
        'chunk = 2\n[[datasets]]\nname = "folder"\n'
    )
    return path


def test_a_run_holds_scores_and_costs(hifbench, measured: Measured, pairs_folder: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml")
    done = hifbench("run", own, "--data", pairs_folder)
    assert done.status == 0, done.err
    assert "Cost of one pair of 32x24 on cpu" in done.out
    run_dir = tmp_path / "runs" / "own"
    table = scores(run_dir)
    assert set(table["task"]) == {"fusion", "efficiency"}
    assert not table.duplicated([name for name in COLUMNS.names if name not in ("value", "error")]).any()
    assert len(table[table["task"] == "fusion"]) == 12
    plan = json.loads((run_dir / "plan.json").read_text())
    assert [profile["method"] for profile in plan["profiles"]] == ["average", "laplacian"]
    facts = plan["fingerprints"][plan["profiles"][0]["fingerprint"]]
    assert facts["machine"]["device"]
    before = part_times(run_dir)
    measured.asked.clear()
    assert hifbench("run", own, "--data", pairs_folder).status == 0
    assert not measured.asked
    assert part_times(run_dir) == before
    done = hifbench("report", run_dir)
    assert "2 sheets of curves" in done.err
    names = {path.name for path in (run_dir / "report").rglob("*.*")}
    assert {"efficiency-32x24-cpu.md", "folder-all-fusion-32x24-cpu-latency.svg"} <= names


def test_other_calls_add_to_a_run(hifbench, measured: Measured, pairs_folder: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml")
    hifbench("run", own, "--data", pairs_folder)
    measured.asked.clear()
    hifbench("run", own, "--data", pairs_folder, "--methods", "maximum")
    assert measured.methods == ["maximum"]
    hifbench("run", own, "--data", pairs_folder, "--set", "size=16x16")
    assert measured.methods == ["maximum", "average", "laplacian"]
    done = hifbench("run", own, "--data", pairs_folder, "--set", 'tasks=["fusion"]')
    assert "Cost of one pair of 32x24" in done.out
    assert "Cost of one pair of 16x16" in done.out


def test_a_failure_of_the_machine_is_tried_again(hifbench, measured, pairs_folder: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml")
    measured.failures = {"average": Failure("died", again=True), "laplacian": Failure("too small", again=False)}
    done = hifbench("run", own, "--data", pairs_folder)
    assert done.status == 1
    assert "(average): died" in done.err
    assert "tried again by the next call" in done.err
    measured.failures = {}
    measured.asked.clear()
    assert hifbench("run", own, "--data", pairs_folder).status == 1
    assert measured.methods == ["average"]


def test_a_busy_machine_is_said_at_once_and_in_the_report(hifbench, measured, pairs_folder: Path, tmp_path) -> None:
    own = write(tmp_path / "own.toml")
    measured.others = {"average": 1000.0, "laplacian": 0.0}
    done = hifbench("run", own, "--data", pairs_folder)
    assert done.status == 0, done.err
    assert "busy machine: average: other work took 1e+03 cores meanwhile" in done.err
    assert "busy machine: laplacian" not in done.err
    warning = "BUSY MACHINE: other work took cores while these were measured: average (1e+03 cores)"
    assert warning in done.out
    hifbench("report", tmp_path / "runs" / "own")
    report = tmp_path / "runs" / "own" / "report"
    assert warning in (report / "tables" / "efficiency-32x24-cpu.md").read_text()
    assert warning in (report / "efficiency.html").read_text()
    (part,) = (path for path in (tmp_path / "runs").rglob("profile.parquet") if "average" in path.parts)
    assert str(part.relative_to(tmp_path)) in done.err
    part.unlink()
    measured.others = {}
    measured.asked.clear()
    assert "BUSY" not in hifbench("run", own, "--data", pairs_folder).out
    assert measured.methods == ["average"]


def test_one_shard_measures(hifbench, measured: Measured, pairs_folder: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml")
    hifbench("run", own, "--data", pairs_folder, "--shard", "2/2")
    assert not measured.asked
    hifbench("run", own, "--data", pairs_folder, "--shard", "1/2")
    assert measured.methods == ["average", "laplacian"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("size=big", "is no size"),
        ('tasks=["efficiency"]', "hifbench profile"),
        ('tasks=["fusion", "fusion"]', "named twice"),
        ('tasks=["speed"]', "efficiency"),
    ],
)
def test_wrong_settings(hifbench, pairs_folder: Path, tmp_path: Path, setting: str, message: str) -> None:
    done = hifbench("run", write(tmp_path / "own.toml"), "--data", pairs_folder, "--set", setting)
    assert done.status == 2
    assert message in done.err
