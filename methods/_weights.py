"""Weights of methods: where they are found, and what they say of themselves."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, ClassVar

import torch
from platformdirs import user_cache_path
from torch import Tensor, nn

from ..errors import WeightsError
from ..tensors import fill as fill
from ..tensors import load_tensors as load_tensors
from ..tensors import read_note
from ._method import FusionMethod, MethodCard
from ._tensorflow_checkpoint import checkpoint_files, read_variables
from ._training.recipe import Recipe

OWN = "own"
"""What names the weights that hifbench trained itself."""


class MissingWeightsError(WeightsError):
    """No weights are where they are looked for."""


@dataclass(frozen=True)
class WeightFiles:
    """The files that one method's weights come from.

    Attributes:
        paths: either the official files in the card's order, or one ``.safetensors`` file of ours.
        sha256: file name -> sha256.
        note: what ``hifbench train`` or ``hifbench weights import`` wrote beside the tensors: method, recipe, data;
            empty for files of others.
    """

    paths: tuple[Path, ...]
    sha256: Mapping[str, str]
    note: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether the file's tensors are named as the network's."""
        return self.paths[0].suffix == ".safetensors"

    def refuse(self, others: Mapping[str, str]) -> None:
        """Refuse published files that fit the network and are for something else.

        Args:
            others: sha256 -> name of the file, what is wrong with it, and what to use.

        Raises:
            WeightsError: it is one of them.
        """
        for digest in self.sha256.values():
            if digest in others:
                raise WeightsError(f"{self.paths[0]} is {others[digest]}")

    @classmethod
    def of(cls, paths: Sequence[Path], method: str) -> WeightFiles:
        """Hash the files and read what they say of themselves.

        Raises:
            WeightsError: a file cannot be read, or says that it is of another method.
        """
        try:
            hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
        except OSError as error:
            raise WeightsError(f"{error.filename} cannot be read ({error.strerror}); make it readable") from error
        note = read_note(paths[0]) if paths[0].suffix == ".safetensors" else {}
        if note.get("method", method) != method:
            raise WeightsError(f"{paths[0]} holds weights of {note['method']}, not of {method}; use that method")
        return cls(tuple(paths), hashes, note)


def named_tensors(weights: WeightFiles, ours: Callable[[str], str]) -> dict[str, Tensor]:
    """Tensors by our keys, of a file of ours or of the official variables.

    Args:
        weights: of the method.
        ours: from an official name to our key; a name that is none is given back.

    Raises:
        WeightsError: a file is damaged, or of something else.
    """
    if weights.is_ours:
        return load_tensors(weights.paths[0])
    return {ours(name): value for name, value in read_variables(weights.paths).items()}


class WeightedMethod(FusionMethod):
    """A fusion method that works only with trained weights; ``__init__`` takes them first and fills the network.

    Attributes:
        recipe: how ``hifbench train`` makes them; None where it cannot.
        network: on the method's device, in evaluation mode.
    """

    recipe: ClassVar[Recipe | None] = None
    network: nn.Module

    def __init__(self, weights: WeightFiles) -> None:
        super().__init__()
        self.weights = weights

    def to(self, device: torch.device) -> None:
        """Work on ``device`` from now on."""
        super().to(device)
        self.network.to(device)


def locate(card: MethodCard, weights: str | os.PathLike[str] = "default") -> WeightFiles:
    """Find a method's weights.

    Args:
        card: of the method.
        weights: a file, a folder, or ``default``: the file shipped with the package, else
            ``$HIFBENCH_WEIGHTS/<method>/``, else the user's cache; ``own`` for what hifbench trained itself and ships,
            which for the port of a published method is never the default.

    Raises:
        MissingWeightsError: nothing is there; the message says what to put where.
    """
    ours = f"{card.name}.safetensors"
    if weights == OWN:
        return _own(card)
    if weights != "default":
        path = Path(weights)
        if is_of_tensorflow(card) and (both := checkpoint_files(path)):
            return WeightFiles.of(both, card.name)
        if path.is_file():
            if path.suffix != ".safetensors" and card.official and all(len(form.files) > 1 for form in card.official):
                raise WeightsError(
                    f"{card.name}: {path} is one of several official files; give their folder, which must hold "
                    f"{_names(card)}"
                )
            return WeightFiles.of([path], card.name)
        found = _in_folder(path, card)
        if found is None:
            where = f"at {path}" if path.exists() else f"at {path}, where there is no file or folder"
            raise MissingWeightsError(
                f"{card.name}: no weights {where}; give a .safetensors file or a folder that holds "
                f"{_names(card) or ours}"
            )
        return found
    if is_shipped(card):
        return _shipped(card, _SHIPPED)
    for folder in default_folders(card.name):
        found = _in_folder(folder, card)
        if found is not None:
            return found
    official = f" or {in_words(card)}" if card.official else ""
    places = " or ".join(str(folder) for folder in default_folders(card.name))
    raise MissingWeightsError(
        f"no weights of {card.name} found; put {ours}{official} in {places}"
        + ("" if os.environ.get("HIFBENCH_WEIGHTS") else ", or set HIFBENCH_WEIGHTS")
        + (f"; 'hifbench weights import {card.name} FILE...' checks and stores them" if card.official else "")
        + (f"; weights '{OWN}' are those that hifbench trained itself" if _has(card, _APART) else "")
    )


def in_words(card: MethodCard) -> str:
    """What to supply of the authors, where it comes from and under which licence, in words."""
    return (
        f"the official files ({_names(card)}; from {card.official[0].source}; licence: "
        f"{card.weights_licence or 'none stated'})"
    )


def is_shipped(card: MethodCard) -> bool:
    """Whether weights of the method come with the package and are its default."""
    return _has(card, _SHIPPED)


def with_weights(card: MethodCard, files: WeightFiles) -> MethodCard:
    """A method's card once its weights are known; ours say themselves what they were trained on."""
    if not files.note:
        return replace(card, weights_sha256=files.sha256)
    recipe = files.note.get("recipe", {})
    seen = f"{recipe['dataset']}/{recipe['split']}" if {"dataset", "split"} <= set(recipe) else ""
    return replace(
        card,
        weights_sha256=files.sha256,
        training_data=str(files.note.get("training_data", seen)),
        trained_on=str(files.note.get("trained_on", card.trained_on)),
        weights_licence=str(files.note.get("licence", "that of whoever trained them")),
    )


def default_folders(method: str) -> list[Path]:
    """Folders in which a method's weights are looked for, in order."""
    own = os.environ.get("HIFBENCH_WEIGHTS")
    cache = user_cache_path("hifbench") / "weights"
    return [Path(root) / method for root in ([own] if own else [])] + [cache / method]


_SHIPPED, _APART = ("weights",), ("weights", OWN)  # folders of the package; the files of the second are no defaults


def _has(card: MethodCard, folder: tuple[str, ...]) -> bool:
    return files(__package__).joinpath(*folder, f"{card.name}.safetensors").is_file()


def _shipped(card: MethodCard, folder: tuple[str, ...]) -> WeightFiles:
    with as_file(files(__package__).joinpath(*folder, f"{card.name}.safetensors")) as path:
        found = WeightFiles.of([path], card.name)
    return replace(found, note={**found.note, "licence": "Apache-2.0"})


def _own(card: MethodCard) -> WeightFiles:
    for folder in (_SHIPPED, _APART):
        if _has(card, folder):
            return _shipped(card, folder)
    raise MissingWeightsError(
        f"{card.name}: hifbench has trained no weights of it; leave 'weights' out, or train them with "
        f"'hifbench train {card.name}' where it can"
    )


def _in_folder(folder: Path, card: MethodCard) -> WeightFiles | None:
    ours = folder / f"{card.name}.safetensors"
    if ours.is_file():
        return WeightFiles.of([ours], card.name)
    for form in card.official:
        official = [folder / name for name in form.files]
        if all(path.is_file() for path in official):
            return WeightFiles.of(official, card.name)
    return None


def is_of_tensorflow(card: MethodCard) -> bool:
    """Whether official weights of the method are a checkpoint of TensorFlow."""
    return any(name.endswith(".index") for form in card.official for name in form.files)


def _names(card: MethodCard) -> str:
    return " or ".join(", ".join(form.files) for form in card.official)
