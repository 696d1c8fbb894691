"""A believed LTI 1.3 message as a ``Launch``."""

from lti_bridge.launch import claims as read
from lti_bridge.launch import targets
from lti_bridge.launch.addresses import frame_origins
from lti_bridge.launch.complaints import MESSAGES
from lti_bridge.launch.former_ids import read_former_ids
from lti_bridge.launch.launch import Launch, Message
from lti_bridge.launch.reading import details_of
from lti_bridge.launch.roles import administers, is_test_user, read_roles13
from lti_bridge.launch.service_addresses import Services
from lti_bridge.launch.vocabulary import GRADES, LTI, Claims, member, text, texts
from lti_bridge.models import Deployment, LaunchRecord

#: Messages that are about a link or a gradebook column.
_GRADED = (Message.RESOURCE_LINK, Message.REVIEW)


def read_launch(
    record: LaunchRecord, deployment: Deployment, claims: Claims, services: Services, *, origin: str
) -> Launch:
    """The launch that a message makes, if its nonce is new: the caller saves ``record``, which this fills.

    ``origin``: the page that posted it, as its browser says.
    """
    registration = deployment.registration
    message = MESSAGES[claims[f"{LTI}message_type"]]
    selects = message is Message.SELECTION
    roles = texts(claims, f"{LTI}roles")
    launch = Launch(
        record=record,
        platform=deployment.platform,
        message=message,
        person=read.read_person(claims),
        roles=read_roles13(roles),
        course=read.read_course(claims),
        link=None if selects else read.read_link(claims),
        custom=read.read_custom(claims),
        address=services.grades if message in _GRADED else None,
        selection=read.read_selection(claims) if selects else None,
        locale=read.read_locale(claims),
        document_target=read.read_target(claims),
        return_url=read.read_return_url(claims),
        received_at=record.received_at,
        roster=services.roster,
        former=read_former_ids(claims, deployment.platform, registration.client_id),
        about=read.read_about(claims) if message in (Message.REVIEW, Message.DATA_PRIVACY) else "",
        target_slug=targets.activity_of(claims[f"{LTI}target_link_uri"]) or "",
    )
    record.is_instructor = launch.is_instructor
    told = (
        *(launch.return_url, launch.selection.return_url if launch.selection else "", origin),
        *(registration.issuer, registration.authorization_endpoint),
    )
    record.details = details_of(
        launch,
        origins=frame_origins(told),
        address_refused=services.grades_refused if message in _GRADED else "",
        roster_refused=services.roster_refused,
        test_user=is_test_user(roles),
        about=launch.about,
        line_item=text(member(claims, GRADES), "lineitem").strip() if message is Message.REVIEW else "",
        administers=message is Message.DATA_PRIVACY and administers(roles),
    )
    return launch
