"""A learner's way in a real browser: in a frame, in a window, without JavaScript."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Open, Town, enter, open_in_window, sit, wait_for_grade


class CookieCounter(BaseHTTPRequestHandler):
    """``/frame`` sets two cookies for use inside frames and shows which ones came back; ``/`` frames it elsewhere."""

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        if self.path == "/":
            body = f'<iframe src="http://127.0.0.5:{port}/frame"></iframe>'
        else:
            body = f"<p>came back: {self.headers.get('Cookie', 'none')}</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if self.path != "/":
            self.send_header("Set-Cookie", "plain=1; Secure; SameSite=None; Path=/")
            self.send_header("Set-Cookie", "partitioned=1; Secure; SameSite=None; Partitioned; Path=/")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def strangers() -> Iterator[str]:
    """A page on one host that frames a page of another host."""
    server = ThreadingHTTPServer(("", 0), CookieCounter)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.4:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_browser_blocks_third_party_cookies(context: BrowserContext, strangers: str) -> None:
    """What the next tests rest on: an ordinary cookie set inside a frame does not come back, a partitioned one does."""
    page = context.new_page()
    page.goto(strangers)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("came back: none")).to_be_visible()
    page.reload()
    expect(frame.get_by_text("came back: partitioned=1")).to_be_visible()


def test_a_test_inside_a_frame_ends_in_the_gradebook(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "alice")
    page.get_by_role("link", name="Excel, basic").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Excel, basic")).to_be_visible()
    sit(frame, right=4)
    expect(frame.get_by_text("800 / 1000")).to_be_visible()
    frame.get_by_role("link", name="go back").click()
    expect(frame.get_by_text("You are back from the test")).to_be_visible()
    wait_for_grade(town, page, "Excel, basic", "alice", "80 %")
    # The next launch shows the result instead of the test, in the same frame.
    enter(town, page, "alice")
    page.get_by_role("link", name="Excel, basic").click()
    expect(frame.get_by_text("80")).to_be_visible()


def test_a_test_in_a_window_ends_in_the_gradebook(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "bob")
    window = open_in_window(page, "Word, expert")
    expect(window.get_by_role("heading", name="Word, expert")).to_be_visible()
    assert window.url.startswith(town.provider)
    sit(window, right=3)
    window.get_by_role("link", name="go back").click()
    window.get_by_role("link", name="Back to the course").click()
    expect(window.get_by_role("heading", name="Back from")).to_be_visible()
    wait_for_grade(town, page, "Word, expert", "bob", "60 %")


def test_everything_works_without_javascript(town: Town, open_context: Open) -> None:
    context = open_context(java_script_enabled=False)
    page = context.new_page()
    enter(town, page, "chloe")
    window = open_in_window(page, "Word, expert")
    window.get_by_role("button", name="Go on").click()
    expect(window.get_by_text("Chloé Ünal")).to_be_visible()
    window.get_by_role("button", name="Go on").click()
    expect(window.get_by_role("heading", name="Word, expert")).to_be_visible()
    sit(window, right=1)
    window.get_by_role("link", name="go back").click()
    expect(window.get_by_text("You are back from the test")).to_be_visible()
    wait_for_grade(town, page, "Word, expert", "chloe", "20 %")


def test_a_grade_arrives_when_the_lms_hangs_up_first(town: Town, context: BrowserContext) -> None:
    town.switch(lms_cut_before=100)
    page = context.new_page()
    enter(town, page, "bob")
    page.get_by_role("link", name="Excel, basic").click()
    frame = page.frame_locator("iframe")
    sit(frame, right=5)
    frame.get_by_role("link", name="go back").click()
    expect(frame.get_by_text("You are back from the test")).to_be_visible()
    assert town.grades("Excel, basic").get("6") is None
    town.switch()
    wait_for_grade(town, page, "Excel, basic", "bob", "100 %")
