"""The gate's answer as JUnit XML, which CI systems show: one test case for each method of a data set."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from .comparison import RED, Comparison, Verdict
from .moves import COMPARES, Move, group_text
from .render import headline, reasons
from .rows import GROUP

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(title: str, compared: Comparison, moves: Sequence[Move]) -> str:
    """The comparison as JUnit XML.

    Args:
        title: name of the test suite.
        compared: the run against the baseline.
        moves: all of its.
    """
    wrong: dict[tuple[str, str], list[Move]] = {}
    for move in moves:
        if move.verdict in RED:
            wrong.setdefault((move.group, move.method), []).append(move)
    measured = compared.cells[compared.cells["verdict"] != Verdict.NEW]
    rows = measured[[*GROUP, "method"]].drop_duplicates().to_dict("records")
    cases = [_case("coverage", "enough was measured", "; ".join(reasons(compared)))]
    for row in rows:
        group, method = group_text({str(key): value for key, value in row.items()}), str(row["method"])
        cases.append(_case(group, method, "\n".join(map(_sentence, wrong.get((group, method), [])))))
    return _suite(title, cases, headline(compared))


def refusal(title: str, why: str) -> str:
    """The answer of a check that could not be made: one case, failed."""
    return _suite(title, [_case("coverage", "the run can be compared", why)], why)


def _sentence(move: Move) -> str:
    text = f"{move.metric}: {move.verdict.value}, {move.count} of {move.of} values"
    if move.verdict in COMPARES:
        text += f", mean {move.before:.9g} before, {move.after:.9g} now"
    return f"{text}; {', '.join(move.pairs)}"


def _case(classname: str, name: str, failure: str) -> ET.Element:
    case = ET.Element("testcase", classname=_legal(classname), name=_legal(name))
    if failure:
        first = failure.partition("\n")[0]
        ET.SubElement(case, "failure", message=_legal(first)).text = _legal(failure)
    return case


def _suite(title: str, cases: Sequence[ET.Element], summary: str) -> str:
    failed = sum(len(case) > 0 for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failed), "errors": "0"}
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {"name": _legal(title), **counts})
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = _legal(summary)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _legal(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
