"""Tables from results written by hand."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_results import made_results
from rich.console import Console

from hifbench.bench.parts import write as write_part
from hifbench.errors import UsageError
from hifbench.reports import render, results, tables

INF, NAN = float("inf"), float("nan")
VALUES = {  # method -> metric -> values of three pairs
    "a_1": {"SSIM": [0.1, 0.2, 0.3], "CE": [1.0, 2.0, 3.0], "PSNR": [INF, INF, INF]},
    "b": {"SSIM": [0.4, 0.4, 0.4], "CE": [4.0, 4.0, 4.0], "PSNR": [20.0, 20.0, 20.0]},
    "c": {"SSIM": [0.4, 0.4, 0.4], "CE": [3.0, NAN, 4.0], "PSNR": [10.0, 10.0, 10.0]},
    "d": {"SSIM": [0.3, 0.3, 0.3], "CE": [9.0, 9.0, 9.0], "PSNR": [15.0, 15.0, 15.0]},
}


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    cells = []
    for method, of_method in VALUES.items():
        cell = {
            "dataset": "tno",
            "split": "test",
            "degradation": "none",
            "severity": 0.0,
            "seed": 0,
            "method": method,
            "pairs": ["0", "1", "2"],
            "part": f"scores/{method}.parquet",
        }
        cells.append(cell)
        rows = [
            {
                **{key: cell[key] for key in ("dataset", "split", "degradation", "severity", "seed", "method")},
                "pair": str(pair),
                "task": "fusion",
                "metric": metric,
                "convention": "default",
                "value": value,
                "error": "too flat" if value != value else None,
            }
            for metric, values in of_method.items()
            for pair, value in enumerate(values)
        ]
        write_part(tmp_path / cell["part"], rows, {})
    write_plan(tmp_path, cells)
    return tmp_path


def write_plan(folder: Path, cells: list[dict[str, Any]]) -> None:
    plan = {
        "format": 1,
        "experiment": "x",
        "cells": cells,
        "datasets": {"tno/test": {"coverage": "3 of 142"}},
        "skipped": {"auif": "no weights"},
    }
    names = {"SSIM": ("SSIM", "higher"), "CE": ("CE", "lower"), "PSNR": ("Q_P", "higher")}
    cards = {
        name: {"label": label, "direction": direction, "conventions": {"default": ""}}
        for name, (label, direction) in names.items()
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "run.json").write_text(json.dumps({"format": 1, "metrics": cards}))


def cells_of(run_dir: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads((run_dir / "plan.json").read_text())["cells"]
    return cells


@pytest.fixture
def table(run_dir: Path) -> tables.Table:
    (only,) = tables.tables(results.read(run_dir))
    return only


def test_means_and_counts(table: tables.Table) -> None:
    assert list(table.means.index) == list(VALUES)
    assert table.means.loc["a_1", "SSIM"] == pytest.approx(0.2)
    assert table.means.loc["c", "CE"] == pytest.approx(3.5)
    assert table.counts.loc["c", "CE"] == 2
    assert table.means.loc["a_1", "PSNR"] == INF


def test_ranks_follow_the_direction_share_ties_and_pass_over_infinities(table: tables.Table) -> None:
    assert table.ranks["SSIM"].tolist() == [0, 1, 1, 2]
    assert table.ranks["CE"].tolist() == [1, 2, 0, 0]  # the third, which is lower than the second, lacks a pair
    assert table.ranks["PSNR"].tolist() == [0, 1, 0, 2]


def test_a_row_over_fewer_pairs_is_not_ranked_and_named(table: tables.Table) -> None:
    assert table.fewer == {("c", "CE")}
    assert "Over fewer pairs than the others, so not ranked: c (CE)." in table.note


def test_rows_over_as_many_but_other_pairs_are_not_ranked_among_each_other() -> None:
    found = made_results({"a": {"EN": [9.0, NAN, 9.0]}, "b": {"EN": [NAN, 8.0, 8.0]}, "c": {"EN": [1.0, 1.0, 1.0]}})
    (table,) = tables.tables(found)
    assert table.ranks["EN"].tolist() == [0, 0, 1]
    assert "so not ranked: a, b." in table.note


def test_pairs_that_all_rows_lack_take_no_ranks() -> None:
    (table,) = tables.tables(made_results({"a": {"EN": [9.0, NAN]}, "b": {"EN": [8.0, NAN]}}))
    assert table.ranks["EN"].tolist() == [1, 2]
    assert "not ranked" not in table.note


def test_the_heading_counts_the_pairs_and_errors_are_told(table: tables.Table) -> None:
    assert table.title == "tno, test split: 3 pairs (this copy holds 3 of 142)"
    assert "1 fusions have an error" in table.note
    assert "too flat" not in table.note  # said once for the run, see reports.failures
    assert "An infinite mean is not ranked." in table.note
    assert "Skipped, as 'hifbench run' explains: auif." in table.note


def test_an_undefined_value_is_left_out_and_told(run_dir: Path) -> None:
    path = run_dir / "scores" / "b.parquet"
    rows = pd.read_parquet(path)
    rows.loc[rows["metric"] == "CE", "value"] = [NAN, 4.0, 4.0]
    rows.to_parquet(path)
    (table,) = tables.tables(results.read(run_dir))
    assert table.counts.loc["b", "CE"] == 2
    assert "so not ranked: b (CE), c (CE)." in table.note
    assert "1 values are undefined (NaN) and are left out of the means, the first: CE of b, 0." in table.note


def test_rows_over_different_pairs_are_not_ranked(run_dir: Path) -> None:
    cells = cells_of(run_dir)
    cells[0]["pairs"] = ["0", "1"]
    write_plan(run_dir, cells)
    (table,) = tables.tables(results.read(run_dir))
    assert "different pairs: they do not compare" in table.note
    assert not table.ranks.to_numpy().any()


def test_a_data_set_of_which_nothing_is_there_yet_is_shown(run_dir: Path) -> None:
    cells = cells_of(run_dir)
    write_plan(run_dir, [*cells, {**cells[0], "dataset": "llvip", "part": "scores/later.parquet"}])
    _, later = tables.tables(results.read(run_dir))
    assert later.title.startswith("llvip")
    assert later.note.startswith("PARTIAL: 1 of 1 parts")
    assert r"| a\_1 | – | – | – | 0/3 |" in render.markdown(later)


def test_a_part_is_counted_once(run_dir: Path) -> None:
    cells = cells_of(run_dir)
    write_plan(run_dir, [*cells, cells[0]])
    assert len(results.read(run_dir).scores) == 4 * 9


def test_users_text_is_no_markup(run_dir: Path) -> None:
    cells = cells_of(run_dir)
    for cell in cells:
        cell["dataset"] = "my [/data] [v2]"
    write_plan(run_dir, cells)
    (table,) = tables.tables(results.read(run_dir))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render.terminal(table))
    assert "my [/data] [v2]" in console.export_text()


def test_a_table_that_lacks_parts_says_so(run_dir: Path) -> None:
    (run_dir / "scores" / "b.parquet").unlink()
    (partial,) = tables.tables(results.read(run_dir))
    assert partial.note.startswith("PARTIAL: 1 of 4 parts (3 fusions)")
    assert partial.counts.loc["b"].tolist() == [0, 0, 0]
    assert "| b | – | – | – | 0/3 |" in render.markdown(partial)


def test_parts_of_another_plan_are_not_counted(run_dir: Path) -> None:
    (run_dir / "scores" / "stray.parquet").write_bytes((run_dir / "scores" / "b.parquet").read_bytes())
    assert len(results.read(run_dir).scores) == 4 * 9


def test_csv_reads_back_exactly(table: tables.Table, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(render.csv(table))
    read = pd.read_csv(tmp_path / "t.csv", index_col="method")
    for metric in table.means.columns:
        assert read[metric].tolist() == table.means[metric].tolist()
        assert read[f"{metric} pairs"].tolist() == table.counts[metric].tolist()


def test_markdown_marks_best_and_second(table: tables.Table) -> None:
    text = render.markdown(table)
    assert r"| method | SSIM ↑ | CE ↓ | Q\_P ↑ | pairs |" in text
    assert "| b | **0.400** | <u>4.000</u> | **20.00** | 3 |" in text
    assert "| c | **0.400** | 3.500 (2) | 10.00 | 2–3/3 |" in text
    assert r"| a\_1 | 0.200 | **2.000** | ∞ | 3 |" in text


def test_latex_is_booktabs_with_everything_escaped(table: tables.Table) -> None:
    text = render.latex(table)
    for word in (
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        r"\textbf{0.400}",
        r"\underline{4.000}",
        "3.500 (2)",
        r"$\infty$",
    ):
        assert word in text
    assert r"a\_1" in text
    assert r"Q\_P $\uparrow$" in text
    assert not re.search(r"(?<!\\)[_%#&](?=[A-Za-z])", text.replace(r"\label{tab:tno-test-fusion}", ""))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.123"),
        (-0.5, "-0.500"),
        (12.3456, "12.35"),
        (123456.7, "123457"),
        (0.0, "0"),
        (1e-7, "1.000e-07"),
        (NAN, "–"),
        (INF, "∞"),
        (-INF, "−∞"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert render.number(value) == text


def test_what_is_no_run_directory_is_said(tmp_path: Path, run_dir: Path) -> None:
    with pytest.raises(UsageError, match="is no run directory"):
        results.read(tmp_path / "nowhere")
    (run_dir / "scores" / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"b\.parquet is damaged"):
        results.read(run_dir)
