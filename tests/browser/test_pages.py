"""Every page of ours, looked at closely: refusals, small screens, accessibility, content policy."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Town, enter, open_by_hand, sit

Show = Callable[[Town, Page], None]


def refused(town: Town, page: Page) -> None:
    """A launch that was changed on its way."""

    def tamper(route: Route) -> None:
        body = (route.request.post_data or "").replace("roles=Learner", "roles=Instructor")
        route.continue_(post_data=body)

    page.route("**/lti/1.1/launch/**", tamper)
    enter(town, page, "alice")
    open_by_hand(town, page, "Excel, basic")
    expect(page.get_by_text("This did not work")).to_be_visible()


def refused_for_its_time(town: Town, page: Page) -> None:
    """A launch from an LMS whose clock is an hour ahead."""
    town.switch(lms_clock_skew=3600)
    enter(town, page, "alice")
    open_by_hand(town, page, "Excel, basic")
    expect(page.get_by_text("This did not work").or_(page.get_by_text("Back from")).first).to_be_visible()


def not_found(town: Town, page: Page) -> None:
    page.goto(f"{town.bridge}/nowhere")
    expect(page.get_by_text("This did not work")).to_be_visible()


def without_a_pass(town: Town, page: Page) -> None:
    page.goto(f"{town.bridge}/inside/made-up/learner")
    expect(page.get_by_text("This did not work")).to_be_visible()


def back(town: Town, page: Page) -> None:
    """The page after the test."""
    enter(town, page, "chloe")
    open_by_hand(town, page, "PowerPoint")
    test = page.get_by_role("button", name="Hand in")
    expect(test.or_(page.locator("main .chip")).first).to_be_visible()
    if test.is_visible():
        sit(page)
        page.get_by_role("link", name="go back").click()
        expect(page.get_by_text("You are back from the test")).to_be_visible()


def result(town: Town, page: Page) -> None:
    """The learner's own page."""
    back(town, page)
    enter(town, page, "chloe")
    open_by_hand(town, page, "PowerPoint")
    expect(page.get_by_role("heading", name="PowerPoint, operational")).to_be_visible()


def roster(town: Town, page: Page) -> None:
    back(town, page)
    enter(town, page, "ines")
    open_by_hand(town, page, "PowerPoint")
    expect(page.get_by_role("row", name="Chloé Ünal")).to_be_visible()


def trail(town: Town, page: Page) -> None:
    roster(town, page)
    page.get_by_role("row", name="Chloé Ünal").get_by_role("link", name="trail").click()
    expect(page.get_by_role("heading", name="Chloé Ünal")).to_be_visible()


def choose(town: Town, page: Page) -> None:
    enter(town, page, "ines")
    # The one link whose activity is chosen here; another test may have chosen already.
    open_by_hand(town, page, "A test the teacher has not chosen yet")
    chosen, heading = (
        page.get_by_text("Choose another activity"),
        page.get_by_role("heading", name="Choose an activity"),
    )
    expect(chosen.or_(heading).first).to_be_visible()
    if chosen.is_visible():
        chosen.click()
    expect(heading).to_be_visible()


def select(town: Town, page: Page) -> None:
    enter(town, page, "ines")
    page.get_by_role("link", name="Add an activity").click()
    expect(page.get_by_role("heading", name="Choose activities")).to_be_visible()


def go_on(town: Town, page: Page) -> None:
    """The form on the way to the provider, stopped there."""
    page.route("**/sandbox/isograd/**", lambda route: route.abort())
    enter(town, page, "bob")
    page.route("**/static/bridge/bridge.js", lambda route: route.abort())
    open_by_hand(town, page, "Word, expert")
    expect(page.locator("main")).to_be_visible()


def tool_values(town: Town, page: Page) -> None:
    """What an LMS's administrator copies."""
    page.goto(f"{town.bridge}/lti/1.3/config")
    expect(page.get_by_text("/lti/1.3/jwks.json")).to_be_visible()


def uninvited(town: Town, page: Page) -> None:
    """An LMS that wants to register without an invitation."""
    page.goto(f"{town.bridge}/lti/1.3/register?invitation=made-up&openid_configuration=https://lms.example.edu/")
    expect(page.get_by_text("not an invitation of this service")).to_be_visible()


def log_in(town: Town, page: Page) -> None:
    page.goto(f"{town.bridge}/admin/login/")
    expect(page.get_by_label("Username")).to_be_visible()


OURS = (
    refused,
    not_found,
    without_a_pass,
    back,
    result,
    roster,
    trail,
    choose,
    select,
    go_on,
    tool_values,
    uninvited,
)
#: What the sandbox shows on its own; people look at it too.
SANDBOX = (
    "lms/",
    "lms/course",
    "lms/gradebook",
    "lms/links/1/return?lti_msg=Done",
    "lms/tools",
    "isograd/",
    "inspera/",
    "faults",
)

pages = pytest.mark.parametrize("show", OURS, ids=lambda show: show.__name__)


@pages
def test_no_page_scrolls_sideways_at_320_pixels(town: Town, open_context: Open, show: Show) -> None:
    page = open_context(viewport={"width": 320, "height": 640}).new_page()
    show(town, page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pages
def test_axe_finds_nothing_serious(town: Town, open_context: Open, show: Show) -> None:
    page = open_context().new_page()
    show(town, page)
    assert _serious(page) == []


@pytest.mark.parametrize("path", SANDBOX)
def test_the_sandbox_is_fit_to_be_looked_at(town: Town, open_context: Open, path: str) -> None:
    page = open_context(viewport={"width": 320, "height": 640}).new_page()
    enter(town, page, "ines")
    places = {"lms": town.lms, "isograd": town.provider, "inspera": town.provider.replace("isograd", "inspera")}
    place = places.get(path.partition("/")[0], f"{town.bridge}/sandbox/faults")
    page.goto(f"{place}/{path.partition('/')[2]}" if "/" in path else place)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert _serious(page) == []


def test_a_changed_launch_is_refused_with_a_reference(town: Town, open_context: Open) -> None:
    page = open_context().new_page()
    refused(town, page)
    assert page.locator(".reference").inner_text().strip()


def test_a_launch_at_the_wrong_time_goes_back_to_the_course_or_says_so(town: Town, open_context: Open) -> None:
    page = open_context().new_page()
    refused_for_its_time(town, page)


def test_log_in_page_keeps_the_content_policy(town: Town, open_context: Open) -> None:
    log_in(town, open_context().new_page())


def _serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
