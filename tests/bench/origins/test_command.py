"""Commands as methods: what they may do wrong ends in an error row, and no process outlives the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from rundir import scores

from hifbench.bench.experiment import MethodChoice
from hifbench.bench.origins.command import CommandFailure
from hifbench.bench.origins.lookup import origin_of
from hifbench.errors import UsageError

TOOL = """
import os, subprocess, sys, time
from PIL import Image
mode, ir, vis, out = sys.argv[1:]
mean = Image.blend(Image.open(ir), Image.open(vis), 0.5)
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
if mode in ("grey", "leaves"): mean.save(out)
if mode == "colour": Image.merge("RGB", [mean] * 3).save(out, format="BMP")
if mode in ("leaves", "hangs"): open("pid", "w").write(str(subprocess.Popen(sleeper).pid))
if mode == "hangs": time.sleep(600)
while mode == "floods": print("x" * 1000)
if mode == "outside": mean.save("strayed.png")
if mode == "beside": mean.save(os.path.join(os.path.dirname(out), "mine.png"))
if mode == "small": mean.resize((10, 9)).save(out)
if mode == "fails": print("loading\\n\\x1b[31mno such weights"); sys.exit(3)
if mode == "dies": os.abort()
if mode == "links": os.symlink(ir, out)
folder = os.path.dirname(out)
if mode in ("moves", "removes"): os.rmdir(folder)
if mode == "moves": os.mkdir("away"); os.symlink(os.path.abspath("away"), folder); mean.save(out)
if mode == "orphans": os.kill(os.getppid(), 9); time.sleep(2)
if mode == "pipes": os.mkfifo(out)
if mode == "text": open(out, "w").write("a picture")
if mode == "sixteen": Image.new("I;16", mean.size, 1000).save(out)
"""


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command, which takes a mode in place of ``MODE``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tool.py").write_text(TOOL)
    return f"'{sys.executable}' tool.py MODE {{ir}} {{vis}} {{out}}"


def method_of(tool: str, mode: str, timeout: float = 60):
    choice = MethodChoice(name="theirs", command=tool.replace("MODE", mode), timeout=timeout)
    origin = origin_of(choice)
    origin.check()
    return origin.build("cpu")


def images() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randint(0, 256, (1, 1, 24, 32), generator=generator) / 255 for _ in range(2))  # type: ignore[return-value]


def is_gone(pid: int) -> bool:
    """Whether a process has ended, within two seconds."""
    for _ in range(40):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("mode", ["grey", "colour"])
def test_the_picture_that_is_written_is_the_result(tool: str, mode: str) -> None:
    ir, vis = images()
    fused = method_of(tool, mode).fuse(ir, vis) * 255
    assert (fused - (ir + vis) / 2 * 255).abs().max() <= 1  # Pillow's blend cuts the half off
    assert torch.equal(fused, fused.round())


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("silent", r"wrote no \{out\}, it said nothing"),
        ("outside", r"wrote no \{out\} but there is now strayed.png in the folder it ran in"),
        ("beside", r"wrote no \{out\} but there is now out/mine.png"),
        ("small", "wrote a picture of 10x9 for images of 32x24"),
        ("fails", r"exit status 3, it said: loading \| \[31mno such weights"),
        ("dies", r"exit status 134 \(killed by SIGABRT\)"),
        ("links", "something else than a file"),
        ("moves", r"replaced the folder of \{out\} by a link"),
        ("removes", r"wrote no \{out\}, it said nothing"),
        ("orphans", r"no exit status \(what watches it was killed by SIGKILL\)"),
        ("pipes", "something else than a file"),
        ("text", "is no picture: cannot read {out}"),
        ("sixteen", "holds more than 8 bit"),
    ],
)
def test_what_goes_wrong_is_said(tool: str, mode: str, message: str) -> None:
    with pytest.raises(CommandFailure, match=message):
        method_of(tool, mode).fuse(*images())


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tool: str) -> None:
    with pytest.raises(CommandFailure, match="stopped after 3 s, it said nothing; give the row more 'timeout'"):
        method_of(tool, "hangs", timeout=3).fuse(*images())
    assert is_gone(int(Path("pid").read_text()))


def test_what_a_command_leaves_running_is_ended(tool: str) -> None:
    method_of(tool, "leaves").fuse(*images())
    assert is_gone(int(Path("pid").read_text()))


def test_a_flood_is_cut_and_ended(tool: str) -> None:
    with pytest.raises(CommandFailure, match=r"MiB of output, it said: x+; give") as caught:
        method_of(tool, "floods", timeout=3).fuse(*images())
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_ctrl_c_and_kill_end_the_command_too(tool: str, pairs_folder, tmp_path, number: int, status: int) -> None:
    row = f'{{ name = "theirs", command = "{tool.replace("MODE", "hangs")}" }}'
    (tmp_path / "own.toml").write_text(
        f'title = "T"\nmetrics = ["EN"]\nmethods = [{row}]\n[[datasets]]\nname = "folder"\n'
    )
    command = [sys.executable, "-m", "hifbench", "run", "own.toml", "--data", str(pairs_folder), "--out", "run"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(run.pid, number)
    assert run.wait(30) == status
    assert is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"command": "x {ir} {vis}"}, "lacks {out}"),
        ({"command": "x '{ir} {vis} {out}"}, "close the quote"),
        ({"command": "no-such-program {ir} {vis} {out}"}, "no program 'no-such-program'"),
    ],
)
def test_commands_that_cannot_be_run(row: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        origin_of(MethodChoice(name="theirs", **row)).check()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"name": "average", "command": "x {ir} {vis} {out}"}, "bears the name of a method of hifbench"),
        ({"name": "theirs", "command": "x {ir} {vis} {out}", "options": {"a": 1}}, "takes no 'options'"),
        ({"name": "average", "timeout": 3}, "'timeout' is for a command"),
        ({"name": "average", "version": "2"}, "'version' is for a command or module:callable"),
    ],
)
def test_keys_that_do_not_go_together(row: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        MethodChoice(**row)  # type: ignore[arg-type]


def test_a_row_of_a_run(hifbench, pairs_folder, tool: str, tmp_path: Path) -> None:
    def write(version: str) -> None:
        (tmp_path / "own.toml").write_text(
            f'title = "T"\nmetrics = ["EN", "SSIM"]\nmethods = ["average", {{ name = "theirs", version = "{version}", '
            f'command = "{tool.replace("MODE", "grey")}" }}]\n[[datasets]]\nname = "folder"\n'
        )

    write("1")
    run = ("run", "own.toml", "--data", pairs_folder, "--limit", 2, "--out", "run", "--methods", "theirs")
    done = hifbench(*run, "--workers", 2)
    assert done.status == 0, done.err
    table = scores(Path("run"))
    assert set(table["method"]) == {"theirs"}
    assert table["value"].notna().all()
    assert "0 fusions computed" in hifbench(*run).err
    write("2")
    assert "2 fusions computed" in hifbench(*run).err
