from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from hifbench import color

COLOUR = npst.arrays(np.uint8, (1, 3, 4, 5))
SHADES = torch.arange(0, 256, 5)
CUBE = torch.stack(torch.meshgrid(SHADES, SHADES, SHADES, indexing="ij")).reshape(1, 3, 52, -1).float() / 255


def test_every_colour_survives_splitting_and_joining() -> None:
    assert torch.equal(color.join(*color.split(CUBE)), color.quantise(CUBE))


@given(COLOUR, st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_a_joined_picture_has_exactly_the_luminance_it_was_given(pixels: np.ndarray, seed: int) -> None:
    _, chroma = color.split(torch.from_numpy(pixels).float() / 255)
    fused = torch.rand(1, 1, 4, 5, generator=torch.Generator().manual_seed(seed)) * 1.4 - 0.2
    joined = color.join(fused, chroma)
    assert torch.equal(color.luminance(joined), color.quantise(fused))


@given(COLOUR)
@settings(max_examples=100, deadline=None)
def test_luminance_is_the_exact_weighted_sum_rounded_half_up(pixels: np.ndarray) -> None:
    red, green, blue = pixels[0].astype(np.int64)
    exact = (299 * red + 587 * green + 114 * blue + 500) // 1000
    computed = color.luminance(torch.from_numpy(pixels).double())
    assert np.array_equal(computed[0, 0].numpy(), exact)


def test_luminance_is_within_a_level_of_pillow() -> None:
    levels = color.quantise(CUBE)
    picture = Image.fromarray(levels[0].permute(1, 2, 0).numpy().astype(np.uint8)).convert("L")
    difference = color.luminance(levels)[0, 0].numpy() - np.asarray(picture, dtype=float)
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.01


def test_grey_passes_unchanged() -> None:
    grey = torch.arange(256).reshape(1, 1, 16, 16) / 255
    y, chroma = color.split(grey)
    assert chroma is None
    assert torch.equal(color.join(y, None), color.quantise(grey))


def test_two_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or 3 channels, not 2"):
        color.luminance(torch.zeros(1, 2, 4, 4))


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("bt601", "OpenCV cvtColor BGR2GRAY on uint8"),
        ("matlab", "Octave 7.3 rgb2gray (rounded uint8; MATLAB weights)"),
        ("pillow", 'Pillow convert("L") (IVIF_ZOO and dungdz67 readers)'),
        ("opencv-float", "OpenCV cvtColor BGR2GRAY on float32 then numpy round (CDDFuse reader)"),
    ],
)
@pytest.mark.parametrize("image", ["o1c_vi", "o1c_fu"])
def test_the_toolboxes_grey_rules_equal_their_own_pixels(rule: str, name: str, image: str) -> None:
    own = Path(__file__).parent / "golden" / "own"
    with (own / "grey-conversions.csv").open() as stream:
        wanted = {(row["image"], row["rule"]): row["sha256_of_uint8_pixels"] for row in csv.DictReader(stream)}
    levels = torch.from_numpy(np.array(Image.open(own / f"{image}.png"))).permute(2, 0, 1)[None].double()
    grey = color.luminance(levels, rule)[0, 0].numpy().astype(np.uint8)  # type: ignore[arg-type]
    assert hashlib.sha256(grey.tobytes()).hexdigest() == wanted[image, name]


def test_pillows_rule_is_pillows_everywhere() -> None:
    levels = color.quantise(CUBE)
    picture = Image.fromarray(levels[0].permute(1, 2, 0).numpy().astype(np.uint8)).convert("L")
    assert np.array_equal(color.luminance(levels, "pillow")[0, 0].numpy(), np.asarray(picture))
