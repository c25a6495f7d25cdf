"""Whether several runs compare: what they share by name must be determined by the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .cell import Cell
from .efficiency.planned import Planned
from .files import read_json
from .plan import PLAN_FILE, Plan, read_plan
from .provenance import RUN_FILE

CALL = ("time", "command", "experiment", "seed", "hifbench", "versions", "machine")
"""Keys of ``run.json`` on a call."""

CARDS = ("data", "datasets", "methods", "metrics", "detectors")
"""Keys of ``run.json`` on what its calls used, each a mapping of names."""


@dataclass(frozen=True)
class Run:
    """A run directory.

    Attributes:
        path: as the user gave it.
        plan: content of its ``plan.json``.
        record: content of its ``run.json``.
    """

    path: Path
    plan: Plan
    record: dict[str, Any]

    def facts(self, planned: Cell | Planned) -> Mapping[str, Any]:
        """What determines the values of a cell or a profile."""
        return self.plan.fingerprints[planned.fingerprint]


def read_run(path: Path) -> Run:
    """Read plan and record of a run directory.

    Raises:
        UsageError: it is none, or one of another version, or one without a single part.
    """
    plan, record = read_plan(path / PLAN_FILE), read_json(path / RUN_FILE)
    if not plan.cells or not record:
        raise UsageError(f"{path} is no run directory, or an empty one; give the --out of a run")
    lacking = [key for key in (*CALL, *CARDS) if key not in record]
    lacking += [cell.fingerprint for cell in plan.cells if cell.fingerprint not in plan.fingerprints]
    if lacking:
        raise UsageError(f"{path} is of another version of hifbench: it has no {lacking[0]}; run it again")
    if not any((path / part).is_file() for part in plan.parts):
        raise UsageError(f"{path} holds no scores yet; complete it with the same 'hifbench run', or leave it out")
    return Run(path, plan, record)


def refuse_unlike(runs: Sequence[Run]) -> None:
    """Refuse runs that do not compare.

    Raises:
        UsageError: what differs, between which two, and how to mend it.
    """
    for what, facts in _CHECKS:
        seen: dict[Hashable, tuple[Any, Run]] = {}
        for run in runs:
            for name, value in facts(run):
                known, first = seen.setdefault(name, (value, run))
                if known != value and first is run:
                    raise UsageError(
                        f"{run.path} does not compare with itself: parts of {name} have another {what}"
                        f"{_difference(known, value)}; leave it out, or run it again into a new folder"
                    )
                if known != value:
                    raise UsageError(
                        f"{first.path} and {run.path} do not compare: {name} has another {what}"
                        f"{_difference(known, value)}; leave one of the two out, or run both alike"
                    )


def _difference(one: object, other: object) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
        one, other = ({key: each.get(key) for key in keys} for each in (one, other))
        text = f"{', '.join(keys)}: {one} and {other}"
    else:
        text = f"{one} and {other}"
    return f" ({text})" if len(text) <= _SHOWN else ""


_SHOWN = 400  # characters; hashes of a training's data do not help

Facts = Iterator[tuple[str, Any]]


def _protocol(run: Run) -> Facts:
    for cell in run.plan.cells:
        yield "the way of scoring", run.facts(cell)["protocol"]


def _of_data(key: str) -> Callable[[Run], Facts]:
    def facts(run: Run) -> Facts:
        for name, described in run.plan.datasets.items():
            yield f"data set {name}", described.get(key)

    return facts


def _conventions(run: Run) -> Facts:
    for name, card in run.record["metrics"].items():
        yield f"metric {name}", sorted(card["conventions"])


def _metrics(run: Run) -> Facts:
    for cell in run.plan.cells:
        for metric in run.facts(cell).get("metrics", []):
            yield f"metric {metric['name']} ({metric['convention']})", metric


def _conditions(run: Run) -> Facts:
    for cell in run.plan.cells:
        if cell.condition.degradation != "none":
            condition = run.facts(cell)["condition"]
            yield f"degradation {cell.condition.degradation} {cell.condition.severity:g}", condition


def _methods(run: Run) -> Facts:
    for cell in run.plan.cells:
        yield f"row {cell.method.row}", run.facts(cell)["method"]


def _detectors(run: Run) -> Facts:
    for cell in run.plan.cells:
        if cell.detector:
            facts = dict(run.facts(cell)["detector"])
            if "training" in facts:  # each row has its own, of one recipe
                facts = {"recipe": facts["training"]["recipe"], "classes": facts["classes"]}
            elif "sha256" not in facts:
                continue  # the row has no weights, so there is none
            yield f"{cell.convention} on {cell.dataset.shown}", facts


def _costs(run: Run) -> Facts:
    for profile in run.plan.profiles:
        yield f"the cost of {' at '.join(profile.key)}", dict(run.facts(profile))


def _rows(run: Run) -> Facts:
    parts: dict[str, list[str]] = {}
    for cell in run.plan.cells:
        name = f"row {cell.method.row} on {cell.dataset.shown}/{cell.dataset.split}, {cell.condition.degradation}"
        parts.setdefault(f"{name} {cell.condition.severity:g} {cell.convention}".strip(), []).append(cell.part)
    yield from parts.items()


_CHECKS: tuple[tuple[str, Callable[[Run], Facts]], ...] = (
    ("protocol", _protocol),
    ("number of pairs", _of_data("pairs")),
    ("content of its images", _of_data("manifest")),
    ("content of its annotations", _of_data("annotations")),
    ("source of depth", _of_data("depth")),
    ("set of conventions", _conventions),
    ("version", _metrics),
    ("seed or version", _conditions),
    ("method, version, options or weights", _methods),
    ("detector", _detectors),
    ("machine or version", _costs),
    ("set of metrics, or size of chunks", _rows),
)
"""What is compared, the reason that helps a reader most first: a row of the last differs wherever another does."""
