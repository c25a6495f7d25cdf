"""What determines a run's values: where it differs the gate refuses to compare, or says what changed beside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from ...errors import UsageError
from ..results import Results

_OF_DATA = ("pairs", "manifest", "annotations", "depth")


class Facts(BaseModel):
    """What a run's values are determined by.

    Attributes:
        protocol: version of the way of scoring (rounding, colour, order of sources).
        data: ``name/split`` -> number of pairs, hash of the images and of the annotations, source of the depth.
        metrics: metric -> its version and its conventions.
        methods: row -> method, options, version, sha256 of its weights.
        versions: of Python and the libraries that values may depend on.
        machine: the machine and its threads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: int
    data: dict[str, dict[str, Any]]
    metrics: dict[str, dict[str, Any]]
    methods: dict[str, dict[str, Any]]
    versions: dict[str, str]
    machine: dict[str, Any]


def facts_of(results: Results) -> Facts:
    """Facts of a run.

    Raises:
        UsageError: its parts were made under several protocols.
    """
    plan, run = results.plan, results.run
    determines = plan["fingerprints"]
    described = [(cell["method"], determines.get(cell["fingerprint"], {})) for cell in plan["cells"]]
    described += [(row["method"], determines.get(row["fingerprint"], {})) for row in plan.get("profiles", [])]
    protocols = {each["protocol"] for each in determines.values() if "protocol" in each}
    if len(protocols) != 1:
        found = ", ".join(map(str, sorted(protocols))) or "none"
        raise UsageError(f"the run is not of one protocol (found: {found}); run it again into a new folder")
    metrics: dict[str, dict[str, Any]] = {}
    methods: dict[str, dict[str, Any]] = {}
    for row, each in described:
        if "method" in each:
            methods[row] = _short(each["method"])
        for metric in each.get("metrics", []):
            known = metrics.setdefault(metric["name"], {"version": metric["version"], "conventions": []})
            if "source" in metric:
                known["source"] = metric["source"]
            if metric["convention"] not in known["conventions"]:
                known["conventions"].append(metric["convention"])
    data = {
        name: {key: facts[key] for key in _OF_DATA if facts.get(key)}
        for name, facts in sorted(plan["datasets"].items())
    }
    return Facts(
        protocol=protocols.pop(),
        data=data,
        metrics=dict(sorted(metrics.items())),
        methods=dict(sorted(methods.items())),
        versions=run.get("versions", {}),
        machine=run.get("machine", {}),
    )


def _short(method: dict[str, Any]) -> dict[str, Any]:
    """Facts on a method; of a training, which takes a screen, the hash."""
    if "training" not in method:
        return method
    text = json.dumps(method["training"], sort_keys=True)
    return {**method, "training": hashlib.sha256(text.encode()).hexdigest()[:16]}


def refuse(before: Facts, after: Facts) -> None:
    """Refuse what does not compare: another protocol, other images, other conventions.

    Raises:
        UsageError: why it does not compare.
    """
    mend = "compare with a baseline of the same, or move on with --update --reason TEXT"
    if before.protocol != after.protocol:
        raise UsageError(f"the baseline is of protocol {before.protocol}, the run of {after.protocol}; {mend}")
    common = [name for name in before.data if name in after.data]
    if not common:
        raise UsageError(f"the baseline is of {_listed(before.data)}, the run of {_listed(after.data)}; {mend}")
    for name in common:
        old, new = before.data[name], after.data[name]
        pairs = old.get("pairs", 0), new.get("pairs", 0)  # no pairs are no fact
        if pairs[0] != pairs[1]:
            raise UsageError(f"{name}: the baseline is of {pairs[0]} pairs, the run of {pairs[1]}; {mend}")
        for key, what in (("manifest", "images"), ("annotations", "annotations"), ("depth", "depth")):
            if old.get(key) != new.get(key):
                raise UsageError(f"{name}: the run's {what} are others than the baseline's; {mend}")
    for name in before.metrics.keys() & after.metrics.keys():
        conventions = before.metrics[name]["conventions"], after.metrics[name]["conventions"]
        if not set(conventions[0]) & set(conventions[1]):
            raise UsageError(
                f"{name}: the baseline is of convention {_listed(conventions[0])}, the run of "
                f"{_listed(conventions[1])}; {mend}"
            )


def changes(before: Facts, after: Facts) -> Iterator[str]:
    """What else differs and may explain a move: metrics, methods with their weights, libraries, threads."""
    for name in before.metrics.keys() & after.metrics.keys():
        old, new = (facts.metrics[name]["version"] for facts in (before, after))
        if old != new:
            yield f"metric {name}: version {old}, now {new}"
        elif before.metrics[name].get("source") != after.metrics[name].get("source"):
            yield f"metric {name}: its code differs"
    for row in sorted(before.methods.keys() & after.methods.keys()):
        old_facts, new_facts = before.methods[row], after.methods[row]
        differing = [
            key for key in sorted(old_facts.keys() | new_facts.keys()) if old_facts.get(key) != new_facts.get(key)
        ]
        if differing:
            yield f"method {row}: another {' and '.join(differing)}"
    for library in before.versions.keys() & after.versions.keys():
        if before.versions[library] != after.versions[library]:
            yield f"{library} {before.versions[library]}, now {after.versions[library]}"
    for key in ("system", "device", "threads"):
        if before.machine.get(key) != after.machine.get(key):
            yield f"{key} {before.machine.get(key)}, now {after.machine.get(key)}"


def _listed(names: object) -> str:
    return ", ".join(sorted(names)) if isinstance(names, dict | list) and names else "nothing"
