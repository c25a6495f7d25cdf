"""VIF and VIFF where their values are known."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate

from hifbench.metrics import METRICS
from hifbench.metrics._image import Image
from hifbench.metrics.vif import vif
from hifbench.metrics.viff import viff


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(40, 160, (2, 1, 48, 51)).astype(np.float64))


def test_identical_images_keep_everything(pixels):
    image = Image(pixels)
    torch.testing.assert_close(vif(image, image, image), torch.full((2,), 2.0, dtype=torch.float64))
    torch.testing.assert_close(viff(image, image, image), torch.ones(2, dtype=torch.float64))


def test_raised_contrast_exceeds_the_source(pixels):
    image, raised = Image(pixels), Image(pixels * 1.5)
    assert (vif(raised, image, image) > 2).all()
    assert (viff(raised, image, image) > 1).all()


def test_inverted_image_keeps_nothing(pixels):
    assert (vif(Image(255 - pixels), Image(pixels), Image(pixels)) == 0).all()
    assert (viff(Image(255 - pixels), Image(pixels), Image(pixels)) < 1e-4).all()


def test_constant_source_loses_nothing(pixels):
    image, constant = Image(pixels), Image(torch.full_like(pixels, 255))
    torch.testing.assert_close(vif(image, image, constant), torch.full((2,), 2.0, dtype=torch.float64))
    assert (vif(constant, image, image) == 0).all()


def test_order_of_the_sources_counts_only_at_ties(pixels):
    fused = Image(pixels.flip(-1))
    ir, vis = Image(pixels), Image(pixels.flip(-2))
    torch.testing.assert_close(viff(fused, ir, vis, first="vis"), viff(fused, vis, ir), rtol=0, atol=0)
    assert not torch.equal(viff(fused, ir, vis), viff(fused, vis, ir))


def test_no_share_of_nothing_for_those_who_divide_by_it(pixels):
    image, constant = Image(pixels), Image(torch.full_like(pixels, 40))
    for convention in ("tang", "sewar"):
        assert vif(image, image, constant, **METRICS.get("VIF").conventions[convention].options).isnan().all()


def zoo(x: np.ndarray, f: np.ndarray) -> float:
    """IVIF_ZOO's pyramid in double precision, by whole-image correlation."""
    kept = held = 0.0
    for size in (17, 9, 5, 3):
        reach = np.linspace(-(size // 2) - 1, size // 2, size)
        weights = np.exp(-(reach[:, None] ** 2 + reach**2) / (2 * (size / 5) ** 2))
        mean = partial(correlate, weights=weights / weights.sum(), mode="constant")

        if size < 17:
            x, f = mean(x)[::2, ::2], mean(f)[::2, ::2]
        mx, mf = mean(x), mean(f)
        vx, vf, cross = mean(x * x) - mx**2, mean(f * f) - mf**2, mean(x * f) - mx * mf
        gain = np.clip(cross / (vx + 1e-10), 0, None)
        noise = vf - gain * cross * (cross > 0)
        kept += np.log10(1 + gain**2 * vx / (noise + 2)).sum()
        held += np.log10(1 + vx / 2).sum()
    return kept / held


def test_ivif_zoo(pixels):
    """Where nothing is flat its single precision does not matter much."""
    fused = pixels.flip(-1)
    found = vif(Image(fused), Image(pixels), Image(pixels.flip(-2)), of="ivif-zoo")
    for index in range(2):
        x, y, f = (image[index, 0].numpy() for image in (pixels, pixels.flip(-2), fused))
        assert float(found[index]) == pytest.approx(zoo(x, f) + zoo(y, f), rel=1e-5)
