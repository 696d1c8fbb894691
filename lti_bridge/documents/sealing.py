"""Pieces of a document's content, sealed with the document's own key.

Which document a piece belongs to, its number and whether it is the last are sealed in, so that pieces cannot be
swapped, left out, cut off or moved to another document without it showing.
"""

import base64
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lti_bridge.errors import ContentDamaged

_NONCE = 12
_KEY_BITS = 256


def new_key() -> str:
    """A key for one document, as its ``secret`` keeps it."""
    return base64.b64encode(AESGCM.generate_key(_KEY_BITS)).decode()


class Seal:
    """Seals and opens the pieces of one document."""

    def __init__(self, document_id: int, key: str) -> None:
        self._document_id = document_id
        self._cipher = AESGCM(base64.b64decode(key))

    def close(self, number: int, piece: bytes, *, last: bool) -> bytes:
        """A sealed piece, under a nonce of its own."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, piece, self._bound(number, last=last))

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """The piece. Raises ``ContentDamaged`` when it is not the one that was sealed as this."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(number, last=last))
        except (InvalidTag, ValueError):
            raise ContentDamaged(f"piece {number} of document {self._document_id}") from None

    def _bound(self, number: int, *, last: bool) -> bytes:
        return struct.pack(">QQ?", self._document_id, number, last)
