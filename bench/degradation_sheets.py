"""``python -m hifbench.bench.degradation_sheets``: one picture of every severity for each built-in degradation.

It makes the pictures of ``docs/degradations.md`` from a synthetic pair: severities 0, 1, 2 above 3, 4, 5.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from .. import datasets
from ..color import quantise
from ..datasets._pair import Pair
from ..datasets.degradations import DEGRADATIONS
from ..errors import HifbenchError
from .files import writable_folder
from .montage import Tile, montage

SEED = 0
PAIR = 2  # of the test split: a street by day
WINDOW = (slice(80, 200), slice(130, 290))  # rows and columns that are shown
COLOURS = 256  # of the pictures' palettes; with the window it keeps the files small


def sheet(name: str, pair: Pair) -> Image.Image:
    """A degradation at severities 0 to 5, in two rows of three.

    Args:
        name: of the degradation.
        pair: with depth and a colour image.
    """
    degradation = DEGRADATIONS.get(name)
    tiles = [degradation(pair.vis, severity, SEED, pair.depth)[WINDOW] for severity in range(6)]
    width = tiles[0].shape[1]
    titled = [Tile(f"severity {severity}", quantise(tile).permute(2, 0, 1)) for severity, tile in enumerate(tiles)]
    levels = montage([titled], columns=3, width=width).permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(levels).quantize(COLOURS, dither=Image.Dither.NONE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheets."""
    parser = argparse.ArgumentParser(prog="python -m hifbench.bench.degradation_sheets", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/degradations"), help="folder of the pictures")
    chosen = parser.parse_args(arguments)
    try:
        folder = writable_folder(chosen.out)
        pair = datasets.load("synthetic")[PAIR]
    except HifbenchError as error:
        print(f"hifbench: {error}", file=sys.stderr)
        return error.exit_status
    for name, entry in DEGRADATIONS.entries.items():
        if entry.source == "hifbench":
            sheet(name, pair).save(folder / f"{name}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
