"""What came of passing a document on, in one transaction each: the document, its attempt, and what follows.

Who needs both locks the attempt first, here and wherever somebody decides, or two would wait for each other.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lti_bridge import attempts, flow, looks
from lti_bridge.delivery import retry
from lti_bridge.documents import asking, claims, keeping
from lti_bridge.documents.rules import documents_at
from lti_bridge.errors import ProviderError
from lti_bridge.models import Attempt, AttemptState, Document, DocumentState
from lti_bridge.providers.documents import Place
from lti_bridge.providers.reports import GradeReport

#: A provider may not have seen yet what was brought to it: it is asked first after this, and until that is over.
ASKED_FIRST, ASKED_ABOUT = timedelta(minutes=1), timedelta(hours=1)
#: How long the content of a refused document stays, for those who want to see what it was, or pass it on again.
REFUSED_KEPT = timedelta(days=14)


@transaction.atomic
def placed(document: Document, place: Place) -> None:
    """The provider gave it an id. Where it has the content already, it is passed on."""
    Attempt.objects.filter(pk=document.attempt_id).update(provider_attempt_id=place.provider_document_id)
    document.attempt.provider_attempt_id = place.provider_document_id
    if not place.upload_url:
        return passed_on(document)
    secret = document.secret | {"upload_url": place.upload_url}
    claims.write(document, state=DocumentState.PLACED, secret=secret, asked_at=None)


@transaction.atomic
def passed_on(document: Document) -> None:
    """The provider has it: its attempt is looked at from now on, and its content goes when its days are over."""
    attempt, now = document.attempt, timezone.now()
    attempts.locked([attempt.pk])
    rules = documents_at(attempt.account).rules(attempt.account, attempt.activity)
    claims.settle(
        document,
        state=DocumentState.PASSED_ON,
        passed_on_at=now,
        content_until=now + timedelta(days=rules.keep_days),
        secret=asking.without_place(document),
        asked_at=None,
        next_try_at=None,
        reason="",
    )
    keeping.throw_away(document)
    looks.begin(attempt, attempt.account)


@transaction.atomic
def refused(document: Document, code: str, words: str) -> None:
    """The provider, or our own checks, said no: the attempt goes on, and another document may be handed in."""
    now = timezone.now()
    attempts.locked([document.attempt_id])
    claims.settle(
        document,
        state=DocumentState.REFUSED,
        reason=f"{code}: {words}"[:300],
        content_until=now + REFUSED_KEPT,
        asked_at=None,
        next_try_at=None,
    )
    flow.record(GradeReport(attempt=document.attempt, state=AttemptState.OPENED, reported_at=now, reopened=True))


def not_known_yet(document: Document) -> None:
    """Nobody can tell whether it arrived: it is asked about again after longer and longer, then a person decides.

    From the first time on ``asked_at`` says since when it is asked about.
    """
    now = timezone.now()
    since = document.asked_at if asking.is_asked_about(document) and document.asked_at else now
    if now - since >= retry.paced(ASKED_ABOUT):
        return unclear(document, "no_answer")
    at = now + max(now - since, retry.paced(ASKED_FIRST))
    told = {"reason": "not_known_yet", "asked_at": since, "next_try_at": at}
    return claims.settle(document, secret=asking.with_lost_place(document), **told)


def unclear(document: Document, code: str) -> None:
    """It may be at the provider, or nobody can tell when it will be: a person decides."""
    _stands_still(document, code, document.asked_at)


def later(document: Document, error: ProviderError | None, *, in_doubt: bool) -> None:
    """Not now: again by the schedule; when patience is over a person decides.

    ``in_doubt``: whether the provider may have done what it was asked for.
    """
    now, tries = timezone.now(), document.tries + 1
    code = error.code if error else "our_fault"
    at = retry.next_try_at(now, tries, retry_after=error.retry_after if error else None)
    asked_at = document.asked_at if in_doubt else None
    if at is None:
        return _stands_still(document, code, asked_at)
    return claims.settle(document, tries=tries, reason=code, asked_at=asked_at, next_try_at=at)


def _stands_still(document: Document, code: str, asked_at: datetime | None) -> None:
    # Its content stays until a person has decided: nobody else may have it.
    told = {"reason": code, "asked_at": asked_at, "next_try_at": None, "content_until": None}
    claims.settle(document, state=DocumentState.UNCLEAR, **told)


def words_of(error: ProviderError) -> str:
    """Why a provider refused, for learners and those who teach: its own words where it gave any."""
    return error.provider_message or str(error.sentence) or _("The provider did not take it.")
