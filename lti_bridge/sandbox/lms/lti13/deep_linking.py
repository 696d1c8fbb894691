"""What comes back from deep linking: checked, then made into links of the course."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from lti_bridge.sandbox import signed
from lti_bridge.sandbox.lms.items import NotAccepted
from lti_bridge.sandbox.lms.lti13 import items
from lti_bridge.sandbox.lms.lti13.agreement import issuer
from lti_bridge.sandbox.lms.lti13.claims import data_of, deep_linking_settings
from lti_bridge.sandbox.lms.people import Session
from lti_bridge.sandbox.lti13 import CLAIM, DEEP_LINKING, DEEP_LINKING_RESPONSE, DL_CLAIM
from lti_bridge.sandbox.models import CourseLink, Lti13Launch, Lti13Tool, UsedNonce

_LONGEST_MESSAGE = 1000


def make_links(launch_key: str, token: str, session: Session | None, manner: str) -> tuple[list[CourseLink], str]:
    """The new links and the tool's message. Raises ``NotAccepted``; then no link was made.

    ``launch_key``: what the return address says. ``session``: who is logged in at the browser that brought the answer.
    """
    launch = Lti13Launch.objects.select_related("tool").filter(key=launch_key, message=DEEP_LINKING).first()
    if launch is None or launch.used_at is None:
        raise NotAccepted("Nobody here asked for this selection.")
    if session is None or session.key != launch.session_key:
        raise NotAccepted("Somebody else asked for this selection, or you were logged out meanwhile.")
    claims = _believed(token, launch)
    sent = data_of(launch) if "data" in deep_linking_settings(launch, manner) else None
    if claims.get(f"{DL_CLAIM}data") != sent:
        raise NotAccepted("The tool did not bring data back as it was sent.")
    made = items.read_items(claims.get(f"{DL_CLAIM}content_items", []), launch.tool)
    with transaction.atomic():
        if not Lti13Launch.objects.filter(pk=launch.pk, answered_at=None).update(answered_at=timezone.now()):
            raise NotAccepted("This selection was answered before.")
        for each in made:
            each.save()
    said = claims.get(f"{DL_CLAIM}errormsg") or claims.get(f"{DL_CLAIM}msg") or ""
    return [each.link for each in made], str(said)[:_LONGEST_MESSAGE]


def _believed(token: str, launch: Lti13Launch) -> dict[str, Any]:
    """The claims of an answer that the tool signed, for us and for the first time."""
    tool: Lti13Tool = launch.tool
    try:
        claims = signed.believe(token, tool.jwks_uri)
    except signed.NotBelieved as problem:
        raise NotAccepted(f"The answer is not accepted: {problem}") from problem
    audience = claims.get("aud")
    expected = {
        "iss": claims.get("iss") == tool.client_id,
        "aud": issuer() in (audience if isinstance(audience, list) else [audience]),
        "message_type": claims.get(f"{CLAIM}message_type") == DEEP_LINKING_RESPONSE,
        "version": claims.get(f"{CLAIM}version") == "1.3.0",
        "deployment_id": claims.get(f"{CLAIM}deployment_id") == tool.deployment_id,
        "nonce": isinstance(claims.get("nonce"), str) and UsedNonce.use("lms", str(claims["nonce"])[:255]),
    }
    wrong = [name for name, fits in expected.items() if not fits]
    if wrong:
        raise NotAccepted(f"The answer is not accepted: {', '.join(wrong)} is not what it must be.")
    return claims
