"""A launch of a provider's tool belongs to the browser in which it was begun: a cookie of its own for each launch.

Two tabs do not disturb each other, and in a frame the cookie is kept for the site around the frame (Partitioned), which
browsers allow that block other sites' cookies.
"""

import hashlib

from django.core import signing
from django.http import HttpRequest

from lti_bridge.providers.actions import Cookie


def cookie_for(key: str, path: str, seconds: int) -> Cookie:
    """The cookie that proves, at ``path``, that a launch was begun in this browser. ``key``: the launch's."""
    return Cookie(_name(key), _signer(path).sign(key), path, seconds)


def is_bound(request: HttpRequest, key: str, seconds: int) -> bool:
    """Whether the browser brings the cookie of that launch to this address."""
    try:
        return bool(_signer(request.path).unsign(request.COOKIES.get(_name(key), ""), max_age=seconds) == key)
    except signing.BadSignature:
        return False


def _name(key: str) -> str:
    return "relay-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def _signer(path: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"lti_bridge.relay.binding:{path}")
