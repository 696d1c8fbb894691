"""LTI 1.3 in a frame whose browser keeps no cookies: the platform's window keeps the proof, or a new window opens."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.http import HttpRequest, HttpResponse
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from lti_bridge import peer_keys
from lti_bridge.launch import browser_pages
from lti_bridge.models import LaunchRecord
from tests.browser.conftest import Open
from tests.browser.platform13 import Platform13, serving
from tests.world import make_world
from tests.world13 import make_registration

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platform(transactional_db: None, live_server: Any, settings: Any) -> Iterator[Platform13]:
    """A platform and a bridge that know each other, with one activity behind the link."""
    settings.PUBLIC_ORIGIN = live_server.url
    peer_keys.forget()
    with serving(Platform13(live_server.url)) as made:
        make_registration(
            make_world().platform,
            issuer=made.url,
            authorization_endpoint=f"{made.url}/auth",
            token_endpoint=f"{made.url}/token",
            service_hosts=["lms.example.edu"],
        )
        yield made
    peer_keys.forget()


@pytest.fixture
def no_cookies_in_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chromium would keep a partitioned one; other browsers, and careful people's settings, do not."""
    go_on = browser_pages.go_on

    def without(request: HttpRequest, *args: Any) -> HttpResponse:
        response = go_on(request, *args)
        if request.headers["Sec-Fetch-Dest"] == "iframe":
            response.cookies.clear()
        return response

    monkeypatch.setattr(browser_pages, "go_on", without)


def opened(page: Page, address: str) -> FrameLocator:
    """The frame of a course in which the link was just opened."""
    page.goto(address)
    page.get_by_role("button", name="Open the test").click()
    return tool(page)


def tool(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=tool]")


def sees_the_roster(place: Any) -> None:
    expect(place.get_by_text("Nobody has opened this link yet.")).to_be_visible()


def test_a_partitioned_cookie_is_enough(platform: Platform13, context: BrowserContext) -> None:
    """The rule in Chromium, third-party cookies blocked."""
    page = context.new_page()
    sees_the_roster(opened(page, platform.course(storage="")))
    assert context.cookies() == [], "it goes when the launch is done"


def test_two_tabs_on_their_way_do_not_disturb_each_other(platform: Platform13, open_context: Open) -> None:
    """T13-LOG-09, SEC-S6. Without scripts each step waits for a click, so that both are under way at once."""
    context = open_context(java_script_enabled=False)
    pages = [context.new_page() for _ in range(2)]
    for page in pages:
        page.goto(f"{platform.url}/start")
    for step in ("login", "launch"):
        for page in pages:
            page.get_by_role("button", name=f"On to {platform.bridge}/lti/1.3/{step}").click()
            if step == "login":
                expect(page.get_by_role("button", name="/launch")).to_be_visible()
            else:
                sees_the_roster(page)


@pytest.mark.usefixtures("no_cookies_in_frames")
@pytest.mark.parametrize("storage", ["_parent", "keeper", "no_such_frame"])
def test_the_platform_s_window_keeps_the_proof(platform: Platform13, context: BrowserContext, storage: str) -> None:
    """PS-01: in the parent, in a frame that it names, and in the parent where there is no such frame."""
    page = context.new_page()
    sees_the_roster(opened(page, platform.course(storage=storage)))
    keeper = page.frame(name="keeper") if storage == "keeper" else page.main_frame
    assert keeper
    heard = keeper.evaluate("window.heard")
    assert [subject for subject, _key in heard] == ["lti.put_data", "lti.get_data"]
    assert len({key for _subject, key in heard}) == 1 and heard[0][1].startswith("lti_state_")


@pytest.mark.usefixtures("no_cookies_in_frames")
@pytest.mark.parametrize(
    "answers", ["silence", "error", "by a stranger", "another id", "another subject", "nothing kept"]
)
def test_without_a_proper_answer_a_new_window_opens(
    platform: Platform13, context: BrowserContext, answers: str
) -> None:
    """PS-02, PS-03: an answer from another origin is none, though it knows the id and brings the right proof."""
    page = context.new_page()
    frame = opened(page, platform.course(answers))
    button = frame.get_by_role("button", name="Open in a new window")
    expect(button).to_be_visible()
    expect(frame.get_by_text("Your browser keeps no cookies")).to_be_visible()
    assert not LaunchRecord.objects.exists()
    with context.expect_page() as window:
        button.click()
    sees_the_roster(window.value)
    assert window.value.evaluate("window.opener") is None


@pytest.mark.usefixtures("no_cookies_in_frames")
def test_where_nothing_is_offered_a_new_window_opens_at_once(platform: Platform13, context: BrowserContext) -> None:
    page = context.new_page()
    frame = opened(page, platform.course(storage=""))
    with context.expect_page() as window:
        frame.get_by_role("button", name="Open in a new window").click()
    sees_the_roster(window.value)


@pytest.mark.usefixtures("no_cookies_in_frames")
def test_a_proof_that_is_not_the_right_one_is_refused(platform: Platform13, context: BrowserContext) -> None:
    """PS-04."""
    page = context.new_page()
    with page.expect_response(lambda got: got.url.endswith("/launch") and got.status == 403):
        frame = opened(page, platform.course("lies"))
    expect(frame.get_by_text("This launch was begun in another browser")).to_be_visible()
    assert not LaunchRecord.objects.exists()


def test_a_window_that_the_platform_opened_asks_its_opener(
    platform: Platform13, context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_pages.binding, "remember", lambda _response, _state: None)
    page = context.new_page()
    page.goto(platform.course(window=True))
    with context.expect_page() as window:
        page.get_by_role("button", name="Open the test").click()
    sees_the_roster(window.value)
    assert [subject for subject, _key in page.evaluate("window.heard")] == ["lti.put_data", "lti.get_data"]


def test_without_javascript_there_is_a_link_and_a_button(
    platform: Platform13, open_context: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{platform.url}/start?storage=_parent")
    with monkeypatch.context() as without_cookies:
        without_cookies.setattr(browser_pages.binding, "remember", lambda _response, _state: None)
        page.get_by_role("button", name="On to").click()
        page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="On to").click()
    with page.context.expect_page() as window:
        page.get_by_role("button", name="Open in a new window").click()
    window.value.get_by_role("button", name="On to").click()
    sees_the_roster(window.value)


@pytest.mark.usefixtures("no_cookies_in_frames")
def test_a_stranger_who_frames_a_launch_sees_and_hears_nothing(platform: Platform13, browser: Browser) -> None:
    """S10: the browser shows that frame empty, and what our script asks is for the platform's window alone."""
    page = browser.new_page()
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        opened(page, platform.course().replace(platform.url, platform.elsewhere))
    assert page.evaluate("window.heard") == []
    assert not LaunchRecord.objects.exists()
    page.close()


@pytest.mark.parametrize("stops_at", ["login", "launch"])
def test_the_pages_on_the_way_fit_small_screens_and_everybody(
    platform: Platform13, open_context: Open, monkeypatch: pytest.MonkeyPatch, stops_at: str
) -> None:
    monkeypatch.setattr(browser_pages.binding, "remember", lambda _response, _state: None)
    page = open_context(viewport={"width": 320, "height": 640}).new_page()
    if stops_at == "login":
        page.route("**/platform_storage.js", lambda route: route.abort())
    page.goto(f"{platform.url}/start?storage={'_parent' if stops_at == 'login' else ''}")
    name = {"login": "One moment", "launch": "Open this in a new window"}[stops_at]
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
