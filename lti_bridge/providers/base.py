"""The contract of a provider: it translates words, both ways, and nothing else.

A provider opens (our activity → an action for the browser) and reads (a message → reports). It knows no gradebook,
no platform and no other provider. What it cannot do, it refuses aloud.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lti_bridge.models import Account, Activity, Attempt, Learner, ResourceLink
from lti_bridge.providers.actions import Action, Lti13Tool
from lti_bridge.providers.reports import GradeReport, Message


@dataclass(frozen=True, slots=True)
class Opening:
    """All a provider needs to open an activity for a learner.

    ``attempt`` is set for actions that sit a test, and holds the newest attempt, if any, for the others. ``locale``:
    BCP 47 or what the LMS sent, may be empty. ``return_url`` and ``callback_url`` are ours, unguessable, of this
    attempt (empty without one).
    """

    account: Account
    activity: Activity
    learner: Learner
    resource_link: ResourceLink
    attempt: Attempt | None
    locale: str
    return_url: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class ActionKind:
    """An action of activities. ``sits_a_test``: opening it makes or goes on with an attempt."""

    label: str
    sits_a_test: bool


class Provider(ABC):
    """Subclasses set the four class attributes and override the four methods."""

    #: As in accounts and addresses.
    name: ClassVar[str]
    #: As people know it.
    label: ClassVar[str]
    actions: ClassVar[Mapping[str, ActionKind]]
    #: The secrets that its accounts can have, by name, and what people call them. Settings decide which are needed.
    secret_names: ClassVar[Mapping[str, str]]

    @abstractmethod
    def check_account(self, settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        """What is wrong with an account's settings and the names of its secrets; empty when nothing is."""

    @abstractmethod
    def check_activity(self, account: Account, action: str, parameters: Mapping[str, Any]) -> list[str]:
        """What is wrong with an activity of that account; empty when nothing is."""

    def lti13_tool(self, account: Account) -> Lti13Tool | None:
        """The account's LTI 1.3 tool, by its settings; None where it is not reached by LTI 1.3.

        Raises ``CannotOpen`` when its settings are not complete.
        """
        return None

    @abstractmethod
    def open(self, opening: Opening) -> Action:
        """Translate an opening into what the browser does next.

        Raises ``CannotOpen`` when the learner or the configuration lacks something, ``ProviderError`` when the
        provider was asked and refused.
        """

    @abstractmethod
    def read(self, message: Message) -> list[GradeReport]:
        """Translate a message into reports. Raises ``UnsupportedEvent`` for what we do not act on."""
