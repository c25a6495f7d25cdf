"""What the gate refuses to compare."""

from __future__ import annotations

import pytest

from hifbench.errors import UsageError
from hifbench.reports.gate.facts import Facts, refuse


def facts(**data: int) -> Facts:
    return Facts(protocol=1, data={"tno/test": data}, metrics={}, methods={}, versions={}, machine={})


def test_a_run_over_no_pairs_is_refused_with_their_number() -> None:
    with pytest.raises(UsageError, match="tno/test: the baseline is of 3 pairs, the run of 0"):
        refuse(facts(pairs=3), facts())
