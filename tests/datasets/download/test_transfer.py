"""Downloads from a server on this machine that misbehaves in every way a server does."""

import io
import random
import signal
import socket
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path
from threading import Event, get_ident

import pytest
from fileserver import FileServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hifbench.datasets._download import transfer
from hifbench.datasets._download.transfer import discard, fetch
from hifbench.errors import DownloadError

CONTENT = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT) as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "0.part"


def test_a_file_arrives_and_its_progress_is_told(server: FileServer, partial: Path) -> None:
    told: list[tuple[int, int | None]] = []
    fetch(server.url, partial, lambda done, total: told.append((done, total)))
    assert partial.read_bytes() == CONTENT
    assert told[-1] == (300_000, 300_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_whole_file_is_not_asked_for_again(server: FileServer, partial: Path) -> None:
    fetch(server.url, partial)
    fetch(server.url, partial)
    assert server.asked == [None]


@pytest.mark.parametrize("known_by", ["etag", "modified"])
def test_after_a_lost_connection_only_the_rest_is_sent(server: FileServer, partial: Path, known_by: str) -> None:
    if known_by == "modified":
        server.etag, server.modified = None, "Thu, 01 Jan 2026 00:00:00 GMT"
    server.drops = [100_000, 50_000]
    notes: list[str] = []
    fetch(server.url, partial, on_note=notes.append)
    assert partial.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-", "bytes=150000-"]
    assert server.sent == [100_000, 50_000, 150_000]
    assert "connection lost after 100000 of 300000 bytes" in notes[0]


def test_a_reset_connection_is_gone_on_with(server: FileServer, partial: Path) -> None:
    server.drops, server.reset = [200_000], True
    fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drops=st.lists(st.integers(1, 400), max_size=8), size=st.integers(1, 2000))
def test_whatever_is_lost_each_byte_is_sent_once(tmp_path: Path, drops: list[int], size: int) -> None:
    partial = tmp_path / "p"
    discard(partial)
    with FileServer(CONTENT[:size], drops=list(drops)) as server:
        fetch(server.url, partial)
        assert partial.read_bytes() == CONTENT[:size]
        assert sum(server.sent) == size


def test_a_server_without_ranges_sends_the_whole_again(server: FileServer, partial: Path) -> None:
    server.drops, server.ranges = [100_000], False
    fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT
    assert server.sent == [100_000, 300_000]


@pytest.mark.parametrize("etag", [None, 'W/"one"'])
def test_a_file_that_nothing_identifies_is_fetched_anew(server: FileServer, partial: Path, etag: str | None) -> None:
    server.drops, server.etag = [100_000], etag
    fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT
    assert server.asked == [None, None]


@pytest.mark.parametrize(("etag", "then"), [('"one"', "goes on"), ('W/"one"', "begins anew")])
def test_what_the_next_call_can_do_is_said(server: FileServer, partial: Path, etag: str, then: str) -> None:
    server.drops, server.answers, server.etag = [100_000], [200] + [500] * 4, etag
    with pytest.raises(DownloadError, match=f"the same command {then}"):
        fetch(server.url, partial)


def begin(server: FileServer, partial: Path) -> None:
    """A call that gives up with the first 100 000 bytes."""
    server.drops, server.answers = [100_000], [200] + [500] * 4
    with pytest.raises(DownloadError, match="500"):
        fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT[:100_000]


def test_another_call_goes_on(server: FileServer, partial: Path) -> None:
    begin(server, partial)
    fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT
    assert server.sent == [100_000, 200_000]


@pytest.mark.parametrize("if_range", [True, False])
def test_a_file_that_changes_meanwhile_is_not_spliced(server: FileServer, partial: Path, if_range: bool) -> None:
    begin(server, partial)
    server.content, server.etag, server.if_range = OTHER, '"two"', if_range
    fetch(server.url, partial)
    assert partial.read_bytes() == OTHER


def test_a_shorter_file_of_the_same_name_replaces_a_longer_beginning(server: FileServer, partial: Path) -> None:
    begin(server, partial)
    server.content, server.if_range = OTHER[:5000], False  # asked for what is behind its end, it answers 416
    fetch(server.url, partial)
    assert partial.read_bytes() == OTHER[:5000]


def test_another_address_is_fetched_anew(server: FileServer, partial: Path) -> None:
    fetch(server.url, partial)
    server.content = OTHER
    fetch(server.url + "?2", partial)
    assert partial.read_bytes() == OTHER


def test_a_damaged_note_means_a_new_start(server: FileServer, partial: Path) -> None:
    fetch(server.url, partial)
    partial.with_name("0.part.json").write_text("{")
    fetch(server.url, partial)
    assert server.asked == [None, None]
    assert partial.read_bytes() == CONTENT


def test_a_file_of_untold_length_ends_where_the_server_ends_it(server: FileServer, partial: Path) -> None:
    server.length = False
    told: list[int | None] = []
    fetch(server.url, partial, lambda done, total: told.append(total))
    assert partial.read_bytes() == CONTENT
    assert set(told) == {None}
    fetch(server.url, partial)
    assert server.asked == [None]


def test_a_file_of_untold_length_that_breaks_off_is_gone_on_with(server: FileServer, partial: Path) -> None:
    server.length, server.drops = False, [70_000]
    fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=70000-"]


def test_an_empty_file_is_a_file(server: FileServer, partial: Path) -> None:
    server.content = b""
    fetch(server.url, partial)
    assert partial.read_bytes() == b""


@pytest.mark.parametrize("status", [403, 404, 410, 202, 204])
def test_a_refusal_is_an_error_at_once(server: FileServer, partial: Path, status: int) -> None:
    server.answers = [status]
    with pytest.raises(DownloadError, match=f"answered {status}") as caught:
        fetch(server.url, partial)
    assert server.url in str(caught.value)
    assert len(server.asked) == 1
    assert not partial.exists()


def test_a_passing_failure_is_tried_again_and_costs_nothing_that_is_there(server: FileServer, partial: Path) -> None:
    server.answers, server.drops = [200, 503, 429], [100_000]
    fetch(server.url, partial)
    assert server.asked == [None, "bytes=100000-", "bytes=100000-", "bytes=100000-"]
    assert partial.read_bytes() == CONTENT


def test_a_lasting_failure_is_an_error(server: FileServer, partial: Path) -> None:
    server.answers = [500] * 9
    with pytest.raises(DownloadError, match="500 Internal Server Error; try again later"):
        fetch(server.url, partial)
    assert len(server.asked) == 4


def test_no_server_is_an_error_that_names_it(partial: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.zip"
        with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1 \(Connection refused\)"):
            fetch(url, partial)


def test_a_server_that_falls_silent_counts_as_lost(
    server: FileServer, partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "STALLED", 0.1)
    server.hold = Event()  # never set: each request brings its first 1000 bytes
    server.content = CONTENT[:3000]
    fetch(server.url, partial)
    assert partial.read_bytes() == CONTENT[:3000]
    assert server.asked == [None, "bytes=1000-", "bytes=2000-"]
    server.hold.set()


def test_a_redirection_is_followed(server: FileServer, partial: Path) -> None:
    with FileServer(location=server.url) as first:
        fetch(first.url, partial)
    assert partial.read_bytes() == CONTENT


def test_a_redirection_to_a_file_of_this_machine_is_not_followed(partial: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with FileServer(location=(tmp_path / "secret").as_uri()) as first, pytest.raises(DownloadError, match="302"):
        fetch(first.url, partial)
    assert not partial.exists()


def test_a_redirection_away_from_encryption_is_refused() -> None:
    request = urllib.request.Request("https://example.org/a.zip")
    with pytest.raises(DownloadError, match="not encrypted"):
        transfer._Redirects().redirect_request(
            request, io.BytesIO(), 302, "", HTTPMessage(), "http://example.org/a.zip"
        )


def test_more_than_any_data_set_is_refused(server: FileServer, partial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "MOST_BYTES", 200_000)
    for length in (True, False):
        server.length = length
        with pytest.raises(DownloadError, match="more than any data set has"):
            fetch(server.url, partial)
        discard(partial)


def test_an_interrupt_is_heard_while_the_system_looks_up_a_name() -> None:
    """Stands for a call that no signal ends: it is made in another thread, which is left behind."""
    ended, threads = Event(), []
    main = get_ident()

    def look_up() -> None:
        threads.append(get_ident())
        signal.pthread_kill(main, signal.SIGINT)
        ended.wait(600)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
    try:
        with pytest.raises(KeyboardInterrupt):
            transfer._interruptibly(look_up)
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
    assert threads[0] != main
