"""A server that nobody is to reach: it counts whoever comes, even one that says nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


class Canary:
    """``port`` of loopback; ``connections`` were opened, ``requests`` are path and Referer of each that was said."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[tuple[str, str]] = []
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.requests.append((self.path, self.headers.get("Referer", "")))
                self.send_response(200)
                self.send_header("Content-Type", "image/gif" if self.path.endswith(".gif") else "text/html")
                self.send_header("Content-Length", str(len(PIXEL)))
                self.end_headers()
                self.wfile.write(PIXEL)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        class Server(ThreadingHTTPServer):
            def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
                canary.connections += 1
                return super().get_request()  # type: ignore[return-value]

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@contextmanager
def watching() -> Iterator[Canary]:
    """A canary while the block runs."""
    canary = Canary()
    thread = threading.Thread(target=canary.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield canary
    finally:
        canary.server.shutdown()
        thread.join()
        canary.server.server_close()
