"""Golden values and the rules that account for every one of them.

A rule of ``accounts/*.toml`` either claims that a metric of ours gives the value of a row, or says why none does.
Both tell their rows by three columns of the table::

    [[claim]]
    column = "SSIM"                     # the row's metric
    implementation = "VIFB:metrics"     # a part of the row's implementation
    convention = "valid; L=255"         # the beginning of the row's convention; "" for any
    metric = "SSIM"                     # as users type it; may be METRIC@option
    under = "vifb"                      # our convention; left out with an option
    tolerance = 1e-6                    # relative

    [[not_reproduced]]
    column = ...                        # the same three
    reason = "another library's default, no convention of ours"

Further, optional fields. Of both: ``triples``, a list, and ``table``, ``own`` or ``shared``, narrow the rows down.
Of a claim: ``colour = true`` or ``channel = "R"`` scores the triple in colour as it is or one channel of it, and no
other claim covers its rows; ``sources = ["ir", "ir"]`` replaces the pair of sources, which turns a mean over the
sources into the value against one; ``factor`` is what our value is multiplied by, 0.5 to turn a sum over the sources
into a mean; ``absolute`` is an error that is allowed in any case; ``elsewhere`` is the tolerance on processors without
AVX-512, for originals in float32, whose convolutions round otherwise there; ``note`` says what limits the original's
accuracy, and parts its rows from the exact ones in ``metrics/README.md``.
A row of NaN asks for NaN; one of ERROR for a metric that refuses the images.

The columns of ``golden-canonical.csv`` are rows of the implementation ``canonical``.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as File

from hifbench.errors import MetricError, UsageError
from hifbench.metrics._compute import select
from hifbench.metrics._picture import Picture

ACCOUNTS = Path(__file__).parent / "accounts"
OWN = Path(__file__).parent.parent / "golden" / "own"
COLOUR = "o1c"
"""The triple in colour; its infrared image is that of o1."""


@dataclass(frozen=True)
class Row:
    """One golden value."""

    table: str
    triple: str
    column: str
    implementation: str
    convention: str
    value: str

    def __str__(self) -> str:
        return f"{self.table} {self.triple} {self.column} | {self.implementation} | {self.convention}"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the two kinds of rules have in common: the rows that they cover."""

    group: str
    column: str
    implementation: str
    convention: str
    triples: tuple[str, ...] = ()
    table: str = ""

    def covers(self, row: Row) -> bool:
        return (
            self.column == row.column
            and self.implementation in row.implementation
            and row.convention.startswith(self.convention)
            and (not self.triples or row.triple in self.triples)
            and self.table in ("", row.table)
        )

    def __str__(self) -> str:
        return f"{self.group}.toml: {self.column} | {self.implementation} | {self.convention}"


@dataclass(frozen=True, kw_only=True)
class NotReproduced(Rule):
    """Rows that none of our conventions gives."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Claim(Rule):
    """Rows that a metric of ours gives."""

    metric: str
    tolerance: float
    under: str = "default"
    sources: tuple[str, str] = ("ir", "vi")
    colour: bool = False
    channel: str = ""
    factor: float = 1.0
    absolute: float = 0.0
    elsewhere: float = 0.0
    note: str = ""

    def covers(self, row: Row) -> bool:
        in_colour = self.colour or bool(self.channel)
        return in_colour == (row.triple == COLOUR) and super().covers(row)

    @property
    def allowed(self) -> float:
        """The tolerance on this processor."""
        rounds_alike = torch.backends.cpu.get_cpu_capability() == "AVX512"
        return self.tolerance if rounds_alike else max(self.tolerance, self.elsewhere)

    @property
    def scored_as(self) -> str:
        """The metric and what it is scored under, as reports show it."""
        return self.metric if "@" in self.metric else f"{self.metric} {self.under}"


@dataclass(frozen=True)
class Outcome:
    """A row under a claim: our value, or why there is none, and how far it is off."""

    row: Row
    claim: Claim
    found: float | str

    @property
    def error(self) -> float:
        """Relative error; 0 for equal infinities, for NaN and NaN, for ERROR and a refusal."""
        if self.row.value.startswith("ERROR") or isinstance(self.found, str):
            return 0.0 if self.row.value.startswith("ERROR") and self.found == "refused" else math.inf
        expected = float(self.row.value)
        if self.found == expected or (math.isnan(self.found) and math.isnan(expected)):
            return 0.0
        error = abs(self.found - expected) / abs(expected) if expected else math.inf
        return math.inf if math.isnan(error) else error

    @property
    def holds(self) -> bool:
        if self.error <= self.claim.allowed:
            return True
        if isinstance(self.found, str) or self.row.value.startswith("ERROR"):
            return False
        return abs(self.found - float(self.row.value)) <= self.claim.absolute

    def __str__(self) -> str:
        return f"{self.claim.scored_as}: {self.found} for {self.row.value[:24]}, off by {self.error:.2e}; {self.row}"


def groups() -> list[str]:
    """Names of the groups of metrics; each has one file of rules."""
    return sorted(path.stem for path in ACCOUNTS.glob("*.toml"))


@cache
def read_rules() -> list[Claim | NotReproduced]:
    """All rules of the accounts."""
    rules: list[Claim | NotReproduced] = []
    for path in (ACCOUNTS / f"{group}.toml" for group in groups()):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        kinds: dict[str, type[Claim] | type[NotReproduced]] = {"claim": Claim, "not_reproduced": NotReproduced}
        assert tables.keys() <= kinds.keys(), f"{path.name}: a rule is one of {list(kinds)}, not {list(tables)}"
        for kind, entries in tables.items():
            for entry in entries:
                fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
                try:
                    rules.append(kinds[kind](group=path.stem, **fields))
                except TypeError as error:
                    raise AssertionError(f"{path.name}: {error}: {entry}") from error
    return rules


@dataclass(eq=False)
class Goldens:
    """The golden values of one folder, and the triples they were computed from.

    Attributes:
        table: ``own`` or ``shared``.
        pictures: the folder of the triples.
        rows: all its golden values.
    """

    table: str
    pictures: Path
    rows: list[Row] = field(default_factory=list)

    def _add(self, path: Path) -> None:
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                names = ("triple", "metric", "implementation", "convention", "value")
                self.rows.append(Row(self.table, *(line[name] for name in names)))

    def _add_canonical(self, path: Path) -> None:
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                triple = line.pop("triple")
                for column, value in line.items():
                    if value:  # blank: the toolbox was too slow to be run on this triple
                        self.rows.append(Row(self.table, triple, column, "canonical", "", value))

    def load(self, name: str) -> torch.Tensor:
        """A picture in whole levels, float64 (1, C, H, W)."""
        with File.open(self.pictures / f"{name.replace(f'{COLOUR}_ir', 'o1_ir')}.png") as file:
            levels = torch.from_numpy(np.asarray(file).astype(np.float64))
        return levels[None, None] if levels.ndim == 2 else levels.permute(2, 0, 1)[None].contiguous()


@cache
def own_goldens() -> Goldens:
    """This project's synthetic triples."""
    goldens = Goldens("own", OWN)
    goldens._add(OWN / "golden.csv")
    goldens._add_canonical(OWN / "golden-canonical.csv")
    return goldens


@cache
def shared_goldens(shared: Path) -> Goldens:
    """The real triples of the folder of shared facts."""
    folder = shared / "golden" / "metrics"
    goldens = Goldens("shared", folder / "triples")
    for name in ("golden.csv", "fmi-fullsize-derived.csv"):
        goldens._add(folder / name)
    goldens._add_canonical(folder / "golden-canonical.csv")
    return goldens


@cache
def outcomes_of(goldens: Goldens, group: str) -> list[Outcome]:
    """Score every row that the claims of a group cover; once for all tests."""
    return list(_measure(goldens, [rule for rule in read_rules() if isinstance(rule, Claim) and rule.group == group]))


def _measure(goldens: Goldens, claims: list[Claim]) -> Iterator[Outcome]:
    """Triple by triple, so that metrics share the features of its images and these are forgotten in the end."""
    covered = [(row, claim) for claim in claims for row in goldens.rows if claim.covers(row)]
    covered.sort(key=lambda pair: pair[0].triple)
    for triple, pairs in groupby(covered, key=lambda pair: pair[0].triple):
        pictures: dict[tuple[str, str], Picture] = {}
        values: dict[tuple[object, ...], float | str] = {}
        for row, claim in pairs:
            key = (claim.metric, claim.under, claim.sources, claim.channel)
            if key not in values:
                values[key] = _value(claim, goldens, triple, pictures)
            value = values[key]
            yield Outcome(row, claim, value if isinstance(value, str) else value * claim.factor)


def _value(claim: Claim, goldens: Goldens, triple: str, pictures: dict[tuple[str, str], Picture]) -> float | str:
    """Our value of a triple; a line when there is none."""
    chosen = []
    for part in ("fu", *claim.sources):
        key = (part, claim.channel)
        if key not in pictures:
            levels = goldens.load(f"{triple}_{part}")
            if claim.channel and levels.shape[1] == 3:
                levels = levels[:, ["RGB".index(claim.channel)]]
            pictures[key] = Picture(levels)
        chosen.append(pictures[key])
    try:
        (column,) = select([claim.metric], [claim.under])
        return float(column(*chosen))
    except MetricError:
        return "refused"
    except UsageError as error:
        return str(error)
