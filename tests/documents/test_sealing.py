"""Sealed pieces: whatever is done to them in the database, nothing else comes out than what went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.documents.sealing import Seal, new_key
from lti_bridge.errors import ContentDamaged

NUMBERS = st.integers(min_value=0, max_value=2**31)


@given(st.binary(max_size=300), NUMBERS, NUMBERS, st.booleans())
def test_what_was_sealed_comes_out_again(piece: bytes, document: int, number: int, last: bool) -> None:
    seal = Seal(document, new_key())
    assert seal.open(number, seal.close(number, piece, last=last), last=last) == piece


@given(st.binary(min_size=24, max_size=300), NUMBERS)
def test_nothing_of_it_can_be_read(piece: bytes, number: int) -> None:
    sealed = Seal(1, new_key()).close(number, piece, last=True)
    assert piece[:16] not in sealed and sealed != Seal(1, new_key()).close(number, piece, last=True)


@given(st.binary(max_size=100), NUMBERS, NUMBERS, st.booleans())
def test_a_piece_in_another_place_is_refused(piece: bytes, number: int, other: int, last: bool) -> None:
    key = new_key()
    sealed = Seal(7, key).close(number, piece, last=last)
    wrong = [(Seal(8, key), number, last), (Seal(7, new_key()), number, last), (Seal(7, key), number, not last)]
    if other != number:
        wrong.append((Seal(7, key), other, last))
    for seal, at, ends in wrong:
        with pytest.raises(ContentDamaged):
            seal.open(at, sealed, last=ends)


@given(st.binary(max_size=100), st.data())
def test_a_changed_byte_is_refused(piece: bytes, data: st.DataObject) -> None:
    seal = Seal(7, new_key())
    sealed = bytearray(seal.close(0, piece, last=True))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ContentDamaged):
        seal.open(0, bytes(sealed), last=True)


@given(st.integers(0, 27))
def test_a_piece_that_was_cut_is_refused(length: int) -> None:
    seal = Seal(7, new_key())
    with pytest.raises(ContentDamaged):
        seal.open(0, seal.close(0, b"some text", last=True)[:length], last=True)
