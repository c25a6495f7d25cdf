"""What a fingerprint says of the code behind a value."""

from __future__ import annotations

import math
from functools import partial

from hifbench.bench.fingerprint import code_version, module_of
from hifbench.datasets.degradations.haze import haze


def somebodys(vis: float, strength: float) -> float:
    return vis * strength


def test_the_module_is_that_of_the_function_whatever_arguments_are_fixed() -> None:
    fixed = partial(partial(somebodys, strength=2.0), 1.0)
    assert module_of(somebodys) == module_of(fixed) == __name__
    assert module_of(haze) == module_of(partial(haze, severity=1)) == "hifbench.datasets.degradations.haze"
    assert "source" not in code_version(1, module_of(partial(haze, severity=1)))
    assert module_of(math.sqrt) == "math"
