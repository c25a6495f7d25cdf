"""A program of any language or environment as a method: a command that reads two files and writes a third.

``command = "python test.py --ir {ir} --vis {vis} --out {out}"`` of a row is split as a shell would, and started without
one, in the folder that hifbench was called in. ``{ir}`` and ``{vis}`` are 8-bit grey PNG files of the pair's
luminances, ``{out}`` is the picture to write: PNG, BMP, TIFF or JPEG by content, of the same size, of which the
luminance is taken; colour is put back afterwards. Each pair has a temporary folder of its own, which is removed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from ...color import quantise, split
from ...datasets._images import image_size, read_image, write_image
from ...errors import PairError, UsageError
from ...methods._create import check_device
from ...methods._method import FusionMethod, MethodCard
from ..sources import as_batch
from .origin import Origin
from .process import Ending, name_of_status, run

_VERSION = 1
"""Raised when commands are given other files."""

_TIMEOUT = 600.0  # seconds
_PLACES = ("{ir}", "{vis}", "{out}")
_SHOWN = 3  # stray files named in an error


class CommandFailure(Exception):
    """A command that gave no picture; another try may fare better, so the pair is tried again by the next call."""


class Command(Origin):
    """A command of a row.

    Args:
        name: of the row's method.
        command: with ``{ir}``, ``{vis}`` and ``{out}``.
        timeout: seconds for a pair; ten minutes where it is None.
        version: that the user raises when the program or its weights have changed.
    """

    measurable = False

    def __init__(self, name: str, command: str, timeout: float | None, version: str) -> None:
        self._command, self._timeout, self._version = command, timeout or _TIMEOUT, version
        title = f"the command {command}"
        self.card = MethodCard(name=name, title=title, paper="none", trained_on="not stated", per_pair=True)

    def check(self) -> None:
        """See :meth:`Origin.check`."""
        words = words_of(self._command)
        if shutil.which(words[0]) is None:
            raise UsageError(f"{self.card.name}: no program '{words[0]}' to run '{self._command}'; give its path")

    def determines(self, *, untrained: bool = False) -> dict[str, Any]:
        """See :meth:`Origin.determines`: the text and the stated version; what the program is made of is not seen."""
        stated = {"command": self._command, "stated": self._version}
        return {"name": self.card.name, "version": _VERSION, **stated}

    def build(self, device: str, place: str = "") -> FusionMethod:
        """See :meth:`Origin.build`; the device is where its pictures are put, the program chooses its own."""
        method = Commanded(self.card, words_of(self._command), self._timeout)
        method.to(check_device(device))
        return method

    def unseen(self) -> str:
        """See :meth:`Origin.unseen`."""
        return "the program behind its command"


def words_of(command: str) -> list[str]:
    """The program and its arguments, places still in them.

    Raises:
        UsageError: a quote is left open, or a place is missing.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"command '{command}' cannot be split into words ({error}); close the quote") from error
    missing = [place for place in _PLACES if not any(place in word for word in words)]
    if missing:
        raise UsageError(
            f"command '{command}' lacks {' and '.join(missing)}; write it such as 'python test.py --ir {{ir}} --vis "
            f"{{vis}} --out {{out}}'"
        )
    return words


class Commanded(FusionMethod):
    """Fuses by running a command for each pair.

    Args:
        card: of the method.
        words: program and arguments, with places.
        timeout: seconds for a pair.
    """

    def __init__(self, card: MethodCard, words: list[str], timeout: float) -> None:
        super().__init__()
        self.card = card  # type: ignore[misc]  # known when the row is
        self._words, self._timeout = words, timeout

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return torch.stack([self._run(one, other) for one, other in zip(ir, vis, strict=True)]).to(self.device)

    def _run(self, ir: Tensor, vis: Tensor) -> Tensor:
        with TemporaryDirectory(prefix="hifbench-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            places = {"{ir}": folder / "ir.png", "{vis}": folder / "vis.png", "{out}": folder / "out" / "fused.png"}
            for place, image in (("{ir}", ir), ("{vis}", vis)):
                write_image(places[place], quantise(image))
            for made in (places["{out}"].parent, folder / "tmp"):
                made.mkdir()
            here = _listing(Path.cwd())
            environment = {**os.environ, "TMPDIR": str(folder / "tmp")}
            ending = run([_filled(word, places) for word in self._words], self._timeout, environment)
            self._check(ending)
            height, width = ir.shape[-2:]
            return self._read(places["{out}"], (width, height), ending, here)

    def _check(self, ending: Ending) -> None:
        flood = f"; {ending.written / 2**20:.0f} MiB of output" if ending.written > 2**20 else ""
        if ending.status is None:
            raise CommandFailure(
                f"the command was stopped after {self._timeout:g} s{flood}, {ending.said}; give the row more 'timeout'"
            )
        if ending.status:
            raise CommandFailure(f"the command ended with {name_of_status(ending.status)}{flood}, {ending.said}")

    def _read(self, out: Path, size: tuple[int, int], ending: Ending, here: set[str]) -> Tensor:
        """The luminance of the picture that was written, (1, H, W)."""
        if out.parent.is_symlink():
            raise CommandFailure("the command replaced the folder of {out} by a link; write the picture into it")
        try:
            kind = out.lstat().st_mode
        except OSError as error:
            stray = [f"out/{name}" for name in (_listing(out.parent) if out.parent.is_dir() else ())]
            stray += [f"{name} in the folder it ran in" for name in _listing(Path.cwd()) - here]
            beside = f" but there is now {', '.join(sorted(stray)[:_SHOWN])}" if stray else ""
            raise CommandFailure(f"the command wrote no {{out}}{beside}, {ending.said}") from error
        if not stat.S_ISREG(kind):
            raise CommandFailure("the command made {out} something else than a file; write the picture itself there")
        try:
            found = image_size(out)  # before the pixels: they might not fit into memory
            if found != size:
                raise CommandFailure(
                    f"the command wrote a picture of {_by(found)} for images of {_by(size)}; write their size"
                )
            return split(as_batch(read_image(out)))[0][0]
        except PairError as error:
            problem = str(error).replace(str(out), "{out}")
            raise CommandFailure(f"what the command wrote is no picture: {problem}") from error


def _filled(word: str, places: dict[str, Path]) -> str:
    for place, path in places.items():
        word = word.replace(place, str(path))
    return word


def _listing(folder: Path) -> set[str]:
    """Names in a folder, hidden ones and Python's caches left out."""
    return {path.name for path in folder.iterdir() if not path.name.startswith((".", "__"))}


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
