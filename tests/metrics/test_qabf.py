"""Edge transfer against a loop over the pixels, with scipy's filters."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from hifbench.metrics._image import Image
from hifbench.metrics.qabf import METRIC, Rule, Sigmoid, qabf

ACROSS = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
DOWN = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])


def scene(seed: int = 0) -> np.ndarray:
    """Three images with flat areas, equal pixels and exactly vertical and horizontal edges."""
    random = np.random.default_rng(seed)
    levels = np.kron(random.integers(0, 3, (3, 5, 4)), np.ones((1, 4, 5), dtype=int)) * 90
    levels[:, :, 10:] += random.integers(0, 40, (3, 20, 10))
    levels[0, 5:9] = levels[1, 5:9]
    return levels


def of(levels: np.ndarray, rule: Rule) -> float:
    return float(qabf(*(Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels), rule=rule))


def sigmoid(x: float, shape: Sigmoid) -> float:
    return shape.height / (1 + math.exp(min(-shape.slope * (x - shape.centre), 700)))


def plain(levels: np.ndarray, rule: Rule) -> float:
    gradients = [(correlate2d(each, ACROSS, "same"), correlate2d(each, DOWN, "same")) for each in levels]

    def edge(k: int, at: tuple[int, int]) -> tuple[float, float]:
        x, y = (float(gradient[at]) for gradient in gradients[k])
        if rule.guarded:
            return math.hypot(x, y), math.atan(y / (x or 1e-5))
        return math.hypot(x, y), math.pi / 2 if x == 0 else math.atan(y / x)

    kept, weights = np.zeros(levels.shape[1:]), np.zeros(levels.shape[1:])
    for at in np.ndindex(*levels.shape[1:]):
        strength_f, angle_f = edge(0, at)
        for k in (1, 2):
            strength, angle = edge(k, at)
            if rule.guarded:
                stronger = strength > strength_f
                strength = strength or 1e-5
                ratio = strength_f / strength if stronger else strength / (strength_f or 1e-5)
            elif strength == strength_f:
                ratio = strength
            else:
                ratio = min(strength, strength_f) / max(strength, strength_f)
            apart = abs(angle - angle_f)
            likeness = abs(apart - math.pi / 2) * 2 / math.pi if rule.folded else 1 - apart * 2 / math.pi
            kept[at] += strength * sigmoid(ratio, rule.strength) * sigmoid(likeness, rule.angle)
            weights[at] += strength
    return float((kept / weights).mean() if rule.local else kept.sum() / weights.sum())


@pytest.mark.parametrize(
    "rule",
    [Rule(), METRIC.conventions["zliu"].options["rule"], METRIC.options["yuliu"].options["rule"]],
    ids=["default", "zliu", "yuliu"],
)
def test_loop(rule):
    levels = scene()
    assert of(levels, rule) == pytest.approx(plain(levels, rule), rel=1e-11)


def test_fused_equal_to_both_sources():
    # Equal strengths count as themselves: 0 in flat areas, which weigh nothing, else beyond 1.
    levels = np.stack([scene()[1]] * 3)
    assert of(levels, Rule()) == pytest.approx(0.9994 * 0.9879 / (1 + math.exp(-22 * 0.2)), rel=1e-3)


def test_without_any_edge():
    black = np.zeros((3, 12, 12))
    assert of(black, Rule()) == 0
    assert math.isnan(of(black, METRIC.conventions["tang"].options["rule"]))
    assert math.isfinite(of(black, METRIC.conventions["zliu"].options["rule"]))
