"""The plan of a run: every cell that is expected, and what determines its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..datasets import DATASETS
from ..datasets._dataset import MissingDataError, PairSequence, manifest_digest
from ..datasets._depth import Depth, choose
from ..datasets.degradations import DEGRADATIONS
from ..errors import UsageError
from ..metrics._compute import Selected, select
from ..storage import stays_below
from . import evaluations
from .cell import CLEAN, Cell, Condition
from .efficiency.machine import describe_machine, thread_settings
from .efficiency.planned import Planned
from .efficiency.rows import TASK, VERSION, convention
from .efficiency.size import Size
from .efficiency.workload import Request, pair_id
from .experiment import DatasetChoice, Experiment
from .files import read_json, write_json
from .fingerprint import code_version, digest, of_condition, of_metric, safe_name
from .judges import Judges, check_annotated
from .parts import DETECTIONS, SCORES
from .sources import needs_depth
from .usable import Usable, skipped_there, usable_methods, with_pictures

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
        skipped: row of each method that does not run, and ``data set NAME`` of each that is not there -> why.
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
    def evaluations(self) -> list[evaluations.Planned]:
        """The rows of average precision that come of the cells."""
        return evaluations.planned(self.cells, self.fingerprints)

    @property
    def parts(self) -> list[str]:
        """Paths of all parts that are expected, those that come of others last."""
        own = [*(cell.part for cell in self.cells), *(profile.part for profile in self.profiles)]
        return [*own, *(row.part for row in self.evaluations)]

    def merge(self, run_dir: Path) -> None:
        """Add what an earlier plan expects of other methods, data sets or degradations."""
        earlier = read_plan(run_dir / PLAN_FILE)
        groups = {cell.group for cell in self.cells}
        self.cells = [*self.cells, *(cell for cell in earlier.cells if cell.group not in groups)]
        keys = {profile.key for profile in self.profiles}
        self.profiles = [*self.profiles, *(profile for profile in earlier.profiles if profile.key not in keys)]
        rows = {name for cell in self.cells for name in (cell.method.row, _skipped_name(cell.dataset))}
        rows |= {skipped_there(cell.method, cell.dataset) for cell in self.cells}
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
            "evaluations": [row.as_json() for row in self.evaluations],
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
        planned = [cell for kind in ("cells", "profiles", "evaluations") for cell in content.get(kind, [])]
        for name in (name for cell in planned for name in (cell["part"], *cell.get("pairs", []))):
            if not stays_below(name):
                raise UsageError(f"{path} names a file outside its folder: {name!r}; choose another run directory")
        return Plan(
            content["experiment"],
            content["title"],
            [Cell.from_json(cell) for cell in content["cells"]],
            content["fingerprints"],
            content["datasets"],
            content["skipped"],
            [Planned.from_json(profile) for profile in content.get("profiles", [])],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is no plan of hifbench ({error!r}); choose another run directory") from error


def make(
    name: str,
    experiment: Experiment,
    data_root: Path | None,
    *,
    limit: int | None = None,
    named: Sequence[str] = (),
    training: Mapping[str, Mapping[str, Any]] | None = None,
    judges: Judges | None = None,
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
        judges: what looks for objects; None where that is not among the experiment's tasks.
        device: that efficiency is measured on, where that is a task.

    Raises:
        UsageError: an unknown name, a missing data set, an option that does not fit.
        WeightsError: a method that the user named has no usable weights.
    """
    columns = select(experiment.metrics, experiment.conventions) if "fusion" in experiment.tasks else []
    plan = Plan(name, experiment.title, [])
    conditions = _conditions(experiment)
    methods = list(usable_methods(experiment.chosen_methods(), named, plan.skipped, training or {}))
    if not methods:
        raise UsageError(f"no method is left to run: {'; '.join(plan.skipped.values())}")
    absent: list[MissingDataError] = []
    for choice in experiment.datasets:
        try:
            everything = DATASETS.get(choice.name).load(data_root, choice.split, **choice.options)
        except MissingDataError as error:
            if choice.shown in named or choice.name in named:
                raise
            absent.append(error)
            plan.skipped[_skipped_name(choice)] = str(error).removeprefix(f"data set '{choice.name}': ")
            continue
        if judges:
            check_annotated(choice, everything)
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
        there = list(with_pictures(choice, methods, conditions, plan.skipped))
        _expand(plan, choice, pairs, experiment.chunk, conditions, depth, there, columns, judges)
    if not plan.cells:
        raise absent[0] if absent else UsageError(f"nothing is left to run: {'; '.join(plan.skipped.values())}")
    parts = Counter(cell.part for cell in plan.cells)
    if parts.total() > len(parts):
        twice = next(cell for cell in plan.cells if parts[cell.part] > 1)
        raise UsageError(
            f"data set '{twice.dataset.shown}', split '{twice.dataset.split}', is named twice; give one another 'label'"
        )
    if TASK in experiment.tasks:
        _add_profiles(plan, Size.parse(experiment.size), device, methods)
    return plan


def _add_profiles(plan: Plan, size: Size, device: str, methods: Sequence[Usable]) -> None:
    """Add the profiles of all methods that have weights if they need any."""
    threads = thread_settings()
    shared = {"version": VERSION, "pair": pair_id(), "size": str(size), "machine": describe_machine(device, threads)}
    for method, origin, described in methods:
        if described.get("training", {}).get("fault"):
            continue  # the row's cells say so
        if not origin.measurable:
            plan.skipped[f"cost of {method.row}"] = "it does not run within hifbench, which cannot measure it"
            continue
        request = Request(method, size, device, threads)
        determines = {"task": TASK, **shared, "method": described}
        fingerprint = digest(determines)
        plan.fingerprints[fingerprint] = determines
        named = (TASK, convention(request).replace(" ", "-"), safe_name(method.row), fingerprint)
        plan.profiles.append(Planned(request, fingerprint, "/".join([SCORES, *named, "profile.parquet"])))


def _skipped_name(choice: DatasetChoice) -> str:
    """How a data set that is not there is called among what is skipped; a row may have the same name."""
    return f"data set {choice.shown}"


def _expand(
    plan: Plan,
    choice: DatasetChoice,
    pairs: PairSequence,
    size_of_chunk: int,
    conditions: Sequence[Condition],
    depth: Depth | None,
    methods: Sequence[Usable],
    columns: Sequence[Selected],
    judges: Judges | None,
) -> None:
    """Add the cells of one data set, those that share a chunk of sources next to each other."""
    dataset = DATASETS.get(choice.name)
    described_dataset = {
        **choice.model_dump(exclude={"label"}),
        **code_version(dataset.card.version, dataset.__module__),
    }
    described_metrics = [of_metric(column) for column in columns]
    described_conditions = [(condition, of_condition(condition)) for condition in conditions]
    for start in range(0, len(pairs), size_of_chunk):
        chunk = pairs[start : start + size_of_chunk]
        for condition, described_condition in described_conditions:
            for method, origin, described_method in methods:
                if origin.from_clean and condition != CLEAN:
                    continue
                size = 1 if origin.card.per_pair else len(chunk)
                for first in range(0, len(chunk), size):
                    piece = chunk[first : first + size]
                    of_pairs = origin.of_pairs(f"{choice.name}/{pairs.split}", piece.ids)
                    fused = {
                        "protocol": PROTOCOL,
                        "dataset": described_dataset,
                        "data": manifest_digest(piece.sources),
                        "condition": described_condition,
                        "method": described_method | of_pairs,
                    }
                    if depth and needs_depth(condition):
                        fused["depth"] = depth.describe(piece.sources)
                    number = start // size_of_chunk
                    fault = described_method.get("training", {}).get("fault", "")
                    if described_metrics:
                        determines = fused | {"metrics": described_metrics}
                        _add(plan, determines, Cell(choice, condition, method, number, piece.ids, "", "", fault))
                    if judges:
                        judge = judges.of(choice, method.row)
                        determines = fused | {"detector": dict(judge.facts), "annotations": piece.annotations}
                        cell = Cell(choice, condition, method, number, piece.ids, "", "", fault or judge.fault)
                        looked = replace(cell, detector=judge.path, detector_sha256=judge.sha256)
                        _add(plan, determines, replace(looked, convention=judge.convention))


def _add(plan: Plan, determines: dict[str, Any], cell: Cell) -> None:
    """Add a cell, its fingerprint and its part's path, to a plan."""
    fingerprint = digest(determines)
    plan.fingerprints[fingerprint] = determines
    made_from = {key: value for key, value in determines["method"].items() if key != "training"}
    condition = cell.condition
    named = [cell.dataset.shown, cell.dataset.split, f"{condition.degradation}-{condition.severity:g}", cell.method.row]
    store, *folders = [DETECTIONS, *named, cell.convention] if cell.detector else [SCORES, *named]
    path = [str(store), *(safe_name(str(name)) for name in folders), fingerprint, f"{digest(list(cell.pairs))}.parquet"]
    part = "/".join(path)
    plan.cells.append(replace(cell, fingerprint=fingerprint, part=part, made_from=digest(made_from)))


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
