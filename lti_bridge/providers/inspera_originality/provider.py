"""Inspera Originality: our words ↔ its words."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, ProviderRefused, Text, UnsupportedEvent
from lti_bridge.models import Account, Activity, AttemptState
from lti_bridge.providers.actions import Action, HandIn
from lti_bridge.providers.acts import AccountPage, AttemptAct
from lti_bridge.providers.base import ActionKind, Opening, Provider
from lti_bridge.providers.documents import Documents
from lti_bridge.providers.inspera_originality import parameters, settings
from lti_bridge.providers.inspera_originality.account import ACCOUNT_PAGE
from lti_bridge.providers.inspera_originality.acts import ATTEMPT_ACTS
from lti_bridge.providers.inspera_originality.enrolling import create_users
from lti_bridge.providers.inspera_originality.looking import LOOKS
from lti_bridge.providers.inspera_originality.operations import OPERATIONS
from lti_bridge.providers.inspera_originality.parameters import ACTION, ENROL
from lti_bridge.providers.inspera_originality.results import read_poll
from lti_bridge.providers.inspera_originality.submissions import DOCUMENTS, author_of
from lti_bridge.providers.inspera_originality.webhooks import WEBHOOKS
from lti_bridge.providers.looking import Looks
from lti_bridge.providers.operations import Operation
from lti_bridge.providers.reports import GradeReport, HintMessage, Message, PollMessage
from lti_bridge.providers.whole_tests import Webhooks

#: What a hint means: where the attempt stands, None for nothing at all. The API is asked, so nobody is believed.
HINTS: dict[str, AttemptState | None] = {"callback": None, "return": None}


class InsperaOriginality(Provider):
    """Documents that are handed in here, checked there, and read there."""

    name: ClassVar[str] = "inspera_originality"
    label: ClassVar[str] = "Inspera Originality"
    actions: ClassVar[Mapping[str, ActionKind]] = {
        ACTION: ActionKind("Hand in a document", sits_a_test=True),
        ENROL: ActionKind(
            "Make the course’s members users of Inspera Originality", sits_a_test=False, for_teachers=True
        ),
    }
    secret_names: ClassVar[Mapping[str, str]] = settings.SECRETS
    about_parameters: ClassVar[Text] = parameters.ABOUT
    #: Whoever evaluates a report may change what it says.
    grades_again: ClassVar[bool] = True
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS
    attempt_acts: ClassVar[Mapping[str, AttemptAct]] = ATTEMPT_ACTS
    account_page: ClassVar[AccountPage | None] = ACCOUNT_PAGE
    looks: ClassVar[Looks] = LOOKS
    documents: ClassVar[Documents | None] = DOCUMENTS
    webhooks: ClassVar[Webhooks | None] = WEBHOOKS

    def check_account(self, settings_: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        return settings.problems_of(settings_, secrets)

    def check_activity(self, account: Account, action: str, stored: Mapping[str, Any]) -> list[str]:
        if action not in self.actions:
            return [f"action {action} is not known"]
        return parameters.problems_of(account, action, stored)

    def for_teachers(self, activity: Activity) -> Mapping[str, Mapping[str, Any]]:
        makes_users = activity.action == ACTION and settings.makes_users(activity.account)
        return {ENROL: {}} if makes_users else {}

    def cautions(self, _action: str, stored: Mapping[str, Any]) -> list[str]:
        return parameters.cautions_of(stored)

    def open(self, opening: Opening) -> Action:
        _check(opening)
        if opening.activity.action == ENROL:
            return create_users(opening)
        try:
            author_of(opening.account, opening.learner, opening.activity.parameters)
        except ProviderRefused as refused:
            raise CannotOpen(refused.code, refused.sentence, refused.advice, detail=refused.detail) from None
        return HandIn()

    def read(self, message: Message) -> list[GradeReport]:
        match message:
            case PollMessage():
                return read_poll(message)
            case HintMessage():
                return _read_hint(message)
        raise UnsupportedEvent("not_by_lti", detail="inspera_originality: scores by LTI are not taken")


def _check(opening: Opening) -> None:
    """What was refused at configuration reaches Originality by no other way."""
    activity = opening.activity
    problems = parameters.problems_of(opening.account, activity.action, activity.parameters)
    if problems:
        raise CannotOpen(
            "activity_incomplete",
            _("Nothing can be handed in here yet: the set-up is not complete."),
            _("Please tell your teacher."),
            detail=f"activity {activity.slug}: {'; '.join(problems)}",
        )


def _read_hint(message: HintMessage) -> list[GradeReport]:
    if message.kind not in HINTS:
        raise UnsupportedEvent("unknown_hint", detail=f"inspera_originality: {message.kind}")
    state = HINTS[message.kind]
    return [GradeReport(message.attempt, state, message.received_at)] if state else []
