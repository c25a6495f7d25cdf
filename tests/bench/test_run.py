"""Runs from start to finish, through the command line."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from rundir import KEY, part_times, scores

from hifbench import metrics
from hifbench.bench.parts import COLUMNS
from hifbench.datasets._images import read_image


def test_a_run_holds_one_row_for_every_pair_method_and_metric(hifbench, pairs_folder, experiment, tmp_path) -> None:
    done = hifbench("run", experiment, "--data", pairs_folder)
    assert done.status == 0, done.err
    table = scores(tmp_path / "runs" / "own")
    assert list(table.columns.sort_values()) == sorted(COLUMNS.names)
    assert len(table) == 6 * 3 * 4
    assert not table.duplicated(KEY).any()
    assert table["error"].isna().all()
    assert set(table["pair"]) == {f"p{index}" for index in range(6)}
    assert "SSIM ↑" in done.out
    assert "laplacian" in done.out
    plan = json.loads((tmp_path / "runs" / "own" / "plan.json").read_text())
    assert {cell["part"] for cell in plan["cells"]} == {
        path.relative_to(tmp_path / "runs" / "own").as_posix() for path in (tmp_path / "runs").rglob("*.parquet")
    }


def test_scores_equal_metrics_computed_from_the_files(hifbench, pairs_folder, experiment, tmp_path) -> None:
    hifbench("run", experiment, "--data", pairs_folder)
    table = scores(tmp_path / "runs" / "own").set_index(["pair", "method", "metric"])["value"]
    for pair in ("p0", "p1"):
        ir, vis = (np.asarray(Image.open(pairs_folder / side / f"{pair}.png"), float) for side in ("ir", "vis"))
        if vis.ndim == 3:
            vis = np.floor(vis @ np.array([0.299, 0.587, 0.114]) + 0.5)
        # numpy rounds the mean of two whole levels half to even, as the harness does
        fused = np.rint((ir + vis) / 2)
        decibels = [10 * np.log10(255**2 / np.mean((fused - source) ** 2)) for source in (ir, vis)]
        assert table[pair, "average", "PSNR"] == pytest.approx(np.mean(decibels), rel=2e-3)  # float32 ties
        counts = np.bincount(ir.astype(int).ravel(), minlength=256) / ir.size
        entropy = -sum(p * np.log2(p) for p in counts if p)
        assert table[pair, "infrared", "EN"] == pytest.approx(entropy, rel=1e-12)
        assert table[pair, "infrared", "PSNR"] == np.inf


def test_run_score_and_compute_agree_to_the_last_digit(hifbench, pairs_folder, experiment, tmp_path) -> None:
    """On grey and on colour pairs: what is saved is what was scored."""
    hifbench("run", experiment, "--data", pairs_folder, "--keep-fused")
    table = scores(tmp_path / "runs" / "own")
    for method in ("average", "infrared", "laplacian"):
        fused = tmp_path / "runs" / "own" / "fused" / "folder" / "all" / "none-0" / method
        done = hifbench(
            "score", "--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--fused", fused, "--out", "s.csv",
            "--metrics", "EN,AG,PSNR,SSIM",
        )  # fmt: skip
        assert done.status == 0, done.err
        again = pd.read_csv("s.csv", dtype={"pair": str}).set_index(["pair", "metric"])["value"]
        first = table[table["method"] == method].set_index(["pair", "metric"])["value"]
        pd.testing.assert_series_equal(again.sort_index(), first.sort_index(), rtol=0, atol=0, check_index_type=False)
        for pair in ("p0", "p1"):
            images = [read_image(path / f"{pair}.png") for path in (fused, pairs_folder / "ir", pairs_folder / "vis")]
            batches = [image[None, None] if image.ndim == 2 else image.permute(2, 0, 1)[None] for image in images]
            computed = metrics.compute(*batches, names=["SSIM", "PSNR"])
            assert {name: value.item() for name, value in computed.items()} == {
                name: first[pair, name] for name in ("SSIM", "PSNR")
            }


def test_a_second_call_computes_nothing(hifbench, pairs_folder, experiment, tmp_path, monkeypatch) -> None:
    first = hifbench("run", experiment, "--data", pairs_folder)
    before = part_times(tmp_path)
    monkeypatch.setattr("hifbench.bench.worker.Worker", None)  # calling it would be an error
    second = hifbench("run", experiment, "--data", pairs_folder)
    assert second.status == 0, second.err
    assert "0 fusions computed" in second.err
    assert second.out == first.out
    assert part_times(tmp_path) == before


def test_what_changed_is_computed_again_and_the_old_part_is_set_aside(
    hifbench, pairs_folder, experiment, tmp_path
) -> None:
    hifbench("run", experiment, "--data", pairs_folder)
    run_dir = tmp_path / "runs" / "own"
    first = scores(run_dir)
    changed = hifbench("run", experiment, "--data", pairs_folder, "--set", "laplacian.levels=1")
    assert "6 fusions computed" in changed.err
    second = scores(run_dir)
    assert len(second) == len(first)
    moved = first["value"] != second["value"]
    assert set(first.loc[moved, "method"]) == {"laplacian"}
    back = hifbench("run", experiment, "--data", pairs_folder)
    assert "0 fusions computed" in back.err  # the part that was set aside is expected again
    pd.testing.assert_frame_equal(scores(run_dir), first)
    path = pairs_folder / "ir" / "p5.png"
    Image.fromarray(255 - np.asarray(Image.open(path))).save(path)
    edited = hifbench("run", experiment, "--data", pairs_folder)
    assert "6 fusions computed" in edited.err  # its chunk of two pairs, for three methods


def test_methods_run_one_after_the_other_share_a_table(hifbench, pairs_folder, experiment, tmp_path) -> None:
    hifbench("run", experiment, "--data", pairs_folder, "--methods", "average")
    done = hifbench("run", experiment, "--data", pairs_folder, "--methods", "maximum")
    assert "average" in done.out
    assert "maximum" in done.out
    assert set(scores(tmp_path / "runs" / "own")["method"]) == {"average", "maximum"}


def test_another_limit_counts_no_pair_twice(hifbench, pairs_folder, experiment, tmp_path) -> None:
    for limit in (2, 5, 3):
        done = hifbench("run", experiment, "--data", pairs_folder, "--limit", limit)
        assert done.status == 0
        table = scores(tmp_path / "runs" / "own")
        assert table["pair"].nunique() == limit
        assert not table.duplicated(KEY).any()


def test_bad_pairs_are_rows_with_their_error_and_cost_nothing_else(
    hifbench, pairs_folder, experiment, tmp_path
) -> None:
    whole = hifbench("run", experiment, "--data", pairs_folder, "--out", "whole")
    assert whole.status == 0
    (pairs_folder / "ir" / "p1.png").write_bytes((pairs_folder / "ir" / "p1.png").read_bytes()[:200])
    Image.new("L", (64, 50)).save(pairs_folder / "vis" / "p2.png")
    (pairs_folder / "vis" / "p3.png").write_bytes((pairs_folder / "ir" / "p3.png").read_bytes())
    (pairs_folder / "vis" / "p4.png").unlink()
    done = hifbench("run", experiment, "--data", pairs_folder, "--out", "bad")
    assert done.status == 1
    assert "Traceback" not in done.err
    table = scores(tmp_path / "bad")
    assert len(table) == 6 * 3 * 4
    errors = table[table["error"].notna()].groupby("pair")["error"].unique()
    messages = {pair: error[0] for pair, error in errors.items()}
    assert list(messages) == ["p1", "p2", "p3", "p4"]
    for pair, words in {
        "p1": ["p1.png", "cannot read"],
        "p2": ["64x48", "64x50"],
        "p3": ["same image"],
        "p4": ["no visible image"],
    }.items():
        assert all(word in messages[pair] for word in words), messages[pair]
        assert f"failed: {pair} (average and 2 more)" in done.err
    assert table[table["error"].notna()]["value"].isna().all()
    good = table[table["error"].isna()].reset_index(drop=True)
    expected = scores(tmp_path / "whole")
    expected = expected[expected["pair"].isin(["p0", "p5"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(good, expected)
    assert "6 fusions computed, 12 failed" in done.err
    said = hifbench("report", "bad")
    assert "failed: p1 (average and 2 more)" in said.err
    assert "cannot read" not in done.out + said.out  # the texts are said once, not under every table
    assert "12 fusions have an error" in said.out
    assert "2/6" in done.out  # the table says how many pairs are behind its means


def test_a_metric_that_is_undefined_costs_only_itself(hifbench, pairs_folder, experiment, tmp_path) -> None:
    for side in ("ir", "vis"):
        Image.open(pairs_folder / side / "p0.png").crop((0, 0, 20, 20)).save(pairs_folder / side / "p0.png")
    done = hifbench("run", experiment, "--data", pairs_folder, "--set", 'metrics=["EN","VIF"]', "--methods", "average")
    assert done.status == 1
    table = scores(tmp_path / "runs" / "own").set_index(["pair", "metric"])
    assert table.loc[("p0", "VIF"), "error"] == "VIF needs images of at least 41x41 pixels; this one is 20x20"
    assert table["error"].notna().sum() == 1


def test_a_broken_checkpoint_fails_its_method_alone(
    hifbench, nothing_shipped, pairs_folder, tmp_path, monkeypatch
) -> None:
    weights = tmp_path / "weights" / "auif"
    weights.mkdir(parents=True)
    for name in ("TCSVT_Encoder_Base.model", "TCSVT_Encoder_Detail.model", "TCSVT_Decoder.model"):
        torch.save({"conv1.0.eta": torch.zeros(1)}, weights / name)
    own = tmp_path / "own.toml"
    own.write_text('title = "T"\nmethods = ["average", "auif"]\nmetrics = ["EN"]\n[[datasets]]\nname = "folder"\n')
    skipped = hifbench("run", own, "--data", pairs_folder)
    assert skipped.status == 0
    assert "skipped: auif: no weights of auif found" in skipped.err
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(tmp_path / "weights"))
    done = hifbench("run", own, "--data", pairs_folder)
    assert done.status == 1
    table = scores(tmp_path / "runs" / "own")
    assert table.groupby("method")["error"].count().to_dict() == {"auif": 6, "average": 0}
    assert "does not fit the network: missing" in table["error"].dropna().iloc[0]
    named = hifbench("run", own, "--data", pairs_folder, "--methods", "auif")
    assert named.status == 2
    assert "does not fit the network: missing" in named.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "demoo"], "unknown experiment 'demoo'; did you mean 'demo'?"),
        (["run", "own.toml", "--data", "nowhere"], "no file or folder nowhere/ir"),
        (["run", "own.toml"], "needs to know where"),
        (["run", "own.toml", "--data", "pairs", "--methods", "averag"], "unknown method 'averag'"),
        (["run", "own.toml", "--data", "pairs", "--methods", "auif"], "no weights of auif found"),
        (["run", "own.toml", "--data", "pairs", "--datasets", "tno"], "no folder pairs/TNO"),
        (["run", "own.toml", "--data", "pairs", "--out", "own.toml"], "cannot write to own.toml"),
        (["run", "own.toml", "--data", "pairs", "--device", "cuda:99"], "no device 'cuda:99' here"),
        (["run", "own.toml", "--data", "pairs", "--set", 'conventions=["vfib"]'], "no convention 'vfib'"),
        (["report", "pairs"], "pairs is no run directory"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(
    hifbench, nothing_shipped, pairs_folder, experiment, arguments, message
) -> None:
    done = hifbench(*arguments)
    assert done.status == 2
    assert message in done.err
    assert done.err.startswith("hifbench: ")
    assert done.err.count("\n") == 1, done.err


def test_every_run_records_how_it_came_about(hifbench, pairs_folder, experiment, tmp_path) -> None:
    hifbench("run", experiment, "--data", pairs_folder, "--set", "seed=5")
    run = json.loads((tmp_path / "runs" / "own" / "run.json").read_text())
    assert run["seed"] == 5
    assert run["versions"]["torch"] == torch.__version__
    assert run["experiment"]["metrics"] == ["EN", "AG", "PSNR", "SSIM"]
    assert run["metrics"]["SSIM"]["direction"] == "higher"
    assert run["data"]["folder/all"]["pairs"] == 6
    assert set(run["methods"]) == {"average", "infrared", "laplacian"}
    hifbench("run", experiment, "--data", pairs_folder)
    again = json.loads((tmp_path / "runs" / "own" / "run.json").read_text())
    assert again == run  # a call that computes nothing leaves the record of the one that did
    hifbench("run", experiment, "--data", pairs_folder, "--methods", "maximum")
    again = json.loads((tmp_path / "runs" / "own" / "run.json").read_text())
    assert [call["seed"] for call in again["earlier_calls"]] == [5]
    assert set(again["methods"]) == {"average", "infrared", "laplacian", "maximum"}
    part = next((tmp_path / "runs" / "own" / "scores").rglob("*/maximum/**/*.parquet"))
    assert pq.read_metadata(part).metadata[b"hifbench.call"].decode() == again["time"]


def test_another_seed_leaves_clean_pairs_as_they_are(hifbench, pairs_folder, experiment, tmp_path) -> None:
    hifbench("run", experiment, "--data", pairs_folder)
    done = hifbench("run", experiment, "--data", pairs_folder, "--set", "seed=1")
    assert "0 fusions computed" in done.err
    table = scores(tmp_path / "runs" / "own")
    assert not table.duplicated(KEY).any()
    assert set(table["seed"]) == {0}
    assert "6/" not in done.out


def test_kept_pictures_belong_to_the_scores(hifbench, pairs_folder, experiment, tmp_path) -> None:
    fused = tmp_path / "runs" / "own" / "fused" / "folder" / "all" / "none-0" / "laplacian"
    run = ["run", experiment, "--data", pairs_folder, "--methods", "laplacian"]
    four, one = [*run, "--set", "laplacian.levels=4"], [*run, "--set", "laplacian.levels=1"]
    hifbench(*four, "--keep-fused")
    first = (fused / "p1.png").read_bytes()
    hifbench(*one)
    assert "6 fusions computed" in hifbench(*one, "--keep-fused").err
    assert (fused / "p1.png").read_bytes() != first
    before = part_times(tmp_path)
    assert "0 fusions computed" in hifbench(*one, "--keep-fused").err
    (fused / "p1.png").unlink()
    assert "4 fusions computed" in hifbench(*one, "--keep-fused").err  # its chunk
    assert (fused / "p1.png").is_file()
    assert part_times(tmp_path) == before
    assert "6 fusions computed" in hifbench(*four, "--keep-fused").err
    assert (fused / "p1.png").read_bytes() == first


def test_names_in_another_case_keep_the_experiments_settings(hifbench, pairs_folder, tmp_path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "T"\nmetrics = ["EN"]\nmethods = ["average", { name = "laplacian", options = { levels = 1 } }]\n'
        '[[datasets]]\nname = "folder"\nlabel = "mine"\n'
    )
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "Laplacian", "--datasets", "FOLDER")
    assert done.status == 0, done.err
    plan = json.loads((tmp_path / "runs" / "own" / "plan.json").read_text())
    assert {cell["dataset"] for cell in plan["cells"]} == {"mine"}
    assert all(cell["method_choice"]["options"] == {"levels": 1} for cell in plan["cells"])


def test_a_fault_of_code_is_tried_again_and_bad_input_is_not(
    hifbench, pairs_folder, experiment, tmp_path, monkeypatch
) -> None:
    from hifbench.methods.average import Average

    def fail(self, ir, vis):
        raise MemoryError("no room")

    (pairs_folder / "vis" / "p5.png").write_bytes(b"")
    run = ["run", experiment, "--data", pairs_folder, "--methods", "average,infrared"]
    with monkeypatch.context() as patch:
        patch.setattr(Average, "_fuse", fail)
        failed = hifbench(*run)
    assert failed.status == 1
    assert "MemoryError: no room" in failed.err
    assert "tried again by the next call" in failed.err
    mended = hifbench(*run)
    assert "5 fusions computed, 1 failed" in mended.err
    assert mended.status == 1
    assert "tried again" not in mended.err
    assert "0 fusions computed" in hifbench(*run).err
    assert set(scores(tmp_path / "runs" / "own").query("error.notna()")["pair"]) == {"p5"}


def test_two_conventions_make_two_tables(hifbench, pairs_folder, experiment, tmp_path, monkeypatch) -> None:
    from hifbench.metrics import METRICS
    from hifbench.metrics._metric import Convention

    ssim = METRICS.get("SSIM")
    summed = {**ssim.conventions, "summed": Convention({"combine": "sum"}, "the sum")}
    monkeypatch.setitem(METRICS._loaded, "SSIM", dataclasses.replace(ssim, conventions=summed))
    two = ["--set", 'conventions=["default", "summed"]', "--set", 'metrics=["SSIM", "EN"]']
    done = hifbench("run", experiment, "--data", pairs_folder, *two)
    assert done.status == 0, done.err
    table = (
        scores(tmp_path / "runs" / "own")
        .query("metric == 'SSIM'")
        .pivot_table(index=["pair", "method"], columns="convention", values="value")
    )
    assert np.allclose(table["summed"], 2 * table["default"], rtol=1e-14)
    assert done.out.count("folder, all split") == 2
    assert "Convention: summed." in " ".join(done.out.split())


def test_a_data_set_that_is_not_there_is_skipped_unless_it_was_named(hifbench, pairs_folder, experiment) -> None:
    experiment.write_text(experiment.read_text() + '[[datasets]]\nname = "tno"\n')
    done = hifbench("run", experiment, "--data", pairs_folder)
    assert done.status == 0, done.err
    assert "skipped: data set tno: no folder" in done.err
    assert "Skipped, as 'hifbench run' explains: data set tno." in " ".join(done.out.split())
    named = hifbench("run", experiment, "--data", pairs_folder, "--datasets", "folder,tno")
    assert named.status == 2
    assert "data set 'tno': no folder" in named.err


def test_a_row_and_a_data_set_of_one_name_are_skipped_each_for_its_own_reason(
    hifbench, nothing_shipped, pairs_folder, experiment
) -> None:
    experiment.write_text(
        experiment.read_text().replace('"average"', '"average", "auif"')
        + '[[datasets]]\nname = "tno"\nlabel = "auif"\n'
    )
    for _ in range(2):  # the second call merges with the first one's plan
        done = hifbench("run", experiment, "--data", pairs_folder)
        assert "skipped: auif: no weights of auif found" in done.err
        assert "skipped: data set auif: no folder" in done.err


def test_a_run_with_no_data_set_at_all_is_an_error(hifbench, experiment, tmp_path) -> None:
    experiment.write_text(experiment.read_text().replace('"folder"', '"tno"'))
    done = hifbench("run", experiment, "--data", tmp_path)
    assert done.status == 2
    assert "data set 'tno': no folder" in done.err
    assert not (tmp_path / "runs").exists()


def test_the_sources_are_kept_beside_what_was_fused(hifbench, pairs_folder, tmp_path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "T"\nmethods = ["visible", "average"]\nmetrics = ["EN"]\n[[datasets]]\nname = "folder"\n'
        '[[degradations]]\nname = "blur"\nseverities = [2]\n'
    )
    run = ["run", own, "--data", pairs_folder, "--keep-fused"]
    hifbench(*run)
    kept = tmp_path / "runs" / "own" / "sources" / "folder" / "all"
    fused = tmp_path / "runs" / "own" / "fused" / "folder" / "all"
    for pair in ("p0", "p1"):  # colour and grey
        for side, where in (("ir", "infrared"), ("vis", "visible/none-0")):
            given, there = (Image.open(path / f"{pair}.png") for path in (pairs_folder / side, kept / where))
            np.testing.assert_array_equal(there, given)
        blurred = np.asarray(Image.open(kept / "visible" / "blur-2" / f"{pair}.png"))
        np.testing.assert_array_equal(Image.open(fused / "blur-2" / "visible" / f"{pair}.png"), blurred)
    assert len(list(kept.rglob("*.png"))) == 6 * 3  # infrared once
    before = part_times(tmp_path)
    assert "0 fusions computed" in hifbench(*run).err
    (kept / "infrared" / "p1.png").unlink()
    (kept / "visible" / "blur-2" / "p0.png").unlink()
    hifbench(*run)
    assert len(list(kept.rglob("*.png"))) == 6 * 3
    assert part_times(tmp_path) == before
