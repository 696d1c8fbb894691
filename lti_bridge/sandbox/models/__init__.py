"""The sandbox's own rows. They know nothing of the bridge's."""

from lti_bridge.sandbox.models.campfire import CampfireSession
from lti_bridge.sandbox.models.course import CourseLink, GradebookEntry, GradeWrite
from lti_bridge.sandbox.models.inspera import InsperaRecord, InsperaSitting
from lti_bridge.sandbox.models.isograd import (
    IsogradCandidate,
    IsogradCredits,
    IsogradSession,
    IsogradTest,
    IsogradToken,
)
from lti_bridge.sandbox.models.lms13 import AccessToken, LineItem, Lti13Launch, Lti13Tool
from lti_bridge.sandbox.models.originality import OriginalityDocument, OriginalityRecord
from lti_bridge.sandbox.models.play import Fault, PartyKey, ToolLogin, UsedNonce

__all__ = [
    "AccessToken",
    "CampfireSession",
    "CourseLink",
    "Fault",
    "GradeWrite",
    "GradebookEntry",
    "InsperaRecord",
    "InsperaSitting",
    "IsogradCandidate",
    "IsogradCredits",
    "IsogradSession",
    "IsogradTest",
    "IsogradToken",
    "LineItem",
    "Lti13Launch",
    "Lti13Tool",
    "OriginalityDocument",
    "OriginalityRecord",
    "PartyKey",
    "ToolLogin",
    "UsedNonce",
]
