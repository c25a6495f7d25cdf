"""What determines a run's values: where it differs the gate refuses to compare, or says what changed beside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from ...errors import UsageError
from ..results import Results
from ..tables import refused

_OF_DATA = ("pairs", "manifest", "annotations", "depth")
_OF_DETECTOR = ("name", "sha256", "settings", "version")


class Facts(BaseModel):
    """What a run's values are determined by.

    Attributes:
        protocol: version of the way of scoring (rounding, colour, order of sources).
        data: ``name/split`` -> number of pairs, hash of the images and of the annotations, source of the depth.
        metrics: metric -> its version and its conventions.
        methods: row -> method, options, version, sha256 of its weights.
        detectors: protocol and detector, as scores name them -> its name, its sha256 or the hash of its training,
            settings and version; none in a run that looks for no objects.
        versions: of Python and the libraries that values may depend on.
        machine: the machine and its threads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: int
    data: dict[str, dict[str, Any]]
    metrics: dict[str, dict[str, Any]]
    methods: dict[str, dict[str, Any]]
    detectors: dict[str, dict[str, Any]] = {}
    versions: dict[str, str]
    machine: dict[str, Any]


def facts_of(results: Results) -> Facts:
    """Facts of a run.

    Raises:
        UsageError: its parts were made under several protocols, or rows of one table under what does not compare.
    """
    mixed = refused(results)
    if mixed:
        raise UsageError(f"the run's own rows do not compare: {mixed[0]}")
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
        detectors=_detectors(results),
        versions=run.get("versions", {}),
        machine=run.get("machine", {}),
    )


def _short(method: dict[str, Any]) -> dict[str, Any]:
    """Facts on a method; of a training, which takes a screen, the hash."""
    return {**method, "training": _hash(method["training"])} if "training" in method else method


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _detectors(results: Results) -> dict[str, dict[str, Any]]:
    """What looked at the pictures, by the convention of its scores.

    Raises:
        UsageError: two that bear one name.
    """
    found: dict[str, dict[str, Any]] = {}
    for cell in results.plan.get("boxes", []):
        facts = results.plan["fingerprints"].get(cell["fingerprint"], {}).get("detector", {})
        if "training" in facts:  # each row has its own, of one recipe
            short = {"name": facts["name"], "training": _hash(facts["training"]["recipe"])}
        elif "sha256" in facts:
            short = {key: facts[key] for key in _OF_DETECTOR if key in facts}
        else:
            continue  # the row has no weights, so there is no detector for it
        if found.setdefault(cell["convention"], short) != short:
            raise UsageError(
                f"the run's own rows do not compare: two detectors are called {cell['convention']}, or one had other "
                f"settings; run all of its methods again, into a new folder"
            )
    return dict(sorted(found.items()))


def refuse(before: Facts, after: Facts) -> None:
    """Refuse what does not compare: another protocol, other images, another detector, other conventions.

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
    _refuse_detectors(before, after, mend)
    for name in sorted(before.metrics.keys() & after.metrics.keys()):
        conventions = before.metrics[name]["conventions"], after.metrics[name]["conventions"]
        if not set(conventions[0]) & set(conventions[1]):
            raise UsageError(
                f"{name}: the baseline is of convention {_listed(conventions[0])}, the run of "
                f"{_listed(conventions[1])}; {mend}"
            )


def _refuse_detectors(before: Facts, after: Facts, mend: str) -> None:
    """Refuse another detector of a protocol; where one side alone looks for objects, its values tell it."""
    for protocol in sorted({_protocol_of(name) for name in before.detectors}):
        old, new = (
            {name: facts for name, facts in each.detectors.items() if _protocol_of(name) == protocol}
            for each in (before, after)
        )
        common = old.keys() & new.keys()
        if new and (not common or any(_identity(old[name]) != _identity(new[name]) for name in common)):
            raise UsageError(f"the baseline's {protocol} detector is {_shown(old)}, the run's is {_shown(new)}; {mend}")


def _protocol_of(convention: str) -> str:
    return convention.partition("-")[0]


def _identity(detector: dict[str, Any]) -> dict[str, Any]:
    return {key: detector[key] for key in ("name", "sha256", "training") if key in detector}


def _shown(detectors: dict[str, dict[str, Any]]) -> str:
    """Detectors by name and the beginning of the hash of their weights or training."""
    return " and ".join(
        f"{each['name']} ({str(each.get('sha256') or each.get('training'))[:12]})" for each in detectors.values()
    )


def changes(before: Facts, after: Facts) -> Iterator[str]:
    """What else differs and may explain a move: metrics, methods with their weights, libraries, threads."""
    for name in sorted(before.metrics.keys() & after.metrics.keys()):
        old, new = (facts.metrics[name]["version"] for facts in (before, after))
        if old != new:
            yield f"metric {name}: version {old}, now {new}"
        elif before.metrics[name].get("source") != after.metrics[name].get("source"):
            yield f"metric {name}: its code differs"
    for row in sorted(before.methods.keys() & after.methods.keys()):
        yield from _differing(f"method {row}", before.methods[row], after.methods[row])
    for name in sorted(before.detectors.keys() & after.detectors.keys()):
        yield from _differing(f"detector {name}", before.detectors[name], after.detectors[name])
    for library in sorted(before.versions.keys() & after.versions.keys()):
        if before.versions[library] != after.versions[library]:
            yield f"{library} {before.versions[library]}, now {after.versions[library]}"
    for key in ("system", "device", "threads"):
        if before.machine.get(key) != after.machine.get(key):
            yield f"{key} {before.machine.get(key)}, now {after.machine.get(key)}"


def _differing(what: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    keys = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    if keys:
        yield f"{what}: another {' and '.join(keys)}"


def _listed(names: object) -> str:
    return ", ".join(sorted(names)) if isinstance(names, dict | list) and names else "nothing"
