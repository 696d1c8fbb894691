"""Isograd's error codes by action, and what each means for people: the same number may mean two things."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderRefused, Text
from lti_bridge.providers.isograd.envelope import Envelope


class Remedy(StrEnum):
    """What helps."""

    RETRY = "retry"  # the same call works later
    PERMANENT = "permanent"  # nothing does; what was asked for cannot be
    CONFIGURATION = "configuration"  # an administrator has to change something here or at Isograd
    PERSON = "person"  # somebody has to act: buy credits, take another test


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error means. ``marks_account``: administrators see it at the account until it is over."""

    name: str
    remedy: Remedy
    sentence: Text
    advice: Text
    marks_account: bool = False


_TELL_ADMINISTRATORS = _("Please tell the people who look after this service.")

UNKNOWN_ACTION = Meaning(
    "unknown_action",
    Remedy.PERMANENT,
    _("The test provider does not know what it was asked for."),
    _TELL_ADMINISTRATORS,
)
MISSING = Meaning(
    "parameter_missing",
    Remedy.CONFIGURATION,
    _("The test provider misses something it needs."),
    _("Its message says which parameter; give it in the activity or in the call."),
)
NOT_ALLOWED = Meaning(
    "test_not_allowed",
    Remedy.CONFIGURATION,
    _("The test provider does not allow this test for your institution."),
    _("Please tell your teacher: tst_frm_id of the activity has to be one of the account’s tests."),
)
NO_CANDIDATE = Meaning(
    "no_such_candidate",
    Remedy.PERMANENT,
    _("The test provider does not know this person."),
    _("Take the test first; that makes the candidate."),
)
NOT_CREATED = Meaning(
    "candidate_not_created",
    Remedy.CONFIGURATION,
    _("The test provider could not make an account for you there."),
    _("Please tell your teacher: one of the activity’s parameters is most likely not valid."),
)
EXISTS = Meaning(
    "candidate_exists",
    Remedy.PERMANENT,
    _("There is a candidate with this e-mail address already."),
    _("Go on with the can_id of the answer."),
)
NO_GROUP = Meaning(
    "no_such_group",
    Remedy.CONFIGURATION,
    _("The group that the activity names does not exist at the test provider."),
    _("Please tell your teacher: dep_id of the activity has to be a group of the account."),
)
NO_CREDITS = Meaning(
    "no_credits",
    Remedy.PERSON,
    _("There are no credits left for this test."),
    _("Please tell your teacher: your institution has to buy credits. Nothing was used up by opening the link."),
    marks_account=True,
)
NO_PROCTORING = Meaning(
    "no_proctoring_credits",
    Remedy.PERSON,
    _("There are no credits left for supervision of this test."),
    _("Please tell your teacher: your institution has to buy proctoring credits."),
    marks_account=True,
)
ALREADY_STARTED = Meaning(
    "already_started",
    Remedy.PERMANENT,
    _("The test was begun already, or does not exist."),
    _("Only a test that nobody has begun can be deleted."),
)
MAXIMUM = Meaning(
    "taken_too_often",
    Remedy.PERSON,
    _("You have taken this test as often as it may be taken."),
    _("Ask your teacher if you need another try."),
)
NOT_TAKEN = Meaning(
    "not_taken",
    Remedy.RETRY,
    _("There is no result, because this test has not been taken yet."),
    _("Take the test, then open this again."),
)
NO_TEST = Meaning(
    "no_such_test",
    Remedy.PERMANENT,
    _("The test provider does not know this test any more."),
    _("It may have been deleted or cancelled there. Open the link again from your course."),
)
NOT_FINISHED = Meaning(
    "not_finished",
    Remedy.RETRY,
    _("There is no result yet, because the test is not finished."),
    _("Finish the test, then open this again."),
)
NO_ASSESSMENT = Meaning(
    "no_report",
    Remedy.CONFIGURATION,
    _("This test has no report: only assessments have."),
    _("The result itself is in the gradebook of your course."),
)
UNEXPECTED = Meaning(
    "refused",
    Remedy.PERMANENT,
    _("The test provider refused this."),
    _("Please tell your teacher, or the people who look after this service: Isograd’s own message says why."),
)

_ANY_ACTION = {"103": UNKNOWN_ACTION, "105": MISSING}
_CREATE_CANDIDATE = {"201": NOT_CREATED, "202": EXISTS, "203": NO_GROUP}
_ADD_TEST = {"106": NOT_ALLOWED, "107": NO_CANDIDATE, "301": NO_CREDITS, "402": MAXIMUM}
_PROCTORING = {"303": NO_PROCTORING}
#: The document lists none for acts 4 and 5. They ask about the same thing as act 6, so its codes are expected.
_RESULTS = {"106": NOT_ALLOWED, "107": NO_CANDIDATE, "501": NOT_TAKEN, "502": NOT_FINISHED}

#: ``act_id`` → error code → what it means. Codes of the document, beside those of every action.
ERRORS: dict[str, dict[str, Meaning]] = {
    "1": _CREATE_CANDIDATE,
    "2": _ADD_TEST | _PROCTORING,
    "9": _ADD_TEST | _PROCTORING,
    "8": _CREATE_CANDIDATE | _ADD_TEST | _PROCTORING,
    "16": _PROCTORING,
    "17": _PROCTORING,
    "23": {"304": ALREADY_STARTED},
    "6": _RESULTS | {"601": NO_ASSESSMENT},
    "4": _RESULTS,
    "5": _RESULTS,
    "10": {"501": NO_TEST},
    # The document lists none for what needs a candidate by e-mail; there is one code for that.
    "12": {"107": NO_CANDIDATE},
    "24": {"107": NO_CANDIDATE},
    "38": {"107": NO_CANDIDATE},
    "51": {"107": NO_CANDIDATE, "202": EXISTS},
}


def meaning_of(act_id: str, code: str) -> Meaning:
    """What an error of an action means. One that nobody documented is a refusal, and nothing more is made of it."""
    return (_ANY_ACTION | ERRORS.get(act_id, {})).get(code, UNEXPECTED)


class IsogradRefused(ProviderRefused):
    """Isograd answered, and the answer is no. ``meaning``: of the code at this action; ``envelope``: all it said."""

    def __init__(self, act_id: str, envelope: Envelope) -> None:
        meaning = meaning_of(act_id, envelope.code)
        super().__init__(
            meaning.name,
            meaning.sentence,
            meaning.advice,
            detail=f"Isograd, act_id {act_id}: error {envelope.code or 'without a code'}",
            provider_code=envelope.code or "none",
            provider_message=envelope.message,
        )
        self.act_id = act_id
        self.meaning = meaning
        self.envelope = envelope
        # An answer all the same; the same call may work later.
        self.permanent = meaning.remedy is not Remedy.RETRY
