"""A document inside the JSON of a request, made piece by piece, so that no document is in memory as a whole.

The first document wants ``"base64,"`` and the content in base 64, or, of an HTML text, the text itself (section 3.2).
"""

import base64
import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_bridge.providers.documents import Content

PREFIX = "base64,"


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request. ``pieces`` may be called more than once."""

    size: int
    pieces: Callable[[], Iterator[bytes]] = field(repr=False)


def with_file(told: Mapping[str, Any], content: Content, *, as_text: bool) -> Body:
    """JSON with the content under ``file``: as the text that it is, or in base 64, as what is no text goes anyway."""
    head = json.dumps(dict(told)).removesuffix("}").encode()
    head += (b", " if told else b"") + b'"file": "'
    coded = len(PREFIX) + 4 * ((content.size + 2) // 3)
    size = _size_as_text(content) if as_text else None
    # A text that is all quotes would not fit into a request that it fits into in base 64.
    if size is not None and size <= coded:
        return Body(len(head) + size + 2, lambda: _around(head, _as_text(content.pieces())))
    return Body(len(head) + coded + 2, lambda: _around(head, _in_base64(content.pieces())))


def _size_as_text(content: Content) -> int | None:
    """The bytes that it takes as a text inside JSON; None when it is no text in UTF-8."""
    try:
        return sum(map(len, _as_text(content.pieces())))
    except UnicodeDecodeError:
        return None


def _around(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces
    yield b'"}'


def _in_base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield PREFIX.encode()
    left = b""
    for piece in pieces:
        left += piece
        whole = len(left) - len(left) % 3
        yield base64.b64encode(left[:whole])
        left = left[whole:]
    yield base64.b64encode(left)


def _as_text(pieces: Iterable[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for piece in pieces:
        yield _inside_quotes(decoder.decode(piece))
    yield _inside_quotes(decoder.decode(b"", final=True))


def _inside_quotes(text: str) -> bytes:
    """A text as JSON has it. In UTF-8: escaped, letters of other alphabets would take three times the room."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode()
