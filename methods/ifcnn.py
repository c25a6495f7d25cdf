"""IFCNN: a general fusion network, features of both sources merged by their elementwise maximum.

Zhang, Liu, Sun, Yan, Zhao and Zhang, "IFCNN: A general image fusion framework based on convolutional neural network",
Information Fusion 54, 2020. The paper itself was not at hand.

From a description of the authors' published code and images: layers, padding, colour copies of a grey image, maximum,
and ImageNet's mean and deviation around the network. The authors' driver sets mean 0 and deviation 1 for infrared
pairs, but their published images come out with ImageNet's alone. Equal to their network's output within 1e-5; the three
colours that it gives become grey by the weights of BT.601, before anything is rounded (the authors truncate first, as
``as_saved`` does).

The training is ours, see :class:`IFCNNRecipe`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Generator, Tensor, nn

from ._bands import in_bands
from ._method import MethodCard, OfficialWeights
from ._saving import truncated
from ._training.recipe import Recipe
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_MAPS = 64
_HALO = 5  # three rows of the first filters, one of each other
_BAND_PIXELS = 1 << 16  # 17 MB for 64 features
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_GREY = 0.299, 0.587, 0.114
_OTHER_MERGING = "trained for another merging of the features than the maximum; use IFCNN-MAX.pth"
_OTHERS = {
    "fd2ee9361f1d428fc9749e28e8a2c5c5ef6ce6528ab6f5ad8ef5def42e7ffa4b": f"IFCNN-MEAN.pth, {_OTHER_MERGING}",
    "a8c1d293f1bf16a93e6244a4bf8f7a7bd300dc10555c8597ad7ef3320b0410cb": f"IFCNN-SUM.pth, {_OTHER_MERGING}",
}


class Block(nn.Module):
    """Convolution, batch norm, ReLU; the border is repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(_MAPS, _MAPS, 3, padding=1, padding_mode="replicate", bias=False)
        self.bn = nn.BatchNorm2d(_MAPS)

    def forward(self, features: Tensor) -> Tensor:
        """Features, same shape."""
        return F.relu(self.bn(self.conv(features)))


class IFCNNNet(nn.Module):
    """Two convolutions for each source, two for the maximum; 83 587 parameters.

    Modules are named as in the authors' files. ``conv1`` has the size of ResNet101's first layer, which it was.
    """

    mean: Tensor
    deviation: Tensor
    grey: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, _MAPS, 7, padding=3, padding_mode="replicate", bias=False)
        self.conv2, self.conv3 = Block(), Block()
        self.conv4 = nn.Conv2d(_MAPS, 3, 1)
        for name, values in (("mean", _MEAN), ("deviation", _DEVIATION), ("grey", _GREY)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Fused image, nominally in [0, 1]; all tensors (B, 1, H, W)."""
        return self.in_grey(self.colours(first, second))

    def colours(self, first: Tensor, second: Tensor) -> Tensor:
        """Fused image in three colours (B, 3, H, W), nominally in [0, 1], of sources (B, 1, H, W)."""
        features = [self.conv2(self.conv1((image - self.mean) / self.deviation)) for image in (first, second)]
        colours: Tensor = self.conv4(self.conv3(torch.maximum(*features))) * self.deviation + self.mean
        return colours

    def in_grey(self, colours: Tensor) -> Tensor:
        """(B, 1, H, W) of (B, 3, H, W)."""
        return (colours * self.grey).sum(dim=1, keepdim=True)


class IFCNNRecipe(Recipe):
    """Training of IFCNN on images of which each half is blurred: ours throughout.

    The authors' own training was not at hand. As we recall it, pairs in which each image is out of focus where the
    other is sharp are made from single images, and the loss is the squared error to the sharp image and then a
    perceptual one by a ResNet101 of others, whose first layer is kept as ``conv1``. Here the loss is the squared error
    alone, ``conv1`` is learned, and the masks are smooth noise cut at its median.
    """

    mixed: ClassVar[bool] = True

    dataset: str = "flir-auif"
    split: str = "train"
    epochs: int = 60
    batch: int = 16
    crop: int = 64
    rate: float = 1e-3
    blur: float = Field(default=3.0, gt=0, le=10, description="largest deviation of the Gaussian blur, in pixels")

    def network(self) -> nn.Module:
        """A network as torch initialises it."""
        return IFCNNNet()

    def cut(self, sample: Sequence[Tensor], numbers: Generator) -> list[Tensor]:
        """A crop blurred in one part, the same blurred in the other, and the crop itself; (1, crop, crop) each."""
        (sharp,) = super().cut(sample, numbers)
        deviation = self.blur * float(torch.rand((), generator=numbers)) + 1e-3
        blurred = _gaussian(sharp, deviation)
        noise = _gaussian(torch.randn(sharp.shape, generator=numbers), self.crop / 8)
        mask = noise > noise.median()
        return [torch.where(mask, sharp, blurred), torch.where(mask, blurred, sharp), sharp]

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """The two half-blurred images, fused."""
        return (network(images[0], images[1]),)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Mean squared error to the sharp image."""
        return {"mse": F.mse_loss(predicted[0], images[2])}


class IFCNN(WeightedMethod):
    """IFCNN-MAX with the authors' weights or one's own.

    Args:
        weights: the official file, or one of ours.
        as_saved: give the grey levels that the authors' program saves, see the module.

    Raises:
        WeightsError: the authors' files for the mean or the sum of features.
    """

    card = MethodCard(
        name="ifcnn",
        title="IFCNN: general image fusion, elementwise maximum",
        paper="Zhang et al., Information Fusion 54, 2020",
        year=2020,
        trained_on="NYU-D2, as multi-focus pairs (recalled, not checked)",
        needs_weights=True,
        official=(
            OfficialWeights(
                {"IFCNN-MAX.pth": "6022b44c88a2f0367ba9b08fcdf0d663745d9a966fca0ee1f41867797b6ff53f"},
                "github.com/uzeful/IFCNN, folder Code/snapshots",
            ),
        ),
        weights_licence="none stated",
    )
    recipe: ClassVar[Recipe | None] = IFCNNRecipe()
    network: IFCNNNet

    def __init__(self, weights: WeightFiles, *, as_saved: bool = False) -> None:
        super().__init__(weights)
        self._as_saved = as_saved
        weights.refuse(_OTHERS)
        path = weights.paths[0]
        self.network = IFCNNNet()
        counts = {f"{block}.bn.num_batches_tracked": torch.tensor(0) for block in ("conv2", "conv3")}
        fill(self.network, {**counts, **load_tensors(path)}, path)  # an old torch, which did not count, wrote theirs

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused = in_bands(self.network.colours, ir, vis, _HALO, _BAND_PIXELS)
        return self.network.in_grey(truncated(fused) if self._as_saved else fused)


def _gaussian(image: Tensor, deviation: float) -> Tensor:
    """An image (1, H, W), blurred; the border is mirrored."""
    half = min(round(3 * deviation) + 1, min(image.shape[-2:]) - 1)
    taps = torch.exp(-(torch.arange(-half, half + 1) ** 2) / (2 * deviation**2))
    taps /= taps.sum()
    padded = F.pad(image[None], (half, half, half, half), mode="reflect")
    blurred: Tensor = F.conv2d(F.conv2d(padded, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))[0]
    return blurred


METHOD = IFCNN
