"""``hifbench fuse``: one method over files or folders, to pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import methods
from ...datasets._images import write_image
from ...datasets._pairing import find_pairs
from ...errors import UsageError
from ..cell import Condition
from ..files import writable_folder
from ..sources import prepare
from ..worker import describe, fuse_to_picture
from .shared import Device, progress, say

CLEAN = Condition("none", 0.0, 0)


def command(
    method: Annotated[str, typer.Argument(help="Method, see 'hifbench list methods'.")],
    ir: Annotated[Path, typer.Option(help="Infrared: file, folder, or pattern such as 'IR*.bmp'.")],
    vis: Annotated[Path, typer.Option(help="Visible: file, folder, or pattern.")],
    out: Annotated[Path, typer.Option(help="Folder of the fused pictures; a .png file for one pair.")],
    weights: Annotated[str, typer.Option(help="Weights file, or folder of the official files.")] = "default",
    device: Device = "cpu",
) -> None:
    """Fuse pairs of images that are matched by name; colour of the visible image is put back."""
    maker = methods.create(method, weights, device)
    sources = find_pairs(ir, vis)
    to_file = out.suffix.lower() == ".png"
    if to_file and len(sources) > 1:
        raise UsageError(f"--out {out} is one file, and there are {len(sources)} pairs; give a folder")
    folder = writable_folder(out.parent if to_file else out)
    failed = 0
    with progress() as bar:
        for source in bar.track(sources, description=maker.card.name):
            try:
                images = prepare(source.read(), CLEAN, maker.device)
                fused = fuse_to_picture(maker, images)
            except Exception as error:  # one bad pair must not end the others
                failed += 1
                say(f"failed: {source.id}: {describe(error)}")
                continue
            write_image(out if to_file else folder / f"{source.id}.png", fused.levels[0])
    say(f"{len(sources) - failed} of {len(sources)} pairs fused to {out}")
    if failed:
        raise typer.Exit(1)
