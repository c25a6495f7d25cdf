"""How the numbers came about: calls, versions, machine, data and weights."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from .content import Content


@dataclass(frozen=True)
class Call:
    """One call of ``hifbench run`` that computed something.

    Attributes:
        time: of its start.
        command: as it was typed, for a shell.
        facts: term -> fact.
        experiment: as resolved, as JSON.
    """

    time: str
    command: str
    facts: dict[str, str]
    experiment: str


def calls(content: Content) -> list[Call]:
    """The calls that a run directory is of, the latest first."""
    run = content.results.run
    return [_call(run), *(_call(call) for call in reversed(run.get("earlier_calls", [])))]


def data(content: Content) -> list[tuple[str, dict[str, str]]]:
    """Data set and split, with the facts that decide what its numbers are of."""
    made = []
    for place, facts in content.results.plan["datasets"].items():
        limited = f" (--limit {facts['limit']})" if facts.get("limit") else ""
        shown = {
            "Pairs": f"{facts.get('pairs', '')}{limited}; this copy holds {facts.get('coverage', '')}",
            "SHA-256 of the images": facts.get("manifest") or "",
            "SHA-256 of the annotations": facts.get("annotations") or "",
            "Depth": (facts.get("depth") or {}).get("source", ""),
            "Left out": "; ".join(f"{pair}: {why}" for pair, why in facts.get("excluded", {}).items()),
        }
        card = content.results.run.get("datasets", {}).get(place.rpartition("/")[0], {})
        shown |= {"Citation": card.get("citation", ""), "Licence": card.get("licence", "")}
        made.append((place, {term: str(value) for term, value in shown.items() if value}))
    return made


def conventions(content: Content) -> list[tuple[str, str, str]]:
    """Metric, convention and what that computes."""
    cards = content.results.run["metrics"].values()
    return [(card["label"], name, note) for card in cards for name, note in card["conventions"].items()]


def weights(content: Content) -> list[tuple[str, str, str]]:
    """Method, file and its SHA-256."""
    cards = content.results.run.get("methods", {})
    return [(row, name, hash) for row, card in cards.items() for name, hash in card.get("weights_sha256", {}).items()]


def when(time: str) -> str:
    """A time of ``run.json``, to the minute."""
    return f"{time[:16].replace('T', ' ')} UTC" if time else ""


def _call(run: dict[str, Any]) -> Call:
    code = run.get("hifbench") or {}
    machine = run.get("machine") or {}
    commit = code.get("commit") or "of an installed package"
    facts = {
        "hifbench": f"{code.get('version', '')}, commit {commit}{', with changes' if code.get('dirty') else ''}",
        "Seed": run.get("seed", ""),
        **{term.capitalize(): value for term, value in machine.items()},
        **{name: version for name, version in (run.get("versions") or {}).items() if version != "not installed"},
    }
    return Call(
        when(str(run.get("time", ""))),
        shlex.join(map(str, run.get("command") or [])),
        {term: str(value) for term, value in facts.items()},
        json.dumps(run.get("experiment"), indent=1),
    )
