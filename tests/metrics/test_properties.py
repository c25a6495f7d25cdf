"""What every metric must do, under every convention and option it has.

A metric is covered by being there: the tests go through the registry. ``test_finite.py`` has the values that are not
finite.
"""

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
from hifbench.metrics._phase_congruency import phase_congruency
from hifbench.metrics._picture import Picture

from .behaviours import DEFAULTS, DISTINCT, EVERY, NAMES, picture, side, triple, value

SHARED_SIDE = 56
"""A size at which metrics are scored together; those that need a larger one are not, for the time they take."""

TOGETHER = [label for label in EVERY if side(label) <= SHARED_SIDE]

MINDS_ORDER: dict[str, str] = {
    "QC zliu": "a window's score is 0 or 1 where the first source's weight is below 0 or above 1",
    "QC mefb": "a window's score is 0 or 1 where the first source's weight is below 0 or above 1",
    "VIFF": "where both gains are equal, the second source counts",
    "NABF tang": "the bug takes the infrared image for the fused one",
    "CC@infrared": "by name",
    "CC@visible": "by name",
}
"""Metric, or one behaviour of it -> why swapped sources give another value."""

BLIND_TO = {"CC@infrared": "vis", "CC@visible": "ir"}
"""Behaviour of a metric -> the source that it leaves out although the metric needs both."""


def test_list_names_what_there_is():
    assert MINDS_ORDER.keys() <= {*DISTINCT, *NAMES}


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
        images = triple(seed, metric.smallest + extra[0], metric.smallest + extra[1])
        found = float(value(name, *images))
        if name == "QP" and not any(bool((phase_congruency(image).congruency > 0.1).any()) for image in images[1:]):
            assert math.isnan(found)  # by definition; so it is in noise on a few pixels now and then
            continue
        low, high = metric.bounds
        slack = 1e-9
        assert low - slack <= found <= high + slack, (name, found)


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
        if part not in METRICS.get(EVERY[label][0]).needs or part == BLIND_TO.get(label):
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
