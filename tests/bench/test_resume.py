"""What is left after a run was stopped, and what two calls at once do to each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from rundir import part_times, scores

from hifbench.bench import parts
from hifbench.bench.parts import COLUMNS


def test_writers_of_one_part_do_not_disturb_each_other(tmp_path) -> None:
    rows = [dict.fromkeys(COLUMNS.names)]
    paths = [tmp_path / f"{index}.parquet" for index in range(40)] * 4
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda path: parts.write(path, rows, {}), paths))
    assert len(list(tmp_path.iterdir())) == 40


def test_parts_are_arranged_by_two_calls_at_once(tmp_path) -> None:
    for index in range(100):
        path = tmp_path / "scores" / f"{index}.parquet"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    expected = [f"scores/{index}.parquet" for index in range(50)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: parts.arrange(tmp_path, expected), range(4)))
    assert len(list((tmp_path / "scores").iterdir())) == 50
    assert len(list((tmp_path / "superseded").iterdir())) == 50


def start(experiment: Path, pairs: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "hifbench", "run", experiment, "--data", pairs, "--out", out]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def finish(experiment: Path, pairs: Path, out: Path) -> None:
    with start(experiment, pairs, out) as process:
        _, err = process.communicate()
    assert process.returncode == 0, err


def wait_for_part(run_dir: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not list(run_dir.rglob("[!.]*.parquet")):
        assert process.poll() is None, "the run ended before it was stopped"
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def long_experiment(pairs_folder: Path, tmp_path: Path) -> Path:
    """Six pairs in six chunks, enlarged and under all metrics, so that it lasts some seconds."""
    for path in pairs_folder.rglob("*.png"):
        Image.open(path).resize((320, 240)).save(path)
    own = tmp_path / "long.toml"
    own.write_text(
        'title = "T"\nmethods = ["average", "maximum", "laplacian"]\nchunk = 1\n[[datasets]]\nname = "folder"\n'
    )
    return own


def test_kill_9_loses_nothing_that_was_written(long_experiment: Path, pairs_folder: Path, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with start(long_experiment, pairs_folder, killed) as process:
        wait_for_part(killed, process)
        os.kill(process.pid, signal.SIGKILL)
    before = part_times(killed)
    assert 0 < len(before) < 18
    finish(long_experiment, pairs_folder, killed)
    after = part_times(killed)
    assert {path: after[path] for path in before} == before
    finish(long_experiment, pairs_folder, whole)
    pd.testing.assert_frame_equal(scores(killed), scores(whole))
    assert len(scores(whole)) == 6 * 3 * 10


def test_ctrl_c_stops_at_once_and_says_how_to_go_on(long_experiment: Path, pairs_folder: Path, tmp_path: Path) -> None:
    with start(long_experiment, pairs_folder, tmp_path / "run") as process:
        wait_for_part(tmp_path / "run", process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
