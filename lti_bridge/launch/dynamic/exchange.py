"""The exchange with an LMS: its configuration, our request, its answer, and the rows that come of it."""

import json
import re
from collections.abc import Mapping
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lti_bridge import http, invitations, strict_json
from lti_bridge.errors import RegistrationRefused
from lti_bridge.launch.dynamic.configuration import BY_HAND, Configuration, fetch
from lti_bridge.launch.dynamic.metadata import TOOL, registration_request
from lti_bridge.models import Deployment, Family, Invitation, Lti13Registration, Platform

log = structlog.get_logger(__name__)

_SECONDS = 20.0
_MAX_BYTES = 256 * 1024
_LONGEST_ID = 255
#: What RFC 6749 §A.1 has, without the blank: what looks alike to an LMS's database must be alike here too.
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")
#: What RFC 7591 §3.2.2 and LMSs call their refusals: a word without anything else in it.
_ERROR_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz_")
#: LMSs by the family code that they give.
_FAMILIES = {
    "moodle": Family.MOODLE,
    "canvas": Family.CANVAS,
    "blackboard": Family.BLACKBOARD,
    "blackboardlearn": Family.BLACKBOARD,
    "brightspace": Family.BRIGHTSPACE,
    "desire2learn": Family.BRIGHTSPACE,
    "d2l": Family.BRIGHTSPACE,
    "sakai": Family.SAKAI,
    "sakailms.org": Family.SAKAI,
    "openedx": Family.OPENEDX,
    "schoology": Family.SCHOOLOGY,
}


def register(invitation: Invitation, configuration_url: str, token: str) -> Lti13Registration:
    """Register with the LMS, and keep it as one that waits for approval. ``token`` is used here and kept nowhere.

    Raises ``RegistrationRefused``; the invitation can then be used again, unless somebody else uses it. Until then
    nobody else can: an LMS that answers slowly holds up one request an invitation.
    """
    invitations.use_up(invitation)
    try:
        configuration = fetch(configuration_url, token)
        family = _family(invitation, configuration)
        answer = _ask(configuration, family, token)
        row = _keep(invitation, configuration, family, answer)
    except RegistrationRefused:
        invitations.give_back(invitation)
        raise
    log.info(
        "registered_by_invitation", invitation_id=invitation.pk, platform=row.platform.name, registration_id=row.pk
    )
    return row


def _family(invitation: Invitation, configuration: Configuration) -> str:
    if invitation.family != Family.OTHER:
        return invitation.family
    return _FAMILIES.get(configuration.family_code, Family.OTHER)


def _ask(configuration: Configuration, family: str, token: str) -> Mapping[str, Any]:
    """The LMS's answer to our request (RFC 7591 §3.2.1). Raises ``RegistrationRefused``."""
    body = json.dumps(registration_request(configuration, family)).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = http.post(
            configuration.registration_endpoint, body, headers=headers, deadline=_SECONDS, max_bytes=_MAX_BYTES
        )
    except http.HttpProblem as problem:
        raise RegistrationRefused(
            "registration_unanswered",
            _("The LMS did not answer the request to register."),
            _("Look in your LMS whether it made a registration, remove it there, and try again."),
            detail=problem.code,
        ) from None
    try:
        said = strict_json.read_object(answer.body)
    except ValueError:
        said = {}
    if answer.status not in (200, 201) or not said:
        why = _error_word(said) or f"HTTP {answer.status}"
        raise RegistrationRefused(
            "registration_refused",
            format_lazy(_("The LMS refused the request to register ({why})."), why=why),
            _("Begin again in your LMS: what it gave for this may have expired."),
            detail=f"HTTP {answer.status}",
        )
    return said


def _error_word(said: Mapping[str, Any]) -> str:
    word = said.get("error")
    return word if isinstance(word, str) and len(word) <= 60 and set(word) <= _ERROR_LETTERS else ""


def _keep(
    invitation: Invitation, configuration: Configuration, family: str, answer: Mapping[str, Any]
) -> Lti13Registration:
    client_id = _id(answer.get("client_id"))
    if not _CLIENT_ID.fullmatch(client_id):
        raise RegistrationRefused("registration_incomplete", _("The LMS gave no usable client id."), BY_HAND)
    _refuse_who_we_are_elsewhere(client_id, configuration.issuer)
    tool = answer.get(TOOL)
    deployment_id = _id(tool.get("deployment_id")) if isinstance(tool, dict) else ""
    try:
        with transaction.atomic():
            return _rows(invitation, configuration, family, client_id, deployment_id)
    except IntegrityError:
        # Whoever registered this client first keeps it: a second one could take its courses over.
        raise RegistrationRefused(
            "registered_already",
            _("This LMS is registered here already, with the same client id."),
            _("Ask the administrators of this service to look at that registration."),
            status=409,
        ) from None


def _refuse_who_we_are_elsewhere(client_id: str, issuer: str) -> None:
    """Refuse a client id that we have at another LMS: who gives it could be after that LMS's grades.

    One key says everywhere who we are, and an LMS says itself where tokens are asked for, and for whom our proof is.
    With another one's client id and token endpoint, or audience, it would get that one's tokens, or a proof for it.
    """
    # There are LMSs to which small and capital letters are the same.
    if Lti13Registration.objects.filter(client_id__iexact=client_id).exclude(issuer=issuer).exists():
        raise RegistrationRefused(
            "client_of_another",
            _("The LMS gave a client id that another LMS has given here."),
            _("Ask the administrators of this service to register your LMS by hand."),
            status=409,
        )


def _rows(
    invitation: Invitation, configuration: Configuration, family: str, client_id: str, deployment_id: str
) -> Lti13Registration:
    platform, _made = Platform.objects.get_or_create(name=invitation.platform_name, defaults={"family": family})
    row = Lti13Registration.objects.create(
        platform=platform,
        issuer=configuration.issuer,
        client_id=client_id,
        authorization_endpoint=configuration.authorization_endpoint,
        token_endpoint=configuration.token_endpoint,
        jwks_uri=configuration.jwks_uri,
        token_audience=configuration.audience,
        awaits_approval=True,
    )
    if deployment_id:
        # It counts only once the registration is approved, and is part of what is approved then.
        Deployment.objects.create(registration=row, platform=platform, deployment_id=deployment_id, approved=True)
    invitations.keep_result(invitation, row)
    return row


def _id(value: object) -> str:
    """An id as a string; empty for what cannot be one. Some LMSs write numbers."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= _LONGEST_ID and text.isprintable() else ""
