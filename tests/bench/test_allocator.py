from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource, torch
from hifbench.bench.allocator import keep_memory, return_memory
{call}
def layer():
    one = torch.ones(5_000_000)  # 20 MB; two of them, so that the heap has something to give back
    return one + 1
for _ in range(3):
    layer()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    layer()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is not glibc's")
def test_buffers_that_were_freed_are_used_again() -> None:
    def faults(call: str) -> int:
        done = subprocess.run([sys.executable, "-c", _FAULTS.format(call=call)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    never = "keep_memory(); assert return_memory()"
    assert 10 * faults("assert keep_memory()") < faults(never)


_HELD = """
import torch
from hifbench.bench.allocator import give_back, keep_memory
def resident():
    return int(open("/proc/self/statm").read().split()[1])
keep_memory()
(torch.ones(50_000_000) + 1).sum()
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is not glibc's")
def test_what_is_kept_can_be_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", _HELD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * os.sysconf("SC_PAGE_SIZE") > 300e6  # of two buffers of 200 MB
