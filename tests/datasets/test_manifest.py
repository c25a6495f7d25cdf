"""Folders compared with their manifests."""

import hashlib
import json
from pathlib import Path

import pytest

from hifbench.datasets._manifest import ManifestReport, verify
from hifbench.errors import UsageError


def entry(path: str, content: bytes) -> dict[str, object]:
    return {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ir").mkdir()
    listed = []
    for name, content in (("ir/1.png", b"one"), ("ir/2.png", b"two"), ("labels.txt", b"text")):
        (tmp_path / name).write_bytes(content)
        listed.append(entry(name, content))
    (tmp_path / "manifest.json").write_text(json.dumps({"dataset": "d", "files": listed}), encoding="utf-8")
    return tmp_path


def test_an_unchanged_folder_is_ok(folder: Path) -> None:
    report = verify(folder)
    assert report == ManifestReport(files=3, missing=(), changed=(), extra=())
    assert report.ok


def test_every_difference_is_named(folder: Path) -> None:
    (folder / "ir/1.png").unlink()
    (folder / "ir/2.png").write_bytes(b"TWO")  # as long as before
    (folder / "labels.txt").write_bytes(b"longer text")
    (folder / "ir/3.PNG").write_bytes(b"three")
    (folder / "notes.md").write_bytes(b"no image")
    report = verify(folder)
    assert report == ManifestReport(3, ("ir/1.png",), ("ir/2.png", "labels.txt"), ("ir/3.PNG",))
    assert not report.ok


def test_extra_images_do_no_harm(folder: Path) -> None:
    (folder / "new.png").touch()
    report = verify(folder)
    assert report is not None
    assert (report.ok, report.extra) == (True, ("new.png",))


def test_no_manifest_is_none(tmp_path: Path) -> None:
    assert verify(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"files": 3}',
        '{"files": ["a"]}',
        '{"files": [{"path": "a", "bytes": 1}]}',
        '{"files": [{"path": "a", "bytes": "1", "sha256": ""}]}',
        '{"files": [{"path": "../a", "bytes": 1, "sha256": ""}]}',
        '{"files": [{"path": "/a", "bytes": 1, "sha256": ""}]}',
        '{"files": [{"path": ["a"], "bytes": 1, "sha256": ""}]}',
        '{"files": [{"path": 1, "bytes": 1, "sha256": ""}]}',
    ],
)
def test_a_malformed_manifest_is_an_error_of_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="get it anew or remove it") as caught:
        verify(tmp_path)
    assert str(tmp_path / "manifest.json") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_manifest_of_other_bytes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no manifest"):
        verify(tmp_path)


FOLDERS = ("FLIR_AUIF", "GFP-PC", "Harvard", "LLVIP", "M3FD", "MSRS", "RoadScene", "TNO", "VTUAV")


@pytest.mark.parametrize("name", FOLDERS)
def test_one_flipped_bit_and_one_missing_file_of_a_real_folder_are_found(
    name: str, shared: Path, tmp_path: Path
) -> None:
    original = shared / "data" / name
    listed = [entry["path"] for entry in json.loads((original / "manifest.json").read_text())["files"]]
    for file in ["manifest.json", *listed]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).symlink_to(original / file)
    flipped, gone = listed[len(listed) // 3], listed[-1]
    content = bytearray((original / flipped).read_bytes())
    content[len(content) // 2] ^= 1
    for file in (flipped, gone):
        (tmp_path / file).unlink()
    (tmp_path / flipped).write_bytes(content)
    assert verify(tmp_path) == ManifestReport(len(listed), missing=(gone,), changed=(flipped,), extra=())
