"""Counts against arithmetic by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from hifbench.bench.efficiency.operations import OperationCounter, Operations, fft_flops


def count(run) -> Operations:
    with OperationCounter() as counter:
        run()
    return counter.result


@torch.no_grad()
def test_a_network_that_can_be_counted_by_hand() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3),  # 8 x 10 outputs
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, padding=1, groups=4),
        nn.Conv2d(4, 6, 1, stride=2),  # 4 x 5 outputs
        nn.ConvTranspose2d(6, 2, 2, stride=2),  # each of 4 x 5 inputs reaches 2 x 2 outputs
        nn.Flatten(),
        nn.Linear(2 * 8 * 10, 7),
    )
    macs = 80 * 4 * 9 + 80 * 4 * 9 + 20 * 4 * 6 + 20 * 6 * 2 * 4 + 160 * 7
    counted = count(lambda: network(torch.rand(3, 1, 10, 12)))
    assert (counted.flops, counted.macs) == (2 * 3 * macs, 3 * macs)
    assert counted.uncounted["aten.relu"] == 3 * 80 * 4


def test_backward_passes_are_counted() -> None:
    conv = nn.Conv2d(2, 3, 3)
    image = torch.rand(1, 2, 6, 6)
    forward = 16 * 3 * 2 * 9
    assert count(lambda: conv(image).sum().backward()).macs == 2 * forward  # forward, and the weights' gradient
    assert count(lambda: conv(image.requires_grad_()).sum().backward()).macs == 3 * forward  # and the image's


@torch.no_grad()
def test_attention_is_counted_on_a_cpu_too() -> None:
    queries, keys = torch.rand(1, 2, 12, 4), torch.rand(1, 2, 20, 4)
    counted = count(lambda: F.scaled_dot_product_attention(queries, keys, keys))
    assert counted.macs == 2 * 2 * 12 * 20 * 4


@pytest.mark.parametrize(
    ("transform", "flops"),
    [
        (lambda real, pair: torch.fft.fft(pair), 6 * 5 * 16 * 4),
        (lambda real, pair: torch.fft.ifft(pair, dim=0), 16 * 5 * 6 * math.log2(6)),
        (lambda real, pair: torch.fft.fft2(pair), 5 * 96 * math.log2(96)),
        (lambda real, pair: torch.fft.rfft(real), 6 * 2.5 * 16 * 4),
        (lambda real, pair: torch.fft.irfft(torch.fft.rfft(real), n=16), 2 * 6 * 2.5 * 16 * 4),
        (lambda real, pair: torch.fft.irfft2(torch.fft.rfft2(real), s=(6, 16)), 2 * 2.5 * 96 * math.log2(96)),
    ],
)
def test_fourier_transforms(transform, flops: float) -> None:
    real = torch.rand(6, 16)
    counted = count(lambda: transform(real, torch.complex(real, real)))
    assert counted.flops == pytest.approx(flops, abs=2)
    assert counted.macs == 0
    assert not any("fft" in name for name in counted.uncounted)


def test_transforms_of_one_number_do_nothing() -> None:
    assert fft_flops((5, 1), (1,), real=False) == 0


def test_what_has_no_formula_is_named_with_the_elements_written() -> None:
    image = torch.rand(2, 3, 4)
    counted = count(lambda: (image.exp() * 2).add_(1).sum(dim=1))
    assert counted.flops == 0
    assert counted.uncounted == {"aten.exp": 24, "aten.mul": 24, "aten.add": 24, "aten.sum": 8}


def test_views_copies_and_room_are_no_operations() -> None:
    image = torch.rand(4, 6)
    counted = count(lambda: torch.cat([image.T, image.view(6, 4).clone()]).reshape(-1)[::2].flip(0).zero_())
    assert counted.uncounted == {}


def test_work_outside_torch_is_named() -> None:
    image = torch.rand(4, 6)
    for handed_over in (lambda: np.sqrt(image.numpy()), lambda: np.sqrt(np.asarray(image))):
        counted = count(handed_over)
        assert set(counted.uncounted) == {"numpy"}
        assert counted.uncounted["numpy"] >= 24


def test_products_with_a_vector() -> None:
    matrix, vector, other = torch.rand(30, 20), torch.rand(20), torch.rand(30)
    for run, macs in (
        (lambda: matrix @ vector, 600),
        (lambda: torch.addmv(other, matrix, vector), 600),
        (lambda: vector @ vector, 20),
        (lambda: torch.vdot(vector, vector), 20),
    ):
        counted = count(run)
        assert (counted.flops, counted.macs) == (2 * macs, macs)
        assert counted.uncounted == {}


def test_operators_that_write_to_lists_and_return_nothing_are_named() -> None:
    """Steps of optimisers, as a GPU takes them."""
    many = [torch.rand(3, 4), torch.rand(5)]
    assert count(lambda: torch._foreach_mul_(many, 2.0)).uncounted == {"aten._foreach_mul": 17}
    assert count(lambda: torch._foreach_zero_(many)).uncounted == {}
    weights = nn.Parameter(torch.rand(7))
    weights.grad = torch.rand(7)
    optimiser = torch.optim.Adam([weights], fused=True)
    written = count(optimiser.step).uncounted
    assert written["aten._fused_adam"] >= 3 * 7  # weights and two moments
