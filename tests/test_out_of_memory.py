"""Which errors say that memory ended."""

from __future__ import annotations

import pytest
import torch

from hifbench.out_of_memory import ran_out


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 9"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_memory_that_ended(error: Exception) -> None:
    assert ran_out(error)


def test_torch_on_a_cpu() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)
    assert ran_out(caught.value)


def test_another_error() -> None:
    assert not ran_out(RuntimeError("shapes do not fit"))
    assert not ran_out(ValueError("memory of what was"))
