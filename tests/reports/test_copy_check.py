"""The copy check, the balance, and which rows may stand in one table."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from made_results import made_results

from hifbench.reports import render
from hifbench.reports.balance import balanced
from hifbench.reports.leaderboards import leaderboards
from hifbench.reports.tables import refused, tables

NAN, INF = float("nan"), float("inf")
IR, VIS = "CC@infrared", "CC@visible"
SIDES = {
    "visible": {IR: [0.1, 0.3], VIS: [1.0, 1.0], "VIF": [1.0] * 2, "PSNR": [INF] * 2, "EN": [5.0] * 2},
    "infrared": {IR: [1.0, 1.0], VIS: [0.1, 0.3], "VIF": [0.9] * 2, "PSNR": [9.0] * 2, "EN": [6.0] * 2},
    "own": {IR: [0.8, 0.2], VIS: [0.5, 0.6], "VIF": [0.6] * 2, "PSNR": [20.0] * 2, "EN": [6.0] * 2},
}


def test_the_balance_is_the_mean_over_pairs_of_the_smaller_correlation() -> None:
    (table,) = leaderboards(made_results(SIDES))
    assert "CC@infrared" not in table.means
    assert table.means["balance"].tolist() == pytest.approx([0.2, 0.2, (0.5 + 0.2) / 2])
    assert table.labels["balance"] == "balance ↑"
    assert "smaller of the fused image's correlations" in table.note


def test_a_missing_side_leaves_the_pair_out_with_its_error() -> None:
    results = made_results({"a": {IR: [0.5, NAN], VIS: [0.4, 0.4]}})
    results.scores.loc[results.scores["value"].isna(), "error"] = "too flat"
    (table,) = tables(results)
    assert table.means.loc["a", "balance"] == pytest.approx(0.4)
    assert table.counts.loc["a", "balance"] == 1
    assert "1 fusions have an error" in table.note


def test_one_side_alone_stays_as_it_is() -> None:
    results = made_results({"a": {IR: [0.5]}})
    assert balanced(results) is results
    assert balanced(balanced(made_results(SIDES))).scores["metric"].nunique() == 4


def test_every_convention_of_the_run_has_the_balance() -> None:
    results = made_results(SIDES)
    for name in ("VIF", "PSNR", "EN"):
        results.run["metrics"][name]["conventions"] = {"paper": ""}
    bare = results.scores["metric"].isin(["VIF", "PSNR", "EN"])
    results.scores.loc[bare, "convention"] = "paper"
    (table,) = tables(results)
    assert table.name.endswith("-paper")
    assert table.means.loc["own", "balance"] == pytest.approx(0.35)


def test_the_sources_are_the_first_rows_of_every_table() -> None:
    for names in (["own", "infrared", "visible"], ["own", "infrared"], ["own", "visible"], ["infrared", "own"]):
        (table,) = leaderboards(made_results({name: SIDES[name] for name in names}))
        assert list(table.means.index) == list(table.ranks.index) == ["visible", "infrared", "own"]
    labels = {"as it is": "visible", "own": "own", "warm": "infrared"}
    renamed = {row: SIDES[labels[row]] for row in ("own", "warm", "as it is")}
    (table,) = leaderboards(made_results(renamed, methods=labels))
    assert list(table.means.index) == ["as it is", "warm", "own"]


def test_metrics_on_which_a_copy_beats_all_methods_are_marked() -> None:
    (table,) = leaderboards(made_results(SIDES))
    assert table.copied == {"VIF", "PSNR"}  # infinite is more than 20; a tie, as of EN, is no win
    assert "‡ a source, returned as it is, beats all methods" in table.note
    assert "| VIF ↑ ‡ |" in render.markdown(table)
    assert r"VIF $\uparrow$ \ddag{}" in render.latex(table)
    read = pd.read_csv(io.StringIO(render.csv(table)), index_col="method")
    assert read["VIF won by a copy"].all()
    assert not read["EN won by a copy"].any()


def test_the_direction_is_heeded() -> None:
    values = {
        "visible": {"CE": [1.0], "NABF": [2.0]},
        "infrared": {"CE": [3.0], "NABF": [2.0]},
        "own": {"CE": [2.0], "NABF": [1.0]},
    }
    (table,) = leaderboards(made_results(values, lower=("CE", "NABF")))
    assert table.copied == {"CE"}


def test_what_lacks_pairs_neither_wins_nor_loses_against_a_copy() -> None:
    values = {
        "visible": {"EN": [9.0, NAN], "AG": [5.0, 5.0]},
        "infrared": {"EN": [5.0, 5.0], "AG": [5.0, 5.0]},
        "own": {"EN": [6.0, 6.0], "AG": [4.0, 4.0]},
        "partial": {"EN": [6.0, 6.0], "AG": [9.0, NAN]},
    }
    (table,) = leaderboards(made_results(values))
    assert table.copied == {"AG"}


def test_sources_that_the_run_lacks_are_rows_of_dashes_with_the_command_that_adds_them() -> None:
    results = made_results({"own": SIDES["own"]}, limit=2)
    (table,) = leaderboards(results)
    assert list(table.means.index) == ["visible", "infrared", "own"]
    assert "'hifbench run x --methods visible,infrared --limit 2 --out RUN_DIR'" in table.note
    assert "| infrared | – | – | – | – | – |" in render.markdown(table)
    assert table.copied == frozenset()


def test_a_source_under_another_label_is_there() -> None:
    values = {"as it is": SIDES["visible"], "infrared": SIDES["infrared"], "own": SIDES["own"]}
    (table,) = leaderboards(made_results(values, methods={"as it is": "visible"}))
    assert list(table.means.index) == list(values)
    assert "Not in this run" not in table.note


def facts(**changes: Any) -> dict[str, Any]:
    metric = {"name": "EN", "convention": "default", "version": 1}
    described = {"protocol": 1, "dataset": {"version": 1}, "data": "abc", "condition": {}, "metrics": [metric]}
    return {**described, **changes}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"protocol": 2}, "different versions of the protocol"),
        ({"data": "def"}, "different versions of the data set's files"),
        (
            {"metrics": [{"name": "EN", "convention": "default", "version": 2}]},
            "of the metric EN (default)",
        ),
        ({"condition": {"version": 2}}, "different versions of the degradation"),
    ],
)
def test_rows_that_do_not_compare_have_no_table(changes: dict[str, Any], why: str) -> None:
    results = made_results(SIDES, facts={"visible": facts(), "own": facts(**changes)})
    assert tables(results) == []
    (line,) = refused(results)
    assert line.startswith("no table of tno, test split: visible and own were scored with")
    assert why in line


def test_methods_and_further_metrics_may_differ() -> None:
    more = [*facts()["metrics"], {"name": "VIF", "convention": "default", "version": 3}]
    results = made_results(SIDES, facts={"visible": facts(method=1), "own": facts(method=2, metrics=more)})
    assert refused(results) == []
    assert len(tables(results)) == 1
