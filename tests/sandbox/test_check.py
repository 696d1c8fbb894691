"""``demo --check``, as a person types it, and what it says when something is broken."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lti_bridge.sandbox.check import journeys
from lti_bridge.sandbox.check.stack import Stack, StackFailed
from lti_bridge.sandbox.check.visitor import NotThere, Visitor, is_loopback

ROOT = Path(__file__).parents[2]
Serve = Callable[[dict[str, str]], str]


@pytest.mark.journeys
def test_the_whole_way_works() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lti_bridge", "demo", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert done.stdout.count("✓") == 66
    assert done.stdout.endswith("All of it works.\n")


@pytest.mark.journeys
def test_a_demo_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(StackFailed, match="SWEEP_SECONDS"),
        Stack({"BASE_URL": "http://127.0.0.1:1", "DATA_DIR": str(tmp_path), "SWEEP_SECONDS": "soon"}),
    ):
        pass


def test_a_broken_step_is_named_and_ends_its_journey(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def nobody_home(_self: Visitor, url: str) -> None:
        raise NotThere(f"nobody at {url}")

    monkeypatch.setattr(Visitor, "open", nobody_home)
    assert not journeys._walk(journeys.JOURNEYS[0], said.append)
    assert len(said) == 2
    assert said[1].startswith("  ✗ Alice opens “Excel, basic”")
    assert "nobody at http" in said[1]


# --- the visitor ----------------------------------------------------------------------------


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves pages by path; a POST answers with what was posted.

    ``/cookies`` shows the cookies that came back. ``set-cookie``: what every page sets, a line each.
    """
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/cookies":
                return self._answer(f"<p>{self.headers['Cookie']}</p>")
            self._answer(pages.get(self.path.partition("?")[0], ""))

        def do_POST(self) -> None:
            posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(f"<p>{self.headers['Origin']} posted {posted.replace('&', ' ')}</p>")

        def _answer(self, page: str) -> None:
            body = page.encode()
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            for cookie in pages.get("set-cookie", "").splitlines():
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()

    def at(given: dict[str, str]) -> str:
        pages.update(given)
        return f"http://127.0.0.1:{server.server_port}"

    yield at
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_visitor_follows_links_by_their_text(serve: Serve) -> None:
    base = serve({"/": '<a href="/two"><strong>Excel</strong> <span>graded</span></a>', "/two": "<h1>Two</h1>"})
    visitor = Visitor()
    page = visitor.open(base)
    assert visitor.follow(page, "excel").text == "Two"
    with pytest.raises(NotThere, match="Word"):
        visitor.follow(page, "Word")


def test_a_visitor_sends_what_a_browser_would(serve: Serve) -> None:
    form = (
        '<form method="post" action="/in"><input type="hidden" name="a" value="1">'
        '<input type="radio" name="b" value="x"><input type="radio" name="b" value="y" checked>'
        '<input type="checkbox" name="c"><button>Hand in</button></form>'
    )
    base = serve({"/": form})
    visitor = Visitor()
    page = visitor.open(base)
    assert page.form("hand in").choices == {"b": ["x", "y"], "c": ["on"]}
    assert visitor.submit(page, page.form()).text == f"{base} posted a=1 b=y"
    assert visitor.submit(page, page.form(), {"b": "x"}).text == f"{base} posted a=1 b=x"


def test_a_visitor_sends_hidden_forms_for_elsewhere_alone(serve: Serve) -> None:
    base = serve({"/": "", "/stay": '<form method="post" action="/in"><input type="hidden" name="a"></form>'})
    elsewhere = base.replace("127.0.0.1", "localhost") + "/in"
    serve({"/go": f'<form method="post" action="{elsewhere}"><input type="hidden" name="a" value="1"></form>'})
    visitor = Visitor()
    assert visitor.go_on(visitor.open(f"{base}/stay")).url == f"{base}/stay"
    assert visitor.go_on(visitor.open(f"{base}/go")).text == f"{base} posted a=1"


def test_a_visitor_brings_secure_cookies_back_on_loopback_as_browsers_do(serve: Serve) -> None:
    base = serve({"/": "<p>hello</p>"})
    cookies = ("plain=1; Path=/", "own=2; Secure; HttpOnly; SameSite=None; Partitioned; Path=/", "deep=3; Path=/deep")
    serve({"set-cookie": "\n".join(cookies)})
    visitor = Visitor()
    visitor.open(base)
    assert visitor.open(f"{base}/cookies").text == "plain=1; own=2"


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://127.0.0.1:8000/", True),
        ("http://127.0.0.2/", True),
        ("http://localhost:1/", True),
        ("http://[::1]/", True),
        ("http://127.0.0.1.example.edu/", False),
        ("http://192.168.0.1/", False),
        ("http://bridge.example.edu/", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, is_one: bool) -> None:
    assert is_loopback(url) is is_one
