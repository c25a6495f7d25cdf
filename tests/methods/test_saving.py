"""Pictures as the authors' programs save them, against pictures and formulas that are not ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from official import golden_pair
from PIL import Image

from hifbench import methods
from hifbench.methods._saving import stretched, truncated

GOLDEN = [
    ("u2fusion", "u2fusion/pair05_toimage_cmax.png"),
    ("sdnet", "sdnet/pair05_bytescale.png"),
    ("tardal", "tardal/pair05_tardal_batchstat_trunc.png"),
    ("ifcnn", "ifcnn/pair05_MAX_gray.png"),
]


@pytest.mark.parametrize(("name", "picture"), GOLDEN)
def test_equals_the_picture_that_is_saved(shared: Path, name: str, picture: str) -> None:
    method = methods.create(name, weights=shared / "weights" / name, as_saved=True)
    saved = (method.fuse(*golden_pair(shared, "05"))[0, 0] * 255).round().numpy()
    expected = np.asarray(Image.open(shared / "golden" / "methods" / picture), dtype=np.float32)
    difference = np.abs(saved - expected)
    print(
        f"{name}: {int((difference > 0).sum())} of {difference.size} pixels differ, at most by {difference.max():.0f}"
    )
    # A last bit of the network's result decides where it lies between two levels.
    assert difference.max() <= 1
    assert (difference > 0).mean() <= 1e-3


@pytest.mark.parametrize(("name", "raw"), [("seafusion", "pair05.npz"), ("densefuse", "pair05_pt.npz")])
def test_others_are_saved_from_the_values_of_the_authors_code(shared: Path, name: str, raw: str) -> None:
    """There are no pictures of theirs, but raw values: stretched as numpy interpolates, cut as a byte is."""
    method = methods.create(name, weights=shared / "weights" / name, as_saved=True)
    saved = method.fuse(*golden_pair(shared, "05"))[0, 0].double().numpy() * 255
    values = np.load(shared / "golden" / "methods" / name / raw)["fused"].astype(np.float64)
    if name == "seafusion":
        expected = np.interp(values, [values.min(), values.max()], [0, 255]).round()
    else:
        expected = values.astype(np.uint8).astype(np.float64)
    difference = np.abs(saved - expected)
    assert difference.max() <= 1.001
    assert (difference > 0.5).mean() <= 1e-3


def test_each_image_of_a_batch_is_stretched_for_itself() -> None:
    one = torch.tensor([0.25, 0.5, 0.75]).view(1, 1, 1, 3)
    batch = torch.cat([one, one / 2])
    assert torch.allclose(stretched(batch) * 255, torch.tensor([0.0, 128.0, 255.0]))  # halves go up
    assert torch.allclose(stretched(batch, 0.0) * 255, torch.tensor([85.0, 170.0, 255.0]))


def test_flat_images_and_values_beyond_the_range() -> None:
    flat = torch.full((1, 1, 2, 2), 0.3)
    assert torch.equal(stretched(flat), torch.zeros_like(flat))
    assert torch.equal(truncated(torch.tensor([-0.1, 0.999, 1.2])) * 255, torch.tensor([0.0, 254.0, 255.0]))
