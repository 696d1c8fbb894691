"""When tests are asked about as a whole: due by their row, claimed by moving it on, woken for by webhooks.

What webhooks tell of single attempts goes to ``looks``, and of documents that may have got lost to ``asking``.

The row is the promise: ``look_at`` says when the provider should be asked next. Nothing here asks.
"""

from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from django.utils import timezone

from lti_bridge import looks
from lti_bridge.documents import asking
from lti_bridge.looks import OVER, paced
from lti_bridge.models import Account, Attempt, ProviderEvent, ProviderExport, ProviderTest
from lti_bridge.providers import provider_of
from lti_bridge.providers.whole_tests import Heard
from lti_bridge.waking import publish

#: Who claims a look and dies leaves it to the others after so long.
CLAIMED = timedelta(minutes=15)
#: What is heard of a test comes in bursts, one message a candidate: they end in one look.
BURST = timedelta(seconds=5)
#: After a look that the provider did not answer, more with each.
AFTER_TROUBLE = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
MOST = 32767


def begin(attempt: Attempt, account: Account) -> None:
    """An attempt was opened: its test is looked at by the schedule of its provider, from the beginning."""
    whole = provider_of(account.provider).whole_tests
    if whole is None or not whole.asked_at(account):
        return
    attempt.refresh_from_db(fields=["provider_attempt_id"])
    if not attempt.provider_attempt_id:
        return
    wait = whole.next_look(True, 0)
    at = timezone.now() + paced(wait) if wait is not None else None
    row, made = ProviderTest.objects.get_or_create(
        account=account, provider_test_id=attempt.provider_attempt_id, defaults={"look_at": at}
    )
    if not made:
        # Whoever opens a test later must not put off the look that others wait for.
        rows = ProviderTest.objects.filter(pk=row.pk)
        rows.filter(look_at=None).update(look_at=at, looks=0)
        rows.filter(look_at__gt=at).update(look_at=at, looks=0)


def hear(event: ProviderEvent) -> Attempt | None:
    """A webhook says that something happened: what it is about is asked about soon. What we never opened is nobody's.

    Gives the attempt that it is about, if it is about one.
    """
    webhooks = provider_of(event.account.provider).webhooks
    heard = webhooks.read(event.account, event.raw_body) if webhooks else None
    if heard is None:
        return None
    if heard.attempt_id:
        return _hear_of_attempt(event, heard.attempt_id)
    _hear_of_test(event, heard)
    return None


def _hear_of_attempt(event: ProviderEvent, attempt_id: str) -> Attempt | None:
    attempt = Attempt.objects.filter(candidate__account=event.account, provider_attempt_id=attempt_id).first()
    if attempt is not None:
        looks.soon(attempt, event.account)
        asking.ask_soon(attempt)
    return attempt


def _hear_of_test(event: ProviderEvent, heard: Heard) -> None:
    with transaction.atomic():
        rows = ProviderTest.objects.select_for_update()
        row = rows.filter(account=event.account, provider_test_id=heard.test_id).first()
        if row is None:
            return
        row.details = {**row.details, **heard.details}
        row.save(update_fields=["details"])
        soon(row)


def soon(row: ProviderTest) -> None:
    """Look at a test in a moment, unless a look is due before. Wakes a worker on commit."""
    at = timezone.now() + paced(BURST)
    # A look under way may have asked before this happened: its mark goes, and so the next look stays due.
    ProviderTest.objects.filter(pk=row.pk).update(look_at=at, looks=0, heard_at=timezone.now())
    pk = row.pk
    transaction.on_commit(lambda: wake(pk, paced(BURST)))


def wake(pk: int, after: timedelta) -> None:
    """Ask a worker to look at a test in a moment. A lost call costs a sweep."""
    # A little later than due, so that it is not too early by a hair.
    seconds = after.total_seconds() + 0.1
    publish(lambda: current_app.send_task("lti_bridge.tasks.look_at_test", (pk,), countdown=seconds))


def soon_for(attempt: Attempt) -> None:
    """Something was heard of an attempt by another way: its test is asked about soon."""
    row = ProviderTest.objects.filter(account=attempt.account, provider_test_id=attempt.provider_attempt_id).first()
    if row is not None and attempt.provider_attempt_id:
        soon(row)


def is_answered(row: ProviderTest, export: ProviderExport) -> bool:
    """Whether nothing was heard of the test since its export was ordered."""
    heard_at = ProviderTest.objects.values_list("heard_at", flat=True).get(pk=row.pk)
    return heard_at is None or export.ordered_at is None or heard_at < export.ordered_at


def claim(row: ProviderTest) -> datetime | None:
    """Be the one who looks at a due test now: gives the mark of the claim, None when somebody else has it."""
    mark = timezone.now() + CLAIMED
    return mark if ProviderTest.objects.filter(pk=row.pk, look_at=row.look_at).update(look_at=mark) else None


def settle(row: ProviderTest, mark: datetime, wait: timedelta | None, **changed: object) -> None:
    """A look is over. Where something was heard meanwhile, the mark is gone, and the new time stands."""
    ProviderTest.objects.filter(pk=row.pk).update(looked_at=timezone.now(), **changed)
    at = timezone.now() + paced(wait) if wait is not None else None
    ProviderTest.objects.filter(pk=row.pk, look_at=mark).update(look_at=at, looks=min(row.looks + 1, MOST))


def results_are_to_come(row: ProviderTest) -> bool:
    """Whether an attempt at the test has not come to its end."""
    attempts = Attempt.objects.filter(provider_attempt_id=row.provider_test_id, candidate__account=row.account_id)
    return attempts.exclude(state__in=OVER).exists()
