"""Who else writes into a run directory: told as long as its process lives, and no longer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from hifbench.bench.shard import Shard
from hifbench.bench.writers import writing

HOLD = """
import sys, time
from filelock import FileLock
lock = FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes into the run directory ``run``."""
    mark = tmp_path / "run" / ".writing" / "all" / "4711@box@5ab1e"
    mark.parent.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(mark)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_writer_is_known_until_its_process_ends(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    run_dir = tmp_path / "run"
    with writing(run_dir, None) as others:
        assert others == ["process 4711 on box"]
    with writing(run_dir, Shard(2, 8)) as others:
        assert others == []  # another share of the work
    other.send_signal(signal.SIGKILL)
    other.wait()
    with writing(run_dir, None) as others:
        assert others == []
    assert not list((run_dir / ".writing" / "all").iterdir())


def test_a_mark_is_held_while_it_lasts(tmp_path: Path) -> None:
    with writing(tmp_path, Shard(1, 2)):
        (mark,) = (tmp_path / ".writing" / "1-of-2").iterdir()
        with pytest.raises(TimeoutError):
            FileLock(mark, blocking=False).acquire()
    assert not mark.exists()


def test_a_second_writer_of_one_process_number_and_host_does_not_wait(tmp_path: Path) -> None:
    with writing(tmp_path, None) as first, writing(tmp_path, None) as second:
        assert first == []
        assert second == [f"process {os.getpid()} on {socket.gethostname()}"]
        with FileLock(tmp_path / ".lock", blocking=False):  # nor does anybody else
            pass
    assert not list((tmp_path / ".writing" / "all").iterdir())


def test_a_run_says_that_another_one_is_at_work(hifbench, pairs_folder, experiment, tmp_path: Path, other) -> None:
    run = ("run", experiment, "--data", pairs_folder, "--methods", "average", "--out", "run")
    done = hifbench(*run)
    assert done.status == 0, done.err
    assert "another call is writing to run too (process 4711 on box)" in done.err
    assert "6 fusions computed" in done.err
    assert "another call" not in hifbench(*run).err  # nothing is left to do
