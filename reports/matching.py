"""Which convention of a metric could have produced a published number?"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ..errors import UsageError

NEAR = 0.01
"""Relative distance up to which a convention may still be the one: another grey rule, or a picture saved once more."""


@dataclass(frozen=True)
class Published:
    """A number as it is printed.

    Attributes:
        metric: name as printed.
        value: the number.
        decimals: digits printed after the point, negative for a number in tens, hundreds..; they say how exactly it is
            known.
    """

    metric: str
    value: float
    decimals: int


@dataclass(frozen=True)
class Candidate:
    """A convention held against a published number.

    Attributes:
        column: the metric, with an option where it is one.
        convention: the convention.
        value: mean over the pairs.
        distance: of ``value`` from the published number, relative to it.
        verdict: ``fits``, printed with as many digits it is the published number; ``near``, within 1 %; ``no``; or
            ``not computed``, where it has no value.
    """

    column: str
    convention: str
    value: float
    distance: float
    verdict: str


def read_published(path: Path) -> list[Published]:
    """Read a paper's numbers for one fused set.

    Args:
        path: CSV with the columns ``metric`` and ``value``; values as printed, because their digits count.

    Raises:
        UsageError: the file cannot be read, lacks a column, or holds no number where one is due.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path} cannot be read ({error}); give a CSV file with the columns metric and value"
        ) from error
    rows = [{(key or "").strip().lower(): (value or "").strip() for key, value in row.items() if key} for row in rows]
    if not rows or not {"metric", "value"} <= set(rows[0]):
        there = ", ".join(rows[0]) if rows else "no row"
        raise UsageError(f"{path} needs the columns 'metric' and 'value', separated by commas; it has: {there}")
    found: dict[str, Published] = {}
    for number, row in enumerate(rows, 2):
        name, text = row["metric"], row["value"]
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise UsageError(f"{path}, line {number}: '{text}' is no number; write it as it is printed, such as 0.73")
        if name in found:
            raise UsageError(f"{path}, line {number}: '{name}' is there twice; give the numbers of one fused set")
        found[name] = Published(name, float(value), -int(value.as_tuple().exponent))
    return list(found.values())


def rank(published: Published, means: Mapping[tuple[str, str], float]) -> list[Candidate]:
    """Conventions by their distance from a published number, the nearest first.

    Args:
        published: the number.
        means: (column, convention) -> mean over the pairs, NaN where there is none.
    """
    candidates = []
    for (column, convention), value in means.items():
        if math.isnan(value):
            candidates.append(Candidate(column, convention, value, math.inf, "not computed"))
            continue
        distance = abs(value - published.value) / abs(published.value) if published.value else abs(value)
        fits = abs(value - published.value) <= 0.5 * 10.0**-published.decimals * (1 + 1e-9)
        verdict = "fits" if fits else "near" if distance <= NEAR else "no"
        candidates.append(Candidate(column, convention, value, distance, verdict))
    return sorted(candidates, key=lambda candidate: (candidate.verdict != "fits", candidate.distance))


def conclusion(candidates: Sequence[Candidate]) -> str:
    """What the ranking says, in words."""
    for verdict in ("fits", "near"):
        which = [f"{one.column} ({one.convention})" for one in candidates if one.verdict == verdict]
        if which:
            return f"{verdict}: {', '.join(which)}"
    return "none fits" if any(one.verdict == "no" for one in candidates) else "not computed"


def tally(rankings: Sequence[Sequence[Candidate]]) -> list[tuple[str, int]]:
    """Convention -> how many of a paper's numbers it fits, the most first; an option counts for itself."""
    fitting: Counter[str] = Counter()
    for ranking in rankings:
        fitting.update(
            {one.convention if "@" not in one.column else one.column for one in ranking if one.verdict == "fits"}
        )
    return fitting.most_common()
