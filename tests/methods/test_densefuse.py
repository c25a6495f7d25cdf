"""DenseFuse with the author's weights against the output of his code, its layers against numpy, and its training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy_network import convolved, drawn
from official import flops, golden_pair, noise

from hifbench import methods
from hifbench.errors import MethodError, WeightsError
from hifbench.methods import densefuse
from hifbench.methods.densefuse import DenseFuse, DenseFuseNet, DenseFuseRecipe

SHAPES: dict[str, tuple[int, ...]] = {
    "conv1": (3, 3, 1, 16),
    **{f"DB1.denseblock.{index}.dense_conv": (3, 3, 16 * (index + 1), 16) for index in range(3)},
    "conv2": (3, 3, 64, 64),
    "conv3": (3, 3, 64, 32),
    "conv4": (3, 3, 32, 16),
    "conv5": (3, 3, 16, 1),
}


def test_equals_the_official_output(shared: Path) -> None:
    official = np.load(shared / "golden" / "methods" / "densefuse" / "pair05_pt.npz")["fused"] / 255
    folder = shared / "weights" / "densefuse"
    for weights in (folder, folder / "densefuse_gray.model"):  # the folder holds the TensorFlow version, too
        fused = methods.create("densefuse", weights=weights).fuse(*golden_pair(shared, "05"))[0, 0].numpy()
        print(f"DenseFuse pair 05: largest difference {np.abs(fused - official).max():.2e}")
        assert np.abs(fused - official).max() <= 1e-5


@pytest.mark.parametrize("name", ["densefuse_tf.npz", "DeseFuse.ckpt.index", "DeseFuse.ckpt.data-00000-of-00001"])
def test_weights_of_the_tensorflow_version_are_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(WeightsError, match=r"of the TensorFlow DenseFuse, another network .*use densefuse_gray\.model"):
        methods.create("densefuse", weights=tmp_path / name)


def made(folder: Path) -> tuple[DenseFuse, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The method with random weights in the official form; its kernels and biases."""
    kernels = drawn(SHAPES)
    biases = {name: np.full(shape[-1], 3, np.float32) for name, shape in SHAPES.items()}
    tensors = {
        **{f"{name}.conv2d.weight": torch.from_numpy(kernel.transpose(3, 2, 0, 1)) for name, kernel in kernels.items()},
        **{f"{name}.conv2d.bias": torch.from_numpy(bias) for name, bias in biases.items()},
    }
    torch.save(tensors, folder / "densefuse_gray.model")
    method = methods.create("densefuse", weights=folder)
    assert isinstance(method, DenseFuse)
    return method, kernels, biases


def test_is_what_the_description_says(tmp_path: Path) -> None:
    method, kernels, biases = made(tmp_path)
    ir, vis = noise(5, 7)

    def layer(maps: np.ndarray, name: str) -> np.ndarray:
        return np.maximum(convolved(maps, kernels[name], biases[name], "reflect"), 0)

    def encoded(image: torch.Tensor) -> np.ndarray:
        maps = layer(255 * image[0].numpy(), "conv1")
        for index in range(3):
            maps = np.concatenate([maps, layer(maps, f"DB1.denseblock.{index}.dense_conv")])
        return maps

    maps = (encoded(ir) + encoded(vis)) / 2
    for name in ("conv2", "conv3", "conv4", "conv5"):
        maps = layer(maps, name)
    assert maps.std() > 1
    assert method.fuse(ir, vis)[0, 0].numpy() == pytest.approx(maps[0] / 255, abs=1e-5)


def test_has_the_published_number_of_parameters_and_the_operations_that_follow(tmp_path: Path) -> None:
    network = DenseFuseNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 74_193
    encoder, decoder = 9 * (16 + 16 * 16 + 32 * 16 + 48 * 16), 9 * (64 * 64 + 64 * 32 + 32 * 16 + 16)
    assert flops(made(tmp_path)[0], 9, 11) == 2 * (2 * encoder + decoder) * 9 * 11  # both sources are encoded


@pytest.mark.parametrize("height", [8, 17, 29])
def test_bands_of_rows_are_those_of_the_whole_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    method, _, _ = made(tmp_path)
    ir, vis = noise(height, 6, batch=2)
    with torch.no_grad():
        whole = method.network(ir, vis)
    monkeypatch.setattr(densefuse, "_BAND_PIXELS", 9 * 2 * 6)
    assert torch.allclose(method.fuse(ir, vis), whole, rtol=0, atol=2e-6)


def test_faulty_files_are_named(tmp_path: Path) -> None:
    made(tmp_path)
    path = tmp_path / "densefuse_gray.model"
    tensors = torch.load(path, weights_only=True)
    torch.save({key: value for key, value in tensors.items() if key != "conv3.conv2d.bias"}, path)
    with pytest.raises(WeightsError, match=r"densefuse_gray\.model does not fit the network: missing decoder\.1\.bias"):
        methods.create("densefuse", weights=tmp_path)
    torch.save({**tensors, "conv6.conv2d.bias": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match=r"unknown decoder\.4\.bias"):
        methods.create("densefuse", weights=tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"cannot be read as a checkpoint|is damaged"):
        methods.create("densefuse", weights=tmp_path)


def test_images_of_one_row_are_refused(tmp_path: Path) -> None:
    method, _, _ = made(tmp_path)
    assert method.fuse(*noise(2, 3)).shape == (1, 1, 2, 3)
    with pytest.raises(MethodError, match="at least 2x2 pixels; this pair is 5x1"):
        method.fuse(*noise(1, 5))


def test_the_recipe_is_the_published_one_but_for_the_data() -> None:
    recipe = DenseFuseRecipe()
    assert (recipe.mixed, recipe.epochs, recipe.batch, recipe.crop) == (True, 4, 4, 256)
    assert (recipe.rate, recipe.similarity) == (1e-4, 100)


def test_the_loss_is_squared_error_in_grey_levels_and_a_hundred_times_dissimilarity() -> None:
    image = torch.rand(2, 1, 200, 190, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 2
    terms = DenseFuseRecipe().loss((image + 2 / 255,), image)
    assert float(terms["mse"]) == pytest.approx(4)
    assert 0 < float(terms["ms-ssim"]) < 1
    assert float(DenseFuseRecipe().loss((image,), image)["ms-ssim"]) == pytest.approx(0, abs=1e-9)


def test_what_is_trained_is_what_equal_sources_are_fused_to(tmp_path: Path) -> None:
    method, _, _ = made(tmp_path)
    image, _ = noise(12, 10)
    (again,) = DenseFuseRecipe().predict(method.network, image)
    assert torch.allclose(method.fuse(image, image), again, atol=1e-6)


def test_the_first_step_reaches_every_layer() -> None:
    recipe = DenseFuseRecipe()
    torch.manual_seed(recipe.seed)
    network = recipe.network()
    image, _ = noise(48, 48, batch=4)
    torch.stack(list(recipe.loss(recipe.predict(network, image), image).values())).sum().backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None and bool(parameter.grad.any()) for parameter in network.parameters())
