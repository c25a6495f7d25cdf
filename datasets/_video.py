"""Frames of a video file by number; needs the extra ``video``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import PairError, UsageError
from ._images import as_tensor, drop_equal_channels, match_images
from ._pair import Pair
from ._source import PairSource

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer


class Video:
    """A video file, opened when it is first asked for something.

    Frames are decoded forwards, so that asking for them in order decodes each once.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frames: Iterator[VideoFrame] = iter(())
        self._next = -1

    @cached_property
    def length(self) -> int:
        """Number of frames, counted in the file: headers of old AVI files are not to be trusted.

        Raises:
            UsageError: PyAV is not installed.
            PairError: the file is no video, or holds no frame.
        """
        with self._open() as container:
            try:
                length = sum(1 for packet in container.demux(video=0) if packet.size)
            except _pyav().FFmpegError as error:
                raise PairError(f"cannot read {self.path} ({error}); get the video anew") from error
        if not length:
            raise PairError(f"{self.path} holds no frame; get the video anew")
        return length

    @cached_property
    def digest(self) -> str:
        """sha256 of the file."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def frame(self, number: int) -> npt.NDArray[np.uint8]:
        """Levels (H, W, 3) red-green-blue of a frame, the first being 0; (H, W) where the channels are equal.

        Raises:
            PairError: the video has no such frame, or cannot be decoded that far.
        """
        if not 0 <= self._next <= number:
            self._frames, self._next = self._open().decode(video=0), 0
        try:
            while self._next < number:
                next(self._frames)
                self._next += 1
            levels = next(self._frames).to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            self._next += 1
        except (StopIteration, _pyav().FFmpegError) as error:
            self._next = -1
            raise PairError(f"{self.path}: frame {number} cannot be decoded ({error or 'the video ends'})") from error
        return drop_equal_channels(levels)

    def _open(self) -> InputContainer:
        av = _pyav()
        try:
            container: InputContainer = av.open(self.path)
        except (OSError, av.FFmpegError) as error:
            raise PairError(f"cannot read {self.path} ({error}); get the video anew") from error
        if not container.streams.video:
            raise PairError(f"{self.path} holds no video; get it anew")
        return container


def _pyav() -> ModuleType:
    try:
        import av  # an optional extra, and slow to import
    except ImportError as error:
        raise UsageError("videos are read with PyAV, which is not there; pip install 'hifbench[video]'") from error
    return av


class VideoPair(PairSource):
    """One frame of two videos that were taken side by side.

    Args:
        id: unique in its data set.
        ir: the infrared video.
        vis: the visible one.
        number: of the frame, from 0.
    """

    def __init__(self, id: str, ir: Video, vis: Video, number: int) -> None:
        super().__init__(id)
        self.ir, self.vis, self.number = ir, vis, number

    def read(self) -> Pair:
        """See :meth:`PairSource.read`."""
        try:
            ir, vis = (as_tensor(video.frame(self.number)) for video in (self.ir, self.vis))
        except PairError as error:
            raise PairError(f"pair '{self.id}': {error}") from error
        return Pair(self.id, *match_images(self.id, ir, vis, self.ir.path, self.vis.path))

    @property
    def digest(self) -> str:
        """sha256 over the two videos' sha256 and the frame's number."""
        return hashlib.sha256(f"{self.ir.digest} {self.vis.digest} frame {self.number}".encode()).hexdigest()
