"""What the pages of the methods and the overview say, without writing a site."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from siterun import make

from hifbench.reports import results, site
from hifbench.reports.published import Paper
from hifbench.reports.site import methods, overview
from hifbench.reports.site.content import Content


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    rows = {"visible": 0.9, "infrared": 0.5, "average": 0.7, "difference": 0.6}
    run_dir = make(tmp_path_factory.mktemp("run"), pictures=False, methods=rows)
    return site.of(run_dir, results.read(run_dir))


def test_a_metric_has_one_column_though_a_copy_wins_it_on_some_data_only(content: Content) -> None:
    clean, *others = content.tables
    assert clean.copied == {"SSIM", "NABF"}
    shown = replace(content, tables=[clean, *(replace(table, copied=frozenset()) for table in others)])
    of_sources, of_clean = methods.scores(shown, "infrared")
    assert of_sources.columns == of_clean.columns == ["SSIM ↑", "NABF ↓", "pairs"]
    # .5 less .01 a pair, and a fifth or a half of .5 less for the haze
    assert [row.fields[0].text for row in of_sources.rows] == ["0.490 ‡", "0.390", "0.240"]
    assert [row.fields[1].text for row in of_sources.rows] == ["0.510 ‡", "0.610", "0.760"]


def test_a_row_called_as_the_line_of_differences_has_its_own_scores(content: Content) -> None:
    paper = Paper(pd.DataFrame({"SSIM": [0.5]}, index=["AVG"]), {"average": "AVG"}, "")
    shown = replace(content, tables=[replace(content.tables[0], paper=paper)])
    (grid,) = methods.scores(shown, "difference")
    assert [row.fields[0].text for row in grid.rows] == ["0.590 ‡"]


def test_failures_are_counted_by_data_condition_and_seed_and_only_fusions_are_fusions(content: Content) -> None:
    scores = content.results.scores
    failed = scores[scores["error"].notna()]  # one pair, with a row for each of two metrics
    assert len(failed) == 2
    also = [{"dataset": "other"}, {"split": "train"}, {"degradation": "haze", "severity": 2.0},
            {"degradation": "haze", "severity": 5.0}, {"degradation": "haze", "severity": 5.0, "seed": 1}]  # fmt: skip
    costs = failed.head(1).assign(task="efficiency", metric="latency-ms", pair="", error="no memory")
    grown = pd.concat([scores, *(failed.assign(**columns) for columns in also), costs], ignore_index=True)
    lines = overview.warnings(replace(content, results=replace(content.results, scores=grown)), [])
    assert [line.partition(",")[0] for line in lines] == [
        "6 fusions failed and are left out of the means",
        "1 values of efficiency are missing",
    ]
    assert "average, latency-ms: no memory" in lines[1]
