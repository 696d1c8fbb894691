"""Celery tasks of documents. Messages are wake-up calls that carry an id; the rows say what is to be done."""

from math import ceil

from celery import shared_task
from django.conf import settings

from lti_bridge.documents import arriving, claims, keeping, passing_on

#: A large document over a slow line takes longer than any other task; its lease is renewed all the while.
SOFT, HARD = 1800, 1860
#: Due documents that are worth one more worker.
PER_TASK = 5


@shared_task(soft_time_limit=SOFT, time_limit=HARD)
def pass_on(document_id: int) -> None:
    """Pass one document on, if it is due."""
    passing_on.pass_on(document_id)


@shared_task(soft_time_limit=SOFT, time_limit=HARD)
def drain() -> int:
    """Pass on what is due, for as long as a sweep lasts at most. Gives how many documents were seen to."""
    return passing_on.pass_on_due(seconds=settings.SWEEP_SECONDS)


@shared_task
def sweep() -> None:
    """Find every due document, whoever lost its wake-up call, and put workers to them."""
    due = claims.due().count()
    for _ in range(min(ceil(due / PER_TASK), settings.DELIVERY_WORKERS)):
        drain.apply_async(expires=settings.SWEEP_SECONDS)


@shared_task
def throw_away() -> None:
    """Remove what never arrived as a whole, and the content of documents whose days are over."""
    arriving.throw_abandoned_away()
    keeping.throw_content_away()
