"""A believed LTI 1.1 message as a ``Launch``."""

from dataclasses import asdict
from typing import Any

from lti_bridge.launch import outcomes, parameters
from lti_bridge.launch.addresses import frame_origins, web_address
from lti_bridge.launch.launch import Launch, Message, Role
from lti_bridge.launch.parameters import Fields
from lti_bridge.launch.roles import read_roles
from lti_bridge.launch.selection import read_selection
from lti_bridge.models import LaunchRecord, Lti11Registration

#: Addresses that only the LMS itself tells.
_OF_THE_PLATFORM = ("launch_presentation_return_url", "content_item_return_url", "lis_outcome_service_url")


def read_launch(record: LaunchRecord, registration: Lti11Registration, fields: Fields, *, origin: str) -> Launch:
    """The launch that a message makes, if its nonce is new: the caller saves ``record``, which this fills.

    ``origin``: the page that posted it, as its browser says.
    """
    message = parameters.MESSAGES[fields["lti_message_type"]]
    selects = message is Message.SELECTION
    address, refused = (None, "") if selects else outcomes.read_address(fields, registration)
    launch = Launch(
        record=record,
        platform=registration.platform,
        message=message,
        person=parameters.read_person(fields),
        roles=read_roles(fields.get("roles", "")),
        course=parameters.read_course(fields),
        link=None if selects else parameters.read_link(fields),
        custom=parameters.read_custom(fields),
        address=address,
        selection=read_selection(fields) if selects else None,
        locale=parameters.read_locale(fields),
        document_target=parameters.read_target(fields),
        return_url=web_address(fields.get("launch_presentation_return_url", "")),
        received_at=record.received_at,
    )
    record.is_instructor = launch.is_instructor
    origins = frame_origins([*(fields.get(name, "") for name in _OF_THE_PLATFORM), origin])
    record.details = details_of(launch, origins=origins, address_refused=refused)
    return launch


def details_of(launch: Launch, **more: Any) -> dict[str, Any]:
    """What later pages of the launch need. No person, no secret."""
    details = {
        "locale": launch.locale,
        "document_target": launch.document_target,
        "return_url": launch.return_url,
        "selection": asdict(launch.selection) if launch.selection else None,
        # Sees what those who teach see, but is none of them.
        "assists": launch.is_instructor and Role.INSTRUCTOR not in launch.roles,
        **more,
    }
    return {name: value for name, value in details.items() if value}
