"""The engine ``processes``: the same rows as ``inline``, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import PathDistribution
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from PIL import Image
from rundir import part_times, scores

from hifbench.bench import child, parts, processes
from hifbench.bench.cell import CLEAN, Cell
from hifbench.bench.experiment import DatasetChoice, MethodChoice
from hifbench.bench.worker import Setup, write_failure
from hifbench.datasets import DATASETS
from hifbench.datasets.degradations import DEGRADATIONS
from hifbench.errors import MethodError, UsageError
from hifbench.methods import METHODS
from hifbench.metrics import METRICS

TESTS = Path(__file__).parents[1]
ENTRY_POINTS = """
[hifbench.methods]
mortal = mortal_plugin:Mortal
negative = tiny_plugin:Negative
[hifbench.metrics]
UNWILLING = unwilling_plugin:METRIC
MEAN = tiny_plugin:MEAN
[hifbench.degradations]
darken = tiny_plugin:DARKEN
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plug-ins of the tests as an installed distribution, here, in child processes and in other commands."""
    facts = tmp_path / "site" / "mortal-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: mortal\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY_POINTS)
    assert PathDistribution(facts).entry_points
    folders = [str(facts.parent), str(TESTS / "support"), str(TESTS / "plugin")]
    monkeypatch.setattr(sys, "path", [*sys.path, *folders])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), *folders]))
    for registry in (METHODS, METRICS, DATASETS, DEGRADATIONS):
        monkeypatch.setattr(registry, "_loaded", dict(registry._loaded))  # type: ignore[attr-defined]
        entries = type(registry).entries.func(registry)  # type: ignore[attr-defined]
        monkeypatch.setitem(vars(registry), "entries", entries)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One thread here, and then one in each child: as many threads, the same bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write(path: Path, methods: str, metrics: str = '"EN", "PSNR", "SSIM"', more: str = "") -> Path:
    path.write_text(
        f'title = "T"\nmethods = [{methods}]\nmetrics = [{metrics}]\nchunk = 2\n[[datasets]]\nname = "folder"\n{more}'
    )
    return path


def mortal(**options: object) -> str:
    return '{{ name = "mortal", options = {{ {} }} }}'.format(
        ", ".join(f"{key} = {json.dumps(value)}" for key, value in options.items())
    )


@pytest.mark.usefixtures("plugged", "one_thread")
def test_processes_compute_what_inline_does(hifbench, pairs_folder, tmp_path) -> None:
    """Methods of whole chunks, of single pairs and of a plug-in; a degradation, colour pictures and a bad pair."""
    Image.new("L", (64, 50)).save(pairs_folder / "vis" / "p2.png")
    own = write(
        tmp_path / "own.toml",
        '"visible", "infrared", "laplacian", "auif", { name = "hifm-admm", options = { iterations = 4 } }, "negative"',
        '"EN", "AG", "PSNR", "SSIM", "VIF", "FMI", "UIQI", "QP", "MEAN"',
        '[[degradations]]\nname = "darken"\nseverities = [0.5]\n',
    )
    run = ["run", own, "--data", pairs_folder, "--keep-fused"]
    inline = hifbench(*run, "--out", "inline")
    done = hifbench(*run, "--out", "processes", "--workers", 2)
    assert (done.status, done.out) == (1, inline.out), done.err
    assert done.err.splitlines()[:-1] == inline.err.splitlines()[:-1]  # all but the name of the folder
    first, second = (scores(tmp_path / name) for name in ("inline", "processes"))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert len(first) == 6 * 6 * 9 * 3
    assert first.loc[first["pair"] != "p2", "value"].notna().all()
    pictures = {path.relative_to(tmp_path / "inline") for path in (tmp_path / "inline").rglob("*.png")}
    assert len(pictures) == 5 * 6 * 2 + 5 + 5 * 2  # fused, infrared once, visible under each condition
    for picture in pictures:
        assert (tmp_path / "processes" / picture).read_bytes() == (tmp_path / "inline" / picture).read_bytes()
    machine = json.loads((tmp_path / "processes" / "run.json").read_text())["machine"]
    assert (machine["workers"], machine["threads"]) == (2, 1)
    before = part_times(tmp_path / "processes")
    assert "0 fusions computed" in hifbench(*run, "--out", "processes").err
    assert part_times(tmp_path / "processes") == before


@pytest.mark.usefixtures("plugged")
def test_a_killed_worker_changes_no_row(hifbench, pairs_folder, tmp_path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    own = write(tmp_path / "own.toml", f'"visible", {mortal(marks=str(marks), deaths=2)}')
    done = hifbench("run", own, "--data", pairs_folder, "--out", "run", "--workers", 2)
    assert done.status == 0, done.err
    assert len(list(marks.iterdir())) == 2
    rows = scores(tmp_path / "run")
    assert rows["error"].isna().all()
    visible, other = (
        rows[rows["method"] == method].drop(columns="method").reset_index(drop=True) for method in ("visible", "mortal")
    )
    assert len(visible) == 6 * 3
    pd.testing.assert_frame_equal(visible, other, check_exact=True)


@pytest.mark.usefixtures("plugged")
def test_a_cell_that_kills_every_worker_costs_only_itself(hifbench, pairs_folder, tmp_path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    own = write(tmp_path / "own.toml", f'{mortal(marks=str(marks), deaths=3)}, "visible"')
    run = ["run", own, "--data", pairs_folder, "--limit", 2, "--workers", 2]
    done = hifbench(*run)
    assert done.status == 1
    assert "Traceback" not in done.err
    assert len(list(marks.iterdir())) == 3
    rows = scores(tmp_path / "runs" / "own")
    assert len(rows) == 2 * 2 * 3
    assert set(rows.loc[rows["error"].isna(), "method"]) == {"visible"}
    (error,) = rows["error"].dropna().unique()
    assert "died 3 times, last at pair p0 (killed by SIGKILL, perhaps for want of memory)" in error
    assert "tried again by the next call" in done.err
    again = hifbench(*run)  # the fourth lives
    assert again.status == 0, again.err
    assert "2 fusions computed" in again.err
    assert scores(tmp_path / "runs" / "own")["error"].isna().all()


@pytest.mark.usefixtures("plugged")
@pytest.mark.parametrize(
    ("unwilling", "message"),
    [("raise", "no licence for this process"), ("exit", "worker processes end before they begin (exit status 3)")],
)
def test_a_child_that_cannot_be_set_up_is_one_error(
    hifbench, pairs_folder, tmp_path, monkeypatch, unwilling, message
) -> None:
    monkeypatch.setenv("UNWILLING", unwilling)
    own = write(tmp_path / "own.toml", '"visible"', '"UNWILLING"')
    done = hifbench("run", own, "--data", pairs_folder, "--workers", 2)
    assert done.status == 2
    assert message in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_while_one_worker_is_healthy_the_run_goes_on_without_those_that_do_not_start(tmp_path) -> None:
    dataset, method = DatasetChoice(name="synthetic", split="all"), MethodChoice(name="average")
    cells = [Cell(dataset, CLEAN, method, 0, (str(pair),), "", f"scores/{pair}.parquet") for pair in range(9)]
    crew = processes._Crew(Setup(tmp_path, None, "cpu", ("EN",), ("default",), False, "now"), cells, 3, lambda: None)
    healthy = SimpleNamespace(ready=True, cell=cells[0], connection="healthy")

    def dies_at_its_start() -> list[object]:
        member = SimpleNamespace(ready=False, cell=None, connection="dead", end=lambda deadline: "exit status 3")
        crew._children["dead"] = member  # type: ignore[index, assignment]
        return list(crew._replace(member))  # type: ignore[arg-type]

    crew._children["healthy"] = healthy  # type: ignore[index, assignment]
    for _ in range(processes.TRIES):
        assert dies_at_its_start() == []
    assert crew._workers == len(crew._children) == 1  # no more are started
    del crew._children["healthy"]  # type: ignore[arg-type]
    for _ in range(processes.TRIES - 1):
        dies_at_its_start()
    with pytest.raises(UsageError, match=r"end before they begin \(exit status 3\)"):
        dies_at_its_start()


@pytest.mark.usefixtures("plugged", "one_thread")
def test_the_threads_are_divided_whatever_the_user_set_for_mkl(hifbench, pairs_folder, tmp_path, monkeypatch) -> None:
    (tmp_path / "marks").mkdir()
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    own = write(tmp_path / "own.toml", mortal(marks=str(tmp_path / "marks"), sleep=0.01), '"EN"')
    done = hifbench("run", own, "--data", pairs_folder, "--limit", 3, "--workers", 2)
    assert done.status == 0, done.err
    assert {path.read_text() for path in (tmp_path / "marks").iterdir()} == {"1"}
    assert os.environ["MKL_NUM_THREADS"] == "2"


def test_a_child_that_cannot_write_is_the_same_error_as_inline(hifbench, pairs_folder, experiment, tmp_path) -> None:
    blocked = tmp_path / "run" / "scores" / "folder" / "all" / "none-0" / "average"
    blocked.parent.mkdir(parents=True)
    blocked.touch()  # a file where the folder of a part belongs
    run = ["run", experiment, "--data", pairs_folder, "--out", "run"]
    inline, done = hifbench(*run), hifbench(*run, "--workers", 2)
    assert "cannot write results to run (" in inline.err
    assert done == inline
    assert done.status == 2


def test_an_error_that_does_not_survive_the_pipe_still_says_what_it_was() -> None:
    class Odd(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(f"{one} and {two}")

    copy = child._portable(Odd(1, 2))
    assert str(copy) == "Odd: 1 and 2"
    full = child._portable(OSError(28, "No space left on device", "a.parquet"))
    assert (type(full), full.errno, full.filename) == (OSError, 28, "a.parquet")
    assert type(child._portable(UsageError("x"))) is UsageError


def test_the_engine_and_the_workers_have_to_fit(hifbench, pairs_folder, experiment) -> None:
    run = ["run", experiment, "--data", pairs_folder]
    for arguments, message in (
        (["--engine", "inline", "--workers", 2], "--engine inline has one worker, not 2"),
        (["--engine", "rey"], "'rey' is not one of 'inline', 'processes'"),
        (["--workers", 0], "Invalid value for '--workers'"),
        (["--shard", "4/3"], "--shard 4/3 is no shard; write i/n"),
    ):
        done = hifbench(*run, *arguments)
        assert done.status == 2
        assert message in done.err
        assert done.err.count("\n") == 1


def test_shards_of_one_run_equal_the_whole(hifbench, pairs_folder, experiment, tmp_path) -> None:
    run = ["run", experiment, "--data", pairs_folder, "--methods", "average,infrared,laplacian"]
    hifbench(*run, "--out", "whole")
    idle = hifbench(*run, "--out", "idle", "--shard", "9/9")  # there are six cells
    assert idle.status == 0, idle.err
    assert "partial: 6 of 6 parts are not there yet" in idle.err
    for shard, missing in (("2/4", "partial: 5 of 6 parts"), ("1/4", "partial: 3 of 6"), ("4/4", "partial: 2 of 6")):
        done = hifbench(*run, "--out", "shards", "--shard", shard)
        assert done.status == 0, done.err
        assert missing in done.err, (shard, done.err)
    before = part_times(tmp_path / "shards")
    last = hifbench(*run, "--out", "shards", "--shard", "3/4")
    assert "partial" not in last.err
    assert part_times(tmp_path / "shards").items() > before.items()
    pd.testing.assert_frame_equal(scores(tmp_path / "shards"), scores(tmp_path / "whole"), check_exact=True)
    run_json = json.loads((tmp_path / "shards" / "run.json").read_text())
    assert set(run_json["methods"]) == {"average", "infrared", "laplacian"}
    assert len(run_json["earlier_calls"]) == 3


@contextmanager
def started(arguments: list[object], *, script: bool = False) -> Iterator[subprocess.Popen[str]]:
    """The command in a process group of its own, as a shell starts it."""
    installed = Path(sys.executable).parent / "hifbench"
    command = [installed] if script and installed.exists() else [sys.executable, "-P", "-m", "hifbench"]
    with subprocess.Popen(
        [str(part) for part in [*command, *arguments]],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if group(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


def group(leader: int) -> list[str]:
    """States of the processes of a group that are not over."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True)
    lines = [line.split() for line in listed.stdout.splitlines()]
    return [state for group, state in lines if int(group) == leader and not state.startswith("Z")]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.usefixtures("plugged")
class TestTheDriverEnds:
    """While both children are at a pair that takes ten minutes."""

    @pytest.fixture
    def arguments(self, pairs_folder: Path, tmp_path: Path) -> list[object]:
        (tmp_path / "marks").mkdir()
        own = write(tmp_path / "own.toml", mortal(marks=str(tmp_path / "marks"), sleep=600.0))
        return ["run", own, "--data", pairs_folder, "--workers", 2, "--out", tmp_path / "run"]

    def test_kill_9_leaves_no_child(self, arguments, tmp_path) -> None:
        with started(arguments) as process:
            wait_until(lambda: len(list((tmp_path / "marks").iterdir())) == 2)
            process.kill()
            wait_until(lambda: not group(process.pid))

    @pytest.mark.parametrize("busy", [True, False], ids=["busy", "starting"])
    def test_ctrl_c_ends_all_without_a_word_from_the_children(self, arguments, tmp_path, busy) -> None:
        with started(arguments, script=True) as process:
            if busy:
                wait_until(lambda: len(list((tmp_path / "marks").iterdir())) == 2)
            else:
                wait_until(lambda: len(group(process.pid)) >= 3)  # they are importing torch
            os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all
            _, err = process.communicate(timeout=60)
            assert process.returncode == 130
            assert "the same command goes on from there" in err
            assert "Traceback" not in err
            wait_until(lambda: not group(process.pid))


def test_shards_at_once_share_a_run_directory(hifbench, pairs_folder, experiment, tmp_path) -> None:
    """As the tasks of a job array do."""
    run = ["run", experiment, "--data", pairs_folder, "--out", tmp_path / "run"]
    with ExitStack() as stack:
        tasks = [stack.enter_context(started([*run, "--shard", f"{index}/3"])) for index in (1, 2, 3)]
        said = [task.communicate()[1] for task in tasks]
    assert [task.returncode for task in tasks] == [0, 0, 0], said
    hifbench("run", experiment, "--data", pairs_folder, "--out", "whole")
    pd.testing.assert_frame_equal(scores(tmp_path / "run"), scores(tmp_path / "whole"))
    assert "0 fusions computed" in hifbench(*run).err


def test_a_failure_replaces_no_final_part(tmp_path) -> None:
    dataset, method = DatasetChoice(name="synthetic", split="all"), MethodChoice(name="average")
    cell = Cell(dataset, CLEAN, method, 0, ("a",), "", "scores/x.parquet")
    setup = Setup(tmp_path, None, "cpu", ("EN",), ("default",), False, "now")
    write_failure(setup, cell, MethodError("died"))
    path = tmp_path / cell.part
    assert not parts.is_final(path)
    assert scores(tmp_path)["error"].tolist() == ["died"]
    row = {**scores(tmp_path).iloc[0].to_dict(), "value": 7.0, "error": None}
    parts.write(path, [row], {})
    write_failure(setup, cell, MethodError("died"))
    assert scores(tmp_path)["value"].tolist() == [7.0]
