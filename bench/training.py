"""From a method's recipe and a data set to a weights file with its card: what ``hifbench train`` does."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from filelock import FileLock, Timeout
from pydantic import ValidationError

from .. import __version__, datasets
from ..color import quantise, split
from ..datasets import DATASETS
from ..datasets._dataset import manifest_digest
from ..detection.tiny.network import VERSION, TinyNet
from ..errors import HifbenchError, PairError, TrainingError, UsageError
from ..methods import METHODS
from ..methods._create import check_device
from ..methods._training.checkpoint import load as load_checkpoint
from ..methods._training.recipe import Recipe, Schedule
from ..methods._training.trainer import Images, Trained, train
from ..methods._weights import WeightedMethod
from ..storage import write_whole
from ..tensors import write_weights
from .detector_recipe import DetectorRecipe
from .files import read_json, writable_folder, write_json
from .fingerprint import code_version
from .provenance import machine, source_state, versions
from .sources import as_batch
from .validation import first_fault

DETECTOR = "detector"
"""What ``hifbench train`` takes beside the methods."""


@dataclass(frozen=True)
class Outputs:
    """Files of one training run, side by side.

    Attributes:
        weights: the ``.safetensors`` file.
    """

    weights: Path

    @property
    def card(self) -> Path:
        """How the weights came about, JSON."""
        return self.weights.with_suffix(".json")

    @property
    def curve(self) -> Path:
        """Loss after each epoch, CSV."""
        return self.weights.with_suffix(".csv")

    @property
    def picture(self) -> Path:
        """The same, drawn."""
        return self.weights.with_suffix(".png")

    @property
    def checkpoint(self) -> Path:
        """The state after the last whole epoch."""
        return self.weights.with_suffix(".checkpoint")

    @property
    def lock(self) -> Path:
        """Held while a call trains."""
        return self.weights.with_name(f".{self.weights.stem}.lock")

    def check(self) -> None:
        """Refuse what would fail, or be lost, at the end of a long run.

        Raises:
            UsageError: the folder cannot be written to, or a file is in the way that is not of ``hifbench train``.
        """
        writable_folder(self.weights.parent)
        ours = load_checkpoint(self.checkpoint) is not None or "recipe" in read_json(self.card)
        for path in (self.weights, self.card, self.curve, self.picture):
            if path.is_dir() or (path.exists() and not ours):
                raise UsageError(f"{path} is in the way and not of 'hifbench train'; choose another --out")


@dataclass(frozen=True)
class Lesson:
    """What is learned from.

    Attributes:
        pairs: what the recipe keeps of each; luminances, uint8 (H, W), for a method.
        left_out: pair -> why it is not used.
        manifest: sha256 over the ids and contents of the pairs used.
    """

    pairs: list[Images]
    left_out: dict[str, str]
    manifest: str


def recipe_of(method: str, settings: Mapping[str, Any], schedule: Schedule = "full") -> Recipe:
    """A method's recipe under a schedule, with the user's settings, which come last.

    Raises:
        UsageError: the method is not trained here, or takes no such setting or value.
    """
    name = resolve(method)
    recipe = _recipe(name)
    if recipe is None:
        trained = [other for other in METHODS.names() if _recipe(other)]
        raise UsageError(f"{name} has no training; methods that have: {', '.join(trained)}; and {DETECTOR}")
    recipe = recipe.under(schedule)
    try:
        return type(recipe).model_validate({**recipe.model_dump(), **settings})
    except ValidationError as error:
        raise UsageError(f"{name}: {first_fault(error, lambda path: list(type(recipe).model_fields))}") from error


def resolve(name: str) -> str:
    """Canonical name of what is to be trained: a method, or the detector of our own.

    Raises:
        UsageError: neither.
    """
    return DETECTOR if name.strip().lower() == DETECTOR else METHODS.resolve(name)


def _recipe(name: str) -> Recipe | None:
    if name == DETECTOR:
        return DetectorRecipe()
    method = METHODS.get(name)
    return method.recipe if issubclass(method, WeightedMethod) else None


def code_of(method: str, recipe: Recipe) -> dict[str, Any]:
    """Versions of the code that determines the weights beside the trainer: of recipe, method and data set."""
    dataset = DATASETS.get(recipe.dataset)
    version, module = (
        (VERSION, TinyNet.__module__)
        if method == DETECTOR
        else (METHODS.get(method).card.version, METHODS.get(method).__module__)
    )
    return {
        "recipe": code_version(recipe.version, type(recipe).__module__),
        "method": code_version(version, module),
        "dataset": code_version(dataset.card.version, type(dataset).__module__),
    }


def read_lesson(
    recipe: Recipe,
    data_root: Path | None,
    limit: int | None = None,
    on_pair: Callable[[int], None] = lambda total: None,
) -> Lesson:
    """Read the recipe's pairs; one that cannot be used is left out, and named.

    Args:
        recipe: names data set and split.
        data_root: the folder that holds one folder per data set.
        limit: read the first so many pairs.
        on_pair: told before each pair how many there are.

    Raises:
        UsageError: the data set or the split is not there, or no pair is left.
    """
    chosen = datasets.load(recipe.dataset, data_root, recipe.split).first(limit)
    pairs: list[Images] = []
    used, left_out = [], {}
    for index, source in enumerate(chosen.sources):
        on_pair(len(chosen))
        try:
            pair = chosen[index]
        except HifbenchError as error:
            left_out[source.id] = str(error)
            continue
        height, width = pair.ir.shape
        if recipe.crops != "resized" and min(height, width) < recipe.crop:
            left_out[source.id] = (
                f"{width}x{height} is smaller than the crops of {recipe.crop}; set the recipe's 'crop' smaller"
            )
            continue
        ir, vis = (quantise(split(as_batch(image))[0])[0, 0].to(torch.uint8) for image in (pair.ir, pair.vis))
        objects = None if pair.boxes is None else [(box.label, box.x0, box.y0, box.x1, box.y1) for box in pair.boxes]
        try:
            pairs.append(recipe.sample(ir, vis, objects))
        except PairError as error:
            left_out[source.id] = str(error)
            continue
        used.append(source)
    if not pairs:
        reason = next(iter(left_out.values()), "the split is empty")
        raise UsageError(f"no pair of {recipe.dataset}/{recipe.split} can be trained on: {reason}")
    return Lesson(pairs, left_out, manifest_digest(used))


def run(
    method: str,
    recipe: Recipe,
    lesson: Lesson,
    outputs: Outputs,
    *,
    device: str,
    smoke: bool,
    on_step: Callable[[int, int, float], None] = lambda epoch, steps, loss: None,
) -> Trained:
    """Train, and write the weights, their card and the loss curve.

    Raises:
        UsageError: the outputs cannot be written, or the checkpoint there is of another configuration.
        TrainingError: the loss diverged, or the disk is full.
    """
    outputs.check()
    where = check_device(device)
    inputs = {"manifest": lesson.manifest, "code": code_of(method, recipe)}
    call = {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "hifbench": {"version": __version__, **source_state()},
        "versions": versions(),
        "machine": machine(device),
    }
    try:
        with FileLock(outputs.lock, blocking=False):
            trained = train(
                recipe,
                lesson.pairs,
                json.dumps(inputs, sort_keys=True),
                outputs.checkpoint,
                where,
                call,
                on_step,
                lambda history: write_whole(outputs.curve, _curve(history)),
            )
            _write(method, recipe, lesson, outputs, trained, smoke=smoke)
    except Timeout as error:
        raise UsageError(
            f"another call is training to {outputs.weights}; wait for it, or choose another --out"
        ) from error
    except OSError as error:
        raise TrainingError(
            f"cannot write {outputs.weights} and what belongs to it ({error.strerror or error}); make room, then the "
            f"same command goes on"
        ) from error
    return trained


def _write(method: str, recipe: Recipe, lesson: Lesson, outputs: Outputs, trained: Trained, *, smoke: bool) -> None:
    """Write what a finished run leaves; nothing in it depends on the call that happens to write it."""
    note = {
        "method": resolve(method),
        "recipe": recipe.model_dump(mode="json"),
        "trained_on": _trained_on(recipe, lesson, smoke),
        "manifest": lesson.manifest,
    }
    card = {
        **note,
        "smoke": smoke,
        "precision": trained.precision,
        "parameters": sum(parameter.numel() for parameter in trained.network.parameters()),
        "pairs": len(lesson.pairs),
        "left_out": lesson.left_out,
        "final_loss": trained.history[-1],
        "seconds": round(sum(call["seconds"] for call in trained.calls), 1),
        "calls": trained.calls,
    }
    write_weights(outputs.weights, trained.network, note)
    card["sha256"] = hashlib.sha256(outputs.weights.read_bytes()).hexdigest()
    write_whole(outputs.curve, _curve(trained.history))
    write_whole(outputs.picture, _drawn(trained.history, resolve(method)))
    write_json(outputs.card, card)


def _trained_on(recipe: Recipe, lesson: Lesson, smoke: bool) -> str:
    overlaps = DATASETS.get(recipe.dataset).card.overlaps
    shared = "".join(f", of which {what} are in {other}" for other, what in overlaps.items())
    text = f"{len(lesson.pairs)} {recipe.learns} of {recipe.dataset}/{recipe.split}{shared}; {recipe.epochs} epochs"
    return f"{text} (a smoke run, of no use)" if smoke else text


def _curve(history: Sequence[Mapping[str, float]]) -> bytes:
    frame = pd.DataFrame(list(history))
    frame.insert(0, "epoch", range(1, len(frame) + 1))
    return frame.to_csv(index=False).encode()


def _drawn(history: Sequence[Mapping[str, float]], title: str) -> bytes:
    from matplotlib.figure import Figure  # a second to import, and needed once

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for name in history[0]:
        axes.plot(range(1, len(history) + 1), [epoch[name] for epoch in history], label=name)
    if all(value > 0 for epoch in history for value in epoch.values()):
        axes.set_yscale("log")
    axes.set(xlabel="epoch", ylabel="loss", title=title)
    axes.legend()
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=120)
    return drawn.getvalue()
