"""The commands beside ``run``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from hifbench import metrics
from hifbench.bench.commands.conventions import metric_called
from hifbench.bench.experiment import built_in_names
from hifbench.datasets._images import read_image
from hifbench.methods import METHODS
from hifbench.metrics import METRICS


@pytest.mark.parametrize("kind", ["methods", "metrics", "datasets", "degradations", "experiments"])
def test_list(hifbench, kind: str) -> None:
    listed = json.loads(hifbench("list", kind, "--json").out)
    shown = hifbench("list", kind)
    assert shown.status == 0
    for item in listed:
        assert item["name"] in shown.out
    if kind == "methods":
        assert [item["name"] for item in listed if item["source"] == "hifbench"] == [
            name for name, entry in METHODS.entries.items() if entry.source == "hifbench"
        ]
    if kind == "experiments":
        assert [item["name"] for item in listed] == built_in_names()


def test_list_of_something_else(hifbench) -> None:
    done = hifbench("list", "weights")
    assert done.status == 2
    assert "methods" in done.err


def test_fuse_folders(hifbench, pairs_folder: Path) -> None:
    done = hifbench("fuse", "maximum", "--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--out", "fused")
    assert done.status == 0, done.err
    for index in range(6):
        ir, vis, fused = (
            np.asarray(Image.open(path)).astype(int)
            for path in (
                pairs_folder / "ir" / f"p{index}.png",
                pairs_folder / "vis" / f"p{index}.png",
                Path("fused") / f"p{index}.png",
            )
        )
        assert fused.shape == vis.shape
        if vis.ndim == 2:
            assert np.array_equal(fused, np.maximum(ir, vis))


def test_fuse_one_pair_of_files(hifbench, pairs_folder: Path) -> None:
    arguments = ["--ir", pairs_folder / "ir" / "p1.png", "--vis", pairs_folder / "vis" / "p1.png"]
    assert hifbench("fuse", "average", *arguments, "--out", "one.png").status == 0
    ir, vis = (np.asarray(Image.open(pairs_folder / side / "p1.png")).astype(float) for side in ("ir", "vis"))
    assert np.abs(np.asarray(Image.open("one.png")) - (ir + vis) / 2).max() <= 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fuse", "averag", "--ir", "pairs/ir", "--vis", "pairs/vis", "--out", "o"], "did you mean average"),
        (["fuse", "average", "--ir", "nowhere", "--vis", "pairs/vis", "--out", "o"], "nowhere"),
        (["fuse", "average", "--ir", "pairs/ir", "--vis", "pairs/vis", "--out", "o.png"], "give a folder"),
        (["fuse", "auif", "--ir", "pairs/ir", "--vis", "pairs/vis", "--out", "o"], "no weights of auif"),
        (["fuse", "average", "--ir", "pairs/ir", "--vis", "pairs/vis", "--out", "own.toml"], "cannot write"),
        (
            ["score", "--ir", "pairs/ir", "--vis", "pairs/vis", "--fused", "no", "--out", "s.csv"],
            "no file or folder no",
        ),
        (["score", "--ir", "pairs/ir", "--vis", "pairs/vis", "--fused", "pairs/ir", "--out", "d.csv"], "is a folder"),
        (
            ["fuse", "average", "--ir", "pairs/ir", "--vis", "pairs/vis", "--out", "pairs/vis"],
            "among the images of --vis",
        ),
        (["fuse", "average", "--ir", "pairs/ir/p1.png", "--vis", "pairs/vis/p1.png", "--out", "o.jpg"], "as .png"),
        (["fuse", "average", "--ir", "pairs/ir/p[z-a].png", "--vis", "pairs/vis/*.png", "--out", "o"], "no pattern"),
        (["run", "own.toml", "--data", "pairs", "--methods", ""], "--methods names nothing"),
        (["run", "own.toml", "--data", "pairs", "--set", "laplacian.levels=2.5"], "is a whole number, not 2.5"),
        (["run", "own.toml", "--dat", "pairs"], "--dat"),
        (["runn"], "runn"),
        (["data", "status", "--data", "nowhere"], "no data root nowhere"),
        (["score", "--ir", "pairs/ir", "--vis", "pairs/vis", "--fused", "pairs/ir", "--out", "s.txt"], ".parquet"),
        (
            [
                "score",
                "--ir",
                "pairs/ir",
                "--vis",
                "pairs/vis",
                "--fused",
                "pairs/ir",
                "--out",
                "s.csv",
                "--metrics",
                "E",
            ],
            "unknown metric 'E'",
        ),
        (["data", "verify", "tno"], "needs a data root"),
        (["data", "status", "tnoo"], "unknown data set 'tnoo'"),
    ],
)
def test_wrong_calls(
    hifbench, nothing_shipped, pairs_folder: Path, experiment: Path, arguments: list[str], message: str
) -> None:
    Path("d.csv").mkdir()
    before = {path: path.read_bytes() for path in pairs_folder.rglob("*.png")}
    done = hifbench(*arguments)
    assert done.status == 2
    assert message in done.err
    assert done.err.startswith("hifbench: ")
    assert done.err.strip().count("\n") == 0, done.err
    assert {path: path.read_bytes() for path in pairs_folder.rglob("*.png")} == before


def test_fuse_goes_on_after_a_bad_pair(hifbench, pairs_folder: Path) -> None:
    (pairs_folder / "ir" / "p2.png").write_bytes(b"no picture")
    done = hifbench("fuse", "average", "--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--out", "fused")
    assert done.status == 1
    assert "failed: p2" in done.err
    assert len(list(Path("fused").iterdir())) == 5


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_score_rows(hifbench, pairs_folder: Path, suffix: str) -> None:
    fused = pairs_folder / "fused"
    fused.mkdir()
    for index in range(4):
        (fused / f"p{index}.png").write_bytes((pairs_folder / "ir" / f"p{index}.png").read_bytes())
    Image.new("L", (10, 10)).save(fused / "p4.png")
    done = hifbench(
        "score", "--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", fused,
        "--metrics", "psnr,ag@forward", "--out", f"s.{suffix}",
    )  # fmt: skip
    assert done.status == 1
    if suffix == "json":
        table = pd.DataFrame(json.loads(Path("s.json").read_text()))
    else:
        table = {"csv": pd.read_csv, "parquet": pd.read_parquet}[suffix](f"s.{suffix}")
    assert list(table.columns) == ["pair", "metric", "convention", "value", "error"]
    assert len(table) == 6 * 2
    assert set(table["metric"]) == {"PSNR", "AG@forward"}
    errors = table[table["error"].notna()]
    assert sorted(set(errors["pair"])) == ["p4", "p5"]
    assert "10x10" in errors["error"].iloc[0]
    assert "no fused image" in errors["error"].iloc[-1]
    values = table[table["error"].isna()].set_index(["pair", "metric"])["value"].astype(float)
    assert values["p1", "PSNR"] == np.inf
    forward = metrics.compute(*[read_image(pairs_folder / "ir" / "p1.png")[None, None]] * 3, names=["AG@forward"])
    assert values["p1", "AG@forward"] == forward["AG@forward"].item()


def test_an_undefined_value_is_nan_and_no_error(hifbench, tmp_path: Path) -> None:
    for side, level in (("ir", 3), ("vis", 200), ("fused", 90)):
        (tmp_path / side).mkdir()
        Image.new("L", (64, 48), level).save(tmp_path / side / "flat.png")
    folders = [part for side in ("ir", "vis", "fused") for part in (f"--{side}", tmp_path / side)]
    assert hifbench("score", *folders, "--metrics", "QP", "--out", "s.csv").status == 0
    assert Path("s.csv").read_text().splitlines()[1] == "flat,QP,default,nan,"
    assert hifbench("score", *folders, "--metrics", "QP", "--out", "s.json").status == 0
    assert '"value": NaN,\n  "error": null' in Path("s.json").read_text()


def test_data_status_and_verify(hifbench, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "RoadScene"
    for side in ("cropinfrared", "crop_LR_visible"):
        (folder / side).mkdir(parents=True)
        for stem in ("FLIR_00006", "FLIR_00018"):
            Image.new("L", (9, 9), len(side)).save(folder / side / f"{stem}.jpg")
    shown = hifbench("data", "status", "roadscene", "--data", tmp_path / "data")
    assert shown.status == 0
    assert "2 of 221 pairs" in shown.out
    counted = hifbench("data", "verify", "roadscene", "--data", tmp_path / "data")
    assert counted.status == 1
    assert "2 pairs found" in counted.err
    file = folder / "cropinfrared" / "FLIR_00006.jpg"
    import hashlib

    entry = {
        "path": "cropinfrared/FLIR_00006.jpg",
        "bytes": file.stat().st_size,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    (folder / "manifest.json").write_text(json.dumps({"files": [entry]}))
    assert hifbench("data", "verify", "roadscene", "--data", tmp_path / "data").status == 0
    file.write_bytes(file.read_bytes() + b"x")
    changed = hifbench("data", "verify", "roadscene", "--data", tmp_path / "data")
    assert changed.status == 1
    assert "changed" in changed.err


def test_doctor_and_version(hifbench, tmp_path: Path) -> None:
    done = hifbench("doctor")
    assert done.status == 0
    for word in ("torch", "cuda", "data set tno", "weights auif"):
        assert word in done.out
    assert re.search(r"^detector .*tiny\.safetensors \(the default\)$", done.out, re.MULTILINE)
    assert "data set folder" not in done.out  # the user's own images are nowhere in particular
    assert hifbench("--version").out.startswith("hifbench ")
    shown = hifbench("--help").out
    for command in ("list", "data", "fuse", "score", "run", "report", "doctor"):
        assert f"\n  {command} " in shown


def test_conventions_shows_every_metric_and_measures_ratios(hifbench, pairs_folder: Path) -> None:
    shown = hifbench("conventions")
    assert shown.status == 0
    assert all(name in shown.out for name in METRICS.names())
    folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / "ir"]
    measured = hifbench("conventions", *folders, "--metrics", "AG,SSIM")
    (line,) = (line for line in measured.out.splitlines() if line.startswith("SSIM@sum"))
    assert "2.0000" in line
    assert "FMI" not in measured.out
    assert "together" in hifbench("conventions", "--ir", pairs_folder / "ir").err


def test_conventions_match_finds_what_made_a_number(hifbench, pairs_folder: Path) -> None:
    folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / "vis"]
    assert hifbench("score", *folders, "--metrics", "SSIM@sum,EN", "--out", "s.csv").status == 0
    means = pd.read_csv("s.csv").groupby("metric")["value"].mean()
    Path("paper.csv").write_text(f"metric,value\nssim,{means['SSIM@sum']:.3f}\nEN,{means['EN']:.2f}\nQ_P,7.5\n")
    done = hifbench("conventions", "match", *folders, "--published", "paper.csv")
    assert done.status == 0, done.err
    titles = [line.strip() for line in done.out.splitlines() if " = " in line]
    assert titles[0].startswith("ssim = ")
    assert "fits: SSIM@sum" in titles[0]
    assert "EN (default)" in titles[1]
    assert titles[2].endswith("none fits")


def test_conventions_match_knows_that_names_are_mixed_up(hifbench, pairs_folder: Path) -> None:
    folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / "vis"]
    assert hifbench("score", *folders, "--metrics", "VIFF", "--out", "s.csv").status == 0
    Path("paper.csv").write_text(f"metric,value\nVIF,{pd.read_csv('s.csv')['value'].mean():.5f}\n")
    assert "fits: VIFF (default)" in hifbench("conventions", "match", *folders, "--published", "paper.csv").out


@pytest.mark.parametrize(
    ("printed", "ours"),
    [
        ("Q^{AB/F}", "QABF"),
        ("Q_P", "QP"),
        ("MS_SSIM", "MS-SSIM"),
        ("FMI_pixel", "FMI-PIXEL"),
        ("Q_{MI}", "NMI"),
        ("SSIMM", None),
    ],
)
def test_a_papers_spelling_is_understood(printed: str, ours: str | None) -> None:
    assert metric_called(printed) == ours


def test_conventions_match_compares_means_over_the_same_pairs(hifbench, pairs_folder: Path) -> None:
    for side in ("ir", "vis"):  # too small for VIF, which needs 41 pixels
        Image.new("L", (40, 40), 9).save(pairs_folder / side / "p0.png")
        Image.open(pairs_folder / side / "p1.png").crop((0, 0, 20, 40)).save(pairs_folder / side / "p0.png")
    folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / "vis"]
    Path("paper.csv").write_text("metric,value\nVIF,1.0\nunheard,3\n")
    done = hifbench("conventions", "match", *folders, "--published", "paper.csv")
    assert done.status == 1
    assert "VIF: means over the 5 of 6 pairs" in done.err
    assert "unheard is no metric of ours" in done.err


def test_a_grey_picture_saved_in_colour_is_scored_by_channel(hifbench, pairs_folder: Path) -> None:
    """As VIFB does, against the colour of the visible image: the file is what a toolbox sees."""
    values = {}
    for name, mode in (("grey", "L"), ("colour", "RGB")):
        (pairs_folder / name).mkdir()
        Image.open(pairs_folder / "ir" / "p0.png").convert(mode).save(pairs_folder / name / "p0.png")
        folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / name]
        hifbench("score", *folders, "--metrics", "SSIM", "--convention", "vifb", "--out", "s.csv")
        values[name] = pd.read_csv("s.csv").set_index("pair").loc["p0", "value"]
    pixels = {
        side: torch.from_numpy(np.array(Image.open(pairs_folder / side / "p0.png"), dtype=float) / 255)
        for side in ("ir", "vis")
    }
    ir = pixels["ir"][None, None]
    by_channel = [
        metrics.compute(ir, ir, pixels["vis"][..., channel][None, None], names=["SSIM@sum"])["SSIM@sum"].item()
        for channel in range(3)
    ]
    assert values["colour"] == pytest.approx(np.mean(by_channel), rel=1e-12)
    assert abs(values["grey"] - values["colour"]) > 1e-4


def test_score_takes_the_metrics_that_a_convention_has(hifbench, pairs_folder: Path) -> None:
    folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / "vis"]
    done = hifbench("score", *folders, "--convention", "VIFB", "--out", "s.csv")
    assert done.status == 0, done.err
    assert "not under 'vifb': FMI" in done.err
    assert set(pd.read_csv("s.csv")["convention"]) == {"vifb"}
    assert hifbench("score", *folders, "--convention", "sewar", "--metrics", "all", "--out", "s.csv").status == 0
    assert set(pd.read_csv("s.csv")["metric"]) == {
        name for name in METRICS.names() if "sewar" in METRICS.get(name).conventions
    }
    unknown = hifbench("score", *folders, "--convention", "vfib", "--out", "s.csv")
    assert unknown.status == 2
    assert "no metric has a convention 'vfib'; there are: cddfuse, default" in unknown.err
    assert hifbench("score", *folders, "--metrics", "Q_P,q_abf", "--out", "s.csv").status == 0


def test_match_ends_with_how_many_numbers_each_convention_fits(hifbench, pairs_folder: Path) -> None:
    folders = ["--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", pairs_folder / "ir"]
    hifbench("score", *folders, "--metrics", "SSIM,AG,SF", "--convention", "cddfuse", "--out", "s.csv")
    means = pd.read_csv("s.csv").groupby("metric")["value"].mean()
    Path("paper.csv").write_text(
        " Metric , Value\n" + "".join(f"{name},{value:.6f}\n" for name, value in means.items())
    )
    done = hifbench("conventions", "match", *folders, "--published", "paper.csv")
    assert done.status == 0, done.err
    assert "cddfuse fits 3 of 3" in done.out
