"""An instructor's pages in a real browser."""

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import (
    GRADE_MILLISECONDS,
    Town,
    enter,
    open_by_hand,
    open_framed,
    open_in_window,
    open_window,
    sit,
    sit_at_inspera,
    wait_for_grade,
)


def test_the_roster_shows_learners_and_grades(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "chloe")
    open_by_hand(town, page, "Excel, basic")
    sit(page, right=2)
    wait_for_grade(town, page, "Excel, basic", "chloe", "40 %")
    enter(town, page, "ines")
    page.get_by_role("link", name="Excel, basic").click()
    frame = page.frame_locator("iframe")
    row = frame.get_by_role("row", name="Chloé Ünal")
    expect(row).to_contain_text("40")
    expect(row).to_contain_text("in the gradebook")
    row.get_by_role("link", name="trail").click()
    expect(frame.get_by_role("heading", name="Chloé Ünal")).to_be_visible()


def test_a_held_grade_leaves_when_the_instructor_releases_it(town: Town, context: BrowserContext) -> None:
    link = "PowerPoint (the teacher releases the grades)"
    page = context.new_page()
    enter(town, page, "alice")
    sit(open_in_window(page, link), right=5)
    enter(town, page, "ines")
    roster = open_in_window(page, link)
    row = roster.get_by_role("row", name="Alice Martin")
    expect(row).to_contain_text("held")
    assert town.grades(link).get("5") is None
    row.get_by_role("button", name="Release").click()
    expect(roster.get_by_role("heading", name="PowerPoint").first).to_be_visible()
    wait_for_grade(town, page, link, "alice", "100 %")


def test_an_unbound_link_is_bound_by_the_instructor(town: Town, context: BrowserContext) -> None:
    link = "A test the teacher has not chosen yet"
    page = context.new_page()
    enter(town, page, "alice")
    learner = open_in_window(page, link)
    expect(learner.get_by_text("has not chosen")).to_be_visible()
    enter(town, page, "ines")
    choose = open_in_window(page, link)
    choose.get_by_role("button", name="Choose Word, expert").click()
    expect(choose.get_by_text("Word, expert").first).to_be_visible()
    enter(town, page, "alice")
    expect(open_in_window(page, link).get_by_role("heading", name="Word, expert")).to_be_visible()


def test_an_activity_is_added_by_content_selection(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "ines")
    page.get_by_role("link", name="Add an activity").click()
    page.get_by_label("My tests at Isograd").check()
    page.get_by_role("button", name="Add to the course").click()
    expect(page.get_by_role("heading", name="Added to the course")).to_be_visible()
    page.get_by_role("link", name="Back to the course").click()
    expect(page.get_by_text("added by the teacher").first).to_be_visible()


def test_a_cancelled_selection_adds_nothing(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "ines")
    page.get_by_role("link", name="Add an activity").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Nothing was chosen")).to_be_visible()


def test_results_are_ordered_followed_and_downloaded(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "bob")
    sit_at_inspera(open_framed(town, page, "History, final exam"), right=3)
    enter(town, page, "ines")
    roster = open_window(town, page, "History, final exam")
    expect(roster.get_by_role("button", name="Open the test in Inspera")).to_be_visible()
    roster.get_by_role("link", name="Files and acts").click()
    roster.get_by_role("button", name="Results as a table").click()
    with roster.expect_download(timeout=GRADE_MILLISECONDS) as downloaded:
        roster.get_by_role("button", name="Download").click(timeout=GRADE_MILLISECONDS)
    assert downloaded.value.suggested_filename == "history-final-exam-results.csv"
    lines = downloaded.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("name,user_id")
    assert any(line.startswith("Bob") for line in lines[1:])
    roster.reload()
    expect(roster.get_by_text("handed out")).to_be_visible()
