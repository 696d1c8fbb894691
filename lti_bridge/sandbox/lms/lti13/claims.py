"""What an id_token of the pretend LMS says, claim for claim as Moodle 4.5 does."""

from typing import Any

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.faults import MOODLE
from lti_bridge.sandbox.lms.launches import COURSE
from lti_bridge.sandbox.lms.lti13.advantage.addresses import line_item_url, line_items_url, memberships_url
from lti_bridge.sandbox.lms.lti13.advantage.columns import own_column
from lti_bridge.sandbox.lms.people import PEOPLE, Person
from lti_bridge.sandbox.lms.sourcedids import sourcedid_of
from lti_bridge.sandbox.lti13 import (
    AGS_CLAIM,
    AGS_SCOPES,
    CLAIM,
    DATA_PRIVACY,
    DEEP_LINKING,
    DL_CLAIM,
    NRPS_CLAIM,
    OUTCOME_CLAIM,
    RESOURCE_LINK,
    SUBMISSION_REVIEW,
)
from lti_bridge.sandbox.models import CourseLink, LineItem, Lti13Launch

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
#: Whoever may ask for data privacy looks after the LMS.
_ADMINISTRATOR = [
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
]


def claims_of(launch: Lti13Launch, manner: str) -> dict[str, Any]:
    """Everything but ``iss``, ``aud``, ``nonce`` and the times."""
    person = PEOPLE[launch.username]
    claims: dict[str, Any] = {
        f"{CLAIM}deployment_id": launch.tool.deployment_id,
        f"{CLAIM}target_link_uri": launch.target_link_uri,
        "sub": person.user_id,
        f"{CLAIM}lis": {"person_sourcedid": f"SIS-{person.username}", "course_section_sourcedid": ""},
        f"{CLAIM}roles": roles_of(person) + (_ADMINISTRATOR if launch.message == DATA_PRIVACY else []),
        f"{CLAIM}context": {
            "id": COURSE["context_id"],
            "label": COURSE["context_label"],
            "title": COURSE["context_title"],
            "type": [COURSE["context_type"]],
        },
        f"{CLAIM}message_type": launch.message,
        f"{CLAIM}version": "1.3.0",
        **_names(person),
        f"{CLAIM}ext": {"user_username": person.username, "lms": "moodle-2"},
        f"{CLAIM}tool_platform": {
            "product_family_code": manner,
            "version": "2024100706" if manner == MOODLE else "cloud",
            "guid": "greendale.example.edu",
            "name": "Greendale University (pretend)",
            "description": "A pretend LMS",
        },
        AGS_CLAIM: {"scope": list(AGS_SCOPES), "lineitems": line_items_url(launch.tool)},
        NRPS_CLAIM: {"context_memberships_url": memberships_url(launch.tool), "service_versions": ["1.0", "2.0"]},
    }
    if launch.message == DEEP_LINKING:
        return claims | {f"{DL_CLAIM}deep_linking_settings": deep_linking_settings(launch, manner)}
    if launch.link:
        claims |= _link_claims(launch, launch.link, person)
        claims[AGS_CLAIM] |= _line_item(launch, launch.link)
    if launch.about:
        claims |= _about(PEOPLE[launch.about])
    return claims


def roles_of(person: Person) -> list[str]:
    """The roles of a member of the course."""
    return [f"{_MEMBERSHIP}{'Instructor' if person.teaches else 'Learner'}"]


def deep_linking_settings(launch: Lti13Launch, manner: str) -> dict[str, Any]:
    """Moodle sends no ``data``; the others do."""
    settings = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": f"{lms_url('sandbox-lms13-selected')}?id={launch.key}",
        "title": "",
        "text": "",
    }
    return settings if manner == MOODLE else settings | {"accept_lineitem": True, "data": data_of(launch)}


def data_of(launch: Lti13Launch) -> str:
    """What a tool has to bring back, byte for byte."""
    return f'{{"launch":"{launch.key}","note":"ä & <b>+%2B</b>"}}'


def _names(person: Person) -> dict[str, str]:
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "name": person.full_name,
        "email": person.email,
    }


def _link_claims(launch: Lti13Launch, link: CourseLink, person: Person) -> dict[str, Any]:
    claims: dict[str, Any] = {
        f"{CLAIM}resource_link": {"title": link.title, "description": "", "id": str(link.pk)},
        f"{CLAIM}launch_presentation": {
            "locale": "en",
            "document_target": launch.document_target,
            "return_url": lms_url("sandbox-lms-return", link.pk),
        },
        f"{CLAIM}custom": launch.tool.custom | link.custom | _service_parameters(launch),
    }
    if link.graded and launch.message == RESOURCE_LINK:
        claims[OUTCOME_CLAIM] = {
            "lis_result_sourcedid": sourcedid_of(link, person.user_id),
            "lis_outcome_service_url": lms_url("sandbox-lms-outcomes"),
        }
    return claims


def _service_parameters(launch: Lti13Launch) -> dict[str, str]:
    """What Moodle adds to each link's custom parameters, ``{link_id}`` as it stands included."""
    settings_url = f"{lms_url('sandbox-lms')}services.php/links/{{link_id}}/custom"
    return {"context_memberships_url": memberships_url(launch.tool), "link_setting_url": settings_url}


def _line_item(launch: Lti13Launch, link: CourseLink) -> dict[str, str]:
    """The link's column: left out as soon as the link has more than one, except where the message is about it."""
    own = own_column(link) if link.graded else None
    is_only_one = LineItem.objects.filter(link=link).count() == 1
    if own is None or not (is_only_one or launch.message == SUBMISSION_REVIEW):
        return {}
    return {"lineitem": line_item_url(own)}


def _about(person: Person) -> dict[str, Any]:
    return {f"{CLAIM}for_user": {"user_id": person.user_id, "roles": roles_of(person), **_names(person)}}
