"""A town with a bridge, a pretend LMS and a pretend provider, and a browser that blocks third-party cookies."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import requests
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Frame,
    FrameLocator,
    Locator,
    Page,
    WebError,
    expect,
)

from config.first_start import free_ports
from lti_bridge.sandbox.check.stack import Stack
from lti_bridge.sandbox.inspera.questions import QUESTIONS as INSPERA_QUESTIONS

#: Milliseconds of patience with a page: other tests, and ten processes of the town, share two cores with it.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
#: Milliseconds of patience with what takes a real worker.
GRADE_MILLISECONDS = 60_000
_REFUSED_BY_POLICY = re.compile("Content Security Policy|Refused to|violates the following", re.IGNORECASE)


@dataclass(frozen=True)
class Town:
    """Where everybody lives."""

    port: int
    #: What the demo has written.
    log: Path

    @property
    def bridge(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lms(self) -> str:
        return f"http://127.0.0.2:{self.port + 1}/sandbox/lms"

    @property
    def provider(self) -> str:
        return f"http://127.0.0.3:{self.port + 2}/sandbox/isograd"

    def switch(self, **faults: float) -> None:
        """Set fault switches, all others off."""
        requests.post(
            f"{self.bridge}/sandbox/faults.json", json={"reset": True} | faults, timeout=10
        ).raise_for_status()

    def grades(self, link: str) -> dict[str, float | None]:
        """What stands in the pretend gradebook, by user id."""
        cells = requests.get(f"{self.lms}/gradebook.json", timeout=10).json()
        return {cell["user_id"]: cell["grade"] for cell in cells if cell["link"] == link}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo, on ports and in a folder of its own; on the PostgreSQL of ``DATABASE_URL`` where there is one.

    Each file has its own: who sat a test in one file would find it handed in when another file comes after it.
    """
    folder: Path = tmp_path_factory.mktemp("demo")
    made = Town(free_ports(), folder / "demo.log")
    with _database() as database_url:
        environ = {
            "BASE_URL": made.bridge,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            # Other tests' workers listen on a shared one.
            "CELERY_BROKER_URL": "",
            "SUPPORT_CONTACT": "support@greendale.example.edu",
        }
        with Stack(environ):
            yield made


@contextmanager
def _database() -> Iterator[str]:
    """A database of its own beside the one that ``DATABASE_URL`` names, empty text where there is none."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    name = f"browser_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]  # a name of ours
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]  # a name of ours


@pytest.fixture(autouse=True)
def no_faults(town: Town) -> None:
    """Everybody behaves at the beginning of each test."""
    town.switch()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium as its makers want it for everybody: no third-party cookies."""
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--test-third-party-cookie-phaseout"]
    return {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *quiet]}


Open = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Open]:
    """Opens browser windows of their own, and fails the test when a page broke a content policy or threw an error."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if _REFUSED_BY_POLICY.search(message.text):
            complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    def thrown(error: WebError) -> None:
        complaints.append(f"{error.page.url if error.page else ''}: {error.error}")

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(locale="en-GB", **options)
        context.set_default_timeout(PATIENCE)
        context.on("console", heard)
        context.on("weberror", thrown)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def context(open_context: Open) -> BrowserContext:
    """A browser window with everything as people have it."""
    return open_context()


def enter(town: Town, page: Page, username: str) -> None:
    """Log in at the pretend LMS and see the course."""
    page.goto(f"{town.lms}/enter/{username}")


def open_in_window(page: Page, link: str) -> Page:
    """Click a link of the course that opens a window; gives the window."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=link).click()
    opened.value.wait_for_load_state()
    return opened.value


def open_by_hand(town: Town, page: Page, link: str) -> None:
    """Open a link of the course in this window, whatever it is set to."""
    number = page.get_by_role("link", name=link).get_attribute("data-link")
    page.goto(f"{town.lms}/links/{number}/launch")


def framed_address(town: Town, page: Page, link: str) -> str:
    """Where a link of the course is shown in a frame, whatever it is set to. The page shows the course."""
    number = page.get_by_role("link", name=link).first.get_attribute("data-link")
    return f"{town.lms}/links/{number}/framed"


def open_framed(town: Town, page: Page, link: str) -> FrameLocator:
    """Open a link of the course in a frame; gives the frame."""
    page.goto(framed_address(town, page, link))
    return page.frame_locator("iframe")


def open_window(town: Town, page: Page, link: str) -> Page:
    """Open a link of the course in a window, whatever it is set to; gives the window."""
    number = page.get_by_role("link", name=link).first.get_attribute("data-link")
    window = page.context.new_page()
    window.goto(f"{town.lms}/links/{number}/launch")
    return window


def go_on_by_hand(page: Page, goal: Locator) -> None:
    """Press "Go on" on each page on the way, as people without JavaScript do, until the goal is seen."""
    button = page.get_by_role("button", name="Go on")
    for _ in range(8):
        expect(goal.or_(button).first).to_be_visible()
        if goal.is_visible():
            return
        with page.expect_navigation():
            button.click()
    expect(goal).to_be_visible()


def sit(place: Page | Frame | Any, *, right: int = 5) -> None:
    """Answer the pretend test, ``right`` of five rightly, and hand in."""
    answers = ["Ctrl + S", "Ctrl + Z", "What was copied last", "A second file", "A beginning"]
    for answer in answers[:right]:
        place.get_by_label(answer, exact=True).check()
    place.get_by_role("button", name="Hand in").click()


def sit_at_inspera(place: Page | Frame | Any, *, right: int = 5) -> None:
    """Answer the pretend Inspera's test, ``right`` of five rightly, and submit."""
    for question in INSPERA_QUESTIONS[:right]:
        place.get_by_label(question.right, exact=True).check()
    place.get_by_role("button", name="Submit now").click()


def wait_for_grade(town: Town, page: Page, link: str, username: str, percent: str) -> None:
    """Look at the gradebook page until the grade stands there."""
    page.goto(f"{town.lms}/gradebook")
    cell = page.locator(f'td[data-student="{username}"][data-link="{link}"] strong')
    for _ in range(GRADE_MILLISECONDS // 500):
        if cell.inner_text() == percent:
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail(f"the gradebook shows {cell.inner_text()}, not {percent}")
