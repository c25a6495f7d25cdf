"""Every golden value is either reproduced by a metric under one of its conventions, or listed with the reason.

The rules are in ``accounts/*.toml``; ``accounting.py`` says how they read. To check one group of metrics alone:
``pytest tests/metrics/test_accounts.py -k "claims and own and GROUP" -s``.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from .accounting import Goldens, Outcome, groups, outcomes_of, own_goldens, read_rules, shared_goldens

RULES = read_rules()
GROUPS = groups()
TABLES = ("own", "shared")


@pytest.fixture(scope="module", params=TABLES)
def goldens(request: pytest.FixtureRequest) -> Goldens:
    if request.param == "own":
        return own_goldens()
    return shared_goldens(request.getfixturevalue("shared"))


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[Outcome]]:
    """Collects what was measured, and prints it by metric and convention in the end."""
    collected: list[Outcome] = []
    yield collected
    kinds: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for outcome in collected:
        kinds[outcome.row.table, outcome.claim.group, outcome.claim.scored_as].append(outcome)
    print(f"\n{'golden':<8}{'group':<12}{'metric, convention':<28}{'rows':>5}{'worst':>10}{'allowed':>10}")
    for (table, group, scored), found in sorted(kinds.items()):
        worst = max(found, key=lambda outcome: outcome.error / outcome.claim.tolerance)
        print(f"{table:<8}{group:<12}{scored:<28}{len(found):>5}{worst.error:>10.1e}{worst.claim.tolerance:>10.0e}")


def test_own_pictures_are_the_ones_that_were_scored():
    own = own_goldens()
    lines = (own.pictures / "pixels.sha256").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 32
    for line in lines:
        digest, name, shape = line.split()
        levels = own.load(name)[0].permute(1, 2, 0).squeeze(-1).to(torch.uint8).contiguous().numpy()
        assert "x".join(map(str, levels.shape)) == shape
        assert hashlib.sha256(levels.tobytes()).hexdigest() == digest, name


def test_every_row_is_accounted_for_once(goldens):
    missing: Counter[tuple[str, str, str]] = Counter()
    twice = []
    for row in goldens.rows:
        rules = [str(rule) for rule in RULES if rule.covers(row)]
        if not rules:
            missing[row.column, row.implementation, row.convention] += 1
        elif len(rules) > 1:
            twice.append(f"{row}: {' AND '.join(rules)}")
    assert not twice, "rows under several rules:\n" + "\n".join(twice)
    lines = [f"{count} rows: {' | '.join(key)}" for key, count in sorted(missing.items())]
    columns = sorted({key[0] for key in missing})
    assert not missing, f"{sum(missing.values())} rows under no rule, of {columns}:\n" + "\n".join(lines)


@pytest.mark.parametrize("group", GROUPS)
def test_every_rule_has_rows(group):
    """A rule for rows of the shared folder alone says so: ``table = "shared"``."""
    rows = [*own_goldens().rows]
    if shared := os.environ.get("HIFBENCH_SHARED"):
        rows += shared_goldens(Path(shared)).rows
        rules = [rule for rule in RULES if rule.group == group]
    else:
        rules = [rule for rule in RULES if rule.group == group and rule.table != "shared"]
    own = [row for row in rows if row.table == "own"]
    idle = [str(rule) for rule in rules if not any(map(rule.covers, rows if rule.table == "shared" else own))]
    assert not idle, "rules without rows:\n" + "\n".join(idle)


@pytest.mark.parametrize("group", GROUPS)
def test_claims_hold(goldens, group, outcomes):
    found = outcomes_of(goldens, group)
    outcomes += found
    broken = [str(outcome) for outcome in found if not outcome.holds]
    assert not broken, f"{len(broken)} of {len(found)} rows:\n" + "\n".join(broken)
