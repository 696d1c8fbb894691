"""A launch: verified by construction, one type for LTI 1.1 and 1.3.

Only the verifiers (``lti11.py``, ``lti13.py``) make one. Nothing after them asks which version it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from lti_bridge.models import Attempt, Cell, LaunchRecord, Learner, LineItem, Platform, ResourceLink


class Message(Enum):
    """What the LMS asks for."""

    RESOURCE_LINK = "resource_link"
    SELECTION = "selection"  # LTI 1.1 content item selection, LTI 1.3 deep linking
    REVIEW = "review"  # LTI 1.3 submission review: from the gradebook to one learner's attempts
    DATA_PRIVACY = "data_privacy"  # LTI 1.3 data privacy launch: what is kept about a person, and erasing it


class Role(Enum):
    """Roles in the course. Institution and system roles are not among them on purpose."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Person:
    """Who launched. ``user_id`` is the identity within the platform; the rest is for display and may be empty."""

    user_id: str
    given_name: str = ""
    family_name: str = ""
    full_name: str = ""
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Course:
    """The context of the launch; ``context_id`` is empty outside any course."""

    context_id: str = ""
    title: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """The resource link of the launch.

    ``copied_from``: resource link ids this link was copied from, nearest first, as far as the LMS tells.
    """

    resource_link_id: str
    title: str = ""
    copied_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomeAddress:
    """Where LTI 1.1 grades of one person and link go.

    ``accepts``: what the LMS takes beside the score, such as ``submitted_at``.
    """

    registration_id: int
    service_url: str
    sourcedid: str = field(repr=False)
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineItemAddress:
    """Where LTI 1.3 grades of one link go: its column, or the place where its column can be found or made.

    ``scopes``: what the launch allows to ask for.
    """

    registration_id: int
    deployment_id: int
    line_item_url: str = ""
    line_items_url: str = ""
    scopes: tuple[str, ...] = ()


ResultAddress = OutcomeAddress | LineItemAddress


@dataclass(frozen=True, slots=True)
class RosterAddress:
    """Where the members of the course can be read (Names and Role Provisioning)."""

    registration_id: int
    url: str


@dataclass(frozen=True, slots=True)
class FormerIds:
    """What LTI 1.1 called the person, the course and the link, where the platform proved it. Empty: the same."""

    user_id: str = ""
    context_id: str = ""
    resource_link_id: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the LMS wants to know when an instructor chooses an activity. Lives on in ``LaunchRecord.details``."""

    return_url: str
    data: str = ""
    accepts_multiple: bool = False
    #: None: the LMS does not say whether it makes a column.
    accepts_line_item: bool | None = True
    document_targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of a launch, as far as they exist. ``link`` comes with its context, activity and account.

    ``attempt``: the learner's newest attempt at what the link is bound to. ``barred``: that activity is for other
    platforms only. ``line_item``: the link's gradebook column.
    """

    learner: Learner | None
    link: ResourceLink | None
    cell: Cell | None
    line_item: LineItem | None
    attempt: Attempt | None
    barred: bool


@dataclass(frozen=True, slots=True)
class Launch:
    """A verified launch.

    ``record`` is the row that used its nonce. ``activity_slug`` is what the custom parameter ``activity`` names, empty
    if nothing. ``return_url`` is http(s) or empty. ``about``: the user id of the person a review or privacy launch is
    about. ``target_slug``: the activity that the ``target_link_uri`` of LTI 1.3 names.
    """

    record: LaunchRecord
    platform: Platform
    message: Message
    person: Person
    roles: frozenset[Role]
    course: Course
    link: Link | None
    custom: Mapping[str, str]
    address: ResultAddress | None
    selection: Selection | None
    locale: str
    document_target: str
    return_url: str
    received_at: datetime
    roster: RosterAddress | None = None
    former: FormerIds | None = None
    about: str = ""
    #: What was known when it was verified; None: not looked up yet.
    known: Known | None = None
    target_slug: str = ""

    @property
    def looks_back(self) -> bool:
        """Whether it asks about what is there already: it makes no link, binds none, and tells no new address."""
        return self.message in (Message.REVIEW, Message.DATA_PRIVACY)

    @property
    def may_have_former_ids(self) -> bool:
        """Whether its ids may be those that rows had before they were carried over to LTI 1.3: only LTI 1.1 sends them.

        By LTI 1.3 the same id is somebody else's.
        """
        return self.record.lti13_id is None

    @property
    def is_instructor(self) -> bool:
        """Teaches or assists here. Learner and instructor at once means instructor: shown, never graded."""
        return bool(self.roles & {Role.INSTRUCTOR, Role.ASSISTANT})

    @property
    def is_learner(self) -> bool:
        """Learns here and does not teach here."""
        return Role.LEARNER in self.roles and not self.is_instructor

    @property
    def activity_slug(self) -> str:
        return self.custom.get("activity", "")
