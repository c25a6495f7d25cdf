"""Import of official weights: told by their hash, checked against the network, kept as safetensors with a card.

The method's own loader reads the files, so that what fits there is what fits here; its network's state is what is
kept. The stored file depends on the official ones alone: imported again, it is the same to the bit.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError, WeightsError
from ..storage import write_whole
from ..tensors import read_note, write_weights
from ._method import FusionMethod, MethodCard
from ._tensorflow_checkpoint import checkpoint_files
from ._weights import WeightedMethod, WeightFiles, default_folders, in_words, is_of_tensorflow, locate


@dataclass(frozen=True)
class Imported:
    """What an import left.

    Attributes:
        path: the weights, ``.safetensors``.
        card: how they came about, JSON.
        sources: name of each official file -> its sha256.
        unknown: those of them whose hash is not that of a published file.
        licence: of the weights.
        default: what ``weights="default"`` takes now: these, unless others ship or lie in ``$HIFBENCH_WEIGHTS``.
    """

    path: Path
    card: Path
    sources: Mapping[str, str]
    unknown: tuple[str, ...]
    licence: str
    default: Path


def import_weights(method: type[FusionMethod], paths: Sequence[Path]) -> Imported:
    """Check official weights of a method and store them in the user's cache.

    Args:
        method: whose they are.
        paths: the official files in any order, or the one folder that holds them.

    Raises:
        UsageError: the method has no official weights, or the cache cannot be written.
        WeightsError: files are missing, damaged, of another method or version, or not needed.
    """
    card = method.card
    if not issubclass(method, WeightedMethod) or not card.official:
        raise UsageError(f"{card.name} has no weights that its authors published, so there is nothing to import")
    files = locate(card, paths[0]) if len(paths) == 1 and paths[0].is_dir() else _arrange(card, paths)
    if files.is_ours:
        raise UsageError(f"{files.paths[0]} is in hifbench's own form already; use it as it is, with --weights")
    network = method(files).network
    published = {sha256 for form in card.official for sha256 in form.files.values()}
    unknown = tuple(name for name, sha256 in files.sha256.items() if sha256 not in published)
    doubt = f", if {', '.join(unknown)} is of the authors: the hash is not that of a published file" if unknown else ""
    note = {
        "method": card.name,
        "imported": dict(files.sha256),
        "trained_on": card.trained_on + doubt,
        "training_data": card.training_data,
        "licence": card.weights_licence or "none stated",
    }
    target = default_folders(card.name)[-1] / f"{card.name}.safetensors"
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    record = {**note, "unknown": unknown, "source": card.official[0].source, "when": when}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and "imported" not in read_note(target):
            raise UsageError(f"{target} is in the way and was not imported; move it away")
        write_weights(target, network, note)
        write_whole(target.with_suffix(".json"), (json.dumps(record, indent=1) + "\n").encode())
    except OSError as error:
        raise UsageError(
            f"cannot write {target} ({error.strerror or error}); make room, or make it writable"
        ) from error
    default = locate(card).paths[0]
    return Imported(target, target.with_suffix(".json"), files.sha256, unknown, note["licence"], default)


def _arrange(card: MethodCard, paths: Sequence[Path]) -> WeightFiles:
    """The files in the order of the first form of the official weights that they make up, by hash or by name."""
    given: dict[Path, str] = {}
    for path in paths:
        for file in (is_of_tensorflow(card) and checkpoint_files(path)) or [path]:
            if not file.is_file():
                raise WeightsError(f"{card.name}: there is no file {file}; give {in_words(card)}")
            given[file] = next(iter(WeightFiles.of([file], card.name).sha256.values()))
    for form in card.official:
        ordered = []
        for name, sha256 in form.files.items():
            same = [path for path, hashed in given.items() if hashed == sha256]
            ordered += same[:1] or [path for path in given if path.name == name][:1]
        if len(ordered) == len(form.files) and set(ordered) == set(given):
            return WeightFiles.of(ordered, card.name)
    if len(given) == 1 and any(len(form.files) == 1 for form in card.official):
        return WeightFiles.of(list(given), card.name)
    shown = ", ".join(path.name for path in given)
    raise WeightsError(f"{card.name}: {shown} is not what is needed; give {in_words(card)}, and nothing else")
