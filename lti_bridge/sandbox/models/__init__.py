"""The sandbox's own rows. They know nothing of the bridge's."""

from lti_bridge.sandbox.models.course import CourseLink, GradebookEntry, GradeWrite
from lti_bridge.sandbox.models.isograd import IsogradCandidate, IsogradTest
from lti_bridge.sandbox.models.play import Fault, UsedNonce

__all__ = [
    "CourseLink",
    "Fault",
    "GradeWrite",
    "GradebookEntry",
    "IsogradCandidate",
    "IsogradTest",
    "UsedNonce",
]
