"""Web addresses that a launch tells: which ones a browser may be sent to, and who may frame our pages."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from django.conf import settings

from lti_bridge import oauth1

_LONGEST = 2000
#: Characters that browsers drop or turn round, so that an address leads elsewhere than it seems to.
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9._:-]+")
_PORTS = {"http": 80, "https": 443}
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def web_address(text: str) -> str:
    """The address if a browser may be sent there: http(s), with a host, without credentials. Else empty."""
    return text.strip() if split_web_address(text) else ""


def split_web_address(text: str) -> SplitResult | None:
    """The parts of an address that :func:`web_address` accepts."""
    text = text.strip()
    if not text or len(text) > _LONGEST or _UNSAFE.search(text):
        return None
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("https", "http") and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        return None
    return parts if valid and "@" not in parts.netloc else None


def is_safe_return(text: str) -> bool:
    """Whether signed answers may go there: by https, or by http where this site or that host is for trials only."""
    parts = split_web_address(text)
    if parts is None:
        return False
    if parts.scheme == "https" or settings.PUBLIC_ORIGIN.startswith("http:"):
        return True
    return parts.hostname in settings.ALLOWED_PRIVATE_HOSTS or parts.netloc.lower() in settings.ALLOWED_PRIVATE_HOSTS


@lru_cache(maxsize=1024)
def can_be_signed(url: str) -> bool:
    """Whether a signature can cover a web address: visible ASCII, with escapes that are UTF-8 and not NUL."""
    if not _VISIBLE.fullmatch(url) or urlsplit(url).netloc.endswith(":"):
        return False
    try:
        escapes_nul = "\x00" in unquote(url, errors="strict")
        oauth1.sign_body(url, b"", key="trial", secret="")
    except ValueError:
        return False
    return not escapes_nul


def frame_origins(addresses: Iterable[str]) -> list[str]:
    """The origins of these addresses, each once: who may put the pages of a launch into a frame."""
    return list(dict.fromkeys(filter(None, map(origin_of, addresses))))


def origin_of(text: str) -> str:
    """The origin of an address as browsers write it, without a port that goes without saying; empty for others."""
    parts = split_web_address(text)
    if parts is None:
        return ""
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port not in (None, _PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def with_parameters(url: str, **parameters: str) -> str:
    """The address with parameters appended; what its query says already stays as it is."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return parts._replace(query=query).geturl()
