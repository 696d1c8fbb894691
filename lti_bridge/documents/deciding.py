"""What those who teach decide about a document: who may read its report, and how it goes on."""

from collections.abc import Callable, Collection
from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lti_bridge import flow, looks
from lti_bridge.documents import asking, keeping
from lti_bridge.documents.rules import MAY_BE_LATE, documents_at, is_late, is_used_up, rules_of
from lti_bridge.documents.waking import wake
from lti_bridge.errors import CannotCall
from lti_bridge.models import UNFINISHED, Attempt, AttemptState, Document, DocumentPiece, DocumentState, Learner
from lti_bridge.providers.reports import GradeReport

#: Documents that were checked: there is a report. In a query what ``_is_checked`` says of one.
CHECKED = Q(state=DocumentState.PASSED_ON, attempt__state=AttemptState.GRADED)
#: Documents that a person has to decide about, and that can be passed on again. Of a refused one its author was told.
STUCK = Q(Exists(DocumentPiece.objects.filter(document=OuterRef("pk"))), state=DocumentState.UNCLEAR)
#: Of these the ones that the provider may have all the same.
IN_DOUBT = Q(asked_at__isnull=False)


def may_be_read(document: Document) -> bool:
    """Whether its author may read the report that there is: it was released, or needs nobody to."""
    return _is_checked(document) and (document.released_at is not None or _shows_report(document))


def may_release(document: Document) -> bool:
    """Whether there is a report that its author may not read yet."""
    return _is_checked(document) and not may_be_read(document)


def may_withhold(document: Document) -> bool:
    """Whether its author may read the report now."""
    return document.released_at is not None


def may_allow_another(document: Document) -> bool:
    """Whether its author cannot hand in anything now: the newest attempt is not open, takes no more, or is too late."""
    newest = _newest(document)
    if newest.pk != document.attempt_id and newest.documents.exclude(state=DocumentState.ARRIVING).exists():
        return False
    return _takes_no_more(newest) or is_late(rules_of(newest.activity, newest))


def may_pass_on_again(document: Document) -> bool:
    """Whether it stands still on its way, and there is still something to pass on."""
    stands_still = document.state in (DocumentState.UNCLEAR, DocumentState.REFUSED)
    return stands_still and keeping.is_kept(document) and not _others(document).exists()


def may_check_again(document: Document) -> bool:
    """Whether the provider has it, or may have it, and can be asked about it."""
    return document.state == DocumentState.PASSED_ON or asking.may_be_asked_about(document)


def release(document: Document, by: Learner | None) -> None:
    """Let its author read the report."""
    Document.objects.filter(pk=document.pk, released_at=None).update(released_at=timezone.now(), released_by=by)


def release_all(documents: Collection[int], by: Learner | None) -> int:
    """Let the authors of these documents read the reports, as far as they are checked. Gives how many that were."""
    rows = Document.objects.filter(CHECKED, pk__in=documents, released_at=None)
    return rows.update(released_at=timezone.now(), released_by=by)


def withhold_all(documents: Collection[int], by: Learner | None) -> int:
    """Let the authors of these documents not read the reports any more. Gives how many that were."""
    rows = Document.objects.filter(pk__in=documents, released_at__isnull=False)
    return rows.update(released_at=None, released_by=by)


def withhold(document: Document, by: Learner | None) -> None:
    """Let its author not read the report any more."""
    Document.objects.filter(pk=document.pk).update(released_at=None, released_by=by)


@transaction.atomic
def allow_another(document: Document, by: Learner | None) -> None:
    """Open an attempt for its author, however many the activity allows and whenever it was due.

    The next launch goes on with it; where the last one is still open, with that one.
    """
    Learner.objects.select_for_update().get(pk=document.attempt.learner_id)
    _insist(may_allow_another, document)
    last = Attempt.objects.select_for_update(of=("self",)).get(pk=_newest(document).pk)
    if not _takes_no_more(last):
        last.provider_details = {**last.provider_details, MAY_BE_LATE: True}
        last.save(update_fields=["provider_details"])
        return
    of_learner = {"learner_id": last.learner_id, "resource_link_id": last.resource_link_id}
    Attempt.objects.create(
        **of_learner,
        activity_id=last.activity_id,
        candidate_id=last.candidate_id,
        number=last.number + 1,
        provider_details={MAY_BE_LATE: True},
    )


@transaction.atomic
def pass_on_again(document: Document, by: Learner | None) -> None:
    """Pass it on from the beginning, although the provider may have it: a person says so. Wakes a worker on commit."""
    attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=document.attempt_id)
    row = Document.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=document.pk)
    _insist(may_pass_on_again, row)
    if attempt.state in UNFINISHED:
        flow.record(GradeReport(attempt=attempt, state=AttemptState.SUBMITTED, reported_at=timezone.now()))
    row.secret = asking.without_place(row)
    row.state, row.reason, row.tries = DocumentState.RECEIVED, "", 0
    row.asked_at, row.content_until, row.next_try_at = None, None, timezone.now()
    row.save()
    transaction.on_commit(lambda: wake(row.pk))


def pass_all_on_again(documents: Collection[int], by: Learner | None) -> int:
    """Pass these documents on from the beginning, as far as they stand still. Gives how many that were."""
    number = 0
    for document in Document.objects.filter(STUCK, pk__in=documents):
        # Each alone: nobody waits for the locks of all of them.
        with suppress(CannotCall):
            pass_on_again(document, by)
            number += 1
    return number


@transaction.atomic
def check_again(document: Document, by: Learner | None) -> None:
    """Ask the provider how it stands, also where we had given it up, or whether it has it at all."""
    _insist(may_check_again, document)
    if document.state == DocumentState.UNCLEAR:
        return asking.ask_soon(document.attempt)
    if document.attempt.state in (AttemptState.FAILED, AttemptState.CANCELLED):
        now = timezone.now()
        documents_at(document.attempt.account).wait_anew(document.attempt)
        flow.record(GradeReport(attempt=document.attempt, state=AttemptState.SUBMITTED, reported_at=now, reopened=True))
    return looks.soon(document.attempt, document.attempt.account)


def _is_checked(document: Document) -> bool:
    return document.state == DocumentState.PASSED_ON and document.attempt.state == AttemptState.GRADED


def _shows_report(document: Document) -> bool:
    attempt = document.attempt
    return documents_at(attempt.account).rules(attempt.account, attempt.activity).shows_report


def _takes_no_more(attempt: Attempt) -> bool:
    return attempt.state not in UNFINISHED or is_used_up(attempt)


def _newest(document: Document) -> Attempt:
    last = document.attempt
    of_learner = {"learner": last.learner_id, "resource_link": last.resource_link_id}
    rows = Attempt.objects.filter(**of_learner, activity=last.activity_id)
    return rows.select_related("activity__account").order_by("-number")[0]


def _others(document: Document) -> QuerySet[Document]:
    rows = Document.objects.filter(attempt=document.attempt_id).exclude(pk=document.pk)
    return rows.exclude(state__in=(DocumentState.ARRIVING, DocumentState.REFUSED))


def _insist(may: Callable[[Document], bool], document: Document) -> None:
    """Raise ``CannotCall`` where things have moved on since the page was shown."""
    if not may(document):
        raise CannotCall("does_not_suit", [_("This cannot be done as the document stands now.")])
