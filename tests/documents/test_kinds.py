"""Whether a file is what its name says."""

import pytest

from lti_bridge.documents import kinds
from lti_bridge.providers.inspera_originality.document_types import media_types

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOOD = {
    "pdf": b"%PDF-1.4", "txt": b"text", "md": b"# text", "csv": b"a;b", "json": b' {"a": 1}', "xml": b"<?xml?>",
    "html": b"\xef\xbb\xbf<!doctype html>", "rtf": b"{\\rtf1", "wpd": b"\xffWPC", "ps": b"%!PS", "doc": OLE, "xls": OLE,
    "hwp": OLE, "docx": b"PK\x03\x04", "odt": b"PK\x03\x04", "pages": b"PK\x03\x04",
}  # fmt: skip


def test_every_type_that_a_provider_takes_can_be_recognised() -> None:
    assert set(media_types(())) <= set(kinds.KINDS)


@pytest.mark.parametrize("suffix", GOOD)
def test_good_ones_are_recognised(suffix: str) -> None:
    assert kinds.fits(suffix, GOOD[suffix])


@pytest.mark.parametrize("suffix", kinds.KINDS)
@pytest.mark.parametrize("content", [b"MZ\x90\x00\x03", b"\x7fELF\x02", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08", b""])
def test_programs_and_pictures_are_no_documents(suffix: str, content: bytes) -> None:
    assert not kinds.fits(suffix, content) or (content == b"" and kinds.KINDS[suffix].plain)


def test_what_nobody_knows_fits_nothing() -> None:
    assert not kinds.fits("exe", b"MZ") and not kinds.fits("", b"text")


def test_text_in_two_byte_characters_is_text() -> None:
    assert kinds.fits("txt", "bridges".encode("utf-16")) and kinds.fits("html", "<p>".encode("utf-16"))
