"""A provider's LTI 1.3 tool opens in the frame of an LMS, in a browser that blocks third-party cookies."""

import threading
from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import expect

from lti_bridge import peer_keys
from lti_bridge.models import Account, Cell, Grade
from tests.interop.flask_tool import FlaskTool, serving
from tests.relay.tool13 import publish_key
from tests.world import launch_fields, make_world, signed_body

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/lti/1.1/launch/excel-basic"


@pytest.fixture
def tool(live_server: Any, settings: Any) -> Iterator[FlaskTool]:
    settings.BASE_URL = settings.PUBLIC_ORIGIN = live_server.url
    peer_keys.forget()
    with serving(live_server.url) as tool:
        world = make_world()
        world.account.settings, world.account.secrets = tool.settings, {}
        world.account.save()
        publish_key()
        yield tool


@pytest.fixture
def lms(live_server: Any) -> Iterator[str]:
    """A course page of another site; its query says whether the test opens in its frame (place) or in a window."""

    class Course(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = _course(live_server.url, self.path.rpartition("?")[2], f"http://127.0.0.2:{server.server_port}/")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(shown.encode())

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.2", 0), Course)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    yield f"http://127.0.0.2:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _course(bridge: str, target: str, return_url: str) -> str:
    body = signed_body(launch_fields(launch_presentation_return_url=return_url), path=PATH)
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in parse_qsl(body, keep_blank_values=True)
    )
    return (
        '<!doctype html><link rel="icon" href="data:,"><h1>History</h1>'
        '<iframe name="place" width="900" height="500"></iframe>'
        f'<form method="post" action="{bridge}{PATH}" target="{escape(target)}">{inputs}'
        "<button>Open the test</button></form>"
    )


@pytest.mark.parametrize("method", ["post", "get"])
def test_the_test_opens_inside_the_frame(open_context: Any, tool: FlaskTool, lms: str, method: str) -> None:
    account = Account.objects.get()
    account.settings |= {"login_method": method}
    account.save()
    page = open_context().new_page()
    page.goto(f"{lms}/course?place")
    page.get_by_role("button", name="Open the test").click()
    inside = page.frame_locator('iframe[name="place"]')
    expect(inside.get_by_role("heading", name="Test of Alice Liddell")).to_be_visible()
    assert tool.refused == []
    cookies = [cookie for cookie in page.context.cookies() if cookie["name"].startswith("relay-")]
    assert [(cookie["path"], cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [
        ("/relay/1.3/auth", True, "None")
    ]
    assert cookies[0]["partitionKey"] == "http://127.0.0.2"
    message = tool.launches[0]
    assert message.get_ags().get_lineitem().get_label() == "Excel, basic"
    assert (Grade.objects.count(), Cell.objects.count()) == (0, 1)


def test_the_test_opens_in_a_window(open_context: Any, tool: FlaskTool, lms: str) -> None:
    page = open_context().new_page()
    page.goto(f"{lms}/course?_blank")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open the test").click()
    expect(opened.value.get_by_role("heading", name="Test of Alice Liddell")).to_be_visible()
    assert tool.refused == []
