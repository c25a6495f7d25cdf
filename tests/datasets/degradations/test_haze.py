"""Haze against the scattering model: what was put in is found again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench import datasets
from hifbench.datasets.degradations import DEGRADATIONS
from hifbench.datasets.degradations.haze import AIRLIGHT, BETA, hazy

PRINTED = {1: 0.005, 2: 0.01, 3: 0.02, 4: 0.04, 5: 0.08}


@pytest.fixture(scope="module")
def pair() -> datasets.Pair:
    return datasets.load("synthetic")[0]


def test_the_ladder_is_the_documented_one() -> None:
    assert dict(enumerate(BETA, 1)) == PRINTED
    assert AIRLIGHT == 0.9


def test_transmission_and_airlight_are_recovered_from_two_severities(pair: datasets.Pair) -> None:
    """Of one depth, hazy colours lie on a line from the airlight, scaled by t; the clean image is not needed for A."""
    assert pair.depth is not None
    clean, depth = pair.vis.numpy().astype(np.float64), pair.depth.numpy().astype(np.float64)
    near = depth < 60
    first, second = (hazy(clean, depth, PRINTED[severity], 0.9) for severity in (2, 3))
    ratio = np.exp(-(PRINTED[3] - PRINTED[2]) * depth)[..., None]
    airlight = ((second - ratio * first) / (1 - ratio))[near]
    assert np.abs(airlight - 0.9).max() < 1e-6
    apart = near[..., None] & (np.abs(clean - 0.9) > 0.01)
    for hazed, beta in ((first, PRINTED[2]), (second, PRINTED[3])):
        t = (hazed - 0.9) / np.where(apart, clean - 0.9, 1)
        assert np.abs(t - np.exp(-beta * depth)[..., None])[apart].max() < 1e-6
        assert np.abs(-np.log(t[apart]) / np.broadcast_to(depth[..., None], t.shape)[apart] - beta).max() < 1e-6


@pytest.mark.parametrize("severity", PRINTED)
def test_the_image_is_the_model_in_float32(pair: datasets.Pair, severity: int) -> None:
    assert pair.depth is not None
    t = np.exp(-PRINTED[severity] * pair.depth.numpy().astype(np.float64))[..., None]
    wanted = pair.vis.numpy() * t + 0.9 * (1 - t)
    assert np.abs(DEGRADATIONS.get("haze")(pair.vis, severity, 0, pair.depth).numpy() - wanted).max() < 1e-7


def test_between_whole_severities_beta_is_interpolated(pair: datasets.Pair) -> None:
    assert pair.depth is not None
    grey = pair.vis[..., 0]
    t = np.exp(-0.03 * pair.depth.numpy().astype(np.float64))
    wanted = grey.numpy() * t + 0.9 * (1 - t)
    assert np.abs(DEGRADATIONS.get("haze")(grey, 3.5, 0, pair.depth).numpy() - wanted).max() < 1e-7


@pytest.mark.parametrize("depth", [5.0, 50.0])
def test_contrast_falls_with_severity_and_with_depth(pair: datasets.Pair, depth: float) -> None:
    haze = DEGRADATIONS.get("haze")
    flat = torch.full(pair.vis.shape[:2], depth)
    contrast = [float(haze(pair.vis, severity, 0, flat).std()) for severity in range(6)]
    assert contrast == sorted(set(contrast), reverse=True)
    assert contrast[5] / contrast[0] == pytest.approx(np.exp(-0.08 * depth), rel=1e-3)


def test_contrast_in_the_scene_falls_with_severity_and_more_the_farther_it_is(pair: datasets.Pair) -> None:
    """Differences of neighbours that are equally far: those at edges of depth may grow, as the far side is lighter."""
    assert pair.depth is not None
    haze, depth = DEGRADATIONS.get("haze"), pair.depth
    together = (depth[:, 1:] - depth[:, :-1]).abs() < 1e-4 * depth[:, 1:]
    distances = depth[:, 1:][together]
    hazed = [haze(pair.vis, severity, 0, depth).double() for severity in range(6)]
    steps = torch.stack([(image[:, 1:] - image[:, :-1]).abs().mean(-1)[together] for image in hazed])
    places = [(distances >= low) & (distances < high) for low, high in ((0, 10), (10, 25), (25, 60))]
    left = []
    for place in places:
        assert place.sum() > 1000
        contrast = steps[:, place].mean(dim=1).tolist()
        assert contrast == sorted(set(contrast), reverse=True)
        left.append(contrast[5] / contrast[0])
    assert left == sorted(left, reverse=True)
    assert left[-1] < np.exp(-0.08 * 25)
