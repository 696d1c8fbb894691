"""The LTI 1.1.2 launch in two steps, which ties a launch to one browser.

First the LMS posts a signed launch without a person, and says where to go on: we give the browser a cookie and send it
there. Then the LMS, which now knows who sits at that browser, posts the real launch with the state we gave.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare

from lti_bridge.launch.addresses import split_web_address, with_parameters
from lti_bridge.launch.cookies import set_cookie
from lti_bridge.models import Lti11Registration

#: Seconds from the first step to the second.
LIFETIME = 300


@dataclass(frozen=True, slots=True)
class Relaunch:
    """The first step is done: the browser goes to ``url``, and keeps ``tool_state``."""

    url: str
    tool_state: str


def is_asked(fields: Mapping[str, str]) -> bool:
    """Whether this is the first step."""
    return bool(fields.get("relaunch_url", "").strip()) and not fields.get("tool_state", "").strip()


def why_not(request: HttpRequest, registration: Lti11Registration, fields: Mapping[str, str]) -> tuple[str, str]:
    """The reason code that stops either step, and what it is about; both empty for other launches too."""
    if is_asked(fields):
        parts = split_web_address(fields["relaunch_url"])
        if parts is None or parts.hostname not in registration.service_hosts:
            return "relaunch_not_allowed", "relaunch_url"
        return ("", "") if fields.get("platform_state", "").strip() else ("relaunch_incomplete", "platform_state")
    state = fields.get("tool_state", "").strip()
    if state and not _is_of_this_browser(request, registration, state):
        return "other_browser", "tool_state"
    return "", ""


def begin(registration: Lti11Registration, fields: Mapping[str, str]) -> Relaunch:
    """Where the browser goes on, from a first step that :func:`why_not` has nothing against."""
    state = _signer(registration).sign(secrets.token_urlsafe(24))
    url = with_parameters(fields["relaunch_url"].strip(), platform_state=fields["platform_state"], tool_state=state)
    return Relaunch(url, state)


def go_on(request: HttpRequest, relaunch: Relaunch) -> HttpResponse:
    """Send the browser to the LMS with a cookie that only the second step, in this browser, brings back."""
    response = HttpResponseRedirect(relaunch.url, status=303)
    response["Cache-Control"] = "no-store"
    name = _cookie_name(relaunch.tool_state)
    set_cookie(response, name, relaunch.tool_state, seconds=LIFETIME, path=request.path)
    return response


def _is_of_this_browser(request: HttpRequest, registration: Lti11Registration, state: str) -> bool:
    try:
        _signer(registration).unsign(state, max_age=LIFETIME)
    except signing.BadSignature:
        return False
    return constant_time_compare(request.COOKIES.get(_cookie_name(state), ""), state)


def _signer(registration: Lti11Registration) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"lti_bridge.launch.relaunch:{registration.pk}")


def _cookie_name(state: str) -> str:
    """One cookie for each launch, so that two tabs do not disturb each other."""
    return "relaunch-" + hashlib.sha256(state.encode()).hexdigest()[:16]
