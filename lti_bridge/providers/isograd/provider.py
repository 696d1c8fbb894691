"""Isograd (TOSA), reached by its API or by LTI: our words ↔ its words."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, UnsupportedEvent
from lti_bridge.models import Account, Activity, AttemptState
from lti_bridge.providers.actions import Action, Lti13Tool, RelayLaunch
from lti_bridge.providers.acts import AccountPage, AttemptAct
from lti_bridge.providers.base import ActionKind, Opening, Provider
from lti_bridge.providers.isograd import viewing
from lti_bridge.providers.isograd.acts import ACCOUNT_PAGE, ATTEMPT_ACTS
from lti_bridge.providers.isograd.api_parameters import BY_API, launchable, values_of
from lti_bridge.providers.isograd.conversion import convert
from lti_bridge.providers.isograd.looking import LOOKS
from lti_bridge.providers.isograd.operations import OPERATIONS
from lti_bridge.providers.isograd.parameters import (
    ACTIONS,
    BY_LTI,
    FILLED,
    LANGUAGES,
    Stored,
    Tables,
    read_activity,
    read_stored,
)
from lti_bridge.providers.isograd.results import read_poll
from lti_bridge.providers.isograd.settings import SECRET_NAMES, by_api, conversion, lti13_tool, lti_url, problems_of
from lti_bridge.providers.isograd.sitting import take_test
from lti_bridge.providers.looking import Looks
from lti_bridge.providers.names import given_and_family
from lti_bridge.providers.operations import Operation
from lti_bridge.providers.reports import GradeReport, HintMessage, LineItemScore, Message, PollMessage, ScoreMessage
from lti_bridge.providers.scores import report_of

#: What a hint means: where the attempt stands, None for nothing at all. No hint brings a result.
HINTS: dict[str, AttemptState | None] = {
    "callback": AttemptState.SUBMITTED,  # cal_bac_pag: the test is complete
    "return": None,  # rtn_pag: the browser is back, perhaps too early
}
#: By the API: what opens which action beside the two that sit a test of their own.
_OPENED_BY: Mapping[str, Callable[[Opening, Stored], Action]] = {
    "view_results": viewing.view_results,
    "view_report_pdf": viewing.view_report_pdf,
    "candidate_space": viewing.candidate_space,
    "confirmation_test": viewing.confirmation_test,
    "admin_space": viewing.admin_space,
}


class Isograd(Provider):
    """Tests and certifications. Isograd knows a candidate by the e-mail address."""

    name: ClassVar[str] = "isograd"
    label: ClassVar[str] = "Isograd (TOSA)"
    actions: ClassVar[Mapping[str, ActionKind]] = {
        "take_test": ActionKind("Take a test", sits_a_test=True),
        "take_new_test": ActionKind("Take a new test", sits_a_test=True),
        "view_report_pdf": ActionKind("View the report (PDF)", sits_a_test=False),
        "candidate_space": ActionKind("Open the candidate's space", sits_a_test=False),
        "view_results": ActionKind("View the results", sits_a_test=False),
        "confirmation_test": ActionKind("Take a confirmation test", sits_a_test=True),
        "admin_space": ActionKind("Open the administration", sits_a_test=False, for_teachers=True),
    }
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS
    attempt_acts: ClassVar[Mapping[str, AttemptAct]] = ATTEMPT_ACTS
    account_page: ClassVar[AccountPage | None] = ACCOUNT_PAGE
    looks: ClassVar[Looks] = LOOKS

    secret_names: ClassVar[Mapping[str, str]] = SECRET_NAMES

    def check_account(self, settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        return problems_of(settings, secrets)

    def check_activity(self, account: Account, action: str, parameters: Mapping[str, Any]) -> list[str]:
        if action not in ACTIONS:
            return [f"action {action} is not known"]
        tables = _tables(account)
        problems = list(read_stored(action, parameters, tables).problems)
        graded = tables is BY_LTI and bool(ACTIONS[action]) and self.actions[action].sits_a_test
        if graded and conversion(account) == "corrected" and "gra_typ_id" not in parameters:
            problems.append("gra_typ_id is missing: the account's conversion is corrected")
        if action == "admin_space" and tables is BY_API and not account.settings.get("administrators"):
            problems.append("admin_space needs the account's setting administrators: who may open it")
        return problems

    def lti13_tool(self, account: Account) -> Lti13Tool | None:
        return lti13_tool(account)

    def open(self, opening: Opening) -> Action:
        if by_api(opening.account.settings):
            return _open_by_api(opening)
        stored = read_activity(opening.activity)
        _check_person(opening)
        sub_com_id = opening.account.settings.get("sub_com_id")
        of_account = {"sub_com_id": str(sub_com_id)} if sub_com_id else {}
        # Last: which action it is comes from our own table and from nowhere else.
        custom = of_account | _filled(opening, stored.act_id) | stored.to_send() | {"act_id": stored.act_id}
        return RelayLaunch(lti_url(opening.account), custom, lti13_tool(opening.account))

    def read(self, message: Message) -> list[GradeReport]:
        match message:
            case ScoreMessage():
                return [_read_score(message)]
            case LineItemScore():
                return [report_of(message)]
            case HintMessage():
                return _read_hint(message)
            case PollMessage():
                return read_poll(message)

    def custom_names(self, activity: Activity) -> Collection[str]:
        return launchable(activity.parameters) if by_api(activity.account.settings) else ()


def _tables(account: Account) -> Tables:
    return BY_API if by_api(account.settings) else BY_LTI


# --- opening --------------------------------------------------------------------------------


def _open_by_api(opening: Opening) -> Action:
    stored = read_activity(opening.activity, BY_API)
    _check_person(opening)
    action = opening.activity.action
    if action in _OPENED_BY:
        return _OPENED_BY[action](opening, stored)
    return take_test(opening, values_of(opening, stored), always_new=action == "take_new_test")


def _check_person(opening: Opening) -> None:
    if not opening.learner.email.strip():
        raise CannotOpen(
            "email_missing",
            _("The test needs your e-mail address, and your learning platform did not send it."),
            _("Ask your teacher to let this link share your e-mail address, then open it again."),
        )
    if not all(given_and_family(opening.learner)):
        raise CannotOpen(
            "name_missing",
            _("The test needs your name, and your learning platform did not send it."),
            _("Ask your teacher to let this link share your name, then open it again."),
        )


def _filled(opening: Opening, act_id: str) -> dict[str, str]:
    """What we fill in ourselves, as far as it is known and the action takes it."""
    language = opening.locale.replace("_", "-").lower().partition("-")[0]
    values = {
        "ext_id": opening.learner.opaque_id,
        "lan_id": LANGUAGES.get(language, ""),
        "redirect": "1",
        "rtn_pag": opening.return_url,
        "cal_bac_pag": opening.callback_url,
        "pla_tst_id": opening.attempt.provider_attempt_id if opening.attempt else "",
    }
    return {name: values[name] for name in FILLED[act_id] if values[name]}


# --- reading --------------------------------------------------------------------------------


def _read_score(message: ScoreMessage) -> GradeReport:
    if message.score is None:
        # Taken back: the test is over and has no result, which is not 0.
        return GradeReport(message.attempt, AttemptState.SUBMITTED, message.received_at, has_result=True)
    activity = message.attempt.activity
    grade_type = str(activity.parameters.get("gra_typ_id", ""))
    score, note = convert(message.score, conversion(activity.account), grade_type)
    return GradeReport(
        message.attempt,
        AttemptState.GRADED,
        message.received_at,
        has_result=True,
        score_given=score,
        score_maximum=Decimal(1),
        raw_score=message.raw_score,
        note=note,
    )


def _read_hint(message: HintMessage) -> list[GradeReport]:
    if message.kind not in HINTS:
        raise UnsupportedEvent("unknown_hint", detail=f"isograd: {message.kind}")
    # Where the API can be asked, nobody needs to be believed.
    state = None if by_api(message.account.settings) else HINTS[message.kind]
    return [GradeReport(message.attempt, state, message.received_at)] if state else []
