"""One stage of DeRUN: data fusion module, visual fidelity module, structure preservation module.

Equations of the DeRUN paper, with M = U - V, Y = X - V and T for the gradient operators that the stage learns.
Where the paper contradicts itself the derivation from its own Eq. 4 is followed (D1: the signs of Qc; D2: squares
with 1/2) and its text on order (D15: G sees the new H).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .design import Design
from .extractors import SOBEL, Bank, Branches


class State(NamedTuple):
    """What a stage hands to the next: Y (B, 1, H, W); E, F (B, L, H, W); H, G (B, K, H, W)."""

    y: Tensor
    e: Tensor
    f: Tensor
    h: Tensor
    g: Tensor

    @classmethod
    def start(cls, m: Tensor, design: Design) -> State:
        """Y = M and the others zero, as the text initialises them."""
        filters = m.new_zeros(len(m), design.filters, *m.shape[-2:])
        textures = m.new_zeros(len(m), design.textures, *m.shape[-2:])
        return cls(m, filters, filters, textures, textures)


class Stage(nn.Module):
    """Stage n; the last one only computes Y, as its E, F, H and G would reach nothing.

    Args:
        design: of the network.
        last: whether it is stage N.
    """

    def __init__(self, design: Design, last: bool) -> None:
        super().__init__()
        self.design, self.last = design, last
        partial = design.sharing == "partial"
        width = _symmetrical_width(design) if design.sharing == "symmetrical" else design.width
        self.shared = Branches(1, design.width, design.bias) if partial else None

        def bank(count: int) -> Bank:
            return Bank(count, width, design, self.shared)

        paired = design.sharing == "siamese" or not design.textures
        only_back = last and design.inverse != "gradient" and not (paired and design.textures)
        self.filter = None if only_back else bank(design.filters)
        self.filter_back = bank(design.filters)
        self.texture = None if paired else bank(design.textures)
        self.texture_back = None if paired else bank(design.textures)
        if design.start == "sobel":
            for forth, back in ((self.filter, self.filter_back), (self.texture, self.texture_back)):
                _start_at_sobel(forth, back)
            if self.shared is not None:
                self.shared.start_small()

        self.rho = Positive(design.rho, design.filters)
        self.tau = Positive(design.tau, design.textures)
        if last:
            return
        self.threshold = Positive(design.threshold, design.filters)
        self.phi = nn.Parameter(torch.full((design.filters,), design.phi))
        if design.textures:
            self.mu = Positive(design.mu, design.textures)
            self.sigma = nn.Parameter(torch.full((design.textures,), design.sigma))
            self.omega = nn.Parameter(torch.full((design.textures,), design.omega))
        if design.jcs:
            self.anchor = Positive(design.anchor, design.textures)
            terms = 1 + design.physical + design.denoising
            self.eta = nn.Parameter(torch.full((terms, design.textures), 1 / 3))

    def forward(self, state: State, m: Tensor) -> State:
        """The state after this stage; ``m`` is M, (B, 1, H, W)."""
        y = self._data_fusion(state, m)
        if self.last:
            return state._replace(y=y)
        e, f = self._visual_fidelity(y, state.f)
        h, g = self._structure_preservation(y, m, e, state) if self.design.textures else (state.h, state.g)
        return State(y, e, f, h, g)

    def _data_fusion(self, state: State, m: Tensor) -> Tensor:
        """DFM, Eq. 6: Y = Qa^-1 (M + Qb)."""
        rho, tau = self.rho(), self.tau()
        scale = 1 + rho.sum() + tau.sum()
        if self.design.inverse == "gradient":
            # Qa^-1 has no meaning for a nonlinear T (D3): one step down the quadratic whose minimum Eq. 6 is.
            y = state.y
            slope = y - m + self._t_l_back(self._t_l(y) - state.e + state.f, rho)
            if self.design.textures:
                slope = slope + self._t_k_back(self._t_k(y - m) - state.h + state.g, tau)
            stepped: Tensor = y - slope / scale
            return stepped
        right = m + self._t_l_back(state.e - state.f, rho)
        if self.design.textures:
            right = right + self._t_k_back(self._t_k(m) + state.h - state.g, tau)
        divided: Tensor = right / scale
        return divided

    def _visual_fidelity(self, y: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        """VFM, Eqs. 7 and 8: the denoised E, and its dual F. S is the proximal operator of psi (D4)."""
        features = self._t_l(y)
        a, threshold = features + f, _maps(self.threshold())
        e = a / (1 + threshold) if self.design.psi == "l2" else a - a.clamp(-threshold, threshold)
        return e, f + _maps(self.phi) * (features - e)

    def _structure_preservation(self, y: Tensor, m: Tensor, e: Tensor, state: State) -> tuple[Tensor, Tensor]:
        """SPM, Eqs. 9 (12 under the joint constraint strategy) and 10: one gradient step on H, and its dual G."""
        design = self.design
        features = self._t_k(y - m)
        h, g = state.h, state.g
        # D1: the gradient of Eq. 4's augmented Lagrangian; Eq. 5 prints plus signs and drops theta.
        slope = 2 * _maps(self.mu()) * design.theta * h / (1 + design.theta * h.square())
        slope = slope + _maps(self.tau()) * (h - features - g)
        if design.jcs:
            slope = slope + _maps(self.anchor()) * (h - self._joint_constraint(features, m, e, h))
        h = h - _maps(self.sigma) * slope
        return h, g + _maps(self.omega) * (features - h)

    def _joint_constraint(self, features: Tensor, m: Tensor, e: Tensor, h: Tensor) -> Tensor:
        """JCS, Eq. 11: what H is drawn to; without a constraint its term is gone, not just its weight."""
        eta = iter(self.eta)
        joint = _maps(next(eta)) * h
        if self.design.physical:
            joint = joint + _maps(next(eta)) * features
        if self.design.denoising:
            mean = e.new_full((self.design.filters,), 1 / self.design.filters)
            joint = joint + _maps(next(eta)) * self._t_k(self._t_l_back(e, mean) - m)
        return joint

    def _t_l(self, image: Tensor) -> Tensor:
        assert self.filter is not None  # the last stage's scalar DFM is the one place that has none, and needs none
        return self.filter.split(image)

    def _t_l_back(self, maps: Tensor, weights: Tensor) -> Tensor:
        return self.filter_back.join(maps, weights)

    def _t_k(self, image: Tensor) -> Tensor:
        bank = self.texture or self.filter
        assert bank is not None
        return bank.split(image)

    def _t_k_back(self, maps: Tensor, weights: Tensor) -> Tensor:
        return (self.texture_back or self.filter_back).join(maps, weights)


class Positive(nn.Module):
    """Learned numbers that stay positive, by softplus.

    Args:
        value: at the start.
        count: how many.
    """

    def __init__(self, value: float, count: int) -> None:
        super().__init__()
        self.raw = nn.Parameter(torch.full((count,), value + math.log(-math.expm1(-value))))

    def forward(self) -> Tensor:
        """The numbers, (count,)."""
        return F.softplus(self.raw)


def _maps(numbers: Tensor) -> Tensor:
    return numbers[:, None, None]


def _symmetrical_width(design: Design) -> int:
    """Channels at which extractors without a shared branch have about as many weights as PWSM (paper 4.2)."""
    return round(design.width * (design.extractors + 1) / design.extractors)


def _start_at_sobel(forth: Bank | None, back: Bank | None) -> None:
    """T at Sobel filters, T' at their adjoints: a Sobel filter is odd, so its adjoint is its negative."""
    for bank, sign in ((forth, 1), (back, -1)):
        if bank is not None:
            bank.specific.start_at(sign * SOBEL[torch.arange(bank.count) % len(SOBEL)])
