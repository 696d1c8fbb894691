"""Deep Linking 2.0 as a platform: an administrator chooses content at the provider, and it comes back signed.

Both ways belong to one browser and are good once. Nothing is made of a message before its tool, its browser and its
administrator are known (LTI-DL 2.0 §4, Security Framework §5.2).
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from lti_bridge import jose, peer_keys
from lti_bridge.errors import LaunchRejected, Text
from lti_bridge.jose import Claims, TokenProblem
from lti_bridge.models import Account, ProviderLaunch, UsedAssertion
from lti_bridge.peer_keys import KeyProblem
from lti_bridge.providers.actions import Cookie, FormPost, Lti13Tool, Redirect
from lti_bridge.relay import binding, endpoints, lti13
from lti_bridge.relay.json_body import can_be_kept
from lti_bridge.relay.tools import Registered, find_tool

#: Seconds that choosing may take.
LIFETIME = 2 * 3600
ACCEPTED = "ltiResourceLink"
ALGORITHMS = ("RS256",)
_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_SALT = "lti_bridge.relay.deep_linking"
_MOST_ITEMS = 100
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came back. ``told``: the tool's own words for people, not to be trusted as markup."""

    launch: ProviderLaunch
    tool: Lti13Tool
    items: tuple[Any, ...]
    told: tuple[str, ...]


# --- there ----------------------------------------------------------------------------------


def begin(account: Account, tool: Lti13Tool, user_id: int, locale: str = "") -> FormPost | Redirect:
    """Send an administrator to the provider to choose content for an account."""
    subject = salted_hmac(_SALT, f"{account.pk}:{user_id}").hexdigest()[:26]
    row = ProviderLaunch.objects.create(
        account=account,
        details={
            "message": lti13.DEEP_LINKING,
            "target": tool.launch_url or tool.redirect_uris[0],
            "subject": f"s{subject[1:]}",
            "user": user_id,
            "locale": locale,
            "multiple": True,
        },
    )
    return lti13.initiate(row, tool)


def settings_claim(launch: ProviderLaunch) -> dict[str, Any]:
    """What the request says of the content we take, and where it goes (§4.4.1)."""
    return {
        f"{_DL}deep_linking_settings": {
            "deep_link_return_url": endpoints.content_url(),
            "accept_types": [ACCEPTED],
            "accept_presentation_document_targets": ["window"],
            "accept_multiple": bool(launch.details.get("multiple")),
            "accept_lineitem": True,
            "auto_create": False,
            "data": _signer().sign(launch.key),
        }
    }


def return_cookie(launch: ProviderLaunch) -> Cookie | None:
    """What the browser brings along with the chosen content; none for other launches."""
    if launch.details["message"] != lti13.DEEP_LINKING:
        return None
    return binding.cookie_for(launch.key, reverse("relay13-content"), LIFETIME)


# --- and back -------------------------------------------------------------------------------


def receive(request: HttpRequest) -> Chosen:
    """The content that a browser brings from a tool, once. Raises ``LaunchRejected``."""
    tokens = request.POST.getlist("JWT")
    if len(tokens) != 1:
        raise _rejected("no_content_message", status=400)
    registered, claims = _believed(tokens[0])
    _check_message(claims, registered.tool)
    launch = _launch_of(request, claims, registered)
    _use(launch, claims)
    items = claims.get(f"{_DL}content_items") or []
    if not isinstance(items, list) or len(items) > _MOST_ITEMS:
        raise _rejected("bad_content_items", status=400)
    told = (claims.get(f"{_DL}{name}") for name in ("msg", "errormsg"))
    words = tuple(text.strip()[:_LONGEST_TEXT] for text in told if isinstance(text, str) and can_be_kept(text))
    return Chosen(launch, registered.tool, tuple(items), tuple(filter(None, words)))


def _believed(compact: str) -> tuple[Registered, Claims]:
    """Whose message it is, and what it says, when its tool signed it."""
    try:
        token = jose.read(compact, ALGORITHMS)
        issuer = jose.unverified_claims(compact).get("iss")
        registered = find_tool(issuer) if isinstance(issuer, str) else None
        if registered is None:
            raise _rejected("unknown_tool")
        claims = jose.claims_of(token, peer_keys.find(registered.tool.jwks_uri, token.kid))
        jose.check_audience(claims, endpoints.issuer())
        jose.check_times(claims, time.time())
    except (TokenProblem, KeyProblem) as problem:
        raise _rejected(problem.code, detail=problem.message) from None
    return registered, claims


def _check_message(claims: Claims, tool: Lti13Tool) -> None:
    wanted = {
        f"{_CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{_CLAIM}version": "1.3.0",
        f"{_CLAIM}deployment_id": tool.deployment_id,
    }
    for name, value in wanted.items():
        if claims.get(name) != value:
            raise _rejected("wrong_" + name.removeprefix(_CLAIM), status=400)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= 200 or not nonce.isprintable():
        raise _rejected("no_nonce", status=400)


def _launch_of(request: HttpRequest, claims: Claims, registered: Registered) -> ProviderLaunch:
    """The request that a message answers, in the same browser, by somebody who may still do so."""
    data = claims.get(f"{_DL}data")
    try:
        key = _signer().unsign(data if isinstance(data, str) else "", max_age=LIFETIME)
    except signing.BadSignature:
        raise _rejected("wrong_data") from None
    launch = ProviderLaunch.objects.filter(account=registered.account, key=key, used_at__isnull=False).first()
    if launch is None or launch.details.get("message") != lti13.DEEP_LINKING:
        raise _rejected("wrong_data")
    if not binding.is_bound(request, key, LIFETIME):
        raise _rejected("other_browser")
    user = get_user_model().objects.filter(pk=launch.details.get("user"), is_active=True, is_staff=True).first()
    if user is None or not user.has_perm("lti_bridge.add_activity"):
        raise _rejected("not_allowed_any_more")
    return launch


def _use(launch: ProviderLaunch, claims: Claims) -> None:
    """Mark a launch as answered and the message's nonce as used, both or none."""
    now = timezone.now()
    # Later the message is too old by its own time.
    expires = now + timedelta(seconds=jose.MAX_AGE + 2 * jose.LEEWAY)
    try:
        with transaction.atomic():
            nonce = f"content:{claims['nonce']}"
            UsedAssertion.objects.create(account=launch.account, jti=nonce, expires_at=expires)
            if ProviderLaunch.objects.filter(pk=launch.pk, answered_at=None).update(answered_at=now) != 1:
                raise _rejected("answered_before")
    except IntegrityError:
        raise _rejected("nonce_used") from None


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"{_SALT}:data")


def _rejected(code: str, *, detail: str = "", status: int = 403) -> LaunchRejected:
    sentence: Text = _("The content that was chosen at the provider could not be taken.")
    advice: Text = _("Open the account in the administration and choose again.")
    return LaunchRejected(f"content_{code}", sentence, advice, detail=detail, status=status)
