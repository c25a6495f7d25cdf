"""The smaller of a fused image's correlations with its two sources: low where a method copies one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from .results import PART, Results

NAME = "balance"
SIDES = ("CC@infrared", "CC@visible")

SENTENCE = (
    "balance: of each pair the smaller of the fused image's correlations with its two sources, mean over the pairs; "
    "it is low where a method returns one source and drops the other, which several of the other metrics reward."
)

_KEY = [
    *("dataset", "split", "pair", "method", "degradation", "severity", "seed", "task", "convention"),
    PART,
]


def balanced(results: Results) -> Results:
    """The results with one metric, ``balance``, in place of the two correlations; as they are where one is missing.

    The correlations have one definition, so that every convention of the run has the balance.
    """
    cards = results.run["metrics"]
    if not set(SIDES) <= set(cards):
        return results
    scores = results.scores
    of_sides = scores["metric"].isin(SIDES)
    rest = {name: card for name, card in cards.items() if name not in SIDES}
    named = [card["conventions"] for card in rest.values()]
    conventions = list(dict.fromkeys(name for of_card in named for name in of_card)) or ["default"]
    card = {
        "label": NAME,
        "title": "Smaller correlation with a source",
        "direction": "higher",
        "conventions": dict.fromkeys(conventions, "the smaller of the correlations with the two sources"),
    }
    smaller = _smaller(scores[of_sides])
    added = [smaller.assign(convention=name) for name in conventions]
    return replace(
        results,
        run={**results.run, "metrics": {**rest, NAME: card}},
        scores=pd.concat([scores[~of_sides], *added], ignore_index=True),
    )


def _smaller(sides: pd.DataFrame) -> pd.DataFrame:
    ir, vis = (sides[sides["metric"] == name].drop(columns="metric") for name in SIDES)
    both = ir.merge(vis, on=_KEY, suffixes=("", " of visible"))
    both["value"] = np.minimum(both["value"], both["value of visible"])
    both["error"] = both["error"].where(both["error"].notna(), both["error of visible"])
    return both.drop(columns=["value of visible", "error of visible"]).assign(metric=NAME)
