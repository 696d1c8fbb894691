"""The id_token of a launch of a provider's tool: what it says, and our signature (LTI 1.3 §5.3, §5.4).

All of it comes from rows of ours: from the launch as it was frozen when it began, and the names of people and courses.
No value has blanks at its ends, none is null, and nothing that is empty is sent.
"""

import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

import lti_bridge
from lti_bridge import jose, signing_keys
from lti_bridge.models import Learner, ProviderLaunch, ResourceLink
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.providers.names import given_and_family
from lti_bridge.relay import deep_linking, endpoints, line_items, links, lti13, outcomes, scopes
from lti_bridge.relay.tools import Registered
from lti_bridge.signing_keys import Side

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
OUTCOME_CLAIM = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
COURSE_SECTION = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"
_ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"

#: Seconds that a token is good.
LIFETIME = 300


def signed(claims: dict[str, Any]) -> str:
    """The token."""
    key, kid = signing_keys.signer(Side.PLATFORM)
    return jose.sign(claims, key, kid)


def claims_of(launch: ProviderLaunch, registered: Registered, nonce: str) -> dict[str, Any]:
    """Everything a token says. ``nonce``: the authentication request's. Makes the line item that it names."""
    tool, now = registered.tool, int(time.time())
    said = {
        f"{CLAIM}message_type": launch.details["message"],
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": tool.deployment_id,
        f"{CLAIM}target_link_uri": launch.details["target"],
        f"{CLAIM}roles": _roles(launch),
        f"{CLAIM}custom": launch.details.get("custom", {}),
        f"{CLAIM}launch_presentation": _presentation(launch),
        f"{CLAIM}tool_platform": _ourselves(),
        **(person(launch.learner, tool) if launch.learner else {}),
    }
    if launch.resource_link is None:
        said |= deep_linking.settings_claim(launch)
    else:
        said |= _place(launch, tool, launch.resource_link) | _services(launch, registered, launch.resource_link)
    return {
        "iss": endpoints.issuer(),
        "aud": tool.client_id,
        "sub": lti13.subject(launch),
        "iat": now,
        "exp": now + LIFETIME,
        "nonce": nonce,
        **_tidy(said),
    }


def person(learner: Learner, tool: Lti13Tool) -> dict[str, str]:
    """The names and the address of a person, as far as the account shares them."""
    given, family = given_and_family(learner)
    names = {
        "given_name": given,
        "family_name": family,
        "name": learner.full_name.strip() or f"{given} {family}",
    }
    told = (names if tool.shares_name else {}) | ({"email": learner.email} if tool.shares_email else {})
    return {name: text for name, value in told.items() if (text := value.strip())}


def _roles(launch: ProviderLaunch) -> list[str]:
    if launch.resource_link is None:
        return [_ADMINISTRATOR, f"{MEMBERSHIP}Instructor"]
    return [f"{MEMBERSHIP}{launch.details.get('role', 'Learner')}"]


def _presentation(launch: ProviderLaunch) -> dict[str, str]:
    return {
        "document_target": "window",
        "locale": str(launch.details.get("locale", "")).replace("_", "-"),
        "return_url": str(launch.details.get("return_url", "")),
    }


def _ourselves() -> dict[str, str]:
    return {
        "guid": urlsplit(settings.BASE_URL).hostname or "",
        "name": "LTI Bridge",
        "url": settings.BASE_URL,
        "product_family_code": "lti-bridge",
        "version": lti_bridge.__version__,
    }


def _place(launch: ProviderLaunch, tool: Lti13Tool, link: ResourceLink) -> dict[str, Any]:
    """The course and the resource link, by names that people know and ids of ours."""
    at, activity = links.link_of(launch, tool), launch.activity
    return {
        f"{CLAIM}context": {
            "id": links.course_id(link.context),
            "type": [COURSE_SECTION],
            "title": link.context.title or link.context.label,
            "label": link.context.label or link.context.title,
        },
        f"{CLAIM}resource_link": {
            "id": at.key if at else "",
            "title": link.title.strip() or (activity.title if activity else ""),
            "description": activity.description if activity else "",
        },
    }


def _services(launch: ProviderLaunch, registered: Registered, link: ResourceLink) -> dict[str, Any]:
    """Where the tool can tell a score, and who is in the course."""
    tool, said = registered.tool, {}
    if tool.line_items:
        item = line_items.declared(launch, tool)
        said[AGS_CLAIM] = {
            "scope": list(scopes.LINE_ITEM_SCOPES),
            "lineitems": endpoints.line_items_url(link.context_id),
            "lineitem": endpoints.line_item_url(item) if item else "",
        }
    if tool.outcomes and launch.attempt:
        said[OUTCOME_CLAIM] = {
            "lis_result_sourcedid": launch.attempt.key,
            "lis_outcome_service_url": outcomes.service_url(),
        }
    said[NRPS_CLAIM] = {
        "context_memberships_url": endpoints.memberships_url(link.context_id),
        "service_versions": ["2.0"],
    }
    return said


def _tidy(value: Any) -> Any:
    """The same without blanks at ends, and without what is empty."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        tidy = {name: _tidy(each) for name, each in value.items()}
        return {name: each for name, each in tidy.items() if each not in ("", None, [], {})}
    if isinstance(value, list):
        return [_tidy(each) for each in value]
    return value
