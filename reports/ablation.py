"""The DeRUN paper's Table 3 from a run: its four sub-tables, over seeds, beside the published numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from .balance import balanced
from .published import numbers
from .results import Results
from .tables import ARROWS, Group, Table, ranks, tables

EXPERIMENT = "table3"
"""Name of the experiment that is laid out like this."""


class SubTable(NamedTuple):
    """One of the paper's sub-tables.

    Attributes:
        letter: its.
        caption: its.
        rows: published label -> row of the experiment.
        caveat: what its numbers leave open.
    """

    letter: str
    caption: str
    rows: dict[str, str]
    caveat: str = ""


LAYOUT = (
    SubTable("a", "effect of HIFM", {"CM+OS": "CM+OS", "PM+OS": "PM+OS", "CM+DL": "CM+DL", "PM+DL": "full"}),
    SubTable("b", "effect of JCS", {"w/o JCS": "w/o JCS", "w/o PC": "w/o PC", "w/o DC": "w/o DC", "w/ JCS": "full"}),
    SubTable("c", "effect of PWSM", {"Siam": "Siam", "Symm": "Symm", "PWSM": "full"}),
    SubTable(
        "d",
        "effect of the LGDE loss",
        {"w/o L_lgde": "w/o L_lgde", "L_gp": "L_gp", "L_jg": "L_jg", "w/ L_lgde": "full"},
        "One gamma weighs all three losses, as the paper names no other; their gradients differ by orders of "
        "magnitude, so that weights are compared as much as losses.",
    ),
)
"""The full design was trained once; it stands in every sub-table, under the name that it has there."""

CONFIGURATIONS = {"default": "{}", "printed": "{} (printed)"}
"""Configuration -> how its rows are called in the experiment; what is not trained serves both."""

SOLVED = ("CM+OS", "PM+OS")
"""Rows without training."""

VARIED = {"textures", "psi", "physical", "denoising", "sharing", "edges", "seed"}
"""Settings in which the variants, and the weights of one, are meant to differ; in no other one."""

CONDITIONS = ("schedule", "data", "device")
"""What else is to be equal, beside the recipes: how much of them was done, on which pairs, on what."""

LETTERS = {"N": "stages", "I": "bins", "B": "blocks", "gamma": "gamma"}
"""Letter in the paper -> setting of the recipe."""


@dataclass(frozen=True)
class Ablation:
    """One sub-table for one data set and configuration; frames are metrics x published labels.

    Attributes:
        name: usable as a file name.
        title: heading.
        terms: how it was trained, and what its numbers may be held against; the same for most of a run's sub-tables.
        note: what a reader must know of this one, such as a partial run.
        labels: metric -> heading of its row, with the direction's arrow.
        means: mean over the seeds of the means over the pairs; NaN where there is none.
        spreads: sample standard deviation over the seeds; NaN with fewer than two.
        seeds: seeds behind each mean; 0 where there is none.
        expected: label -> seeds expected, those of all its trained rows; 1 for what is not trained, 0 for what the run
            lacks.
        computed: metrics that the run computes; of the others there are only the paper's values.
        faults: label -> why a training of its row failed.
        published: the paper's values.
        best: whether a mean is the best of its row; nowhere in a row that is not whole or does not compare, as where
            the variants are over different pairs or seeds.
    """

    name: str
    title: str
    terms: str
    note: str
    labels: dict[str, str]
    means: pd.DataFrame
    spreads: pd.DataFrame
    seeds: pd.DataFrame
    expected: dict[str, int]
    computed: frozenset[str]
    faults: dict[str, str]
    published: pd.DataFrame
    best: pd.DataFrame


def ablations(results: Results) -> list[Ablation]:
    """The sub-tables of a run of ``table3``, for each of its tables and configurations; none of another experiment."""
    if results.plan["experiment"] != EXPERIMENT:
        return []
    results = balanced(results)
    whole = tables(results)
    columns = [_laid_out(results, whole, configuration, sub) for configuration in CONFIGURATIONS for sub in LAYOUT]
    return [ablation for of_table in zip(*columns, strict=True) for ablation in of_table]


def elsewhere(results: Results) -> list[str]:
    """Rows of a run that stand in no sub-table, such as those of another method."""
    training = _training(results)
    laid_out = {
        row
        for configuration in CONFIGURATIONS
        for sub in LAYOUT
        for of_label in sub.rows.values()
        for row in _rows_of(of_label, configuration, results, training)
    }
    return [row for row in dict.fromkeys(cell["method"] for cell in results.plan["cells"]) if row not in laid_out]


def _laid_out(results: Results, whole: Sequence[Table], configuration: str, sub: SubTable) -> list[Ablation]:
    """One sub-table of each of the run's tables."""
    training = _training(results)
    rows = {label: _rows_of(row, configuration, results, training) for label, row in sub.rows.items()}
    # The sub-table's own rows alone say whether it is partial, and which errors it leaves out.
    wanted = {row for of_label in rows.values() for row in of_label}
    cells = [cell for cell in results.plan["cells"] if cell["method"] in wanted]
    own = {table.name: table for table in tables(replace(results, plan={**results.plan, "cells": cells}))}
    return [_sub_table(results, table, own.get(table.name), configuration, sub, rows) for table in whole]


def _sub_table(
    results: Results, whole: Table, own: Table | None, configuration: str, sub: SubTable, rows: dict[str, list[str]]
) -> Ablation:
    """One sub-table of one table.

    Args:
        results: of the run.
        whole: the table that it is of.
        own: that table, of the sub-table's rows alone; None where it has none of them.
        configuration: of DeRUN.
        sub: what to lay out.
        rows: published label -> rows of the run, one for each seed.
    """
    paper = numbers(EXPERIMENT, f"3{sub.letter}")
    metrics = [*paper.index, *(name for name in whole.means.columns if name not in paper.index)]
    there = own.means if own else whole.means.iloc[:0]
    rows = {label: [row for row in of_label if row in there.index] for label, of_label in rows.items()}
    training = {row: facts for row, facts in _training(results, whole.group).items() if row in there.index}
    of_label_seeds = {
        label: {training[row]["recipe"]["seed"] for row in of_label if row in training}
        for label, of_label in rows.items()
    }
    all_seeds = set[int]().union(*of_label_seeds.values())
    expected = {label: len(all_seeds if of_label_seeds[label] else of_label) for label, of_label in rows.items()}
    differing = _differing(list(training.values()))
    means, spreads, seeds = (
        pd.DataFrame({label: measure(there.loc[of_label]) for label, of_label in rows.items()}).reindex(metrics)
        for measure in (pd.DataFrame.mean, pd.DataFrame.std, pd.DataFrame.count)  # the standard deviation of a sample
    )
    seeds = seeds.fillna(0).astype(int)
    cards = results.run["metrics"]
    best = pd.DataFrame(False, index=metrics, columns=list(rows))
    for metric in there.columns:
        complete = all(seeds[label][metric] == count > 0 for label, count in expected.items())
        over_equal_pairs = own is not None and own.ranks[metric].any() and len(set(own.counts[metric])) == 1
        if complete and not differing and over_equal_pairs:
            best.loc[metric] = [rank == 1 for rank in ranks(means.T[metric], cards[metric]["direction"])]
    arrows = {name: ARROWS[card["direction"]] for name, card in cards.items()}
    return Ablation(
        name=f"table3{sub.letter}-{configuration}-{whole.name}",
        title=f"Table 3 ({sub.letter}), {sub.caption}, {configuration} configuration: {whole.title}",
        terms=" ".join(_terms(configuration, list(training.values()), differing)),
        note=" ".join(
            filter(None, [*_faults(differing, expected, of_label_seeds), own.note if own else "", sub.caveat])
        ),
        labels={name: f"{cards[name]['label']} {arrows[name]}" if name in cards else name for name in metrics},
        means=means,
        spreads=spreads,
        seeds=seeds,
        expected=expected,
        computed=frozenset(whole.means.columns),
        faults={
            label: training[row]["fault"]
            for label, of_label in rows.items()
            for row in of_label
            if training.get(row, {}).get("fault")
        },
        published=paper.reindex(index=metrics, columns=list(rows)),
        best=best,
    )


def _training(results: Results, group: Group | None = None) -> dict[str, dict[str, Any]]:
    """Row -> how it was trained, as the plan keeps it, of one table or of any; not those without training."""
    facts = {}
    for cell in results.plan["cells"]:
        determines = results.plan["fingerprints"].get(cell["fingerprint"], {})
        trained = determines.get("method", {}).get("training")
        if trained and group in (None, Group.of(cell)):
            facts[cell["method"]] = trained
    return facts


def _rows_of(row: str, configuration: str, results: Results, training: dict[str, dict[str, Any]]) -> list[str]:
    """Rows of the run, one for each seed, that a row of the experiment became."""
    if row in SOLVED:
        return [row] if any(cell["method"] == row for cell in results.plan["cells"]) else []
    wanted = CONFIGURATIONS[configuration].format(row)
    return [name for name, facts in training.items() if facts["row"] == wanted]


def _differing(facts: Sequence[dict[str, Any]]) -> list[str]:
    """Settings beside the variants' own in which the trainings differ: then no two columns compare."""
    settings = [{**{key: each[key] for key in CONDITIONS}, **each["recipe"]} for each in facts]
    keys = dict.fromkeys(key for each in settings for key in each if key not in VARIED)
    return [key for key in keys if any(each.get(key) != settings[0].get(key) for each in settings)]


def _terms(configuration: str, facts: Sequence[dict[str, Any]], differing: Sequence[str]) -> Iterator[str]:
    if facts and not differing:
        recipe = facts[0]["recipe"]
        letters = [f"{letter} = {recipe[key]}" for letter, key in LETTERS.items() if key in recipe]
        yield (
            f"Configuration {configuration}, trained on one equal schedule, '{facts[0]['schedule']}': "
            f"{recipe['epochs']} epochs of {recipe['dataset']}/{recipe['split']}, batches of {recipe['batch']} crops "
            f"of {recipe['crop']}, learning rate {recipe['rate']:g}; {', '.join(letters)}."
        )
    if facts:
        count = len({each["recipe"]["seed"] for each in facts})
        if not differing and facts[0]["schedule"] != "full":
            yield "That is not the recipes' own schedule, which is --set schedule=full."
        spread = "s of the training: mean ± sample standard deviation" if count > 1 else " of the training: no spread"
        yield f"Over {count} seed{spread}."
    yield (
        "In brackets the paper's numbers: of M3FD, with its authors' unpublished training and metrics, so never "
        "comparable in absolute terms; only the order of the variants may be held against them."
    )


def _faults(differing: Sequence[str], expected: Mapping[str, int], seeds: Mapping[str, set[int]]) -> Iterator[str]:
    lacking = [label for label, count in expected.items() if not count]
    if lacking:
        yield f"PARTIAL: not in this run: {', '.join(lacking)}."
    if differing:
        yield (
            f"UNEQUAL TRAININGS: beside what the variants are about they differ in {', '.join(differing)}, so the "
            f"columns do not compare and nothing is marked; run all rows in one --out with the same schedule, data, "
            f"device and --set train.KEY."
        )
    trained = [of_label for of_label in seeds.values() if of_label]
    if any(of_label != trained[0] for of_label in trained):
        every = ", ".join(str(seed) for seed in sorted(set().union(*trained)))
        yield f"UNEQUAL SEEDS: not every row has the seeds {every}, so nothing is marked; run all with one 'seeds'."
