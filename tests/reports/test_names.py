"""File names of a report: no two alike."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from made_results import KEY, made_results

from hifbench.reports import statistics
from hifbench.reports.names import distinct, of_detector, of_split
from hifbench.reports.results import PART, Results
from hifbench.reports.robustness import robustness
from hifbench.reports.tables import tables

LABELS = ("a b", "a:b", "A_b", "plain")


def several() -> Results:
    """Results of four data sets, clean and under two severities of haze."""
    one = made_results({"own": {"EN": [1.0, 2.0]}, "other": {"EN": [2.0, 3.0]}})
    conditions = [("none", 0.0), ("haze", 1.0), ("haze", 2.0)]
    cells, rows = [], []
    for label in LABELS:
        for degradation, severity in conditions:
            at = {"dataset": label, "split": "all", "degradation": degradation, "severity": severity}
            for cell in one.plan["cells"]:
                part = f"{cell['part']}-{label}-{degradation}{severity}"
                cells.append({**cell, **at, "part": part})
                mine = one.scores[one.scores["method"] == cell["method"]].assign(**at, **{PART: part})
                rows += [mine.assign(task=task) for task in ("fusion", "fusion-clean")[: 1 + (severity > 0)]]
    plan = {**one.plan, "cells": cells, "datasets": {f"{label}/all": {"pairs": 2} for label in LABELS}}
    return replace(one, plan=plan, scores=pd.concat(rows, ignore_index=True))


def test_labels_that_differ_have_files_that_differ_on_every_disk() -> None:
    results = several()
    made = tables(results)
    fallen = robustness(results)
    names = [each.name for each in [*made, *fallen, *(each.areas for each in fallen)]]
    assert len({name.casefold() for name in names}) == len(names) == 4 * (1 + 2 * 2) + 4 * 2 + 4 * 2
    assert made[0].name == "a_b-all-fusion"
    assert next(table.name for table in made if table.group.dataset == "plain") == "plain-all-fusion"
    clean = [table.name for table in made if table.group.degradation == "none"]
    assert [each.name for each in statistics.of(results)] == clean  # links go by them


def test_names_stay_when_a_group_is_refused() -> None:
    results = several()
    before = {table.group: table.name for table in tables(results)}
    first = [cell for cell in results.plan["cells"] if cell["dataset"] == "a b"]
    versions = {cell["part"]: {"protocol": number} for number, cell in enumerate(first)}
    cells = [{**cell, "fingerprint": cell["part"]} for cell in results.plan["cells"]]
    refused = replace(results, plan={**results.plan, "cells": cells, "fingerprints": versions})
    after = {table.group: table.name for table in tables(refused)}
    assert {group.dataset for group in after} == {"a:b", "A_b", "plain"}
    assert after == {group: name for group, name in before.items() if group in after}


def test_splits_and_labels_that_are_the_same_when_joined_are_told_apart() -> None:
    results = made_results({"own": {"EN": [1.0]}})
    results.plan["datasets"] = {"a-b/c": {}, "a/b-c": {}}
    names = {of_split(results, "a-b", "c"), of_split(results, "a", "b-c")}
    assert len(names) == 2
    assert "a-b-c" in names
    assert of_split(results, KEY["dataset"], KEY["split"]) == "tno-test"  # that no plan names


def test_detectors_are_told_apart() -> None:
    results = made_results({"own": {"EN": [1.0]}})
    results.plan["evaluations"] = [{"convention": name} for name in ("frozen-my net", "frozen-my/net", "frozen-x")]
    names = [of_detector(results, row["convention"]) for row in results.plan["evaluations"]]
    assert names[0] == "frozen-my_net"
    assert names[2] == "frozen-x"
    assert len(set(names)) == 3
    assert not any(set("/ ") & set(name) for name in names)


def test_the_suffix_is_the_same_each_time() -> None:
    assert distinct({"x y": "x_y", "x/y": "x_y"}) == {"x y": "x_y", "x/y": "x_y-bd3c90"}


def test_a_suffixed_name_is_told_apart_from_one_that_is_called_so() -> None:
    names = distinct({"x y": "x_y", "x_y-bd3c90": "x_y-bd3c90", "x/y": "x_y", "x_y-BD3C90": "x_y-BD3C90"})
    assert len({name.casefold() for name in names.values()}) == 4
    assert names["x_y-bd3c90"] == "x_y-bd3c90"  # first of its name
    assert names["x/y"].startswith("x_y-")


def test_two_spellings_of_an_accent_are_one_name() -> None:
    composed, decomposed = "caf\u00e9", "CAFE\u0301"
    names = distinct({composed: composed, decomposed: decomposed})
    assert names[composed] == composed
    assert names[decomposed].startswith(f"{decomposed}-")
