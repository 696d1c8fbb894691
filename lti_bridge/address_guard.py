"""Which addresses we may connect to: public ones, and what ALLOWED_PRIVATE_HOSTS names.

A name is resolved once and judged by all its addresses; the caller connects to exactly those, so a
second answer from DNS changes nothing. However a URL spells a host (decimal, octal, mapped), what
is judged is the address it leads to.
"""

import ipaddress
import socket
import threading
from dataclasses import dataclass
from typing import Any

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Not private by every Python's tables, and still nobody's LMS.
_NEVER_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; a cloud's metadata service lives there
        "168.63.129.16/32",  # another cloud's metadata service, on a public-looking address
        "192.0.0.0/24",
        "192.88.99.0/24",
        "224.0.0.0/3",
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",
        "3fff::/20",
    )
]
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressProblem(Exception):
    """Why we do not connect. Codes: dns, forbidden_address, bad_url."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address to connect a socket to, as getaddrinfo gave it."""

    family: int
    kind: int
    protocol: int
    socket_address: tuple[Any, ...]

    @property
    def address(self) -> Address:
        return ipaddress.ip_address(self.socket_address[0])


def resolve(host: str, port: int, *, seconds: float, encrypted: bool) -> list[Endpoint]:
    """Return every address of ``host``, all permitted; raise AddressProblem otherwise.

    Without encryption only hosts and networks in ALLOWED_PRIVATE_HOSTS are permitted.
    """
    endpoints = _look_up(host, port, seconds)
    for endpoint in endpoints:
        if _is_listed(host, port, endpoint.address):
            continue
        if not is_public(endpoint.address):
            raise AddressProblem("forbidden_address", "the address is not public (see ALLOWED_PRIVATE_HOSTS)")
        if not encrypted:
            raise AddressProblem("bad_url", "only https is used for public addresses")
    return endpoints


def is_public(address: Address) -> bool:
    """Whether anyone on the internet could be meant; an IPv4 address inside IPv6 is judged itself."""
    if isinstance(address, ipaddress.IPv6Address):
        embedded = _embedded(address)
        if embedded is not None:
            return is_public(embedded)
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address.version == network.version and address in network for network in _NEVER_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_named(host: str, port: int) -> bool:
    """Whether ALLOWED_PRIVATE_HOSTS names a host as it is written, without asking DNS."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return _is_listed(host, port, None)
    return _is_listed(host, port, address)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_listed(host: str, port: int, address: Address | None) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    actual = mapped or address
    names = {host.lower().strip("[]").rstrip("."), str(actual or host.lower())}
    for entry in settings.ALLOWED_PRIVATE_HOSTS:
        network = _network(entry)
        if network is not None:
            if actual is not None and network.version == actual.version and actual in network:
                return True
            continue
        name, colon, listed_port = entry.lower().rpartition(":")
        if (name.strip("[]") if colon else entry.lower()) in names and (not colon or listed_port == str(port)):
            return True
    return False


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """An entry that is an address or a network; None for names and for host:port."""
    try:
        return ipaddress.ip_network(entry.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None


def _look_up(host: str, port: int, seconds: float) -> list[Endpoint]:
    # getaddrinfo knows no time limit, so it runs beside us; a stuck one is left to its own end.
    found: list[Endpoint] = []

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(Endpoint(family, kind, protocol, place) for family, kind, protocol, _name, place in answers)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    endpoints = list(found)
    if not endpoints:
        raise AddressProblem("dns", "the name was not found in time" if thread.is_alive() else "the name was not found")
    return endpoints
