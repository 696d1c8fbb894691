"""The actions of Isograd's document that can be asked for by LTI."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.isograd.errors import IsogradError
from lti_bridge.sandbox.isograd.forms import FORMS
from lti_bridge.sandbox.isograd.launches import Asked
from lti_bridge.sandbox.models import IsogradCandidate, IsogradTest
from lti_bridge.sandbox.models.isograd import DESTINATION

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action gives: the name and value of its JSON property, and whether it always redirects there."""

    name: str
    url: str
    always_redirects: bool = False


def carry_out(asked: Asked) -> Answer:
    """Do what ``act_id`` says. Raises ``IsogradError``."""
    action = _ACTIONS.get(asked.required("act_id"))
    if action is None:
        raise IsogradError(103)
    return action(asked)


def _add_test(asked: Asked) -> Answer:
    return _test(asked, _candidate(asked), again=True)


def _add_another_test(asked: Asked) -> Answer:
    return _test(asked, _candidate(asked), again=False)


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


def _report(asked: Asked) -> Answer:
    number = _form_id(asked)
    tests = _candidate(asked).tests.filter(tst_frm_id=number)
    if asked.optional("pla_tst_id"):
        tests = tests.filter(pk=asked.number("pla_tst_id", 501))
    last = tests.last()
    if last is None:
        raise IsogradError(501)
    if last.status != IsogradTest.Status.COMPLETED:
        raise IsogradError(502)
    if not FORMS[number].is_assessment:
        raise IsogradError(601)
    return Answer("pdf_url", provider_url("sandbox-isograd-report", last.key))


def _candidate_space(asked: Asked) -> Answer:
    return Answer("lgn_url", provider_url("sandbox-isograd-candidate", _candidate(asked).key), always_redirects=True)


def _administration(_asked: Asked) -> Answer:
    log.error("sandbox_isograd_administrator_log_in")
    return Answer("url", provider_url("sandbox-isograd-administration"), always_redirects=True)


_ACTIONS: dict[str, Callable[[Asked], Answer]] = {
    "2": _add_test,
    "6": _report,
    "8": _create_and_take,
    "9": _add_another_test,
    "13": _administration,
    "38": _candidate_space,
}


def _candidate(asked: Asked) -> IsogradCandidate:
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
    unfinished = tests.exclude(status=IsogradTest.Status.COMPLETED).last() if again else None
    if unfinished is None and asked.optional("max_num_tst") and tests.count() >= asked.number("max_num_tst", 105):
        raise IsogradError(402)
    test = unfinished or IsogradTest(candidate=candidate, tst_frm_id=number)
    for name in DESTINATION:
        setattr(test, name, asked.destination.get(name, ""))
    test.cal_bac_pag = asked.optional("cal_bac_pag")
    test.rtn_pag = asked.optional("rtn_pag")
    test.save()
    return Answer("tst_url", provider_url("sandbox-isograd-test", test.key))
