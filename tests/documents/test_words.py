"""Counting words."""

import io
import zipfile

import pytest

from lti_bridge.documents import packed, words
from tests.documents.pretend import office, open_document
from tests.documents.pretend import packed as pack


@pytest.mark.parametrize(
    ("suffix", "content", "number"),
    [
        ("txt", b"", 0),
        ("txt", b"one two\nthree\t four ", 4),
        ("txt", "\ufeffeins zwei".encode(), 2),
        ("txt", "one two three".encode("utf-16"), 3),
        ("txt", b"caf\xe9 au lait", 3),
        ("txt", b"word " * 40_000, 40_000),
        ("html", b"<p>one</p><p>two<!-- not this --></p><style>p {color: red}</style>three", 3),
        ("html", b"one <script>never closed two three", 1),
        ("html", b"one <p never closed", 1),
        ("pdf", b"%PDF- one two", None),
    ],
)
def test_words_are_counted_where_they_can_be(suffix: str, content: bytes, number: int | None) -> None:
    assert words.count(suffix, io.BytesIO(content), len(content), None) == number


@pytest.mark.parametrize(("suffix", "content"), [("docx", office(text="a b c d")), ("odt", open_document("a b c d"))])
def test_words_inside_packed_files_are_counted(suffix: str, content: bytes) -> None:
    file = io.BytesIO(content)
    inside = packed.check(file, len(content), packed.Inside(needs=()))
    assert words.count(suffix, file, len(content), inside) == 4


def test_a_document_that_makes_a_lot_of_little_is_not_counted() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'
    content = pack({"word/document.xml": laughs})
    file = io.BytesIO(content)
    inside = packed.check(file, len(content), packed.Inside(needs=()))
    assert words.count("docx", file, len(content), inside) is None


def test_hostile_pages_are_read_in_one_go() -> None:
    for page in (b"<script" * 140_000, b"<!--" * 250_000, b"<" * 1_000_000):
        assert words.count("html", io.BytesIO(page), len(page), None) == 0


def counted(body: bytes) -> int | None:
    file = io.BytesIO(pack({"word/document.xml": body}))
    return words.count("docx", file, 0, zipfile.ZipFile(file))


@pytest.mark.parametrize(
    "body",
    [
        b"<a b='" + b"x" * (3 << 20) + b"'/>",
        b"<a>" + b"x " * (words.MOST_PACKED // 2) + b"</a>",
        b"<a>" + b"<p/>" * words.MOST_MARKS + b"</a>",
        b"<a>" + (b"<a " + b" ".join(b"a%d=''" % number for number in range(60_000)) + b"/>") * 3 + b"</a>",
        b"<a>" * (words.MOST_DEEP + 1) + b"</a>" * (words.MOST_DEEP + 1),
    ],
    ids=["one tag", "much text", "elements", "attributes", "deep"],
)
def test_text_that_costs_too_much_is_not_counted(body: bytes) -> None:
    assert counted(body) is None


def test_lines_and_entities_are_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of three million would be a call of its own."""
    calls = []
    feed = words.Counter.feed
    monkeypatch.setattr(words.Counter, "feed", lambda self, text: (calls.append(len(text)), feed(self, text)))
    assert counted(b"<a>" + b"\n" * (2 << 20) + b"&lt;" * (1 << 20) + b"</a>") == 1
    assert sum(calls) == 3 << 20 and len(calls) < 3000


def test_a_page_that_is_too_long_is_not_counted() -> None:
    page = b"<p>" + b"word " * (words.MOST_PAGE // 5)
    assert words.count("html", io.BytesIO(page), len(page), None) is None
    page = b"<>" * (words.MOST_PAGE // 2)
    assert words.count("html", io.BytesIO(page), len(page), None) == 0
