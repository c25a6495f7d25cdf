"""TarDAL: target-aware dual adversarial learning, its generator with the published weights.

Liu, Fan, Huang, Wu, Liu, Zhong and Luo, "Target-Aware Dual Adversarial Learning and a Multi-Scenario Multi-Modality
Benchmark to Fuse Infrared and Visible for Object Detection", CVPR 2022. The paper itself was not at hand.

From a description of the authors' published code: layers, order of the inputs, value range, and that ``tardal.pt``,
first release, is run with the statistics of the image at hand in its batch norms. Equal to the output of their
generator within 1e-5. The authors cut values outside [0, 1] and fractions of grey levels off when they save, as
``as_saved`` does; else the harness clips and rounds, as for every method. :mod:`hifbench.methods.tardal_source` trains
the generator without its critics.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import WeightsError
from ._method import MethodCard, OfficialWeights
from ._saving import truncated
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_MAPS = 32
_EMBOSSES = (
    "whose images look embossed in either mode of its batch norms, so it is no baseline; use tardal.pt of the first "
    "release"
)
_OTHERS = {
    "cff3756548b511e3e415616debc557cdc85b3bb19393ca158cac8d08f232897c": f"tardal+.pt, {_EMBOSSES}",
    "7009d125e36db043d6918d9358e10c6dca7fdf2dd08ada09c5ecd294f45f98c5": f"tardal++.pt, {_EMBOSSES}",
}


class OwnStatistics(nn.BatchNorm2d):
    """Batch norm by the mean and variance of its input, whatever the mode; stored statistics are left alone."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalised features, (B, C, H, W)."""
        return F.batch_norm(input, None, None, self.weight, self.bias, training=True, eps=self.eps)


class Generator(nn.Module):
    """A convolution, three densely connected ones and four that fuse; 296 577 parameters.

    Modules are named as in the authors' files.

    Args:
        norm: the batch norm.
    """

    def __init__(self, norm: type[nn.BatchNorm2d] = nn.BatchNorm2d) -> None:
        super().__init__()
        self.encoder = _block(2, _MAPS, norm)
        self.dense = nn.ModuleList(_block(_MAPS * count, _MAPS, norm) for count in (1, 2, 3))
        wide = 4 * _MAPS
        self.fuse = nn.Sequential(
            nn.Sequential(nn.Conv2d(wide, wide, 3, padding=1), nn.ReLU()),
            _block(wide, 2 * _MAPS, norm),
            _block(2 * _MAPS, _MAPS, norm),
            nn.Sequential(nn.Conv2d(_MAPS, 1, 3, padding=1), nn.Tanh()),
        )

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (-1, 1), made to be cut off below 0; all tensors (B, 1, H, W)."""
        features = self.encoder(torch.cat([ir, vis], dim=1))
        for layer in self.dense:
            features = torch.cat([features, layer(features)], dim=1)
        fused: Tensor = self.fuse(features)
        return fused


class TarDAL(WeightedMethod):
    """TarDAL with the authors' ``tardal.pt``.

    A result depends on the whole image through its statistics: no tiles, and the pairs of a batch one by one.

    Args:
        weights: the official file.
        as_saved: give the grey levels that the authors' program saves, see the module.

    Raises:
        WeightsError: ``tardal+.pt``, ``tardal++.pt`` or another file that is not run with the image's statistics.
    """

    card = MethodCard(
        name="tardal",
        title="TarDAL: target-aware dual adversarial learning",
        paper="Liu et al., CVPR 2022",
        year=2022,
        trained_on="what its authors do not state for the first release",
        needs_weights=True,
        official=(
            OfficialWeights(
                {"tardal.pt": "e0fa61e25cffa9fb14ff17b47ea7ba237a6e8c6f37e1b9b115d63354ff0f13e1"},
                "github.com/JinyuanLiu-CV/TarDAL, first release, or github.com/Linfeng-Tang/VIF-Benchmark",
            ),
        ),
        weights_licence="GPL-3.0",
        smallest=2,  # the variance of a single pixel is none
    )

    def __init__(self, weights: WeightFiles, *, as_saved: bool = False) -> None:
        super().__init__(weights)
        self._as_saved = as_saved
        weights.refuse(_OTHERS)
        path = weights.paths[0]
        tensors = load_tensors(path)
        self.network = Generator(OwnStatistics)
        fill(self.network, tensors, path)
        if any(int(count) for key, count in tensors.items() if key.endswith("num_batches_tracked")):
            raise WeightsError(
                f"{path} has gathered statistics in training, and this method runs with those of the image, as is "
                f"right for tardal.pt of the first release alone; use that file"
            )

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        pairs = range(len(ir))
        fused = torch.cat([self.network(ir[index : index + 1], vis[index : index + 1]) for index in pairs])
        return truncated(fused) if self._as_saved else fused


def _block(taken: int, given: int, norm: type[nn.BatchNorm2d]) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(taken, given, 3, padding=1), norm(given), nn.ReLU())


METHOD = TarDAL
