from __future__ import annotations

import torch
from torch import nn

from hifbench import methods
from hifbench.bench.efficiency.parameters import ParameterTracker


class Part(nn.Module):
    """Uses one of two layers, twice, and shares a number with whoever gave it."""

    def __init__(self, shared: nn.Parameter) -> None:
        super().__init__()
        self.called, self.idle, self.shared = nn.Conv2d(1, 2, 3), nn.Linear(10, 10), shared

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.called(image) + self.called(image * self.shared)


def test_all_and_used() -> None:
    shared = nn.Parameter(torch.ones(1))
    network = nn.ModuleList([Part(shared), Part(shared)])
    never_called = nn.Linear(3, 2)
    with ParameterTracker([network, never_called]) as tracker, torch.no_grad():
        network[0](torch.rand(1, 1, 5, 5))
        never_called.weight.mul_(2)  # touched, in no forward pass
    assert tracker.all == 2 * (2 * 9 + 2 + 110) + 1 + 8
    assert tracker.used == 2 * 9 + 2 + 1


def test_a_network_that_the_method_makes_itself_is_found() -> None:
    with ParameterTracker() as tracker:
        nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1))(torch.rand(2, 4))
    assert tracker.all == tracker.used == 15 + 4


def test_an_error_in_a_forward_pass_ends_it() -> None:
    layer, other = nn.Linear(4, 3), nn.Linear(1, 1)
    with ParameterTracker() as tracker:
        try:
            layer(torch.rand(2, 5))
        except RuntimeError:
            other.weight.detach().add_(other.weight)
    assert tracker.used == 12 + 3  # its own, and nothing that came after


def test_zvir_uses_as_many_as_get_a_gradient() -> None:
    """The numbers of the authors' programme: 12 758 449 in its state, of which 7 920 497 get a gradient."""
    method = methods.create("zvir", iterations=1)
    with ParameterTracker() as tracker:
        method.fuse(*torch.rand(2, 1, 1, 16, 16))
    assert tracker.all == 12_758_449
    assert tracker.used == 7_920_497
