"""The beginning of every LTI 1.3 message: the login initiation, a form that the browser posts to the tool."""

import json

from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.lms.lti13.agreement import issuer
from lti_bridge.sandbox.lms.people import Person, Session
from lti_bridge.sandbox.lti13 import DATA_PRIVACY, DEEP_LINKING, RESOURCE_LINK, SUBMISSION_REVIEW
from lti_bridge.sandbox.models import CourseLink, LineItem, Lti13Launch, Lti13Tool


def open_link(link: CourseLink, session: Session, document_target: str) -> Lti13Launch:
    """Begin a resource link launch. The link has a tool."""
    return _begin(_tool(link), RESOURCE_LINK, session, link=link, target=link.url, document_target=document_target)


def choose_content(tool: Lti13Tool, session: Session) -> Lti13Launch:
    """Begin deep linking."""
    return _begin(tool, DEEP_LINKING, session)


def review(link: CourseLink, session: Session, about: Person) -> Lti13Launch:
    """Begin a submission review, from the gradebook to one student's work."""
    own = LineItem.objects.filter(link=link, is_own=True).first()
    target = str(own.review.get("url", "")) if own else ""
    return _begin(_tool(link), SUBMISSION_REVIEW, session, link=link, target=target, about=about.username)


def data_privacy(tool: Lti13Tool, session: Session, about: Person) -> Lti13Launch:
    """Begin a data privacy launch about one person."""
    return _begin(tool, DATA_PRIVACY, session, about=about.username)


def login_fields(launch: Lti13Launch, person: Person) -> dict[str, str]:
    """The fields of a login initiation, as Moodle sends them; ``lti_message_hint`` is JSON."""
    hint = {"cmid": launch.link_id} if launch.link_id else {}
    fields = {
        "iss": issuer(),
        "target_link_uri": launch.target_link_uri,
        "login_hint": person.user_id,
        "lti_message_hint": json.dumps(hint | {"launchid": f"ltilaunch_{launch.key}"}, separators=(",", ":")),
        "client_id": launch.tool.client_id,
        "lti_deployment_id": launch.tool.deployment_id,
    }
    if Faults().strikes("lms_offers_storage"):
        fields["lti_storage_target"] = "_parent"
    return fields


def key_of(lti_message_hint: str) -> str:
    """The key of the launch that a hint names; empty for a hint that is none of ours."""
    try:
        return str(json.loads(lti_message_hint)["launchid"]).removeprefix("ltilaunch_")
    except (ValueError, TypeError, KeyError):
        return ""


def _tool(link: CourseLink) -> Lti13Tool:
    if link.tool is None:
        raise ValueError("this link is launched by LTI 1.1")
    return link.tool


def _begin(
    tool: Lti13Tool,
    message: str,
    session: Session,
    *,
    link: CourseLink | None = None,
    target: str = "",
    document_target: str = "window",
    about: str = "",
) -> Lti13Launch:
    return Lti13Launch.objects.create(
        tool=tool,
        message=message,
        target_link_uri=target or tool.target_for(message),
        username=session.person.username,
        session_key=session.key,
        link=link,
        document_target=document_target,
        about=about,
    )
