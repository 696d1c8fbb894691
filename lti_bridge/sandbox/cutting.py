"""Hang up in the middle of a request, so that the client gets an empty reply instead of an answer."""

import socket

from django.http import HttpRequest, HttpResponse


class CannotCut(RuntimeError):
    """The server in use does not let us reach the connection."""


def cut(request: HttpRequest) -> HttpResponse:
    """Close the client's connection now. What this returns is for the server to throw away.

    Raises ``CannotCut`` under other servers than gunicorn.
    """
    connection: socket.socket | None = request.META.get("gunicorn.socket")
    if connection is None:
        raise CannotCut("only gunicorn shows the connection of a request")
    # shutdown, not close: the server owns the socket, and meets EPIPE when it writes, which servers expect.
    connection.shutdown(socket.SHUT_RDWR)
    # Without it the server would wait for the next request on this connection.
    return HttpResponse(headers={"Connection": "close"})
