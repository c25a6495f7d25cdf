"""Methods that hifbench has itself, and those of plug-ins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ...methods._create import check_options, create
from ...methods._method import FusionMethod, MethodCard
from ...methods._weights import locate, with_weights
from ..fingerprint import code_version
from .origin import Origin


class Registered(Origin):
    """A method by its class.

    Args:
        name: as the row's choice has it.
        method: the class.
        weights: as in :func:`hifbench.methods.create`.
        options: of the method.
    """

    def __init__(
        self, name: str, method: type[FusionMethod], weights: str | os.PathLike[str], options: Mapping[str, Any]
    ) -> None:
        self._name, self._method, self._weights, self._options = name, method, weights, options
        self.card = method.card

    def check(self) -> None:
        """See :meth:`Origin.check`."""
        check_options(self._method, self._options)

    def determines(self, *, untrained: bool = False) -> dict[str, Any]:
        """See :meth:`Origin.determines`."""
        wanted = self.card.needs_weights and not untrained
        return {
            "name": self._name,
            "options": dict(self._options),
            "weights": dict(locate(self.card, self._weights).sha256) if wanted else {},
            **code_version(self.card.version, self._method.__module__),
        }

    def build(self, device: str, place: str = "") -> FusionMethod:
        """See :meth:`Origin.build`."""
        return create(self._method, self._weights, device, self._options)

    def final_card(self) -> MethodCard:
        """See :meth:`Origin.final_card`."""
        return with_weights(self.card, locate(self.card, self._weights)) if self.card.needs_weights else self.card
