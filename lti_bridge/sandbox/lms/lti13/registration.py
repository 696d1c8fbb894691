"""Dynamic registration: a tool that registers itself at the pretend LMS, with a token that is good once."""

import json
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core import signing

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.lms.lti13.agreement import issuer, token_url
from lti_bridge.sandbox.lti13 import (
    DATA_PRIVACY,
    DEEP_LINKING,
    PLATFORM_CONFIGURATION,
    RESOURCE_LINK,
    SCOPES,
    SUBMISSION_REVIEW,
    TOOL_CONFIGURATION,
)
from lti_bridge.sandbox.models import Lti13Tool, UsedNonce

_SALT = "lti_bridge.sandbox.lms.lti13.registration"
_SECONDS = 3600
_MESSAGES = (RESOURCE_LINK, DEEP_LINKING, SUBMISSION_REVIEW, DATA_PRIVACY)


class NotRegistered(Exception):
    """Why a tool was not registered: HTTP status and a word of RFC 7591."""

    def __init__(self, status: int, error: str, description: str = "") -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


def start_url(tool_url: str) -> str:
    """Where the tool's registration page is opened, with our configuration and a token for one registration."""
    token = signing.dumps(secrets.token_hex(16), salt=_SALT)
    configuration = {"openid_configuration": lms_url("sandbox-lms13-configuration"), "registration_token": token}
    return f"{tool_url}{'&' if urlsplit(tool_url).query else '?'}{urlencode(configuration)}"


def is_token(token: str) -> bool:
    """Whether we gave that registration token, and lately."""
    return _once(token) != ""


def configuration(manner: str) -> dict[str, Any]:
    """What tools may know of this LMS (LTI Dynamic Registration 1.0 §3.3)."""
    return {
        "issuer": issuer(),
        "authorization_endpoint": lms_url("sandbox-lms13-auth"),
        "token_endpoint": token_url(),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": lms_url("sandbox-lms13-keys"),
        "registration_endpoint": lms_url("sandbox-lms13-register"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: {
            "product_family_code": manner,
            "version": "2024100706",
            "messages_supported": [{"type": message} for message in _MESSAGES],
            "variables": ["Context.id.history", "ResourceLink.id.history"],
        },
    }


def register(token: str, body: bytes) -> dict[str, Any]:
    """Register the tool that a document describes; gives the document as it was taken. Raises :class:`NotRegistered`.

    The token is used up, whatever comes of it.
    """
    once = _once(token)
    if not once or not UsedNonce.use("lms-registration", once):
        raise NotRegistered(401, "invalid_token", "The registration token is not ours, too old, or was used before.")
    told = _read(body)
    settings = told.get(TOOL_CONFIGURATION)
    if not isinstance(settings, dict):
        raise NotRegistered(400, "invalid_client_metadata", "There is no LTI tool configuration.")
    uris = told.get("redirect_uris")
    if not isinstance(uris, list) or not uris or not all(map(_is_address, uris)):
        raise NotRegistered(400, "invalid_redirect_uri", "redirect_uris has to be a list of addresses.")
    addresses = {
        "login_url": told.get("initiate_login_uri"),
        "jwks_uri": told.get("jwks_uri"),
        "target_link_uri": settings.get("target_link_uri"),
    }
    wrong = [name for name, address in addresses.items() if not _is_address(address)]
    if wrong or told.get("token_endpoint_auth_method") != "private_key_jwt":
        missing = ", ".join(wrong) or "token_endpoint_auth_method"
        raise NotRegistered(400, "invalid_client_metadata", f"This cannot be used: {missing}.")
    tool = Lti13Tool.objects.create(
        name=str(told.get("client_name", "A tool"))[:200],
        redirect_uris=uris,
        targets=_targets(settings),
        custom=_custom(settings),
        registered_itself=True,
        **addresses,
    )
    taken = told | {"client_id": tool.client_id}
    taken[TOOL_CONFIGURATION] = settings | {"deployment_id": tool.deployment_id}
    return taken


def _once(token: str) -> str:
    try:
        return str(signing.loads(token, salt=_SALT, max_age=_SECONDS))
    except signing.BadSignature:
        return ""


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise NotRegistered(400, "invalid_client_metadata", "This is not a JSON object.")
    return told


def _targets(settings: dict[str, Any]) -> dict[str, str]:
    """Message type → its own target link URI."""
    messages = settings.get("messages")
    found: dict[str, str] = {}
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and _is_address(message.get("target_link_uri")):
            found[str(message.get("type"))] = message["target_link_uri"]
    return found


def _custom(settings: dict[str, Any]) -> dict[str, str]:
    custom = settings.get("custom_parameters")
    return {name: str(value) for name, value in custom.items()} if isinstance(custom, dict) else {}


def _is_address(value: Any) -> bool:
    parts = urlsplit(value if isinstance(value, str) else "")
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(str(value)) <= 2000
