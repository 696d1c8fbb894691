"""A large file is read element by element, whatever stands in it and wherever it is cut."""

import io
import json
import tempfile
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_bridge.providers import json_stream
from lti_bridge.providers.json_stream import BadJson, fields_of, items_of

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


def file_of(value, **how):
    return io.BytesIO(json.dumps(value, **how).encode())


@settings(max_examples=150, deadline=None)
@given(st.lists(ANYTHING, max_size=5), st.dictionaries(st.text(max_size=8), ANYTHING, max_size=4), st.integers(1, 9))
def test_what_was_written_is_read_wherever_the_file_is_cut(items, others, piece):
    others.pop("list", None)
    keep, json_stream._PIECE = json_stream._PIECE, piece
    try:
        for how in ({}, {"indent": 1}, {"ensure_ascii": False}):
            file = file_of({**others, "list": items}, **how)
            assert list(items_of(file, "list")) == items
            assert fields_of(file, "list") == others
    finally:
        json_stream._PIECE = keep


def test_a_file_that_is_a_list_is_read_as_one():
    file = file_of([{"a": 1}, {"a": 2}])
    assert list(items_of(file, "list")) == [{"a": 1}, {"a": 2}]
    assert fields_of(file, "list") == {}


def test_what_stands_after_the_list_is_found():
    file = file_of({"list": [1, 2], "maximum": 10.10})
    assert fields_of(file, "list") == {"maximum": Decimal("10.1")}


def test_a_mark_of_the_byte_order_is_passed_over():
    assert list(items_of(io.BytesIO(b"\xef\xbb\xbf[1]"), "list")) == [1]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nothing",
        b"<html>busy</html>",
        b'{"list": [1, 2',
        b'{"list": ["no end',
        b'{"list": [1 2]}',
        b'{"list" [1]}',
        b'{"list": [1]} and more',
        b'{"list": [NaN]}',
        b'{"list": ["\xff"]}',
        b'{"list": [1], }',
        b"{",
    ],
)
def test_what_is_not_json_is_refused(raw):
    with pytest.raises(BadJson):
        list(items_of(io.BytesIO(raw), "list"))


def test_one_element_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(json_stream, "MAX_ITEM", 10_000)
    with pytest.raises(BadJson):
        list(items_of(file_of({"list": ["x" * 2_000_000]}), "list"))


def test_a_large_file_is_never_in_memory_as_a_whole():
    with tempfile.TemporaryFile() as file:
        file.write(b'{"list": [')
        essay = json.dumps({"essay": "<p>words</p>" * 4000}).encode()
        file.write(b",".join([essay] * 600))
        file.write(b'], "maximum": 10}')
        size = file.tell()
        tracemalloc.start()
        try:
            assert sum(1 for _each in items_of(file, "list")) == 600
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size > 25_000_000
    assert most < 6_000_000
