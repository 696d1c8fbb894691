"""From a document to its report: LTI 1.1 and 1.3, in frames and windows, with and without a script."""

import hashlib
import http.client
import json
import os
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from lti_bridge.webserver import READ_SECONDS
from tests.browser.conftest import Open, Town, enter, go_on_by_hand, open_by_hand, open_framed, open_window
from tests.browser.documents import ESSAY, choose_file, hand_in, look_until, no_request_to, originals

BY_HAND, RELEASED = "History, essay", "Geography, essay"
#: Where pictures of the pages go, for people to look at.
PICTURES = os.environ.get("BROWSER_PICTURES", "")


def look_closely(page: Page, heading: str, name: str) -> None:
    """At each size: nothing wider than the window, nothing that axe finds. The page is the one with that heading."""
    expect(page.locator("h1", has_text=heading)).to_be_visible()
    for width in (320, 800, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = [each["id"] for each in Axe().run(page).response["violations"]]
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        assert (wide, found) == (0, []), name


def test_a_document_by_lti11_is_checked_and_released(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "alice")
    open_by_hand(town, page, BY_HAND)
    expect(page.get_by_role("heading", name="Hand in your document")).to_be_visible()
    look_closely(page, BY_HAND, "form")
    hand_in(page, "Bridges of the Alps")
    expect(page.get_by_text(hashlib.sha256(ESSAY).hexdigest())).to_be_visible()
    look_closely(page, "Bridges of the Alps", "receipt")
    page.get_by_role("link", name="Back").click()
    expect(page.locator("h1", has_text=BY_HAND)).to_be_visible()
    own = page.url
    look_until(page, page, own, "Handed in and checked")
    expect(page.get_by_text("Your teacher decides")).to_be_visible()
    assert page.get_by_role("link", name="Read the report").count() == 0
    look_closely(page, BY_HAND, "own-checked")
    # What the provider has is what was handed in.
    assert hashlib.sha256(ESSAY).hexdigest() in [each["sha256"] for each in originals(town)]

    enter(town, page, "ines")
    open_by_hand(town, page, BY_HAND)
    look_closely(page, BY_HAND, "roster")
    page.get_by_role("link", name="Documents and reports").click()
    row = page.get_by_role("row", name="Alice Martin").first
    expect(row).to_contain_text("Bridges of the Alps")
    expect(row).to_contain_text("checked")
    look_closely(page, "Documents and reports", "list")
    row.get_by_role("link", name="More about").click()
    look_closely(page, "Bridges of the Alps", "document")
    page.get_by_role("link", name="Read the report").click()
    report = page.frame_locator("iframe.report")
    expect(report.get_by_role("heading").first).to_be_visible()
    look_closely(page, "Report of", "report")
    page.get_by_role("link", name="Back to the document").click()
    page.get_by_role("button", name="Release the report").click()
    expect(page.get_by_text("The report is released")).to_be_visible()

    page.goto(own)
    page.get_by_role("link", name="Read the report").click()
    expect(page.frame_locator("iframe.report").get_by_role("heading").first).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in a new window").click()
    expect(opened.value.get_by_role("heading").first).to_be_visible()


def test_a_document_by_lti13_in_a_frame(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "bob")
    frame = open_framed(town, page, RELEASED)
    hand_in(frame, "Rivers and what crosses them")
    expect(frame.get_by_text(re.compile("[0-9a-f]{64}"))).to_be_visible()
    enter(town, page, "bob")
    window = open_window(town, page, RELEASED)
    expect(window.locator("h1", has_text=RELEASED)).to_be_visible()
    look_until(window, window, window.url, "Handed in and checked")
    # Here the report needs nobody to release it.
    window.get_by_role("link", name="Read the report").click()
    expect(window.frame_locator("iframe.report").get_by_role("heading").first).to_be_visible()
    window.go_back()
    window.get_by_role("button", name="Hand in another document").click()
    hand_in(window, "Rivers, a second thought")
    expect(window.get_by_text("Rivers, a second thought").first).to_be_visible()


def test_long_words_are_broken_in_lists_and_receipts(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "bob")
    open_by_hand(town, page, BY_HAND)
    hand_in(page, "L" * 190, name="n" * 110 + ".pdf")
    look_closely(page, "L" * 190, "long-receipt")
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.locator("h1", has_text=BY_HAND)).to_be_visible()
    look_until(page, page, page.url, "Handed in and checked")
    look_closely(page, BY_HAND, "long-own")
    enter(town, page, "ines")
    open_by_hand(town, page, BY_HAND)
    page.get_by_role("link", name="Documents and reports").click()
    look_closely(page, "Documents and reports", "long-list")
    page.get_by_role("link", name="More about the document of Bob").first.click()
    look_closely(page, "L" * 190, "long-document")


def test_what_is_wrong_is_said_at_the_form_and_nothing_is_lost_of_it(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    enter(town, page, "chloe")
    open_by_hand(town, page, BY_HAND)
    page.get_by_label("Title").fill("A title that stays")
    choose_file(page, "bridges.pdf", b"MZ this is a program")
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not what its name says")
    expect(page.get_by_label("Title")).to_have_value("A title that stays")
    look_closely(page, BY_HAND, "refused")
    with no_request_to(page, "/hand-in"):
        page.locator("form[data-hand-in]").evaluate("form => form.dataset.most = '10'")
        choose_file(page)
        page.get_by_role("button", name="Hand in", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("too large")


def test_it_works_without_a_script(town: Town, open_context: Open) -> None:
    page = open_context(java_script_enabled=False).new_page()
    enter(town, page, "chloe")
    window = open_window(town, page, RELEASED)
    go_on_by_hand(window, window.get_by_label("Title"))
    window.get_by_label("Title").fill("abc")
    choose_file(window, "bridges.pdf")
    window.get_by_role("button", name="Hand in", exact=True).click()
    expect(window.get_by_role("alert")).to_contain_text("between 5 and 190")
    expect(window.get_by_label("Title")).to_have_value("abc")
    window.get_by_text("Write text instead of choosing a file").click()
    window.get_by_label("Your text").fill("Bridges carry what roads cannot, as everybody knows.")
    window.get_by_label("Title").fill("Bridges, in words")
    window.get_by_role("button", name="Hand in", exact=True).click()
    expect(window.get_by_text("This is your receipt.")).to_be_visible()
    expect(window.get_by_text("Bridges, in words.txt")).to_be_visible()


def test_the_list_is_sorted_and_filtered_by_its_address(town: Town, open_context: Open) -> None:
    page = open_context(java_script_enabled=False).new_page()
    enter(town, page, "ines")
    window = open_window(town, page, BY_HAND)
    documents = window.get_by_role("link", name="Documents and reports")
    go_on_by_hand(window, documents)
    documents.click()
    window.get_by_role("link", name="Similarity", exact=True).click()
    expect(window.locator('th[aria-sort="descending"]')).to_contain_text("Similarity")
    window.get_by_label("Name, title or file").fill("nobody is called that")
    window.get_by_role("button", name="Show").click()
    expect(window.get_by_text("No document is like that.")).to_be_visible()


HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nOver a slow line\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="essay.pdf"\r\n\r\n%PDF-1.7\n'
)
TAIL = b'\r\n--b\r\nContent-Disposition: form-data; name="whole"\r\n\r\nyes\r\n--b--\r\n'


def test_a_slow_line_gets_it_there(town: Town, context: BrowserContext) -> None:
    """Longer than any other request may take, without a proxy that collects it first."""
    page = context.new_page()
    enter(town, page, "chloe")
    open_by_hand(town, page, BY_HAND)
    path = urlsplit(page.locator("form[data-hand-in]").evaluate("form => form.action")).path
    portions, pause = 14, READ_SECONDS / 12
    size = portions * 30_000
    client = http.client.HTTPConnection("127.0.0.1", town.port, timeout=60)
    client.putrequest("POST", path)
    client.putheader("Accept", "application/json")
    client.putheader("Content-Type", "multipart/form-data; boundary=b")
    client.putheader("Content-Length", str(len(HEAD) + size + len(TAIL)))
    client.endheaders(HEAD)
    for _ in range(portions):
        client.send(bytes(size // portions))
        time.sleep(pause)
    client.send(TAIL)
    answer = client.getresponse()
    told = json.loads(answer.read())
    client.close()
    assert answer.status == 200 and "/documents/" in told["see"]
