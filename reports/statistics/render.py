"""Statistics as CSV, Markdown and in short."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from ..bootstrap import BAND
from ..markdown import escape
from ..render import number
from ._statistics import LEVEL, Statistics

TERMS = (
    f"Intervals: {BAND} % percentile bootstrap over the pairs. Comparisons are over the pairs of both methods: "
    f"Wilcoxon's signed-rank test, two-sided, p after Holm's correction over all comparisons of one metric in this "
    f"table; significant is below {LEVEL:g}. Average ranks and Friedman's test are over the pairs that all methods "
    f"with values of the metric have; average ranks that differ by Nemenyi's critical difference (CD) are "
    f"significantly different at {LEVEL:g}. "
    f"The tests take pairs as independent: frames of one sequence are not."
)


def csvs(shown: Statistics) -> dict[str, str]:
    """What is known, in full precision: kind of table -> CSV."""
    correlations = pd.concat(
        frame.rename_axis("metric")
        .reset_index()
        .melt("metric", var_name="other", value_name="spearman")
        .assign(over=over)
        for over, frame in shown.correlations.items()
    )
    ranks = shown.ranks.rename_axis(index="method", columns="metric").T.join(shown.tests)
    frames = {
        "intervals": shown.intervals,
        "comparisons": shown.comparisons,
        "ranks": ranks.rename_axis("metric").reset_index(),
        "correlations": correlations[["metric", "other", "over", "spearman"]],
    }
    return {kind: frame.to_csv(index=False, float_format="%.17g") for kind, frame in frames.items()}


def in_short(shown: Statistics) -> Iterator[str]:
    """What a reader needs, in lines: the caveats, then the claims."""
    yield from shown.caveats
    yield from claims(shown)


def claims(shown: Statistics) -> Iterator[str]:
    """Who is best by average rank, metrics of one claim together."""
    by_claim: dict[str, list[str]] = {}
    for metric, text in shown.claims.items():
        by_claim.setdefault(text, []).append(shown.labels[metric])
    yield from (f"{', '.join(labels)}: {text}" for text, labels in by_claim.items())


def markdown(shown: Statistics) -> str:
    """GitHub Markdown: claims, intervals, ranks, win/tie/loss matrices and correlations."""
    blocks = [
        f"**{escape(shown.title)}: statistics** (convention {escape(shown.convention)})",
        "\n".join(f"- {escape(line)}" for line in in_short(shown)),
        TERMS,
        "Means with their intervals:",
        _table("method", _intervals(shown)),
        "Average ranks over the pairs, 1 is best; below them the tests:",
        _table("method", _ranks(shown), _tests(shown)),
    ]
    for metric, label in shown.labels.items():
        blocks += [
            f"{escape(label)}: pairs won/tied/lost, row against column; bold where the row is significantly better:",
            _table("", _wins(shown, metric)),
        ]
    for over, words in (("pairs", "over method x pair"), ("means", "over the methods' means")):
        blocks += [
            f"Which metrics say the same thing? Spearman's rank correlation {words}; metrics for which lower is better "
            f"are turned round:",
            _table("metric", shown.correlations[over].map(_short)),
        ]
    return "\n\n".join([*blocks, ""])


def _table(corner: str, body: pd.DataFrame, below: pd.DataFrame | None = None) -> str:
    heads = [escape(str(name)) for name in body.columns]
    lines = [f"| {corner} | " + " | ".join(heads) + " |", "|---" + "|---:" * len(heads) + "|"]
    lines += [f"| {escape(str(row))} | " + " | ".join(body.loc[row]) + " |" for row in body.index]
    if below is not None:
        lines += [f"| *{escape(str(row))}* | " + " | ".join(below.loc[row]) + " |" for row in below.index]
    return "\n".join(lines)


def _intervals(shown: Statistics) -> pd.DataFrame:
    rows = shown.intervals
    texts = [
        number(mean) if math.isnan(low) else f"{number(mean)} ({number(low)} to {number(high)})"
        for mean, low, high in zip(rows["mean"], rows["low"], rows["high"], strict=True)
    ]
    wide = rows.assign(text=texts).pivot_table(index="method", columns="metric", values="text", aggfunc="first")
    return wide.reindex(index=shown.methods, columns=list(shown.labels)).rename(columns=shown.labels)


def _ranks(shown: Statistics) -> pd.DataFrame:
    return shown.ranks.map(_short).rename(columns=shown.labels)


def _tests(shown: Statistics) -> pd.DataFrame:
    rows = {}
    for name, column in (("Friedman chi²", "chi2"), ("p", "chi2 p"), ("F (Iman, Davenport)", "F"), ("p of F", "F p")):
        rows[name] = shown.tests[column].map(_p if column.endswith("p") else _short)
    rows[f"CD at {LEVEL:g}"] = shown.tests["cd"].map(_short)
    rows["pairs"] = shown.tests["pairs"].map("{:.0f}".format)
    return pd.DataFrame(rows).T[list(shown.labels)]


def _wins(shown: Statistics, metric: str) -> pd.DataFrame:
    outcomes = shown.outcomes(metric)

    def cell(row: str, column: str) -> str:
        counts, better = outcomes.get((row, column), ("", False))
        return f"**{counts}**" if better else counts

    return pd.DataFrame({column: {row: cell(row, column) for row in shown.methods} for column in shown.methods})


def _short(value: float) -> str:
    return "–" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:.2f}"


def _p(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2g}"
