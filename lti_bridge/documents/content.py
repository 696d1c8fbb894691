"""The content of a document in its rows: written piece by piece as it arrives, read piece by piece."""

import hashlib
import io
from collections.abc import Iterator

from lti_bridge.documents import pieces
from lti_bridge.documents.sealing import Seal
from lti_bridge.errors import ContentDamaged
from lti_bridge.models import Document

#: Bytes of one piece; the last one may be shorter.
PIECE = 1 << 20


class Writer:
    """Takes bytes in any portions, and keeps them as pieces; counts them and sums them up on the way."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seal = Seal(document.pk, document.secret["key"])
        self._sum = hashlib.sha256()
        self._waiting = bytearray()
        self._number = 0
        self.size = 0

    def write(self, portion: bytes) -> None:
        """Take some bytes. A piece is kept when the next one begins: then it is known not to be the last."""
        self.size += len(portion)
        self._sum.update(portion)
        self._waiting += portion
        while len(self._waiting) > PIECE:
            self._keep(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def close(self) -> str:
        """Keep the last piece. Gives the SHA-256 of everything."""
        self._keep(bytes(self._waiting), last=True)
        self._waiting.clear()
        return self._sum.hexdigest()

    def _keep(self, piece: bytes, *, last: bool) -> None:
        sealed = self._seal.close(self._number, piece, last=last)
        pieces.keep(self._document.pk, self._number, sealed)
        self._number += 1


class KeptContent:
    """What ``Documents`` gets to bring to a provider: the content of a document that is here as a whole.

    Raises ``ContentDamaged`` where a piece is not what was kept.
    """

    def __init__(self, document: Document) -> None:
        if "key" not in document.secret:
            raise ContentDamaged(f"document {document.pk} is kept no longer")
        self._document_id = document.pk
        self._seal = Seal(document.pk, document.secret["key"])
        self.size = document.size

    def pieces(self) -> Iterator[bytes]:
        """The content from its beginning, in order, one query for each piece; no cursor stays open in between."""
        for number in range(self._count):
            yield self.piece(number)

    def piece(self, number: int) -> bytes:
        """One piece."""
        sealed = pieces.read(self._document_id, number)
        if sealed is None:
            raise ContentDamaged(f"piece {number} of document {self._document_id} is missing")
        last = number == self._count - 1
        piece = self._seal.open(number, sealed, last=last)
        if len(piece) != (self.size - number * PIECE if last else PIECE):
            raise ContentDamaged(f"piece {number} of document {self._document_id} has another length")
        return piece

    @property
    def _count(self) -> int:
        return max(1, -(-self.size // PIECE))


class Seekable(io.RawIOBase):
    """The same content as a file that can be read from any place, with one piece in memory."""

    def __init__(self, content: KeptContent) -> None:
        self._content = content
        self._at = 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, into: "bytearray | memoryview") -> int:  # type: ignore[override]  # typeshed wants any buffer
        if self._at >= self._content.size:
            return 0
        number, offset = divmod(self._at, PIECE)
        if number != self._number:
            self._number, self._piece = number, self._content.piece(number)
        portion = self._piece[offset : offset + len(into)]
        into[: len(portion)] = portion
        self._at += len(portion)
        return len(portion)
