"""The rows, one noun per file, in the order of the path.

Rows know each other and nothing else: no launch, no provider, no delivery.
"""

from lti_bridge.models.access_tokens import AccessToken
from lti_bridge.models.account_slots import AccountSlot
from lti_bridge.models.account_tokens import AccountToken
from lti_bridge.models.account_troubles import AccountTrouble
from lti_bridge.models.accounts import Account, relay_client_id, relay_key_digest
from lti_bridge.models.activities import Activity, AttemptRule, Release
from lti_bridge.models.attempts import UNFINISHED, Attempt, AttemptState
from lti_bridge.models.breakers import Breaker
from lti_bridge.models.cells import Cell, CellState
from lti_bridge.models.contexts import Context, ResourceLink
from lti_bridge.models.documents import Document, DocumentFindings, DocumentPiece, DocumentState
from lti_bridge.models.grades import Grade
from lti_bridge.models.heartbeats import Heartbeat
from lti_bridge.models.invitations import Invitation
from lti_bridge.models.keys import PeerKeys, SigningKey
from lti_bridge.models.launches import LaunchRecord
from lti_bridge.models.learners import Candidate, Learner
from lti_bridge.models.line_items import LineItem
from lti_bridge.models.members import Membership
from lti_bridge.models.platforms import Family, Lti11Registration, Platform
from lti_bridge.models.provider_acts import ActState, ProviderAct
from lti_bridge.models.provider_events import EventSource, EventState, ProviderEvent
from lti_bridge.models.provider_exports import ExportState, ProviderExport
from lti_bridge.models.provider_launches import ProviderLaunch, UsedAssertion
from lti_bridge.models.provider_line_items import ProviderLineItem, ProviderScore
from lti_bridge.models.provider_tests import ProviderTest
from lti_bridge.models.refused_messages import RefusedMessages
from lti_bridge.models.registrations13 import Deployment, Lti13Registration
from lti_bridge.models.tries import Try, TryKind, TryResult

__all__ = [
    "UNFINISHED",
    "AccessToken",
    "Account",
    "AccountSlot",
    "AccountToken",
    "AccountTrouble",
    "ActState",
    "Activity",
    "Attempt",
    "AttemptRule",
    "AttemptState",
    "Breaker",
    "Candidate",
    "Cell",
    "CellState",
    "Context",
    "Deployment",
    "Document",
    "DocumentFindings",
    "DocumentPiece",
    "DocumentState",
    "EventSource",
    "EventState",
    "Family",
    "Grade",
    "Heartbeat",
    "Invitation",
    "LaunchRecord",
    "Learner",
    "LineItem",
    "Lti11Registration",
    "Lti13Registration",
    "Membership",
    "PeerKeys",
    "Platform",
    "ProviderAct",
    "ProviderEvent",
    "ExportState",
    "ProviderExport",
    "ProviderTest",
    "ProviderLaunch",
    "ProviderLineItem",
    "ProviderScore",
    "RefusedMessages",
    "Release",
    "ResourceLink",
    "SigningKey",
    "Try",
    "TryKind",
    "TryResult",
    "UsedAssertion",
    "relay_client_id",
    "relay_key_digest",
]
