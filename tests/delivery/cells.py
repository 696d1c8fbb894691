"""A small world for delivery: one school, one link, learners with an address in a gradebook."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from lti_bridge import gradebook
from lti_bridge.launch.launch import OutcomeAddress
from lti_bridge.models import (
    Account,
    Activity,
    Attempt,
    AttemptState,
    Cell,
    Context,
    Grade,
    Learner,
    Lti11Registration,
    Platform,
    ResourceLink,
)

SECRET = "sample-secret"


def make_link(
    *, family: str = "other", key: str = "campus", release: str = "automatic", rule: str = "last"
) -> ResourceLink:
    """A platform with one registration, and a link bound to an activity."""
    platform = Platform.objects.create(name=f"{key}-lms", family=family, parallel_sends=50)
    Lti11Registration.objects.create(platform=platform, consumer_key=key, secrets={"shared_secret": SECRET})
    account = Account.objects.create(name=f"{key}-account", provider="isograd", settings={"connection": "lti11"})
    activity = Activity.objects.create(
        slug=f"{key}-excel", title="Excel", account=account, action="take_test", attempt_rule=rule, release=release
    )
    context = Context.objects.create(platform=platform, context_id="course-1", title="Course")
    return ResourceLink.objects.create(context=context, resource_link_id="link-1", activity=activity)


def make_learner(link: ResourceLink, number: int, url: str | None) -> Learner:
    """A learner of the link's platform; ``url``: the gradebook that their launch named."""
    platform = link.context.platform
    learner = Learner.objects.create(platform=platform, user_id=f"user-{number}")
    if url:
        address(learner, link, url)
    return learner


def address(learner: Learner, link: ResourceLink, url: str, sourcedid: str | None = None) -> None:
    """What a launch of the learner tells about the gradebook."""
    registration = Lti11Registration.objects.get(platform=link.context.platform)
    where = OutcomeAddress(registration.pk, url, sourcedid or f"cell-{learner.user_id}")
    with transaction.atomic():
        known = Cell.objects.filter(learner=learner, resource_link=link).first()
        gradebook.learn_address(learner, link, where, known)


def grade(
    learner: Learner, link: ResourceLink, score: str | None, *, attempt_number: int = 1, comment: str = ""
) -> Cell:
    """A provider reported ``score`` (part of 1; None: taken back) for an attempt."""
    assert link.activity is not None
    attempt, _ = Attempt.objects.get_or_create(
        learner=learner,
        resource_link=link,
        activity=link.activity,
        number=attempt_number,
        defaults={"state": AttemptState.GRADED},
    )
    Grade.objects.create(
        attempt=attempt,
        score_given=None if score is None else Decimal(score),
        score_maximum=None if score is None else Decimal(1),
        raw_score=score or "",
        comment=comment,
        reported_at=timezone.now(),
    )
    with transaction.atomic():
        return gradebook.refresh([attempt])[0]


def make_due(cell: Cell) -> None:
    """Let the time pass that the schedule waits for."""
    Cell.objects.filter(pk=cell.pk, due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))


def fresh(cell: Cell) -> Cell:
    return Cell.objects.get(pk=cell.pk)
