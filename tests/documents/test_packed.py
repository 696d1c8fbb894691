"""Packed files: what is inside is looked at where it lies, bounded, and lies are found."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from lti_bridge.documents import packed
from lti_bridge.documents.packed import Inside, Refused
from tests.documents.pretend import office
from tests.documents.pretend import packed as pack

WORD = Inside(needs=("[content_types].xml", "word/"))


def refused(content: bytes, inside: Inside = WORD) -> str:
    with pytest.raises(Refused) as refusal:
        packed.check(io.BytesIO(content), len(content), inside)
    return refusal.value.code


def _patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def test_a_good_one_is_opened() -> None:
    content = office()
    assert "word/document.xml" in packed.check(io.BytesIO(content), len(content), WORD).namelist()


def test_more_comes_out_than_it_says() -> None:
    """The directory says 10 bytes; the data unpack to a million."""
    content = bytearray(office(word__media=b"a" * 1_000_000))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.rfind(b"word/media") - (46 if signature == b"PK\x01\x02" else 30)
        at = content.find(signature, max(0, at - 4)) if signature == b"PK\x01\x02" else _local(bytes(content))
        content[at + offset : at + offset + 4] = struct.pack("<I", 10)
    assert refused(bytes(content)) == "bomb"


def _local(content: bytes) -> int:
    return content.find(b"word/media") - 30


def test_entries_that_lie_upon_each_other() -> None:
    """One set of data, many names for it: the better kind of bomb."""
    content = bytearray(office(word__a=b"a" * 5000, word__b=b"a" * 5000))
    directory = zipfile.ZipFile(io.BytesIO(bytes(content)))
    first = directory.getinfo("word/a").header_offset
    at = content.rfind(b"word/b") - 46
    content[at + 42 : at + 46] = struct.pack("<I", first)
    assert refused(bytes(content)) == "bomb"


def test_too_many_entries() -> None:
    assert refused(pack({f"word/{number}": b"" for number in range(packed.ENTRIES + 1)})) == "bomb"


def test_a_directory_that_is_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "DIRECTORY", 100)
    assert refused(office()) == "bomb"


@pytest.mark.parametrize("comment", [b"", b"c" * 0xFFFF])
def test_a_second_directory_that_is_believed_instead(comment: bytes) -> None:
    """The end tells of one entry; a record before it, which ``zipfile`` follows, of very many."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"w"
    directory, head = entry * 20_000, b"PK\x03\x04" + bytes(26)
    told = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 20_000, 20_000, len(directory), len(head))
    where = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(head) + len(directory), 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 47, len(head), len(comment))
    assert refused(head + directory + told + where + end + comment) == "broken"


def test_more_entries_than_it_says() -> None:
    content = bytearray(pack({f"word/{number}": b"" for number in range(packed.ENTRIES + 1)}))
    end = content.rfind(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    assert refused(bytes(content)) == "bomb"


def test_much_from_little_is_never_unpacked_into_memory() -> None:
    content = office(word__media=bytes(70 << 20))
    tracemalloc.start()
    assert refused(content) == "bomb"
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_what_unpacks_to_more_than_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "UNPACKED", 1000)
    assert refused(office(word__media=b"a" * 2000)) == "bomb"


def test_one_that_is_locked() -> None:
    content = bytearray(office())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refused(bytes(content)) == "locked"


def test_another_way_of_packing() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("[Content_Types].xml", b"<a/>" * 99)
        archive.writestr("word/document.xml", b"<a/>" * 99)
    assert refused(file.getvalue()) == "broken"


@pytest.mark.parametrize("change", ["data", "checksum", "length"])
def test_one_that_is_damaged(change: str) -> None:
    content = bytearray(office(word__media=bytes(range(256)) * 40))
    at = content.find(b"word/media")
    if change == "data":
        content[at + 60 : at + 70] = bytes(10)
    elif change == "checksum":
        directory = content.rfind(b"word/media") - 46
        content[directory + 16] ^= 1
    else:
        del content[at + 60 : at + 90]
    assert refused(bytes(content)) in ("broken", "bomb")


def test_what_lies_behind_the_end_of_the_data() -> None:
    """It would be kept in memory as a whole."""
    content = bytearray(office(word__media=b"a" * 5000))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        entry = archive.getinfo("word/media")
        more, start = 300_000, archive.start_dir
    directory = content[start:]
    at = directory.rfind(b"word/media") - 46
    struct.pack_into("<I", directory, at + 20, entry.compress_size + more)
    struct.pack_into("<I", directory, len(directory) - 6, start + more)
    tracemalloc.start()
    assert refused(bytes(content[:start]) + bytes(more) + bytes(directory)) == "broken"
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20


_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"


@pytest.mark.parametrize(
    "types",
    [
        f'<Types><Override ContentType="{_MAIN}"/></Types>'.encode(),
        f'<Types><Override ContentType="{_MAIN.upper()}"/></Types>'.encode(),
        f'<?xml version="1.0" encoding="utf-16"?><Types><Override ContentType="{_MAIN}"/></Types>'.encode("utf-16"),
        f'<Types><Override ContentType="{_MAIN}"/></Types>'.replace("En", "&#69;n").encode(),
        b'<Types><Override ContentType="application/vnd.ms-office.vbaProject"/></Types>',
        b'<!DOCTYPE a [<!ENTITY m "macro">]><Types><Override ContentType="&m;Enabled"/></Types>',
    ],
    ids=["as usual", "upper case", "two bytes each", "by number", "the part", "declared"],
)
@pytest.mark.parametrize("name", ["[Content_Types].xml", "[CONTENT_TYPES].XML"])
def test_macros_that_the_types_tell_of(types: bytes, name: str) -> None:
    assert refused(pack({name: types, "word/document.xml": b"<a/>", "word/other.bin": b"x"})) == "macros"


def test_types_that_nobody_can_read() -> None:
    assert refused(pack({"[Content_Types].xml": b"<Types", "word/document.xml": b"<a/>"})) == "broken"


@pytest.mark.parametrize("name", ["word/run.exe", "word/embeddings/more.docm", "word/x.ZIP", "a/b/C.JS"])
def test_programs_and_packed_files_inside(name: str) -> None:
    entries = {"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>", name: b"x"}
    assert refused(pack(entries)) == "programs"


def test_an_open_document_says_what_it_is() -> None:
    inside = Inside(needs=("content.xml",), media_type="application/vnd.oasis.opendocument.text")
    assert refused(pack({"mimetype": b"application/epub+zip", "content.xml": b"<a/>"}), inside) == "other"


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(99)])
def test_nonsense(content: bytes) -> None:
    assert refused(content) in ("broken", "other")
