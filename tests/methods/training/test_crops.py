"""Crops of training images."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hifbench.methods._training.crops import crop


def numbers(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def coordinates(height: int, width: int) -> list[torch.Tensor]:
    """Two images that say where each of their pixels is."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return [rows.to(torch.uint8), columns.to(torch.uint8)]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), height=st.integers(16, 60), width=st.integers(16, 60), flips=st.booleans())
def test_random_crops_cut_both_images_at_one_place(seed: int, height: int, width: int, flips: bool) -> None:
    rows, columns = crop(coordinates(height, width), 16, "random", flips, numbers(seed))
    rows, columns = rows * 255, columns * 255
    assert rows.shape == columns.shape == (16, 16)
    down, right = rows.diff(dim=0), columns.diff(dim=1)
    assert {float(step) for step in down.flatten()} in ({1.0}, {-1.0} if flips else {1.0})
    assert {float(step) for step in right.flatten()} in ({1.0}, {-1.0} if flips else {1.0})
    assert not rows.diff(dim=1).any()
    assert not columns.diff(dim=0).any()
    assert rows.max() < height
    assert columns.max() < width


def test_every_place_and_mirror_image_occurs() -> None:
    corners, mirrors = set(), set()
    for seed in range(300):
        rows, columns = crop(coordinates(18, 17), 16, "random", True, numbers(seed))
        corners.add((float(rows.min() * 255), float(columns.min() * 255)))
        mirrors.add((bool(rows[0, 0] > rows[-1, 0]), bool(columns[0, 0] > columns[0, -1])))
    assert len(corners) == 3 * 2
    assert len(mirrors) == 4


def test_centre_crops_are_torchvisions() -> None:
    rows, columns = crop(coordinates(21, 30), 16, "centre", False, numbers(0))
    assert (float(rows.min() * 255), float(columns.min() * 255)) == (round(5 / 2), 7)


@pytest.mark.parametrize("size", [(100, 90), (40, 200), (200, 40)])
def test_resized_crops_keep_to_area_and_ratio(size: tuple[int, int]) -> None:
    height, width = size
    areas = []
    for seed in range(200):
        rows, columns = crop(coordinates(height, width), 16, "resized", False, numbers(seed))
        # A ramp that is scaled stays one; its slope tells the part's size, apart from the border of the filter.
        tall = float((rows[12, 8] - rows[4, 8]) * 255 / 8 * 16)
        wide = float((columns[8, 12] - columns[8, 4]) * 255 / 8 * 16)
        areas.append(tall * wide / (height * width))
        assert 0.7 < wide / tall < 1.42
    assert min(areas) > 0.07
    assert max(areas) <= 1.01
    if height < 2 * width < 4 * height:
        assert max(areas) > 0.6


def test_the_same_seed_gives_the_same_crop() -> None:
    image = [torch.randint(256, (50, 60), dtype=torch.uint8, generator=numbers(0))]
    for how in ("random", "resized"):
        assert torch.equal(crop(image, 16, how, True, numbers(5))[0], crop(image, 16, how, True, numbers(5))[0])
        assert not torch.equal(crop(image, 16, how, True, numbers(5))[0], crop(image, 16, how, True, numbers(6))[0])
