"""The members of a course, as the roster of a link shows them: who has not opened it yet, and who left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.functional import Promise

from lti_bridge import roster, tasks
from lti_bridge.models import Attempt, Cell, Context, Learner, Membership, ResourceLink

#: Names on one page.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Members:
    """What the page says about the course's members. ``can_read``: the LMS told where its roster is."""

    can_read: bool
    is_being_read: bool
    read_at: datetime | None
    problem: Promise | str
    missing: list[Membership]
    missing_count: int


def members_at(link: ResourceLink) -> Members:
    """What is known of the members of a link's course."""
    context = link.context
    missing = _missing(link) if context.roster_read_at else []
    return Members(
        can_read=bool(context.memberships_url),
        is_being_read=_is_being_read(context),
        read_at=context.roster_read_at,
        problem=roster.problem_in_words(context),
        missing=missing[:SHOWN],
        missing_count=len(missing),
    )


def left(link: ResourceLink, people: Iterable[Learner]) -> dict[int, str]:
    """Those of these people who are no longer in the course, or only in name; in words."""
    if link.context.roster_read_at is None:
        return {}
    gone = Membership.objects.filter(context=link.context_id, learner__in=people).exclude(
        status=Membership.Status.ACTIVE
    )
    return {row.learner_id: row.get_status_display() for row in gone}


def _missing(link: ResourceLink) -> list[Membership]:
    """Those who learn in the course and have not opened the link."""
    at_link = {"learner": OuterRef("learner"), "resource_link": link}
    opened = Exists(Attempt.objects.filter(**at_link)) | Exists(Cell.objects.filter(**at_link))
    return list(roster.learners_at(link).exclude(opened))


def _is_being_read(context: Context) -> bool:
    return context.roster_asked_at is not None and context.roster_asked_at > timezone.now() - tasks.ROSTER_TAKES
