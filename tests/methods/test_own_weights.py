"""Weights of ports that hifbench trained itself: there when asked for, and never by default."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest
import torch

from hifbench import methods
from hifbench.errors import UsageError, WeightsError

FOLDER = files("hifbench.methods") / "weights" / "own"
OWN = ["densefuse", "ifcnn", "sdnet"]


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HIFBENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """A dark square on a bright slope, and the slope turned by 90 degrees."""
    slope = torch.linspace(0.2, 0.8, 48).expand(1, 1, 48, 48)
    ir = slope.clone()
    ir[..., 16:32, 16:32] = 0.05
    return ir, slope.transpose(2, 3).contiguous()


@pytest.mark.parametrize("name", OWN)
def test_they_are_asked_for_by_name(name: str) -> None:
    with pytest.raises(WeightsError, match="weights 'own' are those that hifbench trained itself"):
        methods.create(name)
    method = methods.create(name, weights="own")
    ir, vis = pair()
    fused = method.fuse(ir, vis)
    low, high = torch.minimum(ir, vis), torch.maximum(ir, vis)
    inside = ((fused >= low - 0.1) & (fused <= high + 0.1)).double().mean()
    assert inside > 0.8, float(inside)
    assert method.card.weights_licence == "Apache-2.0"
    assert "epochs" in method.card.trained_on
    assert method.card.training_data


def test_there_are_no_others() -> None:
    assert sorted(Path(str(item)).stem for item in FOLDER.iterdir() if item.name.endswith(".safetensors")) == OWN


@pytest.mark.parametrize("name", OWN)
def test_their_card_is_of_this_file(name: str) -> None:
    card = json.loads((FOLDER / f"{name}.json").read_text())
    assert card["method"] == name
    assert not card["smoke"]
    assert not any(call["hifbench"]["dirty"] for call in card["calls"])
    content = (FOLDER / f"{name}.safetensors").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest()


def test_files_of_the_user_stay_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = OWN[0]
    folder = tmp_path / name
    folder.mkdir()
    (folder / f"{name}.safetensors").write_bytes((FOLDER / f"{name}.safetensors").read_bytes())
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(tmp_path))
    assert methods.create(name).card.weights_licence != "Apache-2.0"
    assert methods.create(name, weights="own").card.weights_licence == "Apache-2.0"


def test_own_is_the_default_where_that_ships_and_an_error_where_there_is_nothing() -> None:
    assert methods.create("auif", weights="own").card == methods.create("auif").card
    with pytest.raises(WeightsError, match="u2fusion: hifbench has trained no weights of it"):
        methods.create("u2fusion", weights="own")
    with pytest.raises(UsageError, match="has no weights; leave --weights own out"):
        methods.create("laplacian", weights="own")
