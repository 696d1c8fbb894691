"""Verify an LTI 1.1 message: from a browser's request to a ``Launch``, in this order.

1. a form post of at most 256 KiB, no parameter twice; 2. the key, the signature method, the signature; 3. the time;
4. what the message says; 5. the nonce, used up by inserting the launch record. The insert comes before any refusal of
step 4 is told and before anything the message says is acted on, so a replay is a replay whatever it says.
"""

import re
import time
from dataclasses import replace

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils import timezone

from lti_bridge import oauth1
from lti_bridge.known import look_up, lti11_registration
from lti_bridge.launch import outcomes, parameters, relaunch, selection
from lti_bridge.launch.addresses import frame_origins, web_address
from lti_bridge.launch.launch import Launch, Message, OutcomeAddress
from lti_bridge.launch.parameters import Fields
from lti_bridge.launch.reading import read_launch
from lti_bridge.launch.refusals import refuse, refuse_problem
from lti_bridge.launch.relaunch import Relaunch
from lti_bridge.launch.roles import read_roles
from lti_bridge.launch.roles import why_not as why_not_these_roles
from lti_bridge.launch.selection import RefusedSelection
from lti_bridge.models import LaunchRecord, Lti11Registration
from lti_bridge.reference import reference

_LARGEST = 256 * 1024
_FORM = "application/x-www-form-urlencoded"
_SIZE = re.compile(r"[0-9]{1,9}")


def verify(request: HttpRequest) -> Launch | Relaunch | RefusedSelection:
    """The launch that a request makes, or the way back to an LMS that launches in two steps or gets a signed refusal.

    Reads the registration and inserts the launch record, refused or not; nothing else is written, but the gradebook
    host of a registration's first launch. Raises ``LaunchRejected``, with ``return_url`` only when the signature held.
    """
    form = _read(request)
    registration = _believe(request, form)
    code, detail = _complaint(request, registration, form.fields)
    record = _new_record(form, registration, refused=code)
    if code:
        return _refused(request, record, registration, form.fields, detail)
    if relaunch.is_asked(form.fields):
        _use_nonce(record, registration)
        return relaunch.begin(registration, form.fields)
    launch = read_launch(record, registration, form.fields, origin=request.META.get("HTTP_ORIGIN", ""))
    # Read before the record is written, so that it can be written whole, once.
    known = look_up(launch.platform, launch.course, launch.link, launch.person)
    record.learner, record.resource_link = known.learner, known.link
    _use_nonce(record, registration)
    if isinstance(launch.address, OutcomeAddress) and (strange := outcomes.learn_host(registration, launch.address)):
        record.details["address_refused"] = strange
        record.save(update_fields=["details"])
        return replace(launch, known=known, address=None)
    return replace(launch, known=known)


def _read(request: HttpRequest) -> oauth1.SignedForm:
    """The request as a form, not yet believed. ``request.POST`` is not used: it forgets what was sent twice."""
    if request.method != "POST":
        raise refuse("not_a_post")
    if request.content_type != _FORM:
        raise refuse("not_a_form")
    if not _SIZE.fullmatch(size := request.META.get("CONTENT_LENGTH") or "0") or int(size) > _LARGEST:
        raise refuse("too_large")
    try:
        return oauth1.read_form(request.body, request.META.get("QUERY_STRING", ""))
    except oauth1.SignatureProblem as problem:
        raise refuse_problem(problem) from None


def _believe(request: HttpRequest, form: oauth1.SignedForm) -> Lti11Registration:
    """The registration whose secret signed the form, just now, for our public address."""
    registration = _find(form.oauth.key)
    doubt = _doubt(registration, form.oauth.method)
    url = settings.PUBLIC_ORIGIN + request.path
    try:
        # In doubt there is no secret, and as much work: neither the answer nor its time tells which keys exist.
        oauth1.check_form(form, url, [] if doubt else registration.live_secrets, methods=oauth1.METHODS)
        oauth1.check_timestamp(form.oauth.timestamp, time.time(), settings.LAUNCH_WINDOW)
    except oauth1.SignatureProblem as problem:
        raise refuse_problem(problem, reason=doubt, key=form.oauth.key) from None
    return registration


def _find(key: str) -> Lti11Registration:
    """The registration of a key; a new one, never saved, when there is none."""
    return lti11_registration(key) or Lti11Registration()


def _doubt(registration: Lti11Registration, method: str) -> str:
    if not registration.consumer_key:
        return "unknown_key"
    if not registration.enabled:
        return "disabled_key"
    return "" if method == registration.signature_method else "method_not_allowed"


def _complaint(request: HttpRequest, registration: Lti11Registration, fields: Fields) -> tuple[str, str]:
    """The reason code that a believed message is refused with, and what it is about; both empty for a good one."""
    message = parameters.MESSAGES.get(fields.get("lti_message_type", ""))
    if fields.get("lti_version") != "LTI-1p0":
        return "wrong_version", "lti_version"
    if message is None:
        return "wrong_message_type", "lti_message_type"
    if too_long := parameters.ids_too_long(fields):
        return "id_too_long", too_long
    code, detail = relaunch.why_not(request, registration, fields)
    if code or relaunch.is_asked(fields):
        return code, detail
    if message is Message.RESOURCE_LINK and not parameters.told(fields, "resource_link_id"):
        return "no_resource_link", "resource_link_id"
    if not parameters.told(fields, "user_id"):
        return "no_user", "user_id"
    if code := why_not_these_roles(message, read_roles(fields.get("roles", ""))):
        return code, "roles"
    return selection.why_not(fields) if message is Message.SELECTION else ("", "")


def _refused(
    request: HttpRequest, record: LaunchRecord, registration: Lti11Registration, fields: Fields, detail: str
) -> RefusedSelection:
    """The refusal of a believed message. Raises it, unless the LMS waits for a signed answer."""
    answerable = selection.can_be_answered(fields)
    if answerable:
        origins = frame_origins([fields["content_item_return_url"], request.META.get("HTTP_ORIGIN", "")])
        record.details = {"locale": parameters.read_locale(fields), "origins": origins}
    _use_nonce(record, registration)
    back = web_address(fields.get("launch_presentation_return_url", ""))
    refusal = refuse(record.refused, key=registration.consumer_key, detail=detail, return_url=back)
    if answerable:
        return RefusedSelection(record, selection.read_selection(fields), refusal)
    raise refusal


def _new_record(form: oauth1.SignedForm, registration: Lti11Registration, *, refused: str) -> LaunchRecord:
    return LaunchRecord(
        platform=registration.platform,
        lti11=registration,
        nonce=form.oauth.nonce,
        message_type=form.fields.get("lti_message_type", "")[:60],
        reference=reference(),
        refused=refused,
        received_at=timezone.now(),
    )


def _use_nonce(record: LaunchRecord, registration: Lti11Registration) -> None:
    """Insert the record, in one statement that is committed at once: of two launches with one nonce, one fails here."""
    try:
        record.save(force_insert=True)
    except IntegrityError:
        raise refuse("replayed", key=registration.consumer_key) from None
