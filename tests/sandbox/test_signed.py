"""Signed tokens between strangers."""

import time
from typing import Any

import pytest
from joserfc.errors import BadSignatureError

from lti_bridge import http
from lti_bridge.sandbox import signed
from lti_bridge.sandbox.models import PartyKey
from tests.sandbox.peers import publish, read, sign

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:8000/keys"


def now() -> dict[str, int]:
    return {"iat": int(time.time()), "exp": int(time.time()) + 60}


def test_a_party_keeps_its_key() -> None:
    assert read(signed.sign("lms", {"a": 1}), signed.key_set("lms")) == {"a": 1}
    assert signed.key_set("lms") == signed.key_set("lms")
    assert PartyKey.objects.count() == 1


def test_parties_have_keys_of_their_own() -> None:
    assert signed.key_set("lms") != signed.key_set("isograd")
    assert set(signed.key_set("lms")["keys"][0]) == {"kty", "kid", "alg", "use", "n", "e"}


def test_a_rotation_without_overlap_shows_the_new_key_alone() -> None:
    new = signed.key_set("lms", generation=1)
    assert len(new["keys"]) == 1
    assert new["keys"][0]["kid"] != signed.key_set("lms")["keys"][0]["kid"]
    assert read(signed.sign("lms", {"a": 1}, generation=1), new) == {"a": 1}


def test_a_token_can_be_signed_with_a_wrong_key() -> None:
    with pytest.raises(BadSignatureError):
        read(signed.sign("lms", {"a": 1}, with_wrong_key=True), signed.key_set("lms"))


def test_somebody_elses_token_is_believed_by_their_key_set(monkeypatch: Any) -> None:
    publish(monkeypatch, **{"/keys": "bridge"})
    assert signed.believe(sign("bridge", now() | {"iss": "b"}), URL)["iss"] == "b"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (lambda: sign("mallory", now()), "There is no key key-of-mallory"),
        (lambda: sign("mallory", now(), kid="key-of-bridge"), "signature"),
        (lambda: sign("bridge", {"iat": 1, "exp": 2}), "ended"),
        (lambda: "a.b", "three parts"),
    ],
    ids=["unknown key", "another key", "late", "no token"],
)
def test_a_token_that_is_not_theirs_is_not_believed(monkeypatch: Any, token: Any, why: str) -> None:
    publish(monkeypatch, **{"/keys": "bridge"})
    with pytest.raises(signed.NotBelieved, match=why):
        signed.believe(token(), URL)


def test_without_their_key_set_nothing_is_believed(monkeypatch: Any) -> None:
    def silent(_url: str) -> http.Answer:
        raise http.HttpProblem("timeout", "127.0.0.1 does not answer")

    monkeypatch.setattr(http, "get", silent)
    with pytest.raises(signed.NotBelieved, match="out of reach"):
        signed.believe(sign("bridge", now()), URL)


def test_a_page_in_place_of_a_key_set_is_none(monkeypatch: Any) -> None:
    monkeypatch.setattr(http, "get", lambda _url: http.Answer(404, {}, b"<html>", 0.0))
    with pytest.raises(signed.NotBelieved, match="cannot be read"):
        signed.believe(sign("bridge", now()), URL)
