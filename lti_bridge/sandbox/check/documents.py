"""The journeys of documents that ``demo --check`` walks: handed in, checked, released, read."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings

from lti_bridge.sandbox.addresses import origins
from lti_bridge.sandbox.check.steps import expect, is_at, open_link
from lti_bridge.sandbox.check.visitor import NotThere, Page, Visitor
from lti_bridge.sandbox.check.walking import Say, step

#: What a document gets to be passed on, checked, and looked at.
SECONDS = 60.0
TITLE = "The Hanseatic League"
TEXT = "The Hanseatic League was a league of trading towns around the Baltic Sea and the North Sea."


@dataclass(frozen=True, slots=True)
class DocumentJourney:
    """One row: the link that Alice opens, and whether Ines has to release the report."""

    title: str
    link: str
    is_released: bool = False


DOCUMENT_JOURNEYS = (
    DocumentJourney("LTI 1.1 → a document to Originality", "History, essay"),
    DocumentJourney("LTI 1.3 → a document to Originality, its report for everybody", "Geography, essay", True),
    DocumentJourney("LTI 1.1 → a document to Originality by the first generation of its API", "Philosophy, essay"),
)


def walk(journey: DocumentJourney, say: Say) -> None:
    """Raises ``Broken`` at the step that did not work."""
    alice, ines = Visitor(), Visitor()
    with step(say, f"Alice opens “{journey.link}” in her course, writes her text, and gets a receipt"):
        page = open_link(alice, "alice", journey.link)
        is_at(page, settings.BASE_URL, "the bridge")
        receipt = alice.submit(page, page.form("Hand in"), {"title": TITLE, "text": TEXT})
        expect(receipt, "SHA-256")
    with step(say, "It is passed on, checked, and Ines sees what was found"):
        found = _wait_for(lambda: _list(ines, journey), "Report")
        expect(found, "Alice Martin")
        expect(found, "%")
    if not journey.is_released:
        with step(say, "Ines releases the report"):
            asked = ines.submit(found, found.form("Release"))
            expect(ines.submit(asked, asked.form("Release")), "you were asked about are released")
    with step(say, "Alice opens the report at the provider, and can only read it"):
        report = alice.follow(open_link(alice, "alice", journey.link), "Read the report")
        read = alice.follow(report, "Open in a new window")
        is_at(read, origins().provider, "the provider")
        expect(read, "You can read this report")
    with step(say, "Ines opens the report at the provider, and can change it"):
        listed = _list(ines, journey)
        report = ines.open(urljoin(listed.url, listed.links["Report"]))
        changed = ines.follow(report, "Open in a new window")
        is_at(changed, origins().provider, "the provider")
        changed.form("Save changes")


def _list(ines: Visitor, journey: DocumentJourney) -> Page:
    """The documents of the course, as Ines sees them."""
    return ines.follow(open_link(ines, "ines", journey.link), "Documents and reports")


def _wait_for(look: Callable[[], Page], link: str) -> Page:
    until = time.monotonic() + SECONDS
    while True:
        page = look()
        if link in page.links:
            return page
        if time.monotonic() > until:
            raise NotThere(f"after {SECONDS:g} s there is no {link!r} on {page.url}: {page.text[:300]}")
        time.sleep(0.5)
