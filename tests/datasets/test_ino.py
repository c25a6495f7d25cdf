"""INO: every so many frames of two videos, decoded to the very pixels that were encoded."""

from __future__ import annotations

import builtins
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hifbench import datasets
from hifbench.datasets._video import Video
from hifbench.errors import PairError, UsageError


def frames(count: int, seed: int, channels: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 24, 32, channels), np.uint8)


def film(path: Path, pictures: np.ndarray) -> None:
    """Encode without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = pictures.shape[-1] == 3
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(25))
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "bgr0" if colour else "gray"
        container.start_encoding()  # or there is no file of no frame
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture.squeeze(), format="rgb24" if colour else "gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture
def films(tmp_path: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    thermal, visible = frames(65, 1, 1), frames(62, 2, 3)
    film(tmp_path / "INO/INO_Walk/INO_Walk/INO_Walk_T.AVI", thermal)
    film(tmp_path / "INO/INO_Walk/INO_Walk/INO_Walk_RGB.avi", visible)
    film(tmp_path / "INO/INO_Highway/INO_Highway_RGB.avi", visible[:2])  # has no thermal partner
    return tmp_path, thermal, visible


def test_every_thirtieth_frame_is_a_pair(films: tuple[Path, np.ndarray, np.ndarray]) -> None:
    root, thermal, visible = films
    pairs = datasets.load("ino", root)
    assert (pairs.ids, pairs.coverage) == (("INO_Walk/0000", "INO_Walk/0030", "INO_Walk/0060"), "3 of 409")
    for index in (0, 1, 2, 1):  # and backwards
        pair = pairs[index]
        assert np.array_equal((pair.ir * 255).round().numpy(), thermal[30 * index, ..., 0])
        assert np.array_equal((pair.vis * 255).round().numpy(), visible[30 * index])


def test_another_step(films: tuple[Path, np.ndarray, np.ndarray]) -> None:
    assert len(datasets.load("ino", films[0], every="7")) == 9  # 0..56 of the shorter video's 62
    for every in ("0", "-3", "x"):
        with pytest.raises(UsageError, match="no whole number above 0"):
            datasets.load("ino", films[0], every=every)


def test_digests_are_of_the_videos_and_the_frame(films: tuple[Path, np.ndarray, np.ndarray]) -> None:
    before = [source.digest for source in datasets.load("ino", films[0]).sources]
    assert len(set(before)) == 3
    film(films[0] / "INO/INO_Walk/INO_Walk/INO_Walk_T.AVI", films[1][::-1])
    assert not set(before) & {source.digest for source in datasets.load("ino", films[0]).sources}


def test_a_video_that_cannot_be_read_costs_only_its_scene(films: tuple[Path, np.ndarray, np.ndarray]) -> None:
    root, thermal, visible = films
    for scene, content in (("INO_Empty", b""), ("INO_Text", b"no video")):
        film(root / f"INO/{scene}/{scene}_RGB.avi", visible[:2])
        (root / f"INO/{scene}/{scene}_T.avi").write_bytes(content)
    film(root / "INO/INO_None/INO_None_RGB.avi", visible[:2])
    film(root / "INO/INO_None/INO_None_T.avi", thermal[:0])
    pairs = datasets.load("ino", root)
    assert pairs.ids == ("INO_Empty", "INO_None", "INO_Text", "INO_Walk/0000", "INO_Walk/0030", "INO_Walk/0060")
    for index in range(3):
        with pytest.raises(PairError, match=rf"'{pairs.ids[index]}': .*{pairs.ids[index]}_T\.avi"):
            pairs[index]
    assert np.array_equal((pairs[4].ir * 255).round().numpy(), thermal[30, ..., 0])


def test_a_frame_beyond_the_end_and_a_broken_file(films: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    video = Video(films[0] / "INO/INO_Highway/INO_Highway_RGB.avi")
    with pytest.raises(PairError, match="frame 2 cannot be decoded"):
        video.frame(2)
    assert np.array_equal(video.frame(1), films[2][1])
    (tmp_path / "b_T.avi").write_bytes(b"no video")
    with pytest.raises(PairError, match=r"cannot read .*b_T\.avi"):
        _ = Video(tmp_path / "b_T.avi").length


def test_without_pyav_the_command_to_install_is_said(
    films: tuple[Path, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def absent(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UsageError, match=r"pip install 'hifbench\[video\]'"):
        datasets.load("ino", films[0])


def test_a_folder_without_videos_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "INO/frames").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"videos <name>_T\.avi and <name>_RGB\.avi.* it holds 'frames'"):
        datasets.load("ino", tmp_path)
