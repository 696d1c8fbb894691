"""Sitting a test by the API: the candidate found or made, one test for one attempt, and its address for the browser.

Two calls for a learner who is new here, one for one who is known. An attempt that has its test asks first whether that
is over: giving the same kind of test again would make another one, which costs a credit and hides the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import AttemptIsOver, CannotOpen, ProviderError
from lti_bridge.models import Account, Attempt, Candidate
from lti_bridge.providers.actions import Redirect
from lti_bridge.providers.base import Opening
from lti_bridge.providers.isograd.api_parameters import OF_CANDIDATE, OF_TEST
from lti_bridge.providers.isograd.asking import Made, add_test, address_of, create_candidate, person, sub_account
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.errors import NO_CANDIDATE, NO_TEST, IsogradRefused
from lti_bridge.providers.isograd.people import become, refuse_anothers, refuse_test_of_another
from lti_bridge.providers.isograd.results import COMPLETED, MARKED_BY_HAND
from lti_bridge.providers.turns import turn

#: In an attempt's details: act 9 was asked for, and nobody knows yet what came of it.
ASKED = "asked_for_new_test"


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One opening on its way. ``values``: everything that may be sent, by Isograd's names."""

    opening: Opening
    attempt: Attempt
    candidate: Candidate
    values: Mapping[str, str]
    always_new: bool

    @property
    def account(self) -> Account:
        return self.opening.account

    def of_candidate(self) -> dict[str, str]:
        names = OF_CANDIDATE | {"ext_id", "sub_com_id"}
        return {name: value for name, value in self.values.items() if name in names} | person(self.opening.learner)

    def of_test(self) -> dict[str, str]:
        sent = {name: value for name, value in self.values.items() if name in OF_TEST | {"sub_com_id"}}
        ours = {"rtn_pag": self.opening.return_url, "cal_bac_pag": self.opening.callback_url}
        return sent | ours | {"ema": self.candidate.known_as or self.opening.learner.email.strip()}


def take_test(opening: Opening, values: Mapping[str, str], *, always_new: bool) -> Redirect:
    """The browser goes to the attempt's test. ``always_new``: a new attempt has a new test, whatever is unfinished.

    Raises ``AttemptIsOver`` when its test is finished, ``CannotOpen`` when only a person can tell whether there is one,
    ``ProviderError`` as Isograd answers.
    """
    attempt, candidate = _rows(opening)
    with turn(candidate):
        # Whoever had the turn before may have done it all.
        attempt.refresh_from_db(fields=["provider_attempt_id", "provider_details"])
        candidate.refresh_from_db(fields=["provider_candidate_id", "known_as"])
        sitting = _Sitting(opening, attempt, candidate, values, always_new)
        url = _go_on(sitting) if attempt.provider_attempt_id else ""
        return Redirect(url or _begin(sitting))


def _rows(opening: Opening) -> tuple[Attempt, Candidate]:
    attempt = opening.attempt
    if attempt is None:
        raise CannotOpen("attempt_missing", _("This test cannot be opened."), _("Please tell your teacher."))
    candidate, made = Candidate.objects.get_or_create(learner=opening.learner, account=opening.account)
    if attempt.candidate_id != candidate.pk:
        attempt.candidate = candidate
        attempt.save(update_fields=["candidate"])
    return attempt, candidate


# --- an attempt that has its test -----------------------------------------------------------


def _go_on(sitting: _Sitting) -> str:
    """The address of the attempt's own test; empty when Isograd has it no more. Raises ``AttemptIsOver``."""
    attempt = sitting.attempt
    if not _is_alive(sitting, attempt.provider_attempt_id):
        remember(attempt, {}, provider_attempt_id="")
        return ""
    # By the address it was made for: a new one is told with the next test, so that going on stays at two calls.
    made = add_test(sitting.account, "2", sitting.of_test())
    if made.pla_tst_id == attempt.provider_attempt_id:
        return made.url
    # Either it was finished a moment ago, or several tests of a kind are open, and Isograd gives out one of them only.
    if not _others(attempt, made).exists():
        _is_alive(sitting, attempt.provider_attempt_id, unwanted=made)
    ema = sitting.of_test()["ema"]
    return address_of(sitting.account, "38", {"ema": ema} | sub_account(sitting.opening.activity))


def _is_alive(sitting: _Sitting, pla_tst_id: str, unwanted: Made | None = None) -> bool:
    """Whether a test can be gone on with; False when it is not there any more. Raises ``AttemptIsOver``.

    ``unwanted``: a test that was made by mistake, and is taken away again if this one is over.
    """
    where = sub_account(sitting.opening.activity)
    try:
        status = ask(sitting.account, "10", {"pla_tst_id": pla_tst_id} | where)
    except IsogradRefused as refused:
        if refused.meaning is NO_TEST:
            return False
        raise
    if str(status.values.get("sta_id")) not in (COMPLETED, MARKED_BY_HAND):
        return True
    if unwanted:
        ask(sitting.account, "23", {"pla_tst_id": unwanted.pla_tst_id} | where)
    raise AttemptIsOver(
        "attempt_is_over",
        _("You have already finished this test. Your result is on its way."),
        _("Open the link again from your course in a minute to see it."),
    )


def _others(attempt: Attempt, made: Made) -> QuerySet[Attempt]:
    """Other attempts that have this test."""
    tests = Attempt.objects.filter(provider_attempt_id=made.pla_tst_id, candidate__account=attempt.account)
    return tests.exclude(pk=attempt.pk)


# --- an attempt without one -----------------------------------------------------------------


def _begin(sitting: _Sitting) -> str:
    _find_candidate(sitting)
    try:
        made = _make(sitting)
    except IsogradRefused as refused:
        if refused.meaning is not NO_CANDIDATE:
            raise
        # Known to us and not to Isograd: deleted there.
        _create(sitting)
        made = _make(sitting)
    refuse_test_of_another(sitting.attempt, made.pla_tst_id)
    remember(sitting.attempt, {ASKED: False}, provider_attempt_id=made.pla_tst_id)
    return made.url


def _make(sitting: _Sitting) -> Made:
    """One test, whatever goes wrong: what can be asked for twice is asked for again, what costs a credit is not."""
    if not sitting.always_new:
        return add_test(sitting.account, "2", sitting.of_test())
    if sitting.attempt.provider_details.get(ASKED):
        return _look_for_it(sitting)
    remember(sitting.attempt, {ASKED: True})
    try:
        return add_test(sitting.account, "9", sitting.of_test())
    except ProviderError as error:
        if not error.ambiguous:
            remember(sitting.attempt, {ASKED: False})
        raise


def _look_for_it(sitting: _Sitting) -> Made:
    """Act 9 was asked for and not answered: act 2 gives the test that it made, or makes the one that it did not."""
    made = add_test(sitting.account, "2", sitting.of_test())
    if _others(sitting.attempt, made).exists():
        raise CannotOpen(
            "test_in_doubt",
            _("Nobody can tell whether your new test was made, because the test provider did not answer in time."),
            _("Please tell your teacher, who can have it made again."),
            detail=f"attempt {sitting.attempt.pk}: act 9 in doubt, and act 2 gives the test of another attempt",
        )
    return made


# --- the candidate --------------------------------------------------------------------------


def _find_candidate(sitting: _Sitting) -> None:
    if sitting.candidate.provider_candidate_id:
        _tell_new_address(sitting)
    else:
        _create(sitting)


def _create(sitting: _Sitting) -> None:
    learner, email = sitting.opening.learner, sitting.opening.learner.email.strip()
    refuse_anothers(sitting.account, learner, email)
    can_id = create_candidate(sitting.account, sitting.of_candidate())
    refuse_anothers(sitting.account, learner, email, can_id)
    become(sitting.candidate, can_id, email)


def _tell_new_address(sitting: _Sitting) -> None:
    """Somebody whose e-mail address has changed in the LMS stays the same candidate."""
    candidate, email = sitting.candidate, sitting.opening.learner.email.strip()
    if candidate.known_as.lower() == email.lower():
        return
    refuse_anothers(sitting.account, sitting.opening.learner, email)
    who = person(sitting.opening.learner) | {"can_id": candidate.provider_candidate_id}
    try:
        ask(sitting.account, "51", who | sub_account(sitting.opening.activity))
    except IsogradRefused:
        # Perhaps there is a candidate with the new address: then that is who they are there.
        _create(sitting)
        return
    become(candidate, candidate.provider_candidate_id, email)


def remember(attempt: Attempt, details: Mapping[str, object], *, provider_attempt_id: str | None = None) -> None:
    """Write down what an attempt has at Isograd, before anything else can go wrong. What is empty is forgotten."""
    if provider_attempt_id is not None:
        attempt.provider_attempt_id = provider_attempt_id
    kept = attempt.provider_details | dict(details)
    attempt.provider_details = {name: value for name, value in kept.items() if value}
    attempt.save(update_fields=["provider_attempt_id", "provider_details"])
