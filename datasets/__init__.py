"""Data sets: pairs of images and where they come from. One data set, one file."""

from __future__ import annotations

if __name__ != "hifbench.datasets":
    # Started in the repository's root, Python would make a second copy of this package under the name of the
    # Hugging Face library; libraries that probe for it then treat it as absent.
    raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..registry import Registry, lazily

if TYPE_CHECKING:
    from ._acquisition import Archive, Download, Manual
    from ._dataset import Dataset, DatasetCard, PairSequence
    from ._labels.label import LabelFolder
    from ._labels.voc import VocFile
    from ._labels.yolo import YoloFile
    from ._pair import Box, Pair
    from ._source import FilePair, PairSource


DATASETS: Registry[Dataset] = Registry(
    kind="data set",
    package="hifbench.datasets",
    group="hifbench.datasets",
    attribute="DATASET",
    base="hifbench.datasets._dataset:Dataset",
    exclude=["degradations"],
)


def load(
    name: str, root: str | os.PathLike[str] | None = None, split: str | None = None, **options: str
) -> PairSequence:
    """Pairs of a data set, read when asked for.

    Args:
        name: data set, see ``hifbench list datasets``.
        root: the folder that holds one folder per data set; ``$HIFBENCH_DATA`` when None.
        split: name of a split; the data set's default when None.
        options: what only this data set takes, such as ``ir`` and ``vis`` of ``folder``.

    Returns:
        A sequence of :class:`hifbench.datasets._pair.Pair`; a pair that cannot be used raises ``PairError``
        when it is asked for.

    Raises:
        UsageError: unknown data set, split or option, or a missing folder.
    """
    chosen = root or os.environ.get("HIFBENCH_DATA")
    return DATASETS.get(name).load(Path(chosen) if chosen else None, split, **options)


__all__ = [
    "DATASETS",
    "Archive",
    "Box",
    "Dataset",
    "DatasetCard",
    "Download",
    "FilePair",
    "LabelFolder",
    "Manual",
    "Pair",
    "PairSequence",
    "PairSource",
    "VocFile",
    "YoloFile",
    "load",
]

__getattr__ = lazily(
    __name__,
    {
        "Archive": "_acquisition",
        "Box": "_pair",
        "Dataset": "_dataset",
        "DatasetCard": "_dataset",
        "Download": "_acquisition",
        "FilePair": "_source",
        "LabelFolder": "_labels.label",
        "Manual": "_acquisition",
        "Pair": "_pair",
        "PairSequence": "_dataset",
        "PairSource": "_source",
        "VocFile": "_labels.voc",
        "YoloFile": "_labels.yolo",
    },
)
