"""IFCNN with the authors' weights against the output of their network, and our training of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from official import golden_pair, noise
from PIL import Image
from scipy import ndimage

from hifbench import methods
from hifbench.errors import WeightsError
from hifbench.methods import ifcnn
from hifbench.methods.ifcnn import IFCNN, IFCNNNet, IFCNNRecipe, _gaussian
from hifbench.tensors import write_weights


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """Random weights in the form of the official file, which counts no batches."""
    torch.manual_seed(0)
    path = tmp_path / "IFCNN-MAX.pth"
    tensors = IFCNNNet().state_dict().items()
    torch.save({key: value for key, value in tensors if not key.endswith("num_batches_tracked")}, path)
    return path


def test_equals_the_official_output(shared: Path) -> None:
    golden = shared / "golden" / "methods"
    method = methods.create("ifcnn", weights=shared / "weights" / "ifcnn")
    fused = method.fuse(*golden_pair(shared, "05"))[0, 0].numpy()
    red, green, blue = np.load(golden / "ifcnn" / "pair05_MAX.npz")["fused_rgb_unclipped"]
    expected = 0.299 * red + 0.587 * green + 0.114 * blue
    picture = np.asarray(Image.open(golden / "ifcnn" / "pair05_MAX_gray.png"), dtype=np.float32)
    print(f"IFCNN pair 05: largest difference {np.abs(fused - expected).max():.2e}")
    assert np.abs(fused - expected).max() <= 1e-5
    assert np.abs(np.floor(255 * fused.clip(0, 1)) - picture).max() <= 1  # theirs are truncated before they are grey


@pytest.mark.parametrize("name", ["IFCNN-MEAN.pth", "IFCNN-SUM.pth"])
def test_the_authors_other_files_are_refused(shared: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=rf"is {name}, trained for another merging .* use IFCNN-MAX\.pth"):
        methods.create("ifcnn", weights=shared / "weights" / "ifcnn" / name)


def test_a_renamed_file_of_theirs_is_known_by_its_hash(official: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(official.read_bytes()).hexdigest()
    monkeypatch.setattr(ifcnn, "_OTHERS", {digest: "IFCNN-SUM.pth"})
    with pytest.raises(WeightsError, match=r"IFCNN-MAX\.pth is IFCNN-SUM\.pth"):
        methods.create("ifcnn", weights=official)


def test_has_the_published_number_of_parameters() -> None:
    assert sum(parameter.numel() for parameter in IFCNNNet().parameters()) == 83_587


def test_the_sources_are_interchangeable_and_the_maximum_is_not_the_mean(official: Path) -> None:
    method = methods.create("ifcnn", weights=official)
    ir, vis = noise(13, 17, batch=2)
    assert torch.allclose(method.fuse(ir, vis), method.fuse(vis, ir), atol=1e-6)
    assert torch.allclose(method.fuse(ir, ir), method.fuse(ir, ir.clone()), atol=1e-6)
    assert not torch.allclose(method.fuse(ir, vis), (method.fuse(ir, ir) + method.fuse(vis, vis)) / 2, atol=1e-3)


def test_a_grey_offset_of_the_last_layer_comes_out_as_imagenets_colour(official: Path) -> None:
    tensors = torch.load(official, weights_only=True)
    torch.save({**tensors, "conv4.weight": torch.zeros(3, 64, 1, 1), "conv4.bias": torch.ones(3)}, official)
    fused = methods.create("ifcnn", weights=official).fuse(*noise(4, 5, batch=2))
    # Deviation plus mean of red, green and blue, weighed as BT.601 says.
    expected = 0.299 * (0.229 + 0.485) + 0.587 * (0.224 + 0.456) + 0.114 * (0.225 + 0.406)
    assert torch.allclose(fused, torch.tensor(expected), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (9, 16), (40, 16), (1, 60)])
def test_bands_of_rows_are_those_of_the_whole_image(
    official: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    method = methods.create("ifcnn", weights=official)
    assert isinstance(method, IFCNN)
    ir, vis = noise(*size, batch=2)
    with torch.no_grad():
        whole = method.network(ir, vis)
    monkeypatch.setattr(ifcnn, "_BAND_PIXELS", 1)
    assert torch.allclose(method.fuse(ir, vis), whole, rtol=0, atol=2e-6)


def test_our_own_format_gives_the_same_network(official: Path, tmp_path: Path) -> None:
    theirs = methods.create("ifcnn", weights=official)
    assert isinstance(theirs, IFCNN)
    write_weights(tmp_path / "own.safetensors", theirs.network, {"method": "ifcnn", "trained_on": "noise"})
    own = methods.create("ifcnn", weights=tmp_path / "own.safetensors")
    assert own.card.trained_on == "noise"
    assert torch.equal(own.fuse(*noise(24, 20, batch=2)), theirs.fuse(*noise(24, 20, batch=2)))


def test_what_is_learned_from_is_one_image_blurred_in_two_parts() -> None:
    recipe = IFCNNRecipe(crop=48)
    image = torch.randint(0, 256, (48, 48), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
    first, second, sharp = recipe.cut([image], torch.Generator().manual_seed(0))
    assert torch.equal(torch.sort(sharp.flatten()).values, torch.sort(image.flatten() / 255).values)  # mirrored at most
    kept = [each == sharp for each in (first, second)]
    assert bool((kept[0] | kept[1]).all())
    assert [float(each.float().mean()) for each in kept] == pytest.approx([0.5, 0.5], abs=0.02)
    blurred = torch.where(kept[0], second, first)
    assert float(blurred.std()) < 0.5 * float(sharp.std())


def test_the_blur_is_scipys() -> None:
    (image, _), deviation = noise(21, 30, batch=2), 1.3
    expected = ndimage.gaussian_filter(image[0, 0].numpy(), deviation, mode="mirror", radius=5)
    assert _gaussian(image[0], deviation)[0].numpy() == pytest.approx(expected, abs=1e-6)


def test_the_loss_is_the_squared_error_to_the_sharp_image() -> None:
    fused, sharp = noise(5, 6, batch=2)
    terms = IFCNNRecipe().loss((fused,), fused, fused, sharp)
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(
        {"mse": float(np.square((fused - sharp).numpy()).mean())}
    )
