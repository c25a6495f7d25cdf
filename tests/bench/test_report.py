"""``hifbench report``: statistics beside the tables, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from hifbench.reports import results


@pytest.fixture
def run(hifbench, pairs_folder: Path) -> Path:
    own = Path("own.toml")
    own.write_text(
        'title = "T"\nmethods = ["average", "infrared", "laplacian"]\nmetrics = ["EN", "CC@infrared", "CC@visible"]\n'
        '[[datasets]]\nname = "folder"\n'
    )
    assert hifbench("run", own, "--data", pairs_folder, "--out", "run").status == 0
    return Path("run")


def test_statistics_stand_beside_the_tables_the_same_each_time(hifbench, run: Path) -> None:
    done = hifbench("report", run)
    assert done.status == 0, done.err
    assert "6 pairs, convention default: best by average rank" in done.out
    folder = run / "report" / "statistics"
    written = {path.name.removeprefix("folder-all-fusion"): path.read_bytes() for path in folder.iterdir()}
    assert set(written) == {
        ".md", "-ranks.svg", "-ranks.csv", "-intervals.csv", "-comparisons.csv", "-correlations.csv"
    }  # fmt: skip
    assert hifbench("report", run, "--out", "again").status == 0
    assert {
        path.name.removeprefix("folder-all-fusion"): path.read_bytes() for path in Path("again/statistics").iterdir()
    } == written


def test_the_balance_is_computed_from_the_parts(hifbench, run: Path) -> None:
    assert hifbench("report", run).status == 0
    table = pd.read_csv(run / "report" / "tables" / "folder-all-fusion.csv", index_col="method")
    scores = pd.read_parquet(run / "scores")
    sides = scores[scores["metric"].str.startswith("CC@")]
    smaller = sides.groupby(["method", "pair"])["value"].min().groupby("method").mean()
    for method in ("average", "infrared", "laplacian"):
        assert table.loc[method, "balance"] == pytest.approx(smaller[method], rel=1e-12)


def test_the_command_in_the_note_adds_the_missing_source(hifbench, run: Path, pairs_folder: Path) -> None:
    assert hifbench("report", run).status == 0
    note = (run / "report" / "tables" / "folder-all-fusion.md").read_text()
    command = note.partition("add with '")[2].partition("'")[0].replace("\\_", "_")  # as Markdown shows it
    assert command == f"hifbench run own.toml --data {pairs_folder} --methods visible --out run"
    assert hifbench(*command.split()[1:]).status == 0
    assert hifbench("report", run).status == 0
    assert "Not in this run" not in (run / "report" / "tables" / "folder-all-fusion.md").read_text()


def test_rows_of_different_versions_are_refused_and_their_earlier_files_go(hifbench, run: Path) -> None:
    assert hifbench("report", run).status == 0
    own = run / "report" / "tables" / "own.csv"
    own.write_text("kept")
    plan = json.loads((run / "plan.json").read_text())
    changed = next(iter(plan["fingerprints"].values()))
    changed["metrics"][0]["version"] += 1
    (run / "plan.json").write_text(json.dumps(plan))
    done = hifbench("report", run)
    assert done.status == 1
    assert (
        "refused: no table of folder, all split: average and infrared were scored with different versions" in done.err
    )
    left = [path for sub in ("tables", "statistics", "curves") for path in (run / "report" / sub).glob("*")]
    assert left == [own]


def test_rows_of_a_part_are_found_in_any_order(run: Path) -> None:
    read = results.read(run)
    parts = [cell["part"] for cell in read.plan["cells"]]
    assert len(read.of_parts(reversed(parts))) == len(read.scores) == 6 * 3 * 3
    assert set(read.of_parts(parts[:1])["method"]) == {"average"}
    assert read.of_parts(["scores/none.parquet"]).empty


def test_a_file_is_no_run_directory(hifbench, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("x")
    done = hifbench("report", "table.csv")
    assert done.status == 2
    assert "table.csv is no run directory: it has no plan.json; give the --out of a run" in done.err
