"""Connections for ``http.py``: to permitted addresses only, and under one deadline for a whole request.

Each thread has its own line: its pooled connections and the limits of the one request under way on
them. Nothing here reads a URL or makes a message for people.
"""

import http.client
import io
import os
import socket
import threading
import time
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from lti_bridge import address_guard

#: Common servers close an idle connection after 5 s: one that is nearly due is not used for a POST.
_MAX_IDLE = 4.0


class LineProblem(Exception):
    """Why a connection was not made or not read on. Codes: connect, timeout, too_large."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Line(threading.local):
    """One thread's connections and the request under way on them."""

    #: Monotonic time at which the request under way must be over.
    until = 0.0
    #: Whether any of the request has left.
    sent = False
    #: Bytes that may still be read, headers and framing included.
    allowance = 0
    _adapter: "GuardedAdapter | None" = None
    _process = 0

    def adapter(self) -> "GuardedAdapter":
        # A forked child must not share its parent's connections.
        if self._adapter is None or self._process != os.getpid():
            self._adapter, self._process = GuardedAdapter(), os.getpid()
        return self._adapter

    def begin(self, deadline: float, allowance: int) -> None:
        """Set the limits of one request: seconds for all of it, bytes for all of its answer."""
        self.until, self.allowance, self.sent = time.monotonic() + deadline, allowance, False

    def remaining(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise LineProblem("timeout", "no complete answer in time")
        return left

    def take(self, size: int) -> None:
        self.allowance -= size
        if self.allowance < 0:
            raise LineProblem("too_large", "the answer is too large")


line = Line()


class _TimedReader(io.RawIOBase):
    """Reads a socket under the deadline: a trickle of bytes buys no time."""

    #: Whether the other side has closed.
    ended = False

    def __init__(self, raw: socket.SocketIO, sock: socket.socket) -> None:
        self._raw, self._sock, self._patience = raw, sock, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = line.remaining()
        self._sock.settimeout(left if self._patience is None else min(self._patience, left))
        size = self._raw.readinto(buffer)
        self.ended = size == 0
        line.take(size or 0)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """Reads through a ``_TimedReader``, and knows a complete head from one that was cut."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._reader = _TimedReader(cast(socket.SocketIO, self.fp.detach()), sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        # http.client takes the end of the stream for the end of the head: "200" would then be all it says.
        if self._reader.ended:
            raise ConnectionResetError("cut inside the head")


class _Guarded(HTTPConnection):
    """Connects to checked addresses only, and notes when the request leaves."""

    response_class = _TimedResponse
    _encrypted = False
    _last_sent = 0.0

    def _new_conn(self) -> socket.socket:
        endpoints = address_guard.resolve(
            self._dns_host, self.port, seconds=line.remaining(), encrypted=self._encrypted
        )
        failure: OSError | None = None
        for endpoint in endpoints:
            try:
                return self._connected(endpoint)
            except OSError as error:
                failure = error
        code = "timeout" if isinstance(failure, TimeoutError) else "connect"
        raise LineProblem(code, "no connection could be made")

    def _connected(self, endpoint: address_guard.Endpoint) -> socket.socket:
        patience = cast(float, self.timeout)
        sock = socket.socket(endpoint.family, endpoint.kind, endpoint.protocol)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(patience, line.remaining()))
            sock.connect(endpoint.socket_address)
            # What is left now is for the TLS handshake.
            sock.settimeout(min(patience, line.remaining()))
        except BaseException:
            sock.close()
            raise
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # here, so that a failure to connect counts as nothing sent
        line.sent = True
        self._last_sent = time.monotonic()
        self.sock.settimeout(line.remaining())
        super().send(data)

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._last_sent < _MAX_IDLE and super().is_connected


class _GuardedPlain(_Guarded):
    pass


class _GuardedSecure(_Guarded, HTTPSConnection):
    _encrypted = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _GuardedPlain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _GuardedSecure


class GuardedAdapter(HTTPAdapter):
    """The transport that ``http.py`` sends through."""

    def __init__(self) -> None:
        super().__init__(pool_connections=20, pool_maxsize=2, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
