"""What the site shows: a run, and the tables and curves that were made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import (
    ablation,
    balance,
    curves,
    detection,
    efficiency,
    leaderboards,
    pareto,
    precision_recall,
    robustness,
    statistics,
    tables,
)
from ..results import Results
from .grid import under


@dataclass(frozen=True)
class Drawing:
    """A picture that lies in ``curves`` as ``NAME.svg``, its points beside it as ``NAME.csv``.

    Attributes:
        name: without the suffix.
        title: what it shows.
        svg: draws it.
        csv: its points.
    """

    name: str
    title: str
    svg: Callable[[], str]
    csv: Callable[[], str]

    folder = "curves"

    @property
    def files(self) -> list[tuple[str, str]]:
        """Kind and name of the files beside the picture."""
        return [("CSV", f"{self.name}.csv")]


@dataclass(frozen=True)
class Content:
    """A run's results and what was made of them, in the order in which it is shown.

    Attributes:
        run_dir: the run directory.
        results: read from it.
        tables: one for each data set, condition, task and convention.
        ablations: tables of trained variants.
        robustness: one for each degradation, with the tables of what its curves come to.
        detections: average precision, one for each data set and condition.
        falls: average precision over the severities of a degradation.
        costs: what the methods cost.
        robustness_curves: of scores and of average precision over severities.
        recall_curves: precision against recall.
        fronts: quality against cost.
        statistics: paired comparisons, one for each table on clean images.
    """

    run_dir: Path
    results: Results
    tables: Sequence[tables.Table]
    ablations: Sequence[ablation.Ablation]
    robustness: Sequence[robustness.Robustness]
    detections: Sequence[detection.Detection]
    falls: Sequence[detection.Detection]
    costs: Sequence[efficiency.Efficiency]
    robustness_curves: Sequence[Drawing]
    recall_curves: Sequence[Drawing]
    fronts: Sequence[Drawing]
    statistics: Sequence[statistics.Statistics]

    @property
    def methods(self) -> list[str]:
        """Rows of the run, in the order of its plan, those that were only measured or looked at last."""
        plan = self.results.plan
        cells = [*plan["cells"], *plan["evaluations"], *plan.get("profiles", [])]
        return list(dict.fromkeys(str(cell["method"]) for cell in cells))


def of(run_dir: Path, results: Results) -> Content:
    """Everything that there is to show of a run.

    Args:
        run_dir: the run directory.
        results: read from it.
    """
    results = balance.balanced(results)
    fallen = robustness.robustness(results)
    return Content(
        run_dir=run_dir,
        results=results,
        tables=leaderboards.leaderboards(results),
        ablations=ablation.ablations(results),
        robustness=fallen,
        detections=detection.detections(results),
        falls=detection.falls(results),
        costs=efficiency.of_run(results),
        robustness_curves=[*map(_of_robustness, fallen), *map(_of_sheet, detection.sheets(results))],
        recall_curves=[_of_recall(each) for each in precision_recall.precision_recall(results)],
        fronts=[_of_front(each) for each in pareto.tradeoffs(results)],
        statistics=statistics.of(results),
    )


def _of_robustness(each: robustness.Robustness) -> Drawing:
    return Drawing(
        each.name, under(each.title, each.areas.convention), lambda: curves.svg(each), lambda: curves.csv(each)
    )


def _of_sheet(sheet: robustness.Sheet) -> Drawing:
    return Drawing(sheet.name, sheet.title, lambda: curves.svg(sheet), lambda: curves.csv(sheet))


def _of_recall(each: precision_recall.PrecisionRecall) -> Drawing:
    return Drawing(each.name, each.title, lambda: precision_recall.svg(each), lambda: precision_recall.csv(each))


def _of_front(each: pareto.Tradeoff) -> Drawing:
    return Drawing(each.name, f"{each.title}, {each.cost}", lambda: pareto.svg(each), lambda: pareto.csv(each))
