from __future__ import annotations

import numpy as np
import pytest

from hifbench.detection.average_precision import evaluate
from hifbench.detection.bootstrap import interval, resample
from hifbench.detection.objects import Objects

CLASSES = ("person", "car", "bus")
IMAGES = 8


def scene(random: np.random.Generator, rare: bool) -> tuple[Objects, Objects]:
    """Objects of an image, and as many detections that hit as miss; the third class is on few images."""
    number = int(random.integers(0, 5))
    labels = tuple(random.choice(CLASSES if rare else CLASSES[:2], number))
    low = random.uniform(0, 50, (number, 2))
    truth = np.concatenate([low, low + random.uniform(5, 20, (number, 2))], axis=1)
    crowd = random.random(number) < 0.2
    near = truth + random.normal(0, 1, truth.shape)
    far = truth + 30
    found = Objects(labels * 2, np.concatenate([near, far]), random.random(2 * number))
    return Objects(labels, truth, crowd=crowd), found


def test_equals_average_precision_of_the_images_drawn() -> None:
    random = np.random.default_rng(5)
    scenes = [scene(random, index == 0) for index in range(IMAGES)]
    truth, found = ({str(index): each[side] for index, each in enumerate(scenes)} for side in (0, 1))
    drawn = resample(evaluate(truth, found, CLASSES), 40, seed=3)
    times = np.random.default_rng(3).multinomial(IMAGES, np.full(IMAGES, 1 / IMAGES), size=40)
    for index, counts in enumerate(times):
        names = [(name, copy) for name, count in enumerate(counts) for copy in range(count)]
        copies = [{f"{name}-{copy}": side[str(name)] for name, copy in names} for side in (truth, found)]
        expected = evaluate(copies[0], copies[1], CLASSES)
        for name in CLASSES:
            np.testing.assert_allclose(drawn.precision[name][index], expected.precision[name], atol=1e-12)
        np.testing.assert_allclose(drawn.mean()[index], expected.mean(), atol=1e-12)
        np.testing.assert_allclose(drawn.mean(0.5)[index], expected.mean(0.5), atol=1e-12)
    assert np.isnan(drawn.precision["bus"]).any()  # its one image is not always drawn


def test_the_interval_of_a_share_is_the_binomial_s() -> None:
    # One object an image, found or not, nothing else: average precision is the share found, up to 101 levels.
    images, share, resamples = 200, 0.6, 4000
    square = np.array([[0.0, 0.0, 10.0, 10.0]])
    truth = {str(index): Objects(("car",), square) for index in range(images)}
    found = {
        str(index): Objects(("car",), square, np.ones(1))
        if index < share * images
        else Objects((), np.empty((0, 4)), np.empty(0))
        for index in range(images)
    }
    low, high = interval(resample(evaluate(truth, found, ["car"]), resamples).mean())
    half = 1.96 * np.sqrt(share * (1 - share) / images)
    assert low == pytest.approx(share - half, abs=0.02)
    assert high == pytest.approx(share + half, abs=0.02)


def test_the_same_seed_draws_the_same_images() -> None:
    truth, found = (
        {str(i): each for i, each in enumerate(side)}
        for side in zip(*(scene(np.random.default_rng(seed), True) for seed in range(IMAGES)), strict=True)
    )
    evaluation = evaluate(truth, found, CLASSES)
    first, again, other = (resample(evaluation, 20, seed).mean() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nothing_to_draw_or_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        resample(evaluate({}, {}, ["car"]))
    with pytest.raises(ValueError, match="between 0 and 1, not 95"):
        interval(np.zeros(3), 95)
    assert np.isnan(interval(np.full(3, np.nan))).all()
