"""Which tool asks, and whether its access token allows it."""

import re

from django.http import HttpRequest
from django.utils import timezone

from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.lms.lti13.advantage.answers import Refused, refuse
from lti_bridge.sandbox.models import AccessToken, Lti13Tool


def tool_of(request: HttpRequest, *scopes: str) -> Lti13Tool:
    """The tool whose token came along, good for one of the scopes.

    Raises ``Refused`` with 401 whether the token is missing, ended, or not good for this: Moodle tells no difference.
    """
    found = re.fullmatch(r"Bearer +(\S+)", request.headers.get("Authorization", ""), re.IGNORECASE)
    if Faults().strikes("lms_token_forgotten"):
        raise _unauthorized()
    token = AccessToken.objects.select_related("tool").filter(token=found[1] if found else "").first()
    if token is None or token.expires_at <= timezone.now() or not set(scopes) & set(token.scopes):
        raise _unauthorized()
    return token.tool


def _unauthorized() -> Refused:
    return refuse(401, "Unauthorized", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
