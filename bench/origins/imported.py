"""Imported results as a method: it fuses by looking up the picture that was made of exactly these sources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from ...color import quantise
from ...datasets._images import read_image
from ...errors import MethodError, PairError, TransientError, UsageError
from ...methods._create import check_device
from ...methods._method import FusionMethod, MethodCard
from . import store
from .origin import Origin
from .store import MissingResultsError, Results


def sources_digest(ir: Tensor, vis: Tensor) -> str:
    """What tells pairs apart by their pixels: thirty-two hexadecimal digits.

    Args:
        ir: luminance, (1, H, W) in [0, 1], whole multiples of 1/255.
        vis: the same.
    """
    hashed = hashlib.sha256("x".join(map(str, ir.shape)).encode())
    for image in (ir, vis):
        hashed.update(quantise(image).to("cpu", torch.uint8).contiguous().numpy().tobytes())
    return hashed.hexdigest()[:32]


def card_of_results(name: str) -> MethodCard:
    """The card of a method that is known by its results alone; without its makers where these cannot be read."""
    makers: dict[str, None] = {}
    with suppress(UsageError):
        makers = dict.fromkeys(results.made_by for splits in store.read(name).values() for results in splits)
    return MethodCard(
        name=name,
        title="results made elsewhere",
        paper="; ".join(makers),
        trained_on="not stated: the results were made elsewhere",
        needs_results=True,
    )


class Imported(Origin):
    """Results that ``hifbench import`` has kept.

    Args:
        card: of the method.
        weights: must be ``default``.
        options: must be empty.
    """

    from_clean = True
    measurable = False

    def __init__(self, card: MethodCard, weights: str, options: Mapping[str, Any]) -> None:
        self.card, self._weights, self._options = card, weights, options
        self._results: dict[str, list[Results]] = {}
        self._fault = ""
        try:
            self._results = store.read(card.name)
        except UsageError as error:
            self._fault = str(error)

    def check(self) -> None:
        """See :meth:`Origin.check`."""
        if self._options or self._weights != "default":
            raise UsageError(f"{self.card.name} is imported results, which take neither options nor weights")

    def determines(self, *, untrained: bool = False) -> dict[str, Any]:
        """See :meth:`Origin.determines`."""
        name = self.card.name
        if self._fault:
            raise MissingResultsError(self._fault)
        if not self._results:
            raise MissingResultsError(
                f"{name} has no code here; import its fused pictures with 'hifbench import RESULTS --method {name} "
                f"--dataset NAME'"
            )
        return {"name": name, "origin": "imported"}

    def lacks(self, dataset: str) -> str:
        """See :meth:`Origin.lacks`."""
        if dataset in self._results:
            return ""
        return (
            f"no results were imported for it; add them with 'hifbench import RESULTS --method {self.card.name} "
            f"--dataset {dataset}'"
        )

    def of_pairs(self, place: str, ids: Sequence[str]) -> dict[str, Any]:
        """See :meth:`Origin.of_pairs`: the hash of each picture, so that others score anew what they touch."""
        splits = self._of(place)
        return {"pictures": {id: [of.pictures[id].stored for of in splits if id in of.pictures] for id in ids}}

    def _of(self, place: str) -> list[Results]:
        """What was imported for a split, and nothing else; where there is nothing, that of the data set's others."""
        dataset, _, split = place.partition("/")
        there = self._results.get(dataset, [])
        return [of for of in there if of.split == split] or there

    def build(self, device: str, place: str = "") -> FusionMethod:
        """See :meth:`Origin.build`."""
        method = Lookup(self.card, self._of(place))
        method.to(check_device(device))
        return method

    def remarks(self) -> dict[str, str]:
        """See :meth:`Origin.remarks`."""
        said: dict[str, str] = {}
        for dataset, splits in self._results.items():
            sentences = {of.split: _remark(of) for of in splits}
            said |= {f"{dataset}/{split}": sentence for split, sentence in sentences.items()}
            said[dataset] = "; ".join(f"{sentence}, for split {split}" for split, sentence in sentences.items())
        return said


def _remark(results: Results) -> str:
    return (
        f"{len(results.pictures)} pictures made elsewhere ({results.made_by}; licence {results.licence}), imported "
        f"{results.imported[:10]}" + "".join(f", {text}" for text in results.remarks)
    )


class Lookup(FusionMethod):
    """Gives for two sources the picture that was imported for them.

    Sources are told apart by their pixels, not by a name: a picture never stands for a pair that it was not made of.
    Data sets share pairs (RoadScene and FLIR of AUIF), whose pictures may differ: only those of the one at hand count.

    Args:
        card: of the method.
        results: of the split or data set at hand; of two pictures of one pair that of the later ones is taken.
    """

    def __init__(self, card: MethodCard, results: Sequence[Results]) -> None:
        super().__init__()
        self.card = card  # type: ignore[misc]  # known when the results are
        self._pictures = {one.sources: (of.folder, one) for of in results for one in of.pictures.values()}
        self._absent = {one.sources: (id, one.why) for of in results for id, one in of.absent.items()}

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return torch.stack([self._look_up(one, other) for one, other in zip(ir, vis, strict=True)]).to(self.device)

    def _look_up(self, ir: Tensor, vis: Tensor) -> Tensor:
        sources = sources_digest(ir, vis)
        if sources not in self._pictures:
            id, why = self._absent.get(sources, ("", ""))
            which = f"pair {id} was imported ({why})" if id else "these two images was imported"
            raise MethodError(f"no picture of {which}; import results that hold it")
        folder, picture = self._pictures[sources]
        path = folder / f"{sources}.png"
        again = f"import the results of {self.card.name} again"
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() != picture.stored:
                raise TransientError(f"{path} was changed after the import; {again}")
            return read_image(path)[None]
        except (OSError, PairError) as error:
            raise TransientError(f"{path} cannot be read; {again}") from error
