"""The site's files, without a browser."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from siterun import EVIL, METHODS, SIZE, make

from hifbench.errors import UsageError
from hifbench.reports import results, site
from hifbench.reports.folder import Folder
from hifbench.reports.site import pictures
from hifbench.reports.site.extremes import extremes


class Tags(HTMLParser):
    """Tags and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def write(run_dir: Path, out: Path) -> site.Written:
    with Folder(out) as folder:
        return site.write(site.of(run_dir, results.read(run_dir)), folder)


def data(out: Path, name: str) -> Any:
    text = (out / "site" / "data" / f"{name}.js").read_text()
    return json.loads(text.removeprefix(f'hifbench.add("{name}",').removesuffix(");\n"))


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def out(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    assert write(run_dir, folder) == site.Written(3 * 3 * 5, [])
    return folder


def test_names_stay_text_on_every_page(out: Path) -> None:
    pages = {path.name: Tags(path.read_text()) for path in out.glob("*.html")}
    assert len(pages) == 9 + len(METHODS)
    for name, page in pages.items():
        scripts = [attributes for tag, attributes in page.tags if tag == "script"]
        assert all(attributes.get("src", "").startswith("site/") for attributes in scripts), name
        assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
        assert any(EVIL in text for text in page.text), name  # the title of the run
    for script in (out / "site" / "data").glob("*.js"):
        assert script.read_text().isascii()


def test_nothing_is_asked_of_another_place(out: Path) -> None:
    for path in [*out.glob("*.html"), *(out / "site").glob("*.*s")]:
        assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest", path.read_text()), path
    for path in out.glob("*.html"):
        for _, attributes in Tags(path.read_text()).tags:
            for key in ("href", "src"):
                target = (attributes.get(key) or "").partition("#")[0]
                if target and not target.startswith(
                    ("tables/", "curves/", "statistics/", "data:")
                ):  # the command's to write
                    assert (out / target).is_file(), f"{path.name} links to {target}"


def test_the_statistics_say_what_they_rest_on_before_what_they_come_to(out: Path) -> None:
    text = " ".join(Tags((out / "statistics.html").read_text()).text)
    caveat, claim = (text.index(words) for words in ("No intervals below 10 pairs", "Best by average rank over"))
    assert caveat < claim < text.index("no claim: too few pairs")
    assert "First by average rank on SSIM, NABF is a source as it is (visible)" in text


def test_the_leaderboard_has_the_means_and_marks(out: Path) -> None:
    board = data(out, "leaderboard")
    clean = board["tables"][0]
    assert [table["task"] for table in board["tables"]] == ["fusion", *["fusion", "fusion-clean"] * 2]
    assert clean["methods"] == list(METHODS)
    ssim = [row[clean["metrics"].index("SSIM")] for row in clean["means"]]
    assert ssim == pytest.approx([0.89, 0.49, 0.695, 0.59, 0.54])  # of `average` the last pair failed
    assert [row[0] for row in clean["ranks"]] == [1, 0, 0, 2, 0]
    assert "so not ranked: average." in clean["note"]
    assert clean["pairs"] == ["3", "3", "2/3", "3", "3"]
    assert clean["seen"] == ["average"]
    assert set(board["files"]) == set(METHODS)


def test_a_page_of_pairs_has_pictures_scores_and_errors(run_dir: Path, out: Path) -> None:
    (of_clean, *others) = data(out, "pictures")["sets"]
    assert (of_clean["condition"], len(others)) == ("clean", 2)
    page = data(out, "set0-0")
    assert page["ids"] == ["p00000", EVIL, "p00002"]
    assert page["sizes"] == [list(SIZE)] * 3
    assert page["errors"] == [[2, 2, f"it failed {EVIL}"]]
    assert page["scores"][0][0][0] == pytest.approx([0.9, 0.89, 0.88])  # SSIM of `visible`
    assert page["scores"][0][0][2] == [pytest.approx(0.7), pytest.approx(0.69), None]
    shown = out / "site" / "pictures" / f"{page['fused'][3][1]}.png"
    assert shown.read_bytes() == (run_dir / "fused" / "tno" / "test" / "none-0" / "m3" / f"{EVIL}.png").read_bytes()
    with Image.open(out / "site" / "thumbnails" / f"{page['infrared'][0]}.webp") as small:
        assert small.size == SIZE  # never larger than the picture
    assert data(out, "set1-0")["infrared"] == page["infrared"]  # one file for all conditions
    assert data(out, "set1-0")["visible"] != page["visible"]
    best, worst = data(out, "set0-ends-0")[0][2]
    assert (best, worst) == ([0, 1], [1, 0])


def test_best_and_worst_go_by_direction_and_leave_out_what_is_missing() -> None:
    values = np.array([3.0, np.nan, 1.0, np.inf, 2.0])
    assert extremes(values, "higher") == ([3, 0, 4, 2], [2, 4, 0, 3])
    assert extremes(values, "lower") == ([2, 4, 0, 3], [3, 0, 4, 2])


def test_a_second_report_makes_no_picture_anew(run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(run_dir, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(Image, "open", None)  # nothing is decoded
    write(run_dir, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_is_no_longer_of_the_run_is_removed_and_nothing_else(tmp_path: Path) -> None:
    run_dir, out = make(tmp_path / "run"), tmp_path / "report"
    write(run_dir, out)
    (out / "own.html").write_text("kept")
    pages = set(out.glob("method-*.html"))
    fewer = make(tmp_path / "run", methods={"visible": 0.9})
    write(fewer, out)
    assert len(pages) == 5
    assert len(set(out.glob("method-*.html"))) == 1
    assert len(list((out / "site" / "pictures").iterdir())) == len(list((out / "site" / "thumbnails").iterdir()))
    assert (out / "own.html").read_text() == "kept"


def test_a_picture_whose_copy_broke_off_is_copied_again(
    run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise PermissionError

    def half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:50])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", no_links)
    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfile", half)
        with pytest.raises(UsageError, match="No space left"):
            write(run_dir, tmp_path)
    assert not list((tmp_path / "site" / "pictures").iterdir())
    write(run_dir, tmp_path)
    for path in (tmp_path / "site" / "pictures").iterdir():
        assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(path.stem)


def test_pictures_of_other_weights_are_not_shown(tmp_path: Path) -> None:
    run_dir = make(tmp_path / "run")
    plan = json.loads((run_dir / "plan.json").read_text())
    plan["cells"][0]["fingerprint"] = "of other weights"
    (run_dir / "plan.json").write_text(json.dumps(plan))
    assert write(run_dir, tmp_path / "report").pictures == 3 * 3 * 5 - 3
    assert data(tmp_path / "report", "set0-0")["fused"][0] == [None] * 3


def test_a_damaged_picture_is_left_out_and_said(tmp_path: Path) -> None:
    run_dir = make(tmp_path / "run")
    for name, content in (("m0/p00000.png", b""), ("m0/p00002.png", None)):
        path = run_dir / "fused" / "tno" / "test" / "none-0" / name
        path.write_bytes(path.read_bytes()[:90] if content is None else content)
    written = write(run_dir, tmp_path / "report")
    assert len(written.damaged) == 2
    assert "none-0/m0/p00000.png cannot be read" in written.damaged[0]
    assert "delete it and run again with --keep-fused" in written.damaged[0]
    assert data(tmp_path / "report", "set0-0")["fused"][0][0] is None
    assert "2 pictures are damaged" in (tmp_path / "report" / "index.html").read_text()


def test_a_picture_larger_than_can_be_read_safely_is_left_out_and_said(
    run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", SIZE[0] * SIZE[1] // 2 - 1)
    written = write(run_dir, tmp_path)
    assert written.pictures == 0
    assert "none-0/m0/p00000.png is too large for the site" in written.damaged[0]
    assert "exceeds limit" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("entry", [3, {"a": 1}, [], [1, 2], "stamp+[]", 'stamp+["../../own", 64, 48, ""]'])
def test_an_odd_index_of_pictures_is_not_believed(run_dir: Path, tmp_path: Path, entry: Any) -> None:
    path = run_dir / "fused" / "tno" / "test" / "none-0" / "m0" / "p00000.png"
    if isinstance(entry, str):
        entry = [path.stat().st_size, path.stat().st_mtime_ns, *json.loads(entry.removeprefix("stamp+"))]
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / ".pictures.json").write_text(json.dumps({path.relative_to(run_dir).as_posix(): entry}))
    assert write(run_dir, tmp_path) == site.Written(3 * 3 * 5, [])
    hash = hashlib.sha256(path.read_bytes()).hexdigest()
    assert hash.startswith(data(tmp_path, "set0-0")["fused"][0][0])


def test_a_run_in_progress_is_marked_on_every_page(tmp_path: Path) -> None:
    write(make(tmp_path / "run", lacking=3, pictures=False), tmp_path / "report")
    for path in (tmp_path / "report").glob("*.html"):
        assert '<strong class="tag">partial</strong>' in path.read_text(), path.name
    assert "3 of 15 parts are not there yet" in (tmp_path / "report" / "index.html").read_text()


def test_without_pictures_the_page_says_how_to_have_them(tmp_path: Path) -> None:
    assert write(make(tmp_path / "run", pictures=False), tmp_path / "report").pictures == 0
    assert "hifbench run own.toml --keep-fused" in (tmp_path / "report" / "pictures.html").read_text()


def test_many_pairs_are_paged(tmp_path: Path) -> None:
    few = {"visible": 0.9, "average": 0.5}
    write(make(tmp_path / "run", pairs=2 * pictures.PAGE + 1, pictures=False, methods=few), tmp_path / "report")
    pages = [data(tmp_path / "report", f"set0-{page}")["ids"] for page in range(3)]
    assert [len(page) for page in pages] == [pictures.PAGE, pictures.PAGE, 1]
    assert data(tmp_path / "report", "set0-ids") == [id for page in pages for id in page]


def test_the_site_is_small(run_dir: Path, out: Path) -> None:
    """Below the budget of 300 kB without pictures."""
    skip = ("tables", "curves", "pictures", "thumbnails")
    files = [path for path in out.rglob("*") if path.is_file() and path.parent.name not in skip]
    assert sum(path.stat().st_size for path in files) < 200_000


def test_no_page_of_a_large_run_is_heavy(tmp_path: Path) -> None:
    """Below 300 kB without pictures: 12 methods, 8 metrics, 11 conditions; of the pairs a page at a time is loaded."""
    methods = {"visible": 0.9, "infrared": 0.8, **{f"method-{index}": 0.7 - index / 100 for index in range(10)}}
    metrics = {f"METRIC-{index}": "lower" if index % 2 else "higher" for index in range(8)}
    ladders = [(name, float(severity)) for name in ("haze", "rain") for severity in range(1, 6)]
    run_dir = make(
        tmp_path / "run", pairs=pictures.PAGE + 1, pictures=False, methods=methods, metrics=metrics,
        conditions=[("none", 0.0), *ladders],
    )  # fmt: skip
    report = tmp_path / "report"
    write(run_dir, report)
    later = {"pictures.html": [f"site/data/set0-{part}.js" for part in ("0", "ids", "ends-0")]}
    for path in report.glob("*.html"):
        loaded = {path.name, *later.get(path.name, [])}
        for _, attributes in Tags(path.read_text()).tags:
            loaded |= {each for key in ("src", "href") if (each := attributes.get(key) or "").startswith("site/")}
        assert sum((report / name).stat().st_size for name in loaded) < 300_000, path.name


def test_the_command_writes_a_site_of_a_real_run(hifbench: Any, pairs_folder: Path, experiment: Path) -> None:
    assert hifbench("run", experiment, "--data", pairs_folder, "--keep-fused").status == 0
    done = hifbench("report", "runs/own")
    assert done.status == 0, done.err
    report = Path("runs/own/report")
    assert "site: open runs/own/report/index.html" in done.err
    page = data(report, "set0-0")
    assert all(hash for row in [page["infrared"], page["visible"], *page["fused"]] for hash in row)
    for path in report.glob("*.html"):
        for _, attributes in Tags(path.read_text()).tags:
            target = (attributes.get("href") or attributes.get("src") or "").partition("#")[0]
            assert not target or target.startswith("data:") or (report / target).exists(), target
    shutil.rmtree("runs/own/fused")
    again = hifbench("report", "runs/own")
    assert "no pictures were kept" in again.err


@pytest.mark.parametrize("what", ["empty", "truncated"])
def test_bad_runs_are_one_line(hifbench: Any, tmp_path: Path, what: str) -> None:
    run_dir = make(tmp_path / "run", lacking=15 if what == "empty" else 0, pictures=False)
    if what == "truncated":
        part = next(run_dir.rglob("*.parquet"))
        part.write_bytes(part.read_bytes()[:100])
    done = hifbench("report", run_dir)
    assert (done.status, len(done.err.strip().splitlines())) == (2, 1)
    assert "Traceback" not in done.err
