"""Writing the site: one page for each question, and what they load."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from itertools import zip_longest
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..folder import BELOW, Folder
from . import leaderboard, methods, overview, provenance, statistics
from .content import Content
from .grid import of_costs, of_detection, of_scores
from .pictures import Browser, how_to_keep

PAGES = {
    "index": "Overview",
    "leaderboard": "Leaderboard",
    "methods": "Methods",
    "pictures": "Pictures",
    "robustness": "Robustness",
    "efficiency": "Efficiency",
    "detection": "Detection",
    "statistics": "Statistics",
    "provenance": "Provenance",
}
"""Template, which is the file as well -> name in the navigation."""


@dataclass(frozen=True)
class Written:
    """What came of a site.

    Attributes:
        pictures: that methods made and the site shows.
        damaged: a line for each picture that is there and cannot be read.
    """

    pictures: int
    damaged: list[str]


def write(content: Content, folder: Folder) -> Written:
    """Write a site; what it links to in ``tables`` and ``curves`` of the same folder is the caller's to write.

    Args:
        content: what it shows.
        folder: of the report.

    Raises:
        UsageError: it cannot be written.
    """
    pages = methods.files(content.methods)
    browser = Browser(content, folder)
    browser.write()
    leaderboard.write(content, folder, pages)
    environment = Environment(
        loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    plan = content.results.plan
    warnings = overview.warnings(content, browser.album.damaged)
    environment.globals |= {
        "title": plan.get("title") or plan["experiment"],
        "pages": PAGES,
        "below": BELOW,
        "files": pages,
        "partial": any(line.startswith("Partial") for line in warnings),
    }
    failures = methods.failures(content)
    fallen = [list(map(of_scores, each.tables)) for each in content.robustness]
    contexts: dict[str, dict[str, Any]] = {
        "index": {"facts": overview.facts(content), "warnings": warnings, "grids": overview.headlines(content)},
        "leaderboard": {"any": bool(content.tables)},
        "methods": {"content": content, "cards": content.results.run.get("methods", {}), "failures": failures},
        "pictures": {"kept": browser.fused, "command": how_to_keep(content), "any": bool(content.tables)},
        # Curves of average precision, which come last, have no such tables.
        "robustness": {"sheets": list(zip_longest(content.robustness_curves, fallen, fillvalue=[]))},
        "efficiency": {"drawings": content.fronts, "grids": [of_costs(cost) for cost in content.costs]},
        "detection": {
            "drawings": content.recall_curves,
            "grids": [of_detection(table) for table in [*content.detections, *content.falls]],
        },
        "statistics": {"sections": statistics.sections(content)},
        "provenance": {
            "calls": provenance.calls(content),
            "data": provenance.data(content),
            "weights": provenance.weights(content),
            "conventions": provenance.conventions(content),
        },
    }
    for page, context in contexts.items():
        folder.text(f"{page}.html", environment.get_template(f"{page}.html").render(page=page, **context))
    template = environment.get_template("method.html")
    for method, file in pages.items():
        text = template.render(
            page="methods",
            method=method,
            card=methods.card(content, method),
            grids=methods.scores(content, method),
            failures=failures.get(method, []),
        )
        folder.text(file, text)
    for asset in files(__package__).joinpath("assets").iterdir():
        folder.text(f"{BELOW}/{asset.name}", asset.read_text(encoding="utf-8"))
    return Written(browser.fused, browser.album.damaged)
