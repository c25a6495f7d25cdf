"""``hifbench data get``: terms, exit status, one-line errors, steps, and an interrupt that is heard at once."""

from __future__ import annotations

import hashlib
import io
import os
import pty
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from fileserver import FileServer
from PIL import Image

from hifbench.datasets._acquisition import Archive, Download, Manual
from hifbench.datasets._download import transfer
from hifbench.datasets.roadscene import DATASET

CARD = DATASET.card


def archive(pairs: int) -> bytes:
    made = io.BytesIO()
    ids = DATASET.split_ids("all") or []
    with zipfile.ZipFile(made, "w") as opened:
        for level, side in ((60, "cropinfrared"), (90, "crop_LR_visible")):
            image = io.BytesIO()
            Image.new("L", (9, 9), level).save(image, "JPEG")
            for stem in ids[:pairs]:
                opened.writestr(f"RoadScene-ab71420/{side}/{stem}.jpg", image.getvalue())
    return made.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Serves what ``roadscene`` is downloaded from."""
    monkeypatch.setattr(transfer, "PAUSES", (0.0, 0.0))
    with FileServer(archive(221)) as running:
        source = Download((Archive(running.url, subfolder="*"),), stated_by="a test")
        monkeypatch.setattr(DATASET, "card", replace(CARD, acquisition=source))
        yield running


def test_a_data_set_is_got_and_then_checked_instead(hifbench, server: FileServer, tmp_path: Path) -> None:
    call = ["data", "get", "roadscene", "--data", tmp_path / "data", "--accept-terms"]
    done = hifbench(*call)
    assert (done.status, done.out) == (0, "")
    for text in (CARD.licence, CARD.citation, server.url, "address not checked by us", "442 files in"):
        assert text in done.err
    assert f"no checksum is published for {server.url}; what came has the sha256" in done.err
    assert hashlib.sha256(server.content).hexdigest() in done.err
    assert hifbench("data", "verify", "roadscene", "--data", tmp_path / "data").status == 0
    again = hifbench(*call)
    assert again.status == 0
    assert "is there already and is left as it is; checking it" in again.err
    assert "442 files in manifest.json, as it says" in again.err
    assert len(server.asked) == 1
    next((tmp_path / "data" / "RoadScene" / "cropinfrared").iterdir()).write_bytes(b"")
    damaged = hifbench(*call[:-1])  # nothing is downloaded, so no terms are asked for
    assert damaged.status == 1
    assert "1 changed" in damaged.err


def test_less_than_the_card_says_is_status_1(hifbench, server: FileServer, tmp_path: Path) -> None:
    server.content = archive(3)
    done = hifbench("data", "get", "roadscene", "--data", tmp_path, "--accept-terms")
    assert done.status == 1
    assert "3 pairs found, the full data set has 221" in done.err


def test_an_empty_folder_of_that_name_is_not_filled(hifbench, server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "RoadScene").mkdir()
    done = hifbench("data", "get", "roadscene", "--data", tmp_path, "--accept-terms")
    assert done.status != 0
    assert "is there already" in done.err
    assert not any((tmp_path / "RoadScene").iterdir())


def test_the_terms_are_shown_where_nobody_can_be_asked(hifbench, server: FileServer, tmp_path: Path) -> None:
    done = hifbench("data", "get", "roadscene", "--data", tmp_path / "data")
    assert done.status == 2
    assert CARD.licence in done.err
    assert done.err.splitlines()[-1].startswith("hifbench: data get roadscene: accept the terms above with --accept-t")
    assert not (tmp_path / "data").exists()
    assert server.asked == []


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("YES\n", 0), ("n\n", 2), ("\n", 2), ("", 2)])
def test_the_user_is_asked(
    hifbench, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    done = hifbench("data", "get", "roadscene", "--data", tmp_path)
    assert done.status == status
    assert done.err.index(CARD.licence) < done.err.index("Do you accept these terms? [y/N]")
    assert (tmp_path / "RoadScene").exists() == (status == 0)
    if status:
        assert "the terms were not accepted; nothing was downloaded" in done.err
        assert server.asked == []


def test_what_goes_wrong_on_the_way_is_status_1_and_one_line(hifbench, server: FileServer, tmp_path: Path) -> None:
    server.answers = [404]
    done = hifbench("data", "get", "roadscene", "--data", tmp_path, "--accept-terms")
    assert done.status == 1
    assert done.err.splitlines()[-1].startswith(f"hifbench: {server.url}: the server answered 404 Not Found")
    assert "Traceback" not in done.err
    assert not (tmp_path / "RoadScene").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which data set? flir-auif, ino, msrs, roadscene, tno can be downloaded"),
        (["tnoo"], "unknown data set 'tnoo'"),
        (["tno"], "give --data ROOT, or set HIFBENCH_DATA"),
    ],
)
def test_wrong_calls(hifbench, arguments: list[str], message: str) -> None:
    done = hifbench("data", "get", *arguments)
    assert done.status == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["synthetic", "folder"])
def test_what_needs_no_download_says_so(hifbench, name: str) -> None:
    done = hifbench("data", "get", name)
    assert done.status == 0
    assert "nothing to get" in done.err


@pytest.mark.parametrize("with_root", [True, False])
def test_steps_are_printed_for_what_hides_behind_a_form(
    hifbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_root: bool
) -> None:
    steps = Manual(("Fill in the form at example.org [sic].", "Unpack."), ("cropinfrared/*.jpg  221 infrared images",))
    monkeypatch.setattr(DATASET, "card", replace(CARD, acquisition=steps))
    done = hifbench("data", "get", "roadscene", *(["--data", tmp_path] if with_root else []))
    assert done.status == 1  # it is not there
    folder = (tmp_path if with_root else Path("ROOT")) / "RoadScene"
    for text in (
        "  1. Fill in the form at example.org [sic].\n  2. Unpack.\n",
        f"  {folder} must then hold:\n    cropinfrared/*.jpg  221 infrared images\n",
        "'hifbench data verify roadscene' checks it",
        "address not checked by us",
        CARD.licence,
    ):
        assert text in done.out


def test_no_word_on_how_to_get_it_is_said(hifbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DATASET, "card", replace(CARD, acquisition=None))
    done = hifbench("data", "get", "roadscene", "--data", tmp_path)
    assert done.status == 2
    assert CARD.home in done.err


CALL = """
import dataclasses, sys
from hifbench.bench.cli import main
from hifbench.datasets._acquisition import Archive, Download
from hifbench.datasets.roadscene import DATASET
source = Download((Archive(sys.argv.pop(), subfolder="*"),), stated_by="a test")
DATASET.card = dataclasses.replace(DATASET.card, acquisition=source)
main()
"""


def test_ctrl_c_is_heard_while_bytes_come_and_the_next_call_goes_on(server: FileServer, tmp_path: Path) -> None:
    server.hold = Event()
    command = [sys.executable, "-P", "-c", CALL, "data", "get", "roadscene", "--data", tmp_path, "--accept-terms"]
    running = subprocess.Popen([*map(str, command), server.url], stderr=subprocess.PIPE, text=True)
    partial = tmp_path / ".RoadScene.download" / "0.part"
    await_until(lambda: partial.exists() and partial.stat().st_size == 1000)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=300)  # the server would hold it for longer
    assert running.returncode == 130
    assert "stopped; what is whole is kept, the same command gets the rest" in err
    assert "Traceback" not in err
    assert partial.stat().st_size == 1000
    server.hold.set()
    subprocess.run([*map(str, command), server.url], check=True, capture_output=True)
    assert server.asked == [None, "bytes=1000-"]


def test_progress_is_shown_on_a_terminal_and_only_there(server: FileServer, tmp_path: Path) -> None:
    main, terminal = pty.openpty()
    command = [sys.executable, "-P", "-c", CALL, "data", "get", "roadscene", "--data", tmp_path, "--accept-terms"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    running = subprocess.Popen([*map(str, command), server.url], stderr=terminal, env=environment)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(main, 4096):
            shown += piece
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    os.close(main)
    assert running.wait() == 0
    assert b"downloading" in shown or b"unpacking" in shown
    assert b"\x1b[" in shown


def await_until(done, seconds: float = 300) -> None:
    for _ in range(int(seconds / 0.02)):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("nothing happened")
