"""DenseFuse: an auto-encoder with a dense block, whose features of both images are averaged.

Li and Wu, "DenseFuse: A Fusion Approach to Infrared and Visible Images", IEEE Trans. Image Processing 28(5), 2019,
pp. 2614-2623. The paper itself was not at hand.

From a description of the author's PyTorch port: layers, padding, fusion by mean, value range (0 to 255 within the
network), batch, rate, epochs and the loss. Equal to its output within 1e-5. Its pictures are clipped and truncated;
here the network's own values are returned, divided by 255, unless ``as_saved`` asks for theirs. The earlier TensorFlow
version is another network (sum instead of mean, other order of concatenation, no last ReLU): its weights are refused.
Ours: the data, and thus the crop and the number of epochs that it takes; MS-SSIM where five scales do not fit on the
crop. Recalled: that MS-SSIM is the one of Wang et al., 2003.
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from ..errors import WeightsError
from ._bands import in_bands
from ._method import MethodCard, OfficialWeights
from ._ms_ssim import ms_ssim
from ._saving import truncated
from ._training.recipe import Recipe
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_MAPS, _LAYERS = 16, 3
_HALO = 1 + _LAYERS + 4  # rows either side that a row of the result depends on
_BAND_PIXELS = 1 << 17  # 34 MB of 64 features
_OFFICIAL = re.compile(r"(?:DB1\.denseblock\.(?P<dense>\d)\.dense_conv|conv(?P<plain>\d))\.conv2d\.(?P<kind>\w+)")


class DenseFuseNet(nn.Module):
    """Encoder of four convolutions, the last three dense, and decoder of four; 74 193 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _convolution(1, _MAPS)
        self.dense = nn.ModuleList(_convolution(count * _MAPS, _MAPS) for count in range(1, _LAYERS + 1))
        self.decoder = nn.ModuleList(_convolution(*pair) for pair in ((64, 64), (64, 32), (32, 16), (16, 1)))

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image of sources in [0, 1], not negative and nominally up to 1; all tensors (B, 1, H, W)."""
        return self.decode((self.encode(255 * ir) + self.encode(255 * vis)) / 2) / 255

    def reconstruct(self, image: Tensor) -> Tensor:
        """The image from its own features, as is trained; (B, 1, H, W) to the same."""
        return self.decode(self.encode(255 * image)) / 255

    def encode(self, image: Tensor) -> Tensor:
        """Features (B, 64, H, W) of an image in 0..255."""
        features = F.relu(self.first(image))
        for layer in self.dense:
            features = torch.cat([features, F.relu(layer(features))], dim=1)
        return features

    def decode(self, features: Tensor) -> Tensor:
        """Image in 0..255 of features."""
        for layer in self.decoder:
            features = F.relu(layer(features))
        return features


class DenseFuseRecipe(Recipe):
    """Training of DenseFuse as in the author's port, but for what the module says was recalled or is ours.

    Single images are taken apart and put together again; the squared error is of grey levels, 0 to 255.
    """

    crops: ClassVar[Literal["random", "resized", "centre"]] = "random"
    flips: ClassVar[bool] = False
    mixed: ClassVar[bool] = True

    dataset: str = "tno"
    split: str = "train"
    epochs: int = 4
    batch: int = 4
    crop: int = 256
    rate: float = 1e-4
    similarity: float = Field(default=100.0, ge=0, description="weight of 1 - MS-SSIM")

    def network(self) -> nn.Module:
        """A network as torch initialises it."""
        return DenseFuseNet()

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """The reconstructed images."""
        assert isinstance(network, DenseFuseNet)
        return (network.reconstruct(images[0]),)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Mean squared error in grey levels, and MS-SSIM, of the reconstruction."""
        (again,), (image,) = predicted, images
        return {
            "mse": F.mse_loss(255 * again, 255 * image),
            "ms-ssim": self.similarity * (1 - ms_ssim(again, image)),
        }


class DenseFuse(WeightedMethod):
    """DenseFuse, the author's PyTorch port, with his weights or others of its training.

    Args:
        weights: the official file, or one of ``hifbench``.
        as_saved: give the grey levels that the authors' program saves, see the module.
    """

    card = MethodCard(
        name="densefuse",
        title="DenseFuse: an auto-encoder with a dense block",
        paper="Li and Wu, IEEE Trans. Image Processing 28(5), 2019, pp. 2614-2623",
        year=2019,
        trained_on="COCO 2014, single grey images, 4 epochs",
        needs_weights=True,
        official=(
            OfficialWeights(
                {"densefuse_gray.model": "b34cf3650f04161b31ac2467decfeedf7eba39165b7618f846e0f298ecd2ac65"},
                "github.com/hli1221/densefuse-pytorch, folder models (the TensorFlow DenseFuse is another network)",
            ),
        ),
        weights_licence="none stated",
        smallest=2,
    )
    recipe: ClassVar[Recipe | None] = DenseFuseRecipe()

    def __init__(self, weights: WeightFiles, *, as_saved: bool = False) -> None:
        super().__init__(weights)
        self._as_saved = as_saved
        (path,) = weights.paths
        if path.suffix == ".npz" or ".ckpt" in path.suffixes:
            raise WeightsError(
                f"{path} is of the TensorFlow DenseFuse, another network (it sums features, in another order, and ends "
                f"without ReLU); use densefuse_gray.model of the PyTorch port"
            )
        self.network = DenseFuseNet()
        fill(self.network, {_ours(key): value for key, value in load_tensors(path).items()}, path)

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused = in_bands(self.network, ir, vis, _HALO, _BAND_PIXELS)
        return truncated(fused) if self._as_saved else fused


def _convolution(maps: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(maps, out, 3, padding=1, padding_mode="reflect")


def _ours(key: str) -> str:
    """Our key of an official one; another's is left as it is."""
    found = _OFFICIAL.fullmatch(key)
    if found is None:
        return key
    if found["dense"]:
        return f"dense.{found['dense']}.{found['kind']}"
    number = int(found["plain"])
    return f"first.{found['kind']}" if number == 1 else f"decoder.{number - 2}.{found['kind']}"


METHOD = DenseFuse
