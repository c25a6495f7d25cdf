"""Which values are not finite: under every convention and option those that are listed here, and no other.

A metric is covered by being there: the test goes through the registry. Where a definition, or a toolbox that a
convention follows, gives NaN or infinity, that is listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import pytest
import torch

from .behaviours import DISTINCT, EVERY, NAMES, picture, side, triple, value


@lru_cache
def situations(side: int) -> dict[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Fused, infrared and visible images of a kind that formulas may trip over."""

    def flat(level: int) -> torch.Tensor:
        return torch.full((1, 1, side, side), float(level), dtype=torch.float64)

    def dotted(image: torch.Tensor) -> torch.Tensor:
        changed = image.clone()
        changed[..., side // 2, side // 3] += 1 if changed[..., side // 2, side // 3] < 255 else -1
        return changed

    a, b, c = triple(0, side, side)
    ramp = picture(3, side, side)
    return {
        "textures": (a, b, c),
        "identical": (ramp, ramp, ramp),
        "identical, two levels": (c, c, c),
        "one pixel from identical": (dotted(ramp), ramp, ramp),
        "fused is infrared": (b, b, c),
        "fused is visible": (c, b, c),
        "sources identical": (a, ramp, ramp),
        "all grey": (flat(7), flat(7), flat(7)),
        "all black": (flat(0), flat(0), flat(0)),
        "all white": (flat(255), flat(255), flat(255)),
        "three constants": (flat(200), flat(255), flat(128)),
        "black between constants": (flat(0), flat(255), flat(128)),
        "constant, sources the same": (flat(90), flat(17), flat(17)),
        "constant fused": (flat(113), b, c),
        "black fused": (flat(0), b, c),
        "white fused": (flat(255), b, c),
        "constant infrared": (a, flat(40), c),
        "black infrared": (a, flat(0), c),
        "constant visible": (a, b, flat(40)),
        "white visible": (a, b, flat(255)),
        "constant sources": (a, flat(40), flat(200)),
        "one pixel in grey": (dotted(flat(90)), flat(90), flat(90)),
        "one pixel in black sources": (flat(0), dotted(flat(0)), flat(0)),
    }


def _where(holds: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], bool]) -> frozenset[str]:
    return frozenset(name for name, images in situations(49).items() if holds(*images))


def _flat(image: torch.Tensor) -> bool:
    return bool(image.min() == image.max())


IDENTICAL = _where(lambda fused, ir, vis: torch.equal(fused, ir) and torch.equal(fused, vis))
EQUALS_A_SOURCE = _where(lambda fused, ir, vis: torch.equal(fused, ir) or torch.equal(fused, vis))
FLAT_FUSED = _where(lambda fused, ir, vis: _flat(fused))
BLACK_FUSED = _where(lambda fused, ir, vis: not fused.any())
BLACK = _where(lambda fused, ir, vis: not (fused.any() or ir.any() or vis.any()))
FLAT_SOURCE = _where(lambda fused, ir, vis: _flat(ir) or _flat(vis))
FLAT_SOURCES = _where(lambda fused, ir, vis: _flat(ir) and _flat(vis))
FLAT_PAIR = FLAT_FUSED & FLAT_SOURCE
FLAT_DIFFERENCE = _where(lambda fused, ir, vis: _flat(fused - ir) or _flat(fused - vis))
FAINT_SOURCES = _where(lambda fused, ir, vis: all(x.max() - x.min() <= 3 for x in (ir, vis)))
BLACK_SOURCES = _where(lambda fused, ir, vis: not (ir.any() or vis.any()))
FLAT_NOT_BLACK = _where(lambda *images: any(_flat(image) and bool(image.any()) for image in images))
BLACK_PATCHES = _where(lambda fused, ir, vis: all(image[..., :11, :11].max() == 0 for image in (ir, vis)))

NOT_FINITE: dict[str, list[tuple[frozenset[str], float, str]]] = {
    # Of a metric, or of one behaviour that differs from it: situations, value, why.
    "PSNR": [(EQUALS_A_SOURCE, math.inf, "no error against that source")],
    "PSNR@averaged-mse": [(IDENTICAL, math.inf, "no error")],
    "PSNR tang": [(IDENTICAL, math.inf, "no error")],
    "PSNR vifb": [(IDENTICAL, math.inf, "no error")],
    "PSNR cddfuse": [
        (IDENTICAL - BLACK, math.inf, "no error"),
        (BLACK_FUSED - BLACK, -math.inf, "a peak of 0"),
        (BLACK, math.nan, "a peak of 0 over no error"),
    ],
    "VIF tang": [(FLAT_SOURCE, math.nan, "the share of no information is 0 / 0 there")],
    "QP": [(FLAT_SOURCES, math.nan, "no phase congruency above 0.1 in either source")],
    "QP mefb": [(FLAT_SOURCES | FLAT_FUSED, math.nan, "0 / 0 where nothing responds to the filters")],
    "CC tang": [(FLAT_FUSED | FLAT_SOURCE, math.nan, "a constant correlates with nothing, 0 / 0")],
    "SCD tang": [(FLAT_SOURCE | FLAT_DIFFERENCE, math.nan, "a constant correlates with nothing, 0 / 0")],
    "QNCIE ivif-zoo": [(FLAT_FUSED | FLAT_SOURCE, math.nan, "a constant correlates with nothing, 0 / 0")],
    "NMI zliu": [(FLAT_PAIR, math.nan, "no entropy to divide by")],
    "NMI ivif-zoo": [(FLAT_SOURCES, math.nan, "no entropy to divide by")],
    "QABF tang": [(BLACK_SOURCES, math.nan, "no edge in either source")],
    "QCB zliu": [(FLAT_SOURCE | FLAT_FUSED, math.nan, "a constant is stretched by 0 / 0, and so is black's contrast")],
    "QCB ivif-zoo": [(FLAT_NOT_BLACK, math.nan, "a constant is stretched by 0 / 0")],
    "QCV zliu": [(FLAT_NOT_BLACK | BLACK, math.nan, "a constant is stretched by 0 / 0; black has no saliency")],
    "QC zliu": [(BLACK_FUSED | BLACK_SOURCES, math.nan, "a weight of 0 / 0 in black windows")],
    "QC mefb": [(BLACK_FUSED | BLACK_SOURCES, math.nan, "all windows are left out")],
    "QY zliu": [(BLACK_PATCHES, math.nan, "a weight of 0 / 0 in black windows")],
    "QY mefb": [(BLACK_SOURCES, math.nan, "all windows are left out")],
    "NABF ivif-zoo": [(FAINT_SOURCES, math.nan, "no edge of a strength of 2 in either source")],
}

ROUNDING_DECIDES: dict[str, frozenset[str]] = dict.fromkeys(
    ("QC zliu", "QC mefb", "QY zliu", "QY mefb", "QY@yuliu"),
    (FLAT_FUSED | FLAT_SOURCES) - BLACK_FUSED - BLACK_SOURCES,
)
"""Where rounding noise is divided by rounding noise: whether the value is finite is chance."""


def expected(label: str, situation: str) -> float | None:
    """The value that is listed for a situation; None when it must be finite."""
    lines = NOT_FINITE.get(label, NOT_FINITE.get(EVERY[label][0], []))
    return next((listed for names, listed, _ in lines if situation in names), None)


@pytest.mark.parametrize("label", DISTINCT)
def test_values_are_finite_or_listed(label):
    wrong = []
    for situation, pictures in situations(side(label)).items():
        if situation in ROUNDING_DECIDES.get(label, ()):
            continue
        found, listed = float(value(label, *pictures)), expected(label, situation)
        if not (math.isfinite(found) if listed is None else str(found) == str(listed)):
            wrong.append(f"{situation}: {found}, listed: {listed}")
    assert not wrong, "\n".join(wrong)


def test_lists_name_what_there_is():
    assert {*NOT_FINITE, *ROUNDING_DECIDES} <= {*DISTINCT, *NAMES}
