"""Access tokens: what the pretend LMS's token endpoint makes of a client assertion (Security Framework 1.0 §4.1)."""

from datetime import timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from lti_bridge import jose
from lti_bridge.sandbox import signed
from lti_bridge.sandbox.lti13 import ASSERTION_TYPE, SCOPES
from lti_bridge.sandbox.models import AccessToken, Lti13Tool

SECONDS = 3600


class NotGranted(Exception):
    """Why there is no token, in OAuth's words."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def grant(fields: QueryDict) -> dict[str, Any]:
    """A token for the scopes that are known among those asked for. Raises :class:`NotGranted`.

    As with Moodle, neither the audience of the assertion nor a ``jti`` that was used before is looked at.
    """
    if fields.get("grant_type") != "client_credentials":
        raise NotGranted("unsupported_grant_type")
    if fields.get("client_assertion_type") != ASSERTION_TYPE:
        raise NotGranted("invalid_request")
    tool = _believed(fields.get("client_assertion", ""))
    scopes = [scope for scope in SCOPES if scope in fields.get("scope", "").split()]
    if not scopes:
        raise NotGranted("invalid_scope")
    token = AccessToken.objects.create(tool=tool, scopes=scopes, expires_at=timezone.now() + timedelta(seconds=SECONDS))
    return {"access_token": token.token, "token_type": "Bearer", "expires_in": SECONDS, "scope": " ".join(scopes)}


def _believed(assertion: str) -> Lti13Tool:
    try:
        claims = jose.unverified_claims(assertion)
        tool = Lti13Tool.objects.filter(client_id=str(claims.get("sub"))).first()
        if tool is None or claims.get("iss") != claims.get("sub"):
            raise NotGranted("invalid_client")
        signed.believe(assertion, tool.jwks_uri)
    except (jose.TokenProblem, signed.NotBelieved) as problem:
        raise NotGranted("invalid_client", str(problem)) from problem
    return tool
