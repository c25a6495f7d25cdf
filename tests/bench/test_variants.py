"""Rows that a run trains: spelt out over seeds, trained once, resumed, and marked where they diverge."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import torch
from rundir import scores

from hifbench import datasets, methods
from hifbench.bench import experiment as experiments
from hifbench.bench import overrides, variants
from hifbench.errors import UsageError

HEAD = 'title = "T"\nmetrics = ["SSIM", "AG"]\nschedule = "smoke"\nseeds = 2\n[[datasets]]\nname = "folder"\n'
DATA = 'dataset = "folder", split = "all", stages = 1, width = 2'
ROWS = (
    '[[methods]]\nname = "average"\nlabel = "CM+OS"\n'
    f'[[methods]]\nname = "derun"\nlabel = "full"\ntrain = {{ {DATA} }}\n'
    f'[[methods]]\nname = "derun"\nlabel = "w/o L_lgde"\ntrain = {{ {DATA}, edges = "none" }}\n'
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An experiment with two rows to train, each with two seeds, in the layout of table3."""
    path = tmp_path / "table3.toml"
    path.write_text(HEAD + ROWS)
    return path


def files(run_dir: Path, suffix: str = ".safetensors") -> dict[str, tuple[int, int]]:
    """Inode and time of change of each weights file: both stay only if nobody wrote it."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (run_dir / "weights").glob(f"*{suffix}")
    }


def spelt_out(text: str, root: Path, **changes: object) -> tuple[experiments.Experiment, list[variants.Variant]]:
    loaded = experiments.parse(text, "X")
    return variants.spell_out(loaded.model_copy(update=changes), Path("run"), root, "cpu")


def test_each_row_is_spelt_out_over_its_seeds(pairs_folder: Path) -> None:
    resolved, trainings = spelt_out(HEAD + ROWS, pairs_folder, schedule="auto", seeds=None)
    rows = [choice.row for choice in resolved.chosen_methods()]
    assert rows == ["CM+OS", *(f"{row} #{seed}" for row in ("full", "w/o L_lgde") for seed in (0, 1, 2))]
    assert (resolved.schedule, resolved.seeds) == ("short", 3)
    assert [variant.recipe.seed for variant in trainings] == [0, 1, 2, 0, 1, 2]
    assert {(variant.recipe.epochs, variant.recipe.crop) for variant in trainings} == {(8, 64)}
    assert len({variant.outputs.weights for variant in trainings}) == 6
    assert [choice.weights for choice in resolved.chosen_methods()][1:] == [
        str(variant.outputs.weights) for variant in trainings
    ]
    assert trainings[0].outputs.weights.name.startswith("full-0-")
    assert trainings[3].outputs.weights.name.startswith("w-o-l-lgde-0-")


def test_schedules_and_settings(pairs_folder: Path) -> None:
    text = HEAD + ROWS.replace("width = 2", "width = 2, seed = 7")
    (_, smoke), (_, full) = (
        spelt_out(text, pairs_folder, schedule=schedule, seeds=None) for schedule in ("smoke", "full")
    )
    assert [variant.row for variant in smoke] == ["full #7", "w/o L_lgde #7"]
    assert [variant.row for variant in full[:3]] == ["full #7", "full #8", "full #9"]
    assert (smoke[0].recipe.epochs, full[0].recipe.epochs) == (2, 150)
    _, long = spelt_out(text.replace("seed = 7", "epochs = 9"), pairs_folder)
    assert long[0].recipe.epochs == 9


def names(root: Path, text: str = HEAD + ROWS, schedule: str = "smoke") -> set[str]:
    _, trainings = spelt_out(text, root, schedule=schedule)
    return {variant.outputs.weights.name for variant in trainings}


def test_the_name_of_the_weights_depends_on_all_that_determines_them(pairs_folder: Path) -> None:
    first = names(pairs_folder)
    assert names(pairs_folder) == first
    assert not first & names(pairs_folder, (HEAD + ROWS).replace("width = 2", "width = 3"))
    assert not first & names(pairs_folder, schedule="full")
    shutil.copy(pairs_folder / "ir" / "p0.png", pairs_folder / "ir" / "p1.png")
    assert not first & names(pairs_folder)


DERUN = type(methods.METHODS.get("derun").recipe)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("where", "what", "value"), [
    (DERUN, "version", 99),
    (DERUN, "crops", "centre"),
    (DERUN, "flips", False),
    (DERUN, "mixed", True),
    (methods.METHODS.get("derun"), "card", replace(methods.METHODS.get("derun").card, version=99)),
    (datasets.DATASETS.get("folder"), "card", replace(datasets.DATASETS.get("folder").card, version=99)),
    (variants, "check_device", lambda name: torch.device("cuda")),
], ids=["recipe", "crops", "flips", "mixed", "method", "data set", "device"])  # fmt: skip
def test_the_name_of_the_weights_depends_on_code_and_device(
    pairs_folder: Path, monkeypatch: pytest.MonkeyPatch, where: object, what: str, value: object
) -> None:
    first = names(pairs_folder)
    monkeypatch.setattr(where, what, value)
    assert not first & names(pairs_folder)


def test_the_name_of_the_weights_depends_on_the_method(pairs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = methods.METHODS.get("derun"), methods.METHODS.get("derun-printed")
    monkeypatch.setattr(other, "recipe", first.recipe)  # type: ignore[attr-defined]
    text = HEAD + ROWS
    assert not names(pairs_folder, text) & names(pairs_folder, text.replace('"derun"', '"derun-printed"'))


@pytest.mark.parametrize("changed", [DERUN, methods.METHODS.get("derun"), type(datasets.DATASETS.get("folder"))])
def test_the_name_of_the_weights_depends_on_the_text_of_foreign_code(
    pairs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: type
) -> None:
    module = ModuleType("somebodys")
    module.__file__ = str(tmp_path / "somebodys.py")
    monkeypatch.setitem(sys.modules, "somebodys", module)
    monkeypatch.setattr(changed, "__module__", "somebodys")
    (tmp_path / "somebodys.py").write_text("one = 1")
    first = names(pairs_folder)
    (tmp_path / "somebodys.py").write_text("one = 2")
    assert not first & names(pairs_folder)


def test_a_second_call_trains_nothing(hifbench, own: Path, pairs_folder: Path, tmp_path: Path) -> None:
    first = hifbench("run", own, "--data", pairs_folder)
    assert first.status == 0, first.err
    assert "trainings: 4, schedule smoke (2 epochs); 0 are there already" in first.err
    assert "trained: full #0" in first.err
    before, run_dir = files(tmp_path / "runs" / "table3"), tmp_path / "runs" / "table3"
    assert len(before) == 4
    second = hifbench("run", own, "--data", pairs_folder)
    assert second.status == 0
    assert "4 are there already and are kept" in second.err
    assert "0 fusions computed" in second.err
    assert files(run_dir) == before
    shown = re.sub(r"\s+", " ", second.out)
    assert "Table 3 (d), effect of the LGDE loss, default configuration: folder, all split: 6 pairs" in shown
    assert "'smoke': 2 epochs of folder/all" in shown
    record = json.loads((run_dir / "run.json").read_text())
    assert (record["experiment"]["schedule"], record["experiment"]["seeds"]) == ("smoke", 2)
    assert record["methods"]["full #1"]["trained_on"].startswith("6 pairs of folder/all; 2 epochs")


def test_rows_without_a_place_in_the_paper_are_shown_below_its_sub_tables(hifbench, own: Path, pairs_folder: Path):
    outcome = hifbench("run", own, "--data", pairs_folder, "--methods", "laplacian,CM+OS")
    assert outcome.status == 0, outcome.err
    papers, _, plain = outcome.out.rpartition("Table 3 (d), effect of the LGDE loss, printed configuration")
    assert "laplacian" not in papers
    assert re.search(r"laplacian +│? *0\.\d+", plain), plain


def test_another_configuration_has_weights_of_its_own(hifbench, own: Path, pairs_folder: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "runs" / "table3"
    one = ("run", own, "--data", pairs_folder, "--set", "seeds=1", "--methods", "full")
    assert hifbench(*one).status == 0
    before = files(run_dir)
    sweep = ("--set", "train.stages=2", "--set", "train.bins=16", "--set", "full.train.blocks=[3, 7]")
    changed = hifbench(*one, *sweep)
    assert changed.status == 0, changed.err
    assert "0 are there already" in changed.err
    (new,) = set(files(run_dir)) - set(before)
    recipe = json.loads((run_dir / "weights" / new).with_suffix(".json").read_text())["recipe"]
    assert (recipe["stages"], recipe["bins"], recipe["blocks"], recipe["width"]) == (2, 16, [3, 7], 2)
    again = hifbench(*one)
    assert "1 are there already" in again.err
    assert "0 fusions computed" in again.err
    assert {name: files(run_dir)[name] for name in before} == before


def test_a_bad_pair_is_left_out_of_the_training_and_named(hifbench, own: Path, pairs_folder: Path) -> None:
    broken = sorted((pairs_folder / "ir").iterdir())[1]
    broken.write_bytes(broken.read_bytes()[:60])
    outcome = hifbench("run", own, "--data", pairs_folder, "--set", "seeds=1")
    assert outcome.status == 1  # the pair cannot be scored either
    assert outcome.err.count(f"left out of the training: {broken.stem}: ") == 1
    assert "trained: w/o L_lgde #0" in outcome.err


def test_damaged_weights_are_made_again(hifbench, own: Path, pairs_folder: Path, tmp_path: Path) -> None:
    one = ("run", own, "--data", pairs_folder, "--set", "seeds=1", "--methods", "full")
    assert hifbench(*one).status == 0
    (path,) = (tmp_path / "runs" / "table3" / "weights").glob("*.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-50])
    again = hifbench(*one)
    assert again.status == 0, again.err
    assert "0 fusions computed" in again.err
    assert path.read_bytes() == whole


def test_a_checkpoint_of_another_configuration_is_refused(
    hifbench, own: Path, pairs_folder: Path, tmp_path: Path
) -> None:
    assert hifbench("run", own, "--data", pairs_folder, "--set", "seeds=1").status == 0
    folder = tmp_path / "runs" / "table3" / "weights"
    (full,), (other,) = folder.glob("full-*.checkpoint"), folder.glob("w-o-*.checkpoint")
    shutil.copy(other, full)
    full.with_suffix(".safetensors").unlink()
    outcome = hifbench("run", own, "--data", pairs_folder, "--set", "seeds=1")
    assert outcome.status == 2
    assert f"{full.relative_to(tmp_path)} is the checkpoint of another configuration" in outcome.err


def test_a_training_that_diverges_fails_its_row_alone(hifbench, own: Path, pairs_folder: Path, tmp_path: Path) -> None:
    wild = [f"--set=w/o L_lgde.train.{setting}" for setting in ("edges=penalty", "gamma=1e39", "rate=0.9")]
    outcome = hifbench("run", own, "--data", pairs_folder, *wild)
    assert outcome.status == 1
    assert "failed: w/o L_lgde #1: training diverged in epoch 1: " in outcome.err
    assert "try a smaller learning rate, --set train.rate=0.09" in outcome.err
    rows = scores(tmp_path / "runs" / "table3")
    errors = rows.groupby("method")["error"].agg(lambda column: column.notna().mean())
    assert errors.to_dict() == {"CM+OS": 0, "full #0": 0, "full #1": 0, "w/o L_lgde #0": 1, "w/o L_lgde #1": 1}
    assert "diverged [0.78]" in outcome.out
    again = hifbench("run", own, "--data", pairs_folder, "--methods", "full")
    assert again.status == 0
    report = hifbench("report", tmp_path / "runs" / "table3")
    assert report.status == 0
    assert "diverged [0.78]" in report.out  # the rows of the other call are kept


def start(experiment: Path, pairs: Path, out: Path) -> subprocess.Popen[str]:
    settings = ["--set", "train.epochs=40", "--set", "seeds=1"]
    command = [sys.executable, "-P", "-m", "hifbench", "run", experiment, "--data", pairs, "--out", out, *settings]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def test_killed_in_a_training_it_goes_on_there(own: Path, pairs_folder: Path, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with start(own, pairs_folder, killed) as process:
        deadline = time.monotonic() + 120
        while not list(killed.glob("weights/w-o-*.checkpoint")):
            assert process.poll() is None, "the run ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    before = files(killed)
    assert len(before) == 1
    for run_dir in (killed, whole):
        with start(own, pairs_folder, run_dir) as process:
            _, err = process.communicate()
        assert process.returncode == 0, err
    assert {name: files(killed)[name] for name in before} == before
    assert len(files(killed)) == 2
    for path in (whole / "weights").glob("*.safetensors"):
        assert (killed / "weights" / path.name).read_bytes() == path.read_bytes()
    (card,) = (json.loads(path.read_text()) for path in (killed / "weights").glob("w-o-*.json"))
    assert len(card["calls"]) == 2
    pd.testing.assert_frame_equal(scores(killed), scores(whole))


def test_what_is_wrong_with_the_run_shows_before_it_trains(hifbench, own: Path, pairs_folder: Path, tmp_path) -> None:
    own.write_text(own.read_text() + '[[datasets]]\nname = "tno"\n')
    outcome = hifbench("run", own, "--data", pairs_folder, "--datasets", "folder,tno")
    assert outcome.status == 2
    assert "TNO" in outcome.err
    assert not (tmp_path / "runs").exists()


def test_a_plan_of_another_format_shows_before_it_trains(hifbench, own: Path, pairs_folder: Path, tmp_path) -> None:
    plan = tmp_path / "runs" / "table3" / "plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text('{"format": 99}')
    outcome = hifbench("run", own, "--data", pairs_folder)
    assert outcome.status == 2
    assert "plan.json is of format 99, not 1" in outcome.err
    assert files(plan.parent) == {}


def test_a_crop_that_no_pair_holds_shows_before_any_row_trains(hifbench, own: Path, pairs_folder: Path, tmp_path):
    outcome = hifbench("run", own, "--data", pairs_folder, "--set", "w/o L_lgde.train.crop=400")
    assert outcome.status == 2
    assert re.search(r"training of row 'w/o L_lgde': no pair .* of 400; set the recipe's 'crop'", outcome.err)
    assert files(tmp_path / "runs" / "table3") == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--methods", "w/o L_lgd"),
            r"no row 'w/o L_lgd'; did you mean 'w/o L_lgde'\? this experiment has CM\+OS, full",
        ),
        (("--set", "train.stage=3"), r"training of row 'full': derun: unknown key 'stage'; did you mean 'stages'"),
        (("--set", "full.train.stages=0"), r"training of row 'full': derun: key 'stages': "),
        (("--set", "CM+OS.train.stages=3"), r"'CM\+OS' is not trained; a row that is has 'train = \{\}'"),
        (("--set", "train.split=none"), "has no split 'none'"),
        (("--set", "train.textures=1", "--set", "train.sharing=siamese"), "'full': .*siamese extractors serve"),
        (("--set", "schedule=tiny"), "key 'schedule': "),
        (("--set", "seeds=0"), "key 'seeds': .*greater than or equal to 1"),
        (("--device", "cuda:99"), "no device 'cuda:99' here"),
    ],
)
def test_wrong_calls_are_one_line(hifbench, own: Path, pairs_folder: Path, arguments: tuple[str, ...], message: str):
    outcome = hifbench("run", own, "--data", pairs_folder, *arguments)
    assert outcome.status == 2
    assert re.search(message, outcome.err), outcome.err
    assert outcome.err.strip().count("\n") == 0


def test_settings_of_a_training_need_a_row_that_is_trained() -> None:
    with pytest.raises(UsageError, match="no row of this run is trained"):
        overrides.override(experiments.load("table1")[1], settings=["train.stages=3"])
    with pytest.raises(UsageError, match="row 'full' has both 'weights' and 'train'; leave one of them out"):
        experiments.parse(HEAD + ROWS.replace('"full"', '"full"\nweights = "w.safetensors"'), "X")


def test_a_method_without_a_recipe_is_not_trained(pairs_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"training of row 'CM\+OS': average has no training"):
        spelt_out(HEAD + ROWS.replace('"CM+OS"', '"CM+OS"\ntrain = {}'), pairs_folder)


def test_table3_trains_ten_variants_of_each_configuration_on_one_schedule() -> None:
    _, table3 = experiments.load("table3")
    trained = [choice for choice in table3.chosen_methods() if choice.train is not None]
    assert len(trained) == 20
    for name, suffix in (("derun", ""), ("derun-printed", " (printed)")):
        of_name = {choice.row.removesuffix(suffix): choice.train for choice in trained if choice.name == name}
        assert len(of_name) == 10
        assert of_name["full"] == {}
        assert of_name["CM+DL"] == {"textures": 0, "psi": "l2"}
        for train in of_name.values():
            assert not set(train) & {"epochs", "batch", "crop", "rate", "seed", "gamma"}
