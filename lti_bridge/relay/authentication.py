"""The second step of a launch of a provider's tool: its authentication request (LTI 1.3 §5.1.1.2, OIDC Core §3.1.2.1).

Nothing is sent to an address that is not registered: before the redirect URI is known to be the tool's, errors stay
here (``LaunchRejected``); after that they go there (:class:`AuthRefused`).
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import LaunchRejected, Text
from lti_bridge.models import AttemptState, ProviderLaunch
from lti_bridge.relay import binding, lti13
from lti_bridge.relay.tools import Registered, find_tool

_LONGEST = 8192
#: As launch keys are made; others need no query.
_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")
_LONGEST_NONCE = 1000


class AuthRefused(Exception):
    """No id_token is given. ``error``: one of OIDC's words; ``reason``: for the log and the description."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(f"{error}: {reason}")
        self.error = error
        self.reason = reason


def fields_of(request: HttpRequest) -> dict[str, str]:
    """The request's parameters. Raises ``LaunchRejected`` when one is given twice, or is none that makes sense."""
    given = request.POST if request.method == "POST" else request.GET
    for name, values in given.lists():
        if len(values) > 1 or any(len(text) > _LONGEST or "\x00" in text for text in (name, *values)):
            raise _rejected("bad_auth_request", _("The test's request could not be understood."), status=400)
    return {name: values[0] for name, values in given.lists()}


def tool_of(fields: Mapping[str, str]) -> Registered:
    """Whose request it is. Raises ``LaunchRejected`` unless the tool is known and the answer may go where it says."""
    registered = find_tool(fields.get("client_id", ""))
    if registered is None:
        raise _rejected("unknown_tool", _("The site that asked for your sign-in is not known here."))
    if fields.get("redirect_uri", "") not in registered.tool.redirect_uris:
        raise _rejected(
            "unknown_redirect_uri",
            _("The site that asked for your sign-in may not have the answer sent there."),
            detail=f"account {registered.account.name}",
        )
    return registered


def launch_of(request: HttpRequest, fields: Mapping[str, str], registered: Registered) -> ProviderLaunch:
    """The launch that an authentication request goes on with. Raises :class:`AuthRefused`."""
    _check_form(fields)
    launch = _find(fields.get("lti_message_hint", ""), registered)
    if not binding.is_bound(request, launch.key, lti13.LIFETIME):
        # A log-in form would be no use: who sits at this browser, the LMS knows and not we.
        raise AuthRefused("login_required", "this launch was begun in another browser, or cookies are blocked")
    if not constant_time_compare(fields.get("login_hint", ""), lti13.subject(launch)):
        raise AuthRefused("access_denied", "login_hint names another person than the launch")
    if (gone := _right_lost(launch)) is not None:
        raise AuthRefused("access_denied", gone)
    return launch


def use(launch: ProviderLaunch) -> None:
    """Mark a launch as used, in one update. Raises :class:`AuthRefused` when it was already."""
    now = timezone.now()
    if ProviderLaunch.objects.filter(pk=launch.pk, used_at=None).update(used_at=now) != 1:
        raise AuthRefused("invalid_request", "lti_message_hint was used before")
    launch.used_at = now


def _check_form(fields: Mapping[str, str]) -> None:
    """What OIDC asks of every request that LTI makes."""
    if fields.get("response_type") != "id_token":
        raise AuthRefused("unsupported_response_type", "response_type must be id_token")
    if "openid" not in fields.get("scope", "").split():
        raise AuthRefused("invalid_scope", "scope must contain openid")
    if fields.get("response_mode") != "form_post":
        raise AuthRefused("invalid_request", "response_mode must be form_post")
    if fields.get("prompt") != "none":
        raise AuthRefused("invalid_request", "prompt must be none")
    if not 0 < len(fields.get("nonce", "").strip()) <= _LONGEST_NONCE:
        raise AuthRefused("invalid_request", f"nonce must be a text of at most {_LONGEST_NONCE} characters")


def _find(key: str, registered: Registered) -> ProviderLaunch:
    rows = ProviderLaunch.objects.select_related(
        *("learner", "attempt", "activity__account", "resource_link__context")
    ).filter(account=registered.account)
    launch = rows.filter(key=key).first() if _KEY.fullmatch(key) else None
    if launch is None:
        raise AuthRefused("invalid_request", "lti_message_hint is not known")
    if launch.created_at <= timezone.now() - timedelta(seconds=lti13.LIFETIME):
        raise AuthRefused("invalid_request", "the launch has expired: open the link again")
    if launch.used_at is not None:
        raise AuthRefused("invalid_request", "lti_message_hint was used before")
    return launch


def _right_lost(launch: ProviderLaunch) -> str | None:
    """What was taken away since the launch began (SEC-S11); the account is looked at with its tool."""
    if launch.activity is not None and not (launch.activity.enabled and launch.activity.account.enabled):
        return "the activity was switched off"
    if launch.attempt is not None and launch.attempt.state == AttemptState.CANCELLED:
        return "the attempt was cancelled"
    return None


def _rejected(code: str, sentence: Text, *, detail: str = "", status: int = 403) -> LaunchRejected:
    advice = _("Open the link again from your course. If it happens again, tell support the reference below.")
    return LaunchRejected(code, sentence, advice, detail=detail, status=status)
