"""Checkpoints of TensorFlow: what TensorFlow itself read from the authors' files, and files of every kind of damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tensorflow_files import write_checkpoint

from hifbench.errors import WeightsError
from hifbench.methods._tensorflow_checkpoint import checkpoint_files, read_variables

OFFICIAL = [
    ("u2fusion/model.ckpt", "u2fusion/u2fusion.npz"),
    ("sdnet/IRVIS.model-10", "sdnet/sdnet_irvis.npz"),
    ("densefuse/DeseFuse.ckpt", "densefuse/densefuse_tf.npz"),  # with what Adam kept beside
]


@pytest.mark.parametrize(("checkpoint", "read_by_tensorflow"), OFFICIAL)
def test_official_files_hold_what_tensorflow_reads(shared: Path, checkpoint: str, read_by_tensorflow: str) -> None:
    found = read_variables(checkpoint_files(shared / "weights" / checkpoint))
    with np.load(shared / "weights" / read_by_tensorflow) as expected:
        assert set(found) == set(expected.files)
        for name, values in found.items():
            axes = (2, 3, 1, 0) if values.ndim == 4 else tuple(range(values.ndim))
            assert np.array_equal(values.numpy().transpose(axes), expected[name])


def variables() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    shapes = {"net/a/kernel": (3, 5, 2, 7), "net/a/bias": (7,), "net/b/bias": (1,), "net/scale": (), "other": (40, 30)}
    return {name: np.asarray(random.normal(size=shape), np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize("snappy", [False, True])
@pytest.mark.parametrize("block", [1, 2, 100])
def test_tables_of_any_blocks_are_read(tmp_path: Path, snappy: bool, block: int) -> None:
    written = variables()
    kept_by_optimiser = {
        "net/a/kernel/Adam": written["net/a/kernel"],
        "beta1_power": np.ones((), np.float32),
        "global_step": np.array(7, np.int64),
    }
    write_checkpoint(tmp_path / "m.ckpt", written | kept_by_optimiser, snappy=snappy, block=block)
    found = read_variables(checkpoint_files(tmp_path / "m.ckpt"))
    assert set(found) == set(written)
    assert np.array_equal(found["net/a/kernel"].numpy(), written["net/a/kernel"].transpose(3, 2, 0, 1))
    for name in ("net/a/bias", "net/scale", "other"):
        assert np.array_equal(found[name].numpy(), written[name])


def test_a_checkpoint_is_named_by_its_prefix_or_by_either_file(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m-10", variables())
    both = [tmp_path / "m-10.index", tmp_path / "m-10.data-00000-of-00001"]
    for path in (tmp_path / "m-10", *both):
        assert checkpoint_files(path) == both
    assert checkpoint_files(tmp_path / "m-1") == []
    both[1].unlink()
    for path in (tmp_path / "m-10", both[0]):
        with pytest.raises(WeightsError, match=r"m-10\.data-00000-of-00001 must lie beside it"):
            checkpoint_files(path)


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("index", lambda content: content[:-9], r"m\.index is no index of .*does not end as such a file does"),
        ("index", lambda content: b"PK" + bytes(100), "does not end as such a file does"),
        ("index", lambda content: content[50:], "is no index of a checkpoint"),
        ("index", lambda content: content[:9] + b"X" + content[10:], "checksum of a block"),
        ("data-00000-of-00001", lambda content: content[:-4], "does not hold other .* the file ends after"),
        ("data-00000-of-00001", lambda content: b"", "the file ends after 0 of"),
        ("data-00000-of-00001", lambda content: content[:60] + b"XYZ" + content[63:], "its checksum is another"),
    ],
)
def test_damage_is_named(tmp_path: Path, name: str, damage, message: str) -> None:
    write_checkpoint(tmp_path / "m", variables())
    path = tmp_path / f"m.{name}"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(WeightsError, match=message):
        read_variables(checkpoint_files(tmp_path / "m"))


def test_an_index_that_is_cut_anywhere_or_has_any_byte_changed_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m", {"net/a/bias": np.ones(3, np.float32)})
    path = tmp_path / "m.index"
    whole = path.read_bytes()
    changed = [whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in range(len(whole))]
    for content in [*(whole[:at] for at in range(len(whole))), *changed]:
        path.write_bytes(content)
        try:
            found = read_variables(checkpoint_files(tmp_path / "m"))
        except WeightsError:
            continue
        assert np.array_equal(found["net/a/bias"].numpy(), np.ones(3))  # bytes that nobody reads


def test_foreign_numbers_and_foreign_files_are_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m", {"steps": np.arange(3)})
    with pytest.raises(WeightsError, match=r"steps as .* its type is number 9"):
        read_variables(checkpoint_files(tmp_path / "m"))
    write_checkpoint(tmp_path / "e", {"empty": np.zeros((0, 5), np.float32)})
    with pytest.raises(WeightsError, match=r"empty as .* 0 bytes for the shape \(0, 5\)"):
        read_variables(checkpoint_files(tmp_path / "e"))
    np.savez(tmp_path / "d.npz", a=np.zeros(3))
    np.savez(tmp_path / "o.npz", a=np.array([{}]))
    (tmp_path / "t.npz").write_bytes((tmp_path / "d.npz").read_bytes()[:100])
    (tmp_path / "x.pt").write_bytes(b"x")
    for name, message in (
        ("d.npz", "a holds float64, not float32"),
        ("o.npz", "cannot be read as an .npz"),
        ("t.npz", "cannot be read as an .npz"),
        ("x.pt", "neither a checkpoint of TensorFlow"),
    ):
        with pytest.raises(WeightsError, match=message):
            read_variables([tmp_path / name])
