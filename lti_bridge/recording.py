"""Record, the sixth arrow: reports → the ledger of grades → what cells want, all in one transaction.

One report or the results of an exam: the same steps, and as many statements for two hundred reports as for one.
"""

from collections.abc import Sequence

from django.db import transaction

from lti_bridge import attempts, gradebook
from lti_bridge.cells import cell_of
from lti_bridge.models import Attempt, Grade, ProviderEvent
from lti_bridge.providers.reports import GradeReport

#: A report, and the event that it was read from, if any.
Told = tuple[GradeReport, ProviderEvent | None]


@transaction.atomic(savepoint=False)
def record(told: Sequence[Told]) -> list[Attempt]:
    """Write reports into the ledger, move their attempts on, and let the cells want what follows. Gives the attempts.

    Raises ``ValueError`` when two of the reports are about the same cell: which is newer is seen one after the other.
    """
    rows = {each.pk: each for each in attempts.locked({report.attempt.pk for report, _event in told})}
    if len({cell_of(each) for each in rows.values()}) < len(told):
        raise ValueError("two reports about one cell")
    lasts = attempts.newest_grades([report.attempt.pk for report, _event in told if report.has_result])
    added: list[Grade] = []
    stands: list[Attempt] = []
    others: list[Attempt] = []
    moved: list[Attempt] = []
    for report, event in told:
        attempt, last = rows[report.attempt.pk], lasts.get(report.attempt.pk)
        grade = attempts.addition(attempt, report, event, last) if report.has_result else None
        if grade:
            added.append(grade)
        counts = grade is not None and (last is None or grade.reported_at >= last.reported_at)
        is_news = counts or not report.has_result or attempts.says_it_again(last, report)
        if is_news and attempts.move_on(attempt, report, taken_back=counts and report.score_given is None):
            moved.append(attempt)
        (stands if counts else others).append(attempt)
    Grade.objects.bulk_create(added)
    attempts.save_moved(moved)
    gradebook.refresh(stands)
    gradebook.tell_progress(others)
    return [rows[report.attempt.pk] for report, _event in told]
