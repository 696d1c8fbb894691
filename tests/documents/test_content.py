"""Content in rows: written in any portions, read piece by piece and from any place, refused when rows were touched."""

import io
import random
import tracemalloc

import pytest
from django.db.models import F

from lti_bridge.documents import sealing
from lti_bridge.documents.content import PIECE, KeptContent, Seekable, Writer
from lti_bridge.errors import ContentDamaged
from lti_bridge.models import Document, DocumentPiece
from tests.documents.desk import Desk

pytestmark = pytest.mark.django_db


def written(desk: Desk, content: bytes, *, portion: int = 100_000, reference: str = "r1") -> Document:
    desk.launch()
    document = Document.objects.create(
        attempt=desk.attempt(), reference=reference, secret={"key": sealing.new_key()}, size=len(content)
    )
    writer = Writer(document)
    for start in range(0, len(content), portion):
        writer.write(content[start : start + portion])
    writer.close()
    assert writer.size == len(content)
    return document


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
@pytest.mark.parametrize("portion", [PIECE, 3 * PIECE, 65_521])
def test_what_is_written_is_read(desk: Desk, size: int, portion: int) -> None:
    content = KeptContent(written(desk, noise(size), portion=portion))
    for _again in range(2):
        assert b"".join(content.pieces()) == noise(size)


def test_it_can_be_read_from_any_place(desk: Desk) -> None:
    whole = noise(2 * PIECE + 100)
    file = io.BufferedReader(Seekable(KeptContent(written(desk, whole))))
    for at, length in [(0, 5), (PIECE - 3, 7), (2 * PIECE + 90, 100), (10, PIECE), (len(whole), 5)]:
        file.seek(at)
        assert file.read(length) == whole[at : at + length]
    file.seek(-4, io.SEEK_END)
    assert file.read() == whole[-4:]


def _swap(document: Document) -> None:
    DocumentPiece.objects.filter(number=0).update(number=9)
    DocumentPiece.objects.filter(number=1).update(number=0)
    DocumentPiece.objects.filter(number=9).update(number=1)


def _drop(document: Document) -> None:
    DocumentPiece.objects.filter(number=0).delete()
    DocumentPiece.objects.update(number=F("number") - 1)


def _cut(document: Document) -> None:
    """As if it had ended after the first piece."""
    DocumentPiece.objects.filter(number__gt=0).delete()
    document.size = PIECE


def _shorten(document: Document) -> None:
    document.size -= 1


@pytest.mark.parametrize("touch", [_swap, _drop, _cut, _shorten])
def test_rows_that_were_touched_are_refused(desk: Desk, touch) -> None:
    document = written(desk, noise(2 * PIECE + 7))
    touch(document)
    with pytest.raises(ContentDamaged):
        list(KeptContent(document).pieces())


def test_a_piece_of_another_document_is_refused(desk: Desk) -> None:
    mine, other = written(desk, noise(PIECE + 5)), written(desk, noise(PIECE + 5), reference="r2")
    foreign = DocumentPiece.objects.get(document=other, number=0)
    DocumentPiece.objects.filter(document=mine, number=0).update(sealed=foreign.sealed)
    with pytest.raises(ContentDamaged):
        list(KeptContent(mine).pieces())


def test_content_without_its_key_is_gone(desk: Desk) -> None:
    document = written(desk, b"x")
    document.secret = {}
    with pytest.raises(ContentDamaged):
        KeptContent(document)


def test_a_few_pieces_are_in_memory_and_not_the_whole(desk: Desk) -> None:
    desk.launch()
    document = Document.objects.create(attempt=desk.attempt(), reference="r1", secret={"key": sealing.new_key()})
    writer, portion = Writer(document), noise(1 << 18)
    tracemalloc.start()
    for _ in range(4 * 24):
        writer.write(portion)
    writer.close()
    document.size = writer.size
    assert sum(map(len, KeptContent(document).pieces())) == 24 * PIECE
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * PIECE
