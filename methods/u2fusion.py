"""U2Fusion: unified unsupervised image fusion, a densely connected network for several fusion tasks.

Xu, Ma, Jiang, Guo and Ling, "U2Fusion: A Unified Unsupervised Image Fusion Network", IEEE Trans. Pattern Analysis and
Machine Intelligence 44(1), 2022, pp. 502-518. The paper itself was not at hand.

From a description of the authors' published code: layers, padding, order of the two images and of concatenations,
value range. Equal to their output within 1e-5. The two images are not interchangeable: the authors give the visible one
first, as is done here whatever a user calls them, while some toolboxes give the infrared one first (up to 0.1 apart).
Their code saves pictures scaled so that the brightest pixel is 255; here the network's own values are returned, unless
``as_saved`` asks for theirs. It has
no training here: the weights of the two images in its loss come from a network of others (VGG-16).
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._bands import in_bands
from ._method import MethodCard, OfficialWeights
from ._saving import stretched
from ._weights import WeightedMethod, WeightFiles, fill, named_tensors

_MAPS, _LAYERS, _SLOPE = 44, 5, 0.2
_DECODER = (128, 64, 32, 1)
_HALO = 1 + _LAYERS + len(_DECODER)  # rows either side that a row of the result depends on
_BAND_PIXELS = 1 << 16  # 69 MB of 264 features


class U2FusionNet(nn.Module):
    """A dense block of six convolutions and four that lead back to an image; 659 217 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _convolution(2, _MAPS)
        self.dense = nn.ModuleList(_convolution(count * _MAPS, _MAPS) for count in range(1, _LAYERS + 1))
        widths = ((_LAYERS + 1) * _MAPS, *_DECODER)
        self.decoder = nn.ModuleList(_convolution(*pair) for pair in pairwise(widths))

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (0, 1); all tensors (B, 1, H, W)."""
        features = F.leaky_relu(self.first(torch.cat([vis, ir], dim=1)), _SLOPE)
        for layer in self.dense:
            features = torch.cat([F.leaky_relu(layer(features), _SLOPE), features], dim=1)  # what is new comes first
        for layer in self.decoder[:-1]:
            features = F.leaky_relu(layer(features), _SLOPE)
        fused: Tensor = torch.tanh(self.decoder[-1](features)) / 2 + 0.5
        return fused


class U2Fusion(WeightedMethod):
    """U2Fusion with the authors' weights.

    Args:
        weights: their checkpoint, an ``.npz`` file of its variables, or what ``hifbench weights import`` made of them.
        as_saved: give the grey levels that the authors' program saves, see the module; each image for itself.
    """

    card = MethodCard(
        name="u2fusion",
        title="U2Fusion: unified unsupervised image fusion",
        paper="Xu et al., IEEE Trans. Pattern Analysis and Machine Intelligence 44(1), 2022, pp. 502-518",
        year=2022,
        trained_on="infrared-visible, multi-exposure and multi-focus patches of the authors (which pairs is not known "
        "here; RoadScene is by the same authors)",
        needs_weights=True,
        official=(
            OfficialWeights(
                {
                    "model.ckpt.index": "15b7d283a1de8f616cc42978346bd24d47a9c380d624370368b956beb593014e",
                    "model.ckpt.data-00000-of-00001": (
                        "e50cada8d4ec92f2577ad5db5d212fba521dffb35d04e00a20364b43512c64c8"
                    ),
                },
                "github.com/hanna-xu/U2Fusion, folder model",
            ),
            OfficialWeights(
                {"u2fusion.npz": "2fc15b2967ec1336378b94107f5b2f5e26fc3680e14fa3a608c310349f155456"},
                "the variables of that checkpoint, named and shaped as there",
            ),
        ),
        weights_licence="none stated",
        smallest=2,
    )

    def __init__(self, weights: WeightFiles, *, as_saved: bool = False) -> None:
        super().__init__(weights)
        self._as_saved = as_saved
        self.network = U2FusionNet()
        fill(self.network, named_tensors(weights, _ours), weights.paths[0])

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused = in_bands(self.network, ir, vis, _HALO, _BAND_PIXELS)
        return stretched(fused, lowest=0.0) if self._as_saved else fused


def _convolution(maps: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(maps, out, 3, padding=1, padding_mode="reflect")


def _official_names() -> dict[str, str]:
    """Official layer -> ours."""
    encoder, decoder = "Generator/encoder/", "Generator_1/decoder/"
    return {
        f"{encoder}conv1_1": "first",
        **{f"{encoder}dense_block_conv{index + 1}": f"dense.{index}" for index in range(_LAYERS)},
        **{f"{decoder}conv2_{index + 1}": f"decoder.{index}" for index in range(len(_DECODER))},
    }


_NAMES = _official_names()


def _ours(name: str) -> str:
    """Our key of an official variable; another's is left as it is."""
    layer, _, kind = name.rpartition("/")
    kinds = {"kernel": "weight", "bias": "bias"}
    return f"{_NAMES[layer]}.{kinds[kind]}" if layer in _NAMES and kind in kinds else name


METHOD = U2Fusion
