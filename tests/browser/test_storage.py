"""The pretend LMS keeps data for tools in frames (LTI Platform Storage), and for each origin apart."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Frame, Page, expect

from tests.browser.conftest import PATIENCE, Town, enter, framed_address, open_framed

OPENEDX = 2
_ASK = """message => new Promise(resolve => {
    addEventListener("message", event => resolve({ ...event.data, origin: event.origin }), { once: true });
    setTimeout(() => resolve(null), 700);
    (window.opener ?? window.parent).postMessage(message, "*");
})"""


def ask(frame: Frame | Page, subject: str, **fields: Any) -> Any:
    """What the page around a frame, or behind a window, answers to a message; None where it does not."""
    return frame.evaluate(_ASK, {"subject": subject, "message_id": "m1", **fields})


def put(frame: Frame | Page, key: str, value: Any) -> Any:
    return ask(frame, "lti.put_data", key=key, value=value)


def get(frame: Frame | Page, key: str) -> Any:
    return ask(frame, "lti.get_data", key=key)


def error_of(answer: Any) -> str:
    return str(answer["error"]["code"])


def go(page: Page, address: str) -> Frame:
    """Show a page of ours in the frame, as if it came from the host of ``address``."""
    frame = page.frames[1]
    frame.goto("{0.scheme}://{0.netloc}/stand-in".format(urlsplit(address)))
    return frame


@pytest.fixture
def page(town: Town, context: BrowserContext) -> Page:
    """A page of the LMS with a frame in it."""
    made = context.new_page()
    # What the link would show there is of no interest.
    context.route("**/launch?framed", lambda route: route.abort())
    context.route("**/stand-in", lambda route: route.fulfill(body="<p>Hello</p>", content_type="text/html"))
    enter(town, made, "alice")
    made.goto(framed_address(town, made, "Python, basic"))
    expect(made.locator("iframe")).to_be_visible()
    return made


@pytest.fixture
def frame(town: Town, page: Page) -> Frame:
    """The frame, with a page of the bridge in it."""
    return go(page, town.bridge)


def test_it_says_what_it_can_do(town: Town, frame: Frame) -> None:
    answer = ask(frame, "lti.capabilities")
    assert answer["subject"] == "lti.capabilities.response"
    assert answer["message_id"] == "m1"
    assert f"{answer['origin']}/sandbox/lms" == town.lms
    assert {each["subject"] for each in answer["supported_messages"]} >= {"lti.put_data", "lti.get_data"}


def test_what_was_put_is_got_and_taken_away(frame: Frame) -> None:
    assert put(frame, "lti_state_1", "<b>s</b>")["value"] == "<b>s</b>"
    assert get(frame, "lti_state_1")["value"] == "<b>s</b>"
    put(frame, "lti_state_1", None)
    assert "value" not in get(frame, "lti_state_1")


def test_an_origin_sees_nothing_of_another_one(town: Town, page: Page, frame: Frame) -> None:
    """PS-05"""
    put(frame, "secret", "of the bridge")
    provider = go(page, town.provider)
    assert "value" not in get(provider, "secret")
    put(provider, "secret", "of the provider")
    assert get(go(page, town.bridge), "secret")["value"] == "of the bridge"


def test_an_origin_that_is_no_tool_gets_nothing(town: Town, page: Page, frame: Frame) -> None:
    """PS-05"""
    put(frame, "secret", "of the bridge")
    with page.expect_popup() as opened:
        page.evaluate("open('http://127.0.0.9/stand-in')")
    opened.value.wait_for_load_state()
    assert error_of(get(opened.value, "secret")) == "wrong_origin"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"subject": "lti.put_data", "value": "x"}, "bad_request"),
        ({"subject": "lti.put_data", "key": "", "value": "x"}, "bad_request"),
        ({"subject": "lti.put_data", "key": "k", "value": 7}, "bad_request"),
        ({"subject": "lti.put_data", "key": "k", "value": "ä" * 2049}, "storage_exhaustion"),
        ({"subject": "lti.put_data", "key": "k" * 5000, "value": "x"}, "bad_request"),
        ({"subject": "lti.get_data"}, "bad_request"),
        ({"subject": "lti.get_data", "key": "k", "message_id": None}, "bad_request"),
        ({"subject": "lti.delete_everything"}, "unsupported_subject"),
    ],
    ids=[
        "put without a key",
        "put with an empty key",
        "a value that is no text",
        "a value of 4098 bytes",
        "a key of 5000 characters",
        "get without a key",
        "no message id",
        "unknown subject",
    ],
)
def test_what_it_cannot_do_it_says(frame: Frame, message: dict[str, Any], code: str) -> None:
    """PS-06"""
    assert error_of(ask(frame, **message)) == code


def test_there_is_room_for_so_many_keys_each_origin(frame: Frame) -> None:
    """PS-06"""
    codes = frame.evaluate(
        """async () => {
            const answers = [];
            addEventListener("message", ({ data }) => answers.push(data.error?.code ?? "kept"));
            for (let i = 0; i < 1000; i += 1) {
                parent.postMessage({ subject: "lti.put_data", message_id: `${i}`, key: `k${i}`, value: "x" }, "*");
            }
            while (answers.length < 1000) await new Promise((resolve) => setTimeout(resolve, 20));
            return answers;
        }"""
    )
    assert codes == ["kept"] * 500 + ["storage_exhaustion"] * 500


@pytest.mark.parametrize("message", ["text", 7, None, {"message_id": "m1"}, {"subject": "hello"}], ids=str)
def test_messages_that_are_not_its_business_are_passed_over(frame: Frame, message: Any) -> None:
    assert frame.evaluate(_ASK, message) is None


def test_it_can_keep_silent(town: Town, page: Page) -> None:
    town.switch(lms_storage_silent=100)
    page.reload()
    assert ask(go(page, town.bridge), "lti.capabilities") is None


@pytest.fixture
def without_cookies(
    town: Town, browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path
) -> Iterator[Page]:
    """The same in a browser that keeps no cookie at all of the bridge inside the LMS's pages, partitioned or not."""
    inside = f"{town.bridge},{town.lms.removesuffix('/sandbox/lms')}"
    blocked = {"content_settings": {"exceptions": {"cookies": {inside: {"setting": 2}}}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps({"profile": blocked}))
    context = browser_type.launch_persistent_context(tmp_path, locale="en-GB", **browser_type_launch_args)
    context.set_default_timeout(PATIENCE)
    made = context.new_page()
    enter(town, made, "alice")
    yield made
    context.close()


def test_a_launch_in_a_frame_goes_by_storage_where_no_cookie_is_kept(town: Town, without_cookies: Page) -> None:
    """PS-01"""
    town.switch(lms_offers_storage=100)
    frame = open_framed(town, without_cookies, "Access, basic")
    expect(frame.get_by_role("heading", name="Access, basic")).to_be_visible()


def test_where_neither_cookie_nor_storage_works_there_is_a_window(town: Town, without_cookies: Page) -> None:
    """PS-03. Open edX lets one launch begin twice."""
    town.switch(lms_offers_storage=100, lms_storage_silent=100, lms_manner=OPENEDX)
    window = _open_in_new_window(town, without_cookies)
    expect(window.get_by_role("heading", name="Access, basic")).to_be_visible()


def test_where_a_launch_is_good_once_the_window_says_what_to_do(town: Town, without_cookies: Page) -> None:
    """PS-03. Moodle and Canvas have forgotten the launch by then."""
    town.switch(lms_offers_storage=100, lms_storage_silent=100)
    window = _open_in_new_window(town, without_cookies)
    expect(window.get_by_text("open the link again from your course")).to_be_visible()


def _open_in_new_window(town: Town, page: Page) -> Page:
    frame = open_framed(town, page, "Access, basic")
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name="Open in a new window").click()
    return opened.value
