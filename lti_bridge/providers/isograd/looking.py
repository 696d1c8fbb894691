"""Asking Isograd how an attempt stands: its answers, word for word, as one JSON text.

Which questions depends on what is known of the attempt: its own test, a confirmation test (whose id Isograd does not
tell), or a test that was opened by LTI.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

from lti_bridge.errors import ProviderError
from lti_bridge.models import Account, Attempt, AttemptState, EventSource, Grade
from lti_bridge.providers.isograd.asking import of_activity, results_of, sub_account
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.envelope import is_success
from lti_bridge.providers.isograd.errors import NO_TEST, NOT_FINISHED, NOT_TAKEN, IsogradRefused, Meaning
from lti_bridge.providers.isograd.results import COMPLETED
from lti_bridge.providers.isograd.settings import checks_grades, has_api
from lti_bridge.providers.looking import Looks

#: In an attempt's details: the test that its confirmation test is about.
CONFIRMS = "confirms"
#: Waits between looks, then one every ``THEN_EVERY``, ``DAYS`` long.
WAITS = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
THEN_EVERY = timedelta(hours=6)
DAYS = 30
#: By LTI no test has an id, and the answer is of the last test taken: asked is only about what was heard to be over.
_HEARD_TO_BE_OVER = (AttemptState.SUBMITTED, AttemptState.MARKING, AttemptState.GRADED)


def can_fetch(account: Account, attempt: Attempt) -> bool:
    """Whether the API can be asked about an attempt."""
    if not has_api(account):
        return False
    if attempt.provider_attempt_id or attempt.provider_details.get(CONFIRMS):
        return True
    return checks_grades(account) and attempt.state in _HEARD_TO_BE_OVER and bool(_test_of(attempt))


def next_look(state: AttemptState, looks: int) -> timedelta | None:
    """The schedule, the same for every unfinished state; a grade is the end of it."""
    if state == AttemptState.GRADED:
        return None
    if looks < len(WAITS):
        return WAITS[looks]
    return THEN_EVERY if (looks - len(WAITS)) * THEN_EVERY < timedelta(days=DAYS) else None


def fetch(attempt: Attempt) -> str | None:
    """What Isograd answers about an attempt; None when there is nothing to ask. Raises ``ProviderError``."""
    account = attempt.account
    if attempt.provider_attempt_id:
        return _as_text(_own_test(account, attempt))
    if confirmed := attempt.provider_details.get(CONFIRMS):
        return _as_text(_confirmation(account, attempt, str(confirmed)))
    if checks_grades(account) and _test_of(attempt):
        return _as_text(_check(account, attempt))
    return None


def _own_test(account: Account, attempt: Attempt) -> dict[str, str]:
    where = {"pla_tst_id": attempt.provider_attempt_id} | sub_account(attempt.activity)
    status, raw = _ask(account, "10", where, (NO_TEST,))
    answers = {"get_test_status": raw}
    if str(status.get("sta_id")) != COMPLETED:
        return answers
    values = results_of(attempt, pla_tst_id=attempt.provider_attempt_id)
    results, answers["get_results"] = _ask(account, "4", values, (NOT_TAKEN, NOT_FINISHED))
    if is_success(results):
        answers |= _details(account, values)
    return answers


def _details(account: Account, values: Mapping[str, str]) -> dict[str, str]:
    """The result skill by skill. The grade does not wait for it."""
    try:
        return {"get_result_details": ask(account, "5", values).raw}
    except ProviderError:
        return {}


def _confirmation(account: Account, attempt: Attempt, confirmed: str) -> dict[str, str]:
    """The confirmed test's result, and the last one of that test: when they differ, the confirmation test is over."""
    _values, base = _ask(account, "4", results_of(attempt, pla_tst_id=confirmed), ())
    _values, last = _ask(account, "4", results_of(attempt, pla_tst_id=""), (NOT_TAKEN, NOT_FINISHED))
    return {"confirmed": base, "get_results": last}


def _check(account: Account, attempt: Attempt) -> dict[str, str]:
    """What the API says of a test that was opened by LTI, beside what the LTI message said, if any came."""
    _values, raw = _ask(account, "4", results_of(attempt, pla_tst_id=""), (NOT_TAKEN, NOT_FINISHED))
    told = attempt.grades.filter(event__source__in=(EventSource.OUTCOME, EventSource.SCORE)).order_by("-pk").first()
    if told is None:
        return {"get_results": raw}
    # Taken back is told as well: nothing fits it.
    return {"get_results": raw, "told": json.dumps(_heard(told))}


def _heard(told: Grade) -> str:
    """The score in an LTI message, before any conversion; nothing when it took a score back."""
    if told.fraction is None:
        return ""
    if told.event and told.event.source == EventSource.OUTCOME:
        return told.raw_score
    return f"{told.fraction:f}"


def _ask(
    account: Account, act_id: str, values: Mapping[str, str], facts: tuple[Meaning, ...]
) -> tuple[Mapping[str, object], str]:
    """The values and the text of an answer. Refusals that are ``facts`` about the test are answers too."""
    try:
        envelope = ask(account, act_id, values)
    except IsogradRefused as refused:
        if refused.meaning not in facts:
            raise
        envelope = refused.envelope
    return envelope.values, envelope.raw


def _test_of(attempt: Attempt) -> str:
    return of_activity(attempt.activity, "tst_frm_id")


def _as_text(answers: Mapping[str, str]) -> str:
    """One JSON object of several JSON texts, each as it came."""
    return "{" + ", ".join(f"{json.dumps(name)}: {raw}" for name, raw in answers.items()) + "}"


LOOKS = Looks(can_fetch, fetch, next_look)
