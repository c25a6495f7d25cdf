"""DeFusion: fusion from a decomposition into what two images share and what each has alone.

Liang et al., "Fusion from Decomposition: A Self-Supervised Decomposition Approach for Image Fusion", ECCV 2022. The
paper itself was not at hand, and neither were the weights, which its authors share on a drive of Google's only: nothing
here was compared with their images.

From a description of the authors' published code: ResNeSt blocks (radix 2, expansion 4, no norm), widths and depths of
all encoders, what goes into each decoder and that each gives 16 features, sum and ReLU, reflected margin of 16, and
the number of parameters, 7 874 473. Inferred: all inside the decoders (:class:`Decoder`). What is here is regular and
has the published number of parameters with three heads, which its remainder by 8 asks for; it is not the only such
design. Where strides and pools lie, and grey as the BT.601 weights of the three colours, are inferred too. The authors'
file is loaded where it fits tensor by tensor, else refused: then fuse with their code.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import WeightsError
from ._method import MethodCard, OfficialWeights
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

_RADIX, _EXPANSION = 2, 4
_LEAST_ATTENTION = 32
_STEM = 16
_LEVELS = ((32, 6), (64, 6), (128, 4), (256, 4))  # channels and blocks; the first at full size, each next at half
_COMMON, _COMMON_BLOCKS = 1024, 4
_DECODED, _DECODER_BLOCKS = (256, 256, 128, 32), 3  # from the coarsest level to the full size
_MARGIN = 16
_GREY = 0.299, 0.587, 0.114


class SplitAttention(nn.Module):
    """A grouped convolution to two splits, summed by weights that the mean of their sum decides for each channel.

    Zhang et al., "ResNeSt: Split-Attention Networks", 2020.

    Args:
        channels: in and out.
        stride: of the convolution.
    """

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        wide, narrow = _RADIX * channels, max(_RADIX * channels // 4, _LEAST_ATTENTION)
        self.conv = nn.Conv2d(channels, wide, 3, stride, padding=1, groups=_RADIX, bias=False)
        self.fc1, self.fc2 = nn.Conv2d(channels, narrow, 1), nn.Conv2d(narrow, wide, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Features, (B, channels, H / stride, W / stride)."""
        splits = torch.stack(F.relu(self.conv(features)).chunk(_RADIX, dim=1), dim=1)
        scores = self.fc2(F.relu(self.fc1(splits.sum(dim=1).mean(dim=(-2, -1), keepdim=True))))
        shares = torch.stack(scores.chunk(_RADIX, dim=1), dim=1).softmax(dim=1)
        return (shares * splits).sum(dim=1)


class Block(nn.Module):
    """ResNeSt bottleneck: 1x1, split attention and 1x1 convolution beside a shortcut.

    Args:
        taken: channels in.
        given: channels out, four times those inside.
        stride: of the split attention and the shortcut.
    """

    def __init__(self, taken: int, given: int, stride: int = 1) -> None:
        super().__init__()
        inside = given // _EXPANSION
        self.conv1 = nn.Conv2d(taken, inside, 1, bias=False)
        self.conv2 = SplitAttention(inside, stride)
        self.conv3 = nn.Conv2d(inside, given, 1, bias=False)
        same = taken == given and stride == 1
        self.shortcut = nn.Identity() if same else nn.Conv2d(taken, given, 1, stride, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Features, (B, given, H / stride, W / stride)."""
        return F.relu(self.conv3(self.conv2(F.relu(self.conv1(features)))) + self.shortcut(features))


class Encoder(nn.Module):
    """Features of one image at four sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, _STEM, 3, padding=1, bias=False)
        widths = [_STEM, *(width for width, _ in _LEVELS)]
        strides = 1, 1, 2, 2  # before the second level there is a pool
        self.levels = nn.ModuleList(
            _blocks(taken, given, depth, stride)
            for taken, (given, depth), stride in zip(widths, _LEVELS, strides, strict=False)
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        """Features from the full size to an eighth of it, of an image (B, 3, H, W)."""
        features, found = F.relu(self.stem(image)), []
        for index, level in enumerate(self.levels):
            if index == 1:
                features = F.max_pool2d(features, 3, stride=2, padding=1)
            features = level(features)
            found.append(features)
        return found


class Decoder(nn.Module):
    """From common features and an eighth of the size back to 16 features at the full size.

    A 1x1 convolution after each doubling brings what comes from below to the width of the features beside it.

    Args:
        images: whose features come in beside the common ones: one or two.
    """

    def __init__(self, images: int) -> None:
        super().__init__()
        skips = [width for width, _ in reversed(_LEVELS)]
        self.up = nn.ModuleList(nn.Conv2d(below, skip, 1) for below, skip in zip(_DECODED, skips[1:], strict=False))
        beside = [_COMMON, *skips[1:]]
        self.levels = nn.ModuleList(
            _blocks(first + images * skip, given, _DECODER_BLOCKS)
            for first, skip, given in zip(beside, skips, _DECODED, strict=True)
        )
        self.last = nn.Conv2d(_DECODED[-1], _STEM, 1)

    def forward(self, common: Tensor, images: Sequence[Sequence[Tensor]]) -> Tensor:
        """Features (B, 16, H, W).

        Args:
            common: (B, 1024, H / 8, W / 8).
            images: what :class:`Encoder` found in each.
        """
        features = common
        for index, level in enumerate(self.levels):
            beside = [found[-1 - index] for found in images]
            if index:
                features = F.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
                # Half of an odd size is rounded up, so twice of it is a row or a column too large.
                features = self.up[index - 1](F.interpolate(features, beside[0].shape[-2:], mode="nearest"))
            features = level(torch.cat([features, *beside], dim=1))
        decoded: Tensor = self.last(features)
        return decoded


class DeFusionNet(nn.Module):
    """Shared encoder, common encoder, a common and a unique decoder, three heads; 7 874 473 parameters.

    The heads of the common and the unique part serve training alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.common = _blocks(2 * _LEVELS[-1][0], _COMMON, _COMMON_BLOCKS)
        self.common_decoder, self.unique_decoder = Decoder(images=2), Decoder(images=1)
        self.fused_head, self.common_head, self.unique_head = (nn.Conv2d(_STEM, 3, 3, padding=1) for _ in range(3))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Fused colour image (B, 3, H, W), 0 or more; both images (B, 3, H, W) in [0, 1]."""
        found = [self.encoder(image) for image in (first, second)]
        common = self.common(torch.cat([features[-1] for features in found], dim=1))
        parts = [self.common_decoder(common, found), *(self.unique_decoder(common, [features]) for features in found)]
        return F.relu(self.fused_head(torch.stack(parts).sum(dim=0)))


class DeFusion(WeightedMethod):
    """DeFusion, for whoever has weights that fit.

    Args:
        weights: a file of tensors named as :class:`DeFusionNet` names them.

    Raises:
        WeightsError: the file is unreadable or does not fit.
    """

    card = MethodCard(
        name="defusion",
        title="DeFusion: fusion from decomposition",
        paper="Liang et al., ECCV 2022",
        year=2022,
        trained_on="COCO, single images with parts masked",
        needs_weights=True,
        official=(
            # Their name for the file and its hash were not at hand.
            OfficialWeights(
                {"defusion.pth": ""},
                "the drive that the README of github.com/erfect2020/DecompositionForFusion names, where it is called "
                "otherwise; if it does not fit, fuse with their code and bring the pictures with 'hifbench import "
                "RESULTS --method defusion-theirs --dataset NAME'",
            ),
        ),
        weights_licence="MIT",
        smallest=_MARGIN + 1,
    )

    def __init__(self, weights: WeightFiles) -> None:
        super().__init__(weights)
        self.network = DeFusionNet()
        try:
            fill(self.network, load_tensors(weights.paths[0]), weights.paths[0])
        except WeightsError as error:
            raise WeightsError(
                f"{error}; if it is, this port's decoders, which are inferred, are not the authors': fuse with their "
                f"code and bring the images with 'hifbench import'"
            ) from error

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        colour = [
            F.pad(image, (_MARGIN, _MARGIN, _MARGIN, _MARGIN), mode="reflect").expand(-1, 3, -1, -1)
            for image in (ir, vis)
        ]
        fused = self.network(*colour)[..., _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
        weights = torch.tensor(_GREY, device=fused.device).view(1, 3, 1, 1)
        grey: Tensor = (fused * weights).sum(dim=1, keepdim=True)
        return grey


def _blocks(taken: int, given: int, count: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(Block(taken, given, stride), *(Block(given, given) for _ in range(count - 1)))


METHOD = DeFusion
