"""What the command line changes of an experiment."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

from ..datasets import DATASETS
from ..errors import UsageError
from .experiment import Experiment, validate
from .origins.naming import resolve
from .validation import typed_setting


def override(
    experiment: Experiment,
    *,
    methods: Sequence[str] | None = None,
    added: Sequence[str] = (),
    datasets: Sequence[str] | None = None,
    settings: Sequence[str] = (),
    protocol: str | None = None,
    detector: str | None = None,
) -> Experiment:
    """The experiment with what the command line changes.

    Args:
        experiment: as loaded.
        methods: run these instead; a name or row of the experiment keeps its options.
        added: run these too, unless they are among those.
        datasets: run on these instead; a name of the experiment keeps its split.
        settings: ``key=value`` with a key of the experiment, ``method.option=value``, or ``train.key=value`` and
            ``method.train.key=value`` for a setting of the recipes of all trained rows, or of some;
            ``retraining.key=value`` for one of the detectors' training.
        protocol: of detection, instead of the experiment's.
        detector: file of the frozen detector, likewise.

    Raises:
        UsageError: an unknown name or key, or a value that does not fit.
    """
    content = experiment.model_dump()
    content["methods"] = [choice.model_dump() for choice in experiment.chosen_methods()]
    if methods:
        content["methods"] = _pick(content["methods"], methods, resolve, "row")
    there = {choice["name"] for choice in content["methods"]}
    content["methods"] += [{"name": name} for name in dict.fromkeys(map(resolve, added)) if name not in there]
    if datasets:
        content["datasets"] = _pick(content["datasets"], datasets, DATASETS.resolve, "data set")
    set_here: dict[str, str] = {}
    for setting in settings:
        key, value = typed_setting(setting)
        set_here[key.partition(".")[0]] = f"--set {setting}"
        if key.startswith("retraining."):
            content["retraining"][key.removeprefix("retraining.")] = value
        elif "." in key:
            _set_of_rows(content["methods"], setting, key, value)
        else:
            content[key] = value
    asked = {"protocol": protocol, "detector": detector}
    for option, given in asked.items():
        if given is not None:
            content[option] = given
            set_here[option] = f"--{option}"
    changed = validate(content, "the command line")
    for key, why in _without_effect(changed).items():
        if key in set_here:
            raise UsageError(f"{set_here[key]}: {why}")
    return changed


def _without_effect(experiment: Experiment) -> dict[str, str]:
    """Keys that nothing in the experiment looks at -> why; to set one is a mistake."""
    idle: dict[str, str] = {}
    if "detection" not in experiment.tasks:
        why = 'no detection in this experiment; add --set tasks=["detection"]'
        idle |= dict.fromkeys(("protocol", "detector", "retraining"), why)
    elif experiment.protocol == "frozen":
        idle["retraining"] = "no detector is trained in this run; add --protocol retrained"
    else:
        idle["detector"] = "this and --protocol retrained exclude each other: retrained detectors are made in the run"
    if all(choice.train is None for choice in experiment.chosen_methods()):
        why = "no row of this run is trained; a row that is has 'train = {}' in its experiment file"
        idle |= dict.fromkeys(("schedule", "seeds"), why)
    if "efficiency" not in experiment.tasks:
        idle["size"] = 'efficiency is not measured in this experiment; add --set tasks=["fusion","efficiency"]'
    if not experiment.degradations:
        idle["depth"] = "no image is degraded in this experiment, so no depth is needed; leave it out"
    return idle


def _set_of_rows(choices: Sequence[dict[str, Any]], setting: str, key: str, value: Any) -> None:
    """Set an option, or a setting of the training, of the rows that ``key`` begins with."""
    target, _, option = key.partition(".")
    everywhere = target == "train"
    chosen = [choice for choice in choices if everywhere or target in (choice.get("label"), choice["name"])]
    if not chosen:
        raise UsageError(f"--set {setting}: no method '{target}' in this run")
    if everywhere:
        setting_of_recipe = option
    elif option.startswith("train."):
        setting_of_recipe = option.removeprefix("train.")
    else:
        for choice in chosen:
            choice["options"] = {**choice.get("options", {}), option: value}
        return
    trained = [choice for choice in chosen if choice.get("train") is not None]
    if not trained:
        lacking = "no row of this run is trained" if everywhere else f"'{target}' is not trained"
        raise UsageError(f"--set {setting}: {lacking}; a row that is has 'train = {{}}' in its experiment file")
    for choice in trained:
        choice["train"] = {**choice["train"], setting_of_recipe: value}


def _pick(
    choices: Sequence[dict[str, Any]], names: Sequence[str], resolve: Callable[[str], str], what: str
) -> list[dict[str, Any]]:
    """Choices of an experiment by label or name, all that bear it; a name that it lacks is taken as it is."""
    picked: list[dict[str, Any]] = []
    for typed in names:
        labelled = [
            choice for choice in choices if typed in (choice["label"], choice.get("command") and choice["name"])
        ]
        try:
            name = typed if labelled else resolve(typed)
        except UsageError as error:
            labels = [choice["label"] or choice["name"] for choice in choices]
            if not any(choice["label"] for choice in choices):
                raise
            near = difflib.get_close_matches(typed, labels, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise UsageError(f"no {what} '{typed}'; {hint}this experiment has {', '.join(labels)} ({error})") from error
        found = labelled or [choice for choice in choices if choice["name"] == name] or [{"name": name}]
        picked.extend(choice for choice in found if choice not in picked)
    return picked
