"""Loss and fitting."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .._iterative import Watch
from .._losses import ssim_map
from .._sobel import KERNELS
from .network import ZVIRNet, draw_masks

_RATE = 1e-4
_EDGES_WEIGHT = 3.0
_WINDOW = 11


def edges(image: Tensor) -> Tensor:
    """Sobel gradient magnitude, zero padded; its derivative is taken as 0 where the magnitude is 0.

    There the authors' square root has none, and NaN would spread from one flat patch to all weights.
    """
    gradient = F.conv2d(image, KERNELS.to(image), padding=1)
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
    return ssim_map(a, b, _WINDOW, border="valid").mean(dim=(1, 2, 3))


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
        watch: see :data:`hifbench.methods._iterative.Watch`; it is told the mean loss of the pairs.

    Returns:
        The fused images, (n, 1, H, W) in (0, 1), and the losses at the start and after each iteration,
        (n, iterations + 1) float64 on the CPU. The last one takes a pass that the authors' programme does not make.
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
        for iteration in range(iterations + 1):
            last = iteration == iterations
            with torch.set_grad_enabled(not last):
                losses = loss(network(vis, mixed, drawn), vis, target)
                total = losses.sum()  # no pair's loss depends on another's weights
            if not last:
                optimiser.zero_grad()
                torch.autograd.backward(total)
                optimiser.step()
                drawn = masks()  # before the losses are read: a GPU computes while the CPU draws
            traces.append(losses.detach().double().cpu())
            if iteration > 0:
                watch(iteration, iterations, traces[-1].mean().item())
        with torch.no_grad():
            fused = network(mixed, vis, drawn if final_dropout else None)
    return fused, torch.stack(traces, dim=1)
