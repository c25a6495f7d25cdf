"""Your own images: any two folders or file patterns, matched by name."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from ._dataset import Dataset, DatasetCard, PairSource
from ._pairing import find_pairs


class Folder(Dataset):
    """Pairs of two folders or patterns below the data root, or anywhere when given as absolute paths."""

    card = DatasetCard(
        name="folder",
        title="Own images",
        citation="whatever the images ask for",
        home="on this machine",
        licence="whatever the images come with",
        folder="",
        pairs=None,
        splits={"all": "every pair found"},
        default_split="all",
        quirks=(
            "Folders are matched by stem, patterns by the text that the wildcards stand for.",
            "An image without a partner is a pair in error, not a pair left out.",
        ),
        options={
            "ir": "folder or pattern of the infrared images, such as 'ir' or 'IR*.bmp'; 'ir' when not given",
            "vis": "folder or pattern of the visible images; 'vis', else 'vi', when not given",
        },
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`."""
        ir, vis = Path(options.get("ir", "ir")), Path(options.get("vis", _visible(root)))
        if root is None and not (ir.is_absolute() and vis.is_absolute()):
            raise UsageError(
                "data set 'folder' needs to know where: give --data ROOT, set HIFBENCH_DATA, or give 'ir' "
                "and 'vis' as absolute paths"
            )
        base = root or Path()
        return find_pairs(base / ir, base / vis)


def _visible(root: Path | None) -> str:
    return "vi" if root and (root / "vi").is_dir() and not (root / "vis").is_dir() else "vis"


DATASET = Folder()
