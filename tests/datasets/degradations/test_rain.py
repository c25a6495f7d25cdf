"""Rain against the formulas it is made of, on rendered frames; constants are written down again here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from hifbench.datasets.degradations import DEGRADATIONS
from hifbench.datasets.degradations._streaks import Drops, coverage, draw_drops

EXPOSURE, FOCAL, NEAR, FAR = 1 / 125, 1.2, 0.3, 4.0
RATES = {1: 5.0, 2: 15.0, 3: 50.0, 4: 100.0, 5: 200.0}


def speed(diameter: float) -> float:
    return 9.65 - 10.3 * float(np.exp(-0.6 * diameter))


def per_volume(rate: float, of: Callable[[float], float] = lambda diameter: 1.0, low: float = 0.5) -> float:
    """Integral of N(D) of(D) over the drops' diameters."""
    integral: float = quad(lambda d: 8000 * np.exp(-4.1 * rate**-0.21 * d) * of(d), low, 5.0)[0]
    return integral


def one_drop(z: float, diameter: float, wind: float, column: float, row: float) -> Drops:
    return Drops(*(np.array([value]) for value in (column, row, z, diameter, speed(diameter), wind)))


@pytest.mark.parametrize("wind", [0.0, 2.0, -1.3])
@pytest.mark.parametrize(("z", "diameter"), [(0.4, 1.0), (0.5, 4.0), (0.8, 2.5), (1.5, 5.0)])
def test_a_streaks_length_width_angle_and_cover_follow_the_formulas(z: float, diameter: float, wind: float) -> None:
    width, height = 1024, 768
    frame = coverage(one_drop(z, diameter, wind, 500.3, 380.6), height, width)
    f = FOCAL * width
    thick = f * diameter * 1e-3 / z
    assert frame.sum() == pytest.approx(np.pi / 4 * thick**2, rel=1e-9)  # the drop's own area, at any moment
    rows, columns = np.mgrid[:height, :width] + 0.5
    weights = frame / frame.sum()
    centre = (weights * columns).sum(), (weights * rows).sum()
    assert centre == pytest.approx((500.3, 380.6), abs=0.02)
    offsets = np.stack([(columns - centre[0]).ravel(), (rows - centre[1]).ravel()])
    moments = (offsets * weights.ravel()) @ offsets.T
    variances, axes = np.linalg.eigh(moments)
    # A line of length L has the variance L^2 / 12, a disc's chords w^2 / 16; sharing among four pixels adds 1 / 6.
    length, across = np.sqrt(12 * (variances[1] - 1 / 6)), 4 * np.sqrt(max(variances[0] - 1 / 6, 0))
    assert length == pytest.approx(f * np.hypot(speed(diameter), wind) * EXPOSURE / z, rel=0.02)
    if thick > 4:
        assert across == pytest.approx(thick, rel=0.05)
    angle = np.degrees(np.arctan(axes[0, 1] / axes[1, 1]))  # from the vertical, to the right going down
    assert angle == pytest.approx(np.degrees(np.arctan(wind / speed(diameter))), abs=0.2)
    # The cover on the middle of a broad streak is the time D / V of the exposure.
    if thick > 8:
        assert frame[378:383, 499:502].mean() == pytest.approx(
            diameter * 1e-3 / np.hypot(speed(diameter), wind) / EXPOSURE, rel=0.05
        )


@pytest.mark.parametrize("rate", [5.0, 50.0])
def test_drops_are_as_many_of_each_size_and_distance_as_they_should_be(rate: float) -> None:
    width, height = 640, 480
    many = [draw_drops(height, width, rate, 1.0, np.random.default_rng(seed)) for seed in range(4)]
    column, row, z, diameter, fall, _ = (
        np.concatenate([getattr(drops, name) for drops in many]) for name in Drops.__dataclass_fields__
    )
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    volume = 4 * width * height / (FOCAL * width) ** 2 / 3
    for low, high in ((NEAR, FAR), (2.0, 3.0)):
        wanted = per_volume(rate) * volume * (high**3 - low**3)
        assert ((z >= low) & (z < high) & inside).sum() == pytest.approx(wanted, rel=0.05)
    for smallest in (1.0, 2.0):
        wanted = per_volume(rate, low=smallest) * volume * (FAR**3 - NEAR**3)
        assert ((diameter >= smallest) & inside).sum() == pytest.approx(wanted, rel=0.05)
    assert np.allclose(fall, [speed(d) for d in diameter])


@pytest.mark.parametrize("rate", [15.0, 100.0])
def test_a_frames_mean_cover_is_what_the_drops_in_the_view_cover(rate: float) -> None:
    """Area times number, integrated over depth: the pixel's cone holds z^2 of drops, each seen as 1 / z^2."""
    width, height = 512, 384
    frames = [
        coverage(draw_drops(height, width, rate, wind, np.random.default_rng(seed)), height, width)
        for seed, wind in enumerate((-2, -1, 0, 0, 1, 2, 2, 1))
    ]
    wanted = per_volume(rate, lambda d: np.pi / 4 * (d * 1e-3) ** 2) * (FAR - NEAR)
    assert np.mean(frames) == pytest.approx(wanted, rel=0.05)
    edges = np.mean([[frame[:20].mean(), frame[-20:].mean(), frame[:, :20].mean()] for frame in frames])
    assert edges == pytest.approx(wanted, rel=0.15)  # streaks come in from outside


def test_what_is_nearer_than_a_drop_hides_it() -> None:
    width, height = 320, 240
    drops = one_drop(2.0, 4.0, 0.0, 160, 120)
    depth = np.full((height, width), 30.0)
    assert coverage(drops, height, width, depth).sum() > 0
    depth[:, :160] = 1.0
    half = coverage(drops, height, width, depth)
    assert half[:, :160].sum() == 0
    assert half.sum() == pytest.approx(coverage(drops, height, width).sum() / 2, rel=1e-9)


@pytest.mark.parametrize("severity", RATES)
def test_the_veil_follows_the_extinction_of_rain(severity: int) -> None:
    """On squares of the grey levels, where no streak is: what is left of the contrast to the rain's light."""
    height, width = 120, 160
    vis = torch.full((height, width), 0.2)
    vis[: height // 4] = 0.8  # the brightest quarter, whose mean light is the rain's
    depth = torch.full((height, width), 65.0)
    image = DEGRADATIONS.get("rain")(vis, severity, 3, depth).numpy().astype(np.float64)
    left = (image[height // 4 :] ** 2 - 0.64) / (0.04 - 0.64)
    wanted = np.exp(-0.312 * RATES[severity] ** 0.67 / 1000 * (65 - FAR))
    assert left.max() == pytest.approx(wanted, rel=0.003)  # a cloudburst leaves no pixel quite without a drop
    assert left.min() < 0.995 * wanted
    assert np.allclose(image[: height // 4], 0.8, atol=1e-6)


def test_a_narrow_picture_has_the_drops_of_its_own_view() -> None:
    drops = draw_drops(400, 4, 50.0, 0.0, np.random.default_rng(1))
    inside = (drops.column >= 0) & (drops.column < 4) & (drops.row >= 0) & (drops.row < 400)
    assert inside.sum() < len(drops.z) < 20_000


def test_behind_the_camera_there_is_no_rain() -> None:
    vis = torch.rand(40, 50, 3, generator=torch.Generator().manual_seed(1))
    near = DEGRADATIONS.get("rain")(vis, 5, 0, torch.full((40, 50), 0.29))
    assert torch.allclose(near, vis, atol=1e-6)
