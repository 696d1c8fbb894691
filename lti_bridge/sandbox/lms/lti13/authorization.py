"""The authorization endpoint's part of a launch: the request is checked, and the id_token made (OIDC Core §3.1.2)."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from lti_bridge.sandbox import signed
from lti_bridge.sandbox.faults import OPENEDX, Faults
from lti_bridge.sandbox.lms.lti13.agreement import PARTY, issuer, key_generation
from lti_bridge.sandbox.lms.lti13.beginning import key_of
from lti_bridge.sandbox.lms.lti13.claims import claims_of
from lti_bridge.sandbox.lms.people import Session
from lti_bridge.sandbox.models import Lti13Launch, Lti13Tool

#: Seconds; Moodle's are as few.
LIFETIME = 60
_EXPECTED = (
    ("response_type", "id_token", "unsupported_response_type"),
    ("response_mode", "form_post", "invalid_request"),
    ("prompt", "none", "invalid_request"),
)


class NoRedirect(Exception):
    """A request that is answered with a page of ours, because it does not say where we may send anybody."""


class AuthorizationError(Exception):
    """A request that is answered with an error, posted to the tool."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def client_of(request: Mapping[str, str]) -> Lti13Tool:
    """The tool that asks, and may be answered at its ``redirect_uri``. Raises :class:`NoRedirect`."""
    tool = Lti13Tool.objects.filter(client_id=request.get("client_id", "")).first()
    if tool is None:
        raise NoRedirect("No tool has this client_id.")
    if request.get("redirect_uri") not in tool.redirect_uris:
        raise NoRedirect("This redirect_uri is not registered.")
    return tool


def check(request: Mapping[str, str]) -> None:
    """Raise :class:`AuthorizationError` for a request that is not LTI's, whoever sent it."""
    if "openid" not in request.get("scope", "").split():
        raise AuthorizationError("invalid_scope", "scope must be openid")
    for name, value, error in _EXPECTED:
        if request.get(name) != value:
            raise AuthorizationError(error, f"{name} must be {value}")
    if not request.get("nonce"):
        raise AuthorizationError("invalid_request", "nonce is missing")


def answer(request: Mapping[str, str], tool: Lti13Tool, session: Session | None, faults: Faults) -> str:
    """The id_token. Raises :class:`AuthorizationError`."""
    if session is None:
        raise AuthorizationError("login_required", "nobody is logged in in this browser")
    launch = Lti13Launch.objects.filter(key=key_of(request.get("lti_message_hint", "")), tool=tool).first()
    if launch is None:
        raise AuthorizationError("invalid_request", "lti_message_hint is not what was sent")
    is_theirs = (launch.username, launch.session_key) == (session.person.username, session.key)
    if not is_theirs or request.get("login_hint") != session.person.user_id:
        raise AuthorizationError("access_denied", "somebody else is logged in")
    is_first = Lti13Launch.objects.filter(pk=launch.pk, used_at=None).update(used_at=timezone.now()) == 1
    # Moodle and Canvas forget a launch when it is used; Open edX keeps it.
    if not is_first and faults.manner != OPENEDX:
        raise AuthorizationError("invalid_request", "this launch was used before")
    return _id_token(launch, request["nonce"], faults)


def _id_token(launch: Lti13Launch, nonce: str, faults: Faults) -> str:
    now = int(time.time() + faults["lms_clock_skew"]) - (3600 if faults.strikes("lms_token_expired") else 0)
    claims: dict[str, Any] = {
        "nonce": secrets.token_hex(8) if faults.strikes("lms_wrong_nonce") else nonce,
        "iat": now,
        "exp": now + LIFETIME,
        "iss": issuer(),
        "aud": "somebody-else" if faults.strikes("lms_wrong_audience") else launch.tool.client_id,
    }
    return signed.sign(PARTY, claims | claims_of(launch, faults.manner), generation=key_generation(faults))
