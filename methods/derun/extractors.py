"""Feature extractors T_l, T_k and T_l', T_k' of one stage: the partial weight sharing module (PWSM, paper 3.2.3).

T(x) = specific(x) + shared(x), each branch conv3, ReLU, conv3 with one channel in and out, so that a T' can have the
structure of its T, as the text asks. The shared branch is common to all extractors of a stage. Depth, width and
activation are inferred (the paper has them in a figure only): resolution D5.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .design import Design

SOBEL = (
    torch.tensor(
        [
            [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]],
            [[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]],
            [[0.0, 1.0, 2.0], [-1.0, 0.0, 1.0], [-2.0, -1.0, 0.0]],
            [[-2.0, -1.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 1.0, 2.0]],
        ]
    )
    / 8
)
"""Along x, along y, and the two diagonals; a step of 1 answers with 1/2, no frequency with more than 1."""

_NOISE_FIRST, _NOISE_SECOND = 0.1, 0.02  # of torch's default initialisation, beside the Sobel filters


class Branches(nn.Module):
    """Some two-layer branches side by side, each with one channel in and one out.

    Args:
        count: branches.
        width: channels between the two layers.
        bias: whether the layers have one.
    """

    first_bias: Tensor
    second_bias: Tensor

    def __init__(self, count: int, width: int, bias: bool) -> None:
        super().__init__()
        self.first = nn.Parameter(_uniform((count, width, 3, 3), 9))
        self.second = nn.Parameter(_uniform((count, width, 3, 3), 9 * width))
        for name, shape, inputs in (("first_bias", (count, width), 9), ("second_bias", (count,), 9 * width)):
            if bias:
                self.register_parameter(name, nn.Parameter(_uniform(shape, inputs)))
            else:
                self.register_buffer(name, torch.zeros(shape), persistent=False)

    @torch.no_grad()
    def start_at(self, filters: Tensor) -> None:
        """Start branch i near the linear filter i, (count, 3, 3): its positive and its negative part, recombined."""
        self.start_small()
        self.first[:, 0] = filters
        self.first[:, 1] = -filters
        self.second[:, 0, 1, 1] += 1
        self.second[:, 1, 1, 1] -= 1

    @torch.no_grad()
    def start_small(self) -> None:
        """Start as small noise, to be added to branches that start at a filter."""
        self.first.mul_(_NOISE_FIRST)
        self.second.mul_(_NOISE_SECOND)


class Bank(nn.Module):
    """Extractors of one kind, such as all T_l of a stage.

    Args:
        count: extractors.
        width: channels of each branch.
        design: border and bias.
        shared: the branch that every extractor adds to its own; None for none.
    """

    def __init__(self, count: int, width: int, design: Design, shared: Branches | None) -> None:
        super().__init__()
        self.count = count
        self.zeros = design.border == "zeros"
        self.specific = Branches(count, width, design.bias)
        self._shared = [shared] if shared is not None else []  # a list, as the stage owns it

    def split(self, image: Tensor) -> Tensor:
        """Every extractor on one image, (B, 1, H, W) -> (B, count, H, W)."""
        first, first_bias = self.specific.first.flatten(0, 1), self.specific.first_bias.flatten()
        second, second_bias = _diagonal(self.specific.second), self.specific.second_bias
        for shared in self._shared:  # computed once: all extractors see the same image
            first, first_bias = torch.cat([first, shared.first[0]]), torch.cat([first_bias, shared.first_bias[0]])
            second = torch.cat([second, shared.second.expand(self.count, -1, -1, -1)], dim=1)
            second_bias = second_bias + shared.second_bias
        return self._two_layers(image, first, first_bias, second, second_bias, groups=1)

    def join(self, maps: Tensor, weights: Tensor) -> Tensor:
        """Each extractor on its own map, summed with weights: (B, count, H, W) and (count,) -> (B, 1, H, W)."""
        own = self.specific
        first: Tensor = own.first
        second: Tensor = own.second
        first_bias, second_bias = own.first_bias, own.second_bias
        for shared in self._shared:
            first = torch.cat([first, shared.first.expand(self.count, -1, -1, -1)], dim=1)
            first_bias = torch.cat([first_bias, shared.first_bias.expand(self.count, -1)], dim=1)
            second = torch.cat([second, shared.second.expand(self.count, -1, -1, -1)], dim=1)
            second_bias = second_bias + shared.second_bias
        second = (second * weights[:, None, None, None]).flatten(0, 1)[None]
        second_bias = (second_bias * weights).sum()[None]
        return self._two_layers(maps, first.flatten(0, 1), first_bias.flatten(), second, second_bias, groups=self.count)

    def _two_layers(
        self, x: Tensor, first: Tensor, first_bias: Tensor, second: Tensor, second_bias: Tensor, groups: int
    ) -> Tensor:
        margin = 1 if self.zeros else 0
        if not self.zeros:
            x = F.pad(x, (2, 2, 2, 2), mode="replicate")
        hidden = F.conv2d(x, first[:, None], first_bias, padding=margin, groups=groups).relu()
        return F.conv2d(hidden, second, second_bias, padding=margin)


def _uniform(shape: tuple[int, ...], inputs: int) -> Tensor:
    """Torch's default initialisation of a convolution with so many inputs to each output."""
    return torch.empty(shape).uniform_(-1 / math.sqrt(inputs), 1 / math.sqrt(inputs))


def _diagonal(second: Tensor) -> Tensor:
    """(n, C, 3, 3), one row a branch -> (n, nC, 3, 3) where output i sees only branch i."""
    count, width = second.shape[:2]
    eye = torch.eye(count, dtype=second.dtype, device=second.device)
    return (eye[:, :, None, None, None] * second[None]).reshape(count, count * width, 3, 3)
