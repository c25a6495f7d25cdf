"""A stage of DeRUN against its equations, written out one extractor at a time."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from hifbench.methods.derun.design import DEFAULT, PRINTED, Design
from hifbench.methods.derun.extractors import SOBEL, Bank, Branches
from hifbench.methods.derun.network import DeRUNNet
from hifbench.methods.derun.stage import Stage, State


def design(base: Design = DEFAULT, **changes: Any) -> Design:
    return Design.model_validate({**base.model_dump(), **changes})


def branch(branches: Branches, index: int, image: Tensor, border: str) -> Tensor:
    """One branch: conv3, ReLU, conv3, each padded as the design says."""
    if border == "replicate":
        image = F.pad(image, (2, 2, 2, 2), mode="replicate")
    margin = 0 if border == "replicate" else 1
    hidden = F.conv2d(image, branches.first[index][:, None], branches.first_bias[index], padding=margin).relu()
    return F.conv2d(hidden, branches.second[index][None], branches.second_bias[index : index + 1], padding=margin)


def extract(stage: Stage, bank: Bank | None, index: int, image: Tensor) -> Tensor:
    assert bank is not None
    result = branch(bank.specific, index, image, stage.design.border)
    if stage.shared is not None:
        result = result + branch(stage.shared, 0, image, stage.design.border)
    return result


def stage_by_equations(stage: Stage, state: State, m: Tensor) -> State:
    """Eqs. 6-12, with D1, D2, D3, D4 and D15."""
    d = stage.design
    rho, tau = stage.rho(), stage.tau()
    filters, textures = range(d.filters), range(d.textures)

    def t_l(i: int, x: Tensor) -> Tensor:
        return extract(stage, stage.filter, i, x)

    def t_l_back(i: int, x: Tensor) -> Tensor:
        return extract(stage, stage.filter_back, i, x)

    def t_k(i: int, x: Tensor) -> Tensor:
        return extract(stage, stage.texture or stage.filter, i, x)

    def t_k_back(i: int, x: Tensor) -> Tensor:
        return extract(stage, stage.texture_back or stage.filter_back, i, x)

    e, f, h, g = ([part[:, i : i + 1] for i in range(part.shape[1])] for part in state[1:])
    if d.inverse == "gradient":
        y = state.y
        slope = y - m
        for i in filters:
            slope = slope + rho[i] * t_l_back(i, t_l(i, y) - e[i] + f[i])
        for k in textures:
            slope = slope + tau[k] * t_k_back(k, t_k(k, y - m) - h[k] + g[k])
        y = y - slope / (1 + sum(rho) + sum(tau))
    else:
        y = m
        for i in filters:
            y = y + rho[i] * t_l_back(i, e[i] - f[i])
        for k in textures:
            y = y + tau[k] * t_k_back(k, t_k(k, m) + h[k] - g[k])
        y = y / (1 + sum(rho) + sum(tau))
    for i in filters:
        a, threshold = t_l(i, y) + f[i], stage.threshold()[i]
        e[i] = a / (1 + threshold) if d.psi == "l2" else a.sign() * (a.abs() - threshold).clamp_min(0)
        f[i] = f[i] + stage.phi[i] * (t_l(i, y) - e[i])
    mean = sum(t_l_back(i, e[i]) for i in filters) / d.filters
    for k in textures:
        features = t_k(k, y - m)
        eta = [row[k].detach() for row in stage.eta] if d.jcs else []
        joint = eta.pop(0) * h[k] if d.jcs else h[k]
        joint = joint + eta.pop(0) * features if d.physical else joint
        joint = joint + eta.pop(0) * t_k(k, mean - m) if d.denoising else joint
        variable = h[k].clone().requires_grad_()
        energy = stage.mu()[k] * torch.log(1 + d.theta * variable.square()).sum()
        energy = energy + tau[k] / 2 * (features - variable + g[k]).square().sum()
        if d.jcs:
            energy = energy + stage.anchor()[k] / 2 * (joint - variable).square().sum()
        (slope,) = torch.autograd.grad(energy, variable)
        h[k] = h[k] - stage.sigma[k] * slope
        g[k] = g[k] + stage.omega[k] * (features - h[k])
    return State(y, *(torch.cat(part, 1) if part else state.h for part in (e, f, h, g)))


VARIANTS = [
    {},
    {"sharing": "siamese"},
    {"sharing": "symmetrical"},
    {"physical": False},
    {"denoising": False},
    {"physical": False, "denoising": False},
    {"textures": 0},
    {"psi": "l2", "textures": 0},
    {"filters": 3, "textures": 4},
    {"inverse": "scalar"},
]


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
@pytest.mark.parametrize("base", [DEFAULT, PRINTED], ids=["default", "printed"])
def test_a_stage_follows_its_equations(base: Design, changes: dict[str, Any]) -> None:
    torch.manual_seed(0)
    d = design(base, **changes)
    stage = Stage(d, last=False).double()
    with torch.no_grad():
        for parameter in stage.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        m = torch.randn(2, 1, 9, 11).double()
        shapes = (1, d.filters, d.filters, d.textures, d.textures)
        state = State(*(torch.randn(2, channels, 9, 11).double() for channels in shapes))
        ours = stage(state, m)
    theirs = stage_by_equations(stage, state, m)
    for name, mine, expected in zip(State._fields, ours, theirs, strict=True):
        torch.testing.assert_close(
            mine, expected, rtol=1e-10, atol=1e-10, msg=lambda text, name=name: f"{name}: {text}"
        )


def test_the_printed_equation_5_is_no_gradient() -> None:
    """D1: plus signs on all three terms, and theta dropped, against autograd of the augmented Lagrangian."""
    torch.manual_seed(0)
    features, g = torch.randn(50).double(), torch.randn(50).double()
    h = torch.randn(50).double().requires_grad_()
    mu, theta, tau = 0.3, 2.0, 0.7
    energy = mu * torch.log(1 + theta * h.square()).sum() + tau / 2 * (features - h + g).square().sum()
    (slope,) = torch.autograd.grad(energy, h)
    h = h.detach()
    derived = 2 * mu * theta * h / (1 + theta * h.square()) + tau * (h - features - g)
    printed = tau * features + 2 * mu * h / (1 + theta * h.square()) + tau * g + tau * h
    assert (derived - slope).abs().max() < 1e-12
    assert (printed - slope).abs().max() > 1


def images(*shape: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(*shape, generator=generator), torch.rand(*shape, generator=generator)


@pytest.mark.parametrize(
    "changes",
    [
        {"physical": False},
        {"denoising": False},
        {"physical": False, "denoising": False},
        {"textures": 0},
        {"sharing": "siamese"},
        {"sharing": "symmetrical"},
        {"stages": 8},
        {"psi": "l2"},
        {"inverse": "scalar"},
    ],
    ids=str,
)
def test_every_switch_changes_the_image(changes: dict[str, Any]) -> None:
    sources = images(1, 1, 24, 24)
    fused = []
    for d in (DEFAULT, design(**changes)):
        torch.manual_seed(0)
        fused.append(DeRUNNet(d)(*sources).detach())
    assert (fused[0] - fused[1]).abs().max() > 1e-4


def test_jcs_switches_change_the_gradients_that_the_equations_say() -> None:
    """Without the denoising constraint E, and with it the threshold, no longer reaches H."""
    for changes, reached in (({}, True), ({"denoising": False}, False)):
        torch.manual_seed(0)
        stage = Stage(design(**changes), last=False)
        m = torch.rand(1, 1, 12, 12)
        stage(State.start(m, stage.design), m).h.sum().backward()
        assert (stage.threshold.raw.grad is not None and bool(stage.threshold.raw.grad.any())) is reached


def test_the_shared_branch_reaches_every_extractor_of_its_stage_and_no_other() -> None:
    net = DeRUNNet(design(stages=3))
    x = torch.rand(1, 1, 10, 10)
    first, second = net.stages[0], net.stages[1]

    def answers(stage: Stage) -> list[Tensor]:
        ones = torch.ones(2)
        banks = [bank for bank in (stage.filter, stage.texture) if bank]
        back = [bank for bank in (stage.filter_back, stage.texture_back) if bank]
        return [*(bank.split(x) for bank in banks), *(bank.join(x.expand(-1, 2, -1, -1), ones) for bank in back)]

    with torch.no_grad():
        before, before_other = answers(first), answers(second)
        first.shared.second += 1
        after, after_other = answers(first), answers(second)
    assert all(bool((a != b).any()) for a, b in zip(before, after, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before_other, after_other, strict=True))


def count(d: Design) -> int:
    return sum(parameter.numel() for parameter in DeRUNNet(d).parameters())


@pytest.mark.parametrize("base", [DEFAULT, PRINTED], ids=["default", "printed"])
def test_symmetrical_extractors_have_about_the_parameters_of_pwsm_and_siamese_ones_fewer(base: Design) -> None:
    partial, symmetrical, siamese = (count(design(base, sharing=s)) for s in ("partial", "symmetrical", "siamese"))
    assert abs(symmetrical - partial) <= 0.02 * partial
    assert siamese < 0.6 * partial


def test_extractors_start_at_sobel_filters_and_their_adjoints() -> None:
    stage = Stage(DEFAULT, last=False)
    for branches in (stage.shared, *(bank.specific for bank in (stage.filter, stage.filter_back))):
        with torch.no_grad():
            kept = branches.second[:, :2, 1, 1].clone()
            branches.second.zero_()
            if branches is not stage.shared:
                branches.second[:, 0, 1, 1], branches.second[:, 1, 1, 1] = 1, -1
                assert (kept - torch.tensor([1.0, -1.0])).abs().max() < 0.01
    image, answer = torch.zeros(1, 1, 15, 15), torch.zeros(1, 2, 15, 15)
    image[..., 4:-4, 4:-4], answer[..., 4:-4, 4:-4] = torch.rand(7, 7), torch.rand(2, 7, 7)
    forth = stage.filter.split(image)
    expected = F.conv2d(image, SOBEL[:2, None], padding=1)
    torch.testing.assert_close(forth, expected)
    back = stage.filter_back.join(answer, torch.ones(2))
    torch.testing.assert_close((forth * answer).sum(), (image * back).sum())


def test_all_weights_are_trained_but_those_that_meet_zeros() -> None:
    for d in (DEFAULT, PRINTED, design(sharing="siamese"), design(textures=0), design(PRINTED, inverse="gradient")):
        net = DeRUNNet(d)
        net(*images(2, 1, 16, 16)).square().sum().backward()
        idle = {name for name, p in net.named_parameters() if p.numel() and (p.grad is None or not bool(p.grad.any()))}
        # H is zero in stage 1, so phi has no slope there; Y = M, so T_k' has nothing to act on without a bias.
        assert all(name.startswith(("stages.0.mu", "stages.0.texture_back")) for name in idle), idle


@pytest.mark.parametrize("shape", [(1, 1, 1, 40), (1, 1, 37, 1), (2, 1, 5, 7), (1, 1, 1, 1)])
def test_any_size_is_fused(shape: tuple[int, ...]) -> None:
    fused = DeRUNNet(DEFAULT)(*images(*shape))
    assert fused.shape == shape
    assert fused.isfinite().all()


def test_constant_images_give_their_infrared_level() -> None:
    ir, vis = torch.full((1, 1, 20, 20), 0.8), torch.full((1, 1, 20, 20), 0.2)
    torch.testing.assert_close(DeRUNNet(DEFAULT)(ir, vis), ir, atol=0.02, rtol=0)


def test_designs_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="siamese extractors serve VFM and SPM in pairs"):
        design(sharing="siamese", textures=1)
    assert copy.deepcopy(DEFAULT) == Design()
