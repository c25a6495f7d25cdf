"""What holds for every built-in degradation."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hifbench.datasets.degradations import DEGRADATIONS

ROOT = Path(__file__).parents[3]
BUILT_IN = [name for name, entry in DEGRADATIONS.entries.items() if entry.source == "hifbench"]


def scene(height: int, width: int, colour: bool, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture in whole grey levels, and depths from 1 to 100 m."""
    random = torch.Generator().manual_seed(seed)
    shape = (height, width, 3) if colour else (height, width)
    vis = torch.randint(0, 256, shape, generator=random).to(torch.float32) / 255
    return vis, 1 + 99 * torch.rand(height, width, generator=random)


def test_these_are_there() -> None:
    assert BUILT_IN == ["blur", "gaussian-noise", "haze", "low-light", "rain"]


@pytest.mark.parametrize("name", BUILT_IN)
@settings(max_examples=20, deadline=None)
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    colour=st.booleans(),
    severity=st.floats(0, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_gives_an_image_of_the_same_kind_and_twice_the_same(
    name: str, size: tuple[int, int], colour: bool, severity: float, seed: int
) -> None:
    vis, depth = scene(*size, colour)
    before = vis.clone()
    degrade = DEGRADATIONS.get(name)
    image = degrade(vis, severity, seed, depth)
    assert image.shape == vis.shape
    assert image.dtype == torch.float32
    assert 0 <= image.min() <= image.max() <= 1
    assert torch.equal(image, degrade(vis, severity, seed, depth))
    assert torch.equal(vis, before)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_severity_0_is_the_identity_and_more_is_farther_from_it(name: str, colour: bool) -> None:
    vis, depth = scene(60, 80, colour)
    degrade = DEGRADATIONS.get(name)
    assert torch.equal(degrade(vis, 0, 1, depth), vis)
    distances = [float((degrade(vis, severity, 1, depth) - vis).square().mean()) for severity in range(6)]
    assert distances == sorted(set(distances))


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize(
    ("severity", "said"),
    [(-1, "-1 is negative"), (float("nan"), "nan is no number"), (float("inf"), "inf is no"), (5.1, "beyond .* 5")],
)
def test_a_severity_that_is_not_defined_is_refused(name: str, severity: float, said: str) -> None:
    vis, depth = scene(8, 8, False)
    with pytest.raises(ValueError, match=f"degradation '{name}': severity.*{said}"):
        DEGRADATIONS.get(name)(vis, severity, 0, depth)


@pytest.mark.parametrize("name", ["haze", "rain"])
def test_depth_must_be_there_and_fit(name: str) -> None:
    vis, depth = scene(8, 9, True)
    with pytest.raises(ValueError, match=f"'{name}' needs a depth map"):
        DEGRADATIONS.get(name)(vis, 1, 0, None)
    with pytest.raises(ValueError, match=r"the depth is \(9, 8\), the image \(8, 9\)"):
        DEGRADATIONS.get(name)(vis, 1, 0, depth.T)


@pytest.mark.parametrize("name", ["rain", "low-light", "gaussian-noise"])
def test_another_seed_is_another_image(name: str) -> None:
    vis, depth = scene(60, 80, True)
    degrade = DEGRADATIONS.get(name)
    assert not torch.equal(degrade(vis, 5, 1, depth), degrade(vis, 5, 2, depth))


def test_another_process_gives_the_same_bytes() -> None:
    vis, depth = scene(120, 160, True, seed=3)
    digest = hashlib.sha256()
    for name in BUILT_IN:
        digest.update(DEGRADATIONS.get(name)(vis, 3.5, 7, depth).numpy().tobytes())
    code = (
        "import hashlib, torch; from hifbench.datasets.degradations import DEGRADATIONS\n"
        "random = torch.Generator().manual_seed(3)\n"
        "vis = torch.randint(0, 256, (120, 160, 3), generator=random).to(torch.float32) / 255\n"
        "depth = 1 + 99 * torch.rand(120, 160, generator=random)\n"
        "digest = hashlib.sha256()\n"
        f"for name in {BUILT_IN}:\n"
        "    digest.update(DEGRADATIONS.get(name)(vis, 3.5, 7, depth).numpy().tobytes())\n"
        "print(digest.hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "5", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == digest.hexdigest()


def test_each_is_in_the_docs_with_a_picture() -> None:
    text = (ROOT / "docs" / "degradations.md").read_text(encoding="utf-8")
    for name in BUILT_IN:
        assert f"## `{name}`" in text
        assert f"(degradations/{name}.png)" in text
        assert (ROOT / "docs" / "degradations" / f"{name}.png").is_file()
