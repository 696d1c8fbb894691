"""gunicorn's threaded worker, for which a request has to arrive, and its answer to be taken, in time.

gunicorn would wait for the rest of a request for ever, in one of its few threads: some idle half-sent requests would be
the end of the service. Here a connection gets a thread when its first bytes are there, and its whole request has to be
there ``READ_SECONDS`` after it began. A buffering proxy in front does this better; this is for those without one.

Who takes a file asks for patience (:func:`be_patient`), for the file alone and while it is wanted: then the time grows
with what arrives. For what comes after it there are ``READ_SECONDS`` again (:func:`be_brief`).

An answer may take as long as the other side keeps taking it: whoever reads nothing of a large one, or next to nothing,
is cut off.
"""

import errno
import socket
import struct
import time
from collections.abc import Mapping
from functools import partial
from selectors import EVENT_READ
from typing import Any, BinaryIO

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # no types exist

#: To a connection's first bytes, and from a request's first bytes to the end of its body.
READ_SECONDS = 10.0
#: A file may take as long as it keeps arriving: never so long without a byte, nor below the pace it was given for long.
STALL_SECONDS = 20.0
#: So long may nothing of an answer be taken.
UNTAKEN_SECONDS = 20.0
#: So long may be waited for an answer to be taken, in all, and a second more for each so many bytes taken.
TAKING_SECONDS = 30.0
TAKING_PACE = 16 << 10
#: What the kernel keeps of an answer. It tells of room when a third is free: the less it keeps, the sooner slow lines
#: are known from dead ones.
_KEPT_BY_KERNEL = 256 << 10
_PIECE = 256 << 10
#: Closing drops what was not taken.
_NO_LINGERING = struct.pack("ii", 1, 0)
_NOBODY_THERE = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class PatientSocket(socket.socket):
    """A socket that is read until a given time, and written while somebody reads; then it is as if they had gone."""

    until = 0.0
    #: Bytes a second that buy more time; none buy any for 0.
    pace = 0.0
    #: Bytes that can still buy any.
    most = 0
    #: Of the answer: bytes taken, and seconds waited for that.
    taken = 0
    waited = 0.0

    def recv(self, *args: Any) -> bytes:
        usual = self.gettimeout()
        left = max(0.0, self.until - time.monotonic())
        # What has arrived can be read even when its time is over: then it was we who were late.
        self.settimeout(left if usual is None else min(left, usual))
        try:
            received = super().recv(*args)
            if self.pace and self.most > 0:
                # What arrived fast is no credit for standing still later.
                latest = time.monotonic() + STALL_SECONDS
                self.until = min(self.until + len(received) / self.pace, latest)
                self.most -= len(received)
            return received
        except (TimeoutError, BlockingIOError):
            raise ConnectionResetError(errno.ECONNRESET, "the request did not arrive in time") from None
        finally:
            self.settimeout(usual)

    def send(self, *args: Any) -> int:
        usual, begun = self.gettimeout(), time.monotonic()
        # What is slow on our side costs the other side nothing: only waiting counts.
        left = max(0.0, TAKING_SECONDS + self.taken / TAKING_PACE - self.waited)
        limit = min(UNTAKEN_SECONDS, left)
        self.settimeout(limit if usual is None else min(limit, usual))
        try:
            taken = super().send(*args)
            self.taken += taken
            return taken
        except (TimeoutError, BlockingIOError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            raise ConnectionResetError(errno.ECONNRESET, "the answer was not taken in time") from None
        finally:
            self.waited += time.monotonic() - begun
            self.settimeout(usual)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As ever, but each part that is taken counts."""
        left = memoryview(data).cast("B")
        while left:
            left = left[self.send(left, flags) :]

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """The same for a file: the system's own way would wait for ever."""
        content: BinaryIO = file
        content.seek(offset)
        sent = 0
        while piece := content.read(_PIECE if count is None else min(_PIECE, count - sent)):
            self.sendall(piece)
            sent += len(piece)
        return sent


def be_patient(environ: Mapping[str, Any], pace: float, most: int) -> None:
    """Let the next ``most`` bytes of a request arrive at that many bytes a second.

    Asked for again, as they arrive, it goes on. It does nothing where another web server is used.
    """
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, PatientSocket):
        if not connection.pace:
            connection.until = time.monotonic() + STALL_SECONDS
        connection.pace, connection.most = pace, most


def be_brief(environ: Mapping[str, Any]) -> None:
    """After patience: let the rest of a request arrive in ``READ_SECONDS``."""
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, PatientSocket) and connection.pace:
        connection.pace = 0.0
        connection.until = time.monotonic() + READ_SECONDS


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn comes without types
    """``--worker-class lti_bridge.webserver.PatientWorker``"""

    def accept(self, listener: socket.socket) -> None:
        """Wait for the first bytes in the poller, where waiting costs no thread."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in _NOBODY_THERE:
                return
            raise
        patient = PatientSocket(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        patient.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KEPT_BY_KERNEL)
        conn = TConn(self.cfg, patient, address, listener.getsockname())
        conn.timeout = time.monotonic() + READ_SECONDS
        self.nr_conns += 1
        self.pending_conns.append(conn)
        self.poller.register(patient, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn: TConn) -> None:
        """The time runs while a request waits for a thread too, or waiting requests would add theirs up."""
        conn.sock.until = time.monotonic() + READ_SECONDS
        conn.sock.pace = 0.0
        conn.sock.taken, conn.sock.waited = 0, 0.0
        super().enqueue_req(conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """gunicorn would log the address, which may hold a pass."""
        if req is not None:
            req.uri = "(address left out)"
        super().handle_error(req, client, addr, exc)
