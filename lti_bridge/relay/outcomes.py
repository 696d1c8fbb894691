"""Basic Outcomes as a service: what a provider's message says about one attempt of its account.

A sourcedid is an attempt's key: unguessable, and good for the account it was opened at. An unknown one and one of
another account get the same answer.
"""

from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from lti_bridge import pox
from lti_bridge.errors import BridgeError
from lti_bridge.models import Attempt, AttemptState, ProviderEvent
from lti_bridge.providers.attempts import find_attempt
from lti_bridge.providers.reports import ScoreMessage

#: What is wrong with a message → what the answer's imsx_codeMinor says.
CODE_MINOR = {
    "malformed": "invaliddata",
    "doctype": "invaliddata",
    "too_large": "toomuchdata",
    "unsupported_operation": "unsupportedLISoperation",
    "missing_sourcedid": "incompletedata",
    "missing_score": "incompletedata",
    "bad_score": "invaliddata",
    "unknown_sourcedid": "unknownobject",
    "not_graded_any_more": "gradingnotpermitted",
}
#: These are no messages at all; every other refusal answers 200, which the most clients understand.
_NOT_A_MESSAGE = ("malformed", "doctype", "too_large")
_PLACES = Decimal("1e-10")


#: What is known for the answer: the request's message identifier, operation and namespace.
Asked = pox.OutcomeRequest | pox.PoxProblem


class OutcomeRefused(BridgeError):
    """A signed message that must not have an effect. ``code``: one of ``CODE_MINOR``."""

    def __init__(self, code: str, sentence: str, asked: Asked) -> None:
        super().__init__(code, sentence, status=400 if code in _NOT_A_MESSAGE else 200)
        self.asked = asked

    @property
    def code_minor(self) -> str:
        return CODE_MINOR[self.code]


def service_url() -> str:
    """The public address of our outcome service."""
    return str(settings.PUBLIC_ORIGIN + reverse("relay-outcomes"))


def message_of(event: ProviderEvent) -> ScoreMessage | None:
    """What an event says; None for a question (readResult). Raises :class:`OutcomeRefused`."""
    request = request_of(event)
    attempt = attempt_of(event, request)
    if request.operation == "readResult":
        return None
    score = None if request.score is None else Decimal(request.score)
    return ScoreMessage(attempt, score, request.score or "", event.received_at)


def request_of(event: ProviderEvent) -> pox.OutcomeRequest:
    """The request in an event's body. Raises :class:`OutcomeRefused`."""
    try:
        return pox.read_request(event.raw_body.encode())
    except pox.PoxProblem as problem:
        raise OutcomeRefused(problem.code, problem.message, problem) from problem


def attempt_of(event: ProviderEvent, request: pox.OutcomeRequest) -> Attempt:
    """The attempt that a request is about. Raises :class:`OutcomeRefused`."""
    attempt = find_attempt(event.account, request.sourcedid)
    if attempt is None:
        raise OutcomeRefused("unknown_sourcedid", "The sourcedId is not known.", request)
    # An activity that is switched off opens no more tests; the results of those that were sat still count.
    if attempt.state == AttemptState.CANCELLED:
        raise OutcomeRefused("not_graded_any_more", "This result is not graded any more.", request)
    return attempt


def score_of(attempt: Attempt) -> str:
    """The newest recorded grade as decimal text from 0 to 1; empty where there is none."""
    grade = attempt.grades.order_by("-reported_at", "-pk").first()
    if grade is None or grade.fraction is None:
        return ""
    fraction = min(max(grade.fraction, Decimal(0)), Decimal(1))
    return format(fraction.quantize(_PLACES).normalize(), "f")
