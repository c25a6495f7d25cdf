"""A data set's archives made its folder: all of it, or nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ... import __version__
from ...errors import DownloadError, HifbenchError, UsageError
from .. import _manifest
from .._acquisition import Archive, Download
from .._dataset import BrokenPair, Dataset
from .names import Names
from .transfer import discard, fetch
from .unpack import unpack

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Watch:
    """How a download is followed.

    Attributes:
        on_bytes: called with what is being done, the bytes done, and their number in the end or None.
        on_note: called with what the user should know.
    """

    on_bytes: Callable[[str, int, int | None], None] = lambda what, done, total: None
    on_note: Callable[[str], None] = lambda note: None


@dataclass(frozen=True)
class Installed:
    """What a download has become.

    Attributes:
        folder: the data set's own.
        files: how many it holds.
        pairs: how many pairs were found in it.
        unchecked: sha256 of each archive of which no checksum is published, by its address.
    """

    folder: Path
    files: int
    pairs: int
    unchecked: dict[str, str]


def install(dataset: Dataset, download: Download, folder: Path, watch: Watch) -> Installed:
    """Download, check and unpack a data set.

    Everything happens in a hidden folder beside ``folder``, which appears when it is whole, with a ``manifest.json``.
    What was downloaded stays in the hidden one until then, so that the next call goes on with it; what turned out to
    be wrong does not, unless it has the published checksum, with which it would only come again.

    Args:
        dataset: looks for its pairs in what was unpacked.
        download: its archives.
        folder: where it goes; must not be there.
        watch: how to follow.

    Raises:
        UsageError: the folder is there already, or another call is at work on it.
        DownloadError: no connection, a wrong checksum, or an archive that is damaged, not to be trusted, or not this
            data set; or no room on the disk.
    """
    hidden = folder.with_name(f".{folder.name}.download")
    try:
        with _alone(dataset.card.name, folder):
            hidden.mkdir(exist_ok=True)
            try:
                installed = _install(dataset, download, folder, hidden, watch)
                shutil.rmtree(hidden)
            finally:
                with suppress(OSError):
                    hidden.rmdir()  # when nothing in it is worth keeping
    except OSError as error:
        raise DownloadError(
            f"cannot write or read {folder} ({error.strerror or error}); mend it, make room or choose another --data; "
            f"the same command goes on with the archives that are whole"
        ) from error
    return installed


@contextmanager
def _alone(name: str, folder: Path) -> Iterator[None]:
    """Nobody else is at work on the folder, and it is not there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock"), blocking=False):
            if os.path.lexists(folder):
                raise UsageError(f"{folder} is there already; nothing is overwritten: move it away to get it anew")
            yield
    except Timeout as error:
        raise UsageError(f"another call is getting '{name}' into {folder}; wait for it") from error


def _install(dataset: Dataset, download: Download, folder: Path, hidden: Path, watch: Watch) -> Installed:
    partials = [hidden / f"{number}.part" for number in range(len(download.archives))]
    facts = []
    for archive, partial in zip(download.archives, partials, strict=True):
        fetch(archive.url, partial, lambda done, total: watch.on_bytes("downloading", done, total), watch.on_note)
        facts.append(_check(archive, partial, watch))
    tree = hidden / "tree"
    _remove(tree)  # of a call that was killed
    tree.mkdir()
    try:
        files: list[_manifest.FileEntry] = []
        names = Names()
        names.claim(_manifest.NAME)
        for archive, partial in zip(download.archives, partials, strict=True):
            files += _unpacked(archive, partial, tree, names, watch)
        pairs = _count_pairs(dataset, tree, download.archives, partials)
        manifest = {
            "dataset": dataset.card.name,
            "home": dataset.card.home,
            "licence": dataset.card.licence,
            "archives": facts,
            "got": datetime.now(UTC).isoformat(timespec="seconds"),
            "hifbench": __version__,
        }
        _manifest.write(tree, files, manifest)
        tree.rename(folder)
    finally:
        _remove(tree)
    unchecked = {fact["url"]: fact["sha256"] for fact in facts if not fact["published"]}
    return Installed(folder, len(files), pairs, unchecked)


def _count_pairs(dataset: Dataset, tree: Path, archives: Sequence[Archive], partials: Sequence[Path]) -> int:
    """Pairs that were unpacked; without any the archives are of no use."""
    try:
        found = sum(not isinstance(source, BrokenPair) for source in dataset.find(tree))
        if not found:
            raise UsageError("no whole pair is in it")
    except HifbenchError as error:
        if isinstance(error.__cause__, ImportError):
            raise  # a package that reads these files is missing, which is not their fault
        raise DownloadError(
            f"what was downloaded is not {dataset.card.title} ({error}) and {_put_away(archives, partials)}; see "
            f"{dataset.card.home}"
        ) from error
    return found


def _put_away(archives: Sequence[Archive], partials: Sequence[Path]) -> str:
    """Remove archives of no use, but those that have a published checksum; what became of them, in words."""
    doubtful = [partial for archive, partial in zip(archives, partials, strict=True) if not archive.published]
    for partial in doubtful:
        discard(partial)
    return "was removed" if doubtful else f"is kept in {partials[0].parent}: it has the published checksum"


def _check(archive: Archive, partial: Path, watch: Watch) -> dict[str, Any]:
    """Facts on a downloaded archive, which has the published checksums."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha256")}
    size, done = partial.stat().st_size, 0
    with partial.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for hash in hashes.values():
                hash.update(chunk)
            done += len(chunk)
            watch.on_bytes("checking", done, size)
    for name, value in archive.published.items():
        if (found := hashes[name].hexdigest()) != value:
            discard(partial)
            raise DownloadError(
                f"{archive.url}: the {name} is {found}, published is {value}; the file is another one or was damaged "
                f"on its way, and was removed: try again"
            )
    return {"url": archive.url, "bytes": size, "sha256": hashes["sha256"].hexdigest(), "published": archive.published}


def _unpacked(archive: Archive, partial: Path, tree: Path, names: Names, watch: Watch) -> list[_manifest.FileEntry]:
    try:
        return unpack(
            partial, tree, names, archive.subfolder, on_bytes=lambda done: watch.on_bytes("unpacking", done, None)
        )
    except DownloadError as error:
        fate = _put_away([archive], [partial])
        raise DownloadError(f"{archive.url}: the archive is not used and {fate}: {error}") from error


def _remove(tree: Path) -> None:
    if tree.exists():
        shutil.rmtree(tree)
