"""figure7 from start to finish, small; and where its depth comes from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rundir import scores

from hifbench.bench import degradation_sheets
from hifbench.bench.experiment import load


@pytest.fixture
def hazy(tmp_path: Path) -> Path:
    """An experiment on ``pairs_folder``: two methods under haze."""
    path = tmp_path / "hazy.toml"
    path.write_text(
        'title = "T"\nmethods = ["visible", "average"]\nmetrics = ["AG"]\n[[datasets]]\nname = "folder"\n'
        '[[degradations]]\nname = "haze"\nseverities = [0, 2, 5]\n'
    )
    return path


def test_figure7_makes_curves(hifbench, tmp_path: Path) -> None:
    done = hifbench("run", "figure7", "--datasets", "synthetic", "--limit", 2, "--methods", "visible,infrared,average",
                    "--set", 'metrics=["SSIM","AG"]', "--out", "run")  # fmt: skip
    assert done.status == 0, done.err
    table = scores(tmp_path / "run")
    conditions = set(zip(table["degradation"], table["severity"], strict=True))
    assert conditions == {("none", 0.0), *((name, float(s)) for name in ("haze", "rain") for s in range(1, 6))}
    assert table["error"].isna().all()
    assert "does the ranking hold?" in done.out
    assert "haze 3 (seed 0)" not in done.out  # the summaries say it in less space
    of_haze = table[(table["degradation"] == "haze") & (table["method"] == "visible") & (table["metric"] == "AG")]
    means = of_haze.groupby("severity")["value"].mean().tolist()
    assert means == sorted(means, reverse=True)
    done = hifbench("report", "run", "--out", "report")
    assert done.status == 0, done.err
    names = {f"synthetic-test-{name}-seed0-{task}" for name in ("haze", "rain") for task in ("fusion", "fusion-clean")}
    assert {path.stem for path in (tmp_path / "report" / "curves").glob("*.svg")} == names
    for name in names:
        areas = pd.read_csv(tmp_path / "report" / "tables" / f"areas-{name}.csv", index_col="method")
        assert (tmp_path / "report" / "tables" / f"agreement-{name}.tex").is_file()
        if name.endswith("clean"):
            assert areas.loc["infrared", "SSIM"] == pytest.approx(1)
    described = json.loads((tmp_path / "run" / "run.json").read_text())["data"]["synthetic/test"]["depth"]
    assert described == {"source": "data set"}


def test_figure7_is_what_it_says() -> None:
    _, experiment = load("figure7")
    assert [(choice.name, choice.severities) for choice in experiment.degradations] == [
        ("haze", [1, 2, 3, 4, 5]),
        ("rain", [1, 2, 3, 4, 5]),
    ]
    assert [choice.name for choice in experiment.datasets] == ["roadscene"]
    assert len(experiment.metrics) == 10


def test_a_severity_that_is_not_defined_is_said_before_anything_is_computed(hifbench, hazy, pairs_folder) -> None:
    hazy.write_text(hazy.read_text().replace("[0, 2, 5]", "[6]"))
    done = hifbench("run", hazy, "--data", pairs_folder)
    assert done.status == 2
    assert "degradation 'haze': severity 6 is beyond the strongest, 5" in done.err


def test_depth_maps_are_used_and_one_that_lacks_is_an_error_row(hifbench, hazy, pairs_folder, tmp_path) -> None:
    for index in range(6):
        if index != 3:
            path = tmp_path / "maps" / "folder" / f"p{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((48, 64), 20 * 256, np.uint16)).save(path)
    done = hifbench("run", hazy, "--data", pairs_folder, "--set", "depth=maps", "--keep-fused")
    assert done.status == 1
    table = scores(tmp_path / "runs" / "hazy")
    failed = table[table["error"].notna()]
    assert set(failed["pair"]) == {"p3"}
    assert set(failed["degradation"]) == {"haze"}
    assert failed["error"].str.contains(r"pair 'p3': no depth map .*p3\.png").all()
    folders = tmp_path / "runs" / "hazy" / "fused" / "folder" / "all" / "haze-5" / "visible"
    clean = np.asarray(Image.open(pairs_folder / "vis" / "p1.png"), float) / 255
    t = np.exp(-0.08 * 20)
    wanted = np.rint(255 * (clean * t + 0.9 * (1 - t)))
    assert np.abs(np.asarray(Image.open(folders / "p1.png"), float) - wanted).max() <= 1
    described = json.loads((tmp_path / "runs" / "hazy" / "run.json").read_text())["data"]["folder/all"]["depth"]
    assert described["source"] == "maps"


def test_guessed_depth_never_passes_for_measured_depth(hifbench, hazy, pairs_folder, tmp_path) -> None:
    (tmp_path / "maps" / "folder").mkdir(parents=True)
    for index in range(6):
        Image.fromarray(np.full((48, 64), 5000, np.uint16)).save(tmp_path / "maps" / "folder" / f"p{index}.png")
    guessed = hifbench("run", hazy, "--data", pairs_folder)
    assert guessed.status == 0, guessed.err
    assert "Depth: road prior, a guess." in " ".join(guessed.out.split())
    first = scores(tmp_path / "runs" / "hazy")
    measured = hifbench("run", hazy, "--data", pairs_folder, "--set", "depth=maps")
    assert measured.status == 0, measured.err
    assert "24 fusions computed" in measured.err  # two severities; the clean ones are kept
    second = scores(tmp_path / "runs" / "hazy")
    hazes = first["degradation"] == "haze"
    assert (first["value"][hazes] != second["value"][hazes]).any()
    assert first["value"][~hazes].equals(second["value"][~hazes])


def test_maps_for_no_such_data_set_are_an_error_of_the_call(hifbench, hazy, pairs_folder, tmp_path) -> None:
    done = hifbench("run", hazy, "--data", pairs_folder, "--set", "depth=maps")
    assert done.status == 2
    assert "no folder maps/folder; put the depth maps of 'folder' there" in done.err


def test_the_sheets_show_every_degradation(tmp_path: Path) -> None:
    assert degradation_sheets.main(["--out", str(tmp_path / "sheets")]) == 0
    sizes = {}
    for path in (tmp_path / "sheets").iterdir():
        with Image.open(path) as picture:
            sizes[path.stem] = picture.size
    assert sizes == dict.fromkeys(("blur", "gaussian-noise", "haze", "low-light", "rain"), (504, 296))
