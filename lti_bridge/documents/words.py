"""How many words a document has, where that can be counted without its maker's program: bounded in memory and time."""

import codecs
import zipfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from lti_bridge.documents import packed

#: Bytes of text that are looked at; of a longer one it is not known.
MOST = 32 << 20
_STEP = 1 << 16
#: Inside packed files: where the text is, and after which elements a word ends.
_TEXTS = {
    "docx": ("word/document.xml", ("p", "tab", "br", "cr", "tc")),
    "odt": ("content.xml", ("p", "h", "tab", "s", "line-break", "list-item")),
}
_HIDDEN = ("script", "style")


def count(suffix: str, file: BinaryIO, size: int, inside: zipfile.ZipFile | None) -> int | None:
    """The words of a document; None where they cannot be counted."""
    if suffix in _TEXTS and inside is not None:
        return _count_packed(suffix, file, inside)
    if size > MOST:
        return None
    if suffix in ("txt", "md", "markdown"):
        return _count_in(_decoded(file))
    if suffix in ("html", "htm"):
        return len(_without_tags("".join(_decoded(file))).split())
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


def _without_tags(page: str) -> str:
    """The text of a page, whatever it closes and does not close."""
    low, at, kept = page.lower(), 0, []
    while (tag := page.find("<", at)) >= 0:
        kept.append(page[at:tag])
        if low.startswith("<!--", tag):
            end = page.find("-->", tag)
            end += 2 if end >= 0 else 0
        else:
            hidden = next((name for name in _HIDDEN if low.startswith(f"<{name}", tag)), "")
            end = page.find(">", low.find(f"</{hidden}", tag) if hidden else tag)
            if hidden and low.find(f"</{hidden}", tag) < 0:
                end = -1
        if end < 0:
            return " ".join(kept)
        at = end + 1
    return " ".join((*kept, page[at:]))


def _count_packed(suffix: str, file: BinaryIO, inside: zipfile.ZipFile) -> int | None:
    name, ends = _TEXTS[suffix]
    counter = Counter()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.CharacterDataHandler = counter.feed

    def element(tag: str, _attributes: object = None) -> None:
        if tag.rpartition(":")[2] in ends:
            counter.end_word()

    parser.StartElementHandler, parser.EndElementHandler = element, element
    try:
        for portion in packed.unpacked(file, inside.getinfo(name)):
            parser.Parse(portion, False)
        parser.Parse(b"", True)
    except (KeyError, expat.ExpatError, packed.Refused):
        return None
    return counter.words


def _no_doctype(*_: object) -> None:
    """A document declares nothing; one that does, to make a lot of little, is not counted."""
    raise expat.ExpatError("a document type is declared")
