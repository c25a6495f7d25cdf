"""SeAFusion with the published weights against the output of the published network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from official import golden_pair, noise
from PIL import Image
from scipy import ndimage

from hifbench import methods
from hifbench.errors import WeightsError
from hifbench.methods import seafusion
from hifbench.methods.seafusion import Gradient, SeAFusion, SeAFusionNet

NORMS = {"decode4": 64, "decode3": 32, "decode2": 16, "decode1": 1}


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """Random weights in the form of the official file, with the norms that nothing uses."""
    torch.manual_seed(0)
    unused = {
        f"{name}.bn.{key}": value for name, count in NORMS.items()
        for key, value in torch.nn.BatchNorm2d(count).state_dict().items()
    }  # fmt: skip
    path = tmp_path / "SeAFusion.pth"
    torch.save({**SeAFusionNet().state_dict(), **unused}, path)
    return path


def test_equals_the_official_output(shared: Path) -> None:
    golden = shared / "golden" / "methods"
    method = methods.create("seafusion", weights=shared / "weights" / "seafusion")
    fused = method.fuse(*golden_pair(shared, "05"))[0, 0].numpy()
    reference = np.load(golden / "seafusion" / "pair05.npz")["fused"]
    picture = np.asarray(Image.open(golden / "seafusion" / "pair05_round.png"), dtype=np.float32)
    print(f"SeAFusion pair 05: largest difference {np.abs(fused - reference).max():.2e}")
    assert np.abs(fused - reference).max() <= 1e-5
    assert np.abs(np.rint(255 * fused) - picture).max() <= 1


def test_has_the_published_number_of_parameters_less_the_unused_norms() -> None:
    assert sum(parameter.numel() for parameter in SeAFusionNet().parameters()) == 166_883 - 2 * sum(NORMS.values())


def test_the_gradient_starts_as_scipys_sobel() -> None:
    (features, _), gradient = noise(12, 15, batch=2), Gradient(1)
    for image in features[:, 0].numpy():
        expected = sum(np.abs(ndimage.sobel(image, axis=axis, mode="constant")) for axis in (0, 1))
        with torch.no_grad():
            found = gradient(torch.from_numpy(image)[None, None])[0, 0].numpy()
        assert found == pytest.approx(expected, abs=1e-5)


def test_the_sources_are_not_interchangeable(official: Path) -> None:
    method = methods.create("seafusion", weights=official)
    ir, vis = noise(16, 16, batch=2)
    assert not torch.allclose(method.fuse(ir, vis), method.fuse(vis, ir), atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (9, 16), (40, 16), (1, 60)])
def test_bands_of_rows_are_those_of_the_whole_image(
    official: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    method = methods.create("seafusion", weights=official)
    assert isinstance(method, SeAFusion)
    ir, vis = noise(*size, batch=2)
    with torch.no_grad():
        whole = method.network(ir, vis)
    monkeypatch.setattr(seafusion, "_BAND_PIXELS", 1)
    assert torch.allclose(method.fuse(ir, vis), whole, rtol=0, atol=2e-6)


def test_faulty_checkpoints_are_named(official: Path) -> None:
    tensors = torch.load(official, weights_only=True)
    for broken, message in (
        ({**tensors, "decode5.conv.bias": torch.zeros(1)}, r"unknown decode5\.conv\.bias"),
        (
            {key: value for key, value in tensors.items() if key != "inf_conv.conv.bias"},
            r"missing inf_conv\.conv\.bias",
        ),
        ({**tensors, "decode1.conv.bias": torch.zeros(3)}, r"decode1\.conv\.bias is \(3,\), not \(1,\)"),
    ):
        torch.save(broken, official)
        with pytest.raises(WeightsError, match=message):
            methods.create("seafusion", weights=official)
