"""The log names routes, never paths: a path may hold a pass or the key of an attempt."""

import logging
import re

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as StructlogMiddleware

from lti_bridge.proxy import client_address

_LONGEST = 30
#: A pass or a key inside other words, such as a Referer that Django complains about.
_SECRET = re.compile(r"(/inside/|/callbacks/[^/\s]+/[^/\s]+/)(?!<)[^/?\s]+")
#: The query of a whole address: LTI 1.3 has hints, state and tokens there.
_QUERY = re.compile(r"(https?://[^\s?#]*\?)\S+")


def route_of(request: HttpRequest) -> str:
    """The pattern of the address; of an address that is none of ours, the first word."""
    if request.resolver_match:
        return f"/{request.resolver_match.route}"
    first, slash, _rest = request.path_info.lstrip("/").partition("/")
    shown = first if len(first) <= _LONGEST else "..."
    return f"/{shown}{slash and '/...'}".encode("unicode_escape").decode("ascii")


class RoutesForPaths(logging.Filter):
    """Puts the route where Django's messages about a request have its path."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            # Django escapes what it logs.
            paths = (request.get_full_path(), request.path, request.path_info)
            spellings = {spelling for path in paths for spelling in (path, _escaped(path))} - {"/"}
            record.args = tuple(_without(argument, spellings, route_of(request)) for argument in record.args)
        return True


def _without(argument: object, spellings: set[str], route: str) -> object:
    if isinstance(argument, str):
        for spelling in sorted(spellings, key=len, reverse=True):
            argument = argument.replace(spelling, route)
        return _QUERY.sub(r"\1...", _SECRET.sub(r"\1...", argument))
    return argument


def _escaped(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


class RequestMiddleware(StructlogMiddleware):
    """Binds the request id, and says with which answer a request ended."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """The address that our own proxies tell, and nobody else's word for it."""
        structlog.contextvars.bind_contextvars(ip=client_address(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {route_of(request)}"
