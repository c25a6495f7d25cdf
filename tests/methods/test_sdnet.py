"""SDNet with the authors' weights against the output of the authors' code, its layers against numpy, its loss against
scipy.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy_network import convolved, drawn, leaky
from official import flops, golden_pair, noise
from scipy import ndimage
from tensorflow_files import write_checkpoint

from hifbench import methods
from hifbench.errors import WeightsError
from hifbench.methods import sdnet
from hifbench.methods.sdnet import SDNet, SDNetNet, SDNetRecipe

SHAPES: dict[str, tuple[int, ...]] = {
    "fusion_model/layer5_fuse/w5_fuse": (1, 1, 128, 1),
    "fusion_model/layer6_sept/w6_sept": (1, 1, 1, 128),
}
for side in ("ir", "vi"):
    for number, shape in (
        (1, (5, 5, 1, 16)),
        (2, (3, 3, 16, 16)),
        (3, (3, 3, 32, 16)),
        (4, (3, 3, 48, 16)),
        (7, (3, 3, 128, 16)),
        (8, (3, 3, 16, 4)),
        (9, (3, 3, 4, 1)),
    ):
        SHAPES[f"fusion_model/layer{number}_{side}/w{number}_{side}"] = shape
SHAPES |= {name.replace("/w", "/b"): shape[-1:] for name, shape in SHAPES.items()}


@pytest.mark.parametrize("files", ["", "sdnet_irvis.npz", "IRVIS.model-10.data-00000-of-00001"])
def test_equals_the_official_output(shared: Path, files: str) -> None:
    method = methods.create("sdnet", weights=shared / "weights" / "sdnet" / files)
    assert isinstance(method, SDNet)
    assert isinstance(method.network, SDNetNet)
    ir, vis = golden_pair(shared, "05")
    official = np.load(shared / "golden" / "methods" / "sdnet" / "pair05.npz")
    difference = np.abs(method.fuse(ir, vis)[0, 0].numpy() - official["fused_255"] / 255).max()
    print(f"SDNet pair 05: largest difference {difference:.2e}")
    assert difference <= 1e-5
    with torch.no_grad():
        again = method.network.decompose(torch.from_numpy(official["fused_tanh"])[None, None])
    for image, name in zip(again, ("sept_ir", "sept_vi"), strict=True):
        assert np.abs(image[0, 0].numpy() - official[name]).max() <= 1e-5


def made(folder: Path) -> tuple[SDNet, dict[str, np.ndarray]]:
    """The method with random weights in the official form."""
    variables = drawn(SHAPES)
    write_checkpoint(folder / "IRVIS.model-10", variables)
    method = methods.create("sdnet", weights=folder)
    assert isinstance(method, SDNet)
    return method, variables


def test_is_what_the_description_says(tmp_path: Path) -> None:
    method, variables = made(tmp_path)
    ir, vis = noise(5, 7)

    def layer(maps: np.ndarray, name: str) -> np.ndarray:
        short = name.removeprefix("layer")
        kernel, bias = (variables[f"fusion_model/{name}/{kind}{short}"] for kind in "wb")
        return convolved(maps, kernel, bias, "constant")

    branches = []
    for side, image in (("ir", ir), ("vi", vis)):
        outputs = [leaky(layer((255 * image[0].numpy() - 127.5) / 127.5, f"layer1_{side}"), 0.2)]
        for number in (2, 3, 4):
            outputs.append(leaky(layer(np.concatenate(outputs), f"layer{number}_{side}"), 0.2))
        branches.append(outputs)
    together = np.concatenate([output for pair in zip(*branches, strict=True) for output in pair])
    expected = (np.tanh(layer(together, "layer5_fuse"))[0] * 127.5 + 127.5) / 255
    assert expected.std() > 0.01
    assert method.fuse(ir, vis)[0, 0].numpy() == pytest.approx(expected, abs=1e-5)


def test_has_the_published_numbers_of_parameters_and_the_operations_that_follow(tmp_path: Path) -> None:
    network = SDNetNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 67_091
    fusing = [network.ir, network.vis, network.squeeze]
    assert sum(parameter.numel() for part in fusing for parameter in part.parameters()) == 28_705
    biases = 2 * 4 * 16 + 1
    assert flops(made(tmp_path)[0], 9, 11) == 2 * (28_705 - biases) * 9 * 11


@pytest.mark.parametrize("height", [1, 5, 13, 21])
def test_bands_of_rows_are_those_of_the_whole_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    method, _ = made(tmp_path)
    ir, vis = noise(height, 6, batch=2)
    with torch.no_grad():
        whole = method.network(ir, vis)
    monkeypatch.setattr(sdnet, "_BAND_PIXELS", 6 * 2 * 6)
    assert torch.allclose(method.fuse(ir, vis), whole, rtol=0, atol=2e-6)


def test_weights_of_another_method_are_refused(tmp_path: Path) -> None:
    _, variables = made(tmp_path)
    np.savez(tmp_path / "other.npz", **{name.replace("fusion_model", "f"): value for name, value in variables.items()})
    with pytest.raises(WeightsError, match=r"other\.npz does not fit the network: missing .*; unknown f/layer"):
        methods.create("sdnet", weights=tmp_path / "other.npz")


def test_the_recipe_is_the_published_one_but_for_the_data() -> None:
    recipe = SDNetRecipe()
    assert (recipe.epochs, recipe.batch, recipe.crop, recipe.rate) == (15, 32, 120, 1e-4)
    assert (recipe.visible, recipe.gradient, recipe.decomposition) == (0.5, 80, 1)


def test_the_loss_is_the_published_one() -> None:
    numbers = torch.Generator().manual_seed(2)
    ir, vis = torch.rand(2, 2, 1, 12, 14, generator=numbers, dtype=torch.float64)
    predicted = 2 * torch.rand(3, 2, 1, 12, 14, generator=numbers, dtype=torch.float64) - 1
    terms = SDNetRecipe().loss(tuple(predicted), ir, vis)
    fused, ir_again, vis_again = (image[:, 0].numpy() for image in predicted)
    infrared, visible = ((255 * image[:, 0].numpy() - 127.5) / 127.5 for image in (ir, vis))

    def laplacian(images: np.ndarray) -> np.ndarray:
        return np.stack([ndimage.laplace(image, mode="nearest") for image in images])

    def smooth(images: np.ndarray) -> np.ndarray:
        return np.stack([ndimage.gaussian_filter(image, 1.5, radius=1, mode="nearest") for image in images])

    from_visible = np.abs(laplacian(smooth(visible))) > np.abs(laplacian(smooth(infrared)))
    assert 0.2 < from_visible.mean() < 0.8
    target = np.where(from_visible, laplacian(visible), laplacian(infrared))
    expected = {
        "ir": ((fused - infrared) ** 2).mean(),
        "vis": 0.5 * ((fused - visible) ** 2).mean(),
        "gradient": 80 * ((laplacian(fused) - target) ** 2).mean(),
        "again": ((ir_again - infrared) ** 2).mean() + ((vis_again - visible) ** 2).mean(),
    }
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(expected)


def test_every_parameter_is_trained() -> None:
    recipe = SDNetRecipe()
    network, sources = recipe.network(), noise(16, 16)
    torch.stack(list(recipe.loss(recipe.predict(network, *sources), *sources).values())).sum().backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None and bool(parameter.grad.any()) for parameter in network.parameters())
