"""Tokens of LTI 1.3: what is signed is believed, and nothing else is."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

from lti_bridge import jose
from lti_bridge.jose import TokenProblem
from tests.world13 import peer

ME = "bridge-at-campus"
RS256 = ("RS256",)


def good_claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": "https://lms.example.edu", "aud": ME, "iat": now, "exp": now + 60} | more


def believe(compact: str, algorithms: tuple[str, ...] = RS256) -> dict[str, Any]:
    token = jose.read(compact, algorithms)
    return jose.claims_of(token, peer().private.public_key())


def refused(compact: str, algorithms: tuple[str, ...] = RS256) -> str:
    with pytest.raises(TokenProblem) as caught:
        believe(compact, algorithms)
    return caught.value.code


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_token(header: bytes | dict[str, Any], payload: bytes | dict[str, Any]) -> str:
    """A token with a right signature over whatever is given."""
    parts = [b64(each if isinstance(each, bytes) else json.dumps(each).encode()) for each in (header, payload)]
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(
        ".".join(parts).encode(), peer().private
    )
    return ".".join((*parts, b64(signature)))


def test_what_was_signed_is_read_back() -> None:
    claims = good_claims(name="Bob Ünïcode", nested={"a": [1, None, True]})
    assert believe(jose.sign(claims, peer().private, peer().kid)) == claims


def test_another_library_believes_what_we_sign() -> None:
    compact = jose.sign(good_claims(), peer().private, peer().kid)
    key = RSAKey.import_key(peer().jwk)
    assert json.loads(jws.deserialize_compact(compact, key, algorithms=["RS256"]).payload)["aud"] == ME


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "RS512", "PS256", "rs256"])
def test_only_the_algorithms_of_the_registration_are_taken(algorithm: str) -> None:
    """T13-BAD-21, T13-BAD-22: the header decides nothing."""
    assert refused(raw_token({"alg": algorithm, "kid": "k"}, good_claims())) == "bad_algorithm"


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """T13-BAD-22, CVE-2016-10555."""
    pem = (
        peer()
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head, body = b64(b'{"alg":"HS256","kid":"k"}'), b64(json.dumps(good_claims()).encode())
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(f"{head}.{body}".encode(), pem)
    assert refused(f"{head}.{body}.{b64(signature)}", ("RS256", "HS256")) == "bad_algorithm"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "RS256"}, "no_kid"),
        ({"alg": "RS256", "kid": ""}, "no_kid"),
        ({"alg": "RS256", "kid": 7}, "bad_kid"),
        ({"alg": "RS256", "kid": ["k"]}, "bad_kid"),
        ({"alg": "RS256", "kid": "k" * 256}, "bad_kid"),
        ({"alg": "RS256", "kid": "k", "crit": ["exp"]}, "critical_header"),
        ({"alg": "RS256", "kid": "k", "crit": []}, "critical_header"),
        ({"alg": ["RS256"], "kid": "k"}, "bad_algorithm"),
        ({"kid": "k"}, "bad_algorithm"),
    ],
)
def test_a_header_that_is_not_understood_is_refused(header: dict[str, Any], code: str) -> None:
    """T13-BAD-01, T13-BAD-25, SEC-J4, SEC-J9."""
    assert refused(raw_token(header, good_claims())) == code


def test_a_key_in_the_token_is_ignored() -> None:
    """T13-BAD-23, CVE-2018-0114: the signature is right for the key that the token brings, and for no key of ours."""
    stranger = peer("stranger")
    compact = jwt.encode(
        good_claims(),
        stranger.private,
        algorithm="RS256",
        headers={"kid": peer().kid, "jwk": stranger.jwk, "jku": "https://evil.example/keys"},
    )
    assert refused(compact) == "bad_signature"


@pytest.mark.parametrize(
    "compact",
    [
        "",
        "a",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "..",
        "a..c",
        "ä.b.c",
        "a b.c.d",
        "e30.e30.",
        "=.=.=",
        f"{b64(b'[]')}.{b64(b'{}')}.c",
        f"{b64(b'nonsense')}.{b64(b'{}')}.c",
    ],
)
def test_what_is_no_token_is_refused(compact: str) -> None:
    """T13-BAD-34."""
    assert refused(compact) == "not_a_token"


def test_a_huge_token_is_refused_unread() -> None:
    """T13-BAD-34."""
    assert refused("a" * 1_000_000) == "token_too_large"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss":"a","iss":"b"}',
        b'{"a":{"b":1,"b":2}}',
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b"[1,2]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
)
def test_a_payload_that_two_readers_could_read_in_two_ways_is_refused(payload: bytes) -> None:
    """T13-BAD-34, S8: the signature is right."""
    compact = raw_token({"alg": "RS256", "kid": "k"}, payload)
    assert refused(compact) in ("not_a_token", "token_too_large")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_at_all_bring_another_exception(raw: bytes) -> None:
    for compact in (raw.decode("latin-1"), f"{b64(raw)}.{b64(raw)}.{b64(raw)}", raw_token(raw, raw)):
        with pytest.raises(TokenProblem):
            believe(compact)


def test_a_changed_claim_breaks_the_signature() -> None:
    head, _body, signature = jose.sign(good_claims(), peer().private, peer().kid).split(".")
    changed = b64(json.dumps(good_claims(sub="somebody else")).encode())
    assert refused(f"{head}.{changed}.{signature}") == "bad_signature"


def test_a_key_of_another_kind_is_refused() -> None:
    """T13-BAD-24."""
    curve = ec.generate_private_key(ec.SECP256R1())
    token = jose.read(jose.sign(good_claims(), peer().private, peer().kid), RS256)
    with pytest.raises(TokenProblem) as caught:
        jose.claims_of(token, curve.public_key())
    assert caught.value.code == "wrong_key_type"


def test_a_weak_key_is_refused() -> None:
    """T13-BAD-24: 1024 bits."""
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 (that is the point)
    token = jose.read(jose.sign(good_claims(), peer().private, "k"), RS256)
    with pytest.raises(TokenProblem) as caught:
        jose.claims_of(token, weak.public_key())
    assert caught.value.code == "wrong_key_type"


def test_elliptic_curves_are_taken_where_the_registration_lists_them() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    compact = jwt.encode(good_claims(), curve, algorithm="ES256", headers={"kid": "k"})
    assert jose.claims_of(jose.read(compact, ("ES256",)), curve.public_key())["aud"] == ME
    assert refused(compact) == "bad_algorithm"


# --- times ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"iat": 11111, "exp": 22222}, "expired"),
        ({"iat": 0, "exp": -60}, "expired"),
        ({"iat": 61, "exp": 200}, "issued_in_future"),
        ({"iat": 600, "exp": 1200}, "issued_in_future"),
        ({"iat": -661, "exp": 10**6}, "too_old"),
        ({"iat": -3600, "exp": 10**9}, "too_old"),
        ({"iat": 0, "exp": 60, "nbf": 61}, "not_yet_valid"),
    ],
)
def test_a_token_for_another_time_is_refused_with_the_measured_difference(times: dict[str, int], code: str) -> None:
    """T13-BAD-07, T13-BAD-17; small numbers count from now."""
    now = 1_800_000_000.0
    claims = {name: value + now if value not in (11111, 22222) else value for name, value in times.items()}
    with pytest.raises(TokenProblem) as caught:
        jose.check_times(claims, now)
    assert caught.value.code == code
    assert caught.value.skew == round(claims["iat"] - now)


@pytest.mark.parametrize("times", [{"iat": -60, "exp": -59}, {"iat": 60, "exp": 120}, {"iat": -660, "exp": 0}])
def test_clocks_may_differ_by_a_minute(times: dict[str, int]) -> None:
    now = 1_800_000_000.0
    jose.check_times({name: value + now for name, value in times.items()}, now)


@pytest.mark.parametrize("value", ["1800000000", True, [], {}, None, float("inf"), float("nan"), 10**400, 1e308])
@pytest.mark.parametrize("name", ["exp", "iat"])
def test_times_of_other_types_are_refused(name: str, value: Any) -> None:
    """T13-BAD-18."""
    now = time.time()
    with pytest.raises(TokenProblem) as caught:
        jose.check_times({"iat": now, "exp": now + 60} | {name: value}, now)
    assert caught.value.code == ("missing_time" if value is None else "bad_time")


# --- audience -------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [{"aud": ME}, {"aud": [ME]}, {"aud": ME, "azp": ME}, {"aud": [ME, ME], "azp": ME}])
def test_a_token_for_us_alone_is_taken(told: dict[str, Any]) -> None:
    jose.check_audience(told, ME)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "wrong_audience"),
        ({"aud": "other"}, "wrong_audience"),
        ({"aud": []}, "wrong_audience"),
        ({"aud": {ME: 1}}, "wrong_audience"),
        ({"aud": f"{ME} other"}, "wrong_audience"),
        ({"aud": ME.upper()}, "wrong_audience"),
        ({"aud": [ME, "other"], "azp": ME}, "foreign_audience"),
        ({"aud": [ME, 7], "azp": ME}, "foreign_audience"),
        ({"aud": ME, "azp": "other"}, "wrong_azp"),
        ({"aud": ME, "azp": None}, "wrong_azp"),
        ({"aud": [ME, ME]}, "wrong_azp"),
    ],
)
def test_a_token_for_others_is_refused(told: dict[str, Any], code: str) -> None:
    """T13-BAD-13, T13-BAD-14, T13-BAD-15."""
    with pytest.raises(TokenProblem) as caught:
        jose.check_audience(told, ME)
    assert caught.value.code == code


# --- key sets -------------------------------------------------------------------------------


def test_keys_are_found_by_their_names() -> None:
    keys = jose.public_keys({"keys": [peer().jwk, peer("other").jwk]})
    assert set(keys) == {peer().kid, peer("other").kid}
    assert jose.fits(keys[peer().kid], "RS256") and not jose.fits(keys[peer().kid], "ES256")


@pytest.mark.parametrize(
    "bad",
    [
        {"kty": "oct", "kid": "x", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "x", "n": "!!", "e": "AQAB"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "x"},
        {"kid": "x"},
        "text",
        None,
        7,
    ],
)
def test_one_bad_key_does_not_keep_the_others_from_working(bad: Any) -> None:
    assert set(jose.public_keys({"keys": [bad, peer().jwk]})) == {peer().kid}


@pytest.mark.parametrize("more", [{"use": "enc"}, {"alg": "RSA-OAEP"}, {"alg": "HS256"}, {"d": "AQAB"}, {"kid": 7}])
def test_keys_for_other_uses_are_passed_over(more: dict[str, Any]) -> None:
    assert jose.public_keys({"keys": [peer().jwk | more]}) == {}


@pytest.mark.parametrize("key_set", [None, [], "x", {}, {"keys": None}, {"keys": {}}, {"keys": "x"}])
def test_what_is_no_key_set_has_no_keys(key_set: Any) -> None:
    assert jose.public_keys(key_set) == {}


def test_of_two_keys_with_one_name_the_first_counts() -> None:
    """A name is never used again for another key; nobody can put a second one behind it."""
    second = peer("other").jwk | {"kid": peer().kid}
    keys = jose.public_keys({"keys": [peer().jwk, second]})
    assert keys[peer().kid].public_numbers() == peer().private.public_key().public_numbers()
