"""The Sobel operator on a bordered image: itself, its exact adjoint, and the equations of the Y-step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..errors import MethodError

Solve = Callable[[Tensor, Tensor], Tensor]

BORDERS = ("periodic", "reflect", "replicate")
CG_TOLERANCE = 1e-6
"""Conjugate gradients end when the residual, in float64, has this share of the right side's norm."""
_CG_STEPS = 1000  # enough for a weight of 10 000; their number grows with its square root

_ALONG_X = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
KERNELS = torch.stack([_ALONG_X, _ALONG_X.T])[:, None]
"""The filters as the field gives them, not divided by 8: along x and along y, (2, 1, 3, 3)."""


class Sobel:
    """Sobel filters divided by 8, so that a ramp of slope 1 gives 1; they are the operators of Eqs. 2 to 5.

    He et al., "Degradation-Resistant Unfolding Network for Heterogeneous Image Fusion", ICCV 2023, names the
    operator; the division by 8, the two directions and the border are ours.

    Args:
        border: what lies outside the image: ``periodic``, ``reflect`` (the border pixel is not repeated) or
            ``replicate``.
    """

    def __init__(self, border: str = "periodic") -> None:
        self.border = border

    def __call__(self, image: Tensor) -> Tensor:
        """T image: derivatives along x and y.

        Args:
            image: (H, W).

        Returns:
            (2, H, W).
        """
        return torch.stack(_sobel(self._pad(image)))

    def adjoint(self, slopes: Tensor) -> Tensor:
        """T' slopes, so that <T a, b> = <a, T' b> for all a and b, whatever the border.

        Args:
            slopes: (..., 2, H, W).

        Returns:
            (..., H, W).
        """
        # The transposed filters are the negated ones, over everything they touch: the image and its padding.
        spread = torch.nn.functional.pad(slopes, (2, 2, 2, 2))
        along_x, _ = _sobel(spread[..., 0, :, :])
        _, along_y = _sobel(spread[..., 1, :, :])
        return self._fold(-along_x - along_y)

    def solver(self, like: Tensor, weight: float) -> Solve:
        """A function that solves (I + weight T'T) y = right: exactly for a periodic border, else iteratively.

        Args:
            like: an image of the size, type and device of those to come, (H, W).
            weight: not negative.

        Returns:
            A function of ``right`` and of a start for conjugate gradients, both (H, W), to y: of their type for a
            periodic border, else as :meth:`conjugate_gradients` gives it.
        """
        if self.border != "periodic":
            return lambda right, start: self.conjugate_gradients(right, weight, start)
        inverse = 1 / (1 + weight * spectrum(like))
        return lambda right, start: torch.fft.irfft2(torch.fft.rfft2(right) * inverse, s=like.shape)

    def conjugate_gradients(self, right: Tensor, weight: float, start: Tensor) -> Tensor:
        """The y of ``solver`` by conjugate gradients, to ``CG_TOLERANCE``, whatever the border and the type.

        All eigenvalues are at least 1, so the error of y has no larger share of the right side's norm either.

        Returns:
            float64 (H, W): in float32 the residual cannot be brought so low, nor known.

        Raises:
            MethodError: the tolerance is not reached.
        """
        right, y = right.double(), start.double()
        residual = right - self._normal(y, weight)
        direction = residual
        square = residual.square().sum()
        enough = CG_TOLERANCE**2 * right.square().sum()
        if enough == 0:
            return torch.zeros_like(right)
        for _ in range(_CG_STEPS):
            if square <= enough:
                return y
            image = self._normal(direction, weight)
            step = square / (direction * image).sum()
            y = y + step * direction
            residual = residual - step * image
            before, square = square, residual.square().sum()
            direction = residual + (square / before) * direction
        raise MethodError(
            f"conjugate gradients for border '{self.border}' did not come to {CG_TOLERANCE:g} in {_CG_STEPS} steps "
            f"with a penalty of {weight:g}; lower the penalties (rho, tau), or use border periodic"
        )

    def _normal(self, image: Tensor, weight: float) -> Tensor:
        return image + weight * self.adjoint(self(image))

    def _pad(self, image: Tensor) -> Tensor:
        (top, bottom), (left, right) = (self._outside(length) for length in image.shape[-2:])
        rows = torch.cat([image[top : top + 1], image, image[bottom : bottom + 1]])
        return torch.cat([rows[:, left : left + 1], rows, rows[:, right : right + 1]], dim=1)

    def _fold(self, padded: Tensor) -> Tensor:
        """The adjoint of ``_pad``: what lies outside is added where it was copied from; overwrites its input."""
        (top, bottom), (left, right) = (self._outside(length - 2) for length in padded.shape[-2:])
        rows = padded[..., 1:-1, :]
        rows[..., top, :] += padded[..., 0, :]
        rows[..., bottom, :] += padded[..., -1, :]
        image = rows[..., 1:-1]
        image[..., left] += rows[..., 0]
        image[..., right] += rows[..., -1]
        return image

    def _outside(self, length: int) -> tuple[int, int]:
        """The indices whose pixels lie before the first and behind the last one."""
        if self.border == "periodic":
            return length - 1, 0
        if self.border == "reflect":
            return min(1, length - 1), max(length - 2, 0)  # one pixel is its own reflection
        return 0, length - 1


def spectrum(image: Tensor) -> Tensor:
    """Eigenvalues of T'T under a periodic border, in the order of ``torch.fft.rfft2`` of the image.

    Returns:
        (H, W // 2 + 1), 0 to 1, type and device of the image.
    """
    height, width = image.shape[-2:]
    y = 2 * torch.pi * torch.fft.fftfreq(height, dtype=torch.float64, device=image.device)[:, None]
    x = 2 * torch.pi * torch.fft.rfftfreq(width, dtype=torch.float64, device=image.device)
    # Along the derivative (e^iw - e^-iw) / 2i = sin w, across it (1 + cos w) / 2.
    squares: Tensor = (x.sin() * (1 + y.cos()) / 2).square() + (y.sin() * (1 + x.cos()) / 2).square()
    return squares.to(image.dtype)


def _sobel(padded: Tensor) -> tuple[Tensor, Tensor]:
    """Sobel / 8 along x and along y, where the filter fits: (..., H + 2, W + 2) to (..., H, W)."""
    blurred = padded[..., :-2, :] + padded[..., 2:, :] + 2 * padded[..., 1:-1, :]
    along_x = (blurred[..., 2:] - blurred[..., :-2]) / 8
    steps = padded[..., 2:, :] - padded[..., :-2, :]
    along_y = (steps[..., :-2] + steps[..., 2:] + 2 * steps[..., 1:-1]) / 8
    return along_x, along_y
