"""Courses, links and people as a provider's tool knows them: by ids of ours, and only where it was launched.

A resource link of the provider is an attempt (``a.…``, the attempt's key), so that a score can belong to no other, or
an activity at a link of the LMS (``l.<link>.<activity>``). Whatever belongs to another account is not found.
"""

import re
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lti_bridge.models import (
    Account,
    Activity,
    Attempt,
    Context,
    Learner,
    ProviderLaunch,
    ProviderLineItem,
    ResourceLink,
)
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.providers.attempts import find_attempt

_OF_ACTIVITY = re.compile(r"l\.([0-9]{1,18})\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class ProviderLink:
    """What a resource link of the provider is here. ``attempt``: where each attempt is a link of its own."""

    link: ResourceLink
    activity: Activity
    attempt: Attempt | None = None

    @property
    def key(self) -> str:
        """Its id, as the provider knows it."""
        return self.attempt.key if self.attempt else f"l.{self.link.pk}.{self.activity.pk}"


def course_id(context: Context) -> str:
    """The id of a course, as providers know it."""
    return f"c.{context.pk}"


def link_of(launch: ProviderLaunch, tool: Lti13Tool) -> ProviderLink | None:
    """The resource link that a launch is at; None where an administrator chooses content."""
    if launch.resource_link is None or launch.activity is None:
        return None
    return ProviderLink(launch.resource_link, launch.activity, launch.attempt if tool.link_per_attempt else None)


def find_context(account: Account, pk: int) -> Context | None:
    """A course, if the account's tool was ever launched there."""
    items = ProviderLineItem.objects.filter(account=account, context=OuterRef("pk"))
    attempts = _attempts(account).filter(resource_link__context=OuterRef("pk"))
    launches = _launches(account).filter(resource_link__context=OuterRef("pk"))
    return Context.objects.filter(Q(Exists(items)) | Exists(attempts) | Exists(launches), pk=pk).first()


def find_link(account: Account, context: Context, key: str) -> ProviderLink | None:
    """A resource link of the provider in a course, if the account's tool was launched at it."""
    if matched := _OF_ACTIVITY.fullmatch(key):
        at_link = {"resource_link__pk": int(matched[1]), "activity__pk": int(matched[2])}
        for rows in (_attempts(account), _launches(account)):
            row = rows.select_related("resource_link", "activity").filter(**at_link).first()
            if row and row.resource_link and row.activity and row.resource_link.context_id == context.pk:
                return ProviderLink(row.resource_link, row.activity)
        return None
    attempt = find_attempt(account, key)
    if attempt is None or attempt.resource_link.context_id != context.pk:
        return None
    return ProviderLink(attempt.resource_link, attempt.activity, attempt)


def people(account: Account, context: Context, at: ProviderLink | None = None) -> QuerySet[Learner]:
    """Those who were launched into the account's tool from a course, or from one link of it."""
    if at is not None and at.attempt is not None:
        return Learner.objects.filter(pk=at.attempt.learner_id)
    attempts = _attempts(account).filter(learner=OuterRef("pk"), resource_link__context=context)
    launches = _launches(account).filter(learner=OuterRef("pk"), resource_link__context=context)
    if at is not None:
        attempts = attempts.filter(resource_link=at.link, activity=at.activity)
        launches = launches.filter(resource_link=at.link, activity=at.activity)
    return Learner.objects.filter(Exists(attempts) | Exists(launches))


def newest_attempt(account: Account, learner: Learner, at: ProviderLink) -> Attempt | None:
    """The newest attempt of a learner at a link of the provider."""
    if at.attempt is not None:
        return at.attempt if at.attempt.learner_id == learner.pk else None
    rows = _attempts(account).filter(learner=learner, resource_link=at.link, activity=at.activity)
    return rows.select_related("activity__account").order_by("-number").first()


def _attempts(account: Account) -> QuerySet[Attempt]:
    # As in providers.attempts: the candidate tells where an attempt was opened.
    return Attempt.objects.filter(Q(candidate__account=account) | Q(candidate=None, activity__account=account))


def _launches(account: Account) -> QuerySet[ProviderLaunch]:
    return ProviderLaunch.objects.filter(account=account, used_at__isnull=False)
