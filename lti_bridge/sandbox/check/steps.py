"""What people do on the way: open a link, sit the test, choose content, by nothing but pages."""

from dataclasses import dataclass
from urllib.parse import urljoin

from lti_bridge.sandbox.addresses import lms_url, provider_url
from lti_bridge.sandbox.campfire.exams import ITEMS
from lti_bridge.sandbox.check.visitor import NotThere, Page, Visitor
from lti_bridge.sandbox.inspera.questions import QUESTIONS as INSPERA_QUESTIONS
from lti_bridge.sandbox.isograd.forms import MAXIMUM, QUESTIONS, Question


@dataclass(frozen=True, slots=True)
class Choice:
    """An activity that the teacher adds to the course, and the button that begins it."""

    button: str
    slug: str
    title: str


def open_link(who: Visitor, username: str, title: str = "", *, address: str = "") -> Page:
    """Open a link of the course as a browser does, by its title or its address; frames are opened like windows."""
    course = who.open(lms_url("sandbox-lms-enter", username))
    page = who.open(address) if address else who.follow(course, title)
    if not any(form.is_hidden for form in page.forms):
        page = who.open(f"{page.url}/launch")
    return who.go_on(page)


def choose(who: Visitor, choice: Choice) -> str:
    """Choose an activity as the teacher and give the new link's address at the LMS."""
    course = who.open(lms_url("sandbox-lms-enter", "ines"))
    page = who.go_on(who.follow(course, choice.button))
    form = next((form for form in page.forms if form.choices), None)
    if form is None:
        raise NotThere(f"there is nothing to choose on {page.url} (HTTP {page.status}): {page.text[:300]}")
    name, values = next(iter(form.choices.items()))
    value = next((each for each in values if each == choice.slug), values[0])
    answer = who.go_on(who.submit(page, form, {name: value}))
    expect(answer, "Added to the course")
    return next(urljoin(answer.url, target) for text, target in answer.links.items() if choice.title in text)


def sit_isograd_test(alice: Visitor, page: Page, *, right: int) -> Page:
    """So many of five right, then the feedback page, then back."""
    feedback = alice.submit(page, page.form("Hand in"), _answers(QUESTIONS, right))
    expect(feedback, f"{right * MAXIMUM // len(QUESTIONS)} / {MAXIMUM}")
    return alice.follow(feedback, "go back")


def hand_in_and_stay(alice: Visitor, page: Page, *, right: int) -> Page:
    """So many of five right, then the feedback page; Alice closes her browser there."""
    return alice.submit(page, page.form("Hand in"), _answers(QUESTIONS, right))


def mark_by_hand(marker: Visitor, score: int) -> None:
    """A person at the provider marks the test that waits for it."""
    desk = marker.open(provider_url("sandbox-isograd"))
    marker.submit(desk, desk.form("Mark"), {"score": str(score)})


def sit_inspera_test(alice: Visitor, page: Page, *, right: int) -> Page:
    """So many marks of five, then back."""
    done = alice.submit(page, page.form("Submit now"), _answers(INSPERA_QUESTIONS, right))
    expect(done, f"{right} of {len(INSPERA_QUESTIONS)} marks")
    return alice.follow(done, "Leave Inspera")


def take_campfire_exam(alice: Visitor, page: Page, *, right: int) -> Page:
    """So many of five right, then back."""
    chosen = {
        f"question-{item.number}": str(item.right if item.number <= right else (item.right + 1) % 3) for item in ITEMS
    }
    done = alice.submit(page, page.form("Submit exam"), chosen)
    expect(done, f"{right} of {len(ITEMS)} right")
    return alice.follow(done, "Leave the exam")


def _answers(questions: tuple[Question, ...], right: int) -> dict[str, str]:
    return {
        f"question-{number}": question.right if number <= right else question.answers[1]
        for number, question in enumerate(questions, start=1)
    }


def is_at(page: Page, origin: str, whose: str) -> None:
    """Raise ``NotThere`` unless this is a page of ``origin`` that worked."""
    if page.status >= 400 or not page.url.startswith(origin):
        raise NotThere(f"this is not a page of {whose}: {page.url} (HTTP {page.status}): {page.text[:300]}")


def expect(page: Page, text: str) -> None:
    """Raise ``NotThere`` unless the page says so."""
    if text not in page.text:
        raise NotThere(f"{text!r} is not on {page.url} (HTTP {page.status}): {page.text[:300]}")
