"""An LTI 1.3 launch at a pretend provider: the log-in it begins, and the id_token that comes of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from lti_bridge.sandbox import signed
from lti_bridge.sandbox.lti13 import AGS_CLAIM, CLAIM, OUTCOME_CLAIM, RESOURCE_LINK, bridge_address, bridge_issuer
from lti_bridge.sandbox.models import ToolLogin
from lti_bridge.sandbox.signed import NotBelieved
from lti_bridge.sandbox.tool13.registration import Tool

_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the result of a launch goes: what the newest id_token says. Empty texts: nowhere."""

    client_id: str
    user_id: str
    line_item_url: str = ""
    outcome_service_url: str = ""
    result_sourcedid: str = ""


@dataclass(frozen=True, slots=True)
class Launched:
    """A launch that is believed."""

    claims: Mapping[str, Any]
    custom: Mapping[str, str]
    destination: Destination

    def text(self, claim: str, member: str) -> str:
        """A text inside one of LTI's own claims; empty where there is none."""
        value = self.claims.get(f"{CLAIM}{claim}")
        return str(value.get(member, "")) if isinstance(value, dict) else ""


def is_login(fields: Mapping[str, str]) -> bool:
    """Whether a form is a login initiation."""
    return "login_hint" in fields and "iss" in fields


def begin(tool: Tool, fields: Mapping[str, str]) -> str:
    """The address at the bridge that the browser goes to next. Raises ``NotBelieved`` for a log-in that is not ours."""
    if fields["iss"] != bridge_issuer() or fields.get("client_id", tool.client_id) != tool.client_id:
        raise NotBelieved("This platform is not registered here.")
    if fields.get("target_link_uri") != tool.url:
        raise NotBelieved("target_link_uri is not an address of this tool.")
    login = ToolLogin.objects.create(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        client_id=tool.client_id,
        target_link_uri=fields["target_link_uri"],
    )
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": tool.client_id,
        "redirect_uri": tool.url,
        "login_hint": fields["login_hint"],
        "state": login.state,
        "nonce": login.nonce,
    }
    if "lti_message_hint" in fields:
        asked["lti_message_hint"] = fields["lti_message_hint"]
    return f"{bridge_address('relay/1.3/auth')}?{urlencode(asked)}"


def believe(tool: Tool, fields: Mapping[str, str]) -> Launched:
    """The launch that came of a log-in. Raises ``NotBelieved``."""
    login = _used_up(tool, fields.get("state", ""))
    if "error" in fields:
        raise NotBelieved(f"The platform says {fields['error']}: {fields.get('error_description', '')}"[:300])
    claims = signed.believe(fields.get("id_token", ""), bridge_address("relay/1.3/jwks.json"))
    expected = {
        "iss": claims.get("iss") == bridge_issuer(),
        "aud": claims.get("aud") in (tool.client_id, [tool.client_id]),
        "nonce": claims.get("nonce") == login.nonce,
        "sub": isinstance(claims.get("sub"), str) and bool(claims["sub"]),
        "version": claims.get(f"{CLAIM}version") == "1.3.0",
        "message_type": claims.get(f"{CLAIM}message_type") == RESOURCE_LINK,
        "deployment_id": claims.get(f"{CLAIM}deployment_id") == tool.deployment_id,
        "target_link_uri": claims.get(f"{CLAIM}target_link_uri") == login.target_link_uri,
        "resource_link": isinstance(claims.get(f"{CLAIM}resource_link"), dict),
        "roles": isinstance(claims.get(f"{CLAIM}roles"), list),
    }
    wrong = [name for name, fits in expected.items() if not fits]
    if wrong:
        raise NotBelieved(f"This id_token is not accepted: {', '.join(wrong)}.")
    custom = claims.get(f"{CLAIM}custom") or {}
    return Launched(claims, {name: str(value) for name, value in custom.items()}, _destination(tool, claims))


def _used_up(tool: Tool, state: str) -> ToolLogin:
    since = timezone.now() - timedelta(seconds=_SECONDS)
    login = ToolLogin.objects.filter(state=state, client_id=tool.client_id, created_at__gt=since).first()
    if login is None or not ToolLogin.objects.filter(pk=login.pk, used_at=None).update(used_at=timezone.now()):
        raise NotBelieved("state is not what was sent, too old, or was used before.")
    return login


def _destination(tool: Tool, claims: Mapping[str, Any]) -> Destination:
    grades, outcome = claims.get(AGS_CLAIM) or {}, claims.get(OUTCOME_CLAIM) or {}
    return Destination(
        client_id=tool.client_id,
        user_id=claims["sub"],
        line_item_url=grades.get("lineitem", ""),
        outcome_service_url=outcome.get("lis_outcome_service_url", ""),
        result_sourcedid=outcome.get("lis_result_sourcedid", ""),
    )
