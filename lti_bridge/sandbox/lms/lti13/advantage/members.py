"""The members of the course (NRPS 2.0), with Moodle's short roles."""

from typing import Any

from lti_bridge.sandbox.lms.launches import COURSE
from lti_bridge.sandbox.lms.lti13.advantage.answers import refuse
from lti_bridge.sandbox.lms.people import PEOPLE, Person
from lti_bridge.sandbox.lms.sourcedids import sourcedid_of
from lti_bridge.sandbox.lti13 import CLAIM, OUTCOME_CLAIM, RESOURCE_LINK
from lti_bridge.sandbox.models import CourseLink, Lti13Tool


def listed(tool: Lti13Tool, role: str, rlid: str) -> list[dict[str, Any]]:
    """Those with a role, or everybody. With a link's id each also gets where the link's grade goes.

    Raises ``Refused`` with 404 for a link that is not the tool's.
    """
    link = None
    if rlid:
        link = CourseLink.objects.filter(pk=int(rlid) if rlid.isascii() and rlid.isdigit() else 0, tool=tool).first()
        if link is None:
            raise refuse(404, "Not Found: Resource link doesn't exist")
    wanted = role.rpartition("#")[2]
    people = [person for person in PEOPLE.values() if not wanted or role_of(person) == wanted]
    return [_as_json(person, link) for person in people]


def container(url: str, members: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of them."""
    context = {"id": COURSE["context_id"], "label": COURSE["context_label"], "title": COURSE["context_title"]}
    return {"id": url, "context": context, "members": members}


def role_of(person: Person) -> str:
    """The one short role."""
    return "Instructor" if person.teaches else "Learner"


def _as_json(person: Person, link: CourseLink | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": "Active",
        "user_id": person.user_id,
        "lis_person_sourcedid": f"SIS-{person.username}",
        "roles": [role_of(person)],
        "given_name": person.given_name,
        "family_name": person.family_name,
        "name": person.full_name,
        "email": person.email,
    }
    if link and link.graded and not person.teaches:
        sourcedid = {"lis_result_sourcedid": sourcedid_of(link, person.user_id)}
        told["message"] = [{f"{CLAIM}message_type": RESOURCE_LINK, OUTCOME_CLAIM: sourcedid}]
    return told
