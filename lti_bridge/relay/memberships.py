"""Who is in a course, as a provider's tool may know (Names and Role Provisioning 2.0): those who were launched into it.

Nobody else: the provider learns of a person when that person comes. Names and addresses as far as the account shares
them.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from lti_bridge.models import Attempt, Context, Learner, Membership
from lti_bridge.relay import endpoints, links, outcomes
from lti_bridge.relay.id_token import CLAIM, MEMBERSHIP, OUTCOME_CLAIM, person
from lti_bridge.relay.links import ProviderLink
from lti_bridge.relay.lti13 import RESOURCE_LINK
from lti_bridge.relay.problems import not_found
from lti_bridge.relay.tools import Registered

#: The one role that everybody has who sits a test, as tools ask for it: NRPS has the full name, many use the short one.
_LEARNER = ("Learner", f"{MEMBERSHIP}Learner")


def link_asked_for(registered: Registered, context: Context, query: Mapping[str, str]) -> ProviderLink | None:
    """The link that ``rlid`` names; None without one. Raises ``ServiceProblem`` for one that is not the account's."""
    if "rlid" not in query:
        return None
    at = links.find_link(registered.account, context, query["rlid"])
    if at is None:
        raise not_found("resource link")
    return at


def listed(
    registered: Registered, context: Context, at: ProviderLink | None, query: Mapping[str, str]
) -> QuerySet[Learner]:
    """The members, as far as the query asks for them. Who left the course, as its roster says, is none."""
    rows = links.people(registered.account, context, at)
    if "role" in query and query["role"] not in _LEARNER:
        return rows.none()
    left = Membership.objects.filter(context=context, status=Membership.Status.DELETED)
    return rows.exclude(pk__in=left.values("learner"))


def written(
    registered: Registered, context: Context, at: ProviderLink | None, members: list[Learner], query: str
) -> dict[str, Any]:
    """The container as JSON. ``query``: the request's, which is a part of its id."""
    url = endpoints.memberships_url(context.pk)
    course = {
        "id": links.course_id(context),
        "title": (context.title or context.label).strip(),
        "label": (context.label or context.title).strip(),
    }
    inactive = set(
        Membership.objects.filter(context=context, learner__in=members, status=Membership.Status.INACTIVE).values_list(
            "learner_id", flat=True
        )
    )
    return {
        "id": f"{url}?{query}" if query else url,
        "context": {name: value for name, value in course.items() if value},
        "members": [
            {
                "user_id": member.opaque_id,
                "roles": [_LEARNER[1]],
                "status": "Inactive" if member.pk in inactive else "Active",
                **person(member, registered.tool),
                **({"message": [_message(registered, member, at)]} if at else {}),
            }
            for member in members
        ],
    }


def _message(registered: Registered, member: Learner, at: ProviderLink) -> dict[str, Any]:
    """What a launch of this member at the link would say that differs from member to member (NRPS 2.0 §3.2)."""
    said: dict[str, Any] = {f"{CLAIM}message_type": RESOURCE_LINK}
    attempt: Attempt | None = links.newest_attempt(registered.account, member, at) if registered.tool.outcomes else None
    if attempt:
        said[OUTCOME_CLAIM] = {
            "lis_result_sourcedid": attempt.key,
            "lis_outcome_service_url": outcomes.service_url(),
        }
    return said
