"""TarDAL with the authors' weights against the output of their generator, and what must not be mixed up with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from official import golden_pair, noise
from PIL import Image
from torch import nn

from hifbench import methods
from hifbench.errors import MethodError, WeightsError
from hifbench.methods import tardal
from hifbench.methods.tardal import Generator, OwnStatistics


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """Random weights in the form of the official file."""
    torch.manual_seed(0)
    path = tmp_path / "tardal.pt"
    torch.save(Generator().state_dict(), path)
    return path


def test_equals_the_official_output(shared: Path) -> None:
    golden = shared / "golden" / "methods"
    pair = golden_pair(shared, "05")
    method = methods.create("tardal", weights=shared / "weights" / "tardal")
    fused = method.fuse(*pair)[0, 0].numpy()
    reference = np.load(golden / "tardal" / "pair05_tardal_batchstat.npz")
    picture = np.asarray(Image.open(golden / "tardal" / "pair05_tardal_batchstat_trunc.png"), dtype=np.float32)
    print(f"TarDAL pair 05: largest difference {np.abs(fused - reference['fused_tanh']).max():.2e}")
    assert np.abs(fused - reference["fused_tanh"]).max() <= 1e-5
    assert np.abs(fused.clip(0, 1) - reference["fused_clipped"]).max() <= 1e-5
    assert np.abs(np.floor(255 * fused.clip(0, 1)) - picture).max() <= 1


def test_stored_statistics_give_the_authors_other_image(shared: Path) -> None:
    golden = shared / "golden" / "methods"
    generator = Generator().eval()
    generator.load_state_dict(torch.load(shared / "weights" / "tardal" / "tardal.pt", weights_only=True))
    with torch.no_grad():
        fused = generator(*golden_pair(shared, "05"))[0, 0].numpy()
    reference = np.load(golden / "tardal" / "pair05_tardal_evalbn.npz")["fused_tanh"]
    assert np.abs(fused - reference).max() <= 1e-5


def test_has_the_published_number_of_parameters() -> None:
    assert sum(parameter.numel() for parameter in Generator().parameters()) == 296_577


def test_the_statistics_are_those_of_the_features() -> None:
    norm = OwnStatistics(3).eval()
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.uniform_(norm.bias)
    before = {key: value.clone() for key, value in norm.state_dict().items()}
    features = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(1)) * 4 + 7
    with torch.no_grad():
        normal = norm(features)
    assert torch.allclose(normal.mean(dim=(0, 2, 3)), norm.bias, atol=1e-5)
    assert torch.allclose(normal.std(dim=(0, 2, 3), correction=0), norm.weight, atol=1e-4)
    assert all(torch.equal(value, before[key]) for key, value in norm.state_dict().items())


def test_the_pairs_of_a_batch_do_not_see_each_other(official: Path) -> None:
    method = methods.create("tardal", weights=official)
    ir, vis = noise(18, 21, batch=3)
    vis[1] /= 4
    together = method.fuse(ir, vis)
    for index in range(3):
        assert torch.equal(together[index : index + 1], method.fuse(ir[index : index + 1], vis[index : index + 1]))


def test_a_single_row_is_too_small(official: Path) -> None:
    method = methods.create("tardal", weights=official)
    assert method.fuse(*noise(2, 3)).shape == (1, 1, 2, 3)
    with pytest.raises(MethodError, match="tardal needs images of at least 2x2 pixels; this pair is 5x1"):
        method.fuse(*noise(1, 5))


def test_the_files_with_embossed_images_are_refused(official: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(official.read_bytes()).hexdigest()
    monkeypatch.setattr(tardal, "_OTHERS", {digest: f"tardal++.pt, {tardal._EMBOSSES}"})
    with pytest.raises(WeightsError, match=r"is tardal\+\+\.pt, whose images look embossed .* use tardal\.pt"):
        methods.create("tardal", weights=official)


def test_a_file_made_to_be_run_with_its_statistics_is_refused(official: Path) -> None:
    tensors = torch.load(official, weights_only=True)
    torch.save({**tensors, "dense.1.1.num_batches_tracked": torch.tensor(7)}, official)
    with pytest.raises(WeightsError, match="has gathered statistics in training"):
        methods.create("tardal", weights=official)
