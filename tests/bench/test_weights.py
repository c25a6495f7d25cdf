"""``hifbench weights import``: official files to safetensors, and everything that is not one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hostile import Hostile
from numpy_network import drawn
from tensorflow_files import write_checkpoint

from hifbench import methods
from hifbench.methods.densefuse import DenseFuseNet
from hifbench.tensors import write_weights

OFFICIAL = {
    "auif": ("TCSVT_Decoder.model", "TCSVT_Encoder_Base.model", "TCSVT_Encoder_Detail.model"),
    "didfuse": ("Decoder_weight_IJCAI.pkl", "Encoder_weight_IJCAI.pkl"),
    "u2fusion": ("model.ckpt.data-00000-of-00001", "model.ckpt.index"),
    "sdnet": ("IRVIS.model-10.index", "IRVIS.model-10.meta"),
    "densefuse": ("densefuse_gray.model",),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_files_are_known_and_give_the_same_image(hifbench, shared: Path, tmp_path: Path, name: str) -> None:
    folder = shared / "weights" / name
    done = hifbench("weights", "import", name, *(folder / file for file in OFFICIAL[name]))
    assert done.status == 0, done.err
    assert "not the hash" not in done.err
    stored = tmp_path / "cache" / "hifbench" / "weights" / name / f"{name}.safetensors"
    card = json.loads(stored.with_suffix(".json").read_text())
    for file, sha256 in card["imported"].items():
        assert sha256 == hashlib.sha256((folder / file).read_bytes()).hexdigest()
    assert card["unknown"] == []
    assert card["licence"] == {"sdnet": "MIT"}.get(name, "none stated")
    official, imported = methods.create(name, weights=folder), methods.create(name, weights=stored)
    assert imported.card == replace(official.card, weights_sha256=imported.card.weights_sha256)
    sources = torch.rand(2, 1, 1, 21, 24, generator=torch.Generator().manual_seed(0))
    assert torch.equal(imported.fuse(*sources), official.fuse(*sources))
    before = stored.read_bytes()
    assert hifbench("weights", "import", name, folder).status == 0
    assert stored.read_bytes() == before


def densefuse_file(path: Path) -> dict[str, torch.Tensor]:
    """Random weights in the form of DenseFuse's official file, whose hash nobody knows."""
    torch.manual_seed(0)
    tensors = {}
    for key, value in DenseFuseNet().state_dict().items():
        layer, _, kind = key.rpartition(".")
        group, _, index = layer.partition(".")
        theirs = {
            "first": "conv1",
            "dense": f"DB1.denseblock.{index}.dense_conv",
            "decoder": f"conv{int(index or 0) + 2}",
        }
        tensors[f"{theirs[group]}.conv2d.{kind}"] = value
    torch.save(tensors, path)
    return tensors


@pytest.mark.usefixtures("nothing_shipped")
def test_files_of_unknown_hash_that_fit_are_imported_and_said_to_be_so(hifbench, tmp_path: Path) -> None:
    densefuse_file(tmp_path / "mine.model")
    done = hifbench("weights", "import", "densefuse", tmp_path / "mine.model")
    assert done.status == 0, done.err
    assert "not the hash of a published file" in done.err
    assert "default is still" not in done.err
    made = methods.create("densefuse")
    assert made.card.weights_licence == "none stated"
    assert "if mine.model is of the authors" in made.card.trained_on
    (stored,) = made.card.weights_sha256
    assert stored == "densefuse.safetensors"


def test_weights_that_ship_stay_the_default_and_that_is_said(hifbench, shared: Path) -> None:
    done = hifbench("weights", "import", "auif", shared / "weights" / "auif")
    assert "the default is still" in done.err
    assert "use these with --weights" in done.err


def test_what_is_not_the_official_files_is_refused_in_one_line(hifbench, tmp_path: Path) -> None:
    tensors = densefuse_file(tmp_path / "good.model")
    torch.save({"conv1.conv2d.weight": Hostile(tmp_path / "witness")}, tmp_path / "evil.model")
    torch.save({**tensors, "conv1.conv2d.bias": torch.zeros(3)}, tmp_path / "shape.model")
    (tmp_path / "cut.model").write_bytes((tmp_path / "good.model").read_bytes()[:999])
    write_weights(tmp_path / "ours.safetensors", DenseFuseNet(), {"method": "densefuse"})
    np.savez(tmp_path / "densefuse_tf.npz", a=np.zeros(1, np.float32))
    np.savez(tmp_path / "foreign.npz", **drawn({"a": (1,)}))
    write_checkpoint(tmp_path / "half", drawn({"a": (1,)}))
    (tmp_path / "half.data-00000-of-00001").unlink()
    for method, files, message in (
        ("densefuse", ["evil.model"], "holds more than tensors, so it was not loaded"),
        ("densefuse", ["shape.model"], "wrong shape: first.bias is (3,), not (16,)"),
        ("densefuse", ["cut.model"], "cut.model"),
        ("densefuse", ["ours.safetensors"], "in hifbench's own form already"),
        ("densefuse", ["densefuse_tf.npz"], "of the TensorFlow DenseFuse, another network"),
        ("densefuse", ["good.model", "cut.model"], "is not what is needed; give the official files (densefuse_gray"),
        ("densefuse", ["nowhere.model"], "there is no file"),
        ("densefuse", ["."], "no weights at"),
        ("sdnet", ["foreign.npz"], "does not fit the network: missing"),
        ("sdnet", ["half"], "half.data-00000-of-00001 must lie beside it"),
        ("sdnet", ["good.model"], "neither a checkpoint of TensorFlow"),
        ("auif", ["good.model"], "github.com/Zhaozixiang1228/IVIF-AUIF-Net"),
        ("laplacian", ["good.model"], "no weights that its authors published"),
        ("derun", ["good.model"], "no weights that its authors published"),
        ("densfuse", ["good.model"], "did you mean densefuse"),
    ):
        done = hifbench("weights", "import", method, *(tmp_path / file for file in files))
        assert done.status == 2, (method, files)
        assert message in done.err, done.err
        assert done.err.count("\n") == 1, done.err
    assert not list((tmp_path / "cache").rglob("*.safetensors"))
    assert not (tmp_path / "witness").exists()


def test_weights_that_were_not_imported_are_not_overwritten(hifbench, tmp_path: Path) -> None:
    densefuse_file(tmp_path / "mine.model")
    stored = tmp_path / "cache" / "hifbench" / "weights" / "densefuse" / "densefuse.safetensors"
    stored.parent.mkdir(parents=True)
    write_weights(stored, DenseFuseNet(), {"method": "densefuse"})
    before = stored.read_bytes()
    done = hifbench("weights", "import", "densefuse", tmp_path / "mine.model")
    assert done.status == 2
    assert "is in the way and was not imported" in done.err
    assert stored.read_bytes() == before
