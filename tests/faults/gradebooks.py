"""What a rehearsal delivers to: a gradebook by Basic Outcomes, or the grade services of Moodle, Canvas or Open edX.

Each kind sets its world up, and says afterwards what it holds and what went wrong. Settings must be there before.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from lti_bridge.models import LineItem, Lti11Registration, Platform
from tests import ags_server
from tests.ags_server import AgsFaults
from tests.ags_server import ags_server as serve_ags
from tests.delivery.cells import make_learner, make_link
from tests.delivery.columns import make_column_link, our_keys, told
from tests.gradebook_server import Faults, Gradebook, gradebook_server

#: Seconds that a token lives; it is used for half of them.
EXPIRES_IN = 70
#: Of all requests. Tokens and columns have faults of their own.
_FAULTS: dict[str, float] = {
    "server_error": 0.10,
    "applied_then_cut": 0.05,
    "late": 0.05,
    "hang": 0.02,
    "truncated": 0.01,
    "html": 0.01,
}


@dataclass
class Findings:
    """What the LMS saw. ``held``: a learner's user id → the grade as a part of 1; a second key tells a wrong cell."""

    requests: int = 0
    writes: int = 0
    held: dict[str, float | None] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    #: What must not be: replayed signatures, submissions or columns that are there twice, …
    faults: dict[str, int] = field(default_factory=dict)
    #: What is of interest.
    counts: dict[str, int] = field(default_factory=dict)


class Service(Protocol):
    """An LMS under rehearsal. ``lowest``: the smallest score it can be given, in ten-thousandths."""

    lowest: int

    def make_learners(self, count: int) -> list[Any]:
        """A link and so many learners whose grades go to it; the link is theirs too."""

    def heal(self) -> None:
        """From now on nothing goes wrong any more."""

    def findings(self) -> Findings:
        """What came of it."""


class Outcomes:
    """LTI 1.1: Basic Outcomes, where the last write wins."""

    lowest = 0

    def __init__(self, url: str, book: Gradebook) -> None:
        self.url, self.book = url, book

    def make_learners(self, count: int) -> list[Any]:
        self.link = make_link()
        Platform.objects.update(parallel_sends=8)
        Lti11Registration.objects.update(service_hosts=["127.0.0.2"])
        return [make_learner(self.link, number, self.url) for number in range(count)]

    def heal(self) -> None:
        """Its faults stay: delivery gets through all the same."""

    def findings(self) -> Findings:
        book = self.book
        held = {key.removeprefix("cell-"): None if score is None else float(score) for key, score in book.held.items()}
        return Findings(
            requests=book.requests,
            writes=book.writes,
            held=held,
            overlaps=book.overlaps,
            faults={"replays": book.replays, "bad_signatures": book.bad_signatures},
        )


class GradeServices:
    """LTI 1.3: AGS as one kind of LMS does it."""

    def __init__(self, platform: ags_server.Platform) -> None:
        self.platform = platform
        # Open edX puts no 0 in the place of another grade.
        self.lowest = 1 if platform.mode == "openedx" else 0

    def make_learners(self, count: int) -> list[Any]:
        platform = self.platform
        self.link = make_column_link(platform)
        if platform.mode == "openedx":
            # The LMS alone declares columns. The others name none: the first deliveries look for it all at once.
            platform.add_column(resourceLinkId=self.link.resource_link_id)
        told(self.link, platform.claim(self.link.resource_link_id))
        Platform.objects.update(parallel_sends=8)
        return [make_learner(self.link, number, None) for number in range(count)]

    def heal(self) -> None:
        """Tokens are good again; what breaks requests stays."""
        self.platform.faults.token_error = self.platform.faults.revoked = 0.0

    def findings(self) -> Findings:
        platform = self.platform
        column = LineItem.objects.get().url
        held: dict[str, float | None] = {}
        strangers = []
        for (number, user), part in platform.held.items():
            if platform.column_url(number) != column:
                strangers.append(f"{user} in column {number}")
            held[user] = None if part is None else float(part)
        twice = sum(len(times) - len(set(times)) for times in platform.submissions.values())
        # One whenever a token got old, was revoked or not given, and a few for workers that died as they asked.
        lived = EXPIRES_IN / 2
        allowed = 4 + platform.revocations + platform.token_failures + (time.monotonic() - platform.started) / lived
        return Findings(
            requests=platform.requests,
            writes=platform.writes,
            held=held,
            strangers=strangers,
            overlaps=[f"{user} in column {number}" for number, user in platform.overlaps],
            faults={
                "bad_assertions": len(platform.bad_assertions),
                "columns_twice": len(platform.columns) - 1,
                "submissions_twice": twice,
                "tokens_too_many": max(0, round(platform.token_requests - allowed)),
                "times_twice": sum(_times_twice(each) for each in platform.told.values()),
                "times_too_close": sum(_times_too_close(each) for each in platform.told.values()),
            },
            counts={
                "tokens": platform.token_requests,
                "revoked": platform.revocations,
                "submissions": sum(map(len, platform.submissions.values())),
            },
        )


def _times_twice(scores: list[dict[str, Any]]) -> int:
    """Times under which more than one score was told: a retry repeats its time, a newer score has a new one."""
    return len({(each["timestamp"], each.get("scoreGiven")) for each in scores}) - len(
        {each["timestamp"] for each in scores}
    )


def _times_too_close(scores: list[dict[str, Any]]) -> int:
    seconds = sorted({each["timestamp"][:19] for each in scores})
    return len({each["timestamp"] for each in scores}) - len(seconds)


@contextmanager
def serving(name: str, late_after: float) -> Iterator[Service]:
    """Serve one kind of LMS, faults and all."""
    if name == "lti11":
        book = Gradebook(secrets={"campus": "sample-secret"}, faults=Faults(**_FAULTS, late_after=late_after))
        with gradebook_server(book) as (url, book):
            yield Outcomes(url, book)
        return
    faults = AgsFaults(**_FAULTS, late_after=late_after, token_error=0.2, revoked=0.005, throttled=0.02)
    with serve_ags(ags_server.Platform(mode=name, keys=our_keys(), faults=faults, expires_in=EXPIRES_IN)) as platform:
        yield GradeServices(platform)
