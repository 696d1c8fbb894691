"""The roster of a course: read from its LMS (Names and Role Provisioning), kept as memberships.

People and grades stay, whatever a roster says; who is no longer listed has left the course, no more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.advantage import memberships
from lti_bridge.advantage.memberships import Member
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.launch.launch import Role
from lti_bridge.launch.roles import read_roles13
from lti_bridge.models import Context, Learner, Membership, Platform, ResourceLink

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

#: Rows in one statement.
_BATCH = 500
#: Who only learns: neither teaches nor assists beside it.
LEARNS = [Role.LEARNER.value]
_NAMES = ("given_name", "family_name", "full_name", "email")

_TELL = _("The LMS did not give the roster. Tell the administrators.")
#: What went wrong, by the code that ``Context.roster_problem`` begins with.
_PROBLEMS: dict[str, Promise] = {
    "no_address": _("The LMS has not said where its roster is. Open the link once more from the course."),
    "not_permitted": _("The LMS does not let this tool read the roster. Its administrators can allow it."),
    "no_roster": _("The LMS no longer knows the roster at its old place. Open the link once more from the course."),
    "empty": _("The LMS gave an empty roster; nothing was changed. Tell its administrators."),
    "busy": _("The LMS is busy. Try again in a few minutes."),
    "waits": _("The LMS is busy. Try again in a few minutes."),
    "unavailable": _("The LMS did not answer properly. Try again later."),
    "token_unavailable": _("The LMS did not answer properly. Try again later."),
    "timeout": _("The LMS did not answer in time. Try again later."),
    "host_not_approved": _("The roster is at a host that nobody has approved. Tell the administrators."),
    "registration_off": _("Your course site is not connected here any more."),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a reading found: ``listed`` members, of whom ``new`` people were never seen before; ``gone``: who left."""

    listed: int
    new: int
    gone: int


def read_roster(context: Context) -> Counts | None:
    """Read a course's roster and keep it. None when that failed: why stands in ``context.roster_problem``."""
    try:
        members = _asked(context)
    except ServiceProblem as problem:
        _end(context, roster_problem=f"{problem.code} {problem.message}"[:300])
        log.warning("roster_not_read", context_id=context.pk, code=problem.code, problem=problem.message)
        return None
    now = timezone.now()
    with transaction.atomic():
        counts = _keep(context, members, now)
        _end(context, roster_problem="", roster_read_at=now)
    log.info("roster_read", context_id=context.pk, listed=counts.listed, new=counts.new, gone=counts.gone)
    return counts


def problem_in_words(context: Context) -> Promise | str:
    """Why the last reading failed, in a sentence; empty when it did not."""
    code = context.roster_problem.partition(" ")[0]
    return _PROBLEMS.get(code, _TELL) if code else ""


def learners_at(link: ResourceLink) -> QuerySet[Membership]:
    """Those who learn in the course of a link, as of the last reading, each with its learner, by name."""
    rows = Membership.objects.filter(context=link.context_id, status=Membership.Status.ACTIVE, roles=LEARNS)
    return rows.select_related("learner").order_by("learner__family_name", "learner__full_name", "learner_id")


def members_of(link: ResourceLink) -> list[Membership]:
    """The same as a list, for whoever tells a provider who may come."""
    return list(learners_at(link))


def _asked(context: Context) -> list[Member]:
    if context.memberships_by is None or not context.memberships_url:
        raise ServiceProblem("no_address")
    members = memberships.read(context.memberships_by, context.memberships_url)
    if not members:
        # Whoever asked is in the course: believed, this would send everybody away.
        raise ServiceProblem("empty", "The roster has no members.")
    return members


def _end(context: Context, **fields: object) -> None:
    """Note how a reading ended."""
    for name, value in ({"roster_asked_at": None} | fields).items():
        setattr(context, name, value)
    context.save(update_fields=["roster_asked_at", *fields])


# --- keeping --------------------------------------------------------------------------------


def _keep(context: Context, members: Sequence[Member], now: datetime) -> Counts:
    known = _people(context.platform, members)
    _bring_up_to_date(known, members)
    new = [member for member in members if member.user_id not in known and member.status == Membership.Status.ACTIVE]
    known |= _made(context.platform, new)
    rows = [_membership(context, known[member.user_id], member, now) for member in members if member.user_id in known]
    for batch in _batches(rows):
        Membership.objects.bulk_create(
            batch,
            update_conflicts=True,
            unique_fields=["context", "learner"],
            update_fields=["status", "roles", "sections", "seen_at"],
        )
    missing = Membership.objects.filter(context=context, seen_at__lt=now).exclude(status=Membership.Status.DELETED)
    gone = missing.update(status=Membership.Status.DELETED, seen_at=now)
    return Counts(listed=len(members), new=len(new), gone=gone)


def _people(platform: Platform, members: Sequence[Member]) -> dict[str, Learner]:
    """The learners among the members whom we know, by user id."""
    found: dict[str, Learner] = {}
    for batch in _batches(members):
        ids = [member.user_id for member in batch]
        found |= {row.user_id: row for row in Learner.objects.filter(platform=platform, user_id__in=ids)}
    return found


def _made(platform: Platform, members: Sequence[Member]) -> dict[str, Learner]:
    """People never seen before. A launch may make one of them at the same moment: then that row is taken."""
    for batch in _batches(members):
        rows = [Learner(platform=platform, user_id=member.user_id, **_told(member)) for member in batch]
        Learner.objects.bulk_create(rows, ignore_conflicts=True)
    return _people(platform, members)


def _bring_up_to_date(known: dict[str, Learner], members: Sequence[Member]) -> None:
    """An LMS that does not tell a name has not renamed the person (as at launches)."""
    changed = []
    for member in members:
        row = known.get(member.user_id)
        news = {name: value for name, value in _told(member).items() if value and row and getattr(row, name) != value}
        for name, value in news.items():
            setattr(row, name, value)
        if row and news:
            changed.append(row)
    Learner.objects.bulk_update(changed, _NAMES, batch_size=_BATCH)


def _told(member: Member) -> dict[str, str]:
    return {name: getattr(member, name) for name in _NAMES}


def _membership(context: Context, learner: Learner, member: Member, now: datetime) -> Membership:
    return Membership(
        context=context,
        learner=learner,
        status=member.status,
        roles=sorted(role.value for role in read_roles13(member.roles)),
        sections=list(member.sections),
        seen_at=now,
    )


def _batches(rows: Sequence[_T]) -> Iterator[list[_T]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch
