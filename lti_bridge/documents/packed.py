"""What is inside packed files (zip): read where it lies, nothing unpacked, all of it bounded.

A file is refused when its directory is too large or lies, when entries overlap, when more comes out of one than it says
or than is allowed, when it is locked, and when it carries macros or programs.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

#: Entries of one file, and bytes of its directory.
ENTRIES = 10_000
DIRECTORY = 4 << 20
#: Bytes that all entries together may unpack to, and how often more that may be than the file itself has.
UNPACKED = 1 << 30
RATIO = 200
#: Below this much the ratio says nothing: a page of blanks packs very well.
HARMLESS = 64 << 20
#: Bytes of a description inside, such as the list of content types.
DESCRIPTION = 1 << 20
_STEP = 1 << 16
_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
#: Bytes before the end, where the other form of the directory is told of.
_LOCATOR = 20
_TYPES = "[content_types].xml"
_MACROS = ("macroenabled", "vbaproject")
_PROGRAMS = (
    *("exe", "dll", "com", "scr", "bat", "cmd", "js", "vbs", "ps1", "jar"),
    *("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppsm", "ppam"),
    *("zip", "rar", "7z", "tar", "gz", "iso"),
)
#: Apple's programs put one packed file into another.
_ALLOWED = ("index.zip",)


class Refused(Exception):
    """The file must not be taken. ``code``: broken, locked, bomb, macros, programs or other."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Inside:
    """What has to be in there: beginnings of names, in lower case; ``media_type``: what the entry ``mimetype`` says."""

    needs: Sequence[str]
    media_type: str = ""


def check(file: BinaryIO, size: int, inside: Inside) -> zipfile.ZipFile:
    """The packed file, when all in it is well. Raises ``Refused``."""
    _bound_directory(file, size)
    try:
        packed = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, UnicodeDecodeError):
        raise Refused("broken") from None
    entries = packed.infolist()
    # What the end of the file says of their number need not be true.
    if len(entries) > ENTRIES:
        raise Refused("bomb")
    _check_names(packed, entries, inside)
    _check_sizes(entries, size)
    for entry in entries:
        for _portion in unpacked(file, entry):
            pass
    return packed


def unpacked(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry unpacks to, in small portions, and not a byte more than it says. Raises ``Refused``."""
    if entry.header_offset < 0:
        raise Refused("broken")
    file.seek(entry.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise Refused("broken")
    names, extra = _LOCAL.unpack(header)[-2:]
    file.seek(names + extra, 1)
    count = summed = 0
    for portion in _inflated(file, entry) if entry.compress_type == zipfile.ZIP_DEFLATED else _stored(file, entry):
        count += len(portion)
        if count > entry.file_size:
            raise Refused("bomb")
        summed = zlib.crc32(portion, summed)
        yield portion
    if count != entry.file_size or summed != entry.CRC:
        raise Refused("broken")


def _stored(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    left = entry.compress_size
    while left and (portion := file.read(min(left, _STEP))):
        left -= len(portion)
        yield portion


def _inflated(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for portion in _stored(file, entry):
            while portion and not engine.eof:
                yield engine.decompress(portion, _STEP)
                portion = engine.unconsumed_tail
            # What lies behind the end would be gathered in memory.
            if engine.eof and (portion or engine.unused_data):
                raise Refused("broken")
        # What the window still holds comes in small portions too.
        while not engine.eof and (rest := engine.decompress(b"", _STEP)):
            yield rest
    except zlib.error:
        raise Refused("broken") from None


def _bound_directory(file: BinaryIO, size: int) -> None:
    """Before ``zipfile`` reads the directory as a whole: it is where it says, and small."""
    file.seek(max(0, size - _LOCATOR - _END.size - 0xFFFF))
    tail = file.read(_LOCATOR + _END.size + 0xFFFF)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Refused("broken")
    *_, count, length, _offset, _comment = _END.unpack_from(tail, at)
    # The other form of the directory is for more than 65,534 entries, or 4 GB: ``zipfile`` would believe it instead.
    if at >= _LOCATOR and tail.startswith(b"PK\x06\x07", at - _LOCATOR):
        raise Refused("broken")
    if count > ENTRIES or length > DIRECTORY:
        raise Refused("bomb")


def _check_names(packed: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], inside: Inside) -> None:
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused("locked")
    if not all(any(name.startswith(needed) for name in names) for needed in inside.needs):
        raise Refused("other")
    bases = [name.rpartition("/")[2] for name in names]
    if any(base.startswith("vbaproject") for base in bases) or any(n.startswith(("basic/", "scripts/")) for n in names):
        raise Refused("macros")
    if any(base.rpartition(".")[2] in _PROGRAMS and base not in _ALLOWED for base in bases):
        raise Refused("programs")
    if inside.media_type and _description(packed, "mimetype") != inside.media_type.encode():
        raise Refused("other")
    for entry in entries:
        if entry.filename.lower() == _TYPES and _tells_of_macros(_description(packed, entry.filename)):
            raise Refused("macros")


def _tells_of_macros(types: bytes) -> bool:
    """Whether a list of content types has one for macros, however it is written. Raises ``Refused``."""
    parser, told = expat.ParserCreate(), list[str]()
    parser.StartElementHandler = lambda _tag, attributes: told.extend(attributes.values())
    parser.StartDoctypeDeclHandler = lambda *_: told.append(_MACROS[0])
    try:
        parser.Parse(types, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise Refused("broken") from None
    return any(mark in text.lower() for text in told for mark in _MACROS)


def _description(packed: zipfile.ZipFile, name: str) -> bytes:
    try:
        entry = packed.getinfo(name)
    except KeyError:
        return b""
    if entry.file_size > DESCRIPTION or packed.fp is None:
        raise Refused("bomb")
    return b"".join(unpacked(packed.fp, entry)).strip()  # type: ignore[arg-type]  # it is the file it was given


def _check_sizes(entries: Sequence[zipfile.ZipInfo], size: int) -> None:
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Refused("broken")
    whole = sum(entry.file_size for entry in entries)
    if whole > UNPACKED or (whole > HARMLESS and whole > RATIO * size):
        raise Refused("bomb")
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        # Entries that lie upon each other unpack the same bytes many times.
        if entry.header_offset < end:
            raise Refused("bomb")
        end = entry.header_offset + _LOCAL.size + entry.compress_size
    if end > size:
        raise Refused("broken")
