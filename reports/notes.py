"""What a reader of a table must know: what is missing or failed, what a method was trained on, the convention."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any

import pandas as pd

from .balance import NAME as BALANCE
from .balance import SENTENCE as BALANCE_SENTENCE
from .results import Results

SEEN = "†"
"""Mark of a method that was trained on pairs of the table."""


def sentences(
    results: Results,
    cells: list[dict[str, Any]],
    scores: pd.DataFrame,
    convention: str,
    comparable: bool,
    fewer: Collection[tuple[str, str]] = (),
) -> Iterator[str]:
    """What a reader of a table must know.

    Args:
        results: of the run.
        cells: those of the plan that the table is over.
        scores: those rows of theirs that the table is over.
        convention: of the table.
        comparable: whether its rows are expected over the same pairs.
        fewer: method and metric of each mean that lacks pairs which others of its metric have.
    """
    yield from _leaks(_seen(results, cells))
    missing = results.missing(cells)
    if missing:
        fusions = sum(len(cell["pairs"]) for cell in missing)
        yield (
            f"PARTIAL: {len(missing)} of {len(cells)} parts ({fusions} fusions) are not there yet; call the same "
            f"'hifbench run' again to complete them."
        )
    if not comparable:
        yield "The rows are over different pairs: they do not compare, and nothing is marked."
    failed = scores[scores["error"].notna()]
    if len(failed):
        count = len(failed[["method", "pair"]].drop_duplicates())  # their texts are said once, not under every table
        yield f"{count} fusions have an error and are left out of the means."
    undefined = scores[scores["error"].isna() & scores["value"].isna()]
    if len(undefined):
        first = undefined.iloc[0]
        yield (
            f"{len(undefined)} values are undefined (NaN) and are left out of the means, the first: "
            f"{first['metric']} of {first['method']}, {first['pair']}."
        )
    if comparable:
        yield from _unranked(fewer, len(scores["metric"].unique()))
    if scores["value"].isin([math.inf, -math.inf]).any():
        yield "An infinite mean is not ranked."
    yield from left_out(results)
    if BALANCE in set(scores["metric"].unique()):
        yield BALANCE_SENTENCE
    lacking = [
        name
        for name, card in results.run["metrics"].items()
        if "@" not in name and convention not in card["conventions"]
    ]
    if lacking:
        yield f"Not under this convention: {', '.join(lacking)}."
    cards = results.run.get("methods", {})
    choice = cells[0].get("dataset_choice", {})
    for row in dict.fromkeys(cell["method"] for cell in cells):
        remarks = cards.get(row, {}).get("remarks", {})
        remark = remarks.get(f"{choice.get('name')}/{choice.get('split')}", remarks.get(choice.get("name")))
        if remark:
            yield f"{row}: {remark}."
    determines = [results.plan.get("fingerprints", {}).get(cell.get("fingerprint"), {}) for cell in cells]
    depths = dict.fromkeys(facts["depth"]["source"] for facts in determines if "depth" in facts)
    if depths:
        yield f"Depth: {' and '.join(depths)}."
    yield f"Convention: {convention}."


def left_out(results: Results) -> Iterator[str]:
    """Rows that the run lacks; what to supply names folders, so the run and the site's overview alone say it."""
    if results.plan["skipped"]:
        yield f"Skipped, as 'hifbench run' explains: {', '.join(results.plan['skipped'])}."


def _unranked(fewer: Collection[tuple[str, str]], metrics: int) -> Iterator[str]:
    """Rows that take no part in the ranking; with the metrics, unless these are all."""
    by_row: dict[str, list[str]] = {}
    for row, metric in sorted(fewer):
        by_row.setdefault(row, []).append(metric)
    if by_row:
        rows = [row if len(names) == metrics else f"{row} ({', '.join(names)})" for row, names in by_row.items()]
        yield f"Over fewer pairs than the others, so not ranked: {', '.join(rows)}."


def seen_pairs(results: Results, cells: list[dict[str, Any]]) -> dict[str, int]:
    """Row -> how many pairs of these cells' data set its weights were trained on; only rows where there are any."""
    return {row: fact["pairs"] for row, fact in _seen(results, cells).items()}


def _seen(results: Results, cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    places = {f"{cell['dataset']}/{cell['split']}" for cell in cells}
    rows = {cell["method"] for cell in cells}
    of_place = results.run.get("seen", {})
    return {row: fact for place in places for row, fact in of_place.get(place, {}).items() if row in rows}


def _leaks(seen: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not seen:
        return
    rows = [f"{row} ({fact['pairs']} of {fact['of']}, in {fact['training']})" for row, fact in seen.items()]
    free = dict.fromkeys(split for fact in seen.values() for split in fact["free"])
    mend = f"; draw claims on them from the split {' or '.join(free)}" if free else ""
    yield f"{SEEN} trained on pairs of this table: {', '.join(rows)}{mend}."
