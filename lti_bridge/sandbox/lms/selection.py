"""What comes back from choosing content: checked, then made into links of the course."""

import json
import time
from typing import Any

from lti_bridge import oauth1
from lti_bridge.sandbox.addresses import bridge_url, lms_url
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms.people import person_of
from lti_bridge.sandbox.models import CourseLink, UsedNonce
from lti_bridge.sandbox.models.course import Target


class NotAccepted(Exception):
    """Why a selection makes no links. The message is for the page."""


def make_links(body: bytes) -> tuple[list[CourseLink], str]:
    """The new links and the tool's message. Raises :class:`NotAccepted`."""
    fields = _checked(body)
    if fields.get("lti_message_type") != "ContentItemSelection":
        raise NotAccepted("The message is not a ContentItemSelection.")
    person = person_of(fields.get("data", ""))
    if person is None or not person.teaches:
        raise NotAccepted("Nobody here asked for this selection: data is not what was sent.")
    said = fields.get("lti_errormsg") or fields.get("lti_msg", "")
    return [_make_link(item) for item in _items(fields.get("content_items", ""))], said


def _checked(body: bytes) -> dict[str, str]:
    try:
        form = oauth1.read_form(body, "")
        secrets = [shared_secret(LMS_KEY)] if form.oauth.key == LMS_KEY else []
        oauth1.check_form(form, lms_url("sandbox-lms-selected"), secrets)
        oauth1.check_timestamp(form.oauth.timestamp, time.time())
    except oauth1.SignatureProblem as problem:
        raise NotAccepted(f"The signature is not accepted: {problem.message}") from problem
    if not UsedNonce.use("lms", form.oauth.nonce):
        raise NotAccepted("This selection was sent before.")
    return form.fields


def _items(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    try:
        items = json.loads(text)["@graph"]
        return [item for item in items if item["@type"] == "LtiLinkItem"]
    except (ValueError, TypeError, KeyError) as error:
        raise NotAccepted("content_items cannot be read.") from error


def _make_link(item: dict[str, Any]) -> CourseLink:
    target = item.get("placementAdvice", {}).get("presentationDocumentTarget", "")
    return CourseLink.objects.create(
        title=item.get("title", "") or "Untitled",
        url=item.get("url", "") or bridge_url("lti11-launch"),
        custom={name: str(value) for name, value in item.get("custom", {}).items()},
        target=Target.FRAME if target == "iframe" else Target.WINDOW,
        graded="lineItem" in item,
        chosen=True,
    )
