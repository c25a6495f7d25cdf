"""The binary edge map of MATLAB's and Octave's ``edge(image)``: Sobel, automatic threshold, thinning."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad


def sobel_edges(pixels: Tensor) -> Tensor:
    """Edge map of an image of whole grey levels.

    Replicated border; an edge pixel's squared Sobel magnitude exceeds four times its mean over the image and is
    a strict maximum along the row or along the column, among neighbours of which those outside the image and
    those not above the threshold count as 0. This is what Octave's ``edge`` does; MATLAB's own thinning has not
    been compared.

    Everything is whole numbers, which float64 holds exactly. Computed on pixels / 255, rounding would break the
    ties between equal gradients at random.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.

    Returns:
        bool (B, 1, H, W).
    """
    framed = pad(pixels, (1, 1, 1, 1), mode="replicate")
    above, level, below = framed[..., :-2, :], framed[..., 1:-1, :], framed[..., 2:, :]
    smoothed = (above + below).add_(level, alpha=2)
    sloped = below - above
    across = smoothed[..., 2:] - smoothed[..., :-2]
    down = (sloped[..., 2:] + sloped[..., :-2]).add_(sloped[..., 1:-1], alpha=2)
    strength = across.square_().addcmul_(down, down)

    # strength > 4 · mean, multiplied out to stay in whole numbers.
    cutoff = 4 * strength.sum(dim=(-2, -1), keepdim=True)
    strength.masked_fill_(strength * (strength.shape[-2] * strength.shape[-1]) <= cutoff, 0)
    framed = pad(strength, (1, 1, 1, 1))
    row, column = framed[..., 1:-1, :], framed[..., 1:-1]
    along_row = (strength > row[..., :-2]) & (strength > row[..., 2:])
    along_column = (strength > column[..., :-2, :]) & (strength > column[..., 2:, :])
    return along_row | along_column
