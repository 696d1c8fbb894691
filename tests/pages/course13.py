"""The course of the pages' tests at an LTI 1.3 platform: launches of its other messages, and its column."""

import secrets
from typing import Any

from django.utils import timezone

from lti_bridge.models import Deployment, LaunchRecord, Learner, LineItem, Lti13Registration, ResourceLink
from tests import world13
from tests.pages.course import ORIGIN, Course

REVIEW = "LtiSubmissionReviewRequest"
PRIVACY = "LtiDataPrivacyLaunchRequest"


def registered(course: Course) -> Lti13Registration:
    """The LTI 1.3 registration of the course's platform, made once."""
    return course.world.platform.lti13.first() or world13.make_registration(course.world.platform)


def column(
    course: Course, link: ResourceLink | None = None, url: str = world13.LINE_ITEM_URL, **fields: Any
) -> LineItem:
    """The gradebook column of a link, by default of the course's."""
    registration = registered(course)
    told = {"registration": registration, "deployment": registration.deployments.first(), "url": url} | fields
    return LineItem.objects.create(resource_link=link or course.link, **told)


def launch(
    course: Course, message: str, viewer: Learner, *, instructor: bool = False, link: Any = "", **details: Any
) -> LaunchRecord:
    """A launch with that message, as its record tells it."""
    registration = registered(course)
    return LaunchRecord.objects.create(
        platform=course.world.platform,
        lti13=registration,
        deployment=registration.deployments.first(),
        nonce=secrets.token_hex(8),
        message_type=message,
        reference="3f2a-91bc-77d0",
        is_instructor=instructor,
        resource_link=course.link if link == "" else link,
        learner=viewer,
        details={"locale": "en", "origins": [ORIGIN], **details},
        received_at=timezone.now(),
    )


def another_deployment(registration: Lti13Registration) -> Deployment:
    return Deployment.objects.create(
        registration=registration, platform=registration.platform, deployment_id="other", approved=True
    )
