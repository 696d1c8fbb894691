"""Why launches are refused: one table of reason codes, with what people are told and what is logged.

What is refused before the signature held says nothing about keys. LTI 1.1: an unknown key, a disabled one, a wrong
method and a wrong signature are one code with one sentence, and the log has the precise ``reason``. LTI 1.3: each thing
that is wrong with a token has a code of its own, and all have one sentence.
"""

from typing import NamedTuple

import structlog
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import LaunchRejected, Text
from lti_bridge.jose import TokenProblem
from lti_bridge.oauth1 import SignatureProblem
from lti_bridge.peer_keys import KeyProblem
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)

_AGAIN = _("Open the link again from your course.")
_TELL = _("Please tell the people who look after your course site.")
_UNREADABLE = _("The course site sent a request that cannot be read.")
_INCOMPLETE = _("The course site sent an incomplete request.")
_EXPIRED = _("This link has expired or was used before.")
_FROM_A_COURSE = _("This address opens from a course only.")
_UNVERIFIED = _("This link could not be verified.")
_CHECK_SETTINGS = _("Please ask the people who look after your course site to check how it is connected here.")
_CLOCKS_DIFFER = _(
    "Open it again from your course. If that does not help, the clocks differ: by ours the request is "
    "{skew} seconds old."
)
_CLOCK_AHEAD = _("The clock of the course site is ahead: its request is {skew} seconds in the future.")
_NOT_HERE = _("This service is not activated for your course site yet.")
_CANNOT_CHOOSE = _("Your course site asked for something that cannot be chosen here.")


class Refusal(NamedTuple):
    """What goes with a reason code. ``{skew}`` in a text is the seconds between the two clocks."""

    status: int
    sentence: Text
    advice: Text


REFUSALS: dict[str, Refusal] = {
    # the request itself
    "not_a_post": Refusal(405, _FROM_A_COURSE, _("Open the link in your course.")),
    "not_a_form": Refusal(415, _UNREADABLE, _TELL),
    "too_large": Refusal(413, _("The course site sent a request that is too large."), _TELL),
    "not_form": Refusal(400, _UNREADABLE, _TELL),
    "missing_parameter": Refusal(400, _FROM_A_COURSE, _AGAIN),
    "duplicate_parameter": Refusal(400, _UNREADABLE, _TELL),
    "bad_version": Refusal(400, _UNREADABLE, _TELL),
    "bad_key": Refusal(400, _UNREADABLE, _TELL),
    "bad_nonce": Refusal(400, _UNREADABLE, _TELL),
    "bad_timestamp": Refusal(400, _UNREADABLE, _TELL),
    # the signature, the time, the nonce
    "unknown_key_or_signature": Refusal(
        403,
        _UNVERIFIED,
        _("Please ask the people who look after your course site to check its key, secret and address."),
    ),
    "timestamp_expired": Refusal(403, _EXPIRED, _CLOCKS_DIFFER),
    "timestamp_future": Refusal(403, _CLOCK_AHEAD, _TELL),
    "replayed": Refusal(403, _EXPIRED, _AGAIN),
    # what it says
    "wrong_version": Refusal(400, _("The course site speaks a version of LTI that is not spoken here."), _TELL),
    "wrong_message_type": Refusal(400, _("The course site asked for something unknown here."), _TELL),
    "no_resource_link": Refusal(400, _INCOMPLETE, _TELL),
    "id_too_long": Refusal(400, _("The course site sent an identifier that is too long."), _TELL),
    "no_user": Refusal(
        422,
        _("The course site did not say who you are."),
        _("Log in there and open the link again. If that does not help, its privacy settings keep it from telling."),
    ),
    "no_role": Refusal(
        403, _("Your role in the course gives no access here."), _("Ask your teacher to enrol you as a learner.")
    ),
    "instructors_only": Refusal(403, _("Only teachers can choose what a link opens."), _("Ask your teacher.")),
    # choosing content
    "selection_incomplete": Refusal(400, _INCOMPLETE, _TELL),
    "selection_return_refused": Refusal(400, _("The course site wants its answer at an unsafe address."), _TELL),
    "selection_return_unusable": Refusal(
        400, _("The course site wants its answer at an address with characters that cannot be used."), _TELL
    ),
    "links_not_accepted": Refusal(400, _CANNOT_CHOOSE, _("Choose from a place in your course that takes links.")),
    # launching in two steps
    "relaunch_incomplete": Refusal(400, _INCOMPLETE, _TELL),
    "relaunch_not_allowed": Refusal(
        403,
        _("The course site wants to check your log-in at an address that is not known here."),
        _("Please ask an administrator of this site to add the address to those of your course site."),
    ),
    "other_browser": Refusal(
        403,
        _("This launch was begun in another browser, or your browser keeps no cookies for it."),
        _("Open the link again from your course, in a new tab."),
    ),
    # LTI 1.3: the login
    "login_incomplete": Refusal(400, _FROM_A_COURSE, _AGAIN),
    "unknown_registration": Refusal(403, _("Your course site is not connected here."), _CHECK_SETTINGS),
    "several_registrations": Refusal(
        400,
        _("Your course site is connected here more than once, and did not say which connection it means."),
        _(
            "Please ask the people who look after your course site to have it send its client id (client_id) with each "
            "login, or an administrator of this site to leave only one of the connections on."
        ),
    ),
    "registration_off": Refusal(403, _("Your course site is not connected here any more."), _TELL),
    "registration_waits": Refusal(
        403,
        _("Your course site is registered here, and waits for an administrator of this site to approve it."),
        _("Open the link again when that is done."),
    ),
    "target_unknown": Refusal(
        400,
        _("The link in your course leads to an address that opens nothing here."),
        _(
            "Please ask the people who look after your course site to give the link the launch address of this "
            "service, which ends in /lti/1.3/launch."
        ),
    ),
    "endpoint_unusable": Refusal(
        400,
        _("The address of your course site that is stored here cannot be used."),
        _("Please tell the people who look after this service."),
    ),
    # LTI 1.3: the way back, and the browser
    "state_missing": Refusal(403, _("This launch was not begun here."), _AGAIN),
    "state_unknown": Refusal(403, _("This launch was not begun here."), _AGAIN),
    "state_expired": Refusal(403, _EXPIRED, _AGAIN),
    "token_missing": Refusal(400, _FROM_A_COURSE, _AGAIN),
    "platform_refused": Refusal(
        400,
        _("Your course site did not let this link open."),
        _("Make sure that you are logged in there, and open the link again from your course."),
    ),
    # LTI 1.3: the token, before its signature held
    "not_a_token": Refusal(400, _UNVERIFIED, _CHECK_SETTINGS),
    "token_too_large": Refusal(413, _UNVERIFIED, _CHECK_SETTINGS),
    "bad_algorithm": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "critical_header": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "no_kid": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "bad_kid": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "unknown_kid": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "wrong_key_type": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "bad_signature": Refusal(403, _UNVERIFIED, _CHECK_SETTINGS),
    "keys_unreachable": Refusal(
        503, _("The keys of your course site cannot be read at the moment."), _("Open the link again in a minute.")
    ),
    # LTI 1.3: the token, after its signature held
    "wrong_issuer": Refusal(403, _("Your course site calls itself otherwise than it is known here."), _CHECK_SETTINGS),
    "wrong_audience": Refusal(403, _("This launch was meant for another service."), _CHECK_SETTINGS),
    "foreign_audience": Refusal(403, _("This launch was meant for other services too."), _CHECK_SETTINGS),
    "wrong_azp": Refusal(403, _("This launch was made for another service."), _CHECK_SETTINGS),
    "missing_time": Refusal(403, _("The course site did not say how long this launch is good."), _TELL),
    "bad_time": Refusal(403, _("The course site did not say properly how long this launch is good."), _TELL),
    "expired": Refusal(403, _EXPIRED, _CLOCKS_DIFFER),
    "too_old": Refusal(403, _EXPIRED, _CLOCKS_DIFFER),
    "issued_in_future": Refusal(403, _CLOCK_AHEAD, _TELL),
    "not_yet_valid": Refusal(403, _("By our clock this launch is not valid yet."), _TELL),
    "nonce_missing": Refusal(403, _("This launch does not belong to the login before it."), _AGAIN),
    "wrong_nonce": Refusal(403, _("This launch does not belong to the login before it."), _AGAIN),
    # LTI 1.3: what it says
    "unusable_text": Refusal(422, _("The course site sent text that cannot be used."), _TELL),
    "version_missing": Refusal(422, _INCOMPLETE, _TELL),
    "message_type_missing": Refusal(422, _INCOMPLETE, _TELL),
    "message_type_unknown": Refusal(422, _("The course site asked for something that is not done here."), _TELL),
    "deployment_missing": Refusal(422, _INCOMPLETE, _TELL),
    "deployment_changed": Refusal(403, _("The launch is from another part of the course site than the login."), _AGAIN),
    "deployment_waits": Refusal(
        403,
        _NOT_HERE,
        _(
            "An administrator of this service has to approve it (its deployment id). Open the link again when that "
            "is done."
        ),
    ),
    "deployment_refused": Refusal(
        403,
        _("This service is not open to your course site."),
        _("If it should be, please tell the people who look after your course site."),
    ),
    "too_many_wait": Refusal(403, _NOT_HERE, _("Please tell the people who look after this service.")),
    "target_missing": Refusal(422, _INCOMPLETE, _TELL),
    "target_changed": Refusal(403, _("The launch leads elsewhere than the login before it."), _AGAIN),
    "link_missing": Refusal(422, _INCOMPLETE, _TELL),
    "id_unusable": Refusal(422, _("The course site sent an identifier that is too long."), _TELL),
    "roles_missing": Refusal(422, _INCOMPLETE, _TELL),
    "roles_malformed": Refusal(422, _("The course site sent roles that cannot be read."), _TELL),
    "settings_missing": Refusal(422, _INCOMPLETE, _TELL),
    "return_unsafe": Refusal(422, _("The course site wants its answer at an unsafe address."), _TELL),
    "for_user_missing": Refusal(422, _INCOMPLETE, _TELL),
    "line_item_missing": Refusal(422, _INCOMPLETE, _TELL),
    "not_your_submission": Refusal(
        403, _("Only teachers, and those who handed it in, can look at this."), _("Ask your teacher.")
    ),
}

#: Problems that must look the same outside.
_ONE_FACE = frozenset(("bad_signature", "bad_method"))


def refuse(
    code: str,
    *,
    reason: str = "",
    key: str = "",
    issuer: str = "",
    kid: str = "",
    skew: int | None = None,
    detail: str = "",
    return_url: str = "",
) -> LaunchRejected:
    """Log a refusal and give the error to raise.

    ``reason``: the precise code where the outside learns less. ``key``: the consumer key or client id. ``kid``: the key
    that a token names. ``detail``: names of parameters, never their values.
    """
    refusal = REFUSALS[code]
    told = {"issuer": issuer, "kid": kid}
    log.warning(
        "launch_refused",
        code=code,
        reason=reason or code,
        key=key,
        skew=skew,
        detail=detail,
        reference=reference(),
        **{name: value for name, value in told.items() if value},
    )
    sentence, advice = refusal.sentence, refusal.advice
    if skew is not None:
        sentence, advice = (str(text).format(skew=abs(skew)) for text in (sentence, advice))
    return LaunchRejected(code, sentence, advice, detail=detail or reason, status=refusal.status, return_url=return_url)


def refuse_problem(problem: SignatureProblem, *, reason: str = "", key: str = "") -> LaunchRejected:
    """The refusal of a form that ``oauth1`` does not believe."""
    code = "unknown_key_or_signature" if problem.code in _ONE_FACE else problem.code
    return refuse(code, reason=reason or problem.code, key=key, skew=problem.skew)


def refuse_token(problem: TokenProblem | KeyProblem, *, key: str, issuer: str, kid: str = "") -> LaunchRejected:
    """The refusal of a token that ``jose`` does not believe, or whose key is not to be had."""
    skew = problem.skew if isinstance(problem, TokenProblem) else None
    return refuse(problem.code, key=key, issuer=issuer, kid=kid, skew=skew, detail=problem.message)
