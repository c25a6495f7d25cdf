"""ZVIR: a deep image prior fitted to each pair, then activated by swapping its two inputs.

"Zero-Shot Implicit Deep Image Prior with Prior Activation for Infrared and Visible Image Fusion", Pattern
Recognition, 2025, doi 10.1016/j.patcog.2025.112666. Layers, loss, margins and defaults follow the authors' published
programme (CC BY-NC 4.0), of which nothing is copied: this is written from a description of what it does. The paper
itself was not at hand.

A network N with fresh weights learns, on this pair alone, to give the visible image V back from (V, M), where M is
the mixture (1 - alpha) V + alpha I with the infrared image I; the loss also asks for the edges of I. The result is
N(M, V): the inputs change places. There is no training data and nothing to load.

Started from the same seed, the losses follow those of the authors' programme (cut to 96x128) within 0.001 over 100
iterations, the first four within 1e-5. Rounding grows with each step, so the images then differ by up to 0.012 on
average (0.008 where it was measured); from another seed, by 0.025.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .._iterative import IterativeMethod
from .._method import MethodCard
from .fitting import fit

_MULTIPLE = 16  # four poolings by two
_ROWS, _COLUMNS = 16, 32  # the authors' margins: what zero padding does at the border stays outside the result
_OFFICIAL_SIZE = 480, 640
_SIZES = ("native", "official")


class ZVIR(IterativeMethod):
    """ZVIR, fitted to each pair at its own size or at the authors'.

    The same pair and options give the same image whatever was fused before, up to the rounding of another device or
    number of threads, which 200 iterations magnify.

    Args:
        iterations: steps of the fit.
        alpha: share of infrared in the second input while fitting, 0 to 1.
        seed: of the first weights and of dropout.
        size: ``native`` fits at the pair's size. ``official`` does as the authors do: 8-bit images, mixed, then
            resized to 640x480; theirs stays at that size, here the result is resized back to the pair's. Both mirror
            the image into margins of 16 rows and 32 columns; ``native`` adds rows and columns at the bottom and at the
            right up to a multiple of 16.
        final_dropout: whether dropout acts in the last pass too, as the authors leave it.
        together: most pairs of a batch that a GPU fits side by side; a CPU fits one after the other.
    """

    card = MethodCard(
        name="zvir",
        title="ZVIR: zero-shot deep image prior with prior activation",
        paper="ZVIR, Pattern Recognition, 2025, doi 10.1016/j.patcog.2025.112666",
        year=2025,
        per_pair=True,
        slow=True,
    )

    def __init__(
        self,
        *,
        iterations: int = 200,
        alpha: float = 0.5,
        seed: int = 0,
        size: str = "native",
        final_dropout: bool = True,
        together: int = 4,
    ) -> None:
        super().__init__()
        if iterations < 1:
            raise ValueError(f"iterations must be at least 1, not {iterations}")
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must be 0 to 1, not {alpha}")
        if not 0 <= seed < 1 << 63:
            raise ValueError(f"seed must be 0 to 2^63 - 1, not {seed}")
        if size not in _SIZES:
            raise ValueError(f"size is {' or '.join(_SIZES)}, not '{size}'")
        if together < 1:
            raise ValueError(f"together must be at least 1, not {together}")
        self.iterations = iterations
        self.alpha = alpha
        self.seed = seed
        self.size = size
        self.final_dropout = final_dropout
        self.together = together

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return super()._fuse(ir, vis) if ir.device.type == "cpu" else self._fuse_in_groups(ir, vis)

    def _fuse_in_groups(self, ir: Tensor, vis: Tensor) -> Tensor:
        """As many pairs side by side as ``together`` says."""
        groups = zip(torch.split(ir, self.together), torch.split(vis, self.together), strict=True)
        solved = [self._solve_together(*group) for group in groups]
        self.traces = [trace for _, traces in solved for trace in traces]
        return torch.cat([fused for fused, _ in solved])

    def _solve(self, ir: Tensor, vis: Tensor) -> tuple[Tensor, Tensor]:
        fused, traces = self._solve_together(ir, vis)
        return fused, traces[0]

    def _solve_together(self, ir: Tensor, vis: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse pairs side by side, each as if it were alone but for rounding.

        Args:
            ir: infrared, (n, 1, H, W) in [0, 1].
            vis: visible, same shape.

        Returns:
            The fused images, (n, 1, H, W), and their traces, (n, iterations + 1) float64 on the CPU.
        """
        size = ir.shape[-2:]
        if self.size == "official":
            ir, vis, mixed = official_inputs(ir, vis, self.alpha)
        else:
            mixed = (1 - self.alpha) * vis + self.alpha * ir
        height, width = ir.shape[-2:]
        rows = mirrored(height, _ROWS, ir.device)[:, None]
        columns = mirrored(width, _COLUMNS, ir.device)
        fused, traces = fit(
            *(image[..., rows, columns] for image in (ir, vis, mixed)),
            iterations=self.iterations,
            seed=self.seed,
            final_dropout=self.final_dropout,
            watch=self.watch,
        )
        fused = fused[..., _ROWS : _ROWS + height, _COLUMNS : _COLUMNS + width]
        return resized(fused, size) if self.size == "official" else fused.clone(), traces


def mirrored(size: int, margin: int, device: torch.device) -> Tensor:
    """Which row (column) of an image stands where in the padded one.

    Mirrored about the first and the last, which are not repeated, as often as the margin asks; a single row is
    repeated.

    Args:
        size: rows of the image, at least 1.
        margin: rows before it; after it as many, and up to 15 more to make a multiple of 16 in all.
        device: where the answer is wanted.

    Returns:
        int64 (margin + size + margin or more,).
    """
    period = max(2 * size - 2, 1)
    position = torch.arange(-margin, size + margin + -(size + 2 * margin) % _MULTIPLE, device=device) % period
    return torch.minimum(position, period - position) if size > 1 else position


def official_inputs(ir: Tensor, vis: Tensor, alpha: float) -> tuple[Tensor, Tensor, Tensor]:
    """What the authors' programme makes of a pair before it pads: 8-bit levels, mixed (truncated), then resized.

    Args:
        ir: infrared, (n, 1, H, W) in [0, 1].
        vis: visible, same shape.
        alpha: share of infrared in the mixture.

    Returns:
        Infrared, visible and mixed, (n, 1, 480, 640), multiples of 1/255.
    """
    ir, vis = ((image.clamp(0, 1) * 255).round() for image in (ir, vis))
    mixed = (vis + alpha * (ir - vis)).floor()
    height, width = _OFFICIAL_SIZE
    levels = []
    for image in (ir, vis, mixed):
        # Columns, rounded, then rows, rounded: as 8-bit images are resized by Pillow.
        image = (resized(image, (image.shape[-2], width)) + 0.5).floor()
        levels.append((resized(image, (height, width)) + 0.5).floor() / 255)
    return levels[0], levels[1], levels[2]


def resized(image: Tensor, size: tuple[int, ...]) -> Tensor:
    """Bilinear, averaging where it shrinks, as Pillow's; (n, 1, H, W) to (n, 1, *size)."""
    return F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True)


METHOD = ZVIR
