"""The only way out: time limits, a size cap, the address guard, no redirects, no secrets in messages.

Nothing is sent twice and nothing is retried here: retries are rows, elsewhere. A problem says whether
the other side may have acted (``ambiguous``), because then only reading back can tell.
"""

import http.client
import re
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings

from lti_bridge import __version__
from lti_bridge.address_guard import AddressProblem
from lti_bridge.connections import LineProblem, line

#: Seconds to connect, and seconds without a byte while reading.
TIMEOUT = (5.0, 20.0)
#: Seconds for everything together, however slowly the other side trickles.
DEADLINE = 25.0
MAX_BYTES = 1_000_000

_DEFAULT_HEADERS = {"User-Agent": f"lti-bridge/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_CHUNK = 16384
#: What headers and framing may take beside the body.
_OVERHEAD = 300_000
_NETLOC = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class HttpProblem(Exception):
    """No usable answer. ``ambiguous``: the other side may have acted on the request all the same.

    Codes: bad_url, forbidden_address, dns, connect, tls, timeout, cut, too_large.
    The message holds the host, never a path, query, header or body.
    """

    def __init__(self, code: str, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.ambiguous = ambiguous


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Header names are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    #: Seconds from the call to the last byte.
    elapsed: float

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def retry_after(self, now: float) -> float | None:
        """Seconds to wait from ``now`` (epoch seconds) as Retry-After asks, in either of its forms."""
        text = self.headers.get("Retry-After", "").strip()
        if re.fullmatch("[0-9]{1,9}", text):
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
        except (ValueError, OverflowError):
            return None


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """``request("GET", …)``."""
    return request("GET", url, headers=headers, timeout=timeout, deadline=deadline, max_bytes=max_bytes)


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """``request("POST", …)`` with a body; the caller names its content type."""
    return request("POST", url, headers=headers, body=body, timeout=timeout, deadline=deadline, max_bytes=max_bytes)


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Send one request once and return the answer, of any status; redirects are answers too.

    Raises HttpProblem. ``max_bytes`` counts what is decoded.
    """
    started = time.monotonic()
    host = _checked_host(url)
    line.begin(deadline, max_bytes + _OVERHEAD)
    with _exchange(_prepared(method, url, headers, body, host), timeout, deadline, host) as response:
        content = b"".join(_chunks(response, max_bytes, host))
    return Answer(response.status_code, response.headers, content, time.monotonic() - started)


def download(
    url: str,
    into: BinaryIO,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    deadline: float,
    max_bytes: int,
) -> Answer:
    """Get a large answer straight into a file, piece by piece.

    The body of an answer that is not 200 is in the ``Answer`` as always, cut after ``MAX_BYTES``, and nothing is in the
    file. Raises HttpProblem; then a part of the body may be in the file.
    """
    started = time.monotonic()
    host = _checked_host(url)
    line.begin(deadline, max_bytes + _OVERHEAD)
    content = b""
    with _exchange(_prepared("GET", url, headers, None, host), timeout, deadline, host) as response:
        if response.status_code == 200:
            for chunk in _chunks(response, max_bytes, host):
                into.write(chunk)
        else:
            content = b"".join(_chunks(response, min(max_bytes, MAX_BYTES), host))
    return Answer(response.status_code, response.headers, content, time.monotonic() - started)


def upload(
    method: str,
    url: str,
    pieces: Iterable[bytes],
    size: int,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT,
    deadline: float,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Send a large body once, piece by piece, with its ``Content-Length``: no more than a piece is in memory.

    ``size``: the bytes of all pieces together, more than 0. Raises HttpProblem, and ``ValueError`` when the pieces are
    of another size: then the other side has an incomplete request. What ``pieces`` raises comes through as it is.
    """
    started = time.monotonic()
    host = _checked_host(url)
    body = _Streamed(pieces, size)
    line.begin(deadline, max_bytes + _OVERHEAD)
    with (
        body.own_troubles(),
        _exchange(_prepared(method, url, headers, body, host), timeout, deadline, host) as response,
    ):
        content = b"".join(_chunks(response, max_bytes, host))
    return Answer(response.status_code, response.headers, content, time.monotonic() - started)


class _Streamed:
    """A body that ``requests`` sends piece by piece. Its length makes the ``Content-Length``.

    A trouble of the pieces is no trouble of the connection, so it is kept apart from those.
    """

    def __init__(self, pieces: Iterable[bytes], size: int) -> None:
        if size <= 0:
            raise ValueError("a body to stream has at least one byte")
        self._pieces, self._size = pieces, size
        self._trouble: Exception | None = None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._counted()
        except Exception as trouble:
            self._trouble = trouble
            raise

    def _counted(self) -> Iterator[bytes]:
        left = self._size
        for piece in self._pieces:
            left -= len(piece)
            if left < 0:
                break
            yield piece
        if left:
            raise ValueError(f"the pieces of a body are not {self._size} bytes")

    @contextmanager
    def own_troubles(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            if self._trouble is not None:
                raise self._trouble from None
            raise


@contextmanager
def _exchange(
    prepared: requests.PreparedRequest, timeout: tuple[float, float], deadline: float, host: str
) -> Iterator[requests.Response]:
    """An answer whose body is still to be read."""
    connect, read = timeout
    verify = getattr(settings, "CA_BUNDLE", "") or True
    with _problems_of(host):
        # Straight to the adapter: a Session reads the body of a redirect without limit.
        response = line.adapter().send(
            prepared, stream=True, timeout=(min(connect, deadline), read), verify=verify, proxies={}
        )
        try:
            yield response
        finally:
            response.close()


def _checked_host(url: str) -> str:
    """Refuse every URL that two parsers could read in two ways."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise HttpProblem("bad_url", "The address cannot be read.") from None
    plain = re.fullmatch(r"[\x21-\x7e]+", url) and "\\" not in url
    if not plain or parts.scheme not in ("http", "https") or not _NETLOC.fullmatch(parts.netloc) or not port_fits:
        raise HttpProblem("bad_url", "The address is not a plain https address.")
    return parts.netloc


def _prepared(
    method: str, url: str, headers: Mapping[str, str] | None, body: "bytes | _Streamed | None", host: str
) -> requests.PreparedRequest:
    try:
        prepared = requests.Request(method, url, {**_DEFAULT_HEADERS, **(headers or {})}, data=body).prepare()
    except (requests.RequestException, ValueError):
        raise HttpProblem("bad_url", f"{host}: the request cannot be made.") from None
    # requests tidies percent-encoding, and then a signature over the URL would no longer fit.
    prepared.url = url
    return prepared


def _chunks(response: requests.Response, max_bytes: int, host: str) -> Iterator[bytes]:
    size = 0
    for chunk in cast(urllib3.HTTPResponse, response.raw).stream(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > max_bytes:
            raise HttpProblem("too_large", f"{host}: the answer is larger than {max_bytes} bytes.", ambiguous=True)
        yield chunk


@contextmanager
def _problems_of(host: str) -> Iterator[None]:
    """Turn what the libraries raise into HttpProblem, without their words: those hold the URL."""
    try:
        yield
    except (AddressProblem, LineProblem) as problem:
        raise HttpProblem(problem.code, f"{host}: {problem.message}.", ambiguous=line.sent) from None
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
        ValueError,
    ) as error:
        code, words = _named(error)
        raise HttpProblem(code, f"{host}: {words}.", ambiguous=line.sent) from None


def _named(error: Exception) -> tuple[str, str]:
    causes: list[BaseException] = [error]
    while causes[-1].__context__ is not None:
        causes.append(causes[-1].__context__)
    if any(isinstance(cause, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError) for cause in causes):
        return "timeout", "no complete answer in time"
    if line.sent:
        return "cut", "the connection was cut before the answer was complete"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "tls", "no secure connection could be made"
    return "connect", "no connection could be made"
