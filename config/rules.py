"""What settings must look like: each function takes the text of the environment and needs no Django."""

import math
import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.?")


def public_address(text: str) -> str:
    """The address in the one spelling that browsers and signatures use: lower-case host, no port that goes without
    saying, no slash at the end. Raises ``ValueError`` when it cannot be a public address.
    """
    parts = urlsplit(text)
    port = parts.port  # raises on its own
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or "@" in parts.netloc or "?" in text or "#" in text or port == 0:
        raise ValueError(text)
    if ":" in host:
        host = f"[{IPv6Address(host)}]"
    elif not _NAME.fullmatch(host):
        raise ValueError(text)
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}{parts.path}".rstrip("/")


def is_public_address(text: str) -> bool:
    try:
        public_address(text)
    except ValueError:
        return False
    return True


def are_networks(texts: Iterable[str]) -> bool:
    """Whether each is an address or a network."""
    try:
        for text in texts:
            ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def are_fernet_keys(texts: Iterable[str]) -> bool:
    try:
        for text in texts:
            Fernet(text)
    except ValueError:
        return False
    return True


def is_time_zone(text: str) -> bool:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown; no name at all; a folder of names
        return False
    return True


def is_above_zero(number: float) -> bool:
    return 0 < number < math.inf
