"""X-Forwarded-* headers are believed only when one of our proxies sent the request."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

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
_MARKS = (*_FORWARDED, "HTTP_VIA")
#: What the middleware found out; no header can have such a name.
_WAS_FORWARDED = "lti_bridge.was_forwarded"
_CLIENT = "lti_bridge.client_address"
#: Asked by machines that know an address and no name.
_FOR_MACHINES = ("/healthz", "/readyz")
_METRICS = "/metrics"


def client_address(request: HttpRequest) -> str | None:
    """Where the request came from, as far as our proxies can be believed; None where a Unix socket says nothing."""
    return request.META.get(_CLIENT, request.META.get("REMOTE_ADDR")) or None


def was_forwarded(request: HttpRequest) -> bool:
    """Whether some proxy, ours or not, passed the request on."""
    return bool(request.META.get(_WAS_FORWARDED))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, which some proxies write with a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


@lru_cache(maxsize=1024)
def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    ip = _address(address)
    if ip is None:
        # A Unix socket: only a process of this machine writes there.
        return address == "" and bool(proxies)
    return any(ip in ip_network(proxy, strict=False) for proxy in proxies)


def _furthest(peer: str, chain: str, proxies: tuple[str, ...]) -> str:
    """The address that the last of our proxies saw: from the right, the first that is none of ours."""
    for said in reversed(chain.split(",") if chain else []):
        if not _trusted(peer, proxies):
            break
        found = _address(said)
        if found is None:
            break
        peer = str(found)
    return peer


class TrustedProxyMiddleware:
    """Removes forwarding headers that somebody else than a proxy of ``TRUSTED_PROXIES`` sent.

    What they told is kept: that there was a proxy, and from one of ours the client's address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta, proxies = request.META, tuple(settings.TRUSTED_PROXIES)
        meta[_WAS_FORWARDED] = any(name in meta for name in _MARKS)
        peer = meta.get("REMOTE_ADDR", "")
        meta[_CLIENT] = _furthest(peer, meta.get("HTTP_X_FORWARDED_FOR", ""), proxies)
        if not _trusted(peer, proxies):
            for name in _FORWARDED:
                meta.pop(name, None)
        return self.get_response(request)


class AnyHostMiddleware:
    """Answers health checks whatever host they name, and ``/metrics`` also where the host is an address.

    (A name could be a stranger's that was made to point at us: that page's scripts could then read the numbers.)
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = request.META.get("HTTP_HOST", "")
        if request.path_info in _FOR_MACHINES or (request.path_info == _METRICS and _address(named)):
            request.META["HTTP_HOST"] = urlsplit(settings.BASE_URL).netloc
        return self.get_response(request)
