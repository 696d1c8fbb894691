"""Who is who at Isograd, where an e-mail address is all that names a candidate: nobody gets what is another person's.

An LMS says which address a person has, and another LMS may say the same of somebody else. So what one person of ours
has there is closed to all others, unless the account says that its LMSs have the same people (``shared_addresses``).
"""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, ProviderRefused
from lti_bridge.models import Account, Attempt, Candidate, Learner
from lti_bridge.providers.isograd.settings import administrators, shares_addresses


def refuse_anothers(account: Account, learner: Learner, email: str, can_id: str = "") -> None:
    """Raise ``CannotOpen`` when another person goes by that address there, or is that candidate."""
    if shares_addresses(account):
        return
    theirs = Q(known_as__iexact=email.strip()) | (Q(provider_candidate_id=can_id) if can_id else Q(pk=None))
    holder = Candidate.objects.filter(theirs, account=account).exclude(learner=learner).first()
    if holder:
        raise CannotOpen(
            "address_of_another",
            _("Another person uses your e-mail address at the test provider already."),
            _("Please tell the people who look after this service: they can free the address."),
            detail=f"account {account.name}: learner {holder.learner_id} has what learner {learner.pk} comes for",
        )


def become(candidate: Candidate, can_id: str, email: str) -> None:
    """Write down who a candidate is there. Raises ``CannotOpen`` when another person became the same meanwhile."""
    candidate.provider_candidate_id, candidate.known_as = can_id, email
    candidate.save(update_fields=["provider_candidate_id", "known_as"])
    # Of two who came at the same moment, each has written before it looks: the older row stays.
    older = Candidate.objects.filter(account=candidate.account, known_as__iexact=email, pk__lt=candidate.pk)
    if not shares_addresses(candidate.account) and older.exists():
        candidate.provider_candidate_id = candidate.known_as = ""
        candidate.save(update_fields=["provider_candidate_id", "known_as"])
        refuse_anothers(candidate.account, candidate.learner, email)


def refuse_test_of_another(attempt: Attempt, pla_tst_id: str) -> None:
    """Raise ``ProviderRefused`` when that test is one of another person."""
    account = attempt.account
    tests = Attempt.objects.filter(provider_attempt_id=pla_tst_id, candidate__account=account)
    if not shares_addresses(account) and tests.exclude(learner=attempt.learner_id).exists():
        raise ProviderRefused(
            "test_of_another",
            _("The test provider offers you a test that another person has."),
            _("Please tell the people who look after this service."),
            detail=f"account {account.name}: attempt {attempt.pk} was given the test of another learner",
        )


def administrator(account: Account, learner: Learner) -> str:
    """The address of the administrator at Isograd who a person is, by the account's list; empty for all others.

    The person is told by platform and user id, never by the address that an LMS says.
    """
    return administrators(account).get((learner.platform.name, learner.user_id), "")
