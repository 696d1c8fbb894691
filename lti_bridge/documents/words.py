"""How many words a document has, where that can be counted without its maker's program: bounded in memory and time."""

import codecs
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from lti_bridge.documents import packed

#: Bytes of text that are looked at; of a longer one it is not known.
MOST = 32 << 20
#: The same for a page, and for the text inside a packed file: reading marks costs more than reading words.
MOST_PAGE = 1 << 20
MOST_PACKED = 8 << 20
#: Bytes of one tag, which expat reads anew with each portion (CPU for the square of its length), and elements that lie
#: in each other, and elements with their attributes, each of which costs memory. Documents of people are far below.
MOST_TAG = 1 << 20
MOST_DEEP = 1000
MOST_MARKS = 250_000
_STEP = 1 << 16
#: Inside packed files: where the text is, and after which elements a word ends.
_TEXTS = {
    "docx": ("word/document.xml", ("p", "tab", "br", "cr", "tc")),
    "odt": ("content.xml", ("p", "h", "tab", "s", "line-break", "list-item")),
}
#: What is no text in a page. Whatever is not closed goes to the end, so that no place is looked at twice.
_MARKS = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<hidden>script|style).*?(?:</(?P=hidden)[^>]*(?:>|\Z)|\Z)|<[^>]*(?:>|\Z)", re.DOTALL | re.I
)


def count(suffix: str, file: BinaryIO, size: int, inside: zipfile.ZipFile | None) -> int | None:
    """The words of a document; None where they cannot be counted."""
    if suffix in _TEXTS and inside is not None:
        return _count_packed(suffix, file, inside)
    if size > MOST:
        return None
    if suffix in ("txt", "md", "markdown"):
        return _count_in(_decoded(file))
    if suffix in ("html", "htm") and size <= MOST_PAGE:
        return len(_MARKS.sub(" ", "".join(_decoded(file))).split())
    return None


class Counter:
    """Counts words in text that comes in portions; a word may lie across two."""

    def __init__(self) -> None:
        self.words = 0
        self._inside = False

    def feed(self, text: str) -> None:
        if not text:
            return
        self.words += len(text.split()) - (self._inside and not text[0].isspace())
        self._inside = not text[-1].isspace()

    def end_word(self) -> None:
        self._inside = False


def _count_in(portions: Iterable[str]) -> int:
    counter = Counter()
    for portion in portions:
        counter.feed(portion)
    return counter.words


def _decoded(file: BinaryIO) -> Iterator[str]:
    file.seek(0)
    begin = file.read(4)
    file.seek(0)
    wide = begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace")
    while portion := file.read(_STEP):
        yield decoder.decode(portion)
    yield decoder.decode(b"", final=True)


def _count_packed(suffix: str, file: BinaryIO, inside: zipfile.ZipFile) -> int | None:
    name, ends = _TEXTS[suffix]
    reader = _Reader(ends)
    try:
        entry = inside.getinfo(name)
        if entry.file_size > MOST_PACKED:
            return None
        for portion in packed.unpacked(file, entry):
            reader.feed(portion)
        return reader.end()
    except (KeyError, expat.ExpatError, packed.Refused):
        return None


class _Reader:
    """Counts the words of XML. Raises ``ExpatError`` for what is not well-formed, and for what costs too much."""

    def __init__(self, ends: Collection[str]) -> None:
        self._ends = ends
        self._counter = Counter()
        self._fed = self._marks = self._deep = 0
        self._parser = expat.ParserCreate()
        self._parser.ordered_attributes = self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _no_doctype
        self._parser.CharacterDataHandler = self._counter.feed
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close

    def feed(self, portion: bytes) -> None:
        self._fed += len(portion)
        self._parser.Parse(portion, False)
        # Behind what was understood lies a tag that has not ended yet.
        if self._fed - self._parser.CurrentByteIndex > MOST_TAG:
            raise expat.ExpatError("a tag is too long")

    def end(self) -> int:
        self._parser.Parse(b"", True)
        return self._counter.words

    def _open(self, tag: str, attributes: list[str]) -> None:
        self._deep += 1
        self._marks += 1 + len(attributes)
        if self._deep > MOST_DEEP or self._marks > MOST_MARKS:
            raise expat.ExpatError("there are too many elements")
        if tag.rpartition(":")[2] in self._ends:
            self._counter.end_word()

    def _close(self, tag: str) -> None:
        self._deep -= 1
        if tag.rpartition(":")[2] in self._ends:
            self._counter.end_word()


def _no_doctype(*_: object) -> None:
    """A document declares nothing; one that does, to make a lot of little, is not counted."""
    raise expat.ExpatError("a document type is declared")
