"""The contract of a provider: it translates words, both ways, and nothing else.

A provider opens (our activity → an action for the browser) and reads (a message → reports). One with an API can also be
asked how an attempt stands, and each thing its API does is an operation. It knows no gradebook, no platform and no
other provider. What it cannot do, it refuses aloud.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lti_bridge.errors import Text
from lti_bridge.models import Account, Activity, Attempt, Learner, ResourceLink
from lti_bridge.providers.actions import Action, Lti13Tool
from lti_bridge.providers.acts import AccountPage, AttemptAct
from lti_bridge.providers.documents import Documents
from lti_bridge.providers.files import File
from lti_bridge.providers.looking import NO_LOOKS, Looks
from lti_bridge.providers.operations import Operation
from lti_bridge.providers.reports import GradeReport, Message
from lti_bridge.providers.whole_tests import Webhooks, WholeTests


@dataclass(frozen=True, slots=True)
class Opening:
    """All a provider needs to open an activity for a learner.

    ``attempt`` is set for actions that sit a test, and holds the newest attempt, if any, for the others. ``locale``:
    BCP 47 or what the LMS sent, may be empty. ``return_url`` and ``callback_url`` are ours, unguessable, of this
    attempt (empty without one). ``custom``: of the launch's custom parameters those that :meth:`Provider.custom_names`
    names. ``teaches``: whether ``learner`` is somebody who teaches the course.
    """

    account: Account
    activity: Activity
    learner: Learner
    resource_link: ResourceLink
    attempt: Attempt | None
    locale: str
    return_url: str
    callback_url: str
    custom: Mapping[str, str] = field(default_factory=dict)
    teaches: bool = False


@dataclass(frozen=True, slots=True)
class ActionKind:
    """An action of activities. ``sits_a_test``: opening it makes or goes on with an attempt.

    ``for_teachers``: opened from the roster by those who teach the course, and by nobody else.
    """

    label: str
    sits_a_test: bool
    for_teachers: bool = False


class Provider(ABC):
    """Subclasses set the first four class attributes and override the four abstract methods.

    One with an API adds ``operations``, and what of it is for people: ``attempt_acts`` and ``account_page``.
    """

    #: As in accounts and addresses.
    name: ClassVar[str]
    #: As people know it.
    label: ClassVar[str]
    actions: ClassVar[Mapping[str, ActionKind]]
    #: The secrets that its accounts can have, by name, and what people call them. Settings decide which are needed.
    secret_names: ClassVar[Mapping[str, str]]
    #: What to know of the parameters of its activities before any is given; administrators read it in the form.
    about_parameters: ClassVar[Text] = ""
    #: The names of the secrets that launches by LTI 1.1 are signed with, both ways: the key's and the secret's.
    lti11_secrets: ClassVar[tuple[str, str]] = ("consumer_key", "shared_secret")
    #: Whether one attempt may be graded more than once, so that a call back after the grade is a reason to look.
    grades_again: ClassVar[bool] = False
    #: Everything its API does, by name; see ``lti-bridge call``.
    operations: ClassVar[Mapping[str, Operation]] = {}
    #: What those who teach can take along from the provider, by name in addresses.
    files: ClassVar[Mapping[str, File]] = {}
    #: What can be done at the provider about one attempt, by name in addresses: on the roster and by administrators.
    attempt_acts: ClassVar[Mapping[str, AttemptAct]] = {}
    #: What administrators see of an account at the provider, and can do there.
    account_page: ClassVar[AccountPage | None] = None

    #: How its API is asked how attempts stand; not at all by default.
    looks: ClassVar[Looks] = NO_LOOKS
    #: How it is asked for the results of all who sit a test; None where each attempt is asked about alone, or none is.
    whole_tests: ClassVar[WholeTests | None] = None
    #: How documents that learners hand in are passed on to it; None where it takes none.
    documents: ClassVar[Documents | None] = None
    #: The signed messages that it sends about an account as a whole.
    webhooks: ClassVar[Webhooks | None] = None

    @abstractmethod
    def check_account(self, settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
        """What is wrong with an account's settings and the names of its secrets; empty when nothing is."""

    @abstractmethod
    def check_activity(self, account: Account, action: str, parameters: Mapping[str, Any]) -> list[str]:
        """What is wrong with an activity of that account; empty when nothing is."""

    def cautions(self, action: str, parameters: Mapping[str, Any]) -> list[str]:
        """What to think about twice in an activity whose parameters are right; nothing by default."""
        return []

    def lti13_tool(self, account: Account) -> Lti13Tool | None:
        """The account's LTI 1.3 tool, by its settings; None where it is not reached by LTI 1.3.

        Raises ``CannotOpen`` when its settings are not complete.
        """
        return None

    @abstractmethod
    def open(self, opening: Opening) -> Action:
        """Translate an opening into what the browser does next.

        Raises ``CannotOpen`` when the learner or the configuration lacks something, ``AttemptIsOver`` when there is no
        going on with the attempt, ``ProviderError`` when the provider was asked and refused.
        """

    @abstractmethod
    def read(self, message: Message) -> list[GradeReport]:
        """Translate a message into reports. Raises ``UnsupportedEvent`` for what we do not act on."""

    def custom_names(self, activity: Activity) -> Collection[str]:
        """The custom parameters of a launch that an activity takes, by its own configuration; none by default."""
        return ()

    def for_teachers(self, activity: Activity) -> Mapping[str, Mapping[str, Any]]:
        """What the roster of a link to this activity opens besides: actions for those who teach, with parameters."""
        return {}
