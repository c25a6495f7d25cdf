"""One file over HTTP, kept when the connection is lost and taken up again where it was."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from email.message import Message
from http import HTTPStatus
from http.client import HTTPMessage
from pathlib import Path
from threading import Thread
from typing import IO, TypeVar
from urllib.parse import urlsplit

from ... import __version__
from ...errors import DownloadError
from ...storage import write_whole

STALLED = 30.0
"""Seconds without a byte after which a connection counts as lost."""

PAUSES = (1.0, 2.0, 4.0)
"""Seconds to wait after each attempt that brought nothing new; the one after the last pause is the last."""

MOST_BYTES = 200 << 30
"""No archive of a data set is larger; a server that sends without end is to fill no disk."""

_CHUNK = 1 << 18
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # statuses that another attempt may cure
_RANGE_REFUSED = 416
_TROUBLE = (OSError, http.client.HTTPException)  # of a connection; time-outs among them

T = TypeVar("T")


class _LostError(Exception):
    """The connection ended before the file did, or the server asks to come again."""


class _ChangedError(_LostError):
    """What there is of the file is not the beginning of the one on the server."""


@dataclass(frozen=True)
class _Origin:
    """Which file a partial one is the beginning of; kept beside it as JSON.

    Attributes:
        url: the address asked for.
        validator: strong ETag, else date of last change, as the server sent it; "" when it sent neither.
        length: bytes of the whole file; None as long as the server has not said.
    """

    url: str
    validator: str = ""
    length: int | None = None


def fetch(
    url: str,
    partial: Path,
    on_bytes: Callable[[int, int | None], None] = lambda done, total: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> None:
    """Download a file; what an earlier call has left of it is not fetched again.

    A beginning is gone on with only when the server says, by ``ETag`` or ``Last-Modified``, that the file is still
    the same one, and sends the range asked for; else the file is fetched anew (RFC 9110, sections 13.1.5 and 14).

    Args:
        url: ``http`` or ``https``.
        partial: gets the content; a JSON file beside it tells what it is the beginning of.
        on_bytes: called with the bytes that are there and with the length, None when unknown.
        on_note: called with what the user should know, such as a lost connection.

    Raises:
        DownloadError: no connection, or the server does not send the file.
        OSError: the file cannot be written; what there is of it stays.
    """
    best, failures = _size(partial), 0
    while not _is_whole(partial, url):
        try:
            _go_on(url, partial, on_bytes)
        except _LostError as error:
            there = _size(partial)
            if isinstance(error, _ChangedError):
                discard(partial)
            failures = 0 if there > best else failures + 1
            best = max(best, there)
            if failures > len(PAUSES):
                then = "goes on" if _read_origin(partial, url).validator else "begins anew, as its server cannot go on"
                raise DownloadError(f"{url}: {error}; try again later, the same command {then}") from error
            on_note(f"{error}; trying again")
            time.sleep(PAUSES[max(failures - 1, 0)])


def discard(partial: Path) -> None:
    """Remove what there is of a download."""
    partial.unlink(missing_ok=True)
    _note(partial).unlink(missing_ok=True)


def _go_on(url: str, partial: Path, on_bytes: Callable[[int, int | None], None]) -> None:
    """One request for what is missing."""
    start, origin = _size(partial), _read_origin(partial, url)
    request = urllib.request.Request(url, headers={"User-Agent": f"hifbench/{__version__}"})
    if start and origin.validator:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", origin.validator)
    with _open(request) as response:
        if response.status == HTTPStatus.OK:
            start, origin = 0, _Origin(url, _validator(response.headers), _whole_length(response.headers))
            discard(partial)
        else:
            origin = _continued(response.headers, start, origin)
        if (origin.length or 0) > MOST_BYTES:
            raise DownloadError(f"{url}: {origin.length} bytes, more than any data set has")
        write_whole(_note(partial), json.dumps(asdict(origin)).encode())
        with partial.open("ab") as file:
            while chunk := _read(response):
                file.write(chunk)
                file.flush()  # so that a kill -9 costs nothing of it
                start += len(chunk)
                on_bytes(start, origin.length)
                if start > MOST_BYTES:
                    raise DownloadError(f"{url}: over {MOST_BYTES} bytes, more than any data set has")
    if origin.length is None:  # it ends where the server ended it
        write_whole(_note(partial), json.dumps(asdict(replace(origin, length=start))).encode())
    elif start < origin.length:
        raise _LostError(f"connection lost after {start} of {origin.length} bytes")


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    opener = urllib.request.build_opener(_Redirects)
    try:
        response: http.client.HTTPResponse = _interruptibly(lambda: opener.open(request, timeout=STALLED))
    except urllib.error.HTTPError as error:
        error.close()
        answer = f"the server answered {error.code} {http.client.responses.get(error.code, '')}".rstrip()
        if error.code == _RANGE_REFUSED:
            raise _ChangedError(answer) from error
        if error.code in _PASSING:
            raise _LostError(answer) from error
        raise DownloadError(f"{request.full_url}: {answer}; the address may have changed") from error
    except _TROUBLE as error:
        host = urlsplit(request.full_url).hostname
        raise _LostError(f"no connection to {host} ({_reason(error)})") from error
    if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        response.close()
        raise DownloadError(f"{request.full_url}: the server answered {response.status}, which is no file")
    return response


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(_CHUNK)  # what has come, not a full chunk: nothing of it is lost with the connection
    except _TROUBLE as error:
        raise _LostError(f"connection lost ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason or type(error).__name__)


def _interruptibly(function: Callable[[], T]) -> T:
    """Result of a call that Ctrl-C is to end at once.

    Looking up a host's name happens outside of Python, which hears of no signal until it ends: up to half a minute.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(function())
        except BaseException as error:  # raised again where the answer is waited for
            answer.set_exception(error)

    Thread(target=work, daemon=True).start()
    return answer.result()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirection from an encrypted connection to an open one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise DownloadError(f"{req.full_url}: the server leads to {newurl!r}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _validator(headers: Message) -> str:
    """What tells this version of the file from another; a weak ETag does not (RFC 9110, section 8.8.1)."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")


def _whole_length(headers: Message) -> int | None:
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and "Transfer-Encoding" not in headers else None


def _continued(headers: Message, start: int, origin: _Origin) -> _Origin:
    """The origin of a file whose end is being sent, from ``start`` on."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", ""))
    header = "ETag" if origin.validator.startswith('"') else "Last-Modified"
    if not start or not found or int(found[1]) != start or headers.get(header, origin.validator) != origin.validator:
        raise _ChangedError("the server sends another file, or another part of it, than was asked for")
    length = origin.length if found[2] == "*" else int(found[2])
    if origin.length not in (None, length):
        raise _ChangedError("the file on the server has changed")
    return replace(origin, length=length)


def _note(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _size(partial: Path) -> int:
    return partial.stat().st_size if partial.is_file() else 0


def _is_whole(partial: Path, url: str) -> bool:
    return partial.is_file() and _read_origin(partial, url).length == _size(partial)


def _read_origin(partial: Path, url: str) -> _Origin:
    """What is known of a partial file; nothing when its note is of another address or cannot be read."""
    try:
        content = json.loads(_note(partial).read_text(encoding="utf-8"))
        origin = _Origin(str(content["url"]), str(content["validator"]), content["length"])
    except (OSError, ValueError, KeyError, TypeError):
        return _Origin(url)
    return origin if origin.url == url else _Origin(url)
