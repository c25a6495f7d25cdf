"""MDLatLRR: detail layers by a learned projection of patches, weighted by their nuclear norms.

Li, Wu and Kittler, "MDLatLRR: a novel decomposition method for infrared and visible image fusion", IEEE Trans. Image
Processing 29, 2020. The paper was not at hand; recalled of it and of its code, with P the patches of 16 x 16 pixels at
stride 1 as columns and R their mean where they overlap:

- decomposition: V_k^i = L P(B_k^{i-1}), D_k^i = R(V_k^i), B_k^i = B_k^{i-1} - D_k^i, with B_k^0 = I_k;
- detail: each column of V^i is w_1 V_1^i + w_2 V_2^i, w_k the share of the nuclear norm of V_k^i's column as a 16 x 16
  matrix, and D^i = R(V^i);
- base: B = (B_1 + B_2) / 2, and F = B + sum over i of D^i.

As B_k and its details add up to I_k, that is F = (I_1 + I_2) / 2 + sum over i of R((w_1 - w_2) (V_1 - V_2)) / 2, which
is computed. Chosen: where both norms are 0 the weights are 1/2; two levels, the paper has results of one to four.

L comes of a latent low-rank representation of patches (see :mod:`hifbench.methods._latlrr`), lambda = 0.4. The one
shipped was learned by ``python -m hifbench.bench.mdlatlrr`` from hifbench's own synthetic scenes, not from the images
of the paper, so that scores differ from the authors'.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._method import MethodCard
from ._weights import WeightedMethod, WeightFiles, fill, load_tensors

SIDE = 16
"""Of the patches, pixels."""

_CHUNK = 2**15  # patches at a time: 32 MB a matrix
_TINY = torch.finfo(torch.float32).tiny


class Projection(nn.Module):
    """The matrix L.

    Attributes:
        matrix: (256, 256), maps a patch, row by row, to its detail.
    """

    def __init__(self) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.zeros(SIDE * SIDE, SIDE * SIDE))

    def forward(self, patches: Tensor) -> Tensor:
        """Detail of the patches that are the columns of (256, N)."""
        return self.matrix @ patches


class MDLatLRR(WeightedMethod):
    """Fusion by multi-level latent low-rank decomposition.

    Args:
        weights: one ``.safetensors`` file with ``matrix``.
        levels: detail layers.
    """

    card = MethodCard(
        name="mdlatlrr",
        title="Multi-level latent low-rank decomposition",
        paper="Li, Wu and Kittler, IEEE Trans. Image Processing 29, 2020",
        year=2020,
        needs_weights=True,
        slow=True,
        smallest=SIDE,
    )

    def __init__(self, weights: WeightFiles, *, levels: int = 2) -> None:
        super().__init__(weights)
        if not 1 <= levels <= 8:
            raise ValueError(f"levels must be 1 to 8, not {levels}")
        self.levels = levels
        self.network = Projection()
        fill(self.network, load_tensors(weights.paths[0]), weights.paths[0])

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return torch.cat([self._fuse_pair(ir[i : i + 1], vis[i : i + 1]) for i in range(len(ir))])

    def _fuse_pair(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused = (ir + vis) / 2
        for level in range(1, self.levels + 1):
            detail_ir, detail_vis, contrast = self._decompose(ir, vis, with_bases=level < self.levels)
            fused = fused + contrast / 2
            ir, vis = ir - detail_ir, vis - detail_vis
        return fused

    def _decompose(self, ir: Tensor, vis: Tensor, *, with_bases: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Details of a pair, zero where ``with_bases`` is false and nobody needs them, and R((w1 - w2) (V1 - V2))."""
        height, width = ir.shape[-2:]
        across = width - SIDE + 1
        rows = max(1, _CHUNK // across)
        sums = ir.new_zeros(3, 1, height, width)
        for top in range(0, height - SIDE + 1, rows):
            strip = slice(top, min(top + rows, height - SIDE + 1) + SIDE - 1)
            of_ir, of_vis = (self.network(F.unfold(image[..., strip, :], SIDE)[0]) for image in (ir, vis))
            norm_ir, norm_vis = nuclear_norms(of_ir), nuclear_norms(of_vis)
            share = (norm_ir - norm_vis) / (norm_ir + norm_vis).clamp_min(_TINY)
            layers = [share * (of_ir - of_vis)]
            if with_bases:
                layers += [of_ir, of_vis]
            folded = F.fold(torch.stack(layers), (strip.stop - strip.start, width), SIDE)
            sums[: len(layers), :, strip] += folded
        means = sums / _overlaps(height, width, sums)
        return means[1:2], means[2:3], means[:1]


def nuclear_norms(columns: Tensor) -> Tensor:
    """Sum of the singular values of each column of (256, N) as a 16 x 16 matrix; (N,)."""
    norms: Tensor = torch.linalg.svdvals(columns.mT.reshape(-1, SIDE, SIDE)).sum(-1)
    return norms


def _overlaps(height: int, width: int, like: Tensor) -> Tensor:
    """How many patches hold each pixel, (H, W)."""
    along = []
    for length in (height, width):
        place = torch.arange(length, device=like.device)
        last = (length - SIDE - place).clamp_max(0) + place  # the last patch that holds the pixel starts here
        along.append(last - (place - SIDE + 1).clamp_min(0) + 1)
    return torch.outer(*along).to(like.dtype)


METHOD = MDLatLRR
