from __future__ import annotations

import math
from pathlib import Path

import pytest

from hifbench.errors import UsageError
from hifbench.reports.matching import Published, conclusion, rank, read_published


def test_a_number_is_known_as_exactly_as_it_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "paper.csv"
    path.write_text("metric,value\nSSIM,0.73\nPSNR, 62.8\nQ_P,6.2e-2\nSD,41\nMSE,1.5E+3\n")
    assert read_published(path) == [
        Published("SSIM", 0.73, 2),
        Published("PSNR", 62.8, 1),
        Published("Q_P", 0.062, 3),
        Published("SD", 41.0, 0),
        Published("MSE", 1500.0, -2),
    ]


def test_conventions_are_ranked_and_judged() -> None:
    means = {("SSIM", "default"): 0.7349, ("SSIM", "vifb"): 1.47, ("SSIM", "x"): 0.737, ("SSIM", "nan"): math.nan}
    ranking = rank(Published("SSIM", 0.73, 2), means)
    assert [(one.convention, one.verdict) for one in ranking] == [
        ("default", "fits"),
        ("x", "near"),
        ("vifb", "no"),
        ("nan", "not computed"),
    ]
    assert ranking[1].distance == pytest.approx(0.007 / 0.73)
    assert conclusion(ranking) == "fits: SSIM (default)"
    assert conclusion(ranking[1:]) == "near: SSIM (x)"
    assert conclusion(ranking[2:]) == "none fits"
    assert conclusion(ranking[3:]) == "not computed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metric,mean\nSSIM,1\n", "columns 'metric' and 'value'"),
        ("metric,value\nSSIM,~0.7\n", "line 2: '~0.7'"),
        ("metric,value\nSSIM,1\nSSIM,2\n", "line 3: 'SSIM' is there twice"),
        ("", "columns 'metric' and 'value'"),
    ],
)
def test_faulty_files_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "paper.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        read_published(path)
    assert str(path) in str(caught.value)
