"""Inspera Assessment: our words ↔ its words."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, UnsupportedEvent
from lti_bridge.models import Account, Activity, AttemptState
from lti_bridge.providers.actions import Action, Lti13Tool
from lti_bridge.providers.acts import AccountPage, AttemptAct
from lti_bridge.providers.base import ActionKind, Opening, Provider
from lti_bridge.providers.files import File
from lti_bridge.providers.inspera_assessment import parameters, settings, teaching
from lti_bridge.providers.inspera_assessment.acts import ACCOUNT_PAGE, ATTEMPT_ACTS
from lti_bridge.providers.inspera_assessment.enrolling import enrol_course
from lti_bridge.providers.inspera_assessment.entering import take_test
from lti_bridge.providers.inspera_assessment.files import FILES
from lti_bridge.providers.inspera_assessment.grades import reports_of
from lti_bridge.providers.inspera_assessment.operations import OPERATIONS
from lti_bridge.providers.inspera_assessment.parameters import EXTRA_TIME, PARAMETERS, is_on
from lti_bridge.providers.inspera_assessment.viewing import view_results
from lti_bridge.providers.inspera_assessment.webhooks import WEBHOOKS
from lti_bridge.providers.inspera_assessment.whole import WHOLE_TESTS
from lti_bridge.providers.operations import Operation
from lti_bridge.providers.reports import GradeReport, HintMessage, LineItemScore, Message, PollMessage, ScoreMessage
from lti_bridge.providers.scores import report_of
from lti_bridge.providers.whole_tests import Webhooks, WholeTests

#: What a hint means: where the attempt stands, None for nothing at all. No hint brings a result.
HINTS: dict[str, AttemptState | None] = {"callback": None, "return": None}


class InsperaAssessment(Provider):
    """Exams at a tenant of Inspera: entered by LTI or by its own log-in, graded there, told by its API."""

    name: ClassVar[str] = "inspera_assessment"
    label: ClassVar[str] = "Inspera Assessment"
    actions: ClassVar[Mapping[str, ActionKind]] = {
        "take_test": ActionKind("Take a test", sits_a_test=True),
        "view_results": ActionKind("View the results", sits_a_test=False),
        "open_test": ActionKind("Open the test in Inspera", sits_a_test=False, for_teachers=True),
        "enrol_course": ActionKind("Assign the course to the test", sits_a_test=False, for_teachers=True),
    }
    secret_names: ClassVar[Mapping[str, str]] = settings.SECRETS
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS
    files: ClassVar[Mapping[str, File]] = FILES
    attempt_acts: ClassVar[Mapping[str, AttemptAct]] = ATTEMPT_ACTS
    account_page: ClassVar[AccountPage | None] = ACCOUNT_PAGE
    whole_tests: ClassVar[WholeTests | None] = WHOLE_TESTS
    webhooks: ClassVar[Webhooks | None] = WEBHOOKS

    def check_account(self, settings_: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        return settings.problems_of(settings_, secrets)

    def check_activity(self, account: Account, action: str, stored: Mapping[str, Any]) -> list[str]:
        if action not in PARAMETERS:
            return [f"action {action} is not known"]
        return parameters.problems_of(action, stored, has_api=settings.has_api(account))

    def lti13_tool(self, account: Account) -> Lti13Tool | None:
        return settings.lti13_tool(account)

    def custom_names(self, activity: Activity) -> Collection[str]:
        return (EXTRA_TIME,) if is_on(activity.parameters, "extra_time_from_launch") else ()

    def for_teachers(self, activity: Activity) -> Mapping[str, Mapping[str, Any]]:
        return teaching.besides(activity)

    def open(self, opening: Opening) -> Action:
        _check(opening)
        match opening.activity.action:
            case "take_test":
                return take_test(opening)
            case "view_results":
                return view_results(opening)
            case "enrol_course":
                return enrol_course(opening)
            case _:
                return teaching.open_test(opening)

    def read(self, message: Message) -> list[GradeReport]:
        match message:
            case PollMessage():
                return reports_of(message)
            case ScoreMessage():
                return [_read_score(message)]
            case LineItemScore():
                return [_less(report_of(message), message.attempt.account)]
            case HintMessage():
                return _read_hint(message)


def _check(opening: Opening) -> None:
    """What was refused at configuration reaches Inspera by no other way."""
    activity = opening.activity
    problems = (
        parameters.problems_of(activity.action, activity.parameters, has_api=settings.has_api(opening.account))
        if activity.action in PARAMETERS
        else ["unknown action"]
    )
    if problems:
        raise CannotOpen(
            "activity_incomplete",
            _("This test cannot be opened yet: its set-up is not complete."),
            _("Please tell your teacher."),
            detail=f"activity {activity.slug}: {'; '.join(problems)}",
        )


def _read_score(message: ScoreMessage) -> GradeReport:
    """A score by LTI 1.1: a part of 1."""
    report = GradeReport(
        message.attempt,
        AttemptState.SUBMITTED if message.score is None else AttemptState.GRADED,
        message.received_at,
        has_result=True,
        score_given=message.score,
        score_maximum=None if message.score is None else Decimal(1),
        raw_score=message.raw_score,
    )
    return _less(report, message.attempt.account)


def _less(report: GradeReport, account: Account) -> GradeReport:
    """Where the API's word is the grade, a score by LTI only says that the test was handed in: its API is asked."""
    if not settings.grades_by_api(account):
        return report
    state = AttemptState.SUBMITTED if report.state.rank > AttemptState.SUBMITTED.rank else report.state
    return GradeReport(report.attempt, state, report.reported_at, timed=report.timed)


def _read_hint(message: HintMessage) -> list[GradeReport]:
    if message.kind not in HINTS:
        raise UnsupportedEvent("unknown_hint", detail=f"inspera_assessment: {message.kind}")
    state = HINTS[message.kind]
    return [GradeReport(message.attempt, state, message.received_at)] if state else []
