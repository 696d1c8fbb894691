"""What we tell an LMS of ourselves (LTI Dynamic Registration 1.0 §3.5): the JSON of the registration request."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from lti_bridge.launch import our_tool
from lti_bridge.launch.dynamic.configuration import Configuration
from lti_bridge.models import Family

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_CANVAS = "https://canvas.instructure.com/lti/"
#: Where a teacher chooses content, as LMSs call it.
_CHOOSING = ("ContentArea", *our_tool.CANVAS_PLACEMENTS)
#: Asked for only where the LMS says that it sends them: some refuse a registration over a message they do not know.
_OPTIONAL = (our_tool.CHOICE, our_tool.REVIEW, our_tool.PRIVACY)


def registration_request(configuration: Configuration, family: str) -> dict[str, Any]:
    """The request that registers us at this LMS. ``family``: one of ``Family``."""
    ours = our_tool.addresses()
    request = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": ours.login,
        "redirect_uris": [ours.launch],
        "client_name": our_tool.NAME,
        "client_uri": settings.BASE_URL,
        "logo_uri": ours.logo,
        "jwks_uri": ours.key_set,
        "token_endpoint_auth_method": "private_key_jwt",
        "id_token_signed_response_alg": "RS256",
        "scope": " ".join(_scopes(configuration)),
        TOOL: _tool(ours, configuration, family),
    }
    if "@" in settings.SUPPORT_CONTACT and " " not in settings.SUPPORT_CONTACT:
        request["contacts"] = [settings.SUPPORT_CONTACT]
    return request


def _tool(ours: our_tool.Addresses, configuration: Configuration, family: str) -> dict[str, Any]:
    tool: dict[str, Any] = {
        "domain": ours.host,
        "description": our_tool.DESCRIPTION,
        "target_link_uri": ours.launch,
        "custom_parameters": our_tool.CUSTOM,
        "claims": list(our_tool.CLAIMS),
        "messages": _messages(ours, configuration, family),
    }
    if family == Family.CANVAS:
        tool |= {f"{_CANVAS}privacy_level": "public", f"{_CANVAS}tool_id": "lti_bridge"}
    return tool


def _scopes(configuration: Configuration) -> list[str]:
    """What of ours the LMS knows; all of it where it lists none of ours. Sakai refuses all for one it does not know."""
    known = [scope for scope in our_tool.SCOPES if scope in configuration.scopes]
    return known or list(our_tool.SCOPES)


def _messages(ours: our_tool.Addresses, configuration: Configuration, family: str) -> list[dict[str, Any]]:
    types = (our_tool.LAUNCH, *(each for each in _OPTIONAL if each in configuration.messages))
    messages = []
    for each in types:
        message: dict[str, Any] = {
            "type": each,
            "target_link_uri": ours.launch,
            "label": our_tool.NAME,
            "icon_uri": ours.logo,
        }
        if each == our_tool.CHOICE:
            message["placements"] = _choosing(configuration.messages[each], family)
        messages.append(message)
    return messages


def _choosing(offered: Sequence[str], family: str) -> list[str]:
    """Where teachers choose content, spelt as this LMS spells it: Canvas may put an address before its names."""
    if offered:
        return [place for place in offered if place.removeprefix(_CANVAS) in _CHOOSING]
    if family == Family.CANVAS:
        return [f"{_CANVAS}{place}" for place in our_tool.CANVAS_PLACEMENTS]
    return [_CHOOSING[0]]
