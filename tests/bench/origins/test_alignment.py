from __future__ import annotations

import pytest
import torch

from hifbench.bench.origins.alignment import align


def scene(seed: int) -> torch.Tensor:
    noise = torch.rand(1, 1, 164, 184, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.avg_pool2d(noise, 5, stride=1)[0, 0] * 255


@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, -1), (-7, 12), (20, -24)])
def test_a_known_shift_is_found(shift: tuple[int, int]) -> None:
    """The picture is cut from a larger scene, so what it shows at its border is not in the sources."""
    ir, vis = scene(0), scene(1)
    down, right = shift
    moved = ((ir + vis) / 2)[30 - down : 130 - down, 30 - right : 150 - right]
    found = align(moved, ir[30:130, 30:150], vis[30:130, 30:150])
    assert (found.down, found.right) == shift
    assert found.is_shifted is (shift != (0, 0))


def test_another_scene_is_not_related() -> None:
    found = align(scene(2), scene(0), scene(1))
    assert not found.is_related
    assert not found.is_shifted


def test_a_picture_without_edges_says_nothing() -> None:
    found = align(torch.full((40, 50), 7.0), scene(0)[:40, :50], scene(1)[:40, :50])
    assert found.is_related
    assert not found.is_shifted
