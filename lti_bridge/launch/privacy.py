"""LTI 1.3 data privacy launches: somebody wants to see, or to have erased, what is kept about a person."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch.reviews import person_of
from lti_bridge.models import LaunchRecord, Learner

MESSAGE = "LtiDataPrivacyLaunchRequest"


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """Whom it is about. ``learner`` is None when nothing is kept about them."""

    learner: Learner | None
    is_own: bool


def privacy_request_of(record: LaunchRecord) -> PrivacyRequest:
    """Whose data a launch is about: the person it names, else whoever launched.

    Raises ``LaunchRejected``: it asks for something else, or for somebody else's data without the right to.
    """
    if record.message_type != MESSAGE:
        raise LaunchRejected("no_privacy_request", _("This launch does not ask for what is kept about anybody."))
    about = str(record.details.get("about", ""))
    learner = person_of(record, about) if about else record.learner
    if learner is not None and learner == record.learner:
        return PrivacyRequest(learner, True)
    # What is kept is of all courses of the platform; who teaches one of them has no business with the others.
    if not record.details.get("administers"):
        raise LaunchRejected(
            "not_your_data",
            _("This is about somebody else."),
            _("Those who administer the course site can look at it."),
        )
    return PrivacyRequest(learner, False)
