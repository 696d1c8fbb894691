"""What teachers and administrators can have done at Isograd, about one attempt or about the account."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import CannotCall
from lti_bridge.models import UNFINISHED, Account, Attempt, AttemptState, Candidate
from lti_bridge.providers.acts import AccountAct, AccountPage, AttemptAct, Blank, Fact, FileKind, Told
from lti_bridge.providers.isograd.asking import address_of, results_of, sub_account
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.operations import OPERATIONS
from lti_bridge.providers.isograd.results import number
from lti_bridge.providers.isograd.settings import credits_warning, has_api, time_zone
from lti_bridge.providers.isograd.sitting import ASKED, remember
from lti_bridge.providers.isograd.values import ID
from lti_bridge.providers.operations import read_arguments
from lti_bridge.providers.reports import GradeReport

_OVER = (AttemptState.SUBMITTED, AttemptState.MARKING, AttemptState.GRADED)
_MAXIMUM_TESTS = 2000

# --- about one attempt ----------------------------------------------------------------------


def _delete_test(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _about(attempt, "23")
    cancelled = GradeReport(attempt, AttemptState.CANCELLED, timezone.now())
    return Told(_("The test is deleted. The next launch makes a new one."), report=cancelled)


def _add_proctoring(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _about(attempt, "16")
    return Told(_("The test is proctored from now on."))


def _remove_proctoring(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _about(attempt, "17")
    return Told(_("The test is not proctored any more."))


def _add_confirmation_test(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _about(attempt, "58")
    return Told(_("The confirmation test is there. The learner finds it in their own space at Isograd."))


def _send_registration_email(attempt: Attempt, filled: Mapping[str, str]) -> Told:
    given = {name: value for name, value in filled.items() if value} | {"pla_tst_ids": attempt.provider_attempt_id}
    if "sen_dat" in given:
        # Today counts as now.
        given["for_sen"] = "1"
    values = read_arguments(OPERATIONS["send_registration_email"], given)
    ask(attempt.account, "42", values | sub_account(attempt.activity))
    return Told(_("The registration e-mail is on its way."))


def _report(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    values = results_of(attempt, pla_tst_id=attempt.provider_attempt_id)
    return Told(_("The report is open."), url=address_of(attempt.account, "6", values))


def _make_again(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    remember(attempt, {ASKED: False})
    return Told(_("The next launch makes a new test."))


def _about(attempt: Attempt, act_id: str) -> None:
    ask(attempt.account, act_id, {"pla_tst_id": attempt.provider_attempt_id} | sub_account(attempt.activity))


def _in(*states: AttemptState) -> Callable[[Attempt], bool]:
    return lambda attempt: bool(attempt.provider_attempt_id) and attempt.state in states and has_api(attempt.account)


def _is_in_doubt(attempt: Attempt) -> bool:
    return bool(attempt.provider_details.get(ASKED)) and not attempt.provider_attempt_id


ATTEMPT_ACTS: Mapping[str, AttemptAct] = {
    "report_pdf": AttemptAct(
        label=gettext_lazy("See the report (PDF)"),
        carry_out=_report,
        suits=_in(*_OVER),
        archived=FileKind("pdf", b"%PDF-"),
    ),
    "add_proctoring": AttemptAct(
        label=gettext_lazy("Add proctoring"),
        carry_out=_add_proctoring,
        suits=_in(*UNFINISHED),
        question=gettext_lazy("Add online proctoring? It costs a proctoring credit for each test."),
    ),
    "remove_proctoring": AttemptAct(
        label=gettext_lazy("Remove proctoring"), carry_out=_remove_proctoring, suits=_in(*UNFINISHED)
    ),
    "send_registration_email": AttemptAct(
        label=gettext_lazy("Send the registration e-mail"),
        carry_out=_send_registration_email,
        suits=_in(*UNFINISHED),
        question=gettext_lazy("Send Isograd’s registration e-mail?"),
        blanks={
            "mai_tem_id": Blank(
                gettext_lazy("Template"),
                kind="number",
                required=True,
                help=gettext_lazy("The number in the address of the template’s editor at Isograd."),
            ),
            "sen_dat": Blank(gettext_lazy("Day"), kind="date", help=gettext_lazy("Empty: now.")),
        },
    ),
    "add_confirmation_test": AttemptAct(
        label=gettext_lazy("Add a confirmation test"),
        carry_out=_add_confirmation_test,
        suits=_in(AttemptState.GRADED),
        question=gettext_lazy("Add a confirmation test to the completed test? It may cost a credit."),
    ),
    "delete_test": AttemptAct(
        label=gettext_lazy("Delete the test"),
        carry_out=_delete_test,
        suits=_in(AttemptState.CREATED, AttemptState.OPENED),
        question=gettext_lazy("Delete the test at Isograd? Only a test that was not begun can be deleted."),
    ),
    "make_again": AttemptAct(
        label=gettext_lazy("Have the test made again"),
        carry_out=_make_again,
        suits=_is_in_doubt,
        question=gettext_lazy(
            "Isograd did not say whether it made this test. Have it made again at the next launch? That may use a "
            "second credit; look at Isograd first."
        ),
    ),
}

# --- about the account ----------------------------------------------------------------------


def _credits(account: Account) -> Sequence[Fact]:
    """What is left of each kind of credit."""
    facts = []
    for each in _list(ask(account, "15", {}).values.get("credits")):
        amount = number(each.get("amount")) if isinstance(each, dict) else None
        if isinstance(each, dict) and amount is not None:
            tone = "bad" if amount < credits_warning(account) else "good"
            facts.append(Fact(str(each.get("des") or _("credits")), f"{amount:f}", tone))
    return facts


def _tests(account: Account) -> Mapping[str, Sequence[str]]:
    """The tests that activities may name: Isograd tells their ids and nothing more."""
    ids = (ID.read(each) for each in _list(ask(account, "14", {}).values.get("tests")))
    return {"tst_frm_id": [each for each in ids if each][:_MAXIMUM_TESTS]}


def _list(value: object) -> list[object]:
    """A list; PHP writes one whose numbering has gaps as an object."""
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _create_session(account: Account, filled: Mapping[str, str]) -> Told:
    given = {name: value for name, value in filled.items() if value}
    given |= {name: _there(account, given.get(name, "")) for name in ("sta_dat", "end_dat")}
    answer = ask(account, "11", read_arguments(OPERATIONS["create_session"], given))
    told = {"id": ID.read(answer.values.get("ses_id")) or "?"}
    return Told(_("The session is made; its ses_id is %(id)s.") % told)


def _there(account: Account, text: str) -> str:
    """A time as a browser's form has it, in our zone, as the document has it, in Isograd's. Raises ``CannotCall``."""
    try:
        here = timezone.make_aware(datetime.fromisoformat(text))
    except ValueError:
        raise CannotCall("wrong_arguments", [_("A time must be a day and a time.")]) from None
    return f"{here.astimezone(time_zone(account)):%Y-%m-%d %H:%M}"


def _anonymize(account: Account, filled: Mapping[str, str]) -> Told:
    ask(account, "12", read_arguments(OPERATIONS["anonymize_candidate"], filled))
    _forget(account, filled["ema"])
    return Told(_("The candidate is anonymous now."))


def _delete_candidate(account: Account, filled: Mapping[str, str]) -> Told:
    ask(account, "24", read_arguments(OPERATIONS["delete_candidate"], filled))
    _forget(account, filled["ema"])
    return Told(_("The candidate is deleted."))


def _let_go(account: Account, filled: Mapping[str, str]) -> Told:
    """For the person whose address somebody else has here: the next who comes with it is that candidate."""
    rows = Candidate.objects.filter(account=account, known_as__iexact=filled["ema"].strip())
    learners = list(rows.order_by("pk").values_list("learner__pk", "learner__platform__name"))
    if not learners:
        raise CannotCall("nobody", [_("Nobody has this address here.")])
    _forget(account, filled["ema"])
    had = ", ".join(f"{pk} ({platform})" for pk, platform in learners)
    return Told(_("Learner %(had)s had it. The next who comes with it has it then.") % {"had": had})


def _forget(account: Account, email: str) -> None:
    """Whom Isograd knows no more has no id there; the next launch makes a new candidate."""
    rows = Candidate.objects.filter(account=account, known_as__iexact=email.strip())
    rows.update(provider_candidate_id="", known_as="")


_EMAIL = {"ema": Blank(gettext_lazy("The candidate’s e-mail address"), kind="email", required=True)}

ACCOUNT_PAGE = AccountPage(
    available=has_api,
    facts=_credits,
    choices=_tests,
    acts={
        "create_session": AccountAct(
            label=gettext_lazy("Make a session"),
            carry_out=_create_session,
            blanks={
                "des": Blank(gettext_lazy("What it is called"), required=True),
                "sta_dat": Blank(gettext_lazy("Begins"), kind="datetime-local", required=True),
                "end_dat": Blank(gettext_lazy("Ends"), kind="datetime-local", required=True),
                "psw": Blank(gettext_lazy("Password"), kind="password"),
            },
        ),
        "let_go_of_address": AccountAct(
            label=gettext_lazy("Free an e-mail address"),
            carry_out=_let_go,
            question=gettext_lazy(
                "For somebody who is refused because another person has their address. Nothing changes at Isograd; the "
                "next who comes with the address has it. Put it right in the LMS first."
            ),
            blanks=_EMAIL,
            typed="ema",
        ),
        "anonymize_candidate": AccountAct(
            label=gettext_lazy("Make a candidate anonymous"),
            carry_out=_anonymize,
            question=gettext_lazy(
                "Isograd replaces the names and the address with numbers, on diplomas too. There is no way back."
            ),
            blanks=_EMAIL,
            typed="ema",
        ),
        "delete_candidate": AccountAct(
            label=gettext_lazy("Delete a candidate"),
            carry_out=_delete_candidate,
            question=gettext_lazy("Isograd deletes the candidate. There is no way back."),
            blanks=_EMAIL,
            typed="ema",
        ),
    },
)
