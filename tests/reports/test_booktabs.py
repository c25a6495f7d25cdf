"""Text and tables for LaTeX; every kind that hifbench writes is compiled by a real engine."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_results import made_results

from hifbench.reports import booktabs, render, render_ablation, render_detection, render_efficiency
from hifbench.reports.ablation import Ablation
from hifbench.reports.detection import Detection
from hifbench.reports.efficiency import Efficiency
from hifbench.reports.leaderboards import leaderboards

AWKWARD = (
    "under_score", "100%", "a & b", "#1", "$x^2$", "{brace}", r"back\slash", "~tilde", "<b>bold</b>", "[bracket]",
    "*star", "--option", "é ü ñ ç ø ł ß", "中文 метод ∑", "a|b", '"quoted"', "tab\tnew\nline", "±×°²", "%",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a_b", r"a\_b"),
        ("50% & #1", r"50\% \& \#1"),
        ("Q_P ↑", r"Q\_P $\uparrow$"),
        ("--methods", "-{}-methods"),
        ("é", r"\'{e}"),
        ("中", r"\texttt{U+4E2D}"),
        ("a\nb", "a b"),
        ("<i>", r"\textless{}i\textgreater{}"),
        ("−0.1", "$-$0.1"),
    ],
)
def test_escaped_text(text: str, latex: str) -> None:
    assert booktabs.escape(text) == latex


def test_a_row_that_begins_like_an_option_is_none() -> None:
    text = booktabs.table("c", "l", ["a"], [["x"], ["[2pt]"], ["*"]])
    assert "\n{}[2pt] \\\\\n{}* \\\\\n" in text


def kinds() -> dict[str, str]:
    """Every kind of table, with awkward names in every place that a user fills."""
    metric = 'A_G@<x>|"%'
    results = made_results(
        {name: {"SSIM": [0.1, 0.2], metric: [1.0, 2.0]} for name in (*AWKWARD, "derun")}, experiment="table1"
    )
    (board,) = leaderboards(results)
    board = replace(board, title=" ".join(AWKWARD), seen={"100%": 1})
    ones = pd.DataFrame(1.0, index=["SSIM", metric], columns=list(AWKWARD))
    shared = {"name": "x_中-1", "title": " ".join(AWKWARD), "note": "error in /a_b/c%d.png: [1] & more"}
    labels = {row: f"{row} ↑" for row in ones.index}
    best = ones.astype(bool)
    found = Detection(
        **shared,
        labels=labels,
        heads={name: f"{name} §" for name in AWKWARD},
        precision=ones,
        lows=ones,
        highs=ones,
        images=dict.fromkeys(AWKWARD, 1),
        published=ones,
        best=best,
    )
    sub = Ablation(
        **shared,
        terms=" ".join(AWKWARD),
        labels=labels,
        means=ones,
        spreads=ones,
        seeds=ones.astype(int),
        expected=dict.fromkeys(AWKWARD, 3),
        computed=frozenset(ones.index),
        faults={},
        published=ones,
        best=best,
    )
    columns = ["parameters", "parameters-used", "flops", "macs", "latency-ms", "latency-iqr-ms", "latency-runs",
               "pairs-per-second", "best-batch", "memory-bytes"]  # fmt: skip
    cost = Efficiency(**shared, settings=("",), costs=pd.DataFrame(1.0, index=list(AWKWARD), columns=columns))
    return {
        "leaderboard": render.latex(board),
        "detection": render_detection.latex(found),
        "ablation": render_ablation.latex(sub),
        "efficiency": render_efficiency.latex(cost),
    }


@pytest.mark.parametrize("name", ["[x]", " [x]", "\u00a0[x]", " *"])
def test_a_name_like_an_option_is_none_of_the_line_break_before_it(name: str) -> None:
    written = booktabs.table("c", "l", ["method"], [["a"], [booktabs.escape(name)]])
    assert "a \\\\\n{}" in written


@pytest.mark.latex
def test_every_kind_of_table_compiles(tmp_path: Path) -> None:
    engine = shutil.which("pdflatex") or shutil.which("tectonic")
    if engine is None:
        pytest.skip("there is neither pdflatex nor tectonic; Debian: texlive-latex-base texlive-latex-recommended")
    written = kinds()
    for name, text in written.items():
        (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
    inputs = "\n".join(rf"\input{{{name}}}\clearpage" for name in written)
    document = rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{inputs}\end{{document}}"
    (tmp_path / "all.tex").write_text(document)
    options = ["-halt-on-error", "-interaction=nonstopmode"] if engine.endswith("pdflatex") else []
    done = subprocess.run([engine, *options, "all.tex"], cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (tmp_path / "all.log").read_text(errors="replace") if options else True
    assert (tmp_path / "all.pdf").stat().st_size > 1000
