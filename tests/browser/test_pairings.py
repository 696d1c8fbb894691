"""Both LTI versions on both sides in a real browser: in a frame without third-party cookies, and in a window.

The way with LTI 1.1 on both sides is walked in test_learners.
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import (
    Open,
    Town,
    enter,
    go_on_by_hand,
    open_framed,
    open_window,
    sit,
    sit_at_inspera,
    wait_for_grade,
)


@dataclass(frozen=True)
class Pairing:
    """One way through: the link, and how many of five are right in the frame and in the window."""

    link: str
    in_frame: int
    in_window: int


PAIRINGS = (
    pytest.param(Pairing("Outlook, basic", 4, 1), id="1.1 to 1.3"),
    pytest.param(Pairing("Access, basic", 2, 3), id="1.3 to 1.1"),
    pytest.param(Pairing("Python, basic", 3, 4), id="1.3 to 1.3"),
)


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_a_test_inside_a_frame_ends_in_the_gradebook(town: Town, context: BrowserContext, pairing: Pairing) -> None:
    page = context.new_page()
    enter(town, page, "alice")
    frame = open_framed(town, page, pairing.link)
    expect(frame.get_by_role("heading", name=pairing.link)).to_be_visible()
    sit(frame, right=pairing.in_frame)
    expect(frame.get_by_text(f"{pairing.in_frame * 200} / 1000")).to_be_visible()
    frame.get_by_role("link", name="go back").click()
    expect(frame.get_by_text("You are back from the test")).to_be_visible()
    wait_for_grade(town, page, pairing.link, "alice", f"{pairing.in_frame * 20} %")
    enter(town, page, "alice")
    # The next launch shows the result instead of the test, in the same frame.
    expect(open_framed(town, page, pairing.link).get_by_text(f"{pairing.in_frame * 20}").first).to_be_visible()


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_a_test_in_a_window_ends_in_the_gradebook(town: Town, context: BrowserContext, pairing: Pairing) -> None:
    page = context.new_page()
    enter(town, page, "bob")
    window = open_window(town, page, pairing.link)
    expect(window.get_by_role("heading", name=pairing.link)).to_be_visible()
    assert window.url.startswith(town.provider)
    sit(window, right=pairing.in_window)
    window.get_by_role("link", name="go back").click()
    window.get_by_role("link", name="Back to the course").click()
    expect(window.get_by_role("heading", name="Back from")).to_be_visible()
    wait_for_grade(town, page, pairing.link, "bob", f"{pairing.in_window * 20} %")


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_the_instructor_sees_the_roster(town: Town, context: BrowserContext, pairing: Pairing) -> None:
    page = context.new_page()
    enter(town, page, "chloe")
    sit(open_framed(town, page, pairing.link), right=5)
    wait_for_grade(town, page, pairing.link, "chloe", "100 %")
    enter(town, page, "ines")
    row = open_framed(town, page, pairing.link).get_by_role("row", name="Chloé Ünal")
    expect(row).to_contain_text("100")
    expect(row).to_contain_text("in the gradebook")


def test_another_tool_is_reached_the_same_way(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "bob")
    frame = open_framed(town, page, "History, final exam")
    expect(frame.get_by_text("Inspera").first).to_be_visible()
    sit_at_inspera(frame, right=4)
    expect(frame.get_by_text("4 of 5 marks")).to_be_visible()
    frame.get_by_role("link", name="Leave Inspera").click()
    expect(frame.get_by_text("You are back from the test")).to_be_visible()
    wait_for_grade(town, page, "History, final exam", "bob", "80 %")


def test_everything_works_without_javascript_by_lti_13(town: Town, open_context: Open) -> None:
    page = open_context(java_script_enabled=False).new_page()
    enter(town, page, "chloe")
    window = open_window(town, page, "History, final exam")
    go_on_by_hand(window, window.get_by_role("button", name="Submit now"))
    sit_at_inspera(window, right=1)
    window.get_by_role("link", name="Leave Inspera").click()
    expect(window.get_by_text("You are back from the test")).to_be_visible()
    wait_for_grade(town, page, "History, final exam", "chloe", "20 %")


def test_an_activity_is_added_by_deep_linking(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "ines")
    page.get_by_role("link", name="Choose content by LTI 1.3").click()
    page.get_by_label("My tests at Isograd").check()
    page.get_by_role("button", name="Add to the course").click()
    expect(page.get_by_role("heading", name="Added to the course")).to_be_visible()
    page.get_by_role("link", name="Back to the course").click()
    expect(page.get_by_role("link", name="My tests at Isograd").last).to_contain_text("added by the teacher")


def test_the_lms_registers_the_tool_by_itself_and_waits_for_approval(town: Town, context: BrowserContext) -> None:
    """DR-01"""
    invitation = re.search(rf"{re.escape(town.bridge)}/lti/1\.3/register\?invitation=\S+", town.log.read_text())
    assert invitation
    page = context.new_page()
    enter(town, page, "ines")
    page.goto(f"{town.lms}/tools")
    page.get_by_label("Its registration address").fill(invitation[0])
    page.get_by_role("button", name="Register").click()
    page.frame_locator("iframe").get_by_role("button", name="Connect").click()
    # The tool's page asks to be closed.
    expect(page.get_by_text("registered itself")).to_be_visible()
    page.get_by_role("row", name="registered itself").get_by_role("link", name="Choose content").click()
    expect(page.get_by_text("This did not work")).to_be_visible()


def test_a_review_leads_from_the_gradebook_to_one_students_work(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "alice")
    sit_at_inspera(open_framed(town, page, "History, final exam"), right=5)
    wait_for_grade(town, page, "History, final exam", "alice", "100 %")
    enter(town, page, "ines")
    page.goto(f"{town.lms}/gradebook")
    page.locator('td[data-student="alice"][data-link="History, final exam"]').get_by_role("link", name="Review").click()
    expect(page.get_by_text("Alice Martin").first).to_be_visible()
    assert page.url.startswith(f"{town.bridge}/inside/")
