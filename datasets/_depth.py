"""Where the depth of a data set's pairs comes from: the only place that decides.

The data set's own depth where its card says that it has one, else maps in a folder that the user names, else a guess
from the picture. What was chosen is part of the fingerprint of every score that depends on it.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..errors import PairError, UsageError
from . import _road_prior
from ._dataset import DatasetCard
from ._pair import Pair
from ._source import PairSource, file_digest

UNITS_PER_METRE = 256
"""Of a depth map, as in KITTI and in the rain rendering of Halder, Lalonde and de Charette."""

_MEND = "give a 16-bit grey PNG of the image's size, metres times 256"


class Depth(ABC):
    """Where depth comes from, for all pairs of one data set."""

    @abstractmethod
    def of(self, pair: Pair) -> Tensor:
        """Depth of a pair.

        Returns:
            (H, W) float32, metres, positive.

        Raises:
            PairError: this pair has none, or it cannot be used.
        """

    @abstractmethod
    def describe(self, sources: Sequence[PairSource]) -> dict[str, Any]:
        """What determines the depth of these pairs; a ``source`` in words is in it."""


class OwnDepth(Depth):
    """The data set's own."""

    def of(self, pair: Pair) -> Tensor:
        """See :meth:`Depth.of`."""
        if pair.depth is None:
            raise PairError(f"pair '{pair.id}' has no depth, though its data set's card says that it has")
        return pair.depth

    def describe(self, sources: Sequence[PairSource]) -> dict[str, Any]:
        """See :meth:`Depth.describe`; the data set's own hash is over its depth too."""
        return {"source": "data set"}


class DepthMaps(Depth):
    """A folder of 16-bit PNG files, metres times 256, called like the pairs.

    Args:
        folder: of one data set's maps.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[str, str] = {}  # of the maps that were described, which a plan does once per method

    def of(self, pair: Pair) -> Tensor:
        """See :meth:`Depth.of`."""
        path = self._path(pair.id)
        if not path.is_file():
            raise PairError(f"pair '{pair.id}': no depth map {path}; {_MEND}")
        try:
            with Image.open(path, formats=("PNG",)) as picture:
                mode, units = picture.mode, np.asarray(picture).astype(np.float64)
        except Exception as error:  # decoders raise whatever the broken bytes make them trip over
            raise PairError(f"pair '{pair.id}': cannot read the depth map {path} ({error}); {_MEND}") from error
        size, wanted = units.shape, tuple(pair.vis.shape[:2])
        if mode not in ("I", "I;16", "I;16B", "I;16L") or size != wanted:
            raise PairError(
                f"pair '{pair.id}': the depth map {path} is {size[1]}x{size[0]} of Pillow's mode {mode}, the image "
                f"{wanted[1]}x{wanted[0]}; {_MEND}"
            )
        if units.min() <= 0:
            raise PairError(
                f"pair '{pair.id}': {int((units <= 0).sum())} pixels of the depth map {path} are 0, not measured; "
                f"fill them, with 65535 for the sky"
            )
        return torch.from_numpy((units / UNITS_PER_METRE).astype(np.float32))

    def describe(self, sources: Sequence[PairSource]) -> dict[str, Any]:
        """See :meth:`Depth.describe`; one hash over the maps' contents, missing ones included."""
        for source in sources:
            if source.id not in self._digests:
                self._digests[source.id] = file_digest(self._path(source.id))
        digests = "\n".join(self._digests[source.id] for source in sources)
        return {"source": "maps", "maps": hashlib.sha256(digests.encode()).hexdigest()}

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}.png"


class RoadPrior(Depth):
    """The guess of :func:`hifbench.datasets._road_prior.road_depth`."""

    def of(self, pair: Pair) -> Tensor:
        """See :meth:`Depth.of`."""
        if pair.depth is not None:
            raise PairError(
                f"pair '{pair.id}' has depth, but its data set's card does not say so; set depth=True in it"
            )
        return _road_prior.road_depth(pair.vis)

    def describe(self, sources: Sequence[PairSource]) -> dict[str, Any]:
        """See :meth:`Depth.describe`."""
        return {"source": "road prior, a guess", "version": _road_prior.VERSION}


def choose(card: DatasetCard, label: str, maps: str) -> Depth:
    """Where the depth of a data set's pairs comes from.

    Args:
        card: of the data set.
        label: its name in the results.
        maps: folder that holds one folder of maps for each data set, by that name; empty for none.

    Raises:
        UsageError: the data set has no depth, and the folder holds no maps for it.
    """
    if card.depth:
        return OwnDepth()
    if not maps:
        return RoadPrior()
    folder = Path(maps) / label
    if not folder.is_dir():
        raise UsageError(
            f"depth={maps}: no folder {folder}; put the depth maps of '{label}' there, PAIR.png for each pair, 16 bit, "
            f"metres times 256"
        )
    return DepthMaps(folder)
