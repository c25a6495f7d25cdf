"""SeAFusion: semantic-aware fusion, gradient-residual dense blocks for each source and one decoder.

Tang, Yuan and Ma, "Image fusion in the loop of high-level vision tasks: A semantic-aware real-time infrared and visible
image fusion network", Information Fusion 82, 2022. The paper itself was not at hand.

From a description of the code that its first author publishes in VIF-Benchmark: layers, padding, value range. Equal to
its output within 1e-5. That project stretches an image to full contrast when it saves; nothing is stretched here,
unless ``as_saved`` asks for it, and then the luminance alone, where that project stretches three colours by one
measure. It is not trained here: its loss needs a segmentation network.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._bands import in_bands
from ._method import MethodCard, OfficialWeights
from ._saving import stretched
from ._sobel import KERNELS
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_HALO = 9  # one convolution before, two in each residual block, four after
_BAND_PIXELS = 1 << 16  # 25 MB for 96 features


class Conv(nn.Module):
    """A convolution below the name that the official file gives it.

    Args:
        taken: channels in.
        given: channels out.
        side: of the kernel; zeros around the image keep its size.
    """

    def __init__(self, taken: int, given: int, side: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(taken, given, side, padding=side // 2)

    def forward(self, features: Tensor) -> Tensor:
        """Filtered features, (B, given, H, W)."""
        filtered: Tensor = self.conv(features)
        return filtered


class Dense(nn.Module):
    """Two densely connected convolutions; c channels in, 3 c out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = Conv(channels, channels)
        self.conv2 = Conv(2 * channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """What came in and what each convolution makes of all before it, (B, 3 c, H, W)."""
        for layer in (self.conv1, self.conv2):
            features = torch.cat([features, _leaky(layer(features))], dim=1)
        return features


class Gradient(nn.Module):
    """|x * Sx| + |x * Sy| of each channel; the filters start as Sobel's and are trained."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convx, self.convy = (
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False) for _ in range(2)
        )
        for layer, kernel in zip((self.convx, self.convy), KERNELS, strict=True):
            layer.weight.data.copy_(kernel.expand_as(layer.weight))

    def forward(self, features: Tensor) -> Tensor:
        """Strength of the gradient, same shape."""
        strength: Tensor = self.convx(features).abs() + self.convy(features).abs()
        return strength


class GradientResidualBlock(nn.Module):
    """Dense features plus a projection of the gradient."""

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.dense = Dense(taken)
        self.convdown = Conv(3 * taken, given, side=1)
        self.sobelconv = Gradient(taken)
        self.convup = Conv(taken, given, side=1)

    def forward(self, features: Tensor) -> Tensor:
        """Features, (B, given, H, W)."""
        both = self.convdown(self.dense(features)) + self.convup(self.sobelconv(features))
        return F.leaky_relu(both, 0.1)


class SeAFusionNet(nn.Module):
    """An encoder for each source, a decoder for both. Modules are named as in the official file."""

    def __init__(self) -> None:
        super().__init__()
        self.vis_conv, self.inf_conv = Conv(1, 16), Conv(1, 16)
        self.vis_rgbd1, self.inf_rgbd1 = GradientResidualBlock(16, 32), GradientResidualBlock(16, 32)
        self.vis_rgbd2, self.inf_rgbd2 = GradientResidualBlock(32, 48), GradientResidualBlock(32, 48)
        self.decode4, self.decode3, self.decode2 = Conv(96, 64), Conv(64, 32), Conv(32, 16)
        self.decode1 = Conv(16, 1)

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image in (0, 1); all tensors (B, 1, H, W)."""
        visible = self.vis_rgbd2(self.vis_rgbd1(_leaky(self.vis_conv(vis))))
        infrared = self.inf_rgbd2(self.inf_rgbd1(_leaky(self.inf_conv(ir))))
        features = torch.cat([visible, infrared], dim=1)
        for layer in (self.decode4, self.decode3, self.decode2):
            features = _leaky(layer(features))
        fused: Tensor = torch.tanh(self.decode1(features)) / 2 + 0.5
        return fused


class SeAFusion(WeightedMethod):
    """SeAFusion with the published weights.

    Args:
        weights: the official file.
        as_saved: give the grey levels that the authors' program saves, see the module.
    """

    card = MethodCard(
        name="seafusion",
        title="SeAFusion: semantic-aware fusion",
        paper="Tang et al., Information Fusion 82, 2022",
        year=2022,
        trained_on="MSRS, training split",
        needs_weights=True,
        official=(
            OfficialWeights(
                {"SeAFusion.pth": "8d65a7f9a50f36349803368cf9920f40420776995e7e8cc8a56d8d30e499431d"},
                "github.com/Linfeng-Tang/VIF-Benchmark, folder Checkpoint/SeAFusion",
            ),
        ),
        weights_licence="MIT (VIF-Benchmark, by the same first author)",
    )

    def __init__(self, weights: WeightFiles, *, as_saved: bool = False) -> None:
        super().__init__(weights)
        self._as_saved = as_saved
        self.network = SeAFusionNet()
        tensors = load_tensors(weights.paths[0])
        # The file carries batch norms of the decoder that the authors' network never calls.
        used = {key: value for key, value in tensors.items() if key.split(".")[1:2] != ["bn"]}
        fill(self.network, used, weights.paths[0])

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused = in_bands(self.network, ir, vis, _HALO, _BAND_PIXELS)
        return stretched(fused) if self._as_saved else fused


def _leaky(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.2)


METHOD = SeAFusion
