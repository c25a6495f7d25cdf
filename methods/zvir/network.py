"""The network that is fitted to a pair.

A main path takes one image, a side path the other; the side's features join the main path at four places. Names and
shapes of the state are the authors', with the layers that they build and never use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_KEEP = 0.9  # dropout 0.1


class Conv(nn.Module):
    """Convolution that keeps the size, zero padded, with a kernel of its own for each pair of a batch.

    Args:
        inputs: channels in.
        outputs: channels out.
        generator: source of the first weights, torch's default for convolutions: weight, then bias.
        size: of the kernel.
    """

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator, size: int = 3) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs * size**2)
        self.weight = nn.Parameter(
            torch.empty(outputs, inputs, size, size).uniform_(-bound, bound, generator=generator)
        )
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-bound, bound, generator=generator))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, H, W) to (n, outputs, H, W), n the pairs that the weights are for."""
        pairs, _, height, width = x.shape
        beside = x.reshape(1, -1, height, width)
        out = F.conv2d(beside, self.weight, self.bias, padding=self.weight.shape[-1] // 2, groups=pairs)
        return out.view(pairs, -1, height, width)


class Norm(nn.BatchNorm2d):
    """Batch normalisation by the statistics of each image alone; the running ones are in the state and idle."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, H, W), n the pairs that the weights are for."""
        beside = x.reshape(1, -1, *x.shape[-2:])
        return F.batch_norm(beside, None, None, self.weight, self.bias, training=True, eps=self.eps).view(x.shape)


class Down(nn.Module):
    """Convolution, normalisation, ReLU; the authors' second convolution and normalisation stay idle."""

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        self.conv1, self.batchnorm1 = Conv(inputs, outputs, generator), Norm(outputs)
        self.conv2, self.batchnorm2 = Conv(outputs, outputs, generator), Norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, H, W) to (n, outputs, H, W)."""
        return F.relu(self.batchnorm1(self.conv1(x)))


class Up(nn.Module):
    """Normalisation, convolution, ReLU, doubling, convolution to a quarter of the width, dropout; ``conv2`` is idle."""

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        self.batchnorm1, self.conv1 = Norm(inputs), Conv(inputs, outputs, generator)
        self.conv2, self.conv3 = Conv(outputs, outputs, generator), Conv(outputs, outputs // 4, generator)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(n, inputs, h, w) to (n, outputs / 4, 2h, 2w), times the mask."""
        x = F.relu(self.conv1(self.batchnorm1(x)))
        x = self.conv3(doubled(x))
        return x if mask is None else x * mask


def doubled(x: Tensor) -> Tensor:
    """Twice the size, bilinear, corners not aligned: (n, channels, h, w) to (n, channels, 2h, 2w).

    As ``F.interpolate`` does it, whose derivative on a GPU adds up in no fixed order.
    """
    for dim in (2, 3):
        size = x.shape[dim]
        before = torch.cat([x.narrow(dim, 0, 1), x.narrow(dim, 0, size - 1)], dim)
        after = torch.cat([x.narrow(dim, 1, size - 1), x.narrow(dim, size - 1, 1)], dim)
        x = torch.stack([torch.lerp(x, before, 0.25), torch.lerp(x, after, 0.25)], dim + 1).flatten(dim, dim + 1)
    return x


class ZVIRNet(nn.ModuleDict):
    """The network: 12 758 449 parameters, of which the 7 920 497 that take part get a gradient.

    Args:
        generator: on the CPU; source of the first weights, in the order of the state.
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self["enc1"] = Down(1, 32, generator)
        self["b_enc1"] = Down(1, 32, generator)
        for prefix, level, width, same, wider in (
            ("enc", 2, 32, 3, 1),
            ("b_enc", 2, 32, 3, 1),
            ("enc", 3, 64, 3, 1),
            ("b_enc", 3, 64, 3, 1),
            ("enc", 4, 128, 5, 1),
            ("b_enc", 4, 128, 2, 0),
            ("enc", 5, 256, 2, 0),
        ):
            for i in range(same + wider):
                self[f"{prefix}{level}_{i}"] = Down(width, width if i < same else 2 * width, generator)
        self["enc5_bn"] = Norm(256)
        self["enc6_conv"] = Conv(256, 512, generator)
        self["dec6_conv"] = Conv(512, 256, generator)
        self["dec5_0"] = Up(512, 256, generator)
        self["dec4_0"] = Up(320, 256, generator)
        self["dec3_0"] = Up(192, 128, generator)
        self["dec2_0"] = Up(96, 64, generator)
        self["dec1_conv1"] = Conv(48, 64, generator)
        self["dec1_conv2"] = Conv(64, 32, generator)
        self["dec1_conv3"] = Conv(32, 1, generator, size=1)

    def for_pairs(self, pairs: int) -> ZVIRNet:
        """This network with its weights repeated, to be fitted to so many pairs side by side."""
        for parameter in self.parameters():
            parameter.data = parameter.data.repeat(pairs, *[1] * (parameter.ndim - 1))
        return self

    def forward(self, x: Tensor, y: Tensor, masks: Sequence[Tensor] | None) -> Tensor:
        """Output of the network.

        Args:
            x: input of the main path, (n, 1, H, W), sides multiples of 16, n the pairs that the weights are for.
            y: input of the side path, same shape.
            masks: of the four dropouts, as :func:`draw_masks` makes them; None for no dropout.

        Returns:
            (n, 1, H, W) in (0, 1).
        """
        s22, s31, s32, s41 = self._side(y)
        e1 = self["enc1"](x)
        p = F.max_pool2d(e1, 2)
        m0 = self["enc2_0"](p)
        m1 = self["enc2_1"](m0 + p)
        m2 = self["enc2_2"](m1)
        m3 = self["enc2_3"](m2 + m1 + s22)
        p = F.max_pool2d(m3, 2)
        n0 = self["enc3_0"](p)
        n1 = self["enc3_1"](n0 + p)
        n2 = self["enc3_2"](n1 + n0 + s31)
        n3 = self["enc3_3"](n2 + n1 + s32)
        p = F.max_pool2d(n3, 2)
        o0 = self["enc4_0"](p)
        o1 = self["enc4_1"](o0 + p)
        o2 = self["enc4_2"](o1 + o0 + s41)
        o3 = self["enc4_3"](o2 + o1)
        o4 = self["enc4_4"](o3 + o2)
        o5 = self["enc4_5"](o4 + o3)
        p = F.max_pool2d(o5, 2)
        a0 = self["enc5_0"](p)
        a1 = self["enc5_1"](a0 + p)
        deep = F.relu(self["enc5_bn"](a1 + a0))
        out = F.relu(self["dec6_conv"](F.relu(self["enc6_conv"](deep))))
        for i, (name, skip) in enumerate((("dec5_0", deep), ("dec4_0", o5), ("dec3_0", n3), ("dec2_0", m3))):
            out = self[name](torch.cat([out, skip], dim=1), masks[i] if masks else None)
        out = F.relu(self["dec1_conv1"](torch.cat([out, e1], dim=1)))
        out = F.relu(self["dec1_conv2"](out))
        return torch.sigmoid(self["dec1_conv3"](out))

    def _side(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The features of the side path that the main path takes up: s22, s31, s32, s41."""
        p = F.max_pool2d(self["b_enc1"](y), 2)
        s20 = self["b_enc2_0"](p)
        s21 = self["b_enc2_1"](s20 + p)
        s22 = self["b_enc2_2"](s21 + s20)
        p = F.max_pool2d(self["b_enc2_3"](s22 + s21), 2)
        s30 = self["b_enc3_0"](p)
        s31 = self["b_enc3_1"](s30 + p)
        s32 = self["b_enc3_2"](s31 + s30)
        p = F.max_pool2d(self["b_enc3_3"](s32 + s31), 2)
        s40 = self["b_enc4_0"](p)
        return s22, s31, s32, self["b_enc4_1"](s40 + p)


def draw_masks(generator: torch.Generator, height: int, width: int) -> list[Tensor]:
    """Masks of the four dropouts for a padded image of that size: 1 / 0.9 at nine values in ten, else 0.

    Returns:
        (1, 64, H/8, W/8), (1, 64, H/4, W/4), (1, 32, H/2, W/2), (1, 16, H, W), on the CPU.
    """
    shapes = ((64, 8), (64, 4), (32, 2), (16, 1))
    masks = (torch.empty(1, channels, height // by, width // by) for channels, by in shapes)
    return [mask.bernoulli_(_KEEP, generator=generator).div_(_KEEP) for mask in masks]
