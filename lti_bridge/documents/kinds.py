"""Whether a file is what its name says, by its first bytes. What lies inside packed files is ``packed``'s business."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lti_bridge.documents import packed

#: Bytes from the beginning that are looked at.
HEAD = 4096

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04",)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: Beginnings of what is certainly no text.
_NO_TEXT = (
    _OLE,
    b"PK\x03\x04",
    b"%PDF-",
    b"\x7fELF",
    b"MZ",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"Rar!",
    b"\x1f\x8b",
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def is_wide(head: bytes) -> bool:
    """Whether text says of itself that each character has two bytes."""
    return head.startswith(_MARKS[1:])


def _begins_with(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]


def _is_text(head: bytes) -> bool:
    if head.startswith(_NO_TEXT):
        return False
    return is_wide(head) or not _CONTROLS.search(head)


def _text_with(first: bytes) -> Callable[[bytes], bool]:
    """Text whose first character, after blanks and byte order marks, is one of these."""

    def check(head: bytes) -> bool:
        plain = head.removeprefix(_MARKS[0]).replace(b"\x00", b"") if head.startswith(_MARKS) else head
        return _is_text(head) and plain.lstrip(b"\xff\xfe \t\r\n")[:1] in [first[i : i + 1] for i in range(len(first))]

    return check


@dataclass(frozen=True, slots=True)
class Kind:
    """How files of a kind begin.

    ``inside``: what the packed ones must be. ``plain``: text all through. ``old_office``: they carry macros in a way of
    their own.
    """

    begins: Callable[[bytes], bool]
    inside: packed.Inside | None = None
    plain: bool = False
    old_office: bool = False


_OLE_KIND = Kind(_begins_with(_OLE), old_office=True)


def _office(part: str) -> Kind:
    return Kind(_begins_with(*_ZIP), packed.Inside(needs=("[content_types].xml", part)))


def _open_document(media_type: str) -> Kind:
    return Kind(_begins_with(*_ZIP), packed.Inside(needs=("content.xml",), media_type=media_type))


_IWORK = Kind(_begins_with(*_ZIP), packed.Inside(needs=("index",)))
_OASIS = "application/vnd.oasis.opendocument."

#: suffix → how such files look
KINDS: Mapping[str, Kind] = {
    "pdf": Kind(_is_pdf),
    "txt": Kind(_is_text, plain=True),
    "md": Kind(_is_text, plain=True),
    "markdown": Kind(_is_text, plain=True),
    "csv": Kind(_is_text, plain=True),
    "json": Kind(_text_with(b'{["-0123456789tfn'), plain=True),
    "html": Kind(_text_with(b"<"), plain=True),
    "htm": Kind(_text_with(b"<"), plain=True),
    "xml": Kind(_text_with(b"<"), plain=True),
    "rtf": Kind(_begins_with(b"{\\rtf")),
    "wpd": Kind(_begins_with(b"\xffWPC")),
    "ps": Kind(_begins_with(b"%!")),
    "doc": _OLE_KIND,
    "ppt": _OLE_KIND,
    "xls": _OLE_KIND,
    "hwp": Kind(_begins_with(_OLE, b"HWP Document File")),
    "docx": _office("word/"),
    "xlsx": _office("xl/"),
    "pptx": _office("ppt/"),
    "ppsx": _office("ppt/"),
    "odt": _open_document(f"{_OASIS}text"),
    "odp": _open_document(f"{_OASIS}presentation"),
    "ods": _open_document(f"{_OASIS}spreadsheet"),
    "pages": _IWORK,
    "numbers": _IWORK,
    "key": _IWORK,
}


def fits(suffix: str, head: bytes) -> bool:
    """Whether a file with that suffix may begin like this. False for a suffix we know nothing of."""
    kind = KINDS.get(suffix)
    return kind is not None and kind.begins(head)
