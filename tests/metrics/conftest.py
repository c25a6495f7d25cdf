"""Checks of metrics against tables of golden values."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as File

from hifbench.metrics._compute import select
from hifbench.metrics._picture import Picture


@dataclass(frozen=True)
class Claim:
    """Rows of a table of golden values that a metric must reproduce.

    ``implementation`` is a part of the row's, ``convention`` the beginning of the row's. ``sources`` replaces the
    pair of sources: ``("ir", "ir")`` turns the mean over the sources into the value against one of them.
    """

    metric: str
    column: str
    implementation: str
    convention: str
    rows: int
    tolerance: float = 1e-6
    triples: tuple[str, ...] | None = None
    sources: tuple[str, str] = ("ir", "vi")

    def __str__(self) -> str:
        return f"{self.metric}={self.column}:{self.implementation}:{self.convention[:20]}:{self.sources}"


Loader = Callable[[str], np.ndarray]

CANONICAL = {
    "EN": "EN",
    "AG": "AG_central",
    "AG@forward": "AG_forward",
    "PSNR": "PSNR_mean",
    "PSNR@averaged-mse": "PSNR_mse",
    "SSIM": "SSIM_mean",
    "SSIM@sum": "SSIM_sum",
    "SSIM@matlab": "SSIM_matlab_mean",
    "VIF": "VIFp_sum",
    "VIFF": "VIFF_ir_first",
    "VIFF@vis-first": "VIFF_vi_first",
    "UIQI": "UIQI_mean",
    "QP": "Q_P",
}
"""Columns of ``golden-canonical.csv``, one named definition each, by what we call it."""


@dataclass
class Golden:
    """Scores triples once, compares, and keeps the outcome for a table."""

    outcomes: list[tuple[str, str, int, float, float]] = field(default_factory=list)
    _images: dict[tuple[int, str], Picture] = field(default_factory=dict)
    _values: dict[tuple[int, str, str, str, str], float] = field(default_factory=dict)

    def value(self, metric: str, triple: str, sources: tuple[str, str], load: Loader) -> float:
        key = (id(load), metric, triple, *sources)
        if key not in self._values:
            fused, first, second = (self._image(f"{triple}_{part}", load) for part in ("fu", *sources))
            (column,) = select([metric])
            self._values[key] = float(column(fused, first, second))
        return self._values[key]

    def _image(self, name: str, load: Loader) -> Picture:
        key = (id(load), name)
        if key not in self._images:
            self._images[key] = Picture(torch.from_numpy(load(name).astype(np.float64))[None, None])
        return self._images[key]

    def check(self, claim: Claim, table: list[dict[str, str]], load: Loader) -> None:
        rows = [
            row
            for row in table
            if row["metric"] == claim.column
            and claim.implementation in row["implementation"]
            and row.get("convention", "").startswith(claim.convention)
            and (claim.triples is None or row["triple"] in claim.triples)
        ]
        assert len(rows) == claim.rows, f"{claim}: expected {claim.rows} rows, found {len(rows)}"
        errors = {}
        for row in rows:
            expected = float(row["value"])
            errors[row["triple"]] = abs(self.value(claim.metric, row["triple"], claim.sources, load) / expected - 1)
        worst = max(errors.values())
        self.outcomes.append((claim.metric, claim.implementation, len(rows), worst, claim.tolerance))
        assert worst <= claim.tolerance, f"{claim}: {errors}"

    def check_canonical(self, table: list[dict[str, str]], load: Loader, triples: int) -> None:
        for metric, column in CANONICAL.items():
            rows = [
                {"triple": row["triple"], "metric": column, "implementation": "canonical", "value": row[column]}
                for row in table
            ]
            tolerance = 1e-5 if metric == "QP" else 1e-6
            self.check(Claim(metric, column, "canonical", "", triples, tolerance), rows, load)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small images gain nothing from threads, and lose a hundredfold where tests run side by side."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def read_table() -> Callable[[Path], list[dict[str, str]]]:
    return _read


@pytest.fixture(scope="session")
def read_grey() -> Callable[[Path], np.ndarray]:
    """Reads a grey or colour PNG as uint8."""

    def read(path: Path) -> np.ndarray:
        with File.open(path) as picture:
            return np.asarray(picture)

    return read


@pytest.fixture(scope="module")
def golden(request: pytest.FixtureRequest) -> Iterator[Golden]:
    checks = Golden()
    yield checks
    print(f"\n{request.module.__name__.rpartition('.')[2]}")
    print(f"{'metric':<18}{'rows':>5}{'worst':>10}{'allowed':>10}  against")
    for metric, implementation, rows, worst, tolerance in checks.outcomes:
        print(f"{metric:<18}{rows:>5}{worst:>10.1e}{tolerance:>10.0e}  {implementation}")


@pytest.fixture(scope="session")
def make_claim() -> type[Claim]:
    return Claim
