"""The paper's numbers beside ours."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from made_results import made_results

from hifbench.metrics import PAPER_EIGHT
from hifbench.reports import render
from hifbench.reports.leaderboards import leaderboards
from hifbench.reports.published import GROUPS, numbers
from hifbench.reports.tables import Table

VALUES = {
    "derun": {"SSIM": [0.7, 0.8], "QP": [0.5, 0.5], "balance-free": [1.0, 1.0]},
    "derun (mine)": {"SSIM": [0.9, 0.9], "QP": [0.5, 0.5], "balance-free": [1.0, 1.0]},
    "average": {"SSIM": [0.6, 0.6], "QP": [0.4, 0.4], "balance-free": [1.0, 1.0]},
}


@pytest.fixture
def table() -> Table:
    (only,) = leaderboards(made_results(VALUES, experiment="table1", methods={"derun (mine)": "derun"}))
    return only


@pytest.mark.parametrize(("table", "group"), [(name, group) for name, of in GROUPS.items() for group in of.values()])
def test_every_group_has_eight_methods_and_metrics(table: str, group: str) -> None:
    values = numbers(table, group)
    assert values.shape == (8, 8)
    assert values.notna().all(axis=None)
    assert [name.replace("_", "") for name in values.index.str.upper()] == list(PAPER_EIGHT)


def test_values_are_those_printed() -> None:
    assert numbers("table1", "TNO").loc["PSNR", "DeRUN"] == 18.83
    assert numbers("table2", "SMF").loc["SSIM", "TarDAL"] == 0.47
    assert numbers("table9", "TNO").empty


def test_the_paper_and_the_difference_stand_below_each_of_its_methods(table: Table) -> None:
    text = render.markdown(table)
    derun = text.splitlines().index(next(line for line in text.splitlines() if line.startswith("| derun |")))
    assert text.splitlines()[derun + 1] == "| &emsp;DeRUN, paper | 0.79 | 0.78 | – |  |"
    assert text.splitlines()[derun + 2] == "| &emsp;difference | −0.040 | −0.280 | – |  |"
    assert text.count("DeRUN, paper") == 2
    assert "| TarDAL, paper | 0.72 | 0.73 | – |  |" in text
    assert "100 pairs without saying which" in table.note
    assert r"\quad difference & $-$0.040" in render.latex(table)


def test_csv_has_columns_for_both(table: Table) -> None:
    read = pd.read_csv(io.StringIO(render.csv(table)), index_col="method")
    assert read.loc["derun", "SSIM published"] == 0.79
    assert read.loc["derun", "SSIM difference"] == pytest.approx(-0.04)
    assert pd.isna(read.loc["average", "SSIM published"])
    assert read.loc["TarDAL, paper", "QP published"] == 0.73
    assert pd.isna(read.loc["TarDAL, paper", "QP"])


@pytest.mark.parametrize("experiment", ["x", "table2"])
def test_another_experiment_has_no_paper_beside(experiment: str) -> None:
    (table,) = leaderboards(made_results(VALUES, experiment=experiment))
    assert table.paper is None
    assert "published" not in render.csv(table)
