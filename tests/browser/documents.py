"""What people do with documents in a browser, in the frame or the window that the LMS opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Town

ESSAY = b"%PDF-1.7\n" + b"Bridges carry what roads cannot. " * 400
#: Patience for what takes a real worker, a pretend check and a look.
CHECK_SECONDS = 60_000

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
    expect(place.get_by_text("This is your receipt.")).to_be_visible(timeout=30_000)


def originals(town: Town) -> list[dict[str, Any]]:
    """The documents that the pretend provider has, the oldest first."""
    answer = requests.get(f"http://127.0.0.3:{town.port + 2}/sandbox/originality/documents.json", timeout=10)
    return list(answer.json())


def look_until(page: Page, place: Place, address: str, text: str) -> None:
    """Reload until a text stands there."""
    for _ in range(CHECK_SECONDS // 1000):
        if place.get_by_text(text).count():
            return
        page.wait_for_timeout(1000)
        page.goto(address)
    expect(place.get_by_text(text).first).to_be_visible()


@contextmanager
def no_request_to(page: Page, path: str) -> Iterator[None]:
    """Fails when something is sent there meanwhile."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if path in request.url else None)
    yield
    assert not sent
