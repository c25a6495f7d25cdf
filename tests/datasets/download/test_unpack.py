"""Archives, honest ones and hostile ones: what arrives, and that nothing arrives outside the folder."""

import errno
import gzip
import hashlib
import io
import stat
import struct
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hifbench.datasets._download.names import Names
from hifbench.datasets._download.unpack import Limits, unpack
from hifbench.errors import DownloadError

NOISE = hashlib.shake_256(b"noise").digest(20_000)
FILES = {"top/a.png": b"picture", "top/b/c.txt": b"", "top/b/d.bin": NOISE * 100}


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


PACKERS = {"zip": zipped, "tar": tarred, "tar.gz": lambda files: tarred(files, "w:gz")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def unpacked(folder: Path, archive: bytes, subfolder: str = "", **more: object) -> dict[str, bytes]:
    path = folder.parent / "0.part"
    path.write_bytes(archive)
    entries = unpack(path, folder, Names(), subfolder, **more)  # type: ignore[arg-type]
    there = {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()
    }
    assert {entry.path: (entry.bytes, entry.sha256) for entry in entries} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in there.items()
    }
    return there


def refused(folder: Path, archive: bytes, why: str, **more: object) -> None:
    """The archive is refused, and nothing was written but plain files inside the folder."""
    beside = {*folder.parent.iterdir(), folder.parent / "0.part"}
    with pytest.raises(DownloadError, match=why):
        unpacked(folder, archive, **more)  # type: ignore[arg-type]
    assert set(folder.parent.iterdir()) == beside
    assert all(stat.S_IFMT(path.lstat().st_mode) in (stat.S_IFREG, stat.S_IFDIR) for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", PACKERS)
def test_everything_arrives(folder: Path, kind: str) -> None:
    told: list[int] = []
    assert unpacked(folder, PACKERS[kind](FILES), on_bytes=told.append) == FILES
    assert told[-1] == sum(map(len, FILES.values()))


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("subfolder", ["top/b", "*/b", "t?p/b"])
def test_a_subfolder_is_kept_and_the_rest_passed_over(folder: Path, kind: str, subfolder: str) -> None:
    files = {"top/a.png": NOISE, "top/b/d.bin": NOISE, "top/bb/e": b"e", "top/b/c/f": b"f", "b/g": b"g", "top/b2": b""}
    assert unpacked(folder, PACKERS[kind](files), subfolder) == {"d.bin": NOISE, "c/f": b"f"}


@pytest.mark.parametrize("kind", PACKERS)
def test_a_subfolder_that_is_not_there_is_said(folder: Path, kind: str) -> None:
    refused(folder, PACKERS[kind](FILES), "holds no file below images", subfolder="images")


def test_folders_backslashes_and_dots_do_no_harm(folder: Path) -> None:
    made = zipped({"./top/": b"", "top\\": b"", "./top\\a.png": b"1", "top/./b.png": b"2"})
    assert unpacked(folder, made) == {"top/a.png": b"1", "top/b.png": b"2"}


@settings(max_examples=30, deadline=None)
@given(
    files=st.dictionaries(
        st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join), st.binary(max_size=50)
    ),
    kind=st.sampled_from(list(PACKERS)),
)
def test_any_tree_survives(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], kind: str) -> None:
    above = {"/".join(name.split("/")[:depth]) for name in files for depth in range(1, name.count("/") + 1)}
    files = {name: content for name, content in files.items() if name not in above}
    folder = tmp_path_factory.mktemp("any") / "tree"
    folder.mkdir()
    if files:
        assert unpacked(folder, PACKERS[kind](files), limits=Limits(ratio=10**6)) == files
    else:
        refused(folder, PACKERS[kind](files), "no file|no zip", limits=Limits(ratio=10**6))


ESCAPES = {
    "../out.png": "leads out",
    "top/../../out.png": "leads out",
    "top/..": "leads out",
    "..\\out.png": "leads out",
    "/tmp/out.png": "absolute",
    "//host/share/out.png": "absolute",
    "\\out.png": "absolute",
    "C:\\out.png": "absolute",
    "C:out.png": "absolute",
    "a\x1b[2Jb.png": "cannot be the name",
    "line\nbreak.png": "cannot be the name",
    ".": "cannot be the name",
    "\u20ac" * 86: "cannot be the name",
}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("subfolder", ["", "top"])
def test_a_name_that_leads_out_is_refused(folder: Path, kind: str, name: str, subfolder: str) -> None:
    refused(folder, PACKERS[kind]({"top/a.png": NOISE, name: b"evil"}), ESCAPES[name], subfolder=subfolder)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_folder_that_leads_out_is_refused(folder: Path, kind: str) -> None:
    if kind == "zip":
        refused(folder, zipped({"a.png": NOISE, "../out/": b""}), "leads out")
        return
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz" if kind == "tar.gz" else "w") as archive:
        info = tarfile.TarInfo("../out")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    refused(folder, made.getvalue(), "leads out")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize(
    "pair",
    [
        ("a/b.png", "A/B.PNG"),
        ("\u00e9.png", "e\u0301.png"),
        ("stra\u00dfe.png", "STRASSE.png"),
        ("a", "a/b.png"),
        ("a/b.png", "A"),
        ("a/b/c.png", "a/b"),
        ("a/b.png", "a//b.png"),
        ("a/b.png", "a\\b.png"),
    ],
)
def test_two_names_for_one_place_are_refused(folder: Path, kind: str, pair: tuple[str, str]) -> None:
    refused(folder, PACKERS[kind](dict.fromkeys(pair, NOISE)), "claim one place")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused(folder: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.png", b"1")
        archive.writestr("a.png", b"2")
    refused(folder, made.getvalue(), "claim one place")
    twice = io.BytesIO()
    with tarfile.open(fileobj=twice, mode="w") as tar:
        for _ in range(2):
            tar.addfile(tarfile.TarInfo("b.png"))
    refused(folder, twice.getvalue(), "claim one place")


def test_two_archives_do_not_overwrite_each_other(folder: Path) -> None:
    names = Names()
    path = folder.parent / "0.part"
    path.write_bytes(zipped({"a.png": b"1"}))
    unpack(path, folder, names)
    for name, content in (("a.png", b"2"), ("a.png", b"12"), ("a.png", b""), ("A.png", b"1"), ("a.png/b", b"1")):
        path.write_bytes(zipped({name: content}))
        with pytest.raises(DownloadError, match=r"claim one place|an earlier archive another file of that name"):
            unpack(path, folder, names)
    assert (folder / "a.png").read_bytes() == b"1"


def test_a_file_that_archives_share_arrives_once(folder: Path) -> None:
    names = Names()
    path = folder.parent / "0.part"
    entries = []
    for scene in ("one", "two"):
        path.write_bytes(zipped({f"{scene}/a.png": NOISE, "README": NOISE * 70, "__MACOSX/._a": scene.encode()}))
        entries += unpack(path, folder, names)
    path.write_bytes(zipped({"README": NOISE * 70}))
    entries += unpack(path, folder, names)
    assert [entry.path for entry in entries] == ["one/a.png", "README", "two/a.png"]
    assert (folder / "README").read_bytes() == NOISE * 70
    assert not (folder / "__MACOSX").exists()


def test_a_disk_that_fails_is_no_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    path = folder.parent / "0.part"
    for pack in PACKERS.values():
        path.write_bytes(pack(FILES))
        with monkeypatch.context() as patch:
            patch.setattr(zipfile.ZipExtFile, "read", fail)
            patch.setattr(tarfile.ExFileObject, "read", fail)
            with pytest.raises(OSError, match="Input/output error"):
                unpack(path, folder, Names())
        for made in (folder / "top").iterdir():
            made.unlink()


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
@pytest.mark.parametrize("name", ["link", "link/"])
def test_links_and_devices_in_a_zip_are_refused(folder: Path, mode: int, name: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = (mode | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    refused(folder, made.getvalue(), "link or a device")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE]
)
@pytest.mark.parametrize("target", ["/etc/passwd", "../out.png", "a.png"])
def test_links_and_devices_in_a_tar_are_refused(folder: Path, kind: bytes, target: str) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.png"))
        info = tarfile.TarInfo("b.png")
        info.type, info.linkname = kind, target
        archive.addfile(info)
    if kind == tarfile.CONTTYPE:  # an ordinary file in all but name
        assert set(unpacked(folder, made.getvalue())) == {"a.png", "b.png"}
    else:
        refused(folder, made.getvalue(), "link or a device")


def test_a_sparse_file_is_refused(folder: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("huge.png")
        info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.map": "0,0", "GNU.sparse.size": str(1 << 50)}
        archive.addfile(info)
    refused(folder, made.getvalue(), "link or a device|damaged")


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_before_it_fills_the_disk(folder: Path, kind: str) -> None:
    made = PACKERS[kind]({"a.png": NOISE, "bomb.bmp": bytes(50_000_000)})
    assert len(made) < 100_000
    refused(folder, made, "more than an archive of images")
    assert sum(path.stat().st_size for path in folder.rglob("*.*")) <= 200 * len(made)


def test_a_bomb_that_lies_about_its_size_is_refused(folder: Path) -> None:
    made = bytearray(zipped({"a.bmp": bytes(10_000_000)}))
    central = made.rindex(b"PK\x01\x02")
    struct.pack_into("<I", made, central + 24, 100)  # "100 bytes"
    refused(folder, bytes(made), "damaged|more than")


def test_overlapping_files_count_each_time(folder: Path) -> None:
    """Many names for one compressed stream: each alone is honest."""
    one = zipped({"00.bin": bytes(400_000)})
    central, end = one.rindex(b"PK\x01\x02"), one.rindex(b"PK\x05\x06")
    entry = one[central:end]
    made = (
        one[:central] + entry * 99 + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 99, 99, 99 * len(entry), central, 0)
    )
    refused(folder, made, "claim one place|[Oo]verlap|more than")


def test_too_many_files_are_refused(folder: Path) -> None:
    for kind, pack in PACKERS.items():
        refused(folder, pack({f"{kind}{n}": b"" for n in range(11)}), "over 10 files", limits=Limits(entries=10))


def test_too_many_bytes_are_refused(folder: Path) -> None:
    for name, pack in PACKERS.items():
        refused(folder, pack({f"{name}.bin": NOISE}), "unpacks to", limits=Limits(bytes=19_999))


def test_a_header_without_end_is_not_held_in_memory(folder: Path) -> None:
    before = tarfile.TarInfo("folder")  # has no content, whatever it claims
    before.type, before.size = tarfile.DIRTYPE, 1 << 32
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.XHDTYPE, 1 << 32
    bomb = gzip.compress(
        before.tobuf(tarfile.USTAR_FORMAT) + info.tobuf(tarfile.USTAR_FORMAT) + b"9 a=bcd\n" * 500_000 + NOISE
    )
    refused(folder, bomb, "header of over")


def test_an_encrypted_file_is_refused(folder: Path) -> None:
    made = bytearray(zipped({"a.png": NOISE}))
    made[made.rindex(b"PK\x01\x02") + 8] |= 1
    refused(folder, bytes(made), "encrypted")


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html><html>sign in</html>", b"Rar!\x1a\x07\x01\x00", b"PK\x05\x06"]
)
def test_something_else_is_named(folder: Path, content: bytes) -> None:
    refused(folder, content, "no zip, tar or tar.gz file: it begins with")


@pytest.mark.parametrize("kind", PACKERS)
def test_a_truncated_archive_is_damaged(folder: Path, kind: str) -> None:
    whole = PACKERS[kind]({"a.bin": NOISE, "b.bin": NOISE[::-1]})
    for length in (300, len(whole) // 2, len(whole) * 3 // 4):
        refused(folder, whole[:length], "damaged|holds no file")
        for path in folder.iterdir():
            path.unlink()
    if kind == "tar":  # cut between two files: nothing but the mark of the end is missing
        refused(folder, whole[: 512 + 20_480], "damaged")


def test_a_tar_with_a_damaged_header_is_damaged(folder: Path) -> None:
    made = bytearray(tarred({"a.bin": NOISE, "b.bin": NOISE}))
    made[512 + 20_480 + 5] ^= 0xFF  # in the name of the second file, so that its checksum is wrong
    refused(folder, bytes(made), "damaged")


def test_a_flipped_bit_of_the_content_is_found(folder: Path) -> None:
    made = bytearray(zipped({"a.bin": NOISE}))
    made[1000] ^= 1
    refused(folder, bytes(made), "damaged")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(list(PACKERS)))
def test_no_damage_ends_in_anything_but_the_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    made = bytearray(PACKERS[kind]({"a/b.png": NOISE[:400], "c.png": b"c" * 300}))
    for _ in range(data.draw(st.integers(1, 6))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    root = tmp_path_factory.mktemp("fuzz")
    folder = root / "tree"
    folder.mkdir()
    with suppress(DownloadError):
        unpacked(folder, bytes(made))
    assert {path.name for path in root.iterdir()} == {"tree", "0.part"}


@given(names=st.lists(st.text(max_size=8) | st.sampled_from(["..", "a/..", "/", "a", "A", "a/b", "\\", "a\0"])))
def test_claimed_places_are_inside_and_distinct(names: list[str]) -> None:
    claimed, seen = Names(), []
    for name in names:
        try:
            path = claimed.claim(name)
        except DownloadError:
            continue
        assert path is not None
        assert not path.is_absolute()
        assert not {"..", "", "."} & set(path.parts)
        seen.append(path)
    keys = {path.as_posix().casefold() for path in seen}
    assert len(keys) == len(seen)
    assert not any(f"{parent}".casefold() in keys for path in seen for parent in path.parents)
