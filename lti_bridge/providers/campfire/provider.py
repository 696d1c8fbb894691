"""Campfire Learning (ExamSpark): our words ↔ its words."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, UnsupportedEvent
from lti_bridge.models import Account, Activity, AttemptState
from lti_bridge.providers.actions import Action
from lti_bridge.providers.acts import AccountPage, AttemptAct
from lti_bridge.providers.base import ActionKind, Opening, Provider
from lti_bridge.providers.campfire import parameters, settings, viewing
from lti_bridge.providers.campfire.account import ACCOUNT_PAGE
from lti_bridge.providers.campfire.acts import ATTEMPT_ACTS
from lti_bridge.providers.campfire.looking import LOOKS
from lti_bridge.providers.campfire.operations import OPERATIONS
from lti_bridge.providers.campfire.results import read_poll
from lti_bridge.providers.campfire.sitting import take_exam
from lti_bridge.providers.looking import Looks
from lti_bridge.providers.operations import Operation
from lti_bridge.providers.reports import GradeReport, HintMessage, Message, PollMessage

#: What a hint means: where the attempt stands, None for nothing at all. The API is asked, so nobody is believed.
HINTS: dict[str, AttemptState | None] = {
    "callback": None,  # a passback of a score, or whatever else came to the attempt's address
    "return": None,  # the browser is back
}
_OPENED_BY: Mapping[str, Callable[[Opening], Action]] = {
    "take_exam": take_exam,
    "view_results": viewing.view_results,
    "class_results": viewing.class_results,
}


class Campfire(Provider):
    """Exams as sessions: made by the API, taken in the player by LTI 1.1, graded by what the API says."""

    name: ClassVar[str] = "campfire"
    label: ClassVar[str] = "Campfire (ExamSpark)"
    actions: ClassVar[Mapping[str, ActionKind]] = {
        "take_exam": ActionKind("Take an exam", sits_a_test=True),
        "view_results": ActionKind("View the results", sits_a_test=False),
        "class_results": ActionKind("See the results of the course", sits_a_test=False, for_teachers=True),
    }
    secret_names: ClassVar[Mapping[str, str]] = settings.SECRET_NAMES
    lti11_secrets: ClassVar[tuple[str, str]] = ("app_key", "app_secret")
    #: Attempts live inside one session: each may change its score.
    grades_again: ClassVar[bool] = True
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS
    attempt_acts: ClassVar[Mapping[str, AttemptAct]] = ATTEMPT_ACTS
    account_page: ClassVar[AccountPage | None] = ACCOUNT_PAGE
    looks: ClassVar[Looks] = LOOKS

    def check_account(self, settings_: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        return settings.problems_of(settings_, secrets)

    def check_activity(self, account: Account, action: str, stored: Mapping[str, Any]) -> list[str]:
        if action not in parameters.PARAMETERS:
            return [f"action {action} is not known"]
        return parameters.problems_of(action, stored)

    def open(self, opening: Opening) -> Action:
        _check(opening.activity)
        return _OPENED_BY[opening.activity.action](opening)

    def read(self, message: Message) -> list[GradeReport]:
        match message:
            case PollMessage():
                return read_poll(message)
            case HintMessage():
                return _read_hint(message)
        raise UnsupportedEvent("not_by_lti", detail="campfire: scores by LTI are not taken, the API is asked")


def _check(activity: Activity) -> None:
    """What was refused at configuration reaches Campfire by no other way."""
    known = activity.action in parameters.PARAMETERS
    problems = parameters.problems_of(activity.action, activity.parameters) if known else ["unknown action"]
    if problems:
        raise CannotOpen(
            "activity_incomplete",
            _("This exam cannot be opened yet: its set-up is not complete."),
            _("Please tell your teacher."),
            detail=f"activity {activity.slug}: {'; '.join(problems)}",
        )


def _read_hint(message: HintMessage) -> list[GradeReport]:
    if message.kind not in HINTS:
        raise UnsupportedEvent("unknown_hint", detail=f"campfire: {message.kind}")
    state = HINTS[message.kind]
    return [GradeReport(message.attempt, state, message.received_at)] if state else []
