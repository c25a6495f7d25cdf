"""The sub-tables of the ablation from results written by hand."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from hifbench.bench.parts import write as write_part
from hifbench.reports import ablation, render_ablation, results
from hifbench.reports.markdown import escape
from hifbench.reports.published import numbers

METRICS = ("SSIM", "PSNR", "AG", "FMI")
SEEDS = (0, 1, 2)
PAIRS = ("a", "b")
GROUP = ("dataset", "split", "degradation", "severity", "seed", "method")
CONFIGURATIONS = ("default", "printed")
TRAINED = ("full", "CM+DL", "w/o JCS", "w/o PC", "w/o DC", "Siam", "Symm", "w/o L_lgde", "L_gp", "L_jg")
RECIPE = {"epochs": 8, "batch": 4, "crop": 64, "dataset": "tno", "split": "train", "edges": "lgde"}
RECIPE |= {"rate": 5e-4, "stages": 9, "bins": 8, "blocks": [3, 5], "gamma": 1.5}
EQUAL = {"schedule": "short", "data": "ab12", "device": "cpu"}


def rows() -> list[tuple[str, dict[str, Any]]]:
    """Each row of a whole run, with how it was trained."""
    trained = [f"{row}{suffix}" for suffix in ("", " (printed)") for row in TRAINED]
    return [("CM+OS", {}), ("PM+OS", {})] + [
        (f"{row} #{seed}", {"row": row, **EQUAL, "recipe": {**RECIPE, "seed": seed, "sharing": row}})
        for row in trained
        for seed in SEEDS
    ]


def value(row: str, metric: str, pair: str) -> float:
    """Another value for each key."""
    return float(np.random.default_rng(zlib.crc32(f"{row}/{metric}/{pair}".encode())).uniform(0.1, 0.9))


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    cells, fingerprints = [], {}
    for number, (row, training) in enumerate(rows()):
        key = {"dataset": "tno", "split": "test", "degradation": "none", "severity": 0.0, "seed": 0, "method": row}
        cells.append({**key, "pairs": PAIRS, "part": f"scores/{number}.parquet", "fingerprint": f"f{number}"})
        fingerprints[f"f{number}"] = {"method": {"training": training} if training else {}}
        write(tmp_path / "scores" / f"{number}.parquet", key)
    save(tmp_path, {"cells": cells, "fingerprints": fingerprints})
    cards = {name: {"label": name, "direction": "higher", "conventions": {"default": ""}} for name in METRICS}
    (tmp_path / "run.json").write_text(json.dumps({"format": 1, "metrics": cards}))
    return tmp_path


def write(path: Path, key: dict[str, Any], error: str | None = None, pairs: tuple[str, ...] = PAIRS) -> None:
    write_part(
        path,
        [
            {
                **key,
                "pair": pair,
                "task": "fusion",
                "metric": metric,
                "convention": "default",
                "value": None if error else value(key["method"], metric, pair),
                "error": error,
            }
            for metric in METRICS
            for pair in pairs
        ],
        {},
    )


def save(run_dir: Path, plan: dict[str, Any]) -> None:
    facts = {"format": 1, "experiment": "table3", "datasets": {"tno/test": {"coverage": "2 of 2"}}, "skipped": {}}
    (run_dir / "plan.json").write_text(json.dumps(facts | plan))


def plan_of(run_dir: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run_dir / "plan.json").read_text())
    return content


def made(run_dir: Path) -> dict[str, ablation.Ablation]:
    return {table.name: table for table in ablation.ablations(results.read(run_dir))}


def test_the_published_numbers_are_those_of_the_shared_facts(shared: Path) -> None:
    ours = Path(ablation.__file__).parent / "published" / "derun_tables.csv"
    assert ours.read_bytes() == (shared / "published" / "derun_tables.csv").read_bytes()


@pytest.mark.parametrize("sub", ablation.LAYOUT, ids=lambda sub: sub.letter)
def test_every_published_column_has_a_row(sub: ablation.SubTable) -> None:
    paper = numbers("table3", f"3{sub.letter}")
    assert list(paper.columns) == list(sub.rows)
    assert list(paper.index) == list(METRICS)


def test_a_whole_run_has_every_published_cell_filled(run_dir: Path) -> None:
    tables = made(run_dir)
    assert list(tables) == [
        f"table3{letter}-{configuration}-tno-test-fusion"
        for configuration in ("default", "printed")
        for letter in "abcd"
    ]
    source = Path(ablation.__file__).parent / "published" / "derun_tables.csv"
    with source.open() as stream:
        published = [row for row in csv.DictReader(stream) if row["table"] == "table3"]
    assert len(published) == 60
    for row in published:
        for configuration in ("default", "printed"):
            table = tables[f"table3{row['group'][1]}-{configuration}-tno-test-fusion"]
            assert table.published.loc[row["metric"], row["method"]] == float(row["value"])
            assert np.isfinite(table.means.loc[row["metric"], row["method"]])
            assert f"[{float(row['value']):.2f}]" in render_ablation.cells(table).loc[row["metric"], row["method"]]
    assert not any("PARTIAL" in table.note for table in tables.values())


@pytest.mark.parametrize(("configuration", "suffix"), [("default", ""), ("printed", " (printed)")])
def test_mean_and_spread_over_the_seeds(run_dir: Path, configuration: str, suffix: str) -> None:
    tables = made(run_dir)
    for letter, label, row in (("a", "PM+DL", "full"), ("b", "w/ JCS", "full"), ("c", "Siam", "Siam")):
        table = tables[f"table3{letter}-{configuration}-tno-test-fusion"]
        for metric in METRICS:
            of_seeds = [np.mean([value(f"{row}{suffix} #{seed}", metric, pair) for pair in PAIRS]) for seed in SEEDS]
            assert table.means.loc[metric, label] == pytest.approx(np.mean(of_seeds))
            assert table.spreads.loc[metric, label] == pytest.approx(np.std(of_seeds, ddof=1))
            assert table.seeds.loc[metric, label] == 3
    solved = tables[f"table3a-{configuration}-tno-test-fusion"]
    assert np.isnan(solved.spreads.loc["AG", "CM+OS"])
    assert solved.means.loc["AG", "CM+OS"] == pytest.approx(np.mean([value("CM+OS", "AG", pair) for pair in PAIRS]))


def test_the_best_of_a_row_is_marked(run_dir: Path) -> None:
    for table in made(run_dir).values():
        for metric in METRICS:
            best = [label for label in table.best.columns if table.best.loc[metric, label]]
            assert best == [table.means.loc[metric].astype(float).idxmax()]
    text = render_ablation.markdown(table)
    mean, spread = table.means.loc["SSIM", best[0]], table.spreads.loc["SSIM", best[0]]
    assert text.count("**") == 2 + 2 * 4
    assert f"{mean:.3f} ± {spread:.3f} [" in text


def test_schedule_seeds_and_the_papers_terms_are_told(run_dir: Path) -> None:
    for table in made(run_dir).values():
        assert "'short': 8 epochs of tno/train, batches of 4 crops of 64, learning rate 0.0005" in table.terms
        assert "N = 9, I = 8, B = [3, 5], gamma = 1.5." in table.terms
        assert "not the recipes' own schedule" in table.terms
        assert "Over 3 seeds of the training: mean ± sample standard deviation." in table.terms
        assert "of M3FD" in table.terms
        assert "never comparable in absolute terms" in table.terms


def test_with_one_seed_there_is_no_spread(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    plan["cells"] = [cell for cell in plan["cells"] if "#" not in cell["method"] or cell["method"].endswith("#0")]
    save(run_dir, plan)
    table = made(run_dir)["table3c-default-tno-test-fusion"]
    assert "Over 1 seed of the training: no spread." in table.terms
    assert "±" not in render_ablation.markdown(table).replace(escape(table.terms), "")


def test_a_partial_run_shows_what_is_missing(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    plan["cells"] = [cell for cell in plan["cells"] if not cell["method"].startswith("Symm")]
    save(run_dir, plan)
    for cell in plan["cells"]:
        if cell["method"] in ("Siam #0", "Siam #1", "Siam #2", "full #1"):
            (run_dir / cell["part"]).unlink()
    table = made(run_dir)["table3c-default-tno-test-fusion"]
    shown = render_ablation.cells(table).loc["SSIM"]
    assert shown["Siam"] == "– [0.79]"
    assert shown["Symm"] == "– [0.81]"
    assert re.fullmatch(r"0\.\d{3} ± 0\.\d{3} \(2 of 3 seeds\) \[0\.81\]", shown["PWSM"])
    assert table.note.startswith("PARTIAL: not in this run: Symm. PARTIAL: 4 of 6 parts")
    assert not table.best.to_numpy().any()
    whole = made(run_dir)["table3a-printed-tno-test-fusion"]
    assert "PARTIAL" not in whole.note
    assert whole.best.to_numpy().any()


def test_a_sub_table_of_which_nothing_is_there_is_shown(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    plan["cells"] = plan["cells"][:2]
    save(run_dir, plan)
    table = made(run_dir)["table3b-printed-tno-test-fusion"]
    assert set(render_ablation.cells(table).loc["AG"]) == {"– [6.82]", "– [7.08]", "– [7.25]", "– [7.47]"}
    assert table.note == "PARTIAL: not in this run: w/o JCS, w/o PC, w/o DC, w/ JCS."


def test_a_training_that_diverged_is_marked(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    for cell in plan["cells"]:
        if cell["method"].startswith("L_gp #") or cell["method"] == "L_jg #2":
            plan["fingerprints"][cell["fingerprint"]]["method"]["training"]["fault"] = "training diverged"
            key = {name: cell[name] for name in GROUP}
            write(run_dir / cell["part"], key, "training diverged")
    save(run_dir, plan)
    table = made(run_dir)["table3d-default-tno-test-fusion"]
    shown = render_ablation.cells(table).loc["AG"]
    assert shown["L_gp"] == "diverged [7.28]"
    assert "(2 of 3 seeds) [7.32]" in shown["L_jg"]
    assert "8 fusions have an error" in table.note
    read = pd.read_csv(io.StringIO(render_ablation.csv(table))).set_index(["metric", "variant"])
    assert read.loc[("AG", "L_gp"), "fault"] == "training diverged"
    assert read.loc[("AG", "L_jg"), "seeds"] == 2
    assert read.loc[("AG", "w/ L_lgde"), "mean"] == table.means.loc["AG", "w/ L_lgde"]
    assert "error" not in made(run_dir)["table3b-default-tno-test-fusion"].note


def test_rows_of_unequal_trainings_are_not_ranked(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    for cell in plan["cells"]:
        if cell["method"] == "full #1":
            plan["fingerprints"][cell["fingerprint"]]["method"]["training"]["recipe"]["stages"] = 5
    save(run_dir, plan)
    table = made(run_dir)["table3b-default-tno-test-fusion"]
    assert "UNEQUAL TRAININGS: beside what the variants are about they differ in stages, so the" in table.note
    assert "--set train.KEY" in table.note
    assert not table.best.to_numpy().any()
    assert "one equal schedule" not in table.terms


def test_rows_over_other_pairs_are_not_ranked(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    for cell in plan["cells"]:
        if cell["method"].startswith("full #"):
            cell["pairs"] = ["a", "renamed"]
            key = {name: cell[name] for name in GROUP}
            write(run_dir / cell["part"], key, pairs=("a", "renamed"))
    save(run_dir, plan)
    table = made(run_dir)["table3a-default-tno-test-fusion"]
    assert "The rows are over different pairs" in table.note
    assert not table.best.to_numpy().any()
    assert made(run_dir)["table3a-printed-tno-test-fusion"].best.to_numpy().any()


def test_rows_over_unequal_seeds_say_so_and_are_not_ranked(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    plan["cells"] = [
        cell
        for cell in plan["cells"]
        if cell["method"].startswith("full #") or not cell["method"].endswith(("#1", "#2"))
    ]
    save(run_dir, plan)
    table = made(run_dir)["table3d-default-tno-test-fusion"]
    shown = render_ablation.cells(table).loc["AG"]
    for label in ("w/o L_lgde", "L_gp", "L_jg"):
        assert "(1 of 3 seeds)" in shown[label]
    assert "of 3 seeds" not in shown["w/ L_lgde"]
    assert "UNEQUAL SEEDS: not every row has the seeds 0, 1, 2, so nothing is marked" in table.note
    assert not table.best.to_numpy().any()
    assert made(run_dir)["table3a-default-tno-test-fusion"].expected == {"CM+OS": 1, "PM+OS": 1, "CM+DL": 3, "PM+DL": 3}


def test_other_seeds_are_no_equal_seeds(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    for cell in plan["cells"]:
        if cell["method"].startswith("full #"):
            plan["fingerprints"][cell["fingerprint"]]["method"]["training"]["recipe"]["seed"] += 3
    save(run_dir, plan)
    table = made(run_dir)["table3c-default-tno-test-fusion"]
    assert "UNEQUAL SEEDS: not every row has the seeds 0, 1, 2, 3, 4, 5" in table.note
    assert not table.best.to_numpy().any()


def test_the_trainings_of_another_condition_are_not_mixed_in(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    clean = list(plan["cells"])
    for seed, stages in ((0, 5), (1, 3)):
        for cell in clean:
            other = {**cell, "degradation": "fog", "severity": 0.5, "seed": seed}
            other |= {name: f"{cell[name]}-fog{seed}" for name in ("part", "fingerprint")}
            determines = json.loads(json.dumps(plan["fingerprints"][cell["fingerprint"]]))
            if determines["method"]:
                determines["method"]["training"]["recipe"]["stages"] = stages
            plan["fingerprints"][other["fingerprint"]] = determines
            plan["cells"].append(other)
            write(run_dir / other["part"], {name: other[name] for name in GROUP})
    save(run_dir, plan)
    for name, table in made(run_dir).items():
        wanted = 5 if "fog0.5-seed0" in name else 3 if "fog0.5-seed1" in name else 9
        assert f"N = {wanted}, " in table.terms
        assert table.best.to_numpy().any()


def test_a_metric_that_was_not_computed_is_not_called_diverged(run_dir: Path) -> None:
    plan, run = plan_of(run_dir), json.loads((run_dir / "run.json").read_text())
    del run["metrics"]["PSNR"]
    (run_dir / "run.json").write_text(json.dumps(run))
    for cell in plan["cells"]:
        if cell["method"].startswith("L_gp #"):
            plan["fingerprints"][cell["fingerprint"]]["method"]["training"]["fault"] = "training diverged"
            write(run_dir / cell["part"], {name: cell[name] for name in GROUP}, "training diverged")
    save(run_dir, plan)
    shown = render_ablation.cells(made(run_dir)["table3d-default-tno-test-fusion"])["L_gp"]
    published = numbers("table3", "3d")["L_gp"]
    assert shown["AG"] == f"diverged [{published['AG']:.2f}]"
    assert shown["PSNR"] == f"– [{published['PSNR']:.2f}]"


def test_rows_without_a_place_in_the_paper_are_named(run_dir: Path) -> None:
    plan = plan_of(run_dir)
    assert ablation.elsewhere(results.read(run_dir)) == []
    cell = {**plan["cells"][0], "method": "laplacian", "part": "scores/laplacian.parquet"}
    write(run_dir / cell["part"], {name: cell[name] for name in GROUP})
    plan["cells"].append(cell)
    plan["fingerprints"][plan["cells"][2]["fingerprint"]]["method"]["training"]["row"] = "my own"
    save(run_dir, plan)
    assert ablation.elsewhere(results.read(run_dir)) == ["full #0", "laplacian"]


def test_the_losses_weight_is_told_and_that_they_share_it(run_dir: Path) -> None:
    tables = made(run_dir)
    assert all("B = [3, 5], gamma = 1.5." in table.terms for table in tables.values())
    for name, table in tables.items():
        assert ("One gamma weighs all three losses" in table.note) == name.startswith("table3d")


def test_other_experiments_have_no_sub_tables(run_dir: Path) -> None:
    (run_dir / "plan.json").write_text(json.dumps(plan_of(run_dir) | {"experiment": "table1"}))
    assert made(run_dir) == {}


def test_latex_and_terminal_show_every_cell(run_dir: Path) -> None:
    table = made(run_dir)["table3d-default-tno-test-fusion"]
    text = render_ablation.latex(table)
    for word in (r"\toprule", r"\bottomrule", r"w/o L\_lgde", r"$\pm$", r"SSIM $\uparrow$", r"\textbf{"):
        assert word in text
    assert text.count(r" \\") == 5
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render_ablation.terminal(table))
    shown = console.export_text()
    for cell in render_ablation.cells(table).to_numpy().ravel():
        assert cell in shown
