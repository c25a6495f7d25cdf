"""The gate's answer on the terminal and as Markdown for the page of a CI job."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from rich.table import Table as RichTable

from ..markdown import escape
from ..render import frame, number
from .comparison import RED, Comparison, Verdict
from .moves import COMPARES, Move

SHOWN = 20
"""Methods and metrics that are shown; the others are counted."""

HEADINGS = ("method", "metric", "what", "before", "now", "largest move", "times allowed", "values", "most in")

_TOLD = {
    Verdict.NEW: "new, not in the baseline",
    Verdict.MENDED: "an error in the baseline, a value now",
    Verdict.CHEAPER: "cheaper than the baseline's by more than its ratio",
    Verdict.ELSEWHERE: "times and memory not compared, as they are of another machine",
}
"""Verdicts that are told in a line and leave the gate green."""


def headline(compared: Comparison) -> str:
    """Green or red, over how much."""
    counts = Counter(compared.cells["verdict"])
    wrong = [f"{counts[verdict]} {verdict.value}" for verdict in RED if counts[verdict]]
    held = sum(counts[verdict] for verdict in (Verdict.SAME, *COMPARES))
    over = f"{compared.pairs} pairs and {held} values compared"
    return f"{'red' if compared.is_red else 'green'}: {over}; {', '.join(wrong) if wrong else 'nothing moved'}"


def reasons(compared: Comparison) -> list[str]:
    """Why too little was measured to tell; empty where there was enough."""
    found = []
    if compared.incomplete:
        found.append(
            f"{compared.incomplete} of the run's {compared.parts} parts are not there yet: the run is in progress or "
            f"was stopped; complete it with the same 'hifbench run'"
        )
    if compared.pairs < max(compared.floor, 1):
        found.append(
            f"{compared.pairs} pairs have a value on both sides, and the baseline's floor is {compared.floor}: too "
            f"little was measured to tell"
        )
    return found


def told(moves: Sequence[Move]) -> list[str]:
    """One line for each kind of change that leaves the gate green."""
    lines = []
    for verdict, text in _TOLD.items():
        mine = [move for move in moves if move.verdict is verdict]
        if mine:
            who = ", ".join(dict.fromkeys(move.method for move in mine))
            lines.append(f"{sum(move.count for move in mine)} values {text}: {who}")
    return lines


def _wrong(moves: Sequence[Move]) -> list[Move]:
    return [move for move in moves if move.verdict in RED]


def _cells(move: Move) -> list[str]:
    values = f"{move.count} of {move.of}"
    if move.better is not None:
        values += f" ({move.better} better)"
    compares = move.verdict in COMPARES
    largest = f"{move.change:+.3g}" if compares else "–"
    times = (f"{move.excess:.3g}" if move.excess < 1e9 else "∞") if compares else "–"
    means = number(move.before), number(move.after)
    if compares and means[0] == means[1] != number(math.nan):  # differ in a later digit
        means = f"{move.before:.9g}", f"{move.after:.9g}"
    return [move.method, move.metric, move.verdict.value, *means, largest, times, values, ", ".join(move.pairs)]


def terminal(moves: Sequence[Move]) -> list[RichTable]:
    """One table for each data set, condition, task and convention in which something makes the gate red."""
    wrong = _wrong(moves)
    shown = wrong[:SHOWN]
    tables = []
    for group in dict.fromkeys(move.group for move in shown):
        table = frame(group, "", HEADINGS)
        for move in shown:
            if move.group == group:
                table.add_row(*(_plain(cell) for cell in _cells(move)))
        tables.append(table)
    return tables


def more(moves: Sequence[Move]) -> str:
    """How many entries the tables leave out; empty where they leave out none."""
    rest = len(_wrong(moves)) - SHOWN
    return f"and {rest} more, each a method with a metric" if rest > 0 else ""


def markdown(title: str, compared: Comparison, moves: Sequence[Move], changes: Sequence[str]) -> str:
    """A summary for the page of a CI job."""
    sign = "❌" if compared.is_red else "✅"
    lines = [f"## {sign} {escape(title)}", "", f"{headline(compared)}.", ""]
    lines += [f"- {escape(reason)}" for reason in reasons(compared)]
    lines += [f"- {escape(line)}" for line in told(moves)]
    if compared.is_red:
        lines += [f"- changed beside: {escape(line)}" for line in changes]
    shown = _wrong(moves)[:SHOWN]
    for group in dict.fromkeys(move.group for move in shown):
        lines += ["", f"**{escape(group)}**", "", "| " + " | ".join(HEADINGS) + " |", "|---" * len(HEADINGS) + "|"]
        for move in shown:
            if move.group == group:
                lines.append("| " + " | ".join(escape(cell) for cell in _cells(move)) + " |")
    return "\n".join([*lines, *(["", f"{more(moves)}."] if more(moves) else []), ""])


def refusal(title: str, why: str) -> str:
    """The summary of a check that could not be made."""
    return f"## ❌ {escape(title)}\n\n{escape(why)}\n"


def _plain(text: str) -> str:
    """Text for a table of rich: square brackets are no markup."""
    return text.replace("[", r"\[")
