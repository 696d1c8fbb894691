"""Which link, which person, which activity a launch is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.launch.launch import Course, Launch, Link, RosterAddress
from lti_bridge.models import Activity, Attempt, Context, LaunchRecord, Learner, Platform, ResourceLink


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a launch leads: a person, a link, and what the link is bound to (None: nothing yet).

    ``link`` is None for a launch that chooses content; ``learner`` holds instructors too: a person of the platform.
    ``attempt``: the newest one of this person at what the link is bound to. ``custom``: of the launch's custom
    parameters those that the activity takes.
    """

    record: LaunchRecord
    learner: Learner
    link: ResourceLink | None
    activity: Activity | None
    attempt: Attempt | None
    locale: str
    custom: Mapping[str, str] = field(default_factory=dict)


def keep_person(learner: Learner | None, launch: Launch) -> Learner:
    """The row of whoever launched, made or brought up to date. Identity is (platform, user id) and nothing else."""
    platform, person = launch.platform, launch.person
    told = {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "full_name": person.full_name,
        "email": person.email,
    }
    if learner is None and launch.may_have_former_ids and person.user_id:
        # After a move to LTI 1.3 a link that was left behind still comes with the ids of LTI 1.1.
        learner = Learner.objects.filter(platform=platform, lti11_id=person.user_id).first()
    if learner is None:
        learner, made = Learner.objects.get_or_create(platform=platform, user_id=person.user_id, defaults=told)
        if made:
            return learner
    # An LMS that stops telling a name has not renamed the person.
    changed = [name for name, value in told.items() if value and getattr(learner, name) != value]
    if changed:
        for name in changed:
            setattr(learner, name, told[name])
        learner.save(update_fields=changed)
    return learner


def keep_link(row: ResourceLink | None, launch: Launch, link: Link) -> ResourceLink:
    """The row of a launch's resource link, made when new; a copied link starts with the activity of its original."""
    if row is None:
        row = _make_link(launch, launch.course, link)
    elif row.title != link.title and link.title:
        row.title = link.title
        row.save(update_fields=["title"])
    if row.activity_id is None and link.copied_from:
        original = _original(launch.platform, link.copied_from)
        if original:
            bind(row, original, by=ResourceLink.BoundBy.COPY)
    return row


def keep_roster_address(context: Context, roster: RosterAddress) -> None:
    """Keep where the members of a course can be read, as the newest launch tells it."""
    if (context.memberships_url, context.memberships_by_id) != (roster.url, roster.registration_id):
        context.memberships_url, context.memberships_by_id = roster.url, roster.registration_id
        context.save(update_fields=["memberships_url", "memberships_by"])


def _make_link(launch: Launch, course: Course, link: Link) -> ResourceLink:
    platform, context = launch.platform, None
    if launch.may_have_former_ids and course.context_id:
        context = Context.objects.filter(platform=platform, lti11_id=course.context_id).first()
    if context is None:
        context, _made = Context.objects.get_or_create(
            platform=platform,
            context_id=course.context_id,
            defaults={"title": course.title, "label": course.label},
        )
    rows = ResourceLink.objects.select_related("context", "activity__account")
    if launch.may_have_former_ids and (former := rows.filter(context=context, lti11_id=link.resource_link_id).first()):
        return former
    row, _made = ResourceLink.objects.select_related("context", "activity__account").get_or_create(
        context=context, resource_link_id=link.resource_link_id, defaults={"title": link.title}
    )
    return row


def _original(platform: Platform, history: tuple[str, ...]) -> Activity | None:
    """What the nearest ancestor of a copied link was bound to, in any course of the same platform."""
    ancestors = (
        ResourceLink.objects.filter(context__platform=platform, resource_link_id__in=history)
        .filter(activity__in=available(platform))
        .select_related("activity__account")
        .order_by("-pk")
    )
    by_id = {ancestor.resource_link_id: ancestor.activity for ancestor in reversed(ancestors)}
    return next((by_id[each] for each in history if each in by_id), None)


def available(platform: Platform) -> QuerySet[Activity]:
    """The activities that a platform may open."""
    return Activity.objects.filter(Q(platforms=platform) | Q(platforms=None), enabled=True, account__enabled=True)


def find_activity(launch: Launch, slug: str, link: ResourceLink | None, *, barred: bool) -> Activity | None:
    """What a launch opens: the slug of its path, else its custom parameter, else what the link is bound to.

    ``barred``: what it is bound to is for other platforms only. A slug that is named binds the link. Raises
    ``CannotOpen`` when the activity does not exist, is switched off or is not for this platform.
    """
    named = slug or launch.activity_slug
    bound = link.activity if link else None
    if not named and bound is None:
        return None
    if bound and named in ("", bound.slug):
        activity: Activity | None = bound if not barred and _is_on(bound) else None
    else:
        activity = available(launch.platform).select_related("account").filter(slug=named).first()
    if activity is None:
        raise CannotOpen(
            "activity_not_available",
            _("This link opens an activity that does not exist here or is switched off."),
            _("Ask your teacher to choose another activity for the link."),
            detail=f"activity {named or bound}",
        )
    if link and activity != bound:
        bind(link, activity, by=ResourceLink.BoundBy.PATH if slug else ResourceLink.BoundBy.CUSTOM)
    return activity


def may_open(platform: Platform, activity: Activity) -> bool:
    """Whether an activity is switched on and for this platform."""
    if not _is_on(activity):
        return False
    allowed = activity.platforms.through.objects.filter(activity_id=activity.pk).values_list("platform_id", flat=True)
    ids = list(allowed)
    return not ids or platform.pk in ids


def _is_on(activity: Activity) -> bool:
    return activity.enabled and activity.account.enabled


def newest_attempt(learner: Learner, link: ResourceLink | None, activity: Activity | None) -> Attempt | None:
    """The newest attempt of a learner at what a link is bound to."""
    attempts = Attempt.objects.filter(learner=learner, resource_link=link, activity=activity)
    return attempts.order_by("-number").first()


@transaction.atomic
def bind(link: ResourceLink, activity: Activity, *, by: ResourceLink.BoundBy) -> None:
    """Bind a link to an activity. Attempts at an earlier activity stay, and stay graded."""
    link.activity = activity
    link.bound_by = by
    link.save(update_fields=["activity", "bound_by"])


def placement_of(record: LaunchRecord) -> Placement:
    """The placement of an earlier launch, for the pages it opened. Raises ``CannotOpen`` when its link is gone."""
    link = record.resource_link
    if record.learner is None or link is None:
        raise CannotOpen("link_is_gone", _("This link is no longer there."), _("Open it again from your course."))
    activity = link.activity if link.activity and may_open(record.platform, link.activity) else None
    attempt = newest_attempt(record.learner, link, activity)
    told = record.details
    return Placement(record, record.learner, link, activity, attempt, told.get("locale", ""), told.get("custom", {}))
