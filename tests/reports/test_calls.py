"""The call that is advised where rows are missing."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from typing import get_type_hints

import pytest
from made_results import made_results

from hifbench.bench.experiment import built_in_names, load
from hifbench.bench.overrides import override
from hifbench.errors import UsageError
from hifbench.reports.calls import FLAGS, adding

ADDED = ["--methods", "visible,infrared", "--out", "RUN_DIR"]

SETTINGS = (
    *('methods=["average","derun"]', 'tasks=["fusion","efficiency"]', "size=64x64", 'metrics=["EN"]', "seed=3"),
    *("chunk=8", "depth=maps", "schedule=smoke", "seeds=2", "retraining.epochs=3", "train.epochs=3"),
)
"""A value for each key of an experiment that a user may set, and for a recipe's."""


def advised(*command: str, limit: int | None = None) -> list[str]:
    results = made_results({"own": {"EN": [1.0]}}, limit=limit)
    called = replace(results, run={**results.run, "command": list(command)})
    words = shlex.split(adding(called, ["visible", "infrared"], "tno/test"))
    assert words[:2] == ["hifbench", "run"]
    return words[2:]


def test_what_the_user_gave_is_kept() -> None:
    own = [
        *("--data", "my data", "--datasets", "tno,m3fd", "--set", "seed=3", "--set", 'metrics=["EN"]'),
        *("--device", "cuda:1", "--workers", "2", "--keep-fused", "--detector=net.onnx"),
    ]
    assert advised("/opt/bin/hifbench", "run", "own.toml", *own) == ["own.toml", *own, *ADDED]
    assert advised("hifbench", "run", *own, "own.toml") == ["own.toml", *own, *ADDED]


def test_what_the_added_rows_have_otherwise_is_replaced() -> None:
    own = ["--methods", "own", "--method=m:f", "--limit", "7", "--out", "elsewhere", "--shard", "1/2"]
    assert advised("hifbench", "run", *own, "x", limit=2) == ["x", *ADDED[:2], "--limit", "2", *ADDED[2:]]


@pytest.mark.parametrize("setting", ["laplacian.levels=2", "train.epochs=3", "own.train.epochs=3"])
def test_settings_of_other_methods_are_left_out(setting: str) -> None:
    assert advised("hifbench", "run", "x", "--set", setting, f"--set={setting}") == ["x", *ADDED]
    assert advised("hifbench", "run", "x", "--set", "retraining.epochs=3")[1:3] == ["--set", "retraining.epochs=3"]


def test_a_run_without_a_call_is_named_by_its_experiment() -> None:
    assert advised() == ["x", *ADDED]


def test_the_flags_are_those_of_the_command() -> None:
    from hifbench.bench.commands.run import command

    flags = [name for name, kind in get_type_hints(command).items() if kind is bool]
    assert {f"--{name.replace('_', '-')}" for name in flags} == set(FLAGS)


def accepted(experiment: str, words: list[str]) -> list[str]:
    """The rows that a call of ``hifbench run`` chooses.

    Raises:
        UsageError: the call is refused.
    """
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("experiment")
    parser.add_argument("--set", action="append", default=[])
    for option in ("--methods", "--protocol", "--out"):
        parser.add_argument(option)
    call = parser.parse_args(words)
    assert call.experiment == experiment
    methods = call.methods and call.methods.split(",")
    changed = override(load(experiment)[1], methods=methods, settings=call.set, protocol=call.protocol)
    return [choice.row for choice in changed.chosen_methods()]


@pytest.mark.parametrize("experiment", built_in_names())
def test_the_advised_call_is_accepted_wherever_the_users_own_was(experiment: str) -> None:
    tried = 0
    for setting in SETTINGS:
        for protocol in ([], ["--protocol", "retrained"]):
            own = [experiment, "--set", setting, *protocol]
            try:
                accepted(experiment, own)
            except UsageError:
                continue
            tried += 1
            assert accepted(experiment, advised("hifbench", "run", *own)) == ["visible", "infrared"], own
    assert tried >= 4  # methods, tasks, metrics and seed can be set everywhere
