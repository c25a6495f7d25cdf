"""The gate from run to exit status, through the command line."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from torch import Tensor

from hifbench.bench import plan
from hifbench.methods.average import Average


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """A run of two methods of the demo on three pairs, with its baseline beside; not to be written to."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        assert command(patch, "run", *DEMO, "--out", folder / "run") == 0
        assert command(patch, "baseline", "make", folder / "run", "--out", folder / "b.json") == 0
    return folder


EIGHT = '["SSIM", "PSNR", "AG", "FMI", "VIF", "EN", "UIQI", "QP"]'
DEMO = (
    *("demo", "--methods", "average,laplacian", "--limit", "3"),
    *("--set", 'tasks=["fusion"]', "--set", f"metrics={EIGHT}"),
)


def command(patch: pytest.MonkeyPatch, *arguments: object) -> int:
    from hifbench.bench.cli import main

    patch.setattr("sys.argv", ["hifbench", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def rewrite(run_dir: Path, change: Callable[[pd.DataFrame], pd.DataFrame], method: str = "average") -> None:
    """Change the rows of a method's parts."""
    for path in (run_dir / "scores").rglob("*.parquet"):
        if path.parents[1].name == method:
            table = pq.read_table(path)
            changed = pa.Table.from_pandas(change(table.to_pandas()), schema=table.schema, preserve_index=False)
            pq.write_table(changed, path)


def moved(table: str) -> list[list[str]]:
    """Method, metric and verdict of each row of a printed table that moved."""
    rows = [line.split()[:3] for line in table.splitlines()]
    return [row for row in rows if row[2:] == ["moved"]]


@pytest.fixture
def changed(demo, tmp_path) -> Path:
    """A copy of the run, to be changed."""
    return Path(shutil.copytree(demo / "run", tmp_path / "changed"))


def test_a_rerun_is_green(hifbench, demo) -> None:
    assert hifbench("run", *DEMO, "--out", "again").status == 0
    done = hifbench("check", "again", "--against", demo / "b.json")
    assert done.status == 0, done.out + done.err
    assert done.out == "green: 3 pairs and 48 values compared; nothing moved\n"


def test_one_picture_one_grey_level_brighter_is_red(hifbench, demo, monkeypatch) -> None:
    fuse, calls = Average._fuse, iter(range(3))

    def brighter(self: Average, ir: Tensor, vis: Tensor) -> Tensor:
        return fuse(self, ir, vis) + (1 / 255 if next(calls) == 1 else 0)

    monkeypatch.setattr(Average, "_fuse", brighter)
    assert hifbench("run", *DEMO, "--out", "brighter").status == 0
    done = hifbench("check", "brighter", "--against", demo / "b.json")
    assert done.status == 1
    rows = moved(done.out)
    assert {row[0] for row in rows} == {"average"}
    assert {"SSIM", "PSNR"} <= {row[1] for row in rows}
    assert "test-01" in done.out
    assert "test-00" not in done.out
    assert "test-02" not in done.out


def test_a_small_drift_of_one_metric_is_red(hifbench, demo, changed) -> None:
    rewrite(changed, lambda rows: rows.assign(value=rows["value"] + 2e-3 * (rows["metric"] == "VIF")))
    done = hifbench("check", changed, "--against", demo / "b.json")
    assert done.status == 1
    assert "red: 3 pairs and 48 values compared; 3 moved" in done.out
    assert moved(done.out) == [["average", "VIF", "moved"]]


def test_a_run_in_progress_is_red_and_says_so(hifbench, demo, changed) -> None:
    next((changed / "scores").rglob("*.parquet")).unlink()
    done = hifbench("check", changed, "--against", demo / "b.json")
    assert done.status == 1
    assert "1 of the run's 2 parts are not there yet" in done.err
    assert "24 missing" in done.out
    refused = hifbench("check", changed, "--against", demo / "b.json", "--update", "--reason", "x")
    assert refused.status == 2


def test_an_empty_run_is_red(hifbench, demo, changed) -> None:
    shutil.rmtree(changed / "scores")
    done = hifbench("check", changed, "--against", demo / "b.json", "--junit", "j.xml", "--summary", "s.md")
    assert done.status == 2
    assert "holds no scores yet" in done.err
    assert ET.parse("j.xml").getroot().get("failures") == "1"
    assert "❌" in Path("s.md").read_text()
    assert hifbench("baseline", "make", changed, "--out", "none.json").status == 2
    assert not Path("none.json").exists()


def test_a_run_of_errors_alone_is_red(hifbench, demo, changed) -> None:
    for method in ("average", "laplacian"):
        rewrite(changed, lambda rows: rows.assign(value=float("nan"), error="out of memory"), method)
    done = hifbench("check", changed, "--against", demo / "b.json")
    assert done.status == 1
    assert "48 failed" in done.out
    assert "0 pairs have a value on both sides" in done.err
    assert hifbench("baseline", "make", changed, "--out", "none.json").status == 2


def test_a_truncated_part_is_an_error_that_names_it(hifbench, demo, changed) -> None:
    part = next((changed / "scores").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:100])
    done = hifbench("check", changed, "--against", demo / "b.json")
    assert done.status == 2
    assert part.name in done.err


def test_other_protocol_data_or_convention_is_refused(hifbench, demo, monkeypatch) -> None:
    against = ("--against", demo / "b.json")
    hifbench("run", "demo", "--methods", "average", "--limit", "2", "--out", "two")
    done = hifbench("check", "two", *against)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "synthetic/test: the baseline is of 3 pairs, the run of 2" in done.err
    done = hifbench("run", *DEMO, "--out", "other", "--set", 'conventions=["vifb"]', "--set", 'metrics=["SSIM"]')
    assert done.status == 0, done.err
    done = hifbench("check", "other", *against)
    assert done.status == 2
    assert "the baseline is of convention default, the run of vifb" in done.err
    monkeypatch.setattr(plan, "PROTOCOL", plan.PROTOCOL + 1)
    hifbench("run", *DEMO, "--out", "protocol")
    done = hifbench("check", "protocol", *against)
    assert done.status == 2
    assert "protocol" in done.err


def test_a_run_of_old_and_new_parts_is_refused(hifbench, demo, changed) -> None:
    path = changed / "plan.json"
    content = json.loads(path.read_text())
    next(iter(content["fingerprints"].values()))["metrics"][0]["version"] += 1
    path.write_text(json.dumps(content))
    for call in (("check", changed, "--against", demo / "b.json"), ("baseline", "make", changed, "--out", "none.json")):
        done = hifbench(*call)
        assert (done.status, done.err.count("\n")) == (2, 1)
        assert "average and laplacian were scored with different versions of the metric SSIM (default)" in done.err
    assert not Path("none.json").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"format": 99}', b'{"format": 1, "floor": 3}', None]
)
def test_a_file_that_is_no_baseline_is_one_line(hifbench, demo, tmp_path, content) -> None:
    path = tmp_path / "none.json"
    if content is not None:
        path.write_bytes(content)
    done = hifbench("check", demo / "run", "--against", path)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "none.json" in done.err


def test_a_baseline_is_never_overwritten(hifbench, demo) -> None:
    done = hifbench("baseline", "make", demo / "run", "--out", demo / "b.json")
    assert done.status == 2
    assert "--update" in done.err


def test_an_update_keeps_reason_tolerances_and_what_did_not_move(hifbench, demo, changed, tmp_path) -> None:
    file = tmp_path / "b.json"
    content = json.loads((demo / "b.json").read_text())
    content["tolerances"]["SSIM"] = {"relative": 0.0, "absolute": 0.01}
    file.write_text(json.dumps(content))
    rewrite(changed, lambda rows: rows.assign(value=rows["value"] + rows["metric"].map({"SSIM": 0.005, "EN": 0.005})))
    assert hifbench("check", changed, "--against", file, "--update").status == 2
    assert hifbench("check", changed, "--against", file, "--reason", "x").status == 2
    done = hifbench("check", changed, "--against", file, "--update", "--reason", "EN counts\notherwise")
    assert done.status == 0, done.err
    new = json.loads(file.read_text())
    assert [entry["reason"] for entry in new["history"]] == ["made", "EN counts otherwise"]
    assert new["tolerances"] == content["tolerances"]
    old_values, values = (each["groups"][0]["scores"]["average"]["test-00"] for each in (content, new))
    assert values["SSIM"] == old_values["SSIM"]
    assert values["EN"] == pytest.approx(old_values["EN"] + 0.005, abs=1e-9)
    assert hifbench("check", changed, "--against", file).status == 0


@pytest.mark.parametrize("option", ["--junit", "--summary"])
def test_an_update_takes_no_file_for_an_answer(hifbench, demo, option) -> None:
    given = ("check", demo / "run", "--against", demo / "b.json", "--update", "--reason", "x", option, "answer")
    before = (demo / "b.json").read_bytes()
    done = hifbench(*given)
    assert done.status == 2
    assert "--junit or --summary" in done.err
    assert (demo / "b.json").read_bytes() == before


def test_a_new_method_is_told_and_green(hifbench, demo, changed) -> None:
    hifbench("run", "demo", "--methods", "maximum", *DEMO[3:], "--out", changed)
    done = hifbench("check", changed, "--against", demo / "b.json")
    assert done.status == 0
    assert "24 values new, not in the baseline: maximum" in done.err
    assert hifbench("check", changed, "--against", demo / "b.json", "--update", "--reason", "more").status == 0
    assert hifbench("check", demo / "run", "--against", demo / "b.json").status == 1  # now it is missing
    # The module's baseline is as it was again.
    assert hifbench("check", demo / "run", "--against", demo / "b.json", "--update", "--reason", "less").status == 0


def test_odd_names_stay_data_in_every_output(hifbench, pairs_folder, tmp_path) -> None:
    for side in ("ir", "vis"):
        (pairs_folder / side / "p0.png").rename(pairs_folder / side / "p[red]|<i>é&.png")
    Path("odd.toml").write_text(
        'title = "Odd"\nmetrics = ["EN"]\nmethods = [{ name = "average", label = "<b>a|b[/]</b>" }]\n'
        '[[datasets]]\nname = "folder"\n'
    )
    assert hifbench("run", "odd.toml", "--data", pairs_folder, "--out", "r").status == 0
    assert hifbench("baseline", "make", "r", "--out", "b.json").status == 0
    content = json.loads(Path("b.json").read_text())
    pairs = content["groups"][0]["scores"]["<b>a|b[/]</b>"]
    assert "p[red]|<i>é&" in pairs
    pairs["p[red]|<i>é&"]["EN"] += 1
    Path("b.json").write_text(json.dumps(content))
    Path("s.md").write_text("before\n")
    done = hifbench("check", "r", "--against", "b.json", "--junit", "j.xml", "--summary", "s.md")
    assert done.status == 1
    assert "<b>a|b[/]</b>" in done.out
    assert "p[red]|<i>é& -1" in done.out
    suite = ET.parse("j.xml").getroot()[0]
    failed = [case for case in suite.iter("testcase") if len(case)]
    assert [case.get("name") for case in failed] == ["<b>a|b[/]</b>"]
    assert "p[red]|<i>é& -1" in (failed[0][0].text or "")
    markdown = Path("s.md").read_text()
    assert markdown.startswith("before\n")
    assert "<b>" not in markdown
    assert "<i>" not in markdown
    row = next(line for line in markdown.splitlines() if line.startswith("| &lt;b&gt;"))
    assert row.replace("\\|", "").count("|") == 10
