"""Looking at tests as a whole: one export for all candidates, and each one's result where it belongs.

A provider that takes its time holds up nobody: an export is ordered in one look and fetched in a later one. What is new
of a candidate goes the way of all events: committed first, then read. What is not new makes no row at all.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO

import structlog
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from lti_bridge import events, whole_looks
from lti_bridge.errors import ProviderError, ProviderUnavailable
from lti_bridge.looks import paced
from lti_bridge.models import AccountTrouble, Attempt, EventSource, ExportState, ProviderEvent, ProviderTest
from lti_bridge.providers import exports, provider_of, troubles
from lti_bridge.providers.whole_tests import Found, WholeTests

log = structlog.get_logger(__name__)

#: Candidates that are looked up, kept and read together: their columns are locked for as long as the last takes.
CHUNK = 200
#: How far the provider's clock may be behind ours.
CLOCKS = timedelta(minutes=1)


def due() -> "QuerySet[ProviderTest]":
    """Tests to look at now, at accounts whose provider may be asked now."""
    now = timezone.now()
    silent = AccountTrouble.objects.filter(rests_until__gt=now).values("account")
    rows = ProviderTest.objects.filter(look_at__lte=now, account__enabled=True).exclude(account__in=silent)
    return rows.select_related("account", "export", "resource_link")


def look_at_due(*, seconds: float) -> int:
    """Look at due tests, those first that wait the longest, until the time is used up. Gives how many."""
    end, looked = time.monotonic() + seconds, 0
    while time.monotonic() < end and (row := due().order_by("look_at").first()):
        looked += look(row)
    return looked


def look_at(test_id: int) -> bool:
    """Look at one test, if it is due. Gives whether it was."""
    row = due().filter(pk=test_id).first()
    return look(row) if row else False


def look(row: ProviderTest) -> bool:
    """Look at a due test: order its export, or fetch the one that was ordered. Raises nothing: the row says it all."""
    mark = whole_looks.claim(row)
    whole = provider_of(row.account.provider).whole_tests
    if mark is None or whole is None:
        return False
    try:
        with tempfile.TemporaryFile() as file:
            if not _is_here(row, whole, mark, file):
                return True
            count = _take(row, whole.read(row, file))
    except ProviderError as error:
        _trouble(row, mark, error)
        return True
    except Exception as error:  # the task boundary: one test must not keep the others from being looked at
        log.exception("test_not_looked_at", test_id=row.pk)
        whole_looks.settle(row, mark, whole_looks.AFTER_TROUBLE[-1], trouble=type(error).__name__, export=None)
        return True
    troubles.clear(row.account, [troubles.SILENT])
    log.info("test_looked_at", test_id=row.pk, candidates=count)
    wait = whole.next_look(whole_looks.results_are_to_come(row), row.looks + 1)
    if row.export and not whole_looks.is_answered(row, row.export):
        wait = whole_looks.BURST
    whole_looks.settle(row, mark, wait, trouble="", export=None)
    return True


def _is_here(row: ProviderTest, whole: WholeTests, mark: datetime, file: BinaryIO) -> bool:
    """Whether the export is in the file now; otherwise the row says when to look for it."""
    export = whole.export(row)
    under_way = row.export
    if under_way is None or under_way.state in (ExportState.DONE, ExportState.FAILED):
        under_way = exports.begin(export)
        ProviderTest.objects.filter(pk=row.pk).update(export=under_way)
    elif exports.look(export, under_way, file):
        return True
    # Not by ``settle``: this is no step on in the schedule. A webhook that came meanwhile does not make it look sooner.
    wait = timezone.now() + exports.pause_of(under_way)
    ProviderTest.objects.filter(Q(look_at=mark) | Q(look_at__lt=wait), pk=row.pk).update(look_at=wait)
    whole_looks.wake(row.pk, exports.pause_of(under_way))
    return False


def _trouble(row: ProviderTest, mark: datetime, error: ProviderError) -> None:
    log.warning("test_look_not_answered", test_id=row.pk, account=row.account.name, code=error.code)
    if isinstance(error, ProviderUnavailable):
        troubles.note(row.account, troubles.SILENT, str(error.sentence), rest=paced(whole_looks.AFTER_TROUBLE[0]))
    waits = whole_looks.AFTER_TROUBLE
    whole_looks.settle(row, mark, waits[min(row.looks, len(waits) - 1)], trouble=str(error)[:300], export=None)


# --- what is found --------------------------------------------------------------------------


def _take(row: ProviderTest, found: Iterator[Found]) -> int:
    """Take up what is new. Gives how many candidates there were."""
    count = 0
    while chunk := list(islice(found, CHUNK)):
        count += len(chunk)
        events.read_together(_kept(row, chunk))
    return count


def _kept(row: ProviderTest, chunk: list[Found]) -> list[ProviderEvent]:
    """An event for each attempt of which the chunk tells something new."""
    now = timezone.now()
    told = [
        ProviderEvent(
            account=row.account, attempt=attempt, source=EventSource.POLL, raw_body=found.raw, received_at=now
        )
        for attempt, found in _attempts(row, chunk)
        if attempt.last_told != found.raw
    ]
    return ProviderEvent.objects.bulk_create(told)


def _attempts(row: ProviderTest, chunk: list[Found]) -> Iterator[tuple[Any, Found]]:
    """Each candidate's attempt in each link that was found something of, with what was told last of it."""
    by_id = {each.user_id: each for each in chunk if each.user_id}
    by_name = {name: each for each in chunk for name in each.known_as if name}
    whose = Q(candidate__provider_candidate_id__in=by_id) | Q(candidate__known_as__in=by_name)
    polled = ProviderEvent.objects.filter(attempt=OuterRef("pk"), source=EventSource.POLL)
    attempts = (
        Attempt.objects.filter(whose, candidate__account=row.account, provider_attempt_id=row.provider_test_id)
        .select_related("candidate", "activity__account")
        .annotate(last_told=Subquery(polled.order_by("-pk").values("raw_body")[:1]))
        .order_by("number")
    )
    for of_one in _by_learner(attempts):
        candidate = of_one[-1].candidate
        found = by_id.get(candidate.provider_candidate_id) or by_name.get(candidate.known_as)
        if found is None:
            continue
        if candidate.provider_candidate_id and found.user_id and candidate.provider_candidate_id != found.user_id:
            # Two people by one of our names: nobody's grade goes to somebody else.
            log.warning("candidate_in_doubt", test_id=row.pk, candidate_id=candidate.pk)
            continue
        yield _meant(of_one, found), found


def _by_learner(attempts: Iterable[Any]) -> Iterable[list[Any]]:
    """The attempts of each learner in each link, the first one first."""
    several: dict[tuple[int, int], list[Any]] = {}
    for each in attempts:
        several.setdefault((each.learner_id, each.resource_link_id), []).append(each)
    return several.values()


def _meant(attempts: list[Any], found: Found) -> Any:
    """The attempt that was found something of: the last that was opened before the person began.

    A provider that knows one sitting only tells of the first while the second is under way: that result is not its.
    """
    if found.began_at is None:
        told_before = [each for each in attempts if each.last_told == found.raw]
        return told_before[-1] if told_before else attempts[-1]
    opened = [each for each in attempts if each.created_at <= found.began_at + CLOCKS]
    return opened[-1] if opened else attempts[0]
