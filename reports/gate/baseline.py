"""The baseline's file: what a run's values were, what determined them, how far they may move. JSON, a line a pair."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import UsageError
from ..results import Results
from .comparison import Verdict
from .facts import Facts, facts_of
from .rows import EFFICIENCY, GROUP, KEY, measured_pairs, rows_of
from .tolerances import RATIOS, Tolerance, tolerance_of

FORMAT = 1
DIGITS = 10
"""Significant digits that are kept: far finer than any tolerance, so that the file is half as long."""

_WIDTH = 150

_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Strict):
    """One line of a baseline's history.

    Attributes:
        date: day, UTC.
        reason: why the baseline was made, or changed.
        hifbench: version.
        commit: of hifbench's source tree; null for an installed package.
        command: that made the run; of absolute paths the last part.
    """

    date: str
    reason: str
    hifbench: str
    commit: str | None
    command: list[str]


class Group(_Strict):
    """Scores of one data set under one condition, for one task and convention.

    Attributes:
        machine: that costs were measured on; empty for scores.
        scores: method -> pair -> metric -> value; null stands for an error.
    """

    dataset: str
    split: str
    degradation: str
    severity: float
    seed: int
    task: str
    convention: str
    machine: str
    scores: dict[str, dict[str, dict[str, float | Literal["inf", "-inf", "nan"] | None]]]


class Baseline(_Strict):
    """A baseline.

    Attributes:
        experiment: name of the run's.
        facts: what determines the values.
        floor: pairs that a check must at least compare.
        tolerances: metric -> how far it may move.
        ratios: cost -> how many times the baseline's it may be.
        history: oldest first.
        groups: the scores.
    """

    format: Literal[1] = 1
    experiment: str
    floor: int = Field(ge=1)
    history: list[Entry] = Field(min_length=1)
    facts: Facts
    tolerances: dict[str, Tolerance]
    ratios: dict[str, float]
    groups: list[Group] = Field(min_length=1)

    @model_validator(mode="after")
    def _all_have_a_tolerance(self) -> Baseline:
        for group in self.groups:
            known = self.ratios if group.task == EFFICIENCY else self.tolerances
            for of_method in group.scores.values():
                for values in of_method.values():
                    for metric in values.keys() - known.keys():
                        raise ValueError(f"metric '{metric}' has no tolerance")
        return self

    def rows(self) -> pd.DataFrame:
        """The scores, as :func:`hifbench.reports.gate.rows.rows_of` gives those of a run."""
        rows = [
            (*(getattr(group, column) for column in GROUP), method, pair, metric, group.machine, value)
            for group in self.groups
            for method, of_method in group.scores.items()
            for pair, of_pair in of_method.items()
            for metric, value in of_pair.items()
        ]
        table = pd.DataFrame(rows, columns=[*KEY, "machine", "value"])
        table["failed"] = table["value"].isna()
        table["value"] = table["value"].map(lambda value: _NOT_FINITE.get(value, value)).astype(float)
        return table


def make(results: Results, reason: str, earlier: Baseline | None = None, kept: pd.DataFrame | None = None) -> Baseline:
    """The baseline of a run.

    Args:
        results: of the run.
        reason: for the history.
        earlier: the baseline that this one replaces: its history, tolerances and ratios stay.
        kept: the run against it, see :class:`hifbench.reports.gate.comparison.Comparison`: values that are the same
            stay as they were written, so that the file's changes are those of the values. None to take all anew.

    Raises:
        UsageError: the run is incomplete, or holds no score.
    """
    incomplete, expected = missing_parts(results)
    if incomplete:
        raise UsageError(
            f"{incomplete} of the run's {expected} parts are not there yet; complete it with the same 'hifbench run'"
        )
    rows = rows_of(results)
    floor = measured_pairs(rows)
    if not floor:
        raise UsageError("the run holds no score but errors; a baseline of it would measure nothing")
    if kept is not None:
        same = kept[kept["verdict"] == Verdict.SAME]
        old = rows[KEY].merge(same, on=KEY, how="left")["before"]
        rows["value"] = old.where(old.notna(), rows["value"])
    run = results.run
    made_by = run.get("hifbench", {})
    entry = Entry(
        date=datetime.now(UTC).date().isoformat(),
        reason=reason,
        hifbench=made_by.get("version", "unknown"),
        commit=made_by.get("commit"),
        command=_command(run.get("command", [])),
    )
    of_scores = rows.loc[rows["task"] != EFFICIENCY, ["metric", "task"]].drop_duplicates().sort_values("metric")
    scored = dict(zip(of_scores["metric"], of_scores["task"], strict=True))
    costs = sorted(set(rows.loc[rows["task"] == EFFICIENCY, "metric"]))
    tolerances = {name: tolerance_of(name, task) for name, task in scored.items()}
    ratios = {name: RATIOS[name] for name in costs}
    if earlier:
        tolerances |= {name: each for name, each in earlier.tolerances.items() if name in tolerances}
        ratios |= {name: each for name, each in earlier.ratios.items() if name in ratios}
    return Baseline(
        experiment=results.plan["experiment"],
        floor=floor,
        history=[*(earlier.history if earlier else []), entry],
        facts=facts_of(results),
        tolerances=tolerances,
        ratios=ratios,
        groups=list(_groups(rows)),
    )


def _command(words: Sequence[str]) -> list[str]:
    """A command without the folders of the machine that it was typed on: the file is to be committed."""
    return ["hifbench", *(PurePath(word).name if PurePath(word).is_absolute() else word for word in words[1:])]


def missing_parts(results: Results) -> tuple[int, int]:
    """Parts of a run's plan that are not there, and all of them."""
    planned = [part for kind in ("cells", "evaluations", "profiles") for part in results.plan.get(kind, [])]
    return len(results.missing(planned)), len(planned)


def _groups(rows: pd.DataFrame) -> Iterator[Group]:
    for named, of_group in rows.groupby([*GROUP, "machine"], sort=True):
        scores: dict[str, dict[str, dict[str, Any]]] = {}
        columns = (of_group[column] for column in ("method", "pair", "metric", "value", "failed"))
        for method, pair, metric, value, failed in zip(*columns, strict=True):
            scores.setdefault(method, {}).setdefault(pair, {})[metric] = None if failed else _written(value)
        key: dict[str, Any] = dict(zip([*GROUP, "machine"], named, strict=True))
        yield Group(**key, scores=scores)


def _written(value: float) -> float | str:
    if math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return str(value)


def text(baseline: Baseline) -> str:
    """A baseline as it is kept: JSON, one line for each method and pair, so that a change shows what moved."""
    content = baseline.model_dump(mode="json", exclude={"groups"})
    head = _laid_out(content, "").removesuffix("\n}")
    groups = ",\n".join(_group_text(group) for group in baseline.groups)
    return f'{head},\n "groups": [\n{groups}\n ]\n}}\n'


def _laid_out(content: object, indent: str) -> str:
    """JSON, of which what fits in a line stands in one."""
    line, inner = _line(content), indent + " "
    if isinstance(content, list) and any(isinstance(item, dict) for item in content):
        return "[\n" + ",\n".join(f"{inner}{_line(item)}" for item in content) + f"\n{indent}]"
    if not isinstance(content, dict) or (indent and len(line) <= _WIDTH):
        return line
    items = ",\n".join(f"{inner}{_line(key)}: {_laid_out(value, inner)}" for key, value in content.items())
    return f"{{\n{items}\n{indent}}}"


def _group_text(group: Group) -> str:
    head = _line(group.model_dump(exclude={"scores"})).removesuffix("}")
    methods = []
    for method, of_method in group.scores.items():
        pairs = ",\n".join(f"    {_line(pair)}: {_line(values)}" for pair, values in of_method.items())
        methods.append(f"   {_line(method)}: {{\n{pairs}\n   }}")
    return f'  {head},\n  "scores": {{\n' + ",\n".join(methods) + "\n  }}"


def _line(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def read(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        UsageError: there is no such file, or it is no baseline, or one of another version of hifbench.
    """
    mend = "make one with 'hifbench baseline make'"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no baseline {path}; {mend}") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no baseline ({error}); {mend}") from error
    if not isinstance(content, Mapping) or "format" not in content:
        raise UsageError(f"{path} is no baseline: it has no 'format'; {mend}")
    if content["format"] != FORMAT:
        raise UsageError(f"{path} is of format {content['format']}, and this version reads {FORMAT}; {mend}")
    try:
        return Baseline.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise UsageError(f"{path} is no baseline{f', {where}' if where else ''}: {fault['msg']}; {mend}") from error
