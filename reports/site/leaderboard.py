"""The leaderboard's data: all tables of the run, of which the page shows the one that is asked for."""

from __future__ import annotations

from typing import Any

from .. import render
from ..folder import Folder
from ..tables import Table
from .content import Content
from .frames import shortened


def write(content: Content, folder: Folder, files: dict[str, str]) -> None:
    """Write the data of the leaderboard.

    Args:
        content: of the site.
        folder: of the site.
        files: method -> file of its page.
    """
    cards = content.results.run["metrics"]
    metrics = {
        name: {"label": card["label"], "title": card["title"], "direction": card["direction"]}
        for name, card in cards.items()
    }
    tables = [_table(table) for table in content.tables]
    folder.data("leaderboard", {"metrics": metrics, "files": files, "tables": tables})


def _table(table: Table) -> dict[str, Any]:
    group = table.group
    most = table.counts.max(axis=1)
    return {
        "name": table.name,
        "data": f"{group.dataset}, {group.split}",
        "degradation": group.degradation,
        "severity": f"{group.severity:g}" + ("" if group.degradation == "none" else f", seed {group.seed}"),
        "task": table.task,
        "convention": table.convention,
        "title": table.title,
        "note": table.note,
        "metrics": list(table.labels),
        "methods": list(table.means.index),
        "seen": list(table.seen),
        "pairs": [render.pairs(table, str(method)) for method in table.means.index],
        "means": [[shortened(value) for value in row] for row in table.means.to_numpy(float).tolist()],
        # A mean over fewer pairs than its row's others says so.
        "fewer": [
            [count if 0 < count < most[method] else None for count in table.counts.loc[method].tolist()]
            for method in table.means.index
        ],
        "heads": render.heads(table)[:-1],
        "below": _below(table),
        "ranks": table.ranks.to_numpy(int).tolist(),
    }


def _below(table: Table) -> list[list[tuple[str, list[str]]]]:
    """For each row the lines that belong to it, and last those of a paper's other methods."""
    lines: list[list[tuple[str, list[str]]]] = []
    rows = len(table.means.index)
    for line in render.lines(table):
        if line.below or len(lines) > rows:
            lines[-1].append((line.name, line.cells))
        elif len(lines) < rows:
            lines.append([])
        else:
            lines.append([(line.name, line.cells)])
    return lines
