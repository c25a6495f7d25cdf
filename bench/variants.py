"""Rows whose weights a run trains itself: each once per seed, kept beside the scores and never trained twice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .. import datasets
from ..datasets._dataset import manifest_digest
from ..errors import DivergedError, UsageError
from ..methods._create import check_device
from ..methods._training.recipe import Recipe, Schedule
from ..methods._training.trainer import Trained, steps_in_epoch
from . import plan, training
from .experiment import Experiment, MethodChoice
from .files import read_json, writable_folder
from .judges import Judges
from .training import Lesson, Outputs

WEIGHTS = "weights"
"""Folder of the weights, below the run directory."""

SEEDS = 3
"""Weights of each row, unless the experiment says another number; one under the schedule ``smoke``."""


@dataclass(frozen=True)
class Variant:
    """One training: a row of the experiment with one seed.

    Attributes:
        of: the row of the experiment.
        method: to train.
        schedule: that its recipe is under.
        recipe: with the row's settings and the seed.
        data: hash of the pairs to learn from.
        device: kind of the device to train on: two kinds round in two ways.
        outputs: its files; their name holds a hash of all that determines the weights.
    """

    of: str
    method: str
    schedule: Schedule
    recipe: Recipe
    data: str
    device: str
    outputs: Outputs

    @property
    def row(self) -> str:
        """Name of the row in the results."""
        return f"{self.of} #{self.recipe.seed}"

    def is_trained(self) -> bool:
        """Whether the weights are there, whole and as their card says."""
        card = read_json(self.outputs.card)
        if card.get("recipe") != self.recipe.model_dump(mode="json") or not self.outputs.weights.is_file():
            return False
        return bool(card.get("sha256") == hashlib.sha256(self.outputs.weights.read_bytes()).hexdigest())

    def facts(self, fault: str = "") -> dict[str, Any]:
        """What the plan keeps, and reports put rows of several seeds together by."""
        equal = {"schedule": self.schedule, "data": self.data, "device": self.device}
        recipe = self.recipe.model_dump(mode="json")
        return {"row": self.of, **equal, "recipe": recipe} | ({"fault": fault} if fault else {})


class Display(Protocol):
    """Where a run says what it trains."""

    def leaves_out(self, pair: str, why: str) -> None:
        """A pair of the training data cannot be used."""

    def begins(self, variant: Variant, steps: int) -> None:
        """A training of so many steps begins, or goes on."""

    def step(self, epoch: int, steps: int, loss: float) -> None:
        """A step was made: the epoch from 1, the steps done in all, the loss."""

    def ends(self, variant: Variant, trained: Trained | None, fault: str) -> None:
        """It is done, or diverged."""


def spell_out(
    experiment: Experiment, run_dir: Path, data_root: Path | None, device: str
) -> tuple[Experiment, list[Variant]]:
    """Put a row for each seed in the place of every row that is to be trained.

    Returns:
        The experiment with schedule, seeds and rows spelt out, and the trainings that its new rows need.

    Raises:
        UsageError: a setting that the recipe does not take, or training data that is not there.
    """
    methods = experiment.chosen_methods()
    if all(choice.train is None for choice in methods):
        return experiment, []
    kind = check_device(device).type
    schedule: Schedule = experiment.schedule if experiment.schedule != "auto" else "full" if kind == "cuda" else "short"
    seeds = experiment.seeds or (1 if schedule == "smoke" else SEEDS)
    manifests: dict[tuple[str, str], str] = {}
    rows: list[MethodChoice] = []
    variants: list[Variant] = []
    for choice in methods:
        if choice.train is None:
            rows.append(choice)
            continue
        for recipe in _recipes(choice, schedule, seeds):
            source = (recipe.dataset, recipe.split)
            if source not in manifests:
                manifests[source] = manifest_digest(datasets.load(recipe.dataset, data_root, recipe.split).sources)
            data = manifests[source]
            outputs = Outputs(run_dir / WEIGHTS / _file_name(choice, recipe, schedule, data, kind))
            variant = Variant(choice.row, choice.name, schedule, recipe, data, kind, outputs)
            variants.append(variant)
            weights = str(variant.outputs.weights)
            rows.append(choice.model_copy(update={"label": variant.row, "weights": weights, "train": None}))
    content = experiment.model_dump() | {"schedule": schedule, "seeds": seeds}
    return Experiment.model_validate(content | {"methods": [row.model_dump() for row in rows]}), variants


def _recipes(choice: MethodChoice, schedule: Schedule, seeds: int) -> Iterator[Recipe]:
    settings = choice.train or {}
    try:
        first = training.recipe_of(choice.name, settings, schedule).seed
        for seed in range(first, first + seeds):
            yield training.recipe_of(choice.name, {**settings, "seed": seed}, schedule)
    except UsageError as error:
        raise UsageError(f"training of row '{choice.row}': {error}") from error


def _file_name(choice: MethodChoice, recipe: Recipe, schedule: Schedule, data: str, kind: str) -> str:
    """A name that says which row it is, and differs where anything that determines the weights does."""
    determines = {
        "method": choice.name,
        "recipe": recipe.model_dump(mode="json"),
        "crops": [recipe.crops, recipe.flips, recipe.mixed],
        "code": training.code_of(choice.name, recipe),
        "schedule": schedule,
        "data": data,
        "device": kind,
    }
    digest = hashlib.sha256(json.dumps(determines, sort_keys=True).encode()).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", choice.row).strip("-").lower()
    return f"{readable}-{recipe.seed}-{digest}.safetensors"


class Lessons:
    """What trainings learn from; those that learn from the same share it.

    Attributes:
        data_root: the folder that holds one folder per data set.
    """

    def __init__(self, data_root: Path | None) -> None:
        self.data_root = data_root
        self._read: dict[tuple[str, str, str, int], Lesson] = {}

    def of(self, variant: Variant) -> Lesson:
        """The lesson of a training, read when it is first asked for.

        Raises:
            UsageError: there is no pair that it can learn from.
        """
        recipe = variant.recipe
        key = (recipe.dataset, recipe.split, recipe.crops, recipe.crop)
        if key not in self._read:
            try:
                self._read[key] = training.read_lesson(recipe, self.data_root)
            except UsageError as error:
                raise UsageError(f"training of row '{variant.of}': {error}") from error
        return self._read[key]

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Pairs that cannot be used, each with why, of what was read so far."""
        for lesson in self._read.values():
            yield from lesson.left_out.items()


def train(
    variants: Sequence[Variant], lessons: Lessons, device: str, display: Display
) -> Mapping[str, Mapping[str, Any]]:
    """Train what is not there yet; a training that was broken off goes on at its last whole epoch.

    Args:
        variants: as spelt out.
        lessons: what they learn from.
        device: to train on.
        display: is told of each training.

    Returns:
        Row -> its facts, with the fault of those that diverged: no other row suffers from them.

    Raises:
        UsageError: the weights cannot be written, or another call is training them.
        TrainingError: the disk is full.
    """
    for pair, why in lessons.left_out():
        display.leaves_out(pair, why)
    facts = {}
    for variant in variants:
        facts[variant.row] = variant.facts()
        if variant.is_trained():
            continue
        recipe, lesson = variant.recipe, lessons.of(variant)
        writable_folder(variant.outputs.weights.parent)
        display.begins(variant, recipe.epochs * steps_in_epoch(recipe, len(lesson.pairs)))
        trained, fault = None, ""
        try:
            trained = training.run(
                variant.method,
                recipe,
                lesson,
                variant.outputs,
                device=device,
                smoke=variant.schedule == "smoke",
                on_step=display.step,
            )
        except DivergedError as error:
            fault = f"{error.what}; try a smaller learning rate, --set train.rate={error.rate:g}"
            facts[variant.row] = variant.facts(fault)
        display.ends(variant, trained, fault)
    return facts


def rehearse(
    name: str,
    experiment: Experiment,
    variants: Sequence[Variant],
    lessons: Lessons,
    *,
    run_dir: Path,
    named: Sequence[str],
    judges: Judges | None,
) -> None:
    """Plan the run as if its weights were there: what is wrong with it shows before the hours of training.

    Raises:
        UsageError: the run cannot be carried out as asked.
        WeightsError: a method that the user named has no usable weights.
    """
    untrained = {variant.row: variant.facts("not trained yet") for variant in variants}
    plan.make(name, experiment, lessons.data_root, limit=1, named=named, training=untrained, judges=judges)
    plan.read_plan(run_dir / plan.PLAN_FILE)
    for variant in variants:
        if not variant.is_trained():
            lessons.of(variant)
    writable_folder(run_dir)
