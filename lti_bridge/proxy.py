"""X-Forwarded-* headers are believed only when one of our proxies sent the request."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


@lru_cache(maxsize=1024)
def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        # A Unix socket: only a process of this machine writes there.
        return address == "" and bool(proxies)
    return any(ip in ip_network(proxy, strict=False) for proxy in proxies)


class TrustedProxyMiddleware:
    """Removes forwarding headers that somebody else than a proxy of ``TRUSTED_PROXIES`` sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _trusted(request.META.get("REMOTE_ADDR", ""), tuple(settings.TRUSTED_PROXIES)):
            for name in _FORWARDED:
                request.META.pop(name, None)
        return self.get_response(request)
