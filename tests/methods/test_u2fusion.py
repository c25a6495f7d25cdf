"""U2Fusion with the authors' weights against the output of the authors' code, and its layers against numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy_network import convolved, drawn, leaky
from official import flops, golden_pair, noise

from hifbench import methods
from hifbench.errors import MethodError, WeightsError
from hifbench.methods import u2fusion
from hifbench.methods.u2fusion import U2Fusion, U2FusionNet

SHAPES: dict[str, tuple[int, ...]] = {"Generator/encoder/conv1_1/kernel": (3, 3, 2, 44)}
for count in range(1, 6):
    SHAPES[f"Generator/encoder/dense_block_conv{count}/kernel"] = (3, 3, 44 * count, 44)
for number, widths in enumerate(((264, 128), (128, 64), (64, 32), (32, 1)), 1):
    SHAPES[f"Generator_1/decoder/conv2_{number}/kernel"] = (3, 3, *widths)
SHAPES |= {name.replace("kernel", "bias"): shape[-1:] for name, shape in SHAPES.items()}


@pytest.mark.parametrize("files", ["", "u2fusion.npz", "model.ckpt.index", "model.ckpt"])
def test_equals_the_official_output(shared: Path, files: str) -> None:
    method = methods.create("u2fusion", weights=shared / "weights" / "u2fusion" / files)
    fused = method.fuse(*golden_pair(shared, "05"))[0, 0].numpy()
    official = np.load(shared / "golden" / "methods" / "u2fusion" / "pair05.npz")["fused_vis_first"]
    print(f"U2Fusion pair 05: largest difference {np.abs(fused - official).max():.2e}")
    assert np.abs(fused - official).max() <= 1e-5


def test_the_other_order_of_the_sources_is_the_output_of_toolboxes_that_turn_it_round(shared: Path) -> None:
    method = methods.create("u2fusion", weights=shared / "weights" / "u2fusion")
    ir, vis = golden_pair(shared, "05")
    other = np.load(shared / "golden" / "methods" / "u2fusion" / "pair05.npz")["fused_ir_first"]
    assert np.abs(method.fuse(vis, ir)[0, 0].numpy() - other).max() <= 1e-5
    assert np.abs(method.fuse(ir, vis)[0, 0].numpy() - other).max() > 0.05


def made(folder: Path) -> tuple[U2Fusion, dict[str, np.ndarray]]:
    """The method with random weights in the official form."""
    variables = drawn(SHAPES)
    np.savez(folder / "u2fusion.npz", **variables)
    method = methods.create("u2fusion", weights=folder)
    assert isinstance(method, U2Fusion)
    return method, variables


def test_is_what_the_description_says(tmp_path: Path) -> None:
    method, variables = made(tmp_path)
    ir, vis = noise(5, 7)

    def layer(maps: np.ndarray, name: str) -> np.ndarray:
        return convolved(maps, variables[f"{name}/kernel"], variables[f"{name}/bias"], "reflect")

    maps = leaky(layer(np.stack([vis[0, 0], ir[0, 0]]), "Generator/encoder/conv1_1"), 0.2)
    for number in range(1, 6):
        maps = np.concatenate([leaky(layer(maps, f"Generator/encoder/dense_block_conv{number}"), 0.2), maps])
    for number in range(1, 4):
        maps = leaky(layer(maps, f"Generator_1/decoder/conv2_{number}"), 0.2)
    expected = np.tanh(layer(maps, "Generator_1/decoder/conv2_4"))[0] / 2 + 0.5
    assert expected.std() > 0.01
    assert method.fuse(ir, vis)[0, 0].numpy() == pytest.approx(expected, abs=1e-5)


def test_has_the_published_number_of_parameters_and_the_operations_that_follow(tmp_path: Path) -> None:
    assert sum(parameter.numel() for parameter in U2FusionNet().parameters()) == 659_217
    biases = 6 * 44 + 128 + 64 + 32 + 1
    assert flops(made(tmp_path)[0], 9, 11) == 2 * (659_217 - biases) * 9 * 11


@pytest.mark.parametrize("height", [9, 23, 41])
def test_bands_of_rows_are_those_of_the_whole_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    method, _ = made(tmp_path)
    ir, vis = noise(height, 6, batch=2)
    with torch.no_grad():
        whole = method.network(ir, vis)
    monkeypatch.setattr(u2fusion, "_BAND_PIXELS", 11 * 2 * 6)
    assert torch.allclose(method.fuse(ir, vis), whole, rtol=0, atol=2e-6)


def test_faulty_files_are_named(tmp_path: Path) -> None:
    _, variables = made(tmp_path)
    path = tmp_path / "u2fusion.npz"
    first, second = "Generator/encoder/conv1_1/bias", "Generator_1/decoder/conv2_4/kernel"
    for broken, message in (
        ({name: value for name, value in variables.items() if name != first}, r"missing first\.bias"),
        ({**variables, "Generator/decoder/conv2_4/kernel": variables[second]}, "unknown Generator/decoder/conv2_4"),
        ({**variables, second: variables[second][:, :, :5]}, r"decoder\.3\.weight is \(1, 5, 3, 3\), not \(1, 32"),
    ):
        np.savez(path, **broken)
        with pytest.raises(WeightsError, match=message) as caught:
            methods.create("u2fusion", weights=tmp_path)
        assert str(path) in str(caught.value)
    torch.save({"a": torch.zeros(1)}, tmp_path / "u2.pt")
    with pytest.raises(WeightsError, match=r"u2\.pt is neither a checkpoint of TensorFlow"):
        methods.create("u2fusion", weights=tmp_path / "u2.pt")


def test_images_of_one_row_are_refused(tmp_path: Path) -> None:
    method, _ = made(tmp_path)
    assert method.fuse(*noise(2, 3)).shape == (1, 1, 2, 3)
    with pytest.raises(MethodError, match="at least 2x2 pixels; this pair is 5x1"):
        method.fuse(*noise(1, 5))
