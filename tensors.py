"""Files of tensors: read safely, checked against a network, written whole."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from .errors import WeightsError
from .storage import write_whole

NOTE = "hifbench"
"""Key of the note in the metadata of our safetensors files."""


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


def read_note(path: Path) -> dict[str, Any]:
    """What ``hifbench train`` wrote into a ``.safetensors`` file beside the tensors; empty for another's file.

    Raises:
        WeightsError: the file cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {}).get(NOTE, "{}"))
    except Exception as error:  # the reader raises whatever the broken bytes make it trip over
        raise WeightsError(f"{path} cannot be read as safetensors ({error}); get the file again") from error
    if not isinstance(note, dict):
        raise WeightsError(f"{path} holds a note that hifbench did not write; get the file again")
    return note


def write_weights(path: Path, network: nn.Module, note: Mapping[str, Any]) -> None:
    """Write a network's state as safetensors, whole or not at all, with a note on it.

    Raises:
        OSError: the file cannot be written.
    """
    tensors = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    write_whole(path, save(tensors, {NOTE: json.dumps(note, sort_keys=True)}))


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
    kinds = [
        f"{key} holds {tensors[key].dtype}"
        for key in sorted(set(wanted) & set(tensors))
        if wanted[key].is_floating_point() and not tensors[key].is_floating_point()
    ]
    faults = [
        f"{what} {_some(which)}"
        for what, which in (
            ("missing", missing),
            ("unknown", unknown),
            ("wrong shape:", shapes),
            ("not finite:", broken),
            ("no numbers with a point:", kinds),
        )
        if which
    ]
    if faults:
        raise WeightsError(f"{path} does not fit the network: {'; '.join(faults)}; use the official file")
    network.load_state_dict(dict(tensors))
    network.eval()


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
