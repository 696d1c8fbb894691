"""Both parties of the bridge by either version of LTI, for journeys in one process: an LMS, and a provider's tool.

The gradebook and the grade services are servers on sockets, written without the project's own modules. The provider
reads what its launch tells, and speaks with its own signatures and keys.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

from lti_bridge.models import Account, Lti11Registration
from tests import world, world13
from tests.ags_server import AgsFaults, Platform, ags_server
from tests.delivery.columns import our_keys, start_anew
from tests.forms import html_form
from tests.gradebook_server import Faults, Gradebook, gradebook_server
from tests.launches13 import launch13
from tests.relay import sitting
from tests.relay.tool13 import (
    AGS_CLAIM,
    REDIRECT_URI,
    Tool,
    ask,
    claims_of,
    make_world13,
    moment,
    other_tool,
    posted_back,
)
from tests.world import BIOLOGY, HISTORY, World, make_world
from tests.world13 import AGS, peer

SLUG = "excel-basic"
Course = Mapping[str, str]


# --- LMSs -----------------------------------------------------------------------------------


class Lms(ABC):
    """An LMS with two courses, and a gradebook that shows what it holds."""

    #: The smallest difference that its service can tell: Basic Outcomes has six decimals here.
    grain: Fraction

    @abstractmethod
    def launch(self, person: str = "ALICE", course: Course = HISTORY, *, graded: bool = True, **custom: str) -> Any:
        """Open the course's link as a person of the world. ``graded``: the LMS says where the grade goes."""

    @abstractmethod
    def held(self, person: str = "ALICE", course: Course = HISTORY) -> Fraction | None: ...

    @property
    @abstractmethod
    def writes(self) -> int: ...

    @abstractmethod
    def write_by_hand(self, part: str) -> None:
        """The teacher writes over Alice's grade in History."""

    @abstractmethod
    def lose_answers(self, on: bool) -> None:
        """Take what is sent and hang up, or be well again."""


class Lms11(Lms):
    grain = Fraction(1, 10**6)

    def __init__(self, service: str, book: Gradebook) -> None:
        self.service, self.book = service, book

    def launch(self, person: str = "ALICE", course: Course = HISTORY, *, graded: bool = True, **custom: str) -> Any:
        who = getattr(world, person)
        told = {f"custom_{name}": value for name, value in custom.items()}
        told["lis_outcome_service_url"] = self.service if graded else None
        told["lis_result_sourcedid"] = self._cell(person, course) if graded and "Learner" in who["roles"] else None
        return world.signed_launch(Client(), fields=world.launch_fields(who, course, **told))

    def held(self, person: str = "ALICE", course: Course = HISTORY) -> Fraction | None:
        text = self.book.held.get(self._cell(person, course))
        return None if text is None else Fraction(text)

    @property
    def writes(self) -> int:
        return self.book.writes

    def write_by_hand(self, part: str) -> None:
        self.book.apply(self._cell("ALICE", HISTORY), part)

    def lose_answers(self, on: bool) -> None:
        self.book.faults = Faults(applied_then_cut=float(on))

    def _cell(self, person: str, course: Course) -> str:
        return f'{{"user":"{person}","course":"{course["context_id"]}","<&>":"Ünï"}}'


class Lms13(Lms):
    grain = Fraction(1, 10**8)

    def __init__(self, services: Platform) -> None:
        self.services = services
        self.columns = {
            course["resource_link_id"]: services.add_column(resourceLinkId=course["resource_link_id"])
            for course in (HISTORY, BIOLOGY)
        }

    def launch(self, person: str = "ALICE", course: Course = HISTORY, *, graded: bool = True, **custom: str) -> Any:
        who = getattr(world13, person)
        told: dict[str, Any] = {
            "context": {"id": course["context_id"], "title": course["context_title"], "type": ["CourseSection"]},
            "resource_link": {"id": course["resource_link_id"], "title": course["resource_link_title"]},
            "custom": custom,
            f"{AGS}claim/endpoint": self.services.claim(course["resource_link_id"]) if graded else None,
        }
        role = "Instructor" if person == "INES" else "Learner"
        return launch13(Client(), world13.claims(who, role=role, **told))

    def held(self, person: str = "ALICE", course: Course = HISTORY) -> Fraction | None:
        return self.services.held.get(self._cell(person, course))

    @property
    def writes(self) -> int:
        return self.services.writes

    def write_by_hand(self, part: str) -> None:
        self.services.grade_by_hand(self._cell("ALICE", HISTORY), part)

    def lose_answers(self, on: bool) -> None:
        self.services.faults = AgsFaults(applied_then_cut=float(on))

    def _cell(self, person: str, course: Course) -> tuple[str, str]:
        return self.columns[course["resource_link_id"]], getattr(world13, person)["sub"]


@contextmanager
def lms11() -> Iterator[Lms]:
    with gradebook_server(Gradebook(secrets={world.KEY: world.SECRET})) as (service, book):
        Lti11Registration.objects.update(service_hosts=[])
        yield Lms11(service, book)


@contextmanager
def lms13() -> Iterator[Lms]:
    start_anew()
    with ags_server(Platform(keys=our_keys())) as services:
        platform = Lti11Registration.objects.get().platform
        world13.make_registration(platform, token_endpoint=f"{services.base}/token", service_hosts=["127.0.0.2"])
        yield Lms13(services)


LMSS = {"1.1": lms11, "1.3": lms13}


# --- providers ------------------------------------------------------------------------------


class Sitting(ABC):
    """A test that somebody was sent to, as the provider has it. What it tells is taken or not."""

    @abstractmethod
    def tell(self, given: float, maximum: float = 1, *, ahead: float = 0) -> bool:
        """Send a result. ``ahead``: so many seconds the provider's clock is wrong."""

    @abstractmethod
    def clear(self) -> bool: ...

    @abstractmethod
    def of_another_customer(self) -> "Sitting":
        """The same test, spoken of with the credentials of another account of ours."""


@dataclass(frozen=True)
class Sitting11(Sitting):
    sourcedid: str
    world: World
    credentials: Mapping[str, str]

    def tell(self, given: float, maximum: float = 1, *, ahead: float = 0) -> bool:
        body = sitting.message(self.sourcedid, f"{given / maximum:.12f}")
        return self._sent(body, timestamp=int(time.time() + ahead))

    def clear(self) -> bool:
        return self._sent(sitting.message(self.sourcedid, operation="deleteResult"))

    def of_another_customer(self) -> Sitting:
        other = sitting.other_account(self.world)
        key, secret = other.secrets["consumer_key"], other.secrets["shared_secret"]
        return replace(self, credentials={"key": key, "secret": secret})

    def _sent(self, body: bytes, **signing: Any) -> bool:
        answer = sitting.send(body, **self.credentials, **signing)
        return answer.status_code == 200 and sitting.said(answer).get("codeMajor") == "success"


@dataclass(frozen=True)
class Sitting13(Sitting):
    line_item: str
    user_id: str
    world: World
    tool: Tool

    def tell(self, given: float, maximum: float = 1, *, ahead: float = 0) -> bool:
        return self.score(ahead=ahead, scoreGiven=given, scoreMaximum=maximum)

    def clear(self) -> bool:
        return self.score(activityProgress="Initialized", gradingProgress="NotReady")

    def score(self, *, ahead: float = 0, **told: Any) -> bool:
        said = {"userId": self.user_id, "activityProgress": "Completed", "gradingProgress": "FullyGraded"}
        return bool(
            self.tool.call("POST", f"{self.line_item}/scores", said | {"timestamp": moment(ahead)} | told).status_code
            == 200
        )

    def of_another_customer(self) -> Sitting:
        return replace(self, tool=other_tool(self.world))


class Provider(ABC):
    """A provider whose tool is launched, and tells results."""

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def arrive(self, page: Any) -> Sitting:
        """Go on from our answer to a launch to the provider's tool."""


class Provider11(Provider):
    def arrive(self, page: Any) -> Sitting:
        assert page.status_code == 200, page.content
        form = html_form(page.content.decode())
        return Sitting11(form.fields["lis_result_sourcedid"], self.world, {})


class Provider13(Provider):
    def arrive(self, page: Any) -> Sitting:
        if page.status_code == 303:
            hints = dict(parse_qsl(urlsplit(page["Location"]).query))
        else:
            hints = html_form(page.content.decode()).fields
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "redirect_uri": REDIRECT_URI,
            "state": "state-1",
            "nonce": "nonce-1",
        }
        asked |= {name: hints[name] for name in ("client_id", "login_hint", "lti_message_hint")}
        _url, fields = posted_back(ask(page.client, asked))
        claims = claims_of(fields["id_token"])
        tool = Tool(Account.objects.get(pk=self.world.account.pk), peer("provider"))
        return Sitting13(claims[AGS_CLAIM]["lineitem"], claims["sub"], self.world, tool)


def provider11() -> Provider:
    return Provider11(make_world())


def provider13() -> Provider:
    return Provider13(make_world13())


PROVIDERS = {"1.1": provider11, "1.3": provider13}
