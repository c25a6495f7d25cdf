"""Files given as official ones: damaged, foreign or hostile, they end as one line that names the file."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

from hifbench import methods
from hifbench.errors import WeightsError

NAMES = ("tardal", "seafusion", "ifcnn", "defusion")


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.witness),)


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
    (official,) = methods.METHODS.get(name).card.official_files
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
