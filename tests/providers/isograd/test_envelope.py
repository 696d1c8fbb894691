"""The envelope of Isograd's answers: read generously, never guessed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from lti_bridge.http import Answer
from lti_bridge.providers.isograd.envelope import NotAnAnswer, read_envelope

API = "https://app.isograd.com/api/usage"


def an_answer(body, status=200, content_type="application/json", **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, CaseInsensitiveDict({"Content-Type": content_type, **headers}), raw, 0.1)


def read(body, status=200, may_redirect=False, **more):
    return read_envelope(an_answer(body, status, **more), API, may_redirect=may_redirect)


def refused(*args, **kwargs):
    with pytest.raises(NotAnAnswer) as problem:
        read(*args, **kwargs)
    return problem.value.code


@pytest.mark.parametrize("success", [True, 1, "true", "True", "1", " TRUE "])
def test_success_is_true_in_each_of_its_spellings(success):
    envelope = read({"success": success, "error_message": None, "can_id": 7})
    assert (envelope.success, envelope.values["can_id"], envelope.code) == (True, 7, "")


@pytest.mark.parametrize("success", [False, 0, "false", "0", ""])
def test_an_http_200_with_success_false_is_an_error(success):
    envelope = read({"success": success, "error_code": 301, "error_message": "You have no more credits"})
    assert (envelope.success, envelope.code, envelope.message) == (False, "301", "You have no more credits")


def test_an_error_code_without_success_is_an_error():
    assert read({"error_code": "301"}).code == "301"


@pytest.mark.parametrize("status", [200, 400, 403, 404, 422])
def test_an_error_is_one_with_any_status(status):
    assert read({"success": False, "error_code": 106}, status).code == "106"


@pytest.mark.parametrize("code", [None, "", "E1", True, 0, -1, [301], 1.5])
def test_what_is_no_error_code_is_none(code):
    assert read({"success": False, "error_code": code}).code == ""


def test_the_answer_is_kept_word_for_word():
    body = b'\xef\xbb\xbf{ "success":true, "num_val":1.50 }'
    assert read(body).raw == '{ "success":true, "num_val":1.50 }'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Log in</title>",
        b"Internal error",
        b"\xff\xfe",
        b"{",
        b"null",
        b"[]",  # an empty PHP array at the top says nothing
        b"[1]",
        b'"success"',
        b"{}",
        b'{"success": null}',
        b'{"success": "maybe"}',
        b'{"success": 2}',
        b'{"success": [true]}',
        b'{"success": true, "num_val": NaN}',
        b'{"success": true, "num_val": Infinity}',
        b"[" * 100_000,
        b'{"success": true, "a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: body[:20],
)
def test_what_is_no_envelope_is_no_answer(body):
    assert refused(body) == "not_an_answer"


@pytest.mark.parametrize(("status", "code"), [(500, "server_error"), (503, "server_error"), (429, "busy")])
def test_a_server_that_fails_gives_no_answer_whatever_it_says(status, code):
    assert refused({"success": True}, status) == code


def test_a_failure_that_calls_itself_a_success_is_no_answer():
    assert refused({"success": True}, 400) == "not_an_answer"


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_a_redirection_is_no_answer_where_none_was_asked_for(status):
    assert refused(b"", status, Location="https://app.isograd.com/login") == "redirected"


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_actions_that_redirect_give_the_address(status):
    envelope = read(b"", status, may_redirect=True, content_type="text/html", Location="/login?param=x")
    assert envelope.url == "https://app.isograd.com/login?param=x"
    assert envelope.values == {"success": True, "location": envelope.url}


@pytest.mark.parametrize("location", ["", "javascript:alert(1)", "ftp://x/", "http://", "https://[x", API])
def test_a_redirection_to_nowhere_is_no_answer(location):
    assert refused(b"", 302, may_redirect=True, Location=location) == "redirected"


@pytest.mark.parametrize("name", ["url", "lgn_url", "location"])
def test_actions_that_redirect_may_answer_with_json_instead(name):
    assert read({"success": True, name: "https://app.isograd.com/x"}, may_redirect=True).url.endswith("/x")


def test_an_address_that_is_none_is_not_followed():
    assert read({"success": True, "url": "javascript:alert(1)"}, may_redirect=True).url == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["success", "error_code", "error_message", "tst_url", "can_id", "location"]) | st.text()
BODIES = st.dictionaries(NAMES, JSON, max_size=6).map(lambda each: json.dumps(each).encode()) | st.binary(max_size=200)


@given(BODIES, st.sampled_from([200, 201, 302, 400, 401, 404, 429, 500, 503]), st.booleans())
def test_whatever_comes_it_is_an_envelope_or_no_answer(body, status, may_redirect):
    try:
        envelope = read(body, status, may_redirect=may_redirect, Location="/somewhere")
    except NotAnAnswer as problem:
        assert problem.code in ("not_an_answer", "redirected", "server_error", "busy")
        return
    assert isinstance(envelope.values, dict)
    assert json.loads(envelope.raw) == envelope.values
    assert envelope.code == "" or envelope.code.isdigit()
    assert not (envelope.success and envelope.code)
    assert envelope.url == "" or envelope.url.startswith(("http://", "https://"))
    if envelope.success and status < 300:
        assert str(envelope.values["success"]).strip().lower() in ("true", "1")
