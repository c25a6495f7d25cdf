"""MDLatLRR against its formulas patch by patch, against a convolution, and with the weights that are shipped."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

import hifbench.methods
from hifbench import methods
from hifbench.errors import MethodError, UsageError, WeightsError
from hifbench.methods import mdlatlrr
from hifbench.methods.mdlatlrr import SIDE, MDLatLRR, Projection
from hifbench.tensors import write_weights

SHIPPED = Path(hifbench.methods.__file__).parent / "weights" / "mdlatlrr.safetensors"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with half of each patch's difference from its mean, somewhat disturbed."""
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    network = Projection()
    noise = 0.02 * torch.randn(256, 256, generator=torch.Generator().manual_seed(0))
    network.matrix.data = (torch.eye(256) - 1 / 256) / 2 + noise
    write_weights(path, network, {"method": "mdlatlrr"})
    return path


def pair(height: int, width: int, batch: int = 1) -> tuple[Tensor, Tensor]:
    ir, vis = torch.rand(2, batch, 1, height, width, generator=torch.Generator().manual_seed(height))
    return 0.3 + 0.3 * ir, vis * torch.linspace(0, 1, width)


def decomposed(image: np.ndarray, matrix: np.ndarray) -> tuple[dict[tuple[int, int], np.ndarray], np.ndarray]:
    """L times each patch, and the mean of these where they overlap."""
    patches = {}
    for y in range(image.shape[0] - 15):
        for x in range(image.shape[1] - 15):
            patches[y, x] = (matrix @ image[y : y + 16, x : x + 16].ravel()).reshape(16, 16)
    return patches, averaged(patches, image.shape)


def averaged(patches: dict[tuple[int, int], np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    total, count = np.zeros(shape), np.zeros(shape)
    for (y, x), patch in patches.items():
        total[y : y + 16, x : x + 16] += patch
        count[y : y + 16, x : x + 16] += 1
    return total / count


@pytest.mark.parametrize("levels", [1, 3])
@pytest.mark.parametrize("size", [(20, 37), (16, 16), (40, 17)])
def test_equals_the_formulas_patch_by_patch(own: Path, levels: int, size: tuple[int, int]) -> None:
    ir, vis = pair(*size)
    method = methods.create("mdlatlrr", weights=own, levels=levels)
    assert isinstance(method, MDLatLRR)
    matrix = method.network.state_dict()["matrix"].double().numpy()
    bases = [image[0, 0].double().numpy() for image in (ir, vis)]
    fused = np.zeros(size)
    for _ in range(levels):
        (first, detail_first), (second, detail_second) = (decomposed(base, matrix) for base in bases)
        both = {}
        for place in first:
            norms = [np.linalg.norm(patch[place], "nuc") for patch in (first, second)]
            both[place] = (norms[0] * first[place] + norms[1] * second[place]) / sum(norms)
        fused += averaged(both, size)
        bases = [bases[0] - detail_first, bases[1] - detail_second]
    fused += (bases[0] + bases[1]) / 2
    assert np.abs(method.fuse(ir, vis)[0, 0].numpy() - fused).max() < 2e-6


def test_within_the_image_a_detail_layer_is_one_convolution(own: Path) -> None:
    method = methods.create("mdlatlrr", weights=own)
    assert isinstance(method, MDLatLRR)
    ir, vis = pair(50, 55)
    matrix = method.network.state_dict()["matrix"].double().numpy().reshape(16, 16, 16, 16)
    kernel = np.zeros((31, 31))
    for y in range(16):
        for x in range(16):  # at this place of the patch: its row of L, with its centre on the pixel
            kernel[15 - y : 31 - y, 15 - x : 31 - x] += matrix[y, x] / 256
    with torch.no_grad():
        detail = method._decompose(ir, vis, with_bases=True)[0][0, 0].numpy()
    wanted = ndimage.correlate(ir[0, 0].double().numpy(), kernel)
    inner = slice(15, -15)
    assert np.abs(detail[inner, inner] - wanted[inner, inner]).max() < 1e-6


def test_how_many_patches_are_held_at_a_time_changes_nothing(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = methods.create("mdlatlrr", weights=own)
    ir, vis = pair(41, 33)
    whole = method.fuse(ir, vis)
    for chunk in (1, 40, 100):
        monkeypatch.setattr(mdlatlrr, "_CHUNK", chunk)
        assert torch.allclose(method.fuse(ir, vis), whole, atol=1e-6)


def test_keeps_what_every_method_keeps(own: Path) -> None:
    method = methods.create("mdlatlrr", weights=own)
    ir, vis = pair(23, 31, batch=3)
    before = ir.clone(), vis.clone()
    fused = method.fuse(ir, vis)
    assert fused.shape == ir.shape
    assert fused.dtype == torch.float32
    assert torch.equal(ir, before[0])
    assert torch.equal(vis, before[1])
    assert torch.equal(fused, method.fuse(ir, vis))
    one_by_one = torch.cat([method.fuse(a[None], b[None]) for a, b in zip(ir, vis, strict=True)])
    assert torch.allclose(fused, one_by_one, atol=1e-6)
    assert torch.allclose(fused, method.fuse(vis, ir), atol=1e-6)
    assert torch.allclose(method.fuse(ir, ir), ir, atol=2e-6)


@pytest.mark.parametrize("greys", [(0.3, 0.7), (0.0, 0.0), (0.0, 1.0)])
def test_flat_sources_give_a_finite_image(greys: tuple[float, float]) -> None:
    ir, vis = (torch.full((1, 1, 20, 24), grey) for grey in greys)
    fused = methods.create("mdlatlrr").fuse(ir, vis)
    assert bool(fused.isfinite().all())
    assert float((fused - (ir + vis) / 2).abs().max()) < 0.03  # what the shipped L takes for detail in a flat patch


def test_the_shipped_projection_is_the_one_of_its_card_and_takes_out_detail() -> None:
    card = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() == card["sha256"]
    method = methods.create("mdlatlrr")
    assert isinstance(method, MDLatLRR)
    assert method.card.trained_on == card["trained_on"]
    assert method.card.weights_licence == "Apache-2.0"
    matrix = method.network.state_dict()["matrix"].double()
    assert matrix.shape == (256, 256)
    flat = torch.full((256,), 1 / 16, dtype=torch.float64)  # of norm 1
    board = (
        flat
        * torch.tensor([1.0, -1.0]).repeat(8).repeat(16)
        * torch.tensor([1.0, -1.0]).repeat_interleave(16).repeat(8)
    )
    assert float((matrix @ flat).norm()) < 0.1
    assert 0.3 < float((matrix @ board).norm()) < 0.7
    singular = torch.linalg.svdvals(matrix)
    assert float(singular.max()) < 1.01  # 0 <= W <= I, see the theorem in the test of LatLRR


def test_mistakes_are_named(own: Path, tmp_path: Path) -> None:
    with pytest.raises(MethodError, match=f"at least {SIDE}x{SIDE} pixels; this pair is 40x15"):
        methods.create("mdlatlrr", weights=own).fuse(*pair(15, 40))
    with pytest.raises(UsageError, match="mdlatlrr: levels must be 1 to 8, not 0"):
        methods.create("mdlatlrr", weights=own, levels=0)
    wrong = tmp_path / "wrong.safetensors"
    write_weights(wrong, torch.nn.Linear(3, 3), {"method": "mdlatlrr"})
    with pytest.raises(WeightsError, match="missing matrix"):
        methods.create("mdlatlrr", weights=wrong)
