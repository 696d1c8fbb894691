"""The journeys that ``demo --check`` walks: one table, a row for each provider and both sides' LTI versions.

A row says which link Alice opens and how she sits the test there; the way around it is the same for all.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests
from django.conf import settings
from django.urls import reverse

from lti_bridge.sandbox.addresses import lms_url, origins
from lti_bridge.sandbox.check import documents
from lti_bridge.sandbox.check.documents import DOCUMENT_JOURNEYS, DocumentJourney
from lti_bridge.sandbox.check.stack import Stack, StackFailed
from lti_bridge.sandbox.check.steps import (
    Choice,
    choose,
    expect,
    hand_in_and_stay,
    is_at,
    mark_by_hand,
    open_link,
    sit_inspera_test,
    sit_isograd_test,
    take_campfire_exam,
)
from lti_bridge.sandbox.check.visitor import NotThere, Page, Visitor
from lti_bridge.sandbox.check.walking import Broken, Say, step

#: What a grade gets to travel through the worker.
GRADE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Journey:
    """One row. ``sit`` takes Alice's browser and the provider's first page, and gives the page she ends on.

    ``stays``: she does not come back from there. ``faults``: what goes wrong meanwhile. ``marked``: the score that a
    person at the provider gives afterwards.
    """

    title: str
    link: str
    sit: Callable[[Visitor, Page], Page]
    percent: str
    #: A link that shows the report of that test, and what it shows; empty where there is none.
    report_link: str = ""
    report: str = ""
    chooses: Choice | None = None
    stays: bool = False
    faults: Mapping[str, float] = field(default_factory=dict)
    marked: int | None = None


JOURNEYS = (
    Journey(
        title="LTI 1.1 → Isograd by LTI 1.1",
        link="Excel, basic",
        sit=partial(sit_isograd_test, right=4),
        percent="80 %",
        report_link="My Excel report",
        report="800 / 1000",
        chooses=Choice("Add an activity", "word-expert", "Word, expert"),
    ),
    Journey(
        title="LTI 1.1 → Isograd by LTI 1.3",
        link="Outlook, basic",
        sit=partial(sit_isograd_test, right=3),
        percent="60 %",
    ),
    Journey(
        title="LTI 1.3 → Isograd by LTI 1.1",
        link="Access, basic",
        sit=partial(sit_isograd_test, right=2),
        percent="40 %",
    ),
    Journey(
        title="LTI 1.3 → Isograd by LTI 1.3",
        link="Python, basic",
        sit=partial(sit_isograd_test, right=5),
        percent="100 %",
        chooses=Choice("Choose content by LTI 1.3", "outlook-basic", "Outlook, basic"),
    ),
    Journey(
        title="LTI 1.3 → Inspera by its API and LTI 1.3",
        link="History, final exam",
        sit=partial(sit_inspera_test, right=3),
        percent="60 %",
    ),
    Journey(
        title="LTI 1.1 → Isograd by its API, with a call back",
        link="Excel, expert",
        sit=partial(sit_isograd_test, right=4),
        percent="80 %",
        report_link="My results in Excel",
        report="800 of 1000",
    ),
    Journey(
        title="LTI 1.3 → Isograd by its API, without a call back",
        link="Word, basic",
        sit=partial(hand_in_and_stay, right=3),
        percent="60 %",
        stays=True,
        faults={"provider_no_callback": 100},
    ),
    Journey(
        title="LTI 1.1 → Isograd by its API, marked by a person",
        link="English, written",
        sit=partial(hand_in_and_stay, right=5),
        percent="70 %",
        stays=True,
        marked=700,
    ),
    Journey(
        title="LTI 1.1 → Inspera by its API and LTI 1.3",
        link="Geography, final exam",
        sit=partial(sit_inspera_test, right=4),
        percent="80 %",
    ),
    Journey(
        title="LTI 1.1 → Campfire by its API and LTI 1.1",
        link="Saving, exam",
        sit=partial(take_campfire_exam, right=4),
        percent="80 %",
        report_link="My results in Saving",
        report="80 of 100",
    ),
    Journey(
        title="LTI 1.3 → Campfire by its API and LTI 1.1",
        link="Fractions, exam",
        sit=partial(take_campfire_exam, right=3),
        percent="60 %",
    ),
)


def walk_all(say: Say) -> int:
    """Start the demo, walk every journey, stop it. Gives the exit code: 0 when all of them worked."""
    say(f"Starting the demo at {settings.BASE_URL} …")
    try:
        with Stack(_environ()) as stack:
            broken = sum(not _walk(journey, say) for journey in (*JOURNEYS, *DOCUMENT_JOURNEYS))
            if broken:
                say(f"The demo's last words:\n{stack.last_words()}")
    except StackFailed as failure:
        say(f"✗ {failure}")
        return 1
    total = len(JOURNEYS) + len(DOCUMENT_JOURNEYS)
    say("All of it works." if not broken else f"{broken} of {total} journeys broke.")
    return 1 if broken else 0


def _environ() -> dict[str, str]:
    """What the demo is told. Providers are asked how tests stand within seconds instead of minutes."""
    folder = str(Path(settings.DATA_DIR).absolute())
    return {"BASE_URL": settings.BASE_URL, "DATA_DIR": folder, "DELIVERY_PACE": "0.02", "SWEEP_SECONDS": "3"}


def _walk(journey: Journey | DocumentJourney, say: Say) -> bool:
    say(journey.title)
    try:
        if isinstance(journey, DocumentJourney):
            documents.walk(journey, say)
        else:
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
            first = open_link(self.alice, "alice", journey.link)
            is_at(first, origins().provider, "the provider")
        self._switch(journey.faults)
        if journey.stays:
            with self._step("Alice answers, hands in, and closes her browser"):
                is_at(journey.sit(self.alice, first), origins().provider, "the provider")
        else:
            with self._step("Alice answers, hands in, and comes back to a page of the bridge"):
                is_at(journey.sit(self.alice, first), settings.BASE_URL, "the bridge")
        if journey.marked is not None:
            with self._step(f"A person at the provider gives {journey.marked}"):
                mark_by_hand(Visitor(), journey.marked)
        with self._step(f"The grade {journey.percent} stands in the gradebook of the LMS"):
            self._wait_for_grade()
        if journey.report_link:
            with self._step(f"Alice opens “{journey.report_link}” and sees {journey.report}"):
                expect(open_link(self.alice, "alice", journey.report_link), journey.report)
        with self._step("Ines opens the same link and sees Alice and her grade"):
            roster = open_link(self.ines, "ines", journey.link)
            is_at(roster, settings.BASE_URL, "the bridge")
            expect(roster, "Alice Martin")
            expect(roster, journey.percent.partition(" ")[0])
        if journey.chooses:
            with self._step(f"Ines adds “{journey.chooses.title}” to the course by choosing content"):
                link = choose(self.ines, journey.chooses)
            with self._step("Alice opens the new link and lands at the provider"):
                expect(open_link(self.alice, "alice", address=link), journey.chooses.title)

    def _step(self, what: str) -> AbstractContextManager[None]:
        return step(self.say, what)

    def _switch(self, faults: Mapping[str, float]) -> None:
        """Have these things go wrong from now on, and no others."""
        url = origins().bridge + reverse("sandbox-faults-json")
        with requests.Session() as session:
            # A proxy of this machine has no business between loopback addresses.
            session.trust_env = False
            session.post(url, json={"reset": True, **faults}, timeout=30).raise_for_status()

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
