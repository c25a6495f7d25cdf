from __future__ import annotations

import signal

import pytest

from hifbench.bench.commands.shared import interruptible


def test_an_interrupt_that_somebody_swallows_still_stops() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as check:
        check()
        with pytest.raises(KeyboardInterrupt):  # stands for a finaliser, which drops it
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            check()
    assert signal.getsignal(signal.SIGINT) is before
