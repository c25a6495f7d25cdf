"""AUIF: algorithm unrolling image fusion, base and detail layers by unrolled optimisation.

Zhao, Xu, Zhang, Liang, Zhang and Liu, "Efficient and Model-Based Infrared and Visible Image Fusion via Algorithm
Unrolling", IEEE Trans. Circuits and Systems for Video Technology, 2021. Layers, padding and the fusion mode
("sum") follow the authors' published code; the paper itself was not at hand. Equal to their output within 1e-4
(batch-norm variances in the hundreds amplify the order in which filters are summed).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._method import MethodCard
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_STEPS = 10
_BLUR, _LAPLACIAN = 11, 19
_BAND_PIXELS = 1 << 15  # 8 MB of features


class UnrolledStep(nn.Module):
    """One step of the unrolled optimisation: x <- x - eta * (prior(x) - theta * (image - x))."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(64, 1, 3, 3))
        self.eta = nn.Parameter(torch.normal(0.1, 0.03, (1,)))
        self.theta = nn.Parameter(torch.normal(1e-3, 1e-4, (1,)))
        self.rest = nn.Sequential(nn.BatchNorm2d(1), nn.PReLU())

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """Estimate after the step; all tensors (B, 1, H, W)."""
        prior = self.rest(self._filter_and_back(x))
        step: Tensor = x - self.eta * (prior - self.theta * (image - x))
        return step

    def _filter_and_back(self, x: Tensor) -> Tensor:
        """The 64 filters and their adjoint, in bands of rows: all 64 maps of a whole image leave any cache."""
        height, width = x.shape[-2:]
        rows = max(1, _BAND_PIXELS // width) if x.device.type == "cpu" else height
        padded, adjoint = _reflect(x, 1), self.kernel.flip(-2, -1).transpose(0, 1)
        bands = []
        for top in range(0, height, rows):
            bottom = min(top + rows, height)
            # One row more on either side for the adjoint; reflected only where the image ends.
            first, last = max(top - 1, 0), min(bottom + 1, height)
            features = F.conv2d(padded[..., first : last + 2, :], self.kernel)
            features = F.pad(features, (1, 1, int(top == 0), int(bottom == height)), mode="reflect")
            bands.append(F.conv2d(features, adjoint))
        return torch.cat(bands, dim=-2)


class Encoder(nn.Module):
    """Ten unrolled steps from a fixed filter's output.

    Args:
        start: (1, 1, k, k) filter whose output is the first estimate.
    """

    start: Tensor

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.register_buffer("start", start, persistent=False)
        self.steps = nn.ModuleList(UnrolledStep() for _ in range(_STEPS))

    def forward(self, image: Tensor) -> Tensor:
        """Base or detail layer of an image, (B, 1, H, W)."""
        x = F.conv2d(_reflect(image, self.start.shape[-1] // 2), self.start)
        for step in self.steps:
            x = step(x, image)
        return x


class AUIFNet(nn.Module):
    """Two encoders and a decoder; 11 631 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Encoder(torch.full((1, 1, _BLUR, _BLUR), 1 / _BLUR**2))
        laplacian = torch.ones(1, 1, _LAPLACIAN, _LAPLACIAN)
        laplacian[..., _LAPLACIAN // 2, _LAPLACIAN // 2] = 1 - _LAPLACIAN**2
        self.detail = Encoder(laplacian / laplacian.abs().sum())
        self.decoder = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3, bias=False), nn.BatchNorm2d(1), nn.Sigmoid()
        )

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (0, 1); all tensors (B, 1, H, W)."""
        base = self.base(ir) + self.base(vis)
        detail = self.detail(ir) + self.detail(vis)
        fused: Tensor = self.decoder(base + detail)
        return fused


class AUIF(WeightedMethod):
    """AUIF with the authors' weights."""

    card = MethodCard(
        name="auif",
        title="AUIF: algorithm unrolling image fusion",
        paper="Zhao et al., IEEE Trans. Circuits and Systems for Video Technology, 2021",
        year=2021,
        trained_on="180 FLIR pairs, which are 180 of RoadScene's 221",
        needs_weights=True,
        official_files=("TCSVT_Encoder_Base.model", "TCSVT_Encoder_Detail.model", "TCSVT_Decoder.model"),
        weights_licence="none stated",
        smallest=_LAPLACIAN // 2 + 1,
    )

    def __init__(self, weights: WeightFiles) -> None:
        super().__init__(weights)
        self.network = AUIFNet()
        if len(weights.paths) == 1:
            fill(self.network, load_tensors(weights.paths[0]), weights.paths[0])
            return
        parts: tuple[tuple[nn.Module, str, str], ...] = (
            (self.network.base, "conv1.", "steps."),
            (self.network.detail, "conv2.", "steps."),
            (self.network.decoder, "decoder.", ""),
        )
        for (part, theirs, ours), path in zip(parts, weights.paths, strict=True):
            tensors = {
                ours + key.removeprefix(theirs) if key.startswith(theirs) else key: value
                for key, value in load_tensors(path).items()
            }
            fill(part, tensors, path)

    def to(self, device: torch.device) -> None:
        """Work on ``device`` from now on."""
        super().to(device)
        self.network.to(device)

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused: Tensor = self.network(ir, vis)
        return fused


def _reflect(image: Tensor, margin: int) -> Tensor:
    return F.pad(image, (margin, margin, margin, margin), mode="reflect")


METHOD = AUIF
