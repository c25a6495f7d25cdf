"""Several runs as one, through the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rundir import scores

from hifbench.bench import plan
from hifbench.bench.fingerprint import safe_name


@pytest.fixture
def run(hifbench, pairs_folder, experiment):
    """Run some methods of the experiment into a folder."""

    def call(out: str, methods: str, *options: object) -> Path:
        done = hifbench("run", experiment, "--data", pairs_folder, "--methods", methods, "--out", out, *options)
        assert done.status == 0, done.err
        return Path(out)

    return call


def test_merged_runs_equal_one_run(hifbench, run, tmp_path) -> None:
    whole = run("whole", "average,infrared,laplacian", "--keep-fused")
    run("a", "average,infrared", "--keep-fused")
    run("b", "infrared,laplacian", "--keep-fused")
    done = hifbench("merge", "a", "b", "--out", "merged")
    assert (done.status, done.err.count("\n")) == (0, 1)
    assert not list(tmp_path.glob(".merged*"))
    pd.testing.assert_frame_equal(scores(tmp_path / "merged"), scores(tmp_path / whole))
    pictures = [sorted(path.relative_to(top) for path in top.rglob("*.png")) for top in (whole, Path("merged"))]
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) == 3 * 6 + 2 * 6  # fused, and the sources
    tables = []
    for folder in ("whole", "merged"):
        assert hifbench("report", folder).status == 0
        tables.append((Path(folder) / "report" / "tables" / "folder-all-fusion.csv").read_text())
    assert tables[0] == tables[1]


def test_the_record_says_where_each_row_came_from(hifbench, run) -> None:
    run("a", "average")
    run("b", "laplacian")
    hifbench("merge", "a", "b", "--out", "merged")
    record = json.loads(Path("merged/run.json").read_text())
    assert [(each["run"], each["rows"], each["parts"]) for each in record["merged"]] == [
        ("a", ["average"], 2),
        ("b", ["laplacian"], 2),
    ]
    times = [json.loads(Path(name, "run.json").read_text())["time"] for name in "ab"]
    assert [each["time"] for each in record["merged"]] == times
    assert set(record["methods"]) == {"average", "laplacian"}


def test_a_merged_run_is_a_run(hifbench, run, pairs_folder) -> None:
    run("a", "average")
    run("b", "laplacian")
    hifbench("merge", "a", "b", "--out", "merged")
    run("merged", "infrared")
    run("c", "maximum")
    assert hifbench("merge", "merged", "c", "--out", "all").status == 0
    assert set(scores(Path("all"))["method"]) == {"average", "laplacian", "infrared", "maximum"}
    assert hifbench("baseline", "make", "all", "--out", "b.json").status == 0
    assert hifbench("check", "all", "--against", "b.json").status == 0


def test_shares_of_one_run_on_two_machines_make_it_whole(hifbench, run) -> None:
    run("whole", "average,laplacian")
    run("a", "average,laplacian", "--shard", "1/2")
    run("b", "average,laplacian", "--shard", "2/2")
    done = hifbench("merge", "a", "b", "--out", "merged")
    assert done.status == 0
    assert "partial" not in done.err
    pd.testing.assert_frame_equal(scores(Path("merged")), scores(Path("whole")))
    next(Path("b/scores").rglob("*.parquet")).unlink()
    shutil.rmtree("merged")
    done = hifbench("merge", "a", "b", "--out", "merged")
    assert done.status == 0
    assert "partial: 1 of 4 parts" in done.err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--limit", "3"), "number of pairs (6 and 3)"),
        (("--set", 'conventions=["vifb"]'), "set of conventions"),
        (("--set", "chunk=2"), "size of chunks"),
        (("--set", 'metrics=["EN"]'), "set of metrics"),
    ],
)
def test_what_does_not_compare_is_refused(hifbench, run, options, why) -> None:
    run("a", "average")
    run("b", "average", *options)
    done = hifbench("merge", "a", "b", "--out", "merged")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert why in done.err
    assert not Path("merged").exists()


def test_other_images_and_another_protocol_are_refused(hifbench, run, pairs_folder, monkeypatch) -> None:
    run("a", "average")
    with monkeypatch.context() as patch:
        patch.setattr(plan, "PROTOCOL", plan.PROTOCOL + 1)
        run("b", "laplacian")
    done = hifbench("merge", "a", "b", "--out", "merged")
    assert "protocol (1 and 2)" in done.err
    assert done.status == 2
    path = pairs_folder / "ir" / "p0.png"
    Image.open(path).transpose(Image.Transpose.ROTATE_180).save(path)
    run("c", "laplacian")
    done = hifbench("merge", "a", "c", "--out", "merged")
    assert done.status == 2
    assert "content of its images" in done.err


def test_one_name_for_two_methods_and_two_seeds_are_refused(hifbench, run, pairs_folder, tmp_path) -> None:
    run("a", "laplacian")
    run("b", "laplacian", "--set", "laplacian.levels=2")
    done = hifbench("merge", "a", "b", "--out", "merged")
    assert done.status == 2
    assert "row laplacian has another method" in done.err
    assert "'levels': 2" in done.err
    noisy = 'title = "N"\nmethods = ["average"]\nmetrics = ["EN"]\nseed = {seed}\n[[datasets]]\nname = "folder"\n'
    noisy += '[[degradations]]\nname = "gaussian-noise"\nseverities = [1]\n'
    for seed, out in enumerate(("c", "d")):
        Path("noisy.toml").write_text(noisy.format(seed=seed))
        assert hifbench("run", "noisy.toml", "--data", pairs_folder, "--out", out).status == 0
    done = hifbench("merge", "c", "d", "--out", "merged")
    assert done.status == 2
    assert "degradation gaussian-noise 1 has another seed" in done.err


def test_a_picture_of_other_weights_is_not_taken(hifbench, run) -> None:
    for out in "ab":
        run(out, "average", "--keep-fused")
    old, good = (Path(out, "fused/folder/all/none-0/average/p0.png") for out in "ab")
    stale = PngInfo()
    stale.add_text("hifbench", "of other weights")
    Image.new("L", (64, 48), 7).save(old, pnginfo=stale)
    assert hifbench("merge", "a", "b", "--out", "m").status == 0
    assert (Path("m") / good.relative_to("b")).read_bytes() == good.read_bytes()
    good.unlink()
    assert hifbench("merge", "a", "b", "--out", "n").status == 0
    assert not (Path("n") / good.relative_to("b")).exists()
    assert (Path("n") / good.relative_to("b")).with_name("p1.png").is_file()


def test_a_run_whose_own_parts_differ_is_named_alone(hifbench, run) -> None:
    run("a", "average,infrared")
    run("b", "laplacian")
    plan_file = Path("a/plan.json")
    content = json.loads(plan_file.read_text())
    next(iter(content["fingerprints"].values()))["protocol"] += 1
    plan_file.write_text(json.dumps(content))
    done = hifbench("merge", "a", "b", "--out", "m")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "a does not compare with itself: parts of the way of scoring have another protocol" in done.err


def test_wrong_calls_are_one_line(hifbench, run, tmp_path) -> None:
    run("a", "average")
    run("b", "laplacian")
    Path("empty").mkdir()
    shutil.copytree("b", "unscored")
    shutil.rmtree("unscored/scores")
    shutil.copytree("b", "truncated")
    part = next(Path("truncated/scores").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:50])
    for arguments, why in (
        (("a", "--out", "m"), "two or more"),
        (("a", "./a", "--out", "m"), "two or more"),
        (("a", "b", "--out", "a"), "exists"),
        (("a", "empty", "--out", "m"), "empty"),
        (("a", "nowhere", "--out", "m"), "nowhere"),
        (("a", "unscored", "--out", "m"), "unscored holds no scores yet"),
        (("a", "truncated", "--out", "m"), part.name),
    ):
        done = hifbench("merge", *arguments)
        assert (done.status, done.err.count("\n")) == (2, 1), done.err
        assert why in done.err
    assert not Path("m").exists()
    assert not list(tmp_path.glob(".m.*"))


def test_odd_names_come_along(hifbench, pairs_folder) -> None:
    (pairs_folder / "ir" / "p0.png").rename(pairs_folder / "ir" / "p [é]<&.png")
    (pairs_folder / "vis" / "p0.png").rename(pairs_folder / "vis" / "p [é]<&.png")
    for out, label in (("a", "../up|[b]"), ("b", "plain")):
        Path("odd.toml").write_text(
            f'title = "Odd"\nmetrics = ["EN"]\nmethods = [{{ name = "average", label = "{label}" }}]\n'
            '[[datasets]]\nname = "folder"\n'
        )
        assert hifbench("run", "odd.toml", "--data", pairs_folder, "--out", out, "--keep-fused").status == 0
    assert hifbench("merge", "a", "b", "--out", "m").status == 0
    assert (Path("m/fused/folder/all/none-0") / safe_name("../up|[b]") / "p [é]<&.png").is_file()
    assert set(scores(Path("m"))["method"]) == {"../up|[b]", "plain"}
