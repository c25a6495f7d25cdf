"""What a run must know of where a row's fused pictures come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from ...methods._method import FusionMethod, MethodCard


class Origin(ABC):
    """Where the fused pictures of a row come from.

    Attributes:
        card: of the method.
        from_clean: whether there are pictures of the clean sources alone.
        measurable: whether time, memory and operations here are the method's own.
    """

    card: MethodCard
    from_clean = False
    measurable = True

    @abstractmethod
    def check(self) -> None:
        """Raise UsageError for options that do not fit."""

    @abstractmethod
    def determines(self, *, untrained: bool = False) -> dict[str, Any]:
        """What determines the fused pictures beside their sources, as JSON.

        Args:
            untrained: the row's weights could not be trained, and are not looked for.

        Raises:
            MissingWeightsError: there are no weights.
            MissingResultsError: nothing was imported.
        """

    @abstractmethod
    def build(self, device: str, place: str = "") -> FusionMethod:
        """The method, ready to fuse.

        Args:
            device: ``cpu``, ``cuda`` or ``cuda:i``.
            place: data set and split whose pairs it will fuse, ``name/split``; results made elsewhere are kept by it.

        Raises:
            HifbenchError: it cannot be made.
        """

    def lacks(self, dataset: str) -> str:
        """Why there is no picture of a whole data set; empty where there may be some."""
        return ""

    def of_pairs(self, place: str, ids: Sequence[str]) -> dict[str, Any]:
        """What determines the pictures of some pairs of a data set and split, beside :meth:`determines`."""
        return {}

    def final_card(self) -> MethodCard:
        """The card, with the weights that are in use."""
        return self.card

    def remarks(self) -> dict[str, str]:
        """What a reader of a table must know: data set, or ``name/split``, -> a sentence without its full stop."""
        return {}

    def unseen(self) -> str:
        """What may change its pictures without a trace in :meth:`determines`; empty where nothing may."""
        return ""
