"""Which browser a login was begun in. Without this, anybody could have somebody else's browser end a login of theirs.

The browser gets a *proof*: a text that only we can make, for one login. A cookie keeps it; where a browser keeps no
cookie for a frame, the platform's own window may (LTI platform storage), and a page of ours asks it there.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from lti_bridge.launch.cookies import set_cookie
from lti_bridge.launch.state import LIFETIME, State, key_of

#: The field in which our page brings what the platform kept.
FIELD = "kept_by_platform"


def proof_of(state: State) -> str:
    """What only the browser of this login has."""
    return _signer().sign(key_of(state.nonce))


def storage_key_of(state: State) -> str:
    """The name under which the platform keeps the proof."""
    return f"lti_state_{key_of(state.nonce)}"


def remember(response: HttpResponse, state: State) -> None:
    """Have the browser keep the proof in a cookie of this login's own: two tabs do not disturb each other."""
    set_cookie(response, _cookie_name(key_of(state.nonce)), proof_of(state), seconds=LIFETIME, path="/")


def forget(response: HttpResponse, nonce: str) -> None:
    """Take the cookie of a login away when it has ended: many launches in a row must not fill a browser's jar."""
    set_cookie(response, _cookie_name(key_of(nonce)), "", seconds=0, path="/")


def has_cookie(request: HttpRequest, state: State) -> bool:
    """Whether this browser began the login, as its cookie says."""
    return is_proof(state, request.COOKIES.get(_cookie_name(key_of(state.nonce)), ""))


def is_proof(state: State, text: str) -> bool:
    """Whether a text is the proof of this login; also with a key of ``SECRET_KEY_FALLBACKS``."""
    try:
        return constant_time_compare(_signer().unsign(text), key_of(state.nonce))
    except signing.BadSignature:
        return False


def is_from_our_page(request: HttpRequest) -> bool:
    """Whether a page of ours made this post, as the browser says.

    A proof in a form counts only then: a stranger could have a browser post his own one.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    return site == "same-origin" or (not site and request.headers.get("Origin") == settings.PUBLIC_ORIGIN)


def _signer() -> signing.Signer:
    return signing.Signer(salt="lti_bridge.launch.binding")


def _cookie_name(key: str) -> str:
    # With this prefix browsers take the cookie from us alone, not from a neighbour under the same domain.
    prefix = "__Host-" if settings.PUBLIC_ORIGIN.startswith("https:") else ""
    return f"{prefix}login-{key[:16]}"
