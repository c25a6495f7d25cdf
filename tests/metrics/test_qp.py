"""Q_P where its value is known, and phase congruency on pictures whose features are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics._phase_congruency import _median, phase_congruency
from hifbench.metrics.qp import factors, q_p


@pytest.mark.parametrize("size", [(48, 64), (47, 64), (48, 63), (47, 63), (11, 11)])
def test_identical_images(size):
    y, x = np.mgrid[: size[0], : size[1]]
    image = Image(torch.from_numpy(150.0 * ((x // 9 + y // 7) % 2) + 40)[None, None])
    # The sources' maps are masked, the fused image's are not: an image does not quite equal itself.
    assert 0.97 < float(q_p(image, image, image)) < 1


def test_the_two_combinations():
    pixels = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, 2, 1, 40, 56)).astype(np.float64))
    images = [Image(each) for each in pixels]
    parts = torch.stack(list(factors(*images)))
    torch.testing.assert_close(q_p(*images), parts.prod(dim=0))
    torch.testing.assert_close(q_p(*images, combine="mean"), parts.mean(dim=0))


def test_flat_fused_image_is_not_punished():
    """A weakness of the definition, which the module's docstring tells."""
    textured = Image(torch.from_numpy(np.random.default_rng(2).integers(0, 256, (1, 1, 40, 56)).astype(np.float64)))
    assert float(q_p(Image(torch.full_like(textured.pixels, 90)), textured, textured)) > 0.5


def test_phase_congruency_lies_on_the_edge():
    step = torch.zeros(1, 1, 64, 64, dtype=torch.float64)
    step[..., 20:44] = 200
    maps = phase_congruency(step)
    profile = maps.congruency[0, 0].mean(dim=0)
    assert set(profile.topk(4).indices.tolist()) == {19, 20, 43, 44}
    assert maps.congruency.max() <= 1
    assert (maps.minimum <= maps.maximum).all()


def test_phase_congruency_ignores_contrast():
    step = torch.zeros(1, 1, 64, 64, dtype=torch.float64)
    step[..., 20:44] = 200
    torch.testing.assert_close(
        phase_congruency(step).congruency, phase_congruency(step / 4 + 30).congruency, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0], [5.0, 1.0, 3.0], [2.0, 2.0, 2.0, 9.0], [4.0, 1.0, 1.0, 2.0]])
def test_median(values):
    assert float(_median(torch.tensor(values, dtype=torch.float64))) == np.median(values)
