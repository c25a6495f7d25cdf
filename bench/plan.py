"""The plan of a run: every cell that is expected, and what determines its values."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..datasets import DATASETS
from ..datasets._dataset import PairSequence, manifest_digest
from ..datasets.degradations import DEGRADATIONS
from ..errors import UsageError
from ..methods import METHODS
from ..methods._create import check_options, create
from ..methods._weights import MissingWeightsError, locate
from ..metrics._compute import Selected, select
from .cell import Cell, Condition
from .experiment import DatasetChoice, Experiment, MethodChoice
from .files import read_json, write_json

PROTOCOL = 1
"""Raised when the way of scoring changes (rounding, colour, order of sources), so that no old part is reused."""

PLAN_FILE = "plan.json"


@dataclass
class Plan:
    """What a run directory is expected to hold.

    Attributes:
        name: of the experiment.
        title: heading of its tables.
        cells: expected parts; cells of one chunk stand together, one method after the other.
        fingerprints: fingerprint -> what it is the hash of.
        datasets: ``name/split`` -> pairs used, pairs expected, known-bad pairs left out, hash of the contents.
        skipped: row of each method that does not run -> why.
    """

    name: str
    title: str
    cells: list[Cell]
    fingerprints: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def write(self, run_dir: Path) -> None:
        """Write ``plan.json``, keeping what an earlier plan expects of other methods, data sets or degradations."""
        earlier = read_json(run_dir / PLAN_FILE)
        groups = {cell.group for cell in self.cells}
        kept = [cell for cell in map(Cell.from_json, earlier.get("cells", [])) if cell.group not in groups]
        self.cells = [*self.cells, *kept]
        used = {cell.fingerprint for cell in self.cells}
        rows = {cell.method.row for cell in self.cells}
        fingerprints = {**earlier.get("fingerprints", {}), **self.fingerprints}
        skipped = {**earlier.get("skipped", {}), **self.skipped}
        write_json(
            run_dir / PLAN_FILE,
            {
                "format": 1,
                "experiment": self.name,
                "title": self.title,
                "datasets": {**earlier.get("datasets", {}), **self.datasets},
                "skipped": {row: why for row, why in skipped.items() if row not in rows},
                "fingerprints": {key: value for key, value in fingerprints.items() if key in used},
                "cells": [cell.as_json() for cell in self.cells],
            },
        )


def make(
    name: str,
    experiment: Experiment,
    data_root: Path | None,
    *,
    limit: int | None = None,
    named: Sequence[str] = (),
) -> Plan:
    """Expand an experiment into cells.

    Args:
        name: of the experiment.
        experiment: validated.
        data_root: the folder that holds one folder per data set.
        limit: use the first so many pairs of each data set.
        named: rows that the user asked for by name; their missing weights are an error.

    Raises:
        UsageError: an unknown name, a missing data set, an option that does not fit.
        WeightsError: a method that the user named has no usable weights.
    """
    columns = select(experiment.metrics, experiment.convention)
    plan = Plan(name, experiment.title, [])
    methods = list(_usable_methods(experiment.chosen_methods(), named, plan.skipped))
    if not methods:
        raise UsageError(f"no method is left to run: {'; '.join(plan.skipped.values())}")
    for choice in experiment.datasets:
        dataset = DATASETS.get(choice.name)
        everything = dataset.load(data_root, choice.split, **choice.options)
        pairs = everything.first(limit)
        choice = DatasetChoice(name=dataset.card.name, split=pairs.split, options=choice.options)
        key = f"{choice.name}/{choice.split}"
        if key in plan.datasets:
            raise UsageError(f"data set '{key}' is named twice in one experiment; name it once")
        plan.datasets[key] = {
            "pairs": len(pairs),
            "coverage": everything.coverage,
            "limit": limit,
            "excluded": pairs.excluded,
            "manifest": manifest_digest(pairs.sources),
        }
        _expand(plan, choice, pairs, experiment, methods, columns)
    return plan


def _expand(
    plan: Plan,
    choice: DatasetChoice,
    pairs: PairSequence,
    experiment: Experiment,
    methods: Sequence[tuple[MethodChoice, dict[str, Any]]],
    columns: Sequence[Selected],
) -> None:
    """Add the cells of one data set, those that share a chunk of sources next to each other."""
    for condition in _conditions(experiment):
        for start in range(0, len(pairs), experiment.chunk):
            chunk = pairs[start : start + experiment.chunk]
            for method, described in methods:
                size = 1 if METHODS.get(method.name).card.per_pair else len(chunk)
                for first in range(0, len(chunk), size):
                    piece = chunk[first : first + size]
                    determines = {
                        "protocol": PROTOCOL,
                        "dataset": {**choice.model_dump(), "version": pairs.card.version},
                        "data": manifest_digest(piece.sources),
                        "condition": _describe_condition(condition),
                        "method": described,
                        "metrics": [_describe_metric(column) for column in columns],
                    }
                    plan.cells.append(_cell(choice, condition, method, piece.ids, determines, plan.fingerprints))


def _cell(
    choice: DatasetChoice,
    condition: Condition,
    method: MethodChoice,
    ids: tuple[str, ...],
    determines: dict[str, Any],
    fingerprints: dict[str, dict[str, Any]],
) -> Cell:
    fingerprint = _hash(determines)
    fingerprints[fingerprint] = determines
    folders = [
        choice.name,
        choice.split,
        f"{condition.degradation}-{condition.severity:g}",
        method.row,
        fingerprint,
    ]
    part = "/".join(["scores", *(_safe(str(folder)) for folder in folders), f"{_hash(list(ids))}.parquet"])
    return Cell(choice, condition, method, ids, fingerprint, part)


def _conditions(experiment: Experiment) -> list[Condition]:
    """The clean images, then each degradation at each of its severities."""
    severities = [
        Condition(DEGRADATIONS.resolve(choice.name), severity, experiment.seed)
        for choice in experiment.degradations
        for severity in choice.severities
        if severity != 0
    ]
    return [Condition("none", 0.0, experiment.seed), *severities]


def _usable_methods(
    choices: Sequence[MethodChoice], named: Sequence[str], skipped: dict[str, str]
) -> Iterator[tuple[MethodChoice, dict[str, Any]]]:
    """Methods that can run, each with what determines its output; the others go to ``skipped``."""
    for choice in choices:
        method = METHODS.get(choice.name)
        check_options(method, choice.options)
        weights: Mapping[str, str] = {}
        if method.card.needs_weights:
            try:
                weights = locate(method.card, choice.weights).sha256
            except MissingWeightsError as error:
                if choice.row in named or choice.name in named or choice.weights != "default":
                    raise
                skipped[choice.row] = str(error)
                continue
        if choice.row in named or choice.name in named or not method.card.needs_weights:
            create(method, choice.weights, "cpu", choice.options)  # a fault shows before anything is computed
        described = {
            "name": choice.name,
            "options": choice.options,
            "weights": dict(weights),
            **_version(method.card.version, method.__module__),
        }
        yield choice, described


def _describe_metric(column: Selected) -> dict[str, Any]:
    metric = column.metric
    module = inspect.getmodule(metric.function)
    return {
        "name": column.name,
        "convention": column.convention,
        **_version(metric.version, module.__name__ if module else ""),
    }


def _describe_condition(condition: Condition) -> dict[str, Any]:
    described: dict[str, Any] = {"degradation": condition.degradation, "severity": condition.severity}
    if condition.degradation != "none":
        degradation = DEGRADATIONS.get(condition.degradation)
        described["seed"] = condition.seed
        described |= _version(degradation.version, degradation.apply.__module__)
    return described


def _version(version: int, module_name: str) -> dict[str, Any]:
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
