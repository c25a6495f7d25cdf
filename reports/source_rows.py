"""The rows of the two sources, returned as they are: the first ones of every table, the visible image before all."""

from __future__ import annotations

from collections.abc import Iterable

from .results import Results

SOURCES = ("visible", "infrared")
"""Methods that return a source as it is."""


def source_rows(results: Results) -> dict[str, str]:
    """Row -> which source it returns as it is; under whatever label it was run."""
    cards = results.run.get("methods", {})
    rows = dict.fromkeys(cell["method"] for cell in results.plan.get("cells", []))
    names = {row: cards.get(row, {}).get("name", row) for row in rows}
    return {row: name for row, name in names.items() if name in SOURCES}


def sources_first(results: Results, rows: Iterable[str]) -> list[str]:
    """Rows of a table, those of the sources before the others, which keep their order."""
    names = source_rows(results)
    return sorted(rows, key=lambda row: SOURCES.index(names[row]) if row in names else len(SOURCES))
