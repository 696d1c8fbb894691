"""Reading a large JSON file piece by piece: the elements of its one long list, one after the other.

The file is never in memory as a whole: one element is, and a piece of the file. An element larger than ``MAX_ITEM`` is
refused, so that nobody's file can take all memory.
"""

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

#: Letters of one element, or of all that stands beside the list.
MAX_ITEM = 64_000_000
_PIECE = 262_144
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
#: A bracket, a whole string, or the quote of a string whose end is not here yet.
_STRUCTURE = re.compile(r"[{}\[\]]|" + _STRING.pattern + '|"', re.DOTALL)
_SPACE = " \t\r\n"


class BadJson(ValueError):
    """The file is not the JSON that it should be."""


def items_of(file: BinaryIO, *names: str) -> Iterator[Any]:
    """The elements of the list under one of these keys of the outermost object, or of the list that the file is.

    Reads from the file's beginning. Numbers with a point come as ``Decimal``. Raises :class:`BadJson`.
    """
    for name, text in parts_of(file, names):
        if name is None:
            yield parse(text)


def fields_of(file: BinaryIO, *names: str) -> dict[str, Any]:
    """All fields of the outermost object but the lists under these keys; empty when the file is a list."""
    return {name: parse(text) for name, text in parts_of(file, names) if name is not None and name not in names}


def parse(text: str) -> Any:
    """JSON as we believe it: exact numbers, no NaN, no infinity. Raises :class:`BadJson`."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadJson(f"no JSON: {type(error).__name__}") from None


def _no_number(name: str) -> None:
    raise BadJson(f"{name} is no number")


def parts_of(file: BinaryIO, lists: tuple[str, ...]) -> Iterator[tuple[str | None, str]]:
    """What stands in the file, word for word: each field with its name, and without one each element of the lists.

    Raises :class:`BadJson`.
    """
    file.seek(0)
    reader = _Reader(file)
    first = reader.take()
    if first == "[":
        yield from ((None, text) for text in reader.elements())
    elif first == "{":
        yield from _fields(reader, lists)
    else:
        raise BadJson("neither an object nor a list")
    if reader.take():
        raise BadJson("something stands after the end")


def _fields(reader: "_Reader", lists: tuple[str, ...]) -> Iterator[tuple[str | None, str]]:
    if reader.peek() == "}":
        reader.take()
        return
    while True:
        name = parse(reader.value())
        if not isinstance(name, str) or reader.take() != ":":
            raise BadJson("no name before a value")
        if name in lists and reader.peek() == "[":
            reader.take()
            yield from ((None, text) for text in reader.elements())
        else:
            yield name, reader.value()
        if (then := reader.take()) == "}":
            return
        if then != ",":
            raise BadJson("no comma between two fields")


class _Reader:
    """Letters of a file, with one value at a time kept whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next letter that is no blank, left where it is; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self) -> str:
        """The next letter that is no blank; empty at the end."""
        letter = self.peek()
        self._at += len(letter)
        return letter

    def elements(self) -> Iterator[str]:
        """The texts of a list's elements, after its bracket was taken."""
        if self.peek() == "]":
            self.take()
            return
        while True:
            yield self.value()
            if (then := self.take()) == "]":
                return
            if then != ",":
                raise BadJson("no comma between two elements")

    def value(self) -> str:
        """The text of the next value, whatever it is."""
        first = self.peek()
        self._text, self._at = self._text[self._at :], 0
        if first == '"':
            end = self._after_string(0)
        elif first and first in "{[":
            end = self._after_nested()
        else:
            end = self._after_plain()
        self._at = end
        return self._text[:end]

    def _after_string(self, at: int) -> int:
        """Where the string ends that begins there."""
        piece = _PIECE
        while (found := _STRING.match(self._text, at)) is None:
            self._need(piece)
            piece *= 2  # so that a long string is not looked through again and again
        return found.end()

    def _after_nested(self) -> int:
        depth, at = 0, 0
        while True:
            found = _STRUCTURE.search(self._text, at)
            if found is None:
                at = len(self._text)
                self._need()
                continue
            at = found.end()
            if found[0] == '"':
                at = self._after_string(found.start())
            elif found[0][0] == '"':
                continue
            elif found[0] in "{[":
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    return at

    def _after_plain(self) -> int:
        at = 0
        while True:
            while at < len(self._text):
                if self._text[at] in ",:]}" or self._text[at] in _SPACE:
                    return at
                at += 1
            if not self._more():
                return at

    def _need(self, size: int = _PIECE) -> None:
        if not self._more(size):
            raise BadJson("the file ends in the middle")

    def _more(self, size: int = _PIECE) -> bool:
        if len(self._text) > MAX_ITEM:
            raise BadJson("one element is too large")
        try:
            while raw := self._file.read(size):
                if piece := self._decoder.decode(raw):
                    self._text += piece
                    return True
            self._text += self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise BadJson("not UTF-8") from None
        return False
