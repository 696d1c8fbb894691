"""Attempts: which one a learner sits, where it stands, and its results in the ledger."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.models import UNFINISHED, Account, Activity, Attempt, AttemptState, Candidate, Grade, ProviderEvent
from lti_bridge.placements import Placement
from lti_bridge.providers.reports import GradeReport

#: The smallest difference between two times that the database keeps.
_BEFORE = timedelta(microseconds=1)
#: What changes when an attempt moves on.
_MOVED = ("state", "ended_at", "looks")
#: After one of these a launch may begin anew without being asked.
_CAME_TO_NOTHING = (AttemptState.CANCELLED, AttemptState.FAILED)
#: After one of these it may when asked.
_BEGIN_ANEW = (AttemptState.GRADED, *_CAME_TO_NOTHING)


def sit(placement: Placement, activity: Activity, *, another: bool) -> Attempt:
    """The attempt that the learner goes on with, or a new one.

    ``another``: begin a new one after a graded one. Raises ``CannotOpen`` when the last one is finished and no other
    was asked for, when its result is still to come, or when the attempts that the activity allows are used up.
    """
    last = placement.attempt
    if last and last.state in UNFINISHED:
        return last
    if last and not another and last.state not in _CAME_TO_NOTHING:
        raise CannotOpen("attempt_is_over", _("You have already finished this test."))
    number = last.number + 1 if last else 1
    if activity.max_attempts and number > activity.max_attempts:
        raise CannotOpen("no_attempt_left", _("You have used all your attempts at this test."))
    if last and last.state not in _BEGIN_ANEW:
        raise CannotOpen(
            "result_is_pending",
            _("The result of your last attempt is not here yet."),
            _("You can take another attempt as soon as it is."),
        )
    candidate, _made = Candidate.objects.get_or_create(learner=placement.learner, account=activity.account)
    # A double click asks for the same number twice and gets the same attempt.
    attempt, _made = Attempt.objects.get_or_create(
        learner=placement.learner,
        resource_link=placement.link,
        activity=activity,
        number=number,
        defaults={"candidate": candidate, "launch": placement.record},
    )
    return attempt


def address(name: str, attempt: Attempt | None, account: Account) -> str:
    """One of our addresses (a name of ``config/urls.py``) that only the provider of this attempt learns."""
    if attempt is None:
        return ""
    parts = {"provider": account.provider, "account": account.name, "key": attempt.key}
    return f"{settings.PUBLIC_ORIGIN}{reverse(name, kwargs=parts)}"


def opened(attempt: Attempt) -> None:
    """The browser is sent to the provider."""
    if attempt.state == AttemptState.CREATED:
        row = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.CREATED)
        row.update(state=AttemptState.OPENED, opened_at=timezone.now())


def locked(ids: Collection[int]) -> list[Attempt]:
    """Attempts with their rows locked, in an order in which nobody waits for somebody who waits for them.

    Raises ``Attempt.DoesNotExist`` when one of them is gone.
    """
    rows = list(
        Attempt.objects.select_for_update(of=("self",))
        .select_related("learner__platform", "activity", "resource_link__activity")
        .filter(pk__in=ids)
        .order_by("pk")
    )
    if len(rows) != len(ids):
        raise Attempt.DoesNotExist
    return rows


def newest_grades(ids: Collection[int]) -> dict[int, Grade]:
    """The newest grade of each attempt that has any, by the attempt's id."""
    grades = Grade.objects.filter(attempt__in=ids).order_by("reported_at", "pk")
    return {each.attempt_id: each for each in grades}


def move_on(attempt: Attempt, report: GradeReport, *, taken_back: bool) -> bool:
    """Move a locked attempt to the state a report tells. Does not save; gives whether anything changed.

    A late hint never moves it back; a result that the provider takes back does, and an attempt that goes on.
    """
    told, stands = AttemptState(report.state), AttemptState(attempt.state)
    back = taken_back or report.reopened
    if told == stands or (told.rank < stands.rank and not back):
        return False
    attempt.state = told
    if told == AttemptState.GRADED:
        # Whether it is looked at any more goes by how long it is graded.
        attempt.looks = 0
    if told.rank >= AttemptState.SUBMITTED.rank and attempt.ended_at is None:
        attempt.ended_at = report.reported_at
    return True


def save_moved(attempts: Collection[Attempt]) -> None:
    """Save where locked attempts stand now."""
    if len(attempts) == 1:
        next(iter(attempts)).save(update_fields=_MOVED)
    elif attempts:
        Attempt.objects.bulk_update(attempts, _MOVED)


def addition(attempt: Attempt, report: GradeReport, event: ProviderEvent | None, last: Grade | None) -> Grade | None:
    """What a result adds to the ledger of a locked attempt: none when it says the same as the last. Does not save."""
    if last is None and report.score_given is None:
        return None
    if last and _is_same(last, report):
        return None
    return Grade(
        attempt=attempt,
        event=event,
        score_given=report.score_given,
        score_maximum=report.score_maximum,
        raw_score=report.raw_score[:200],
        note=report.note[:200],
        comment=report.comment or "",
        reported_at=_time_of(report, event, last),
    )


def says_it_again(last: Grade | None, report: GradeReport) -> bool:
    """Whether a result is the newest one of the ledger, such as after an attempt that went on and changed nothing."""
    return last is not None and last.score_given is not None and _is_same(last, report)


def _is_same(last: Grade, report: GradeReport) -> bool:
    same = (last.score_given, last.score_maximum) == (report.score_given, report.score_maximum)
    return same and report.comment in (None, last.comment)


def _time_of(report: GradeReport, event: ProviderEvent | None, last: Grade | None) -> datetime:
    """When a result came to be; without the provider's own word, in the order in which the events were kept."""
    if last is None or report.timed:
        return report.reported_at
    if event and last.event_id and event.pk < last.event_id:
        return min(report.reported_at, last.reported_at - _BEFORE)
    return max(report.reported_at, last.reported_at + _BEFORE)
