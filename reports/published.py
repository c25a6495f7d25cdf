"""The DeRUN paper's printed numbers (ICCV 2023, Tables 1 to 5), to stand beside our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import pandas as pd

from .results import Results

GROUPS = {
    "table1": {"tno": "TNO", "m3fd": "M3FD", "llvip": "LLVIP"},
    "table2": {"harvard-pet": "PMF", "harvard-spect": "SMF", "gfp-pc": "GPF"},
}
"""Experiment -> data set -> the paper's name for it: P, S and G are PET, SPECT and GFP, with MRI or phase contrast."""

OURS = {"derun-printed": "derun"}
"""Method -> the published one that it is another version of."""

TERMS = (
    "Under a method the paper's number, and ours less it; methods that this run lacks stand below with the paper's "
    "numbers alone. {}These do not compare in absolute terms: the paper does not say by which definitions it computed "
    "its metrics (our convention 'paper' comes closest to their magnitudes), on which pairs, or with which weights. "
    "{}"
)
ORDER = "Order of methods and size of differences may be held against each other."
FEW = "This run is over the first pairs alone (--limit), so order and differences do not compare either."
TNO = "Of TNO it tests 100 pairs without saying which; ours are of the split named above. "


@dataclass(frozen=True)
class Paper:
    """Published numbers that belong beside one table.

    Attributes:
        printed: published method x metric, as printed.
        rows: row of the table -> published method, where the paper has the row's method.
        terms: what the numbers may be held against.
    """

    printed: pd.DataFrame
    rows: dict[str, str]
    terms: str

    @property
    def others(self) -> list[str]:
        """Published methods without a row of the table."""
        return [name for name in self.printed.index if name not in set(self.rows.values())]


@lru_cache(maxsize=1)
def _all() -> pd.DataFrame:
    with (files(__package__) / "published" / "derun_tables.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream)


def numbers(table: str, group: str) -> pd.DataFrame:
    """One of the paper's tables: metrics x methods, in its order; empty where the paper has none.

    Args:
        table: ``table1`` to ``table5``.
        group: data set, sub-table or tracker as the paper calls it, in any case.
    """
    rows = _all()
    own = rows[(rows["table"] == table) & (rows["group"].str.lower() == group.lower())]
    values = own.pivot_table(index="metric", columns="method", values="value")
    return values.reindex(index=own["metric"].unique(), columns=own["method"].unique())


def beside(results: Results, dataset: str, split: str, rows: Sequence[str]) -> Paper | None:
    """What the paper has beside a table of a run; None for another experiment or data set.

    Args:
        results: of the run.
        dataset: of the table, as its results name it.
        split: of it.
        rows: of the table.
    """
    experiment = results.plan["experiment"]
    facts = results.plan["datasets"].get(f"{dataset}/{split}", {})
    name = facts.get("name", dataset)
    group = GROUPS.get(experiment, {}).get(name)
    if group is None:
        return None
    values = numbers(experiment, group).T
    values.columns = values.columns.str.replace("Q_P", "QP")
    labels = {_plain(label): label for label in values.index}
    methods = {row: results.run.get("methods", {}).get(row, {}).get("name", row) for row in rows}
    of_row = {row: labels.get(_plain(OURS.get(method, method))) for row, method in methods.items()}
    return Paper(
        printed=values,
        rows={row: label for row, label in of_row.items() if label},
        terms=TERMS.format(TNO if name == "tno" else "", FEW if facts.get("limit") else ORDER),
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
