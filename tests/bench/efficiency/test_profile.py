"""A whole profile of small methods, in this process and in one of its own."""

from __future__ import annotations

import math
import multiprocessing
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from hifbench.bench.efficiency import apart, profile, timing
from hifbench.bench.efficiency.apart import Failure, measure_apart
from hifbench.bench.efficiency.profile import measure
from hifbench.bench.efficiency.rows import METRICS, TIMES, rows_of
from hifbench.bench.efficiency.size import Size
from hifbench.bench.efficiency.workload import Request, Workload
from hifbench.bench.experiment import MethodChoice
from hifbench.bench.parts import COLUMNS
from hifbench.errors import MethodError, UsageError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A few runs are enough; the number of threads is put back."""
    monkeypatch.setattr(timing, "ENOUGH", 0.0)
    monkeypatch.setattr(timing, "LEAST", 2)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def request(name: str, size: str = "32x24", threads: tuple[int, ...] = (1, 2), **options: object) -> Request:
    return Request(MethodChoice.model_validate({"name": name, "options": options}), Size.parse(size), "cpu", threads)


@pytest.mark.parametrize("text", ["256", "0x4", "x", "256x256x3", "-1x5", "1e2x3", "٣x٣"])
def test_sizes(text: str) -> None:
    assert Size.parse(" 640X480 ") == (640, 480)
    with pytest.raises(UsageError, match="width x height"):
        Size.parse(text)


def test_the_pair_has_the_size_asked_for() -> None:
    fused = Workload(request("visible", "33x21")).fuse()
    assert fused.shape == (1, 1, 21, 33)
    assert 0 <= fused.min() < fused.max() <= 1
    batch = Workload(request("visible", "33x21")).batch(5)()
    assert isinstance(batch, torch.Tensor)
    assert batch.shape == (5, 1, 21, 33)


def test_a_cut_method_is_whole_again_afterwards() -> None:
    work = Workload(request("zvir", "16x16", iterations=50))
    assert work.iterations == 50
    work.cut(1)()
    assert len(work.method.traces[0]) == 2  # type: ignore[attr-defined]
    assert work.iterations == 50
    assert Workload(request("hifm-admm")).iterations is None  # quick: measured whole


def test_a_profile_of_a_network() -> None:
    phases: list[str] = []
    found = measure(request("auif", "32x24", (1,)), phases.append)
    assert found.parameters == found.used == 11_631  # the authors' published network
    # Two encoders on two images: a start filter of 11 x 11 or 19 x 19, then ten steps of 64 filters of 3 x 3 and their
    # adjoint, padded by reflection; and the decoder's one filter.
    steps = 10 * 2 * 64 * 9
    assert found.operations.macs == 32 * 24 * (2 * (11**2 + steps) + 2 * (19**2 + steps) + 9)
    assert found.operations.flops == 2 * found.operations.macs
    assert list(found.latencies) == [1]
    assert found.iterations_measured is None
    assert list(dict.fromkeys(phases)) == ["weights", "memory", "time with 1 thread", "operations", "throughput"]


def test_a_slow_iterative_method_is_extended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hifbench.bench.efficiency.extension.LONGEST", 0.0)
    found = measure(request("zvir", "16x16", (1,), iterations=1000))
    assert found.iterations_measured == 3
    assert (found.parameters, found.used) == (12_758_449, 7_920_497)  # of one network, though each run makes one
    assert found.latencies[1].median > 0
    rows = rows_of(request("zvir", "16x16", (1,)), found)
    assert {row["metric"]: row["value"] for row in rows}["iterations-measured"] == 3


def test_rows_hold_every_column_and_are_keys() -> None:
    asked = request("wavelet")
    rows = rows_of(asked, measure(asked))
    assert all(list(row) == COLUMNS.names for row in rows)
    keys = [(row["metric"], row["convention"]) for row in rows]
    assert len(set(keys)) == len(keys)
    found = dict(zip(keys, rows, strict=True))
    assert {metric for metric, under in keys if under == "32x24 cpu"} == {*METRICS, "uncounted numpy"}
    assert found["latency-ms", "32x24 cpu 1 thread"]["value"] > 0
    assert {metric for metric, under in keys if under == "32x24 cpu 2 threads"} == set(TIMES)
    assert {row["task"] for row in rows} == {"efficiency"}
    assert math.isnan(found["flops", "32x24 cpu"]["value"])  # what numpy does is not seen
    assert found["flops", "32x24 cpu"]["error"] is None


def test_a_failure_has_the_rows_of_a_success() -> None:
    asked = request("average")
    failed = rows_of(asked, Failure("no luck", again=False))
    right = rows_of(asked, measure(asked))
    named = [(row["metric"], row["convention"]) for row in right if not row["metric"].startswith("uncounted")]
    assert sorted((row["metric"], row["convention"]) for row in failed) == sorted(named)
    assert {row["error"] for row in failed} == {"no luck"}
    assert {row["value"] for row in failed} == {None}


def test_memory_that_ends_at_one_pair_is_an_error_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Workload) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(profile.Workload, "fuse", full)
    with pytest.raises(MethodError, match="out of memory on cpu at one pair of 32x24; use a smaller size"):
        measure(request("average"))


def test_a_process_of_its_own() -> None:
    found = measure_apart(request("laplacian", "24x24", (1,)))
    assert isinstance(found, profile.Profile)
    assert found.operations == measure(request("laplacian", "24x24", (1,))).operations
    assert not multiprocessing.active_children()


def test_a_process_that_dies_is_a_failure() -> None:
    def kill(phase: str) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    outcome = measure_apart(request("laplacian"), kill)
    assert outcome == Failure("the process that measured it died (SIGKILL, perhaps for want of memory)", again=True)


def test_who_waits_may_end_it() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_apart(request("laplacian"), on_wait=stop)
    assert not multiprocessing.active_children()


def test_the_child_of_a_killed_caller_ends_by_itself(tmp_path: Path) -> None:
    """A fit of minutes, whose caller is killed as soon as it has begun."""
    script = tmp_path / "caller.py"
    script.write_text(
        "import os, signal\n"
        "from hifbench.bench.efficiency.apart import measure_apart\n"
        "from hifbench.bench.efficiency.size import Size\n"
        "from hifbench.bench.efficiency.workload import Request\n"
        "from hifbench.bench.experiment import MethodChoice\n"
        "def kill(phase):\n"
        "    if phase == 'memory':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__':\n"
        "    measure_apart(Request(MethodChoice(name='zvir'), Size(1024, 1024), 'cpu', (1,)), kill)\n"
    )
    # The child holds the other end of what is captured: the call returns when both are gone.
    called = subprocess.run([sys.executable, "-P", script], capture_output=True, text=True, check=False, timeout=60)
    assert called.returncode == -signal.SIGKILL, called.stderr


def test_memory_that_ends_before_the_pair_is_there_is_the_same_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")

    monkeypatch.setattr(profile, "Workload", full)
    with pytest.raises(MethodError, match="out of memory on cpu at one pair of 32x24; use a smaller size"):
        measure(request("average"))


def test_a_batch_that_kills_the_process_does_not_lose_the_latencies(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel does on a CPU: in the search of the best batch, when one batch was tried."""
    told: list[object] = []
    found = measure(request("average", threads=(1,)), on_try=told.append)
    so_far = apart._SoFar(told[0])  # type: ignore[arg-type]

    class Dies:
        """A process that says so much and dies."""

        exitcode = -signal.SIGKILL

        def __init__(self, target: object, args: tuple[Connection, Request], daemon: bool) -> None:
            self._connection = args[0]

        def start(self) -> None:
            self._connection.send("throughput")
            self._connection.send(so_far)

        def join(self) -> None: ...

        def kill(self) -> None: ...

    context = SimpleNamespace(Pipe=multiprocessing.get_context("spawn").Pipe, Process=Dies)
    monkeypatch.setattr(apart, "get_context", lambda kind: context)
    outcome = measure_apart(request("average", threads=(1,)))
    assert isinstance(outcome, profile.Profile)
    assert outcome.throughput.memory_ended == 2
    assert outcome.operations == found.operations
    assert outcome.latencies == found.latencies


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_profile_on_a_gpu() -> None:
    on_gpu = Request(MethodChoice(name="auif"), Size.parse("64x48"), "cuda", (1,))
    found, on_cpu = measure(on_gpu), measure(request("auif", "64x48", (1,)))
    assert list(found.latencies) == [0]
    assert found.latencies[0].median > 0
    assert found.memory is not None
    assert found.memory > 0
    assert found.operations.flops == on_cpu.operations.flops
