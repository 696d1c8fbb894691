"""A web server of little patience, and large answers: for tests of what happens to those that nobody takes."""

import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from lti_bridge import webserver

webserver.UNTAKEN_SECONDS = 1.0

ImpatientWorker = webserver.PatientWorker
_PIECE = bytes(1 << 20)
_PIECES = 30


def application(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
    """Answer with much, in one of the ways that answers are sent; to anything else with little."""
    path = environ["PATH_INFO"]
    if path not in ("/pieces", "/file", "/whole"):
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    start("200 OK", [("Content-Length", str(_PIECES * len(_PIECE)))])
    if path == "/pieces":
        return (_PIECE for _ in range(_PIECES))
    if path == "/whole":
        return [_PIECE * _PIECES]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the server closes it
    file.truncate(_PIECES * len(_PIECE))
    wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
    return wrapped
