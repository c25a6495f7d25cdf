"""DIDFuse: deep image decomposition, base and detail features by one encoder.

Zhao, Xu, Zhang, Liu, Zhang and Li, "DIDFuse: Deep Image Decomposition for Infrared and Visible Image Fusion", IJCAI
2020, pp. 970-976. The paper itself was not at hand.

From a description of the authors' published code: layers, padding, fusion by sum, data, crops, batch, rate, epochs,
and the terms and weights of the loss. Equal to their output within 1e-5. Inferred: how ``average`` and ``l1-norm``
fuse, how the milestones are counted, no weight decay. Recalled: the SSIM loss and the gradient, which the authors took
from an old kornia, see :mod:`hifbench.methods._losses`.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from ._bands import in_bands
from ._decomposition import fusion
from ._losses import spatial_gradient, ssim_loss
from ._method import MethodCard, OfficialWeights
from ._training.recipe import Recipe
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_MAPS = 64
_MILESTONES = 40, 80
_HALO = 7  # rows either side that a row of the result depends on: six convolutions, and the window of l1-norm
_BAND_PIXELS = 1 << 16  # 17 MB for 64 features; twice as fast as four times as many

Features = tuple[Tensor, Tensor, Tensor, Tensor]
"""Output of cov1 and cov2, base and detail features; (B, 64, H, W) each."""


class Encoder(nn.Module):
    """Two convolutions, and one each for base and detail features. Modules are named as in the authors' files."""

    def __init__(self) -> None:
        super().__init__()
        self.cov1 = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, _MAPS, 3), nn.BatchNorm2d(_MAPS), nn.PReLU())
        self.cov2 = _block(_MAPS, nn.PReLU())
        self.cov3 = _block(_MAPS, nn.Tanh())
        self.cov4 = _block(_MAPS, nn.Tanh())

    def forward(self, image: Tensor) -> Features:
        """Features of an image, (B, 1, H, W)."""
        first = self.cov1(image)
        second = self.cov2(first)
        return first, second, self.cov3(second), self.cov4(second)


class Decoder(nn.Module):
    """From features back to an image, with the encoder's first two outputs brought in again."""

    def __init__(self) -> None:
        super().__init__()
        self.cov5 = _block(2 * _MAPS, nn.PReLU())
        self.cov6 = _block(2 * _MAPS, nn.PReLU())
        self.cov7 = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(2 * _MAPS, 1, 3), nn.BatchNorm2d(1), nn.Sigmoid())

    def forward(self, first: Tensor, second: Tensor, base: Tensor, detail: Tensor) -> Tensor:
        """Image of :data:`Features`; (B, 1, H, W) in (0, 1)."""
        deep = self.cov5(torch.cat([base, detail], dim=1))
        deep = self.cov6(torch.cat([deep, second], dim=1))
        image: Tensor = self.cov7(torch.cat([deep, first], dim=1))
        return image


class DIDFuseNet(nn.Module):
    """Encoder and decoder; 260 935 parameters.

    Args:
        mode: how the features are fused, see :mod:`hifbench.methods._decomposition`.
    """

    def __init__(self, mode: str = "sum") -> None:
        super().__init__()
        self.merge = fusion(mode)
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (0, 1); all tensors (B, 1, H, W)."""
        pairs = zip(self.encoder(ir), self.encoder(vis), strict=True)
        fused: Tensor = self.decoder(*(self.merge(infrared, visible) for infrared, visible in pairs))
        return fused


class DIDFuseRecipe(Recipe):
    """Training of DIDFuse as in the authors' code, but for what the module says was inferred or recalled.

    Both images of a pair are taken apart and put together again.
    """

    crops: ClassVar[Literal["random", "resized", "centre"]] = "centre"
    flips: ClassVar[bool] = False

    dataset: str = "flir-auif"
    split: str = "train"
    epochs: int = 120
    batch: int = 24
    crop: int = 128
    rate: float = 1e-3
    similarity: float = Field(default=5.0, ge=0, description="weight of the SSIM loss, window 11, beside the error")
    detail: float = Field(default=0.5, ge=0, description="weight of the difference of the detail features")
    edges: float = Field(default=10.0, ge=0, description="weight of the visible image's gradient")

    def network(self) -> nn.Module:
        """A network as torch initialises it."""
        return DIDFuseNet()

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """Both images again, then the base features of both and the detail features of both."""
        assert isinstance(network, DIDFuseNet)
        ir, vis = (network.encoder(image) for image in images)
        return network.decoder(*ir), network.decoder(*vis), ir[2], vis[2], ir[3], vis[3]

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Reconstruction of both, base features alike, detail features unlike, and the visible gradient."""
        (ir_again, vis_again, ir_base, vis_base, ir_detail, vis_detail), (ir, vis) = predicted, images
        return {
            "ir": 2 * self._reconstruction(ir_again, ir),
            "vis": 2 * self._reconstruction(vis_again, vis),
            "base": torch.tanh(F.l1_loss(ir_base, vis_base)),
            "detail": -self.detail * torch.tanh(F.l1_loss(ir_detail, vis_detail)),
            "edges": self.edges * F.l1_loss(spatial_gradient(vis_again), spatial_gradient(vis)),
        }

    def _reconstruction(self, again: Tensor, image: Tensor) -> Tensor:
        return self.similarity * ssim_loss(again, image, window=11) + F.mse_loss(again, image)

    def factor(self, epoch: int) -> float:
        """A tenth after 40 epochs, a hundredth after 80.

        Inferred: that the published epochs, 40 and 80, are counted as torch's MultiStepLR counts its milestones.
        """
        return float(0.1 ** sum(epoch >= milestone for milestone in _MILESTONES))


class DIDFuse(WeightedMethod):
    """DIDFuse with the authors' weights or our own.

    Args:
        weights: the two official files, or one of ours.
        mode: ``sum``, as the authors' published results; ``average`` or ``l1-norm``.
    """

    card = MethodCard(
        name="didfuse",
        title="DIDFuse: deep image decomposition",
        paper="Zhao et al., IJCAI 2020, pp. 970-976",
        year=2020,
        trained_on="180 FLIR pairs, which are 180 of RoadScene's 221",
        training_data="flir-auif/train",
        needs_weights=True,
        official=(
            OfficialWeights(
                {
                    "Encoder_weight_IJCAI.pkl": "4d84a4e64e58469d3d4591f83c6683ead3e422498519db99bb617cb29d268471",
                    "Decoder_weight_IJCAI.pkl": "c6974e2a7c66ab579a77bacb086023237a229e769d459783bad8ff43e52e9986",
                },
                "github.com/Zhaozixiang1228/IVIF-DIDFuse, folder Models",
            ),
        ),
        weights_licence="none stated",
        smallest=2,
    )
    recipe: ClassVar[Recipe | None] = DIDFuseRecipe()

    def __init__(self, weights: WeightFiles, *, mode: str = "sum") -> None:
        super().__init__(weights)
        self.network = DIDFuseNet(mode)
        if weights.is_ours:
            fill(self.network, load_tensors(weights.paths[0]), weights.paths[0])
            return
        parts = (self.network.encoder, self.network.decoder)
        for part, path in zip(parts, weights.paths, strict=True):
            fill(part, {_ours(key): value for key, value in load_tensors(path).items()}, path)

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return in_bands(self.network, ir, vis, _HALO, _BAND_PIXELS)


def _block(maps: int, activation: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(maps, _MAPS, 3, padding=1), nn.BatchNorm2d(_MAPS), activation)


def _ours(key: str) -> str:
    """Our key of an official one, which is ``weight.cov1.cov1.1.bias`` for cov1.1.bias; others are left as they are."""
    module, _, rest = key.removeprefix("weight.").partition(".")
    return rest if rest.startswith(f"{module}.") else key


METHOD = DIDFuse
