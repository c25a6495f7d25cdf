"""The first page: what was run, what of it is missing or went wrong, and the tables that sum it up."""

from __future__ import annotations

from collections.abc import Sequence

from .. import detection, tables
from ..tables import Group
from .content import Content
from .grid import Grid, of_ablation, of_costs, of_detection, of_scores
from .methods import tasks
from .provenance import when


def headlines(content: Content) -> list[Grid]:
    """The tables on clean images under the first convention; of trained variants their own, of objects theirs."""
    first = content.tables[0].convention if content.tables else ""
    clean = [table for table in content.tables if table.group.degradation == "none" and table.convention == first]
    scores = [of_ablation(sub) for sub in content.ablations] or [of_scores(table) for table in clean]
    found = [
        of_detection(table)
        for table, rows in zip(content.detections, detection.tables_of(content.results), strict=True)
        if rows[0]["degradation"] == "none"
    ]
    return [*scores, *found, *map(of_costs, content.costs)]


def warnings(content: Content, damaged: Sequence[str]) -> list[str]:
    """What a reader must know before a number is believed.

    Args:
        content: of the site.
        damaged: a line for each picture that cannot be read.
    """
    results = content.results
    expected = [*results.plan["cells"], *results.plan["evaluations"], *results.plan.get("profiles", [])]
    missing = results.missing(expected)
    lines = []
    if missing:
        methods = dict.fromkeys(str(cell["method"]) for cell in missing)
        lines.append(
            f"Partial: {len(missing)} of {len(expected)} parts are not there yet, of {', '.join(methods)}; call the "
            f"same 'hifbench run' again to complete them, then 'hifbench report'."
        )
    failed = results.scores[results.scores["error"].notna()]
    fused = failed["task"].isin(tasks())
    fusions = failed[fused].drop_duplicates([*Group._fields, "method", "pair"])
    if len(fusions):
        first = fusions.iloc[0]
        lines.append(
            f"{len(fusions)} fusions failed and are left out of the means, the first: {first['method']}, "
            f"{first['pair']}: {first['error']}; the pages of the methods list them."
        )
    for task, others in failed[~fused].groupby("task", sort=False):
        first = others.iloc[0]
        lines.append(
            f"{len(others)} values of {task} are missing, the first: {first['method']}, {first['metric']}: "
            f"{first['error']}; the pages of the methods list them."
        )
    lines += [line[0].upper() + line[1:] for line in tables.refused(results)]
    lines += [f"Skipped: {row}: {why}" for row, why in results.plan["skipped"].items()]
    if (results.run.get("hifbench") or {}).get("dirty"):
        lines.append("The code had changes that are in no commit.")
    if damaged:
        lines.append(f"{len(damaged)} pictures are damaged, the first: {damaged[0]}")
    return lines


def facts(content: Content) -> dict[str, str]:
    """What was run, in numbers."""
    results = content.results
    conventions = dict.fromkeys(name for card in results.run["metrics"].values() for name in card["conventions"])
    conditions = dict.fromkeys(
        "clean" if cell["degradation"] == "none" else f"{cell['degradation']} {cell['severity']:g}"
        for cell in [*results.plan["cells"], *results.plan["evaluations"]]
    )
    shown = {
        "Experiment": results.plan["experiment"],
        "Data": ", ".join(f"{place} ({facts['pairs']} pairs)" for place, facts in results.plan["datasets"].items()),
        "Methods": ", ".join(content.methods),
        "Metrics": ", ".join(card["label"] for card in results.run["metrics"].values()),
        "Conventions": ", ".join(conventions),
        "Conditions": ", ".join(conditions),
        "Last call": when(str(results.run.get("time", ""))),
    }
    return {term: text for term, text in shown.items() if text}
