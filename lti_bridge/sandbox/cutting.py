"""Hang up in the middle of a request, so that the client gets an empty reply instead of an answer."""

import socket
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse


class CannotCut(RuntimeError):
    """The server in use does not let us reach the connection."""


def cut(request: HttpRequest) -> HttpResponse:
    """Close the client's connection now. What this returns is for the server to throw away.

    Raises ``CannotCut`` where there is no connection, as in Django's test client.
    """
    connection = _connection(request.META)
    if connection is None:
        raise CannotCut("this server does not show the connection of a request")
    # shutdown, not close: the server owns the socket, and meets EPIPE when it writes, which servers expect.
    connection.shutdown(socket.SHUT_RDWR)
    # Without it a server would wait for the next request on this connection.
    return HttpResponse(headers={"Connection": "close"})


def _connection(environ: Mapping[str, Any]) -> socket.socket | None:
    if "gunicorn.socket" in environ:
        found: socket.socket = environ["gunicorn.socket"]
        return found
    # Servers made of Python's http.server: LimitedStream → BufferedReader → SocketIO → socket.
    inner = environ.get("wsgi.input")
    for name in ("stream", "raw", "_sock"):
        inner = getattr(inner, name, inner)
    return inner if isinstance(inner, socket.socket) else None
