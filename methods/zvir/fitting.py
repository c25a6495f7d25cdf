"""Loss and fitting."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .._iterative import Watch
from .network import ZVIRNet, draw_masks

_RATE = 1e-4
_EDGES_WEIGHT = 3.0
_TAPS, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def edges(image: Tensor) -> Tensor:
    """Sobel gradient magnitude, zero padded; its derivative is taken as 0 where the magnitude is 0.

    There the authors' square root has none, and NaN would spread from one flat patch to all weights.
    """
    x = image.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    gradient = F.conv2d(image, torch.stack([x, x.T])[:, None], padding=1)
    magnitude: Tensor = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    return magnitude


def similarity(a: Tensor, b: Tensor) -> Tensor:
    """Mean SSIM of each image: Gaussian window, 11 taps, sigma 1.5, valid part only, range 1, K 0.01 and 0.03.

    Args:
        a: (n, 1, H, W), sides of at least 11.
        b: same shape.

    Returns:
        (n,).
    """
    taps = torch.arange(_TAPS, dtype=a.dtype, device=a.device) - _TAPS // 2
    window = torch.exp(-(taps**2) / (2 * _SIGMA**2))
    window = window / window.sum()
    moments = torch.cat([a, b, a * a, b * b, a * b])
    moments = F.conv2d(F.conv2d(moments, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
    mean_a, mean_b, aa, bb, ab = moments.chunk(5)
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    contrast = (2 * (ab - mean_a * mean_b) + _C2) / ((aa - mean_a**2) + (bb - mean_b**2) + _C2)
    return (luminance * contrast).mean(dim=(1, 2, 3))


def loss(out: Tensor, vis: Tensor, target: Tensor) -> Tensor:
    """Loss of each pair, (n,): that of an output to the visible image and to the edges asked for, (n, 1, H, W) each."""
    return 1 - similarity(out, vis) + _EDGES_WEIGHT * ((edges(out) - target) ** 2).mean(dim=(1, 2, 3))


def fit(
    ir: Tensor, vis: Tensor, mixed: Tensor, *, iterations: int, seed: int, final_dropout: bool, watch: Watch
) -> tuple[Tensor, Tensor]:
    """Fit a network to each pair, all side by side, and pass the swapped inputs through it.

    Every pair starts from the same weights and meets the same dropout masks, as if it were fitted alone.

    Args:
        ir: infrared images, (n, 1, H, W) in [0, 1], sides multiples of 16 and at least 32.
        vis: visible images, same shape.
        mixed: visible mixed with infrared, same shape.
        iterations: steps of Adam.
        seed: of weights and dropout.
        final_dropout: whether dropout acts in the last pass as well.
        watch: told the mean loss of the pairs after each iteration.

    Returns:
        The fused images, (n, 1, H, W) in (0, 1), and the losses before each step, (n, iterations) float64 on the CPU.
    """
    generator = torch.Generator().manual_seed(seed)
    network = ZVIRNet(generator).for_pairs(len(vis)).to(vis)
    optimiser = torch.optim.Adam(network.parameters(), lr=_RATE)
    target = edges(vis) + edges(ir)

    # Drawn on the CPU wherever the network is: the same masks on every device.
    def masks() -> list[Tensor]:
        return [mask.to(vis) for mask in draw_masks(generator, *vis.shape[-2:])]

    traces = []
    drawn = masks()
    # A GPU is to add up in a fixed order and at full precision.
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        for iteration in range(1, iterations + 1):
            optimiser.zero_grad()
            with torch.enable_grad():
                losses = loss(network(vis, mixed, drawn), vis, target)
                torch.autograd.backward(losses.sum())  # no pair's loss depends on another's weights
            optimiser.step()
            drawn = masks()  # before the losses are read: a GPU computes while the CPU draws
            traces.append(losses.detach().double().cpu())
            watch(iteration, iterations, traces[-1].mean().item())
        with torch.no_grad():
            fused = network(mixed, vis, drawn if final_dropout else None)
    return fused, torch.stack(traces, dim=1)
