"""A server of one file on this machine that can be told to misbehave, and remembers what it was asked."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class FileServer:
    """Attributes may be changed between two requests.

    Attributes:
        content: of the file.
        etag: header, with its quotes; None sends none.
        modified: header Last-Modified; None sends none.
        ranges: whether ranges are served.
        if_range: whether If-Range is understood; a server that does not sends the range whatever has changed.
        length: whether the length is told; else the content is sent in chunks.
        drops: for each of the next requests, after how many bytes the connection is dropped.
        reset: whether a drop is a reset instead of an end.
        answers: statuses of the next requests, instead of the file.
        location: address that every request is sent on to.
        hold: when set to an event, the server waits for it after each 1000 bytes.
        asked: header Range of each request, None where there was none.
        sent: bytes of content sent to each request.
    """

    content: bytes = b""
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    if_range: bool = True
    length: bool = True
    drops: list[int] = field(default_factory=list)
    reset: bool = False
    answers: list[int] = field(default_factory=list)
    location: str = ""
    hold: Event | None = None
    asked: list[str | None] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None

    def __enter__(self) -> FileServer:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Address of the file."""
        return f"http://127.0.0.1:{self._http.server_port}/file.zip"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        self.on_request()
        if self.location:
            return self._refuse(request, 302, {"Location": self.location})
        if self.answers and (status := self.answers.pop(0)) != 200:
            return self._refuse(request, status, {})
        condition = request.headers.get("If-Range")
        unchanged = not self.if_range or condition in (None, self.etag, self.modified)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges and unchanged else 0
        if start >= len(self.content) > 0:
            return self._refuse(request, 416, {"Content-Range": f"bytes */{len(self.content)}"})
        body = self.content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        for header, value in (("ETag", self.etag), ("Last-Modified", self.modified)):
            if value is not None:
                request.send_header(header, value)
        if self.length:
            request.send_header("Content-Length", str(len(body)))
        else:
            request.send_header("Transfer-Encoding", "chunked")
        request.send_header("Connection", "close")
        request.end_headers()
        drop = self.drops.pop(0) if self.drops else None
        self.sent.append(0)
        try:
            self._send(request, body if drop is None else body[:drop])
            if drop is None and not self.length:
                request.wfile.write(b"0\r\n\r\n")
        except OSError:  # the client has gone
            return
        if drop is not None and self.reset:
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _send(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        step = 1000 if self.hold else 1 << 16
        for begin in range(0, len(body), step):
            piece = body[begin : begin + step]
            self.sent[-1] += len(piece)  # before the client can have it, who may look at this at once
            request.wfile.write(piece if self.length else b"%x\r\n%s\r\n" % (len(piece), piece))
            request.wfile.flush()
            if self.hold:
                self.hold.wait(600)

    @staticmethod
    def _refuse(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for header, value in {**headers, "Content-Length": "0", "Connection": "close"}.items():
            request.send_header(header, value)
        request.end_headers()
