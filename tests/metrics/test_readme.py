"""``metrics/README.md`` is in step with the registry and the accounts, and states no error that is exceeded."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from .accounting import Claim, Goldens, groups, outcomes_of, own_goldens, read_rules, shared_goldens
from .generate_readme import README, Agreement, cell, committed, parse, render, summarise

CLAIMS = [rule for rule in read_rules() if isinstance(rule, Claim)]
COUNT = re.compile(r"^\| \d+ \|", re.MULTILINE)


def test_registry_and_accounts():
    found = README.read_text(encoding="utf-8")
    expected = render(committed(), [])
    # How many rows a rule covers depends on the tables at hand.
    assert COUNT.sub("|", found) == COUNT.sub("|", expected), "run tests/metrics/generate_readme.py"


@pytest.mark.parametrize("table", ["own", "shared"])
def test_stated_errors_are_not_exceeded(table, request):
    goldens: Goldens = own_goldens() if table == "own" else shared_goldens(request.getfixturevalue("shared"))
    outcomes = (outcome for group in groups() for outcome in outcomes_of(goldens, group))
    measured = summarise(outcome for outcome in outcomes if outcome.claim.allowed == outcome.claim.tolerance)
    stated = {label: {each.note: each.error for each in parse(text)} for label, text in committed().items()}
    exceeded = []
    for label, agreements in measured.items():
        for each in agreements:
            if not each.error <= max(2 * stated.get(label, {}).get(each.note, 0.0), 1e-12):
                exceeded.append(f"{label}: {each}")
    assert not exceeded, "\n".join(exceeded)


def test_every_claimed_value_is_counted():
    if "HIFBENCH_SHARED" not in os.environ:
        pytest.skip("HIFBENCH_SHARED is not set: half of the golden values are not at hand")
    rows = own_goldens().rows + shared_goldens(Path(os.environ["HIFBENCH_SHARED"])).rows
    claimed = sum(claim.covers(row) for claim in CLAIMS for row in rows)
    assert sum(each.rows for text in committed().values() for each in parse(text)) == claimed


def test_cells_are_read_as_they_are_written():
    agreements = [Agreement(0.0, 4, ""), Agreement(2.21e-5, 12, "float32 there")]
    assert cell(agreements) == "below 1e-12 (4); 2.3e-05 (12): float32 there"
    assert parse(cell(agreements)) == [Agreement(1e-12, 4, ""), Agreement(2.3e-5, 12, "float32 there")]
    assert parse(cell([])) == []
