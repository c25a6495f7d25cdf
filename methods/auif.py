"""AUIF: algorithm unrolling image fusion, base and detail layers by unrolled optimisation.

Zhao, Xu, Zhang, Liang, Zhang and Liu, "Efficient and Model-Based Infrared and Visible Image Fusion via Algorithm
Unrolling", IEEE Trans. Circuits and Systems for Video Technology, 2021. The paper itself was not at hand.

From a description of the authors' published code: layers, padding, fusion by sum, start values, data, crops, batch,
rates, epochs, and which terms the loss has. Equal to their output within 1e-4 (batch-norm variances in the hundreds
amplify the order in which filters are summed). Inferred: how ``l1-norm`` weighs (of the two other fusion modes their
names were known), how the milestones are counted, no weight decay. Recalled: the SSIM loss, which the authors took
from an old kornia, see :mod:`hifbench.methods._losses`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from ._decomposition import fusion
from ._losses import ssim_loss
from ._method import MethodCard, OfficialWeights
from ._training.recipe import Recipe
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_STEPS = 10
_BLUR, _LAPLACIAN = 11, 19
_MILESTONES = 41, 81
_BAND_PIXELS = 1 << 15  # 8 MB of features
# How three taps act on the first row, on one inside and on the last, where the row beyond is mirrored.
_FOLDS = torch.tensor(
    [[[0, 0, 0], [0, 1, 0], [1, 0, 1]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 1], [0, 1, 0], [0, 0, 0]]]
)


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
        """The 64 filters and their adjoint; (B, 1, H, W) to the same."""
        return self._at_once(x) if self.training else self._in_bands(x)

    def _at_once(self, x: Tensor) -> Tensor:
        """Both as the 5 x 5 filter that they are together: a small part of the time and memory to learn.

        Not for fusing: the time and the operations that are measured would be another method's. Mirrored features are
        folded taps of the adjoint, so corners, sides and inside, nine places, have a filter each.
        """
        adjoint = self.kernel.flip(-2, -1)
        folds = _FOLDS.to(x)
        folded = torch.einsum("pij,qkl,njl->pqnik", folds, folds, adjoint[:, 0])
        filters = F.conv2d(F.pad(folded.flatten(0, 1), (2, 2, 2, 2)), adjoint.transpose(0, 1)).reshape(3, 3, 1, 5, 5)
        padded = _reflect(x, 2)
        # Images as channels: torch's depthwise kernel goes back in a seventh of the time.
        images = padded[..., 1:-1, 1:-1].transpose(0, 1)
        inside = F.conv2d(images, filters[1, 1].expand(len(x), -1, -1, -1), groups=len(x)).transpose(0, 1)
        left, right = F.conv2d(padded[..., 1:-1, :5], filters[1, :1]), F.conv2d(padded[..., 1:-1, -5:], filters[1, 2:])
        top, bottom = (
            torch.cat([row[:, :1, :, :1], row[:, 1:2, :, 1:-1], row[:, 2:, :, -1:]], dim=-1)
            for row in (F.conv2d(padded[..., :5, :], filters[0]), F.conv2d(padded[..., -5:, :], filters[2]))
        )
        return torch.cat([top, torch.cat([left, inside, right], dim=-1), bottom], dim=-2)

    def _in_bands(self, x: Tensor) -> Tensor:
        """One after the other, in bands of rows: all 64 maps of a whole image leave any cache."""
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
    """Two encoders and a decoder; 11 631 parameters.

    Args:
        mode: how base and detail layers are fused, see :mod:`hifbench.methods._decomposition`.
    """

    def __init__(self, mode: str = "sum") -> None:
        super().__init__()
        self.merge = fusion(mode)
        self.base = Encoder(torch.full((1, 1, _BLUR, _BLUR), 1 / _BLUR**2))
        laplacian = torch.ones(1, 1, _LAPLACIAN, _LAPLACIAN)
        laplacian[..., _LAPLACIAN // 2, _LAPLACIAN // 2] = 1 - _LAPLACIAN**2
        self.detail = Encoder(laplacian / laplacian.abs().sum())
        self.decoder = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3, bias=False), nn.BatchNorm2d(1), nn.Sigmoid()
        )

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (0, 1); all tensors (B, 1, H, W)."""
        base = self.merge(self.base(ir), self.base(vis))
        detail = self.merge(self.detail(ir), self.detail(vis))
        fused: Tensor = self.decoder(base + detail)
        return fused

    def reconstruct(self, image: Tensor) -> Tensor:
        """The image from its own base and detail layer, as is trained; (B, 1, H, W) to the same."""
        again: Tensor = self.decoder(self.base(image) + self.detail(image))
        return again


class AUIFRecipe(Recipe):
    """Training of AUIF as in the authors' code, but for what the module says was inferred or recalled.

    Single images are taken apart and put together again. The second milestone, 81, is never reached in 80 epochs.
    """

    crops: ClassVar[Literal["random", "resized", "centre"]] = "resized"
    flips: ClassVar[bool] = False
    mixed: ClassVar[bool] = True

    dataset: str = "flir-auif"
    split: str = "train"
    epochs: int = 80
    batch: int = 32
    crop: int = 128
    rate: float = 1e-2
    detail_rate: float = Field(default=1e-3, gt=0, lt=1, description="the same of the detail encoder")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="float32", description="of the network while it is trained; bfloat16 was not tried"
    )
    similarity: float = Field(default=5.0, ge=0, description="weight of the SSIM loss, window 3")

    def network(self) -> nn.Module:
        """A network with random filters, as :class:`UnrolledStep` draws them."""
        return AUIFNet()

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """The reconstructed images."""
        assert isinstance(network, AUIFNet)
        return (network.reconstruct(images[0]),)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Mean squared error and SSIM loss of the reconstruction."""
        (again,), (image,) = predicted, images
        return {"mse": F.mse_loss(again, image), "ssim": self.similarity * ssim_loss(again, image, window=3)}

    def groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Adam's parameter groups: base encoder and decoder, and the slower detail encoder."""
        assert isinstance(network, AUIFNet)
        quick = [*network.base.parameters(), *network.decoder.parameters()]
        return [
            {"params": quick, "lr": self.rate},
            {"params": list(network.detail.parameters()), "lr": self.detail_rate},
        ]

    def factor(self, epoch: int) -> float:
        """A tenth after 41 epochs, a hundredth after 81.

        Inferred: that the published epochs, 41 and 81, are counted as torch's MultiStepLR counts its milestones.
        """
        return float(0.1 ** sum(epoch >= milestone for milestone in _MILESTONES))


class AUIF(WeightedMethod):
    """AUIF with the authors' weights or our own.

    Args:
        weights: the three official files, or one of ours.
        mode: ``sum``, as the authors' published results; ``average`` or ``l1-norm``.
    """

    card = MethodCard(
        name="auif",
        title="AUIF: algorithm unrolling image fusion",
        paper="Zhao et al., IEEE Trans. Circuits and Systems for Video Technology, 2021",
        year=2021,
        trained_on="180 FLIR pairs, which are 180 of RoadScene's 221",
        training_data="flir-auif/train",
        needs_weights=True,
        official=(
            OfficialWeights(
                {
                    "TCSVT_Encoder_Base.model": "c4fe51b85637e3befc89b27e3cbb7a765aea37871eb4da4f58b471680ce7eb72",
                    "TCSVT_Encoder_Detail.model": "92e1ad6a4b7e5a2acc442a3a57c3b0e48a2af262f487942e42d81334de204726",
                    "TCSVT_Decoder.model": "7966d490bb4003821c8f20ce1197c22d020ab986850571c5dfa02b0defad8ad3",
                },
                "github.com/Zhaozixiang1228/IVIF-AUIF-Net, folder Models",
            ),
        ),
        weights_licence="none stated",
        smallest=_LAPLACIAN // 2 + 1,
    )

    recipe: ClassVar[Recipe | None] = AUIFRecipe()

    def __init__(self, weights: WeightFiles, *, mode: str = "sum") -> None:
        super().__init__(weights)
        self.network = AUIFNet(mode)
        if weights.is_ours:
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

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused: Tensor = self.network(ir, vis)
        return fused


def _reflect(image: Tensor, margin: int) -> Tensor:
    return F.pad(image, (margin, margin, margin, margin), mode="reflect")


METHOD = AUIF
