"""Weights: where they are found, how they are loaded safely, and how they are checked against a network."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import torch
from platformdirs import user_cache_path
from safetensors.torch import load_file
from torch import Tensor, nn

from ..errors import WeightsError
from ._method import FusionMethod, MethodCard


class MissingWeightsError(WeightsError):
    """No weights are where they are looked for."""


@dataclass(frozen=True)
class WeightFiles:
    """The files that one method's weights come from.

    Attributes:
        paths: either the official files in the card's order, or one ``.safetensors`` file of ours.
        sha256: file name -> sha256.
    """

    paths: tuple[Path, ...]
    sha256: Mapping[str, str]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> WeightFiles:
        """Hash the files.

        Raises:
            WeightsError: a file cannot be read.
        """
        try:
            hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
        except OSError as error:
            raise WeightsError(f"{error.filename} cannot be read ({error.strerror}); make it readable") from error
        return cls(tuple(paths), hashes)


class WeightedMethod(FusionMethod):
    """A fusion method that works only with trained weights; ``__init__`` takes them first."""

    def __init__(self, weights: WeightFiles) -> None:
        super().__init__()
        self.weights = weights


def locate(card: MethodCard, weights: str | os.PathLike[str] = "default") -> WeightFiles:
    """Find a method's weights.

    Args:
        card: of the method.
        weights: a file, a folder, or ``default``: the file shipped with the package, else
            ``$HIFBENCH_WEIGHTS/<method>/``, else the user's cache.

    Raises:
        MissingWeightsError: nothing is there; the message says what to put where.
    """
    ours = f"{card.name}.safetensors"
    if weights != "default":
        path = Path(weights)
        if path.is_file():
            if path.suffix != ".safetensors" and len(card.official_files) > 1:
                raise WeightsError(
                    f"{card.name}: {path} is one of several official files; give their folder, which must hold "
                    f"{', '.join(card.official_files)}"
                )
            return WeightFiles.of([path])
        found = _in_folder(path, card)
        if found is None:
            raise MissingWeightsError(
                f"{card.name}: no weights at {path}; give a .safetensors file or a folder that holds "
                f"{', '.join(card.official_files)}"
            )
        return found
    with as_file(files(__package__) / "weights" / ours) as shipped:
        if shipped.is_file():
            return WeightFiles.of([shipped])
    for folder in default_folders(card.name):
        found = _in_folder(folder, card)
        if found is not None:
            return found
    places = " or ".join(str(folder) for folder in default_folders(card.name))
    raise MissingWeightsError(
        f"no weights of {card.name} found; put {ours} or the official files ({', '.join(card.official_files)}) in "
        f"{places}" + ("" if os.environ.get("HIFBENCH_WEIGHTS") else ", or set HIFBENCH_WEIGHTS")
    )


def default_folders(method: str) -> list[Path]:
    """Folders in which a method's weights are looked for, in order."""
    own = os.environ.get("HIFBENCH_WEIGHTS")
    cache = user_cache_path("hifbench") / "weights"
    return [Path(root) / method for root in ([own] if own else [])] + [cache / method]


def _in_folder(folder: Path, card: MethodCard) -> WeightFiles | None:
    ours = folder / f"{card.name}.safetensors"
    if ours.is_file():
        return WeightFiles.of([ours])
    official = [folder / name for name in card.official_files]
    return WeightFiles.of(official) if all(path.is_file() for path in official) else None


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a checkpoint of tensors; nothing in the file is executed.

    Args:
        path: a ``.safetensors`` file, or a torch checkpoint that holds a dict of tensors, if need be nested.

    Returns:
        Tensors on the CPU; keys of nested dicts are joined with a dot.

    Raises:
        WeightsError: the file is unreadable, or holds anything but tensors and plain values.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} is damaged or holds more than tensors, so it was not loaded; use the official file, or convert it "
            f"to .safetensors"
        ) from error
    except Exception as error:  # readers raise whatever the broken bytes make them trip over
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"{path} cannot be read as a checkpoint ({reason}); get the file again") from error
    if not isinstance(content, Mapping):
        raise WeightsError(f"{path} holds a {type(content).__name__}, not a dict of tensors; use the official file")
    return dict(_flatten(content))


def _flatten(content: Mapping[object, object], prefix: str = "") -> list[tuple[str, Tensor]]:
    found: list[tuple[str, Tensor]] = []
    for key, value in content.items():
        if isinstance(value, Tensor):
            found.append((f"{prefix}{key}", value))
        elif isinstance(value, Mapping):
            found.extend(_flatten(value, f"{prefix}{key}."))
    return found


def fill(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put tensors into a network; every parameter must be given, with its shape, and nothing else.

    Args:
        network: to be filled, and set to evaluation mode.
        tensors: key in ``network`` -> tensor.
        path: named in messages.

    Raises:
        WeightsError: missing or unknown keys, wrong shapes, or values that are not finite.
    """
    wanted = network.state_dict()
    missing = sorted(set(wanted) - set(tensors))
    unknown = sorted(set(tensors) - set(wanted))
    shapes = [
        f"{key} is {tuple(tensors[key].shape)}, not {tuple(wanted[key].shape)}"
        for key in sorted(set(wanted) & set(tensors))
        if tensors[key].shape != wanted[key].shape
    ]
    broken = [key for key in sorted(tensors) if not bool(torch.isfinite(tensors[key]).all())]
    faults = [
        f"{what} {_some(which)}"
        for what, which in (
            ("missing", missing),
            ("unknown", unknown),
            ("wrong shape:", shapes),
            ("not finite:", broken),
        )
        if which
    ]
    if faults:
        raise WeightsError(f"{path} does not fit the network: {'; '.join(faults)}; use the official file")
    network.load_state_dict(dict(tensors))
    network.eval()


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
