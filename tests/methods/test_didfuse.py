"""DIDFuse with the authors' weights against the output of the authors' code, and its training against the facts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor

from hifbench import methods
from hifbench.errors import MethodError, UsageError, WeightsError
from hifbench.methods import didfuse
from hifbench.methods._losses import ssim_map
from hifbench.methods.didfuse import DIDFuse, DIDFuseNet, DIDFuseRecipe
from hifbench.tensors import write_weights


def read(path: Path) -> Tensor:
    return torch.from_numpy(np.asarray(Image.open(path).convert("L"), dtype=np.float32) / 255)[None, None]


@pytest.mark.parametrize("pair", ["01", "02"])
def test_equals_the_official_output(shared: Path, pair: str) -> None:
    golden = shared / "golden" / "methods"
    method = methods.create("didfuse", weights=shared / "weights" / "didfuse")
    fused = method.fuse(*(read(golden / "inputs" / f"pair{pair}_{side}.bmp") for side in ("IR", "VIS")))[0, 0].numpy()
    official = np.load(golden / "didfuse" / f"pair{pair}.npz")["fused"].squeeze()
    picture = np.asarray(Image.open(golden / "didfuse" / f"pair{pair}_fused.png"), dtype=np.float32)
    print(f"DIDFuse pair {pair}: largest difference {np.abs(fused - official).max():.2e}")
    assert np.abs(fused - official).max() <= 1e-5
    assert np.abs(np.rint(255 * fused) - picture).max() <= 1


def checkpoint(folder: Path) -> dict[str, dict[str, object]]:
    """Random weights in the form of the official files, written to a folder."""
    torch.manual_seed(0)
    network = DIDFuseNet()
    files: dict[str, dict[str, object]] = {}
    for name, part in (("Encoder", network.encoder), ("Decoder", network.decoder)):
        tensors = {f"{key.partition('.')[0]}.{key}": value for key, value in part.state_dict().items()}
        files[f"{name}_weight_IJCAI.pkl"] = {"weight": tensors, "epoch": 120}
    for name, content in files.items():
        torch.save(content, folder / name)
    return files


def sources(height: int, width: int) -> tuple[Tensor, Tensor]:
    ir, vis = torch.rand(2, 1, 1, height, width, generator=torch.Generator().manual_seed(1))
    return ir, vis


def test_has_the_published_numbers_of_parameters() -> None:
    network = DIDFuseNet()
    counts = [sum(p.numel() for p in part.parameters()) for part in (network.encoder, network.decoder)]
    assert counts == [111_938, 148_997]


def test_official_files_load_and_the_smallest_images_are_fused(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    method = methods.create("didfuse", weights=tmp_path)
    assert method.fuse(*sources(2, 3)).shape == (1, 1, 2, 3)
    with pytest.raises(MethodError, match="at least 2x2 pixels; this pair is 5x1"):
        method.fuse(*sources(1, 5))


def test_faulty_checkpoints_are_named(tmp_path: Path) -> None:
    encoder = checkpoint(tmp_path)["Encoder_weight_IJCAI.pkl"]
    path = tmp_path / "Encoder_weight_IJCAI.pkl"
    tensors = encoder["weight"]
    assert isinstance(tensors, dict)
    for broken, message in (
        ({key: value for key, value in tensors.items() if key != "cov2.cov2.0.bias"}, r"missing cov2\.0\.bias"),
        ({**tensors, "cov9.cov9.0.bias": torch.zeros(1)}, r"unknown cov9\.0\.bias"),
        ({**tensors, "other": torch.zeros(1)}, r"unknown weight\.other"),
        ({**tensors, "cov2.cov2.2.weight": torch.zeros(64)}, r"wrong shape: cov2\.2\.weight is \(64,\), not \(1,\)"),
    ):
        torch.save({"weight": broken, "epoch": 120}, path)
        with pytest.raises(WeightsError, match=message) as caught:
            methods.create("didfuse", weights=tmp_path)
        assert str(path) in str(caught.value)


def test_our_own_format_gives_the_same_network(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    official = methods.create("didfuse", weights=tmp_path)
    assert isinstance(official, DIDFuse)
    write_weights(tmp_path / "own.safetensors", official.network, {"method": "didfuse", "trained_on": "noise"})
    own = methods.create("didfuse", weights=tmp_path / "own.safetensors")
    assert own.card.trained_on == "noise"
    assert torch.equal(own.fuse(*sources(24, 20)), official.fuse(*sources(24, 20)))


@pytest.mark.parametrize("mode", ["sum", "average", "l1-norm"])
@pytest.mark.parametrize("height", [8, 29, 61])  # one band; two, the second of a single row; three
def test_bands_of_rows_are_those_of_the_whole_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, height: int
) -> None:
    checkpoint(tmp_path)
    method = methods.create("didfuse", weights=tmp_path, mode=mode)
    assert isinstance(method, DIDFuse)
    ir, vis = sources(height, 16)
    with torch.no_grad():
        whole = method.network(ir, vis)
    monkeypatch.setattr(didfuse, "_BAND_PIXELS", 28 * 16)
    assert torch.allclose(method.fuse(ir, vis), whole, rtol=0, atol=2e-6)


def test_the_sum_is_the_default_and_another_mode_is_another_image(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    fused = {
        mode: methods.create("didfuse", weights=tmp_path, mode=mode).fuse(*sources(12, 12))
        for mode in ("sum", "average", "l1-norm")
    }
    assert torch.equal(methods.create("didfuse", weights=tmp_path).fuse(*sources(12, 12)), fused["sum"])
    assert not torch.allclose(fused["sum"], fused["average"])
    assert not torch.allclose(fused["average"], fused["l1-norm"])
    with pytest.raises(UsageError, match="didfuse: mode must be one of sum, average, l1-norm, not 'mean'"):
        methods.create("didfuse", weights=tmp_path, mode="mean")


def test_equal_sources_average_to_their_reconstruction(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    method = methods.create("didfuse", weights=tmp_path, mode="average")
    assert isinstance(method, DIDFuse)
    network, (ir, _) = method.network, sources(16, 16)
    assert isinstance(network, DIDFuseNet)
    with torch.no_grad():
        again = network.decoder(*network.encoder(ir))
    assert torch.allclose(method.fuse(ir, ir), again, atol=1e-6)


def test_the_recipe_is_the_published_one() -> None:
    recipe = DIDFuseRecipe()
    assert (recipe.dataset, recipe.split, recipe.crops, recipe.flips) == ("flir-auif", "train", "centre", False)
    assert (recipe.mixed, recipe.epochs, recipe.batch, recipe.crop, recipe.rate) == (False, 120, 24, 128, 1e-3)


def test_the_rate_falls_as_with_torchs_multi_step() -> None:
    recipe, parameter = DIDFuseRecipe(), torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones=[40, 80])
    for epoch in range(recipe.epochs + 5):
        assert recipe.factor(epoch) == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()


def test_the_loss_is_the_published_one() -> None:
    recipe = DIDFuseRecipe()
    numbers = torch.Generator().manual_seed(2)
    ir, vis, ir_again, vis_again = torch.rand(4, 2, 1, 16, 18, generator=numbers, dtype=torch.float64)
    features = list(torch.randn(4, 2, 64, 16, 18, generator=numbers, dtype=torch.float64) / 4)
    terms = recipe.loss((ir_again, vis_again, *features), ir, vis)

    def reconstruction(again: Tensor, image: Tensor) -> float:
        similar = float(((1 - ssim_map(again, image, 11)) / 2).mean())
        return 5 * similar + float(((again - image) ** 2).mean())

    def apart(first: Tensor, second: Tensor) -> float:
        return float(np.tanh(np.abs((first - second).numpy()).mean()))

    difference = (vis_again - vis)[:, 0].numpy()
    slopes = [ndimage.sobel(d, axis=axis, mode="nearest") / 8 for d in difference for axis in (0, 1)]
    expected = {
        "ir": 2 * reconstruction(ir_again, ir),
        "vis": 2 * reconstruction(vis_again, vis),
        "base": apart(features[0], features[1]),
        "detail": -0.5 * apart(features[2], features[3]),
        "edges": 10 * np.abs(slopes).mean(),
    }
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(expected)


def test_what_is_trained_are_reconstructions_and_the_features_of_each() -> None:
    recipe = DIDFuseRecipe()
    torch.manual_seed(0)
    network = recipe.network().eval()
    assert isinstance(network, DIDFuseNet)
    ir, vis = sources(16, 16)
    ir_again, vis_again, *features = recipe.predict(network, ir, vis)
    with torch.no_grad():
        ours, theirs = network.encoder(ir), network.encoder(vis)
        assert torch.equal(ir_again, network.decoder(*ours))
        assert torch.equal(vis_again, network.decoder(*theirs))
    for found, expected in zip(features, (ours[2], theirs[2], ours[3], theirs[3]), strict=True):
        assert torch.equal(found, expected)
    sum(recipe.loss(recipe.predict(network, ir, vis), ir, vis).values()).backward()  # type: ignore[union-attr]
    assert all(parameter.grad is not None for parameter in network.parameters())
