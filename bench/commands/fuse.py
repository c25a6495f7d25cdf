"""``hifbench fuse``: one method over files or folders, to pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...datasets._images import SUFFIXES, write_image
from ...datasets._pairing import find_pairs
from ...errors import UsageError
from ...methods import METHODS
from ...methods._create import create
from ...methods._iterative import IterativeMethod
from ..cell import CLEAN
from ..files import writable_folder
from ..origins.naming import is_callable
from ..origins.python_callable import python_callable
from ..sources import prepare, read
from ..worker import describe, fuse_to_picture
from .progress import progress
from .shared import Device, interruptible, iteration_bar, say, settings_of


def command(
    method: Annotated[str, typer.Argument(help="Method, see 'hifbench list methods', or module:callable.")],
    ir: Annotated[Path, typer.Option(help="Infrared: file, folder, or pattern such as 'IR*.bmp'.")],
    vis: Annotated[Path, typer.Option(help="Visible: file, folder, or pattern.")],
    out: Annotated[Path, typer.Option(help="Folder of the fused pictures; a .png file for one pair.")],
    weights: Annotated[
        str, typer.Option(help="Weights file, folder of the official files, or 'own' for hifbench's.")
    ] = "default",
    device: Device = "cpu",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="OPTION=VALUE", help="Set an option of the method.")
    ] = None,
) -> None:
    """Fuse pairs of images that are matched by name; colour of the visible image is put back."""
    options = settings_of(settings or [])
    if is_callable(method):
        maker = python_callable(method, weights, options, version="").build(device)
    elif METHODS.get(method).card.needs_results:
        raise UsageError(f"{method} has no code here; 'hifbench run' scores the pictures that were imported of it")
    else:
        maker = create(METHODS.get(method), weights, device, options)
    sources = find_pairs(ir, vis)
    to_file = out.suffix.lower() == ".png"
    if to_file and len(sources) > 1:
        raise UsageError(f"--out {out} is one file, and there are {len(sources)} pairs; give a folder")
    if not to_file and out.suffix.lower() in SUFFIXES:
        raise UsageError(f"--out {out}: pictures are written as .png, without loss; give such a name, or a folder")
    targets = [out if to_file else out / f"{source.id}.png" for source in sources]
    _refuse_to_overwrite(targets, ir, vis)
    writable_folder(out.parent if to_file else out)
    written, failed = 0, 0
    try:
        with progress() as bar, interruptible() as check:
            if isinstance(maker, IterativeMethod):
                maker.watch = iteration_bar(bar, check)
            for source, target in bar.track(list(zip(sources, targets, strict=True)), description=maker.card.name):
                try:
                    images = prepare(read(source.read(), maker.device), CLEAN)
                    fused = fuse_to_picture(maker, images)
                except Exception as error:  # one bad pair must not end the others
                    failed += 1
                    say(f"failed: {source.id}: {describe(error)}")
                    continue
                write_image(target, fused.levels[0].cpu())
                written += 1
                check()
    except KeyboardInterrupt:
        say(f"stopped; {written} of {len(sources)} pairs were fused to {out}")
        raise
    say(f"{len(sources) - failed} of {len(sources)} pairs fused to {out}")
    if failed:
        raise typer.Exit(1)


def _refuse_to_overwrite(targets: list[Path], ir: Path, vis: Path) -> None:
    """Raise UsageError if a fused picture would lie where the sources are."""
    for side, where in (("--ir", ir), ("--vis", vis)):
        folder = where if where.is_dir() else where.parent
        for target in targets:
            if target.parent.resolve() == folder.resolve() and (where.is_dir() or target.exists()):
                raise UsageError(f"--out would write {target} among the images of {side}; give another folder")
