"""Contents of documents, and what an activity asks for."""

from collections.abc import Iterator
from dataclasses import dataclass

PARAMETERS = {"documentLanguage": "en"}


@dataclass(frozen=True)
class Paper:
    """Some content, in pieces of any size."""

    content: bytes = b"Trade towns"
    piece: int = 4

    @property
    def size(self) -> int:
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), self.piece):
            yield self.content[start : start + self.piece]
