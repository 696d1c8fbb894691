"""The actions of Isograd's document that can be asked for by LTI; several of them by the API too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.isograd import credits
from lti_bridge.sandbox.isograd.errors import IsogradError
from lti_bridge.sandbox.isograd.forms import FORMS
from lti_bridge.sandbox.isograd.launches import Asked
from lti_bridge.sandbox.models import IsogradCandidate, IsogradCredits, IsogradTest
from lti_bridge.sandbox.models.isograd import DESTINATION

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action gives: the name and value of its JSON property, and whether it always redirects there.

    ``more``: properties beside it.
    """

    name: str
    url: str
    always_redirects: bool = False
    more: Mapping[str, object] = field(default_factory=dict)


def carry_out(asked: Asked) -> Answer:
    """Do what ``act_id`` says. Raises ``IsogradError``."""
    action = _ACTIONS.get(asked.required("act_id"))
    if action is None:
        raise IsogradError(103)
    return action(asked)


def add_test(asked: Asked) -> Answer:
    """Act 2: a test, or the unfinished one of the same kind."""
    return _test(asked, candidate_of(asked), again=True)


def add_another_test(asked: Asked) -> Answer:
    """Act 9: a new test, whatever is unfinished."""
    return _test(asked, candidate_of(asked), again=False)


def _create_and_take(asked: Asked) -> Answer:
    if asked.required("gen_id") not in ("1", "2", "3"):
        raise IsogradError(201)
    if asked.optional("dep_id"):
        # Groups by Isograd's own ids do not exist here.
        raise IsogradError(203)
    # By LTI a known candidate goes on: error 202 would lock everybody out at their second launch.
    candidate, _made = IsogradCandidate.objects.get_or_create(
        email=asked.email,
        defaults={
            "given_name": asked.required("fst_nam"),
            "family_name": asked.required("lst_nam"),
            "external_id": asked.optional("ext_id") or asked.user_id,
        },
    )
    return _test(asked, candidate, again=True)


def taken(asked: Asked) -> IsogradTest:
    """The completed test that is asked about: by its id, or the last one taken. Raises error 501 or 502."""
    tests = candidate_of(asked).tests.filter(tst_frm_id=_form_id(asked))
    if asked.optional("pla_tst_id"):
        tests = tests.filter(pk=asked.number("pla_tst_id", 501))
    last = tests.last()
    if last is None:
        raise IsogradError(501)
    if last.status != IsogradTest.Status.COMPLETED:
        raise IsogradError(502)
    return last


def assessed(asked: Asked) -> IsogradTest:
    """The completed test that is asked about, if it has a report. Raises error 601 too."""
    test = taken(asked)
    if not FORMS[test.tst_frm_id].is_assessment:
        raise IsogradError(601)
    return test


def _report(asked: Asked) -> Answer:
    return Answer("pdf_url", provider_url("sandbox-isograd-report", assessed(asked).key))


def candidate_space(asked: Asked) -> Answer:
    """Act 38: the candidate's own page."""
    return Answer("lgn_url", provider_url("sandbox-isograd-candidate", candidate_of(asked).key), always_redirects=True)


def _administration(_asked: Asked) -> Answer:
    log.error("sandbox_isograd_administrator_log_in")
    return Answer("url", provider_url("sandbox-isograd-administration"), always_redirects=True)


_ACTIONS: dict[str, Callable[[Asked], Answer]] = {
    "2": add_test,
    "6": _report,
    "8": _create_and_take,
    "9": add_another_test,
    "13": _administration,
    "38": candidate_space,
}


def candidate_of(asked: Asked) -> IsogradCandidate:
    """The candidate that is asked about. Raises error 105, 107 or 201."""
    candidate = IsogradCandidate.objects.filter(email=asked.email).first()
    if candidate is None:
        raise IsogradError(107)
    return candidate


def _form_id(asked: Asked) -> int:
    number = asked.number("tst_frm_id", 106)
    if number not in FORMS:
        raise IsogradError(106)
    return number


def _test(asked: Asked, candidate: IsogradCandidate, *, again: bool) -> Answer:
    """A test of the candidate. ``again``: an unfinished one comes back."""
    number = _form_id(asked)
    tests = candidate.tests.filter(tst_frm_id=number)
    open_ones = (IsogradTest.Status.NOT_STARTED, IsogradTest.Status.STARTED)
    unfinished = tests.filter(status__in=open_ones).last() if again else None
    if unfinished is None:
        if asked.optional("max_num_tst") and tests.count() >= asked.number("max_num_tst", 105):
            raise IsogradError(402)
        credits.use(IsogradCredits.Kind.TEST, error=301)
        if asked.optional("add_pro") == "1":
            credits.use(IsogradCredits.Kind.PROCTORING, error=303)
    test = unfinished or IsogradTest(candidate=candidate, tst_frm_id=number, proctored=asked.optional("add_pro") == "1")
    for name in DESTINATION:
        setattr(test, name, asked.destination.get(name, ""))
    test.cal_bac_pag = asked.optional("cal_bac_pag")
    test.rtn_pag = asked.optional("rtn_pag")
    test.save()
    return Answer("tst_url", provider_url("sandbox-isograd-test", test.key), more={"pla_tst_id": test.pk})
