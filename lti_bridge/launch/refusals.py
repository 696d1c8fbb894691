"""Why launches are refused: one table of reason codes, with what people are told and what is logged.

What is refused before the signature held says nothing about keys: an unknown key, a disabled one, a wrong method and
a wrong signature are one code with one sentence. The log has the precise ``reason``.
"""

from typing import NamedTuple

import structlog
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import LaunchRejected, Text
from lti_bridge.oauth1 import SignatureProblem
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)

_AGAIN = _("Open the link again from your course.")
_TELL = _("Please tell the people who look after your course site.")
_UNREADABLE = _("The course site sent a request that cannot be read.")
_INCOMPLETE = _("The course site sent an incomplete request.")
_EXPIRED = _("This link has expired or was used before.")
_CANNOT_CHOOSE = _("Your course site asked for something that cannot be chosen here.")


class Refusal(NamedTuple):
    """What goes with a reason code. ``{skew}`` in a text is the seconds between the two clocks."""

    status: int
    sentence: Text
    advice: Text


REFUSALS: dict[str, Refusal] = {
    # the request itself
    "not_a_post": Refusal(405, _("This address opens from a course only."), _("Open the link in your course.")),
    "not_a_form": Refusal(415, _UNREADABLE, _TELL),
    "too_large": Refusal(413, _("The course site sent a request that is too large."), _TELL),
    "not_form": Refusal(400, _UNREADABLE, _TELL),
    "missing_parameter": Refusal(400, _("This address opens from a course only."), _AGAIN),
    "duplicate_parameter": Refusal(400, _UNREADABLE, _TELL),
    "bad_version": Refusal(400, _UNREADABLE, _TELL),
    "bad_key": Refusal(400, _UNREADABLE, _TELL),
    "bad_nonce": Refusal(400, _UNREADABLE, _TELL),
    "bad_timestamp": Refusal(400, _UNREADABLE, _TELL),
    # the signature, the time, the nonce
    "unknown_key_or_signature": Refusal(
        403,
        _("This link could not be verified."),
        _("Please ask the people who look after your course site to check its key, secret and address."),
    ),
    "timestamp_expired": Refusal(
        403,
        _EXPIRED,
        _(
            "Open it again from your course. If that does not help, the clocks differ: by ours the request is "
            "{skew} seconds old."
        ),
    ),
    "timestamp_future": Refusal(
        403,
        _("The clock of the course site is ahead: its request is {skew} seconds in the future."),
        _TELL,
    ),
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
}

#: Problems that must look the same outside.
_ONE_FACE = frozenset(("bad_signature", "bad_method"))


def refuse(
    code: str, *, reason: str = "", key: str = "", skew: int | None = None, detail: str = "", return_url: str = ""
) -> LaunchRejected:
    """Log a refusal and give the error to raise.

    ``reason``: the precise code where the outside learns less. ``key``: the consumer key. ``detail``: names of
    parameters, never their values.
    """
    refusal = REFUSALS[code]
    log.warning(
        "launch_refused", code=code, reason=reason or code, key=key, skew=skew, detail=detail, reference=reference()
    )
    sentence, advice = refusal.sentence, refusal.advice
    if skew is not None:
        sentence, advice = (str(text).format(skew=abs(skew)) for text in (sentence, advice))
    return LaunchRejected(code, sentence, advice, detail=detail or reason, status=refusal.status, return_url=return_url)


def refuse_problem(problem: SignatureProblem, *, reason: str = "", key: str = "") -> LaunchRejected:
    """The refusal of a form that ``oauth1`` does not believe."""
    code = "unknown_key_or_signature" if problem.code in _ONE_FACE else problem.code
    return refuse(code, reason=reason or problem.code, key=key, skew=problem.skew)
