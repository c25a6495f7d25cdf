"""Sessions of ONNX Runtime, with a runtime that only says what it was asked for: a GPU is not at hand."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hifbench.detection.detectors._onnx import open_session
from hifbench.errors import TransientError, WeightsError


class Runtime:
    """Stands for the package ``onnxruntime``, built with CUDA, on a machine where the GPU works or not."""

    __version__ = "1"

    def __init__(self, works: bool = True, fault: str = "") -> None:
        self.works, self.fault = works, fault
        self.asked: list[Any] = []

    def SessionOptions(self) -> SimpleNamespace:
        return SimpleNamespace()

    def get_available_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def InferenceSession(self, path: str, options: object, providers: list[Any]) -> SimpleNamespace:
        if self.fault:
            raise RuntimeError(self.fault)
        self.asked = providers
        names = [provider if isinstance(provider, str) else provider[0] for provider in providers]
        return SimpleNamespace(get_providers=lambda: names if self.works else names[-1:])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.onnx"
    path.touch()
    return path


def test_a_gpu_works_with_whole_mantissas_and_fixed_algorithms(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    runtime = Runtime()
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    assert open_session(path, "cuda:1")[2] == "cuda:1"
    name, options = runtime.asked[0]
    assert name == "CUDAExecutionProvider"
    assert options == {"device_id": 1, "use_tf32": "0", "cudnn_conv_algo_search": "DEFAULT"}


def test_a_gpu_that_the_runtime_cannot_use_is_not_said_to_be_used(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", Runtime(works=False))
    assert open_session(path, "cuda")[2] == "cpu"


@pytest.mark.parametrize(
    "fault",
    [
        "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested buffer of size 4096",
        "[ONNXRuntimeError] : 1 : FAIL : CUDA failure 2: out of memory ; GPU=0",
        "CUDNN failure 4: CUDNN_STATUS_INTERNAL_ERROR",
    ],
)
def test_memory_that_others_take_is_not_the_files_fault(
    monkeypatch: pytest.MonkeyPatch, path: Path, fault: str
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", Runtime(fault=fault))
    with pytest.raises(TransientError, match=r"some\.onnx could not be opened this time .* run again"):
        open_session(path, "cuda")


def test_a_file_at_fault_stays_so(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", Runtime(fault="[ONNXRuntimeError] : 7 : INVALID_PROTOBUF"))
    with pytest.raises(WeightsError, match=r"some\.onnx is no ONNX network"):
        open_session(path, "cuda")
