"""What people do with documents in a browser, in the frame or the window that the LMS opened."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from playwright.sync_api import FrameLocator, Page, expect
from playwright.sync_api import TimeoutError as NotYet

from tests.browser.conftest import Town

ESSAY = b"%PDF-1.7\n" + b"Bridges carry what roads cannot. " * 400
#: Milliseconds of patience with what takes a real worker, a pretend check and a look.
CHECK_MILLISECONDS = 60_000

Place = Page | FrameLocator | Any


def choose_file(place: Place, name: str = "bridges.pdf", content: bytes = ESSAY) -> None:
    place.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def hand_in(place: Place, title: str, name: str = "bridges.pdf", content: bytes = ESSAY) -> None:
    """Fill the form in, send it, and see the receipt."""
    place.get_by_label("Title").fill(title)
    choose_file(place, name, content)
    place.get_by_role("button", name="Hand in", exact=True).click()
    expect(place.get_by_text("This is your receipt.")).to_be_visible()


def originals(town: Town) -> list[dict[str, Any]]:
    """The documents that the pretend provider has, the oldest first."""
    answer = requests.get(f"http://127.0.0.3:{town.port + 2}/sandbox/originality/documents.json", timeout=10)
    return list(answer.json())


def look_until(page: Page, place: Place, address: str, text: str) -> None:
    """Reload until a text stands there."""
    wanted = place.get_by_text(text).first
    for _ in range(CHECK_MILLISECONDS // 1000):
        with suppress(NotYet):
            wanted.wait_for(timeout=1000)
            return
        page.goto(address)
    expect(wanted).to_be_visible()


@contextmanager
def no_request_to(page: Page, path: str) -> Iterator[None]:
    """Fails when something is sent there meanwhile."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if path in request.url else None)
    yield
    assert not sent
