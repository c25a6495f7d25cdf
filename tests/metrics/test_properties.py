"""What every metric must do, under every convention and option it has.

A metric is covered by being there: the tests go through the registry. Where a definition, or a toolbox that a
convention follows, gives a value that is not finite, or minds the order of the sources, it is listed below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hifbench import metrics
from hifbench.errors import MetricError
from hifbench.metrics import METRICS, PAPER_EIGHT
from hifbench.metrics._metric import Convention
from hifbench.metrics._picture import Picture

NAMES = METRICS.names()
DEFAULTS = [column for name in NAMES for column in (name, *(f"{name}@{o}" for o in METRICS.get(name).options))]
"""What users name under the default convention."""


def _behaviours(distinct: bool) -> dict[str, tuple[str, Convention]]:
    """``NAME``, ``NAME convention`` or ``NAME@option`` -> the metric's name and what it does.

    Args:
        distinct: leave out what computes the same as an earlier one of the metric, colour apart.
    """
    found = {}
    for name in NAMES:
        metric = METRICS.get(name)
        seen: list[object] = []
        for mark, table in ((" ", metric.conventions), ("@", metric.options)):
            for key, behaviour in table.items():
                if not distinct or dict(behaviour.options) not in seen:
                    found[name if key == "default" else f"{name}{mark}{key}"] = (name, behaviour)
                    seen.append(dict(behaviour.options))
    return found


EVERY = _behaviours(distinct=False)
DISTINCT = _behaviours(distinct=True)


def value(label: str, *pictures: torch.Tensor) -> torch.Tensor:
    name, behaviour = EVERY[label]
    return METRICS.get(name)(*(Picture(each) for each in pictures), behaviour)


def picture(seed: int, height: int, width: int) -> torch.Tensor:
    """One of five kinds of picture: noise, few levels, black and white, a ramp with noise, patches on black."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    match seed % 5:
        case 0:
            levels = random.integers(0, 256, (height, width))
        case 1:
            levels = random.integers(100, 103, (height, width))
        case 2:
            levels = 255 * random.integers(0, 2, (height, width))
        case 3:
            levels = 255 * (x + y) / (height + width) + random.normal(0, 3, (height, width))
        case _:
            levels = 200 * (((x // 7) % 3 == 0) & ((y // 5) % 2 == 0)) + (x == y) * 55
    return torch.from_numpy(np.clip(np.rint(levels), 0, 255).astype(np.float64))[None, None]


def triple(seed: int, height: int, width: int) -> list[torch.Tensor]:
    return [picture(3 * seed + k, height, width) for k in range(3)]


def side(label: str) -> int:
    """A side that leaves the metric's windows some room."""
    return max((EVERY[label][1].smallest or 1) + 8, 32)


SHARED_SIDE = 56
"""A size at which metrics are scored together; those that need a larger one are not, for the time they take."""

TOGETHER = [label for label in EVERY if side(label) <= SHARED_SIDE]


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

MINDS_ORDER: dict[str, str] = {
    "QC zliu": "a window's score is 0 or 1 where the first source's weight is below 0 or above 1",
    "QC mefb": "a window's score is 0 or 1 where the first source's weight is below 0 or above 1",
    "VIFF": "where both gains are equal, the second source counts",
    "NABF tang": "the bug takes the infrared image for the fused one",
}
"""Metric, or one behaviour of it -> why swapped sources give another value."""


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
    assert {*NOT_FINITE, *MINDS_ORDER, *ROUNDING_DECIDES} <= {*DISTINCT, *NAMES}


@pytest.mark.parametrize("label", DISTINCT)
def test_swapped_sources(label):
    pairs = []
    for seed in range(5):
        fused, ir, vis = triple(seed, side(label), side(label))
        pairs.append((value(label, fused, ir, vis), value(label, fused, vis, ir)))
    same = [torch.allclose(*pair, rtol=1e-9, atol=1e-12, equal_nan=True) for pair in pairs]
    assert all(same) != bool({label, EVERY[label][0]} & MINDS_ORDER.keys()), pairs


@pytest.mark.parametrize("label", DISTINCT)
def test_a_batch_gives_what_its_pairs_give(label):
    singles = [triple(seed, side(label), side(label) + 5) for seed in range(4)]
    batch = [torch.cat([images[k] for images in singles]) for k in range(3)]
    values = value(label, *batch)
    assert values.shape == (4,)
    assert values.dtype == torch.float64
    one_by_one = torch.cat([value(label, *images) for images in singles])
    torch.testing.assert_close(values, one_by_one, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("label", DISTINCT)
def test_pixels_are_left_as_they_are(label):
    images = triple(1, side(label), side(label))
    copies = [image.clone() for image in images]
    value(label, *images)
    assert all(map(torch.equal, images, copies))


@pytest.mark.parametrize("label", EVERY)
def test_grey_given_as_colour(label):
    """Three equal channels are the grey picture, except where the channels stand side by side."""
    images = triple(1, side(label), side(label))
    found = value(label, *(image.expand(-1, 3, -1, -1).contiguous() for image in images))
    if EVERY[label][1].channels == "side-by-side":
        images = [torch.cat([image] * 3, dim=-1) for image in images]
    torch.testing.assert_close(found, value(label, *images), rtol=1e-12, atol=1e-12, equal_nan=True)


def test_remembered_features_are_left_as_they_are():
    """Sources shared by all metrics and by two fused images give what fresh images give."""
    fused, ir, vis = triple(1, SHARED_SIDE, SHARED_SIDE)
    sources = [Picture(ir), Picture(vis)]
    for other in (fused, picture(7, SHARED_SIDE, SHARED_SIDE)):
        shared = Picture(other)
        for label in [*TOGETHER, *reversed(TOGETHER)]:
            name, behaviour = EVERY[label]
            found = METRICS.get(name)(shared, *sources, behaviour)
            torch.testing.assert_close(found, value(label, other, ir, vis), rtol=0, atol=0, equal_nan=True, msg=label)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**20), extra=st.tuples(st.integers(0, 12), st.integers(0, 12)))
def test_bounds_hold(seed, extra):
    for name in NAMES:
        metric = METRICS.get(name)
        found = float(value(name, *triple(seed, metric.smallest + extra[0], metric.smallest + extra[1])))
        low, high = metric.bounds
        slack = 1e-9
        assert math.isnan(found) or low - slack <= found <= high + slack, (name, found)


@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 2**20))
def test_what_is_scored_is_rounded(seed):
    """In float32 as in float64: what is scored are the whole levels."""
    columns = [column for column in DEFAULTS if column in TOGETHER]
    random = np.random.default_rng(seed)
    raw = [
        torch.from_numpy(random.uniform(-0.05, 1.05, (1, 1, SHARED_SIDE, SHARED_SIDE + 3)).astype(np.float32))
        for _ in range(3)
    ]
    levels = [torch.round(image.double().clamp(0, 1) * 255) for image in raw]
    found = metrics.compute(*raw, names=columns)
    assert list(found) == columns
    for dtype in (torch.float32, torch.float64):
        rounded = metrics.compute(*((image / 255).to(dtype) for image in levels), names=columns)
        for column in columns:
            assert torch.equal(found[column], rounded[column])


@pytest.mark.parametrize("label", DISTINCT)
def test_smallest_size(label):
    smallest = EVERY[label][1].smallest or 1
    for height, width in ((smallest, smallest), (smallest, smallest + 1), (smallest + 5, smallest)):
        assert value(label, *triple(0, height, width)).shape == (1,)
    if smallest > 1:
        with pytest.raises(MetricError, match=f"at least {smallest}x{smallest} pixels; this one is 60x{smallest - 1}"):
            value(label, *triple(0, smallest - 1, 60))


@pytest.mark.parametrize("label", DISTINCT)
@pytest.mark.parametrize(("down", "across"), [(0, 1), (1, 0), (1, 1), (2, 1)])
def test_odd_sizes(label, down, across):
    assert math.isfinite(float(value(label, *triple(1, side(label) + down, side(label) + across))))


@pytest.mark.parametrize("label", DISTINCT)
def test_only_needed_images_count(label):
    ir, vis = picture(0, side(label), side(label)), picture(5, side(label), side(label))
    images = [torch.floor((ir + vis) / 2), ir, vis]  # related: unrelated images have a similarity of 0 for some
    before = value(label, *images)
    for k, part in enumerate(("fused", "ir", "vis")):
        changed = [*images[:k], 255 - images[k].transpose(-1, -2), *images[k + 1 :]]
        if part not in METRICS.get(EVERY[label][0]).needs:
            assert torch.equal(value(label, *changed), before)
        elif part != "fused":
            assert not torch.equal(value(label, *changed), before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_gives_what_the_processor_gives():
    for label in DISTINCT:
        images = triple(2, side(label), side(label))
        found = value(label, *(image.cuda() for image in images)).cpu()
        torch.testing.assert_close(found, value(label, *images), rtol=1e-6, atol=1e-9, equal_nan=True, msg=label)


def test_sources_remember_little():
    """A chunk of 32 pairs of sources stays in memory: at most 60 MB for one of 640x480, of all eight metrics."""
    pictures = [Picture(each) for each in triple(0, 120, 160)]
    for name in PAPER_EIGHT:
        metric = METRICS.get(name)
        metric(*pictures, metric.behaviour("default"))
    for source in pictures[1:]:
        assert source.remembered_bytes() * (640 * 480) / (160 * 120) < 60e6
