"""TarDAL's generator without its critics: a variant of ours, trained on the sources alone.

The published method trains the generator with two discriminators and with a mask of targets that a network of others
finds; neither is here, so this is not TarDAL and its rows must not be read as such. Network, order and range of the
inputs are those of :mod:`hifbench.methods.tardal`; here the batch norms keep their statistics, so pairs of a batch and
tiles are independent.

The loss keeps what a description of the authors' first code says of its source term: per pixel 0.01 of an SSIM term and
0.99 of the absolute difference, to both sources. How the sources are weighed is ours, after what we recall of the
paper's saliency: the weight of a pixel is its mean distance to all grey levels of its own image.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from ._bands import in_bands
from ._losses import ssim_map
from ._method import MethodCard
from ._training.recipe import Recipe
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors
from .tardal import Generator

_HALO = 8  # one row for each convolution
_BAND_PIXELS = 1 << 16  # 34 MB for 128 features
_LEVELS = 256
_WINDOW = 11
_FAINT = 1e-6  # two flat images count alike


class TarDALSourceRecipe(Recipe):
    """Training of the generator on the sources.

    From the authors' configuration: 224 x 224, batches of 32, rate 1e-3, weights of the two terms. Ours: Adam without
    weight decay where theirs is AdamW, the number of epochs, the data, and that fused values below 0 are not cut off.
    """

    dataset: str = "flir-auif"
    split: str = "train"
    epochs: int = 60
    batch: int = 32
    crop: int = 224
    rate: float = 1e-3
    similarity: float = Field(default=0.01, ge=0, le=1, description="share of the SSIM term; the rest is L1")

    def network(self) -> nn.Module:
        """A generator as torch initialises it."""
        return Generator()

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """The fused image."""
        return (network(*images),)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Both terms, each the mean over the pixels of the saliency-weighted sum over the sources."""
        (fused,) = predicted
        strength = [saliency(image) + _FAINT for image in images]
        weights = [each / sum(strength) for each in strength]
        unlike = [1 - ssim_map(fused, image, _WINDOW) for image in images]
        apart = [(fused - image).abs() for image in images]
        return {
            "ssim": self.similarity * _weighted(weights, unlike),
            "pixel": (1 - self.similarity) * _weighted(weights, apart),
        }


class TarDALSource(WeightedMethod):
    """TarDAL's generator with weights of ``hifbench train tardal-source``.

    Args:
        weights: one file of ours.
    """

    card = MethodCard(
        name="tardal-source",
        title="TarDAL's generator trained without critics (ours)",
        paper="Liu et al., CVPR 2022, for the generator",
        year=2022,
        trained_on="nothing: this variant is ours and has no official weights",
        needs_weights=True,
        weights_licence="none published",
    )
    recipe: ClassVar[Recipe | None] = TarDALSourceRecipe()

    def __init__(self, weights: WeightFiles) -> None:
        super().__init__(weights)
        self.network = Generator()
        fill(self.network, load_tensors(weights.paths[0]), weights.paths[0])

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return in_bands(self.network, ir, vis, _HALO, _BAND_PIXELS)


def saliency(images: Tensor) -> Tensor:
    """Mean absolute difference of a pixel to all pixels of its image, by the histogram of whole grey levels.

    Args:
        images: (B, 1, H, W) in [0, 1].

    Returns:
        Same shape, in [0, 1].
    """
    levels = (images * (_LEVELS - 1)).round().long().clamp(0, _LEVELS - 1).flatten(1)
    counts = torch.zeros(len(levels), _LEVELS, device=images.device)
    counts.scatter_add_(1, levels, torch.ones_like(levels, dtype=counts.dtype))
    all_levels = torch.arange(_LEVELS, device=images.device, dtype=counts.dtype)
    distances = (all_levels[:, None] - all_levels).abs() / (_LEVELS - 1)
    mean_distance = counts @ distances / levels.shape[1]
    return mean_distance.gather(1, levels).view_as(images)


def _weighted(weights: list[Tensor], terms: list[Tensor]) -> Tensor:
    return torch.stack([weight * term for weight, term in zip(weights, terms, strict=True)]).sum(0).mean()


METHOD = TarDALSource
