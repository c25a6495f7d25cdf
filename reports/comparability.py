"""Whether rows of one table may stand beside each other, by what their fingerprints are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .results import Results


def why_not(results: Results, cells: Sequence[Mapping[str, Any]]) -> str:
    """Why the cells of one table do not compare, in words; an empty text where they do.

    Methods and their weights may differ, and a row may have more metrics than another. Protocol, data set, degradation,
    depth, and the version of a metric must be one.

    Args:
        results: of the run.
        cells: of the plan.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}  # what -> value -> first method that has it
    for cell in cells:
        facts = results.plan.get("fingerprints", {}).get(cell.get("fingerprint"), {})
        for what, name, value in _facts(facts, cell):
            found.setdefault((what, name), {}).setdefault(value, cell["method"])
    for (what, name), values in found.items():
        if len(values) > 1:
            one, other = list(values.values())[:2]
            shown = f"{what} {name}".strip() if what == "metric" else what
            return f"{one} and {other} were scored with different versions of the {shown}"
    return ""


def _facts(facts: Mapping[str, Any], cell: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What must be equal: its kind, its name and its value; of data under the pairs, as chunks may differ in size."""
    kinds = {"protocol": "protocol", "dataset": "data set's reader", "condition": "degradation"}
    yield from ((shown, "", str(facts[key])) for key, shown in kinds.items() if key in facts)
    pairs = "\n".join(cell["pairs"])
    if "data" in facts:
        yield "data set's files", pairs, str(facts["data"])
    if "depth" in facts:
        yield "depth maps", pairs, str(facts["depth"])
    for metric in facts.get("metrics", []):
        version = {key: value for key, value in metric.items() if key not in ("name", "convention")}
        yield "metric", f"{metric['name']} ({metric['convention']})", str(version)
