"""Where each party lives: on a host of its own, because cookies ignore ports."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

#: Loopback hosts that the bridge may have, and the neighbours' hosts then. Otherwise all share the bridge's address.
_NEIGHBOURS = {"127.0.0.1": ("127.0.0.2", "127.0.0.3"), "localhost": ("localhost", "localhost")}


@dataclass(frozen=True, slots=True)
class Origins:
    """Scheme, host and port of each party."""

    bridge: str
    lms: str
    provider: str

    @property
    def hosts(self) -> list[str]:
        """``host:port`` of each, without doubles, the bridge first."""
        return list(dict.fromkeys(urlsplit(each).netloc for each in (self.bridge, self.lms, self.provider)))


def origins() -> Origins:
    """The parties' origins, from ``BASE_URL``: on loopback the neighbours follow on the next two ports."""
    bridge: str = settings.PUBLIC_ORIGIN
    base = urlsplit(bridge)
    neighbours = _NEIGHBOURS.get(base.hostname or "")
    if neighbours is None or base.port is None:
        return Origins(bridge, bridge, bridge)
    lms, provider = neighbours
    return Origins(bridge, f"http://{lms}:{base.port + 1}", f"http://{provider}:{base.port + 2}")


def lms_url(name: str, *args: object) -> str:
    """The full address of one of the pretend LMS's views."""
    return origins().lms + reverse(name, args=args)


def provider_url(name: str, *args: object) -> str:
    """The full address of one of the pretend provider's views."""
    return origins().provider + reverse(name, args=args)


def storage_url(name: str, *args: object) -> str:
    """The full address of a view of a pretend provider's storage: not where its API is, as with clouds.

    The LMS's host lends it.
    """
    return lms_url(name, *args)


def bridge_url(name: str, *args: object) -> str:
    """The full address of one of the bridge's views."""
    return origins().bridge + reverse(name, args=args)
