"""SDNet: squeeze-and-decomposition network, fusion and the way back to both sources learned together.

Zhang and Ma, "SDNet: A Versatile Squeeze-and-Decomposition Network for Real-Time Image Fusion", International Journal
of Computer Vision 129, 2021, pp. 2761-2785. The paper itself was not at hand.

From a description of the authors' published code: layers, padding, value range, and the terms and weights of the loss,
batch, patch, rate and epochs. Equal to their output within 1e-5. Their code saved pictures with a function that
stretched them to the whole range of grey levels (recalled); here the network's own values are returned, unless
``as_saved`` asks for theirs. Recalled, too: the low-pass filter of the loss, a Gaussian of 3x3 pixels with sigma 1.5.
Ours: the data, random crops where they cut patches every 10 pixels (and thus had many more steps in an epoch), and the
border repeated under the filters of the loss.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from ._bands import in_bands
from ._method import MethodCard, OfficialWeights
from ._saving import stretched
from ._training.recipe import Recipe
from ._weights import WeightedMethod, WeightFiles, fill, named_tensors

_MAPS, _SLOPE = 16, 0.2
_HALO = 2 + 1 + 1 + 1  # rows either side that a row of the result depends on
_BAND_PIXELS = 1 << 17  # 67 MB of 128 features
_LAPLACIAN = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


class Branch(nn.Module):
    """Four convolutions of one source, each over what all before it found but the first one's input."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Conv2d(1, _MAPS, 5, padding=2),
                *(nn.Conv2d(count * _MAPS, _MAPS, 3, padding=1) for count in (1, 2, 3)),
            ]
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        """The 16 features of every convolution, (B, 16, H, W) each, of an image (B, 1, H, W) in [-1, 1]."""
        found: list[Tensor] = []
        for layer in self.layers:
            found.append(F.leaky_relu(layer(torch.cat(found, dim=1) if found else image), _SLOPE))
        return found


class Head(nn.Module):
    """From the features of the fused image to one of its sources."""

    def __init__(self) -> None:
        super().__init__()
        widths = (8 * _MAPS, 16, 4, 1)
        self.layers = nn.ModuleList(nn.Conv2d(*pair, 3, padding=1) for pair in pairwise(widths))

    def forward(self, features: Tensor) -> Tensor:
        """Source in (-1, 1), (B, 1, H, W)."""
        for layer in self.layers[:-1]:
            features = F.leaky_relu(layer(features), _SLOPE)
        return torch.tanh(self.layers[-1](features))


class SDNetNet(nn.Module):
    """Squeeze two images into one, and decompose that again; 67 091 parameters, 28 705 of them for the fused image."""

    def __init__(self) -> None:
        super().__init__()
        self.ir, self.vis = Branch(), Branch()
        self.squeeze = nn.Conv2d(8 * _MAPS, 1, 1)
        self.expand = nn.Conv2d(1, 8 * _MAPS, 1)
        self.ir_again, self.vis_again = Head(), Head()

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (0, 1) of sources in [0, 1]; all tensors (B, 1, H, W)."""
        return (self.fuse(2 * ir - 1, 2 * vis - 1) + 1) / 2

    def fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        """The same in the authors' range, (-1, 1) of [-1, 1]."""
        features = [found for both in zip(self.ir(ir), self.vis(vis), strict=True) for found in both]
        return torch.tanh(self.squeeze(torch.cat(features, dim=1)))

    def decompose(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        """Infrared and visible image that a fused one was made of, all in [-1, 1]; used to train."""
        features = F.leaky_relu(self.expand(fused), _SLOPE)
        return self.ir_again(features), self.vis_again(features)


class SDNetRecipe(Recipe):
    """Training of SDNet as in the authors' code, but for what the module says was recalled or is ours."""

    crops: ClassVar[Literal["random", "resized", "centre"]] = "random"
    flips: ClassVar[bool] = False

    dataset: str = "tno"
    split: str = "train"
    epochs: int = 15
    batch: int = 32
    crop: int = 120
    rate: float = 1e-4
    visible: float = Field(default=0.5, ge=0, description="weight of the visible image's intensity; infrared has 1")
    gradient: float = Field(default=80.0, ge=0, description="weight of the Laplacians")
    decomposition: float = Field(default=1.0, ge=0, description="weight of both sources made again")

    def network(self) -> nn.Module:
        """A network as torch initialises it."""
        return SDNetNet()

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """The fused image and both sources again, in (-1, 1)."""
        assert isinstance(network, SDNetNet)
        ir, vis = (2 * image - 1 for image in images)
        fused = network.fuse(ir, vis)
        return fused, *network.decompose(fused)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Intensities of both, at each pixel the Laplacian of whichever is the more textured, and both again."""
        (fused, ir_again, vis_again), (ir, vis) = predicted, (2 * image - 1 for image in images)
        ours, infrared, visible = (_laplacian(image) for image in (fused, ir, vis))
        from_vis = (_laplacian(_low_pass(vis)).abs() > _laplacian(_low_pass(ir)).abs()).to(fused)
        return {
            "ir": F.mse_loss(fused, ir),
            "vis": self.visible * F.mse_loss(fused, vis),
            "gradient": self.gradient
            * ((1 - from_vis) * (ours - infrared) ** 2 + from_vis * (ours - visible) ** 2).mean(),
            "again": self.decomposition * (F.mse_loss(ir_again, ir) + F.mse_loss(vis_again, vis)),
        }


class SDNet(WeightedMethod):
    """SDNet with the authors' weights for infrared and visible images, or others of its training.

    Args:
        weights: their checkpoint, an ``.npz`` file of its variables, or a file of ``hifbench``.
        as_saved: give the grey levels that the authors' program saves, see the module; each image for itself.
    """

    card = MethodCard(
        name="sdnet",
        title="SDNet: squeeze-and-decomposition network",
        paper="Zhang and Ma, International Journal of Computer Vision 129, 2021, pp. 2761-2785",
        year=2021,
        trained_on="infrared-visible patches of the authors (of which pairs is not known here)",
        needs_weights=True,
        official=(
            OfficialWeights(
                {
                    "IRVIS.model-10.index": "bed2d4628732a36bc972de1189c4e139d8bc233077da20156e8e662a17df35aa",
                    "IRVIS.model-10.data-00000-of-00001": (
                        "17e4426453f09f3dae7887244f48eed54550bdd584792ac284597ee3713293a0"
                    ),
                },
                "github.com/HaoZhang1018/SDNet, folder IR_VIS/checkpoint",
            ),
            OfficialWeights(
                {"sdnet_irvis.npz": "7485212dd1d1963aa0ee91a021001f3e18d3c6e79532df3bcbba8d8d4029b3b5"},
                "the variables of that checkpoint, named and shaped as there",
            ),
        ),
        weights_licence="MIT",
    )
    recipe: ClassVar[Recipe | None] = SDNetRecipe()

    def __init__(self, weights: WeightFiles, *, as_saved: bool = False) -> None:
        super().__init__(weights)
        self._as_saved = as_saved
        self.network = SDNetNet()
        fill(self.network, named_tensors(weights, lambda name: _NAMES.get(name, name)), weights.paths[0])

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused = in_bands(self.network, ir, vis, _HALO, _BAND_PIXELS)
        return stretched(fused) if self._as_saved else fused


def _laplacian(images: Tensor) -> Tensor:
    return F.conv2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), _LAPLACIAN.to(images)[None, None])


def _low_pass(images: Tensor) -> Tensor:
    line = torch.exp(-(torch.tensor([-1.0, 0.0, 1.0]).to(images) ** 2) / (2 * 1.5**2))
    kernel = torch.outer(line, line) / line.sum() ** 2
    return F.conv2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), kernel[None, None])


def _official_names() -> dict[str, str]:
    """Official variable -> our key."""
    layers = {"layer5_fuse": "squeeze", "layer6_sept": "expand"}
    for theirs, ours in (("ir", "ir"), ("vi", "vis")):
        layers |= {f"layer{number}_{theirs}": f"{ours}.layers.{number - 1}" for number in range(1, 5)}
        layers |= {f"layer{number}_{theirs}": f"{ours}_again.layers.{number - 7}" for number in range(7, 10)}
    return {
        f"fusion_model/{layer}/{kind[0]}{layer.removeprefix('layer')}": f"{key}.{kind}"
        for layer, key in layers.items()
        for kind in ("weight", "bias")
    }


_NAMES = _official_names()
METHOD = SDNet
