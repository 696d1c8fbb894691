"""The journeys that ``demo --check`` walks: one table, a row for each provider and LTI version.

A row says which link Alice opens and how she sits the test there; the way around it is the same for all.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import requests
from django.conf import settings

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.check.stack import Stack, StackFailed
from lti_bridge.sandbox.check.visitor import NotThere, Page, Visitor
from lti_bridge.sandbox.isograd.forms import QUESTIONS

#: What a grade gets to travel through the worker.
GRADE_SECONDS = 60.0

Say = Callable[[str], None]


class Broken(Exception):
    """A step that did not work. Its line is printed already."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One row. ``sit`` takes Alice's browser and the provider's first page, and gives the page she ends on."""

    title: str
    link: str
    sit: Callable[[Visitor, Page], Page]
    percent: str
    #: A link that shows the report of that test, and what it shows; empty where there is none.
    report_link: str = ""
    report: str = ""
    #: The activity that the teacher adds by content selection.
    selects: str = ""


def sit_isograd_test(alice: Visitor, page: Page) -> Page:
    """Four of five right, then the feedback page, then back."""
    given = {f"question-{number}": question.right for number, question in enumerate(QUESTIONS, start=1)}
    given["question-5"] = QUESTIONS[4].answers[1]
    feedback = alice.submit(page, page.form("Hand in"), given)
    _expect(feedback, "800 / 1000")
    return alice.follow(feedback, "go back")


JOURNEYS = (
    Journey(
        title="LTI 1.1 → Isograd by LTI 1.1",
        link="Excel, basic",
        sit=sit_isograd_test,
        percent="80 %",
        report_link="My Excel report",
        report="800 / 1000",
        selects="Word, expert",
    ),
)


def walk_all(say: Say) -> int:
    """Start the demo, walk every journey, stop it. Gives the exit code: 0 when all of them worked."""
    say(f"Starting the demo at {settings.BASE_URL} …")
    try:
        with Stack({"BASE_URL": settings.BASE_URL, "DATA_DIR": str(Path(settings.DATA_DIR).absolute())}) as stack:
            broken = sum(not _walk(journey, say) for journey in JOURNEYS)
            if broken:
                say(f"The demo's last words:\n{stack.last_words()}")
    except StackFailed as failure:
        say(f"✗ {failure}")
        return 1
    say("All of it works." if not broken else f"{broken} of {len(JOURNEYS)} journeys broke.")
    return 1 if broken else 0


def _walk(journey: Journey, say: Say) -> bool:
    say(journey.title)
    try:
        _Walk(journey, say).all()
    except Broken:
        return False
    return True


class _Walk:
    """One journey under way: Alice's browser, Ines's browser, and what they do."""

    def __init__(self, journey: Journey, say: Say) -> None:
        self.journey = journey
        self.say = say
        self.alice, self.ines = Visitor(), Visitor()

    def all(self) -> None:
        journey = self.journey
        with self._step(f"Alice opens “{journey.link}” in her course and lands at the provider"):
            first = self._launch(self.alice, "alice", journey.link)
        with self._step("Alice answers, hands in, and comes back to a page of the bridge"):
            self._is_bridge(journey.sit(self.alice, first))
        with self._step(f"The grade {journey.percent} stands in the gradebook of the LMS"):
            self._wait_for_grade()
        if journey.report_link:
            with self._step(f"Alice opens “{journey.report_link}” and sees {journey.report}"):
                _expect(self._launch(self.alice, "alice", journey.report_link), journey.report)
        with self._step("Ines opens the same link and sees Alice and her grade"):
            roster = self._launch(self.ines, "ines", journey.link)
            self._is_bridge(roster)
            _expect(roster, "Alice Martin")
            _expect(roster, journey.percent.partition(" ")[0])
        if journey.selects:
            with self._step(f"Ines adds “{journey.selects}” to the course by content selection"):
                link = self._select(journey.selects)
            with self._step("Alice opens the new link and lands at the provider"):
                _expect(self._launch(self.alice, "alice", "", address=link), journey.selects)

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        except (NotThere, requests.RequestException) as error:
            self.say(f"  ✗ {what}: {error}")
            raise Broken from error
        self.say(f"  ✓ {what} ({time.monotonic() - started:.1f} s)")

    def _launch(self, who: Visitor, username: str, title: str, *, address: str = "") -> Page:
        """Open a link of the course as a browser does; frames are opened like windows."""
        course = who.open(lms_url("sandbox-lms-enter", username))
        page = who.open(address) if address else who.follow(course, title)
        if not any(form.is_hidden for form in page.forms):
            page = who.open(f"{page.url}/launch")
        return who.go_on(page)

    def _is_bridge(self, page: Page) -> None:
        if page.status >= 400 or not page.url.startswith(settings.BASE_URL):
            raise NotThere(f"this is not a page of the bridge: {page.url} (HTTP {page.status}): {page.text[:300]}")

    def _wait_for_grade(self) -> None:
        until = time.monotonic() + GRADE_SECONDS
        place = ("alice", self.journey.link)
        while True:
            shown = self.alice.open(lms_url("sandbox-lms-gradebook")).cells.get(place, "no such cell")
            if shown == self.journey.percent:
                return
            if time.monotonic() > until:
                raise NotThere(f"after {GRADE_SECONDS:g} s the gradebook shows {shown}")
            time.sleep(0.5)

    def _select(self, title: str) -> str:
        """Choose an activity and give the new link's address at the LMS."""
        course = self.ines.open(lms_url("sandbox-lms-enter", "ines"))
        page = self.ines.go_on(self.ines.follow(course, "Add an activity"))
        form = next((form for form in page.forms if form.choices), None)
        if form is None:
            raise NotThere(f"there is nothing to choose on {page.url} (HTTP {page.status}): {page.text[:300]}")
        name, value = _choice(form.choices)
        answer = self.ines.go_on(self.ines.submit(page, form, {name: value}))
        _expect(answer, "Added to the course")
        return next(urljoin(answer.url, target) for text, target in answer.links.items() if title in text)


def _choice(choices: dict[str, list[str]]) -> tuple[str, str]:
    name, values = next(iter(choices.items()))
    return name, next((value for value in values if value == "word-expert"), values[0])


def _expect(page: Page, text: str) -> None:
    if text not in page.text:
        raise NotThere(f"{text!r} is not on {page.url} (HTTP {page.status}): {page.text[:300]}")
