"""VIF and VIFF where their values are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

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
