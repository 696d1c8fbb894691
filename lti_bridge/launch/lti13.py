"""Verify an LTI 1.3 launch: from a browser's request to a ``Launch``, in this order.

1. a form post of at most 256 KiB with one ``state`` and one ``id_token``; 2. the state: ours, not too old, of this
browser; 3. the token: its algorithm, its key and its signature, by the registration that the *state* names; 4. issuer,
audience, times, nonce; 5. what the message says; 6. the nonce, used up by inserting the launch record.

The insert comes before any refusal of step 5 is told and before anything the message says is acted on, so a replay is a
replay whatever it says. What fails before writes nothing.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import IntegrityError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from lti_bridge import jose, peer_keys
from lti_bridge.errors import LaunchRejected
from lti_bridge.jose import TokenProblem
from lti_bridge.known import look_up
from lti_bridge.launch import binding, deployments, forms
from lti_bridge.launch import state as states
from lti_bridge.launch.addresses import frame_origins
from lti_bridge.launch.claims import read_locale, read_return_url, read_selection
from lti_bridge.launch.complaints import complaint
from lti_bridge.launch.launch import Launch
from lti_bridge.launch.reading13 import read_launch
from lti_bridge.launch.refusals import refuse, refuse_token
from lti_bridge.launch.registrations13 import why_not_live
from lti_bridge.launch.selection import RefusedSelection
from lti_bridge.launch.service_addresses import Services, read_services
from lti_bridge.launch.state import State
from lti_bridge.launch.vocabulary import LTI, Claims, text
from lti_bridge.models import Deployment, LaunchRecord, Lti13Registration
from lti_bridge.peer_keys import KeyProblem
from lti_bridge.reference import reference

_LARGEST = 256 * 1024
_NAMES = frozenset(("state", "id_token", "error", "error_description", binding.FIELD))
#: Refused requests to choose content whose return address was found good: the LMS is told there.
_ANSWERED = ("links_not_accepted",)
_ERROR = re.compile(r"[a-z_]{1,60}")
#: Of what a platform says about its own refusal, so much is shown.
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Unbound:
    """A launch whose browser has not proved yet that its login began there: a page of ours has to find out."""

    state: State
    registration: Lti13Registration
    raw_state: str
    raw_token: str


@dataclass(frozen=True, slots=True)
class Declined:
    """A login that the platform ended without a launch, with an error of OpenID Connect."""

    state: State
    refusal: LaunchRejected


def verify(request: HttpRequest) -> Launch | Unbound | Declined | RefusedSelection:
    """The launch that a request makes, or what stands in place of one.

    Reads registration and deployment and inserts the launch record, refused or not; nothing else is written, but a
    deployment that is seen for the first time and the service host of a registration's first launch. Raises
    ``LaunchRejected``, with ``return_url`` only when the nonce was right.
    """
    if request.method != "POST":
        raise refuse("not_a_post")
    fields = forms.posted(request, _NAMES, most=_LARGEST)
    begun = _login_of(fields)
    if "id_token" not in fields:
        return Declined(begun, _no_token(request, begun, fields))
    if not binding.has_cookie(request, begun) and not _is_kept_by_platform(request, begun, fields):
        return Unbound(begun, _registration(begun), fields["state"], fields["id_token"])
    deployment, registration = _parties(begun, fields["id_token"])
    claims = _believed(registration, fields["id_token"])
    _check_nonce(registration, claims, begun)
    return _launch(request, registration, deployment, claims, begun)


# --- the login and its browser --------------------------------------------------------------


def _login_of(fields: Mapping[str, str]) -> State:
    if not fields.get("state"):
        raise refuse("state_missing")
    try:
        return states.read(fields["state"])
    except states.StateProblem as problem:
        raise refuse(problem.code) from None


def _no_token(request: HttpRequest, begun: State, fields: Mapping[str, str]) -> LaunchRejected:
    """The platform signed nothing, and perhaps says why. Its words are shown only in the browser of that login."""
    error = fields.get("error", "")
    if not error:
        raise refuse("token_missing")
    refusal = refuse("platform_refused", detail=error if _ERROR.fullmatch(error) else "error")
    if binding.has_cookie(request, begun):
        words = " ".join((fields.get("error_description") or error).split())
        said = "".join(each for each in words if each.isprintable())[:_LONGEST_WORDS]
        refusal.advice = gettext("%(advice)s It says: “%(said)s”.") % {"advice": refusal.advice, "said": said}
    return refusal


def _is_kept_by_platform(request: HttpRequest, begun: State, fields: Mapping[str, str]) -> bool:
    """Whether a page of ours found the proof in the platform's window. Raises when it found something else there."""
    kept = fields.get(binding.FIELD)
    if kept is not None and not (binding.is_from_our_page(request) and binding.is_proof(begun, kept)):
        raise refuse("other_browser", detail=binding.FIELD)
    return kept is not None


# --- the registration and its token ---------------------------------------------------------


def _parties(begun: State, compact: str) -> tuple[Deployment | None, Lti13Registration]:
    """The deployment that the launch will turn out to be of, and the registration of its login, in one round trip."""
    deployment = deployments.named(begun.registration_id, begun.deployment_id or _deployment_named_in(compact))
    if deployment is None:
        return None, _registration(begun)
    return deployment, _live(deployment.registration)


def _deployment_named_in(compact: str) -> str:
    """What a token says before it is believed. It only saves a query: believed, the same token says the same."""
    try:
        told = text(jose.unverified_claims(compact), f"{LTI}deployment_id")
    except TokenProblem:
        return ""
    return told if told.isprintable() else ""


def _registration(begun: State) -> Lti13Registration:
    """The registration that a login is of. Raises ``LaunchRejected`` when it is gone, or was switched off since."""
    registration = Lti13Registration.objects.select_related("platform").filter(pk=begun.registration_id).first()
    if registration is None:
        raise refuse("registration_off")
    return _live(registration)


def _live(registration: Lti13Registration) -> Lti13Registration:
    if code := why_not_live(registration):
        raise _refused(code, registration)
    return registration


def _believed(registration: Lti13Registration, compact: str) -> Claims:
    """The claims of a token that this registration's platform signed for us, just now."""
    kid = ""
    try:
        token = jose.read(compact, registration.algorithms)
        kid = token.kid
        claims = jose.claims_of(token, peer_keys.find(registration.jwks_uri, kid))
        if claims.get("iss") != registration.issuer:
            raise TokenProblem("wrong_issuer")
        jose.check_audience(claims, registration.client_id)
        jose.check_times(claims, time.time())
    except (TokenProblem, KeyProblem) as problem:
        raise refuse_token(problem, key=registration.client_id, issuer=registration.issuer, kid=kid) from None
    return claims


def _check_nonce(registration: Lti13Registration, claims: Claims, begun: State) -> None:
    nonce = text(claims, "nonce")
    if not constant_time_compare(nonce.encode(errors="replace"), begun.nonce):
        raise _refused("wrong_nonce" if nonce else "nonce_missing", registration)


def _refused(code: str, registration: Lti13Registration, *, detail: str = "", return_url: str = "") -> LaunchRejected:
    return refuse(code, key=registration.client_id, issuer=registration.issuer, detail=detail, return_url=return_url)


# --- the message ----------------------------------------------------------------------------


def _launch(
    request: HttpRequest,
    registration: Lti13Registration,
    deployment: Deployment | None,
    claims: Claims,
    begun: State,
) -> Launch | RefusedSelection:
    code, detail = complaint(claims, begun)
    if not code:
        deployment = deployment or deployments.meet(registration, claims[f"{LTI}deployment_id"])
        code = deployments.why_not(deployment)
    elif deployment and deployment.deployment_id != text(claims, f"{LTI}deployment_id"):
        # Named by the login, which anybody can write: what is refused here is not that institution's.
        deployment = None
    record = _new_record(registration, deployment, claims, begun, refused=code)
    origin = request.META.get("HTTP_ORIGIN", "")
    if code or deployment is None:
        return _refused_message(record, registration, claims, detail=detail, origin=origin)
    services = read_services(claims, registration, deployment)
    launch = _with_what_is_known(read_launch(record, deployment, claims, services, origin=origin))
    _use_nonce(record, registration)
    permitted = services.permitted(registration)
    return launch if permitted == services else _without_strangers(launch, permitted)


def _with_what_is_known(launch: Launch) -> Launch:
    """Read before the record is written, so that it can be written whole, once. Who moves here is looked up later."""
    if launch.former or launch.looks_back:
        return launch
    known = look_up(launch.platform, launch.course, launch.link, launch.person)
    launch.record.learner, launch.record.resource_link = known.learner, known.link
    return replace(launch, known=known)


def _refused_message(
    record: LaunchRecord, registration: Lti13Registration, claims: Claims, *, detail: str, origin: str
) -> RefusedSelection:
    """The refusal of a believed message. Raises it, unless the LMS waits for a signed answer and may have one."""
    code = record.refused
    answerable = code in _ANSWERED and record.deployment is not None and record.deployment.approved
    selection = read_selection(claims) if answerable else None
    if selection:
        told = (selection.return_url, origin, registration.issuer, registration.authorization_endpoint)
        record.details = {"locale": read_locale(claims), "origins": frame_origins(told)}
    _use_nonce(record, registration)
    back = "" if code == "unusable_text" else read_return_url(claims)
    refusal = _refused(code, registration, detail=detail, return_url=back)
    if selection:
        return RefusedSelection(record, selection, refusal)
    raise refusal


def _new_record(
    registration: Lti13Registration, deployment: Deployment | None, claims: Claims, begun: State, *, refused: str
) -> LaunchRecord:
    return LaunchRecord(
        platform=deployment.platform if deployment else registration.platform,
        lti13=registration,
        deployment=deployment,
        nonce=begun.nonce,
        message_type="" if refused == "unusable_text" else text(claims, f"{LTI}message_type")[:60],
        reference=reference(),
        refused=refused,
        received_at=timezone.now(),
    )


def _use_nonce(record: LaunchRecord, registration: Lti13Registration) -> None:
    """Insert the record, in one statement that is committed at once: of two launches with one nonce, one fails here."""
    try:
        record.save(force_insert=True)
    except IntegrityError:
        raise _refused("replayed", registration) from None


def _without_strangers(launch: Launch, permitted: Services) -> Launch:
    """The launch without addresses at hosts that we may not call; its pages say which."""
    told = {"address_refused": permitted.grades_refused, "roster_refused": permitted.roster_refused}
    launch.record.details |= {name: value for name, value in told.items() if value}
    launch.record.save(update_fields=["details"])
    return replace(launch, address=permitted.grades if launch.address else None, roster=permitted.roster)
