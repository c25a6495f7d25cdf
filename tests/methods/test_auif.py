"""AUIF with the authors' weights against the output of the authors' code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench import methods
from hifbench.errors import MethodError, WeightsError
from hifbench.methods._weights import WeightFiles
from hifbench.methods.auif import AUIF, AUIFNet


def read(path: Path) -> torch.Tensor:
    return torch.from_numpy(np.asarray(Image.open(path).convert("L"), dtype=np.float32) / 255)[None, None]


@pytest.mark.parametrize("pair", ["01", "02"])
def test_equals_the_official_output(shared: Path, pair: str) -> None:
    golden = shared / "golden" / "methods"
    method = methods.create("auif", weights=shared / "weights" / "auif")
    sources = (read(golden / "inputs" / f"pair{pair}_{side}.bmp") for side in ("IR", "VIS"))
    official = np.load(golden / "auif" / f"pair{pair}.npz")["fused"].squeeze()
    difference = np.abs(method.fuse(*sources)[0, 0].numpy() - official).max()
    print(f"AUIF pair {pair}: largest difference {difference:.2e}")
    assert difference <= 1e-4


def test_the_weights_are_found_in_the_environment_and_recorded(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(shared / "weights"))
    card = methods.create("auif").card
    assert card.weights_sha256["TCSVT_Decoder.model"].startswith("7966d490bb4003821c8f20ce1197c22d")
    assert not methods.METHODS.get("auif").card.weights_sha256


def checkpoint(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Random weights in the form of the official files, written to a folder."""
    network = AUIFNet()
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
