"""A gradebook that speaks Basic Outcomes over real sockets, written without the project's own protocol modules.

The last write wins, as in an LMS that knows no times. Its faults are drawn at random per request; whatever happens, it
knows what it holds, what was written when, and whether two writes of one cell were ever open at the same moment.
"""

import base64
import hashlib
import random
import re
import select
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from oauthlib.oauth1.rfc5849 import signature

NAMESPACE = "{http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0}"


@dataclass
class Faults:
    """Parts of requests (0 to 1) that go wrong, and how long things take (seconds)."""

    server_error: float = 0.0
    applied_then_cut: float = 0.0
    #: Of the cut ones, the part that is applied ``late_after`` seconds later instead of before the cut.
    late: float = 0.0
    late_after: float = 3.0
    cut_before: float = 0.0
    hang: float = 0.0
    hang_for: float = 30.0
    html: float = 0.0
    truncated: float = 0.0
    delay: float = 0.0
    down: bool = False
    readable: bool = True


@dataclass
class Gradebook:
    """What the gradebook holds and what happened to it."""

    secrets: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    held: dict[str, str | None] = field(default_factory=dict)
    history: dict[str, list[tuple[float, str | None]]] = field(default_factory=lambda: defaultdict(list))
    overlaps: list[str] = field(default_factory=list)
    bad_signatures: int = 0
    writes: int = 0
    requests: int = 0
    nonces: set[str] = field(default_factory=set)
    replays: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    open_writes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    roll: random.Random = field(default_factory=random.Random)
    #: (status, body) to answer instead, for tests of one answer.
    answer_with: tuple[int, bytes] | None = None

    def apply(self, sourcedid: str, score: str | None) -> None:
        with self.lock:
            self.held[sourcedid] = score
            self.history[sourcedid].append((time.monotonic(), score))
            self.writes += 1

    def strikes(self, part: float) -> bool:
        return part > 0 and self.roll.random() < part


def _signed(handler: BaseHTTPRequestHandler, body: bytes, book: Gradebook) -> bool:
    header = handler.headers.get("Authorization", "")
    pairs = [(unquote(k), unquote(v)) for k, v in re.findall(r'([A-Za-z_]+)="([^"]*)"', header)]
    params = dict(pairs)
    secret = book.secrets.get(params.get("oauth_consumer_key", ""))
    if secret is None:
        return False
    if params.get("oauth_body_hash") != base64.b64encode(hashlib.sha1(body).digest()).decode():
        return False
    url = f"http://{handler.headers['Host']}{handler.path}"
    base = signature.signature_base_string(
        "POST",
        signature.base_string_uri(url),
        signature.normalize_parameters(
            [(k, v) for k, v in pairs if k not in ("oauth_signature", "realm")]
            + signature.collect_parameters(uri_query=url.partition("?")[2])
        ),
    )
    expected = signature.sign_hmac_sha1_with_client(base, _Client(secret))
    with book.lock:
        nonce = params.get("oauth_nonce", "")
        book.replays += nonce in book.nonces
        book.nonces.add(nonce)
    return bool(expected == params.get("oauth_signature"))


@dataclass
class _Client:
    client_secret: str
    resource_owner_secret: str = ""


def pox(operation: str, *, major: str = "success", description: str = "", score: str | None = None) -> bytes:
    """An answer as most LMSs write it."""
    result = ""
    if operation == "readResult" and major == "success":
        result = (
            f"<result><resultScore><language>en</language><textString>{score or ''}</textString></resultScore></result>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><imsx_POXEnvelopeResponse xmlns="'
        + NAMESPACE.strip("{}")
        + '"><imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version>'
        "<imsx_messageIdentifier>x</imsx_messageIdentifier><imsx_statusInfo>"
        f"<imsx_codeMajor>{major}</imsx_codeMajor><imsx_severity>status</imsx_severity>"
        f"<imsx_description>{escape(description)}</imsx_description>"
        "<imsx_messageRefIdentifier>y</imsx_messageRefIdentifier>"
        f"<imsx_operationRefIdentifier>{operation}</imsx_operationRefIdentifier></imsx_statusInfo>"
        "</imsx_POXResponseHeaderInfo></imsx_POXHeader>"
        f"<imsx_POXBody><{operation}Response>{result}</{operation}Response></imsx_POXBody></imsx_POXEnvelopeResponse>"
    ).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: without this, the second waits 40 ms for the other side's acknowledgement.
    disable_nagle_algorithm = True
    book: Gradebook

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        book = self.book
        with book.lock:
            book.requests += 1
        if book.answer_with:
            return self._answer(*book.answer_with)
        if book.faults.down:
            return self._answer(503, b"down for maintenance", "text/plain")
        if not _signed(self, body, book):
            with book.lock:
                book.bad_signatures += 1
            return self._answer(401, pox("unknown", major="failure", description="signature"))
        root = ElementTree.fromstring(body)
        asked = next(iter(root.find(f"{NAMESPACE}imsx_POXBody")))  # type: ignore[arg-type]
        operation = asked.tag.removeprefix(NAMESPACE).removesuffix("Request")
        sourcedid = asked.findtext(f".//{NAMESPACE}sourcedId") or ""
        if operation == "readResult":
            return self._read(sourcedid)
        score = asked.findtext(f".//{NAMESPACE}resultScore/{NAMESPACE}textString")
        with self._only_one(sourcedid):
            self._write(operation, sourcedid, score if operation == "replaceResult" else None)

    def _read(self, sourcedid: str) -> None:
        if not self.book.faults.readable:
            return self._answer(200, pox("readResult", major="unsupported"))
        self._answer(200, pox("readResult", score=self.book.held.get(sourcedid)))

    @contextmanager
    def _only_one(self, sourcedid: str) -> Iterator[None]:
        book = self.book
        with book.lock:
            book.open_writes[sourcedid] += 1
            if book.open_writes[sourcedid] > 1:
                book.overlaps.append(sourcedid)
        try:
            yield
        finally:
            with book.lock:
                book.open_writes[sourcedid] -= 1

    def _write(self, operation: str, sourcedid: str, score: str | None) -> None:
        book, faults = self.book, self.book.faults
        if faults.delay:
            time.sleep(faults.delay)
        if book.strikes(faults.server_error):
            return self._answer(500, b"oops", "text/plain")
        if book.strikes(faults.cut_before):
            return self._cut()
        if book.strikes(faults.applied_then_cut):
            if book.strikes(faults.late):
                threading.Timer(faults.late_after, book.apply, (sourcedid, score)).start()
            else:
                book.apply(sourcedid, score)
            return self._cut()
        if book.strikes(faults.hang):
            return self._hang(faults.hang_for)
        if book.strikes(faults.html):
            return self._answer(200, b"<html><body>Please log in</body></html>", "text/html")
        book.apply(sourcedid, score)
        answer = pox(operation)
        if book.strikes(faults.truncated):
            return self._answer(200, answer[: len(answer) // 2])
        self._answer(200, answer)

    def _hang(self, seconds: float) -> None:
        """Say nothing, and stop as soon as the other side has gone away."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.connection], [], [], 0.05)
            if ready and not self.connection.recv(1, socket.MSG_PEEK):
                break
        self.close_connection = True

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, body: bytes, content_type: str = "application/xml") -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    #: A client that was killed leaves broken pipes behind; that is the point.
    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def gradebook_server(book: Gradebook | None = None, *, host: str = "127.0.0.2") -> Iterator[tuple[str, Gradebook]]:
    """Serve a gradebook; gives the address of its service and the book."""
    book = book or Gradebook()
    handler = type("Handler", (_Handler,), {"book": book})
    server = _Server((host, 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}/outcomes?site=campus", book
    finally:
        server.shutdown()
        server.server_close()
