"""What teachers and administrators can have done at Inspera: about one attempt, or about the account."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import CannotCall
from lti_bridge.models import UNFINISHED, Account, Attempt, AttemptState, ProviderTest
from lti_bridge.providers.acts import AccountAct, AccountPage, AttemptAct, Blank, Fact, Told
from lti_bridge.providers.inspera_assessment import webhook_operations, webhooks
from lti_bridge.providers.inspera_assessment.client import PATIENT, ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of
from lti_bridge.providers.inspera_assessment.entering import ASSIGNED, GIVEN, add_candidates, row_of
from lti_bridge.providers.inspera_assessment.parameters import MINUTES
from lti_bridge.providers.inspera_assessment.settings import auth_type, has_api


def _ids(attempt: Attempt) -> dict[str, str]:
    candidate = attempt.candidate
    if candidate is None or not candidate.provider_candidate_id:
        raise CannotCall("candidate_unknown", [_("Inspera has not told who this candidate is there.")])
    return {"test_id": attempt.provider_attempt_id, "user_id": candidate.provider_candidate_id}


def _give_time(attempt: Attempt, filled: Mapping[str, str]) -> Told:
    minutes = MINUTES.read(filled.get("extraTimeMins", ""))
    if minutes is None or attempt.candidate is None:
        raise CannotCall("wrong_arguments", [f"extraTimeMins must be {MINUTES.words}"])
    row = row_of(attempt.account, attempt.learner, attempt.candidate, minutes)
    add_candidates(attempt.account, attempt.provider_attempt_id, [row])
    attempt.provider_details = {**attempt.provider_details, ASSIGNED: str(minutes), GIVEN: str(minutes)}
    attempt.save(update_fields=["provider_details"])
    return Told(_("The learner has %(minutes)s minutes more.") % {"minutes": minutes})


def _remove(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    account = attempt.account
    candidate = attempt.candidate
    row = {key_of(account, "candidate.externalId"): candidate.known_as if candidate else ""}
    body = {
        key_of(account, "candidates.authenticationSystem"): auth_type(account),
        key_of(account, "candidates.candidates"): [row],
    }
    ask(account, "remove_candidates", {"test_id": attempt.provider_attempt_id}, body=body, patience=PATIENT)
    details = {name: value for name, value in attempt.provider_details.items() if name != ASSIGNED}
    attempt.provider_details = details
    attempt.save(update_fields=["provider_details"])
    return Told(_("The learner is taken out of the test. The next launch assigns them again."))


def _appeal(attempt: Attempt, filled: Mapping[str, str]) -> Told:
    parts = _ids(attempt)
    body = {
        key_of(attempt.account, "appeal.userId"): parts["user_id"],
        key_of(attempt.account, "appeal.reason"): filled.get("reason", ""),
    }
    ask(attempt.account, "register_appeal", parts, body=body, patience=PATIENT)
    return Told(_("The appeal is registered. A revised grade comes by itself."))


def _redraw(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    ask(attempt.account, "redraw_appeal", _ids(attempt), patience=PATIENT)
    return Told(_("The appeal is taken back."))


def _explain(attempt: Attempt, filled: Mapping[str, str]) -> Told:
    parts = _ids(attempt)
    body = {
        key_of(attempt.account, "explanation.userId"): parts["user_id"],
        key_of(attempt.account, "explanation.explanation"): filled.get("explanation", ""),
    }
    ask(attempt.account, "register_explanation", parts, body=body, patience=PATIENT)
    return Told(_("The explanation is registered."))


def _in(*states: AttemptState) -> Callable[[Attempt], bool]:
    return lambda attempt: bool(attempt.provider_attempt_id) and attempt.state in states and has_api(attempt.account)


ATTEMPT_ACTS: Mapping[str, AttemptAct] = {
    "give_time": AttemptAct(
        label=gettext_lazy("Give extra time"),
        carry_out=_give_time,
        suits=_in(*UNFINISHED),
        question=gettext_lazy("How many minutes more does the learner have?"),
        blanks={"extraTimeMins": Blank(gettext_lazy("Minutes"), kind="number", required=True)},
    ),
    "remove_candidate": AttemptAct(
        label=gettext_lazy("Take out of the test"),
        carry_out=_remove,
        suits=_in(AttemptState.CREATED, AttemptState.OPENED),
        question=gettext_lazy("Take the learner out of the test at Inspera?"),
    ),
    "register_appeal": AttemptAct(
        label=gettext_lazy("Register an appeal"),
        carry_out=_appeal,
        suits=_in(AttemptState.GRADED),
        question=gettext_lazy("Register an appeal against the grade?"),
        blanks={"reason": Blank(gettext_lazy("Why"))},
        in_bulk=False,
    ),
    "redraw_appeal": AttemptAct(
        label=gettext_lazy("Take the appeal back"),
        carry_out=_redraw,
        suits=_in(AttemptState.GRADED),
        question=gettext_lazy("Take the appeal back?"),
        in_bulk=False,
    ),
    "register_explanation": AttemptAct(
        label=gettext_lazy("Register an explanation"),
        carry_out=_explain,
        suits=_in(AttemptState.GRADED),
        question=gettext_lazy("Register an explanation of the grade?"),
        blanks={"explanation": Blank(gettext_lazy("Explanation"), required=True)},
        in_bulk=False,
    ),
}


# --- about the account ----------------------------------------------------------------------


def _facts(account: Account) -> Sequence[Fact]:
    """The subscriptions that Inspera has, and how far the exports of tests are."""
    wanted = account.settings.get("webhook_events", [])
    there = webhooks.subscribed(account, webhook_operations.list_subscriptions(account, {}))
    facts = [
        Fact(
            str(event), _("subscribed") if event in there else _("not subscribed"), "good" if event in there else "bad"
        )
        for event in wanted
    ]
    facts += [Fact(event, _("subscribed"), "") for event in sorted(there - set(wanted))]
    tests = ProviderTest.objects.filter(account=account).select_related("export").order_by("-pk")[:20]
    return facts + [_fact_of(test) for test in tests]


def _fact_of(test: ProviderTest) -> Fact:
    label = _("Test %(id)s") % {"id": test.provider_test_id}
    if test.trouble:
        return Fact(label, test.trouble, "bad")
    if test.export:
        return Fact(label, f"{test.export.get_state_display()} {test.export.progress} %", "wait")
    return Fact(label, f"{test.looked_at:%Y-%m-%d %H:%M}" if test.looked_at else _("not asked about yet"), "")


def _subscribe(account: Account, _filled: Mapping[str, str]) -> Told:
    if not account.settings.get("webhook_events"):
        return Told(_("The account names no events. List some under webhook_events in its settings."))
    done = webhooks.restore(account)
    return Told("; ".join(done) if done else _("Nothing is missing: every event of the settings is subscribed to."))


def _choices(_account: Account) -> Mapping[str, Sequence[str]]:
    return {}


ACCOUNT_PAGE = AccountPage(
    available=has_api,
    facts=_facts,
    choices=_choices,
    acts={"subscribe": AccountAct(label=gettext_lazy("Subscribe to webhooks"), carry_out=_subscribe)},
)
