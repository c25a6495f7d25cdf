"""The plan of a run: every cell that is expected, and what determines its values."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..datasets import DATASETS
from ..datasets._dataset import MissingDataError, PairSequence, manifest_digest
from ..datasets._depth import Depth, choose
from ..datasets.degradations import DEGRADATIONS
from ..errors import UsageError
from ..methods import METHODS
from ..methods._create import check_options, create
from ..methods._weights import MissingWeightsError, locate
from ..metrics._compute import Selected, select
from .cell import CLEAN, Cell, Condition
from .efficiency.machine import describe_machine, thread_settings
from .efficiency.planned import Planned
from .efficiency.rows import TASK, VERSION, convention
from .efficiency.size import Size
from .efficiency.workload import Request, pair_id
from .experiment import DatasetChoice, Experiment, MethodChoice
from .files import read_json, write_json
from .parts import SCORES
from .sources import needs_depth

PROTOCOL = 1
"""Raised when the way of scoring changes (rounding, colour, order of sources), so that no old part is reused."""

PLAN_FILE = "plan.json"
FORMAT = 1
"""Of ``plan.json``; raised when its content takes another form."""


@dataclass
class Plan:
    """What a run directory is expected to hold.

    Attributes:
        name: of the experiment.
        title: heading of its tables.
        cells: expected parts; cells of one chunk stand together, one method after the other.
        fingerprints: fingerprint -> what it is the hash of.
        datasets: ``name/split`` -> pairs used, pairs expected, known-bad pairs left out, hash of the contents and of
            the annotations; and under ``depth`` where it comes from, if a degradation needs it.
        skipped: row of each method that does not run, and each data set that is not there -> why.
        profiles: expected parts on what the methods cost.
    """

    name: str
    title: str
    cells: list[Cell]
    fingerprints: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    profiles: list[Planned] = field(default_factory=list)

    @property
    def parts(self) -> list[str]:
        """Paths of all parts that are expected."""
        return [*(cell.part for cell in self.cells), *(profile.part for profile in self.profiles)]

    def merge(self, run_dir: Path) -> None:
        """Add what an earlier plan expects of other methods, data sets or degradations."""
        earlier = read_plan(run_dir / PLAN_FILE)
        groups = {cell.group for cell in self.cells}
        self.cells = [*self.cells, *(cell for cell in earlier.cells if cell.group not in groups)]
        keys = {profile.key for profile in self.profiles}
        self.profiles = [*self.profiles, *(profile for profile in earlier.profiles if profile.key not in keys)]
        rows = {name for cell in self.cells for name in (cell.method.row, cell.dataset.shown)}
        used = {cell.fingerprint for cell in self.cells} | {profile.fingerprint for profile in self.profiles}
        described = {key: {**earlier.datasets.get(key, {}), **facts} for key, facts in self.datasets.items()}
        self.datasets = {**earlier.datasets, **described}
        skipped, fingerprints = {**earlier.skipped, **self.skipped}, {**earlier.fingerprints, **self.fingerprints}
        self.skipped = {row: why for row, why in skipped.items() if row not in rows}
        self.fingerprints = {key: value for key, value in fingerprints.items() if key in used}

    def write(self, run_dir: Path) -> None:
        """Write ``plan.json``."""
        content = {
            "format": FORMAT,
            "experiment": self.name,
            "title": self.title,
            "datasets": self.datasets,
            "skipped": self.skipped,
            "fingerprints": self.fingerprints,
            "cells": [cell.as_json() for cell in self.cells],
            "profiles": [profile.as_json() for profile in self.profiles],
        }
        write_json(run_dir / PLAN_FILE, content)


def read_plan(path: Path) -> Plan:
    """Read ``plan.json``; an empty plan when there is none.

    Raises:
        UsageError: the file is no plan, or one that another version of hifbench wrote.
    """
    content = read_json(path)
    if not content:
        return Plan("", "", [])
    try:
        if content["format"] != FORMAT:
            raise UsageError(f"{path} is of format {content['format']}, not {FORMAT}; choose another run directory")
        return Plan(
            content["experiment"],
            content["title"],
            [Cell.from_json(cell) for cell in content["cells"]],
            content["fingerprints"],
            content["datasets"],
            content["skipped"],
            [Planned.from_json(profile) for profile in content.get("profiles", [])],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is no plan of hifbench ({error!r}); choose another run directory") from error


def make(
    name: str,
    experiment: Experiment,
    data_root: Path | None,
    *,
    limit: int | None = None,
    named: Sequence[str] = (),
    training: Mapping[str, Mapping[str, Any]] | None = None,
    device: str = "cpu",
) -> Plan:
    """Expand an experiment into cells.

    Args:
        name: of the experiment.
        experiment: validated.
        data_root: the folder that holds one folder per data set.
        limit: use the first so many pairs of each data set.
        named: rows and data sets that the user asked for by name; missing weights or data of theirs are an error.
        training: row whose weights the run trains -> facts on that, and under ``fault`` why it has none.
        device: that efficiency is measured on, where that is a task.

    Raises:
        UsageError: an unknown name, a missing data set, an option that does not fit.
        WeightsError: a method that the user named has no usable weights.
    """
    columns = select(experiment.metrics, experiment.conventions)
    plan = Plan(name, experiment.title, [])
    conditions = _conditions(experiment)
    methods = list(_usable_methods(experiment.chosen_methods(), named, plan.skipped, training or {}))
    if not methods:
        raise UsageError(f"no method is left to run: {'; '.join(plan.skipped.values())}")
    absent: dict[str, MissingDataError] = {}
    for choice in experiment.datasets:
        try:
            everything = DATASETS.get(choice.name).load(data_root, choice.split, **choice.options)
        except MissingDataError as error:
            if choice.shown in named or choice.name in named:
                raise
            absent[choice.shown] = error
            continue
        pairs = everything.first(limit)
        choice = choice.model_copy(update={"split": pairs.split})
        plan.datasets[f"{choice.shown}/{choice.split}"] = {
            "name": choice.name,
            "pairs": len(pairs),
            "coverage": everything.coverage,
            "limit": limit,
            "excluded": pairs.excluded,
            "unlisted": list(pairs.unlisted),
            "manifest": manifest_digest(pairs.sources),
            "annotations": pairs.annotations,
        }
        depth = None
        if any(needs_depth(condition) for condition in conditions):
            depth = choose(pairs.card, choice.shown, experiment.depth)
            plan.datasets[f"{choice.shown}/{choice.split}"]["depth"] = depth.describe(pairs.sources)
        _expand(plan, choice, pairs, experiment.chunk, conditions, depth, methods, columns)
    if not plan.cells:
        raise next(iter(absent.values()))
    plan.skipped.update({name: str(error) for name, error in absent.items()})
    parts = Counter(cell.part for cell in plan.cells)
    if parts.total() > len(parts):
        twice = next(cell for cell in plan.cells if parts[cell.part] > 1)
        raise UsageError(
            f"data set '{twice.dataset.shown}', split '{twice.dataset.split}', is named twice; give one another 'label'"
        )
    if TASK in experiment.tasks:
        _add_profiles(plan, Size.parse(experiment.size), device, methods)
    return plan


def _add_profiles(plan: Plan, size: Size, device: str, methods: Sequence[tuple[MethodChoice, dict[str, Any]]]) -> None:
    """Add the profiles of all methods that have weights if they need any."""
    threads = thread_settings()
    shared = {"version": VERSION, "pair": pair_id(), "size": str(size), "machine": describe_machine(device, threads)}
    for method, described in methods:
        if described.get("training", {}).get("fault"):
            continue  # the row's cells say so
        request = Request(method, size, device, threads)
        determines = {"task": TASK, **shared, "method": described}
        fingerprint = _hash(determines)
        plan.fingerprints[fingerprint] = determines
        named = (TASK, convention(request).replace(" ", "-"), _safe(method.row), fingerprint)
        plan.profiles.append(Planned(request, fingerprint, "/".join([SCORES, *named, "profile.parquet"])))


def _expand(
    plan: Plan,
    choice: DatasetChoice,
    pairs: PairSequence,
    size_of_chunk: int,
    conditions: Sequence[Condition],
    depth: Depth | None,
    methods: Sequence[tuple[MethodChoice, dict[str, Any]]],
    columns: Sequence[Selected],
) -> None:
    """Add the cells of one data set, those that share a chunk of sources next to each other."""
    dataset = DATASETS.get(choice.name)
    described_dataset = {
        **choice.model_dump(exclude={"label"}),
        **code_version(dataset.card.version, dataset.__module__),
    }
    described_metrics = [_describe_metric(column) for column in columns]
    described_conditions = [(condition, _describe_condition(condition)) for condition in conditions]
    for start in range(0, len(pairs), size_of_chunk):
        chunk = pairs[start : start + size_of_chunk]
        for condition, described_condition in described_conditions:
            for method, described_method in methods:
                size = 1 if METHODS.get(method.name).card.per_pair else len(chunk)
                for first in range(0, len(chunk), size):
                    piece = chunk[first : first + size]
                    determines = {
                        "protocol": PROTOCOL,
                        "dataset": described_dataset,
                        "data": manifest_digest(piece.sources),
                        "condition": described_condition,
                        "method": described_method,
                        "metrics": described_metrics,
                    }
                    if depth and needs_depth(condition):
                        determines["depth"] = depth.describe(piece.sources)
                    fingerprint = _hash(determines)
                    plan.fingerprints[fingerprint] = determines
                    part = _part(choice, condition, method, piece.ids, fingerprint)
                    number = start // size_of_chunk
                    fault = described_method.get("training", {}).get("fault", "")
                    plan.cells.append(Cell(choice, condition, method, number, piece.ids, fingerprint, part, fault))


def _part(
    choice: DatasetChoice, condition: Condition, method: MethodChoice, ids: tuple[str, ...], fingerprint: str
) -> str:
    """Path of a part's file below the run directory."""
    named = [choice.shown, choice.split, f"{condition.degradation}-{condition.severity:g}", method.row]
    return "/".join([SCORES, *(_safe(str(name)) for name in named), fingerprint, f"{_hash(list(ids))}.parquet"])


def _conditions(experiment: Experiment) -> list[Condition]:
    """The clean images, then each degradation at each of its severities.

    Raises:
        UsageError: a severity that the degradation does not define.
    """
    for choice in experiment.degradations:
        for severity in choice.severities:
            try:
                DEGRADATIONS.get(choice.name).check(severity)
            except ValueError as error:
                raise UsageError(str(error)) from error
    severities = [
        Condition(choice.name, severity, experiment.seed)
        for choice in experiment.degradations
        for severity in choice.severities
        if severity != 0
    ]
    return [CLEAN, *severities]


def _usable_methods(
    choices: Sequence[MethodChoice],
    named: Sequence[str],
    skipped: dict[str, str],
    training: Mapping[str, Mapping[str, Any]],
) -> Iterator[tuple[MethodChoice, dict[str, Any]]]:
    """Methods that can run, each with what determines its output; the others go to ``skipped``."""
    for choice in choices:
        method = METHODS.get(choice.name)
        check_options(method, choice.options)
        weights: Mapping[str, str] = {}
        trained = training.get(choice.row, {})
        if method.card.needs_weights and not trained.get("fault"):
            try:
                weights = locate(method.card, choice.weights).sha256
            except MissingWeightsError as error:
                if choice.row in named or choice.weights != "default":
                    raise
                skipped[choice.row] = str(error)
                continue
        if not trained and (choice.row in named or not method.card.needs_weights):
            create(method, choice.weights, "cpu", choice.options)  # a fault shows before anything is computed
        described = {
            "name": choice.name,
            "options": choice.options,
            "weights": dict(weights),
            **code_version(method.card.version, method.__module__),
        }
        yield choice, {**described, "training": dict(trained)} if trained else described


def _describe_metric(column: Selected) -> dict[str, Any]:
    metric = column.metric
    module = inspect.getmodule(metric.function)
    return {
        "name": column.name,
        "convention": column.convention,
        **code_version(metric.version, module.__name__ if module else ""),
    }


def _describe_condition(condition: Condition) -> dict[str, Any]:
    described: dict[str, Any] = {"degradation": condition.degradation, "severity": condition.severity}
    if condition.degradation != "none":
        degradation = DEGRADATIONS.get(condition.degradation)
        described["seed"] = condition.seed
        described |= code_version(degradation.version, degradation.apply.__module__)
    return described


def code_version(version: int, module_name: str) -> dict[str, Any]:
    """Version of a built-in; for anybody else's code, which may change without one, the hash of its file too."""
    described: dict[str, Any] = {"version": version}
    file = getattr(sys.modules.get(module_name), "__file__", None)
    if file and not module_name.startswith("hifbench."):
        described["source"] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return described


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _safe(name: str) -> str:
    """A name as a folder: what a file system might refuse is replaced, and told apart by a hash."""
    clean = "".join(letter if letter.isalnum() or letter in "-_.@+" else "_" for letter in name)
    if clean != name or clean.startswith((".", "_")):
        return f"x{clean}-{_hash(name)[:6]}"
    return clean
