"""Statistics of a run, from rows made by hand."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from made_results import made_results
from scipy import stats

from hifbench.reports import statistics
from hifbench.reports.statistics import critical_difference, render

PAIRS = 30
RANDOM = np.random.default_rng(0)
GROUND = RANDOM.normal(size=PAIRS)
VALUES = {
    "best": {"SSIM": list(GROUND + 1), "CE": list(-GROUND)},
    "like_best": {"SSIM": list(GROUND + 1 + RANDOM.normal(0, 0.5, PAIRS)), "CE": list(-GROUND - 1)},
    "worst <b>$x$|": {"SSIM": list(GROUND - 1), "CE": list(-GROUND + 1)},
}


@pytest.fixture(scope="module")
def shown() -> statistics.Statistics:
    (only,) = statistics.of(made_results(VALUES, lower=("CE",)))
    return only


def row(shown: statistics.Statistics, metric: str, first: str, second: str) -> pd.Series:
    rows = shown.comparisons
    (found,) = rows[(rows["metric"] == metric) & (rows["first"] == first) & (rows["second"] == second)].index
    return rows.loc[found]


def test_a_difference_is_over_the_pairs_and_tested_by_wilcoxon(shown: statistics.Statistics) -> None:
    found = row(shown, "SSIM", "best", "like_best")
    differences = np.array(VALUES["best"]["SSIM"]) - VALUES["like_best"]["SSIM"]
    assert found["difference"] == pytest.approx(differences.mean())
    assert found["low"] < found["difference"] < found["high"]
    assert found["p"] == pytest.approx(stats.wilcoxon(differences).pvalue)
    assert (found["wins"], found["ties"], found["losses"]) == ((differences > 0).sum(), 0, (differences < 0).sum())
    assert found["better"] == ""


def test_the_better_one_follows_the_direction(shown: statistics.Statistics) -> None:
    assert row(shown, "SSIM", "best", "worst <b>$x$|")["better"] == "best"
    assert row(shown, "CE", "best", "like_best")["better"] == "like_best"
    assert row(shown, "CE", "best", "like_best")["difference"] == pytest.approx(1)
    assert row(shown, "CE", "best", "like_best")["losses"] == PAIRS
    assert shown.ranks["CE"].tolist() == [2, 1, 3]


def test_matrices_are_read_row_against_column(shown: statistics.Statistics) -> None:
    wins = shown.matrix("CE", "wins")
    assert wins.loc["like_best", "best"] == PAIRS
    assert wins.loc["best", "like_best"] == 0
    difference = shown.matrix("CE", "difference")
    assert difference.loc["best", "like_best"] == -difference.loc["like_best", "best"]
    assert np.isnan(wins.loc["best", "best"])


def test_claims_name_the_best_and_who_is_not_worse(shown: statistics.Statistics) -> None:
    assert shown.claims["CE"] == "like_best, significantly better than all others."
    first = shown.ranks["SSIM"].idxmin()
    other = {"best": "like_best", "like_best": "best"}[first]
    assert shown.claims["SSIM"] == f"{first}; not significantly worse: {other}."
    (caveat,) = shown.caveats
    assert "narrower than they say" in caveat


def test_a_source_that_is_first_is_called_a_copy() -> None:
    values = {"vis": {"SSIM": list(GROUND + 9), "CE": list(-GROUND + 9)}, **VALUES}
    (shown,) = statistics.of(made_results(values, lower=("CE",), methods={"vis": "visible"}))
    assert shown.caveats[-1].startswith("First by average rank on SSIM is a source as it is (vis): no method")
    (of_method,) = statistics.of(made_results(values, lower=("CE",)))
    assert len(of_method.caveats) == len(shown.caveats) - 1


def test_no_one_is_called_best_whom_another_beats() -> None:
    # "often" wins 32 of 60 pairs by little, and loses the others by much.
    gains = np.where(np.arange(60) < 32, np.linspace(0.01, 0.02, 60), np.linspace(-2, -1, 60))
    values = {"often": {"SSIM": list(gains)}, "much": {"SSIM": [0.0] * 60}}
    (shown,) = statistics.of(made_results(values))
    assert stats.wilcoxon(gains).pvalue < 0.05
    assert shown.ranks["SSIM"].idxmin() == "often"
    assert row(shown, "SSIM", "often", "much")["better"] == "much"
    assert shown.claims["SSIM"] == "no clear best: often by average rank, but much is significantly better than it."


def test_too_few_pairs_allow_no_claim() -> None:
    few = {method: {"SSIM": of_method["SSIM"][:4]} for method, of_method in VALUES.items()}
    (shown,) = statistics.of(made_results(few))
    assert shown.claims == {"SSIM": "no claim: too few pairs."}
    assert "No intervals below 10 pairs" in shown.caveats[0]
    assert shown.intervals["low"].isna().all()
    assert "with 4 pairs and 3 comparisons the smallest p" in shown.caveats[1]
    assert "it takes 7 pairs" in shown.caveats[1]  # 3 / 2^6 < .05 < 3 / 2^5
    assert (shown.comparisons["better"] == "").all()
    assert any("rough below 10 pairs" in line for line in shown.caveats)


def test_ranks_that_cannot_differ_enough_are_told() -> None:
    (shown,) = statistics.of(made_results({m: {"SSIM": v["SSIM"][:2]} for m, v in VALUES.items()}))
    assert any("larger than ranks of 3 methods can differ" in line for line in shown.caveats)


def test_two_methods_are_compared_without_ranks_to_test() -> None:
    (shown,) = statistics.of(made_results({name: VALUES[name] for name in list(VALUES)[:2]}, lower=("CE",)))
    assert np.isnan(shown.tests.loc["CE", "cd"])
    assert critical_difference.svg(shown) is None
    assert shown.claims["CE"].startswith("like_best")
    assert any("need three methods" in line for line in shown.caveats)


def test_pairs_without_a_value_and_methods_without_any_are_left_out() -> None:
    values = {name: {"SSIM": list(of["SSIM"])} for name, of in VALUES.items()}
    values["best"]["SSIM"][3] = float("nan")
    values["absent"] = {"SSIM": [float("nan")] * PAIRS}
    (shown,) = statistics.of(made_results(values))
    assert "absent" not in shown.methods
    assert shown.caveats[0] == "Without values, and left out: absent."
    assert shown.tests.loc["SSIM", "pairs"] == PAIRS - 1
    assert row(shown, "SSIM", "like_best", "worst <b>$x$|")["pairs"] == PAIRS


def test_a_method_without_a_metric_is_left_out_of_that_metric_alone() -> None:
    values = {name: {metric: list(of_metric) for metric, of_metric in of.items()} for name, of in VALUES.items()}
    values["without"] = {"SSIM": [0.0] * PAIRS, "CE": [float("nan")] * PAIRS}
    (shown,) = statistics.of(made_results(values, lower=("CE",)))
    assert shown.claims["CE"] == "like_best, significantly better than all others."
    assert shown.caveats[0] == "Without values of CE, and left out: without."
    assert shown.tests["pairs"].tolist() == [PAIRS, PAIRS]
    (alone,) = statistics.of(made_results(VALUES, lower=("CE",)))
    assert shown.tests.loc["CE"].equals(alone.tests.loc["CE"])
    assert shown.ranks["CE"].drop("without").tolist() == alone.ranks["CE"].tolist()
    assert np.isnan(shown.ranks["CE"]["without"])
    drawn = "".join(ElementTree.fromstring(critical_difference.svg(shown) or "").itertext())
    assert drawn.count("without") == 1
    assert "nan" not in drawn


def test_comparisons_without_a_pair_do_not_count_for_the_fewest_pairs() -> None:
    # Of 4 methods 6 comparisons, for which 7 pairs are too few; of the 3 that have values 3, for which they suffice.
    values = {name: {"SSIM": of["SSIM"][:7]} for name, of in VALUES.items()}
    values = {name: {"SSIM": of["SSIM"], "CE": of["SSIM"]} for name, of in values.items()}
    values["without"] = {"SSIM": [float("nan")] * 7, "CE": [0.0] * 7}
    (shown,) = statistics.of(made_results(values))
    assert shown.claims["CE"] == "no claim: too few pairs."
    assert "no claim" not in shown.claims["SSIM"]


def test_metric_correlations_are_those_of_scipy(shown: statistics.Statistics) -> None:
    ssim, ce = (np.concatenate([of[metric] for of in VALUES.values()]) for metric in ("SSIM", "CE"))
    expected = stats.spearmanr(ssim, -ce).statistic
    assert shown.correlations["pairs"].loc["SSIM", "CE"] == pytest.approx(expected)
    means = [[np.mean(of[metric]) for of in VALUES.values()] for metric in ("SSIM", "CE")]
    expected = stats.spearmanr(means[0], -np.array(means[1])).statistic
    assert shown.correlations["means"].loc["SSIM", "CE"] == pytest.approx(expected)


def test_csv_reads_back_exactly(shown: statistics.Statistics) -> None:
    texts = render.csvs(shown)
    read = pd.read_csv(io.StringIO(texts["comparisons"]), keep_default_na=False)
    assert read["p"].tolist() == shown.comparisons["p"].tolist()
    assert read["better"].tolist() == shown.comparisons["better"].tolist()
    assert set(texts) == {"intervals", "comparisons", "ranks", "correlations"}


def test_markdown_has_whole_tables_whatever_a_method_is_called(shown: statistics.Statistics) -> None:
    text = render.markdown(shown)
    assert r"| worst &lt;b&gt;$x$\| |" in text
    assert "<b>" not in text
    assert r"| like\_best |" in text
    assert f"**{PAIRS}/0/0**" in text
    for block in text.split("\n\n"):
        lines = [line.replace(r"\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1


def test_the_diagram_is_the_same_each_time_and_names_every_method(shown: statistics.Statistics) -> None:
    first, second = critical_difference.svg(shown), critical_difference.svg(shown)
    assert first == second
    assert first is not None
    text = "".join(ElementTree.fromstring(first).itertext())
    for method in VALUES:
        assert method in text
    assert f"CD {shown.tests.loc['CE', 'cd']:.2f}" in text
