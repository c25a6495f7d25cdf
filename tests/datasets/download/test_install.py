"""A data set from its archives to its folder: whole, or not there."""

import errno
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from fileserver import FileServer
from PIL import Image

from hifbench.datasets import DATASETS
from hifbench.datasets._acquisition import Archive, Download, Manual
from hifbench.datasets._dataset import PairSource
from hifbench.datasets._download import transfer
from hifbench.datasets._download.install import Watch, install
from hifbench.datasets._manifest import ManifestReport, verify
from hifbench.datasets.roadscene import DATASET
from hifbench.errors import DownloadError, UsageError


def roadscene(stems: tuple[str, ...] = ("FLIR_00006", "FLIR_00018"), top: str = "RoadScene-ab71420/") -> bytes:
    """An archive as GitHub makes it, with some of the pairs."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        if top:
            archive.writestr(top, b"")
        archive.writestr(f"{top}README.md", b"read me")
        for side in ("cropinfrared", "crop_LR_visible"):
            for level, stem in enumerate(stems):
                image = io.BytesIO()
                Image.new("L", (9, 9), level + 40 * len(side) % 200).save(image, "JPEG")
                archive.writestr(f"{top}{side}/{stem}.jpg", image.getvalue())
    return made.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(transfer, "PAUSES", (0.0, 0.0))
    with FileServer(roadscene()) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "RoadScene"


def one(server: FileServer, **more: str) -> Download:
    return Download((Archive(server.url, subfolder="*", **more),), stated_by="a test")


def left(folder: Path) -> set[str]:
    """What is beside the folder, but for the lock."""
    return {path.name for path in folder.parent.iterdir()} - {".RoadScene.lock"}


def test_a_data_set_arrives_with_a_manifest_that_holds(server: FileServer, folder: Path) -> None:
    sha256 = hashlib.sha256(server.content).hexdigest()
    made = install(DATASET, one(server), folder, Watch())
    assert (made.folder, made.files, made.pairs, made.unchecked) == (folder, 5, 2, {server.url: sha256})
    assert left(folder) == {"RoadScene"}
    assert verify(folder) == ManifestReport(files=5, missing=(), changed=(), extra=())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["archives"] == [
        {"url": server.url, "bytes": len(server.content), "sha256": sha256, "published": {}}
    ]
    assert manifest["licence"] == DATASET.card.licence
    (folder / "crop_LR_visible/FLIR_00018.jpg").unlink()
    (folder / "README.md").write_bytes(b"READ me")
    assert verify(folder) == ManifestReport(5, ("crop_LR_visible/FLIR_00018.jpg",), ("README.md",), ())


def test_published_checksums_are_compared(server: FileServer, folder: Path) -> None:
    right = {name: hashlib.new(name, server.content).hexdigest() for name in ("md5", "sha256")}
    assert install(DATASET, one(server, **right), folder, Watch()).unchecked == {}


@pytest.mark.parametrize("name", ["md5", "sha256"])
def test_a_wrong_checksum_leaves_nothing(server: FileServer, folder: Path, name: str) -> None:
    wrong = "0" * len(hashlib.new(name).hexdigest())
    with pytest.raises(DownloadError, match=f"the {name} is .*, published is {wrong}.* was removed") as caught:
        install(DATASET, one(server, **{name: wrong}), folder, Watch())
    assert server.url in str(caught.value)
    assert left(folder) == set()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>sign in</html>", "no zip"),
        (roadscene()[:-30], "damaged"),
        (roadscene(top="../"), "leads out"),
        (roadscene(top="/"), "absolute"),
        (roadscene(top=""), "claim one place"),  # the folder to leave out is not there
        (roadscene(top="other/deep/"), "is not RoadScene"),
        (roadscene(stems=()), "is not RoadScene"),
    ],
)
def test_an_archive_of_no_use_leaves_nothing(server: FileServer, folder: Path, content: bytes, why: str) -> None:
    server.content = content
    with pytest.raises(DownloadError, match=why):
        install(DATASET, one(server), folder, Watch())
    assert left(folder) == set()
    server.content, server.etag = roadscene(), '"two"'
    install(DATASET, one(server), folder, Watch())
    assert left(folder) == {"RoadScene"}


@pytest.mark.parametrize(
    ("content", "why"), [(roadscene(top="other/deep/"), "is not RoadScene"), (roadscene(top="../"), "leads out")]
)
def test_an_archive_with_the_published_checksum_is_kept(
    server: FileServer, folder: Path, content: bytes, why: str
) -> None:
    server.content = content
    published = one(server, sha256=hashlib.sha256(content).hexdigest())
    for _ in range(2):
        with pytest.raises(DownloadError, match=why) as caught:
            install(DATASET, published, folder, Watch())
        assert "is kept in" in str(caught.value)
        assert (folder.parent / ".RoadScene.download" / "0.part").read_bytes() == content
    assert len(server.asked) == 1


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE])
def test_a_fault_of_this_machine_costs_no_download(
    server: FileServer, folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> bytes:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipExtFile, "read", fail)
        with pytest.raises(DownloadError, match=os.strerror(number)):
            install(DATASET, one(server), folder, Watch())
    install(DATASET, one(server), folder, Watch())
    assert len(server.asked) == 1


def test_a_reader_that_is_missing_costs_no_download(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(root: Path | None) -> list[PairSource]:
        raise UsageError("pip install it") from ImportError("no module")

    with monkeypatch.context() as patch:
        patch.setattr(DATASET, "find", find)
        with pytest.raises(UsageError, match="pip install it"):
            install(DATASET, one(server), folder, Watch())
    assert left(folder) == {".RoadScene.download"}
    install(DATASET, one(server), folder, Watch())
    assert len(server.asked) == 1


def test_an_archive_with_a_manifest_of_its_own_is_refused(server: FileServer, folder: Path) -> None:
    made = io.BytesIO(server.content)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("top/Manifest.JSON", b"{}")
    server.content = made.getvalue()
    with pytest.raises(DownloadError, match="claim one place"):
        install(DATASET, one(server), folder, Watch())


def test_several_archives_make_one_folder(server: FileServer, folder: Path) -> None:
    def only(side: str) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(roadscene())) as whole, zipfile.ZipFile(made, "w") as part:
            for name in whole.namelist():
                if side in name:
                    part.writestr(name, whole.read(name))
        return made.getvalue()

    server.content = only("cropinfrared")
    with FileServer(only("crop_LR_visible")) as second:
        second.answers = [404]
        download = Download((Archive(server.url, subfolder="*"), Archive(second.url, subfolder="*")), "a test")
        with pytest.raises(DownloadError, match="404"):
            install(DATASET, download, folder, Watch())
        assert install(DATASET, download, folder, Watch()).pairs == 2
    assert len(server.asked) == 1  # the first archive was kept


def test_a_folder_that_is_there_is_never_touched(server: FileServer, folder: Path) -> None:
    folder.mkdir(parents=True)
    for make in (lambda: None, lambda: (folder / "mine.txt").write_text("mine")):
        make()
        with pytest.raises(UsageError, match="is there already; nothing is overwritten"):
            install(DATASET, one(server), folder, Watch())
    folder.joinpath("mine.txt").unlink()
    folder.rmdir()
    folder.symlink_to("nowhere")
    with pytest.raises(UsageError, match="is there already"):
        install(DATASET, one(server), folder, Watch())
    assert server.asked == []


def test_a_folder_that_appears_meanwhile_is_not_touched(server: FileServer, folder: Path) -> None:
    def appear() -> None:
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")

    server.on_request = appear
    with pytest.raises(DownloadError, match="not empty"):
        install(DATASET, one(server), folder, Watch())
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_two_calls_at_once_are_one_too_many(server: FileServer, folder: Path) -> None:
    folder.parent.mkdir()
    with FileLock(folder.parent / ".RoadScene.lock"), pytest.raises(UsageError, match="another call is getting"):
        install(DATASET, one(server), folder, Watch())
    assert server.asked == []
    install(DATASET, one(server), folder, Watch())


@pytest.mark.parametrize("stage", ["downloading", "checking", "unpacking"])
def test_an_interrupt_keeps_what_was_downloaded(
    server: FileServer, folder: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "_CHUNK", 1000)
    size = len(server.content)

    def stop(what: str, done: int, total: int | None) -> None:
        if what == stage and done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(DATASET, one(server), folder, Watch(on_bytes=stop))
    assert left(folder) == {".RoadScene.download"}
    assert {path.name for path in (folder.parent / ".RoadScene.download").iterdir()} == {"0.part", "0.part.json"}
    kept = (folder.parent / ".RoadScene.download" / "0.part").stat().st_size
    assert kept == size if stage != "downloading" else 1000 <= kept < size
    install(DATASET, one(server), folder, Watch())
    assert server.asked[1:] == ([] if stage != "downloading" else [f"bytes={kept}-"])
    assert left(folder) == {"RoadScene"}


def test_what_a_killed_call_unpacked_is_made_anew(server: FileServer, folder: Path) -> None:
    stray = folder.parent / ".RoadScene.download" / "tree" / "cropinfrared" / "FLIR_00006.jpg"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half a pict")
    install(DATASET, one(server), folder, Watch())
    report = verify(folder)
    assert report is not None
    assert (report.ok, report.extra) == (True, ())


@pytest.mark.parametrize("file", ["0.part", "0.part.json", "FLIR_00018.jpg", "manifest.json"])
def test_a_full_disk_is_said_and_the_next_call_goes_on(
    server: FileServer, folder: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *arguments: object, **more: object) -> object:
        if path.name == file or (path.name.startswith(f".{Path(file).stem}.") and path.suffix == ".tmp"):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return opened(path, *arguments, **more)  # type: ignore[arg-type]

    opened = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(DownloadError, match=r"No space left on device.* make room"):
            install(DATASET, one(server), folder, Watch())
    assert not folder.exists()
    assert not (folder.parent / ".RoadScene.download" / "tree").exists()
    install(DATASET, one(server), folder, Watch())
    assert len(server.asked) == (2 if file.startswith("0") else 1)
    assert left(folder) == {"RoadScene"}


def test_a_root_that_cannot_be_written_is_said(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match=r"cannot write .*RoadScene .* choose another --data"):
        install(DATASET, one(server), tmp_path / "file" / "RoadScene", Watch())


def test_limits_hold_for_what_is_installed(server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = io.BytesIO(server.content)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("top/bomb.bmp", bytes(20_000_000))
    server.content = made.getvalue()
    with pytest.raises(DownloadError, match="more than an archive of images"):
        install(DATASET, one(server), folder, Watch())
    assert left(folder) == set()


def test_every_card_says_how_its_data_set_is_got() -> None:
    for name in DATASETS.names():
        card = DATASETS.get(name).card
        match card.acquisition:
            case Download(archives=archives, stated_by=stated_by):
                assert archives
                assert stated_by
                for archive in archives:
                    assert archive.url.startswith("https://")
                    for digest, length in ((archive.md5, 32), (archive.sha256, 64)):
                        assert digest == "" or len(bytes.fromhex(digest)) * 2 == len(digest) == length
                        assert digest == digest.lower()
            case Manual(steps=steps, layout=layout):
                assert steps
                assert layout
            case None:
                assert not card.folder, f"{name}: no word on how to get it"


def test_an_address_that_nobody_has_tried_is_called_so() -> None:
    download = Download((Archive("https://example.org/a.zip"),), stated_by="its README")
    assert download.standing == "as stated by its README; address not checked by us"
    assert replace(download, checked="2026-01-31").standing == "as stated by its README; checked by us on 2026-01-31"
