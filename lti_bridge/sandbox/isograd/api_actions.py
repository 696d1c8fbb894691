"""Every action of Isograd's document as its API has it: parameters in, properties of the JSON answer out."""

from collections.abc import Callable, Mapping
from typing import Any

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.isograd import actions, credits
from lti_bridge.sandbox.isograd.errors import IsogradError
from lti_bridge.sandbox.isograd.forms import FORMS, MAXIMUM, levels_of
from lti_bridge.sandbox.isograd.launches import Asked
from lti_bridge.sandbox.models import IsogradCandidate, IsogradCredits, IsogradSession, IsogradTest

#: What an action answers: properties, or an address to redirect to.
Said = Mapping[str, Any] | str


def carry_out(asked: Asked) -> Said:
    """Do what ``act_id`` says. Raises ``IsogradError``."""
    action = _ACTIONS.get(asked.required("act_id"))
    if action is None:
        raise IsogradError(103)
    return action(asked)


# --- candidates -----------------------------------------------------------------------------


def _create_candidate(asked: Asked) -> Said:
    names = {"given_name": asked.required("fst_nam"), "family_name": asked.required("lst_nam")}
    if asked.required("gen_id") not in ("1", "2", "3"):
        raise IsogradError(201)
    if asked.optional("dep_id"):
        # Groups by Isograd's own ids do not exist here.
        raise IsogradError(203)
    candidate, made = IsogradCandidate.objects.get_or_create(
        email=asked.email, defaults=names | {"external_id": asked.optional("ext_id")}
    )
    if not made:
        raise IsogradError(202, can_id=candidate.pk)
    return {"can_id": candidate.pk, "lgn_url": provider_url("sandbox-isograd-candidate", candidate.key)}


def _create_and_add_test(asked: Asked) -> Said:
    _create_candidate(asked)
    return _tests(actions.add_test(asked))


def _update_candidate(asked: Asked) -> Said:
    candidate = _by_id(asked)
    others = IsogradCandidate.objects.exclude(pk=candidate.pk)
    if asked.optional("ema") and (other := others.filter(email=asked.email).first()):
        raise IsogradError(202, can_id=other.pk)
    candidate.email = asked.email if asked.optional("ema") else candidate.email
    candidate.given_name = asked.optional("fst_nam") or candidate.given_name
    candidate.family_name = asked.optional("lst_nam") or candidate.family_name
    candidate.save()
    return {}


def _delete_candidate(asked: Asked) -> Said:
    (_by_id(asked) if asked.optional("can_id") else actions.candidate_of(asked)).delete()
    return {}


def _anonymize(asked: Asked) -> Said:
    candidate = actions.candidate_of(asked)
    candidate.given_name = candidate.family_name = candidate.email = str(candidate.pk)
    candidate.save()
    return {}


def _by_id(asked: Asked) -> IsogradCandidate:
    candidate = IsogradCandidate.objects.filter(pk=asked.number("can_id", 107)).first()
    if candidate is None:
        raise IsogradError(107)
    return candidate


# --- tests ----------------------------------------------------------------------------------


def _add_test(asked: Asked) -> Said:
    return _tests(actions.add_test(asked))


def _add_new_test(asked: Asked) -> Said:
    return _tests(actions.add_another_test(asked))


def _tests(answer: actions.Answer) -> Said:
    return {answer.name: answer.url, **answer.more}


def _test(asked: Asked, otherwise: int) -> IsogradTest:
    test = IsogradTest.objects.filter(pk=asked.number("pla_tst_id", otherwise)).first()
    if test is None:
        raise IsogradError(otherwise)
    return test


def _add_proctoring(asked: Asked) -> Said:
    test = _test(asked, 501)
    if not test.proctored:
        credits.use(IsogradCredits.Kind.PROCTORING, error=303)
    IsogradTest.objects.filter(pk=test.pk).update(proctored=True)
    return {}


def _remove_proctoring(asked: Asked) -> Said:
    test = _test(asked, 501)
    if test.proctored:
        credits.give_back(IsogradCredits.Kind.PROCTORING)
    IsogradTest.objects.filter(pk=test.pk).update(proctored=False)
    return {}


def _delete_test(asked: Asked) -> Said:
    test = _test(asked, 304)
    if test.status != IsogradTest.Status.NOT_STARTED:
        raise IsogradError(304)
    test.delete()
    credits.give_back(IsogradCredits.Kind.TEST)
    return {}


def _add_confirmation_test(asked: Asked) -> Said:
    base = _test(asked, 501)
    if base.status != IsogradTest.Status.COMPLETED:
        raise IsogradError(502)
    credits.use(IsogradCredits.Kind.TEST, error=301)
    made = IsogradTest.objects.create(candidate=base.candidate, tst_frm_id=base.tst_frm_id)
    # Its id is not told: that is how the document has it.
    return {"tst_url": provider_url("sandbox-isograd-test", made.key)}


def _send_email(asked: Asked) -> Said:
    template = asked.required("mai_tem_id")
    wanted = [part for part in asked.optional("pla_tst_ids").split(",") if part.strip().isdecimal()]
    tests = IsogradTest.objects.filter(pk__in=wanted) if wanted else _by_id(asked).tests.all()
    for test in tests:
        test.messages += f"registration e-mail: template {template}, {asked.optional('sen_dat') or 'now'}\n"
        test.save(update_fields=["messages"])
    return {}


# --- results --------------------------------------------------------------------------------


def _status(asked: Asked) -> Said:
    return {"sta_id": _test(asked, 501).status}


def _results(asked: Asked) -> Said:
    test = actions.taken(asked)
    seconds = int((test.completed_at - test.created_at).total_seconds()) if test.completed_at else 0
    words = f"{test.score}/{MAXIMUM}"
    return {
        "gra_typ_id": 2,
        "num_val": test.score,
        "max_val": MAXIMUM,
        "txt_des": words,
        # Two tests of one candidate never take equally long here.
        "no_sto_tim_spe": seconds + test.pk,
    }


def _details(asked: Asked) -> Said:
    test = actions.taken(asked)
    language = int(asked.optional("des_lan_id") or 2)
    return {"des_lan_id": language, "result_details": levels_of(test.score or 0)}


def _pdf(asked: Asked) -> Said:
    return {"pdf_url": provider_url("sandbox-isograd-pdf", actions.assessed(asked).key)}


# --- administration -------------------------------------------------------------------------


def _create_session(asked: Asked) -> Said:
    made = IsogradSession.objects.create(
        description=asked.required("des"), begins=asked.required("sta_dat"), ends=asked.required("end_dat")
    )
    return {"ses_id": made.pk}


def _log_in_as_admin(asked: Asked) -> Said:
    """As that administrator; without an address as any, which is what the alarm is for."""
    named = asked.optional("ema") if asked.optional("use_ema_for_adm") == "1" else ""
    return f"{provider_url('sandbox-isograd-administration')}?as={named}" if named else _alarm()


def _alarm() -> str:
    return provider_url("sandbox-isograd-administration")


def _log_in_as_candidate(asked: Asked) -> Said:
    return actions.candidate_space(asked).url


def _list_tests(_asked: Asked) -> Said:
    return {"tests": list(FORMS)}


def _list_credits(_asked: Asked) -> Said:
    return {"credits": [{"des": kind, "amount": amount} for kind, amount in credits.left().items()]}


_ACTIONS: dict[str, Callable[[Asked], Said]] = {
    "1": _create_candidate,
    "2": _add_test,
    "4": _results,
    "5": _details,
    "6": _pdf,
    "8": _create_and_add_test,
    "9": _add_new_test,
    "10": _status,
    "11": _create_session,
    "12": _anonymize,
    "13": _log_in_as_admin,
    "14": _list_tests,
    "15": _list_credits,
    "16": _add_proctoring,
    "17": _remove_proctoring,
    "23": _delete_test,
    "24": _delete_candidate,
    "38": _log_in_as_candidate,
    "42": _send_email,
    "51": _update_candidate,
    "58": _add_confirmation_test,
}
