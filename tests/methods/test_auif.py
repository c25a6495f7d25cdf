"""AUIF with the authors' weights against the output of the authors' code, and its training against the facts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from hifbench import methods
from hifbench.errors import MethodError, UsageError, WeightsError
from hifbench.methods._weights import WeightFiles
from hifbench.methods.auif import AUIF, AUIFNet, AUIFRecipe, UnrolledStep


def read(path: Path) -> torch.Tensor:
    return torch.from_numpy(np.asarray(Image.open(path).convert("L"), dtype=np.float32) / 255)[None, None]


@pytest.mark.parametrize("pair", ["01", "02"])
def test_equals_the_official_output(shared: Path, pair: str) -> None:
    golden = shared / "golden" / "methods"
    method = methods.create("auif", weights=shared / "weights" / "auif")
    sources = (read(golden / "inputs" / f"pair{pair}_{side}.bmp") for side in ("IR", "VIS"))
    official = np.load(golden / "auif" / f"pair{pair}.npz")["fused"].squeeze()
    picture = np.asarray(Image.open(golden / "auif" / f"pair{pair}_fused.png"), dtype=np.float32)
    fused = method.fuse(*sources)[0, 0].numpy()
    difference = np.abs(fused - official).max()
    print(f"AUIF pair {pair}: largest difference {difference:.2e}")
    assert difference <= 1e-4
    assert np.abs(np.rint(255 * fused) - picture).max() <= 1


def test_the_weights_are_found_in_the_environment_and_recorded(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hifbench.methods._weights.files", lambda package: tmp_path / "not shipped")
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(shared / "weights"))
    card = methods.create("auif").card
    assert card.weights_sha256["TCSVT_Decoder.model"].startswith("7966d490bb4003821c8f20ce1197c22d")
    assert not methods.METHODS.get("auif").card.weights_sha256


def checkpoint(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Random weights in the form of the official files, written to a folder."""
    network = AUIFNet()
    for step in (*network.base.steps, *network.detail.steps):
        step.kernel.data /= 20  # untrained statistics would leave nothing but 0 and 1 of the image
    parts = {
        "TCSVT_Encoder_Base.model": {f"conv1.{key[6:]}": value for key, value in network.base.state_dict().items()},
        "TCSVT_Encoder_Detail.model": {f"conv2.{key[6:]}": value for key, value in network.detail.state_dict().items()},
        "TCSVT_Decoder.model": {f"decoder.{key}": value for key, value in network.decoder.state_dict().items()},
    }
    for name, tensors in parts.items():
        torch.save(tensors, folder / name)
    return parts


def test_has_the_published_number_of_parameters() -> None:
    assert sum(parameter.numel() for parameter in AUIFNet().parameters()) == 11_631


def test_official_files_load_and_small_images_are_refused(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    method = methods.create("auif", weights=tmp_path)
    assert method.fuse(torch.rand(1, 1, 10, 12), torch.rand(1, 1, 10, 12)).shape == (1, 1, 10, 12)
    with pytest.raises(MethodError, match="at least 10x10 pixels; this pair is 12x9"):
        method.fuse(torch.rand(1, 1, 9, 12), torch.rand(1, 1, 9, 12))


def test_faulty_checkpoints_are_named(tmp_path: Path) -> None:
    parts = checkpoint(tmp_path)
    base = tmp_path / "TCSVT_Encoder_Base.model"
    tensors = parts[base.name]
    for broken, message in (
        ({key: value for key, value in tensors.items() if key != "conv1.3.eta"}, r"missing steps\.3\.eta"),
        ({**tensors, "extra": torch.zeros(1)}, "unknown extra"),
        ({**tensors, "conv1.0.eta": torch.zeros(2)}, r"wrong shape: steps\.0\.eta is \(2,\), not \(1,\)"),
        ({**tensors, "conv1.0.eta": torch.tensor([torch.nan])}, r"not finite: steps\.0\.eta"),
    ):
        torch.save(broken, base)
        with pytest.raises(WeightsError, match=message) as caught:
            methods.create("auif", weights=tmp_path)
        assert str(base) in str(caught.value)
    base.write_bytes(base.read_bytes()[:100])
    with pytest.raises(WeightsError, match=r"cannot be read as a checkpoint|is damaged"):
        methods.create("auif", weights=tmp_path)


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("/tmp/hifbench-was-here"),)  # type: ignore[return-value]


def test_a_checkpoint_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    torch.save({"conv1.0.eta": Evil()}, tmp_path / "TCSVT_Encoder_Base.model")
    with pytest.raises(WeightsError, match="holds more than tensors, so it was not loaded"):
        methods.create("auif", weights=tmp_path)


def test_one_of_several_official_files_is_not_enough(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    with pytest.raises(WeightsError, match="give their folder"):
        methods.create("auif", weights=tmp_path / "TCSVT_Decoder.model")


def test_our_own_format_gives_the_same_network(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    checkpoint(tmp_path)
    official = methods.create("auif", weights=tmp_path)
    assert isinstance(official, AUIF)
    ours = tmp_path / "auif.safetensors"
    save_file(official.network.state_dict(), ours)
    again = AUIF(WeightFiles.of([ours], "auif"))
    sources = torch.rand(1, 1, 24, 24), torch.rand(1, 1, 24, 24)
    assert torch.equal(again.fuse(*sources), official.fuse(*sources))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("size", [(3, 4), (11, 9)])
def test_filters_and_their_adjoint_are_scipys_in_training_and_in_fusing(training: bool, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    step = UnrolledStep().double().train(training)
    image = torch.rand(2, 1, *size, dtype=torch.float64)
    with torch.no_grad():
        found = step._filter_and_back(image)
    for index in range(2):
        expected = np.zeros(size)
        for kernel in step.kernel.detach()[:, 0].numpy():
            features = ndimage.correlate(image[index, 0].numpy(), kernel, mode="mirror")
            expected += ndimage.correlate(features, kernel[::-1, ::-1], mode="mirror")
        assert found[index, 0].numpy() == pytest.approx(expected, abs=1e-10)


def test_training_follows_the_derivatives_of_the_two_convolutions() -> None:
    torch.manual_seed(0)
    step = UnrolledStep().double()
    image, weights = torch.rand(2, 2, 1, 7, 8, dtype=torch.float64)
    gradients = []
    for run in (step._at_once, step._in_bands):
        step.zero_grad()
        source = image.clone().requires_grad_()
        (run(source) * weights).sum().backward()
        assert step.kernel.grad is not None
        assert source.grad is not None
        gradients.append((step.kernel.grad.clone(), source.grad))
    for ours, theirs in zip(*gradients, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-10)


def test_the_sum_is_the_default_and_another_mode_is_another_image(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    sources = torch.rand(2, 1, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    fused = {
        mode: methods.create("auif", weights=tmp_path, mode=mode).fuse(*sources)
        for mode in ("sum", "average", "l1-norm")
    }
    assert torch.equal(methods.create("auif", weights=tmp_path).fuse(*sources), fused["sum"])
    assert not torch.equal(fused["sum"], fused["average"])
    assert not torch.equal(fused["average"], fused["l1-norm"])
    with pytest.raises(UsageError, match="auif: mode must be one of sum, average, l1-norm, not 'mean'"):
        methods.create("auif", weights=tmp_path, mode="mean")


def test_the_recipe_is_the_published_one() -> None:
    recipe = AUIFRecipe()
    assert (recipe.dataset, recipe.split, recipe.crops, recipe.flips) == ("flir-auif", "train", "resized", False)
    assert (recipe.mixed, recipe.epochs, recipe.batch, recipe.crop) == (True, 80, 32, 128)
    network = recipe.network()
    rates = {id(parameter): group["lr"] for group in recipe.groups(network) for parameter in group["params"]}
    assert len(rates) == len(list(network.parameters()))
    for name, parameter in network.named_parameters():
        assert rates[id(parameter)] == (1e-3 if name.startswith("detail.") else 1e-2)


def test_the_rate_falls_as_with_torchs_multi_step() -> None:
    recipe, parameter = AUIFRecipe(), torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones=[41, 81])
    for epoch in range(recipe.epochs + 5):
        assert recipe.factor(epoch) == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()


def test_the_steps_start_as_published() -> None:
    torch.manual_seed(0)
    steps = [UnrolledStep() for _ in range(200)]
    for draws, mean, deviation in (
        ([step.eta.detach() for step in steps], 0.1, 0.03),
        ([step.theta.detach() for step in steps], 1e-3, 1e-4),
        ([step.kernel.detach() for step in steps], 0.0, 1.0),
    ):
        values = torch.stack(draws)
        assert float(values.mean()) == pytest.approx(mean, abs=deviation / 4)
        assert float(values.std()) == pytest.approx(deviation, rel=0.2)


def test_the_loss_is_squared_error_and_five_times_dissimilarity() -> None:
    recipe = AUIFRecipe()
    image = torch.rand(2, 1, 16, 16, dtype=torch.float64) / 2
    terms = recipe.loss((image + 0.1,), image)
    assert set(terms) == {"mse", "ssim"}
    assert float(terms["mse"]) == pytest.approx(0.01)
    # A flat image has no structure to lose: what is left of SSIM is (2ab + c) / (a^2 + b^2 + c).
    flat = torch.full_like(image, 0.5)
    similar = (2 * 0.5 * 0.3 + 1e-4) / (0.5**2 + 0.3**2 + 1e-4)
    assert float(recipe.loss((flat - 0.2,), flat)["ssim"]) == pytest.approx(5 * (1 - similar) / 2)
    assert float(recipe.loss((image,), image)["ssim"]) == pytest.approx(0, abs=1e-9)
