from __future__ import annotations

import pytest

from hifbench.bench.cell import CLEAN, Cell, Condition
from hifbench.bench.experiment import DatasetChoice, MethodChoice
from hifbench.bench.schedule import Schedule
from hifbench.bench.shard import Shard
from hifbench.errors import UsageError

DARK = Condition("dark", 1.0, 0)


def cells(*, chunks: int, methods: int, conditions: tuple[Condition, ...] = (CLEAN,)) -> list[Cell]:
    data, made = DatasetChoice(name="synthetic", split="all"), []
    for chunk in range(chunks):
        for condition in conditions:
            for number in range(methods):
                method = MethodChoice(name="average", label=str(number))
                part = f"{chunk} {condition.degradation} {number}"
                made.append(Cell(data, condition, method, chunk, (f"p{chunk}",), "", part))
    return made


def parts(cells: list[Cell]) -> list[str]:
    return [cell.part for cell in cells]


def take(schedule: Schedule, worker: str, count: int = 1) -> list[str]:
    got = [schedule.next(worker) for _ in range(count)]
    return [cell.part for cell in got if cell]


def test_a_worker_stays_with_its_sources() -> None:
    schedule = Schedule(cells(chunks=2, methods=2, conditions=(CLEAN, DARK)))
    assert take(schedule, "a") == ["0 none 0"]
    assert take(schedule, "b") == ["1 none 0"]  # not the other condition of a's chunk
    assert take(schedule, "a", 3) == ["0 none 1", "0 dark 0", "0 dark 1"]
    assert take(schedule, "b", 2) == ["1 none 1", "1 dark 0"]
    assert take(schedule, "a") == ["1 dark 1"]
    assert take(schedule, "b") == []


def test_one_long_run_spreads_over_all_workers() -> None:
    """As of a slow method that works pair by pair."""
    long = cells(chunks=1, methods=32)
    schedule = Schedule(long)
    got: dict[str, list[str]] = {worker: [] for worker in "abcd"}
    for _ in range(8):
        for worker, list_of in got.items():
            list_of += take(schedule, worker)
    assert all(len(list_of) == 8 for list_of in got.values())
    assert sorted(part for list_of in got.values() for part in list_of) == sorted(parts(long))
    assert got["a"] == parts(long)[:8]


def test_what_a_dead_worker_leaves_is_handed_out_first_and_its_cell_last() -> None:
    everything = cells(chunks=3, methods=2)
    schedule = Schedule(everything)
    fatal = schedule.next("a")
    assert fatal is not None
    schedule.release("a")
    schedule.put_back(fatal)
    assert take(schedule, "b", 7) == [*parts(everything)[1:], fatal.part]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 11, 40])
@pytest.mark.parametrize("chunks", [1, 3, 4])
def test_shards_share_all_cells_and_none_twice(count: int, chunks: int) -> None:
    everything = cells(chunks=chunks, methods=6)
    shares = [parts(Shard(index + 1, count).of(everything)) for index in range(count)]
    assert sorted(part for share in shares for part in share) == sorted(parts(everything))
    if count <= chunks:  # then nobody reads what another one does
        chunks_of = [{part.split()[0] for part in share} for share in shares]
        assert sum(map(len, chunks_of)) == chunks
        assert max(map(len, chunks_of)) - min(map(len, chunks_of)) <= 1
    elif count <= len(everything):
        assert all(shares)
    assert Shard(1, count).of([]) == []


def test_no_shard_is_idle_while_there_are_cells() -> None:
    """A short group beside a long one: the long one is dealt out further."""
    uneven = [*cells(chunks=1, methods=1), *cells(chunks=2, methods=20)[20:]]
    assert all(Shard(index + 1, 10).of(uneven) for index in range(10))


def test_a_shard_is_written_as_i_of_n() -> None:
    assert Shard.parse("2/3") == Shard(2, 3)
    for text in ("0/3", "4/3", "a/b", "1", "1/0", "-1/2", "1/2/3", ""):
        with pytest.raises(UsageError, match="write i/n with i from 1 to n"):
            Shard.parse(text)
