"""The losses of AUIF and DIDFuse against scikit-image and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.metrics import structural_similarity

from hifbench.methods._losses import spatial_gradient, ssim_loss, ssim_map


def images(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    ours = random.uniform(size=(24, 31))
    return ours, np.clip(ours + random.normal(0, 0.2, ours.shape), 0, 1)


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image)[None, None]


def test_ssim_is_that_of_skimage_on_mirrored_images() -> None:
    ours, theirs = images()
    _, expected = structural_similarity(  # type: ignore[no-untyped-call]
        *(np.pad(image, 5, mode="reflect") for image in (ours, theirs)),
        data_range=1,
        gaussian_weights=True,
        use_sample_covariance=False,
        full=True,
    )
    expected = expected[5:-5, 5:-5]
    assert ssim_map(tensor(ours), tensor(theirs), 11)[0, 0].numpy() == pytest.approx(expected, abs=1e-12)
    loss = ssim_loss(tensor(ours), tensor(theirs), 11)
    assert float(loss) == pytest.approx(((1 - expected) / 2).mean(), abs=1e-12)


@pytest.mark.parametrize("window", [3, 11])
def test_ssim_of_any_window_is_the_formula_with_scipys_gaussian(window: int) -> None:
    ours, theirs = images()

    def blur(image: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(image, 1.5, radius=window // 2, mode="mirror")

    mean, other = blur(ours), blur(theirs)
    variances = blur(ours**2) - mean**2 + blur(theirs**2) - other**2
    covariance = blur(ours * theirs) - mean * other
    luminance = (2 * mean * other + 1e-4) / (mean**2 + other**2 + 1e-4)
    expected = luminance * (2 * covariance + 9e-4) / (variances + 9e-4)
    assert ssim_map(tensor(ours), tensor(theirs), window)[0, 0].numpy() == pytest.approx(expected, abs=1e-12)


def test_images_of_a_batch_are_compared_each_with_its_own() -> None:
    pairs = [images(seed) for seed in range(3)]
    ours, theirs = (torch.cat([tensor(pair[side]) for pair in pairs]) for side in (0, 1))
    together = ssim_map(ours, theirs, 11)
    for index, pair in enumerate(pairs):
        assert torch.allclose(together[index], ssim_map(tensor(pair[0]), tensor(pair[1]), 11)[0], atol=1e-12)


def test_the_same_image_costs_nothing_and_its_negative_much() -> None:
    image = tensor(images()[0])
    assert float(ssim_loss(image, image, 3)) == pytest.approx(0, abs=1e-12)
    assert float(ssim_loss(image, 1 - image, 3)) > 0.5


def test_the_gradient_is_scipys_sobel_over_8() -> None:
    ours, theirs = images()
    slopes = spatial_gradient(torch.cat([tensor(ours), tensor(theirs)]))
    assert slopes.shape == (2, 1, 2, 24, 31)
    for index, image in enumerate((ours, theirs)):
        for which, axis in ((0, 1), (1, 0)):
            expected = ndimage.sobel(image, axis=axis, mode="nearest") / 8
            assert slopes[index, 0, which].numpy() == pytest.approx(expected, abs=1e-12)


def test_both_losses_have_the_derivatives_of_their_values() -> None:
    first, second = (tensor(image[:5, :6].copy()) for image in images())
    first.requires_grad_()
    assert torch.autograd.gradcheck(lambda image: ssim_loss(image, second, 3), first)
    assert torch.autograd.gradcheck(spatial_gradient, first)
