"""A small HTTP server on loopback that says what a test tells it to say, and remembers what it was asked."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Status, headers, body.
Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    """A request as it came. ``path`` with its query, ``headers`` by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Served:
    """A server at work: its address without a slash at the end, and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    served: Served
    answer: Callable[[Asked], Answer]

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body)
        self.served.asked.append(asked)
        status, told, content = type(self).answer(asked)
        try:
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | dict(told)).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = _serve


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    #: A client that had enough leaves a broken pipe behind.
    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def serve(answer: Callable[[Asked], Answer], *, host: str = "127.0.0.2") -> Iterator[Served]:
    """Answer every request with what ``answer`` gives for it."""
    members: dict[str, Any] = {"answer": staticmethod(answer)}
    handler = type("Handler", (_Handler,), members)
    server = _Server((host, 0), handler)
    served = handler.served = Served(f"http://{host}:{server.server_address[1]}")  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
