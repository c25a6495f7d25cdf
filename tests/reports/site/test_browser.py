"""The site in a real browser: headless Chromium, from disk."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from jinja2 import Environment, PackageLoader
from PIL import Image
from siterun import EVIL, METHODS, make

from hifbench.reports import results, site
from hifbench.reports.efficiency import Efficiency
from hifbench.reports.folder import Folder
from hifbench.reports.site.grid import Field, Grid, Row, of_costs
from hifbench.reports.site.write import PAGES
from hifbench.reports.statistics import critical_difference

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (group 'browser')")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (group 'browser')")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: 'apt-get install chromium', or its path in CHROMIUM"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
]

ROWS = list(METHODS)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = make(tmp_path_factory.mktemp("run"), pairs=60)
    content = site.of(run_dir, results.read(run_dir))
    report = tmp_path_factory.mktemp("report")
    with Folder(report) as folder:
        site.write(content, folder)
        for drawing in content.robustness_curves:
            folder.text(f"curves/{drawing.name}.svg", drawing.svg())
        for each in content.statistics:
            diagram = critical_difference.svg(each)
            assert diagram
            folder.text(f"statistics/{each.name}-ranks.svg", diagram)
    return report


@pytest.fixture(scope="module")
def chromium() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        # Root, as in a container, has no sandbox to go into.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: playwright.Browser, out: Path) -> Iterator[playwright.Page]:
    """A page that fails the test when it complains, or asks for anything outside the folder."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    made = context.new_page()
    made.set_default_timeout(20_000)
    faults: list[str] = []
    home = out.as_uri()
    made.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("dialog", lambda dialog: (faults.append("a script ran that was a name"), dialog.dismiss()))
    made.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
    made.on(
        "request",
        lambda request: None if request.url.startswith((home, "data:")) else faults.append(f"left: {request.url}"),
    )
    yield made
    context.close()
    assert not faults


def show(page: playwright.Page, out: Path, name: str, fragment: str = "") -> None:
    page.goto("about:blank")  # or another fragment of the same page would not load it anew
    page.goto((out / f"{name}.html").as_uri() + fragment)


def column(page: playwright.Page, index: int) -> list[str]:
    return [text.strip() for text in page.locator(f"#board tbody tr > *:nth-child({index})").all_inner_texts()]


def zooms(page: playwright.Page) -> set[str]:
    """How the pictures of all frames are enlarged, and in per cent of their size where from."""
    return set(
        page.locator("#grid .layer img").evaluate_all(
            """all => all.map(one => {
                const { transform, transformOrigin } = getComputedStyle(one);
                const [x, y] = transformOrigin.split(" ").map(parseFloat);
                const { clientWidth, clientHeight } = one.offsetParent;
                return `${transform} ${((100 * x) / clientWidth).toFixed(1)} ${((100 * y) / clientHeight).toFixed(1)}`;
            })"""
        )
    )


def wipes(page: playwright.Page) -> set[str]:
    return set(page.locator("#grid .over").evaluate_all("all => all.map(one => getComputedStyle(one).clipPath)"))


def test_a_press_on_a_heading_sorts(page, out) -> None:
    show(page, out, "leaderboard")
    assert column(page, 1) == ["visible", "infrared", "average †", *ROWS[3:]]
    page.get_by_role("button", name="SSIM").click()
    best_first = ["visible", "average †", ROWS[3], ROWS[4], "infrared"]
    assert column(page, 1) == best_first
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("SSIM")
    page.get_by_role("button", name="NABF").focus()
    page.keyboard.press("Enter")  # lower is better: the best first again
    assert column(page, 1) == best_first
    page.keyboard.press("Enter")
    assert column(page, 1) == best_first[::-1]


def cells(page: playwright.Page, table: str, index: int) -> list[str]:
    rows = page.get_by_role("region", name=table).locator(f"tbody tr > *:nth-child({index})")
    return [text.strip() for text in rows.all_inner_texts()]


def test_prefixes_and_infinite_values_sort_as_the_numbers_that_they_are(page, out) -> None:
    costs = pd.DataFrame(math.nan, index=list("abcd"), columns=["parameters", "parameters-used", "flops", "macs",
        "latency-ms", "latency-iqr-ms", "latency-runs", "pairs-per-second", "best-batch", "memory-bytes"])  # fmt: skip
    costs["flops"] = [1.2e9, 512e3, math.nan, 3.5e6]
    costs["pairs-per-second"] = [2, 1000, 30, math.nan]
    costs["best-batch"] = 1
    table = Efficiency("efficiency", "Cost", "", ("",), costs)
    board = Grid("", "Means", "", "method", ["PSNR ↑", "Δ ↓"], [
        Row(name, [Field(text), Field(text)])
        for name, text in {"a": "3.1", "b": "∞ (2)", "c": "−∞", "d": "–", "e": "-2e-05"}.items()
    ])  # fmt: skip
    templates = Environment(loader=PackageLoader("hifbench.reports.site"), autoescape=True, trim_blocks=True)
    macros = templates.get_template("macros.html").module
    shown = "".join(macros.table(grid, {}) for grid in (of_costs(table), board))
    (out / "sorting.html").write_text(f'<meta charset="utf-8">{shown}<script src="site/sort.js"></script>')
    show(page, out, "sorting")
    page.get_by_role("button", name="FLOPs").click()
    assert cells(page, "Cost", 1) == ["b", "d", "a", "c"]  # the least is the best
    page.get_by_role("button", name="FLOPs").click()
    assert cells(page, "Cost", 1) == ["a", "d", "b", "c"]
    page.get_by_role("button", name="pairs/s").click()
    assert cells(page, "Cost", 1) == ["b", "c", "a", "d"]  # the most is
    page.get_by_role("button", name="PSNR").click()
    assert cells(page, "Means", 1) == ["b", "a", "e", "c", "d"]
    page.get_by_role("button", name="Δ").click()
    assert cells(page, "Means", 1) == ["c", "e", "a", "b", "d"]


def test_average_ranks_sort_with_the_best_first_and_leave_the_tests_below(page, out) -> None:
    show(page, out, "statistics")
    ranks = page.get_by_role("region", name="Average ranks, 1 is best", exact=True).first
    assert ranks.locator("tfoot th").all_inner_texts() == ["critical difference", "p of Friedman's test"]
    ranks.get_by_role("button", name="SSIM").click()
    found = [float(text) for text in ranks.locator("tbody tr > *:nth-child(2)").all_inner_texts()]
    assert found == sorted(found)
    assert len(set(found)) > 1
    assert ranks.locator("tfoot th").all_inner_texts() == ["critical difference", "p of Friedman's test"]


def test_a_missing_file_of_data_is_said_on_the_page(chromium, out, tmp_path) -> None:
    shutil.copytree(out, tmp_path / "copy")
    for name in ("leaderboard", "set0-0"):
        (tmp_path / "copy" / "site" / "data" / f"{name}.js").unlink()
    context = chromium.new_context()
    made = context.new_page()
    for name, file in (("leaderboard", "leaderboard"), ("pictures", "set0-0")):
        show(made, tmp_path / "copy", name)
        alert = made.get_by_role("alert")
        alert.wait_for(timeout=20_000)
        assert f"site/data/{file}.js cannot be loaded" in alert.inner_text()
        assert alert.locator("li").count() == 1
    context.close()


@pytest.mark.parametrize(
    ("name", "file"),
    [("leaderboard", "data.js"), ("leaderboard", "leaderboard.js"), ("pictures", "data.js"), ("pictures", "viewer.js")],
)
def test_a_missing_script_is_said_on_the_page(chromium, out, tmp_path, name: str, file: str) -> None:
    shutil.copytree(out, tmp_path / "copy")
    context = chromium.new_context()
    made = context.new_page()
    show(made, tmp_path / "copy", name)
    made.locator("#awaited").wait_for(state="detached", timeout=20_000)
    (tmp_path / "copy" / "site" / file).unlink()
    show(made, tmp_path / "copy", name)
    made.get_by_text("a file of the folder site is missing").wait_for(timeout=20_000)
    context.close()


def test_filters_choose_table_columns_and_rows(page, out) -> None:
    show(page, out, "leaderboard")
    assert page.locator("#task option").count() == 1
    clean = column(page, 2)
    page.get_by_label("Degradation").select_option("haze")
    page.get_by_label("Severity").select_option("5, seed 0")
    page.get_by_label("Scored against").select_option("fusion-clean")
    assert "haze 5" in page.locator("#title").inner_text()
    assert column(page, 2) != clean
    page.get_by_label("NABF").uncheck()
    assert page.locator("#board thead th").all_inner_texts() == ["method", "SSIM ↑ ‡", "pairs"]
    page.get_by_label("Method").fill("VIS")
    assert column(page, 1) == ["visible"]
    show(page, out, "leaderboard", "#" + page.url.partition("#")[2])  # the address names the table
    assert "haze 5" in page.locator("#title").inner_text()


def test_the_best_of_a_column_is_bold_and_the_second_underlined(page, out) -> None:
    show(page, out, "leaderboard")
    assert page.locator("#board td.best").first.evaluate("one => getComputedStyle(one).fontWeight") == "700"
    assert page.locator("#board tr", has=page.locator("td.best")).first.locator("th").inner_text() == "visible"
    assert page.locator("#board tr", has=page.locator("td.second")).first.locator("th").inner_text() == EVIL


def test_the_wipe_follows_mouse_keys_and_a_drag_on_any_picture(page, out) -> None:
    show(page, out, "pictures")
    page.locator("#grid .over").first.wait_for(state="attached")
    assert wipes(page) == {"inset(0px 0px 0px 100%)"}
    slider = page.get_by_role("slider", name="Wipe")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert wipes(page) == {"inset(0px 0px 0px 50%)"}
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert wipes(page) == {"inset(0px 0px 0px 49%)"}
    page.keyboard.press("Home")
    assert wipes(page) == {"inset(0px 0px 0px 0%)"}
    frame = page.locator(".frame").nth(3).bounding_box()
    page.mouse.move(frame["x"] + 5, frame["y"] + 5)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 4, frame["y"] + 5, steps=4)
    page.mouse.up()
    (wipe,) = wipes(page)
    assert float(wipe.removeprefix("inset(0px 0px 0px ").removesuffix("%)")) == pytest.approx(25, abs=0.5)
    assert slider.input_value() == "25"


def test_what_is_compared_with_is_the_other_picture(page, out) -> None:
    show(page, out, "pictures")
    cards = page.locator(".card")
    assert cards.locator("figcaption").all_inner_texts() == ["visible image", "infrared image", *ROWS]
    page.get_by_label("Compare with").select_option(label="average")
    average = cards.nth(4).locator(".under img").get_attribute("src")
    assert {one.get_attribute("src") for one in page.locator(".over img").all()} == {average}
    page.get_by_role("combobox", name="As").select_option("difference")
    assert not page.get_by_role("slider", name="Wipe").is_visible()
    blend = "all => [...new Set(all.map(one => getComputedStyle(one).mixBlendMode))]"
    assert page.locator(".over").evaluate_all(blend) == ["difference"]


def test_a_difference_map_is_black_where_pictures_are_equal(page, out, tmp_path) -> None:
    show(page, out, "pictures")
    page.get_by_label("Compare with").select_option(label="average")
    page.get_by_role("combobox", name="As").select_option("difference")
    page.get_by_role("combobox", name="Gain").select_option("4")
    page.wait_for_function("[...document.querySelectorAll('.frame img')].slice(0, 12).every(one => one.complete)")
    extremes = []
    for card in (4, 5):
        path = tmp_path / f"{card}.png"
        page.locator(".frame").nth(card).screenshot(path=path)
        with Image.open(path) as shot:
            inside = shot.convert("L").crop((3, 3, shot.width - 3, shot.height - 3))  # the edge is half the page's
            extremes.append(inside.getextrema())
    assert extremes[0][1] <= 4  # one level, where two layers are scaled, times the gain
    assert extremes[1][1] >= 20 * 4 - 2  # two methods of the made-up run are 20 levels apart; the gain is 4


def test_zoom_and_place_are_those_of_all_pictures(page, out) -> None:
    show(page, out, "pictures")
    page.locator("#grid .over").first.wait_for(state="attached")
    frame = page.locator(".frame").nth(2).bounding_box()
    page.mouse.dblclick(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    (before,) = zooms(page)
    assert before.startswith("matrix(4, 0, 0, 4, 0, 0)")
    page.mouse.move(frame["x"] + 100, frame["y"] + 50)
    page.mouse.down()
    page.mouse.move(frame["x"] + 60, frame["y"] + 50, steps=3)
    page.mouse.up()
    (dragged,) = zooms(page)
    assert dragged != before
    page.locator("#grid").focus()
    page.keyboard.press("ArrowDown")
    (moved,) = zooms(page)
    assert moved != dragged
    page.keyboard.press("+")
    (nearer,) = zooms(page)
    assert nearer.startswith("matrix(6, 0, 0, 6, 0, 0)")
    page.get_by_role("button", name="Reset").click()
    (reset,) = zooms(page)
    assert reset.startswith("matrix(1, 0, 0, 1, 0, 0)")


def test_pairs_are_paged_found_and_walked_through(page, out) -> None:
    show(page, out, "pictures")
    assert page.locator("#page").inner_text() == "1 of 2"
    assert page.locator(".thumbnails button").count() == 48
    page.get_by_role("button", name="Next page of pairs").click()
    page.locator(".thumbnails button").nth(11).click()
    assert page.locator("#pair").inner_text() == "p00059 (60 of 60)"
    assert page.get_by_role("button", name="Next pair").is_disabled()
    assert EVIL in page.locator(".card", has_text="average").last.inner_text()  # why it failed
    page.get_by_label("Go to pair").fill("p00047")
    page.locator("#pair", has_text="p00047").wait_for()
    page.get_by_role("button", name="Next pair").click()
    page.locator("#pair", has_text="p00048 (49 of 60)").wait_for()
    page.get_by_label("Show").select_option("ends")
    page.get_by_role("combobox", name="Method").select_option(label="average")
    page.locator("h3", has_text="Worst").wait_for()
    best = page.locator(".thumbnails").first.locator("button")
    assert best.count() == 8
    best.nth(1).click()
    page.locator("#pair", has_text=EVIL).wait_for()


def test_scores_stand_under_each_picture_with_the_best_in_bold(page, out) -> None:
    show(page, out, "pictures")
    visible = page.locator(".card").nth(2)
    assert visible.locator(".scores b").first.inner_text() == "0.900"
    page.get_by_label("Condition").select_option("haze 5 (seed 0)")
    page.locator(".card .scores", has_text="0.450").first.wait_for()


def test_a_theme_that_was_chosen_stays(page, out) -> None:
    show(page, out, "index")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Use the dark theme").click()
    dark = page.evaluate(paper)
    assert light != dark
    show(page, out, "methods")
    assert page.evaluate(paper) == dark


def test_every_page_is_reached_with_keys_alone(page, out) -> None:
    show(page, out, "index")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    seen = []
    for _ in range(1 + len(PAGES)):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert seen[1:] == [f"{name}.html" for name in PAGES]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_no_page_has_a_serious_fault_or_is_wider_than_the_screen(page, out, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    method = next(path.stem for path in out.glob("method-average-*.html"))
    for name in (*PAGES, method):
        show(page, out, name)
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        found = axe.Axe().run(page, options={"preload": False}).response["violations"]
        serious = [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found
                   if each["impact"] in ("serious", "critical")]  # fmt: skip
        assert not serious, name
