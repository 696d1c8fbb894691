"""A WSGI application that hangs up on everybody but ``/well``."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

if not settings.configured:
    settings.configure(ALLOWED_HOSTS=["*"])

from django.core.handlers.wsgi import WSGIRequest  # noqa: E402  (the settings come first)

from lti_bridge.sandbox.cutting import cut  # noqa: E402


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/well":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"well"]
    response = cut(WSGIRequest(environ))
    start_response("200 OK", [("Content-Type", "text/plain"), *response.items()])
    return [b"never seen"]
