"""The LTI 1.1 messages that the pretend LMS signs: launches and content item selection requests."""

import time

from lti_bridge import oauth1
from lti_bridge.sandbox.addresses import bridge_url, lms_url
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms.people import Person, Session, selection_token
from lti_bridge.sandbox.lms.sourcedids import sourcedid_of
from lti_bridge.sandbox.models import CourseLink

COURSE = {
    "context_id": "42",
    "context_type": "CourseSection",
    "context_label": "OFF101",
    "context_title": "Office skills for everyone",
}
_LMS = {
    "tool_consumer_info_product_family_code": "moodle",
    "tool_consumer_info_version": "2024100706",
    "tool_consumer_instance_guid": "greendale.example.edu",
    "tool_consumer_instance_name": "Greendale University (pretend)",
    "launch_presentation_locale": "en",
}


def launch_fields(link: CourseLink, person: Person) -> dict[str, str]:
    """The signed fields of a launch of ``link``, as Moodle would send them."""
    fields = {
        "lti_message_type": "basic-lti-launch-request",
        "resource_link_id": str(link.pk),
        "resource_link_title": link.title,
        "launch_presentation_document_target": link.target,
        "launch_presentation_return_url": lms_url("sandbox-lms-return", link.pk),
        **{f"custom_{name}": value for name, value in link.custom.items()},
    }
    if link.graded:
        # For teachers as well: Moodle does that too.
        fields["lis_outcome_service_url"] = lms_url("sandbox-lms-outcomes")
        fields["lis_result_sourcedid"] = sourcedid_of(link, person.user_id)
    return _signed(link.url, fields | _person(person))


def selection_fields(session: Session) -> dict[str, str]:
    """The signed fields of a request to choose content, for a post to :func:`launch_address`."""
    fields = {
        "lti_message_type": "ContentItemSelectionRequest",
        "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
        "accept_presentation_document_targets": "iframe,window",
        "accept_multiple": "true",
        "accept_unsigned": "false",
        "auto_create": "false",
        "content_item_return_url": lms_url("sandbox-lms-selected"),
        "data": selection_token(session),
    }
    return _signed(launch_address(), fields | _person(session.person))


def launch_address(slug: str = "") -> str:
    """Where the bridge takes launches; with the slug of an activity, if any."""
    return bridge_url("lti11-launch-activity", slug) if slug else bridge_url("lti11-launch")


def _person(person: Person) -> dict[str, str]:
    return {
        "user_id": person.user_id,
        "roles": "Instructor" if person.teaches else "Learner",
        "lis_person_name_given": person.given_name,
        "lis_person_name_family": person.family_name,
        "lis_person_name_full": person.full_name,
        "lis_person_contact_email_primary": person.email,
        "ext_user_username": person.username,
    }


def _signed(url: str, fields: dict[str, str]) -> dict[str, str]:
    now = int(time.time() + Faults()["lms_clock_skew"])
    everything = {"lti_version": "LTI-1p0", **COURSE, **_LMS, **fields}
    return oauth1.sign_form(url, everything, key=LMS_KEY, secret=shared_secret(LMS_KEY), timestamp=now)
