"""What comes back from choosing content: checked, then made into links of the course."""

import time

from django.db import transaction

from lti_bridge import oauth1
from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms.items import NotAccepted, read_items
from lti_bridge.sandbox.lms.people import Session, read_selection_token
from lti_bridge.sandbox.models import CourseLink, UsedNonce

_LONGEST_MESSAGE = 1000


def make_links(body: bytes, session: Session | None) -> tuple[list[CourseLink], str]:
    """The new links and the tool's message. Raises :class:`NotAccepted`; then no link was made.

    ``session``: who is logged in at the browser that brought the message.
    """
    fields = _believed(body)
    if (fields.get("lti_message_type"), fields.get("lti_version")) != ("ContentItemSelection", "LTI-1p0"):
        raise NotAccepted("The message is not a ContentItemSelection of LTI 1.1.")
    _use_token(fields.get("data", ""), session)
    links = read_items(fields.get("content_items", ""))
    with transaction.atomic():
        for link in links:
            link.save()
    said = fields.get("lti_errormsg") or fields.get("lti_msg", "")
    return links, said[:_LONGEST_MESSAGE]


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form, not yet believed. Raises :class:`NotAccepted`."""
    return _read(body).fields


def _read(body: bytes) -> oauth1.SignedForm:
    try:
        return oauth1.read_form(body, "")
    except oauth1.SignatureProblem as problem:
        raise NotAccepted(f"The signature is not accepted: {problem.message}") from problem


def _believed(body: bytes) -> dict[str, str]:
    form = _read(body)
    secrets = [shared_secret(LMS_KEY)] if form.oauth.key == LMS_KEY else []
    try:
        oauth1.check_form(form, lms_url("sandbox-lms-selected"), secrets)
        oauth1.check_timestamp(form.oauth.timestamp, time.time())
    except oauth1.SignatureProblem as problem:
        raise NotAccepted(f"The signature is not accepted: {problem.message}") from problem
    if not UsedNonce.use("lms", form.oauth.nonce):
        raise NotAccepted("This selection was sent before.")
    return form.fields


def _use_token(data: str, session: Session | None) -> None:
    """Use up the token that went out with the request: it belongs to one log-in, and is good once."""
    token = read_selection_token(data)
    if token is None:
        raise NotAccepted("Nobody here asked for this selection: data is not what was sent.")
    if session is None or session.key != token.session_key or not session.person.teaches:
        raise NotAccepted("Somebody else asked for this selection, or you were logged out meanwhile.")
    if not UsedNonce.use("lms-selection", token.once):
        raise NotAccepted("This selection was answered before.")
