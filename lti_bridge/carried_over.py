"""From LTI 1.1 to 1.3: people, courses and links that an LMS calls by other ids now stay the rows they were.

The platform proved that both ids mean the same (LTI migration claim ``lti1p1``); see ``launch/``. A row is carried over
once. Where a row with the new id is there already, both stay: two histories are never poured into one.
"""

from typing import TypeVar

import structlog
from django.db import transaction

from lti_bridge.launch.launch import FormerIds, Launch
from lti_bridge.models import Context, Learner, ResourceLink

log = structlog.get_logger(__name__)

_Row = TypeVar("_Row", Learner, Context, ResourceLink)


@transaction.atomic
def carry_over(launch: Launch, former: FormerIds) -> None:
    """Give the rows that LTI 1.1 made for this person, course and link the ids that LTI 1.3 has for them."""
    learner = Learner.objects.filter(platform=launch.platform, user_id=former.user_id).first()
    present = Learner.objects.filter(platform=launch.platform, user_id=launch.person.user_id).first()
    if learner and present and learner != present and _is_only_listed(present):
        _make_way(present, learner)
        present = None
    _rename(learner, "user_id", launch.person.user_id, taken=present is not None)
    context = _course(launch, former)
    if context and launch.link:
        links = ResourceLink.objects.filter(context=context)
        link = links.filter(resource_link_id=former.resource_link_id).first()
        taken = links.filter(resource_link_id=launch.link.resource_link_id).exists()
        _rename(link, "resource_link_id", launch.link.resource_link_id, taken=taken)


def _is_only_listed(learner: Learner) -> bool:
    """Whether a person was read from a roster and never did anything: that is no history."""
    done = (learner.attempts, learner.cells, learner.candidates, learner.launch_records)
    return not any(rows.exists() for rows in done)


def _make_way(listed: Learner, learner: Learner) -> None:
    """Give the memberships of a row that only a roster made to the person it turns out to be, and remove it."""
    there = learner.memberships.values_list("context_id", flat=True)
    listed.memberships.exclude(context__in=list(there)).update(learner=learner)
    listed.delete()


def _course(launch: Launch, former: FormerIds) -> Context | None:
    """The course that the former link is in, under its present id."""
    contexts = Context.objects.filter(platform=launch.platform)
    present = contexts.filter(context_id=launch.course.context_id).first()
    if not former.context_id:
        return present
    _rename(
        contexts.filter(context_id=former.context_id).first(),
        "context_id",
        launch.course.context_id,
        taken=present is not None,
    )
    return contexts.filter(context_id=launch.course.context_id).first()


def _rename(row: _Row | None, field: str, present: str, *, taken: bool) -> None:
    if row is None or not present or getattr(row, field) == present:
        return
    if taken:
        log.warning("not_carried_over", what=type(row).__name__, pk=row.pk)
        return
    row.lti11_id = getattr(row, field)
    setattr(row, field, present)
    row.save(update_fields=[field, "lti11_id"])
    log.info("carried_over", what=type(row).__name__, pk=row.pk)
