"""Files given as official ones: damaged, foreign or hostile, they end as one line that names the file."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from hostile import Hostile

from hifbench import methods
from hifbench.errors import WeightsError
from hifbench.methods._import import import_weights

NAMES = ("tardal", "seafusion", "ifcnn", "defusion")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_code_in_it_is_not_run(name: str, tmp_path: Path) -> None:
    path, witness = tmp_path / "weights.pth", tmp_path / "witness"
    for write in (lambda content: torch.save(content, path), lambda content: path.write_bytes(pickle.dumps(content))):
        write({"conv1.weight": Hostile(witness)})
        with pytest.raises(WeightsError, match=r"weights\.pth .*(not loaded|cannot be read)"):
            methods.create(name, weights=path)
    assert not witness.exists()


@pytest.mark.parametrize("name", ["tardal", "seafusion", "ifcnn"])
def test_a_truncated_file_is_named(name: str, tmp_path: Path, shared: Path) -> None:
    (official,) = methods.METHODS.get(name).card.official[0].files
    whole = (shared / "weights" / name / official).read_bytes()
    path = tmp_path / official
    for length in (0, 100, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=official):
            methods.create(name, weights=path)


@pytest.mark.parametrize("name", ["tardal", "seafusion", "ifcnn"])
def test_another_methods_file_is_refused(name: str, shared: Path) -> None:
    other = {"tardal": "seafusion/SeAFusion.pth", "seafusion": "ifcnn/IFCNN-MAX.pth", "ifcnn": "tardal/tardal.pt"}[name]
    with pytest.raises(WeightsError, match=r"does not fit the network: missing .* unknown "):
        methods.create(name, weights=shared / "weights" / other)


@pytest.mark.parametrize("name", ["tardal", "seafusion", "ifcnn"])
def test_imported_they_are_known_and_give_the_same_image(
    name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("hifbench.methods._weights.files", lambda package: tmp_path / "not shipped")
    monkeypatch.delenv("HIFBENCH_WEIGHTS", raising=False)
    folder = shared / "weights" / name
    found = import_weights(methods.METHODS.get(name), [folder])
    assert not found.unknown
    ir, vis = torch.rand(2, 1, 1, 19, 22, generator=torch.Generator().manual_seed(0))
    assert torch.equal(methods.create(name).fuse(ir, vis), methods.create(name, weights=folder).fuse(ir, vis))


@pytest.mark.parametrize("other", ["IFCNN-MEAN.pth", "IFCNN-SUM.pth"])
def test_what_is_refused_is_not_imported(
    other: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WeightsError, match=f"is {other}, trained for another merging"):
        import_weights(methods.METHODS.get("ifcnn"), [shared / "weights" / "ifcnn" / other])
    assert not list(tmp_path.rglob("*.safetensors"))


def test_defusion_says_what_to_supply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("HIFBENCH_WEIGHTS", raising=False)
    with pytest.raises(
        WeightsError, match=r"no weights of defusion found; put .*DecompositionForFusion .*licence: MIT"
    ):
        methods.create("defusion")
