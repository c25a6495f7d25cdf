"""What every metric must do. A metric is covered by being there: the tests go through the registry."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hifbench import metrics
from hifbench.errors import MetricError
from hifbench.metrics import METRICS, PAPER_EIGHT
from hifbench.metrics._compute import Selected, select
from hifbench.metrics._picture import Picture

COLUMNS = [column for name in METRICS.names() for column in (name, *(f"{name}@{o}" for o in METRICS.get(name).options))]
LARGEST_SIDE = max(METRICS.get(name).smallest for name in METRICS.names()) + 8

# What the docstrings say of inputs without any texture: the values that are not finite.
INFINITE_FOR_EQUAL_IMAGES = {"PSNR"}
UNDEFINED_FOR_FLAT_SOURCES = {"QP"}


def one(column: str) -> Selected:
    return select([column])[0]


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


def triple(seed: int, height: int, width: int) -> list[Picture]:
    return [Picture(picture(3 * seed + k, height, width)) for k in range(3)]


def flat(level: int, side: int = LARGEST_SIDE) -> torch.Tensor:
    return torch.full((1, 1, side, side), float(level), dtype=torch.float64)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_batch_gives_what_its_pairs_give(column):
    singles = [triple(seed, LARGEST_SIDE, LARGEST_SIDE + 5) for seed in range(4)]
    batch = [Picture(torch.cat([images[k].levels for images in singles])) for k in range(3)]
    values = one(column)(*batch)
    assert values.shape == (4,)
    assert values.dtype == torch.float64
    expected = torch.cat([one(column)(*images) for images in singles])
    torch.testing.assert_close(values, expected, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("column", COLUMNS)
def test_pixels_are_left_as_they_are(column):
    images = triple(1, LARGEST_SIDE, LARGEST_SIDE)
    before = [image.levels.clone() for image in images]
    one(column)(*images)
    assert all(torch.equal(image.levels, copy) for image, copy in zip(images, before, strict=True))


def test_remembered_features_are_left_as_they_are():
    """Sources shared by all metrics and by two fused images give what fresh images give."""
    fused, ir, vis = triple(1, LARGEST_SIDE, LARGEST_SIDE)
    for other in (fused.levels, picture(7, LARGEST_SIDE, LARGEST_SIDE)):
        shared = Picture(other)
        for column in COLUMNS + COLUMNS[::-1]:
            fresh = one(column)(*(Picture(each.levels) for each in (shared, ir, vis)))
            torch.testing.assert_close(one(column)(shared, ir, vis), fresh, rtol=0, atol=0, equal_nan=True, msg=column)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("levels", [(0, 0, 0), (255, 255, 255), (7, 7, 7), (0, 255, 128), (90, 17, 17)])
def test_constant_images(column, levels):
    value = float(one(column)(*(Picture(flat(level)) for level in levels)))
    name = column.partition("@")[0]
    if name in UNDEFINED_FOR_FLAT_SOURCES:
        assert math.isnan(value)
    elif name in INFINITE_FOR_EQUAL_IMAGES and len(set(levels)) == 1:
        assert value == math.inf
    else:
        assert math.isfinite(value)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("level", [0, 113, 255])
def test_constant_fused_image(column, level):
    _, ir, vis = triple(0, LARGEST_SIDE, LARGEST_SIDE)
    assert math.isfinite(one(column)(Picture(flat(level)), ir, vis))


@pytest.mark.parametrize("column", COLUMNS)
def test_one_constant_source(column):
    fused, ir, _ = triple(0, LARGEST_SIDE, LARGEST_SIDE)
    assert math.isfinite(one(column)(fused, ir, Picture(flat(255))))
    assert math.isfinite(one(column)(fused, Picture(flat(0)), ir))


@pytest.mark.parametrize("column", COLUMNS)
def test_identical_images(column):
    image = picture(3, LARGEST_SIDE, LARGEST_SIDE)
    value = float(one(column)(Picture(image), Picture(image), Picture(image)))
    assert value == math.inf if column.partition("@")[0] in INFINITE_FOR_EQUAL_IMAGES else math.isfinite(value)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**20), extra=st.tuples(st.integers(0, 12), st.integers(0, 12)))
def test_bounds_hold(seed, extra):
    for name in METRICS.names():
        metric = METRICS.get(name)
        images = triple(seed, metric.smallest + extra[0], metric.smallest + extra[1])
        value = float(one(name)(*images))
        low, high = metric.bounds
        slack = 1e-9
        assert math.isnan(value) or low - slack <= value <= high + slack, (name, value)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**20))
def test_what_is_scored_is_rounded(seed):
    random = np.random.default_rng(seed)
    raw = [torch.from_numpy(random.uniform(-0.05, 1.05, (1, 1, 49, 52)).astype(np.float32)) for _ in range(3)]
    rounded = [torch.round(image.double().clamp(0, 1) * 255) / 255 for image in raw]
    got = metrics.compute(*raw, names=COLUMNS)
    expected = metrics.compute(*rounded, names=COLUMNS)
    assert list(got) == COLUMNS
    for column in COLUMNS:
        assert torch.equal(got[column], expected[column])


@pytest.mark.parametrize("column", COLUMNS)
def test_smallest_size(column):
    smallest = METRICS.get(column.partition("@")[0]).smallest
    assert one(column)(*triple(0, smallest, smallest + 1)).shape == (1,)
    if smallest > 1:
        with pytest.raises(MetricError, match=f"at least {smallest}x{smallest} pixels; this one is 60x{smallest - 1}"):
            one(column)(*triple(0, smallest - 1, 60))


@pytest.mark.parametrize("name", METRICS.names())
def test_only_needed_images_count(name):
    images = [Picture(picture(seed, LARGEST_SIDE, LARGEST_SIDE)) for seed in (4, 0, 5)]
    value = one(name)(*images)
    for k, part in enumerate(("fused", "ir", "vis")):
        changed = [*images[:k], Picture(255 - images[k].levels.transpose(-1, -2)), *images[k + 1 :]]
        if part not in METRICS.get(name).needs:
            assert torch.equal(one(name)(*changed), value)
        elif part != "fused":
            assert not torch.equal(one(name)(*changed), value)


def test_sources_remember_little():
    """A chunk of 32 pairs of sources stays in memory: at most 60 MB for one of 640x480, of all eight metrics."""
    _, ir, vis = images = triple(0, 120, 160)
    for name in PAPER_EIGHT:
        one(name)(*images)
    for source in (ir, vis):
        assert source.remembered_bytes() * (640 * 480) / (160 * 120) < 60e6
