"""Tokens that must not be believed: each made of good claims, and with the reason code that refuses it.

``TOKENS`` are wrong as tokens: any JOSE library must refuse them too. ``CLAIMS`` are signed rightly and say something
wrong: they are wrong for LTI, or for us.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.world13 import CLAIM, CLIENT_ID, ISSUER, peer

Claims = dict[str, Any]


@dataclass(frozen=True)
class Forgery:
    """``make`` turns good claims into the token. ``only``: the one message type that it makes sense for."""

    name: str
    code: str
    make: Callable[[Claims], str]
    only: str = ""


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_token(header: bytes | Claims, payload: bytes | Claims, key: rsa.RSAPrivateKey | None = None) -> str:
    """A right signature over whatever is given."""
    parts = [b64(each if isinstance(each, bytes) else json.dumps(each).encode()) for each in (header, payload)]
    rs256 = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signature = rs256.sign(".".join(parts).encode(), key or peer().private)
    return ".".join((*parts, b64(signature)))


def with_header(**headers: Any) -> Callable[[Claims], str]:
    """A right signature under a header that says something else; ``None`` leaves a member out."""
    told = {"typ": "JWT", "alg": "RS256", "kid": peer().kid} | headers
    header = {name: value for name, value in told.items() if value is not None}
    return lambda claims: raw_token(header, claims)


def but(**changed: Any) -> Callable[[Claims], str]:
    """Rightly signed, with other claims; short names are LTI's, ``None`` leaves one out."""

    def make(claims: Claims) -> str:
        told = claims | {(f"{CLAIM}{name}" if f"{CLAIM}{name}" in claims else name): v for name, v in changed.items()}
        return peer().sign({name: value for name, value in told.items() if value is not None})

    return make


def at(**seconds: float) -> Callable[[Claims], str]:
    """Rightly signed, with times so many seconds from now."""
    return lambda claims: peer().sign(claims | {name: int(time.time() + value) for name, value in seconds.items()})


def as_text(*replaced: tuple[str, str]) -> Callable[[Claims], str]:
    """Rightly signed JSON after changes that no JSON library would make."""

    def make(claims: Claims) -> str:
        text = json.dumps(claims)
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new, 1)
        return raw_token({"alg": "RS256", "kid": peer().kid}, text.encode())

    return make


@cache
def weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 (that is the point)


@cache
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_set() -> dict[str, Any]:
    """The platform's keys: the one that signs, and two that cannot be used, which carry names of their own."""
    weak = jwt.algorithms.RSAAlgorithm.to_jwk(weak_key().public_key(), as_dict=True)
    curve = jwt.algorithms.ECAlgorithm.to_jwk(curve_key().public_key(), as_dict=True)
    extra = ({**weak, "kid": "weak", "use": "sig"}, {**curve, "kid": "curve", "use": "sig", "alg": "ES256"})
    return {"keys": [peer().jwk, *extra]}


def _signed_with_public_key(algorithm: str) -> Callable[[Claims], str]:
    """CVE-2016-10555: the public key, which everybody has, taken for a shared secret."""
    pem = (
        peer()
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )

    def make(claims: Claims) -> str:
        head = b64(json.dumps({"alg": algorithm, "kid": peer().kid}).encode())
        body = b64(json.dumps(claims).encode())
        hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        return f"{head}.{body}.{b64(hmac.sign(f'{head}.{body}'.encode(), pem))}"

    return make


def _unsigned(algorithm: str) -> Callable[[Claims], str]:
    def make(claims: Claims) -> str:
        return f"{b64(json.dumps({'alg': algorithm, 'kid': peer().kid}).encode())}.{b64(json.dumps(claims).encode())}."

    return make


def _by_a_stranger(**headers: Any) -> Callable[[Claims], str]:
    """Signed by a key that is not the platform's, under the name of one that is; the header may bring the key along."""
    return lambda claims: peer("stranger").sign(claims, kid=peer().kid, **headers)


def _payload_changed(claims: Claims) -> str:
    head, _body, signature = peer().sign(claims).split(".")
    return f"{head}.{b64(json.dumps(claims | {'sub': 'somebody-else'}).encode())}.{signature}"


def _signature_cut(claims: Claims) -> str:
    return peer().sign(claims)[:-6]


def _parts(pattern: str) -> Callable[[Claims], str]:
    """Something else out of the parts of a good token."""

    def make(claims: Claims) -> str:
        head, body, signature = peer().sign(claims).split(".")
        return pattern.format(head=head, body=body, signature=signature)

    return make


def _curve(claims: Claims) -> str:
    return jwt.encode(claims, curve_key(), algorithm="ES256", headers={"kid": "curve"})


def _tokens() -> Iterator[Forgery]:
    stranger = peer("stranger")
    yield Forgery("T13-BAD-01 no kid", "no_kid", with_header(kid=None))
    yield Forgery("T13-BAD-01 empty kid", "no_kid", with_header(kid=""))
    yield Forgery("T13-BAD-02 kid of no key", "unknown_kid", with_header(kid="of-no-key"))
    yield Forgery("SEC-J4 kid is a path", "unknown_kid", with_header(kid="../../../../dev/null"))
    yield Forgery("SEC-J4 kid is SQL", "unknown_kid", with_header(kid="' OR 1=1 --"))
    yield Forgery("SEC-J4 kid is an address", "unknown_kid", with_header(kid="https://evil.example/key"))
    yield Forgery("SEC-J4 kid is a number", "bad_kid", with_header(kid=7))
    yield Forgery("SEC-J4 kid is a list", "bad_kid", with_header(kid=[peer().kid]))
    yield Forgery("SEC-J4 kid too long", "bad_kid", with_header(kid="k" * 256))
    for algorithm in ("none", "None", "NONE", "nOnE", ""):
        yield Forgery(f"T13-BAD-21 alg {algorithm or 'empty'}, unsigned", "not_a_token", _unsigned(algorithm))
        yield Forgery(f"T13-BAD-21 alg {algorithm or 'empty'}", "bad_algorithm", with_header(alg=algorithm))
    for algorithm in ("HS256", "hs256", "HS512"):
        yield Forgery(f"T13-BAD-22 {algorithm} by public key", "bad_algorithm", _signed_with_public_key(algorithm))
    for algorithm in ("RS384", "RS512", "PS256", "ES256", "rs256", "RSA", 256, ["RS256"], None):
        yield Forgery(f"alg {algorithm} is not agreed", "bad_algorithm", with_header(alg=algorithm))
    yield Forgery("T13-BAD-23 jwk of the attacker", "bad_signature", _by_a_stranger(jwk=stranger.jwk))
    yield Forgery("T13-BAD-23 jku of the attacker", "bad_signature", _by_a_stranger(jku="https://evil.example/keys"))
    yield Forgery("T13-BAD-23 x5u of the attacker", "bad_signature", _by_a_stranger(x5u="https://evil.example/cert"))
    yield Forgery("T13-BAD-23 x5c of the attacker", "bad_signature", _by_a_stranger(x5c=["MIIB"]))
    yield Forgery("T13-BAD-24 EC signature", "bad_algorithm", _curve)
    yield Forgery("T13-BAD-24 kid of an EC key", "wrong_key_type", with_header(kid="curve"))
    # A weak key is passed over when a key set is read: there is no such key.
    yield Forgery(
        "T13-BAD-24 RSA with 1024 bits",
        "unknown_kid",
        lambda claims: raw_token({"alg": "RS256", "kid": "weak"}, claims, weak_key()),
    )
    yield Forgery("T13-BAD-25 crit unknown", "critical_header", with_header(crit=["http://example.edu/x"]))
    yield Forgery("T13-BAD-25 crit known", "critical_header", with_header(crit=["exp"]))
    yield Forgery("SEC-J1 signed by anybody", "bad_signature", _by_a_stranger())
    yield Forgery("payload changed", "bad_signature", _payload_changed)
    yield Forgery("signature cut", "bad_signature", _signature_cut)
    yield Forgery("no signature", "not_a_token", _parts("{head}.{body}."))
    yield Forgery("signature of one byte", "bad_signature", _parts("{head}.{body}.AA"))
    yield Forgery("T13-BAD-34 two parts", "not_a_token", _parts("{head}.{body}"))
    yield Forgery("T13-BAD-34 five parts (JWE)", "not_a_token", _parts("{head}.{body}.{signature}.{body}.{signature}"))
    yield Forgery("T13-BAD-34 not base64", "not_a_token", _parts("{head}.{body}!.{signature}"))
    yield Forgery("T13-BAD-34 padded", "not_a_token", _parts("{head}.{body}=.{signature}"))
    yield Forgery("T13-BAD-34 empty", "not_a_token", lambda _claims: "")
    yield Forgery("T13-BAD-34 100 KB", "token_too_large", but(picture="x" * 100_000))
    yield Forgery(
        "T13-BAD-34 duplicate claims", "not_a_token", as_text(('{"iss"', '{"iss": "https://evil.example", "iss"'))
    )
    yield Forgery(
        "T13-BAD-34 duplicate names below", "not_a_token", as_text(('{"id": "course', '{"id": "x", "id": "course'))
    )
    yield Forgery(
        "T13-BAD-34 not JSON", "not_a_token", lambda _: raw_token({"alg": "RS256", "kid": peer().kid}, b"{nons")
    )
    yield Forgery("T13-BAD-34 a list", "not_a_token", lambda _: raw_token({"alg": "RS256", "kid": peer().kid}, b"[1]"))
    yield Forgery(
        "T13-BAD-34 not UTF-8", "not_a_token", lambda _: raw_token({"alg": "RS256", "kid": peer().kid}, b'{"a":"\xff"}')
    )
    yield Forgery("S8 depth 10,000", "not_a_token", as_text(('{"iss"', '{"deep": ' + "[" * 10_000 + '"iss"')))


def _claims() -> Iterator[Forgery]:
    yield Forgery("T13-BAD-03 version 1.2", "wrong_version", but(version="1.2"))
    yield Forgery("T13-BAD-03 version a number", "version_missing", but(version=1.3))
    yield Forgery("T13-BAD-04 no version", "version_missing", but(version=None))
    yield Forgery("T13-BAD-05 no LTI message", "wrong_issuer", lambda _: peer().sign({"name": "badltilaunch"}))
    yield Forgery(
        "T13-BAD-06 several claims missing", "message_type_missing", but(message_type=None, roles=None, sub=None)
    )
    yield Forgery("T13-BAD-07 long ago", "expired", but(iat=11111, exp=22222))
    yield Forgery("T13-BAD-08 no message type", "message_type_missing", but(message_type=None))
    yield Forgery(
        "T13-BAD-08 message type a list", "message_type_missing", but(message_type=["LtiResourceLinkRequest"])
    )
    yield Forgery("T13-BAD-09 no roles", "roles_missing", but(roles=None), only="LtiResourceLinkRequest")
    yield Forgery("T13-BAD-10 no deployment", "deployment_missing", but(deployment_id=None))
    yield Forgery("T13-BAD-10 blank deployment", "deployment_missing", but(deployment_id="  "))
    yield Forgery("T13-BAD-10 deployment a number", "deployment_missing", but(deployment_id=2))
    yield Forgery("T13-BAD-11 no link", "link_missing", but(resource_link=None), only="LtiResourceLinkRequest")
    yield Forgery("T13-BAD-11 no id", "link_missing", but(resource_link={"title": "x"}), only="LtiResourceLinkRequest")
    yield Forgery("T13-BAD-11 id a number", "link_missing", but(resource_link={"id": 7}), only="LtiResourceLinkRequest")
    yield Forgery("T13-BAD-12 no sub", "no_user", but(sub=None))
    yield Forgery("T13-BAD-12 empty sub", "no_user", but(sub=""))
    yield Forgery("T13-BAD-12 sub a number", "no_user", but(sub=5))
    yield Forgery("T13-BAD-13 another client", "wrong_audience", but(aud="another-client"))
    yield Forgery("T13-BAD-13 no audience", "wrong_audience", but(aud=None))
    yield Forgery("T13-BAD-13 audience in other letters", "wrong_audience", but(aud=CLIENT_ID.upper()))
    yield Forgery("T13-BAD-13 audience an object", "wrong_audience", but(aud={CLIENT_ID: True}))
    yield Forgery("T13-BAD-13 an empty list", "wrong_audience", but(aud=[]))
    yield Forgery("T13-BAD-14 two audiences, no azp", "foreign_audience", but(aud=[CLIENT_ID, "another-client"]))
    yield Forgery("T13-BAD-14 azp of another", "wrong_azp", but(aud=[CLIENT_ID], azp="another-client"))
    yield Forgery("T13-BAD-14 azp a list", "wrong_azp", but(azp=[CLIENT_ID]))
    yield Forgery("T13-BAD-15 another audience too", "foreign_audience", but(aud=[CLIENT_ID, "other"], azp=CLIENT_ID))
    yield Forgery("T13-BAD-16 issuer with a slash", "wrong_issuer", but(iss=f"{ISSUER}/"))
    yield Forgery("T13-BAD-16 issuer in other letters", "wrong_issuer", but(iss=ISSUER.upper()))
    yield Forgery("T13-BAD-16 issuer a list", "wrong_issuer", as_text((f'"{ISSUER}"', f'["{ISSUER}"]')))
    yield Forgery("T13-BAD-17 from the future", "issued_in_future", at(iat=600, exp=1200))
    yield Forgery("T13-BAD-17 an hour old", "too_old", at(iat=-3600, exp=10**8))
    yield Forgery("expired", "expired", at(iat=-300, exp=-120))
    yield Forgery("not valid yet", "not_yet_valid", lambda claims: at(nbf=300)(claims))
    for value in ("1800000000", True, [], {}, 10**30):
        yield Forgery(f"T13-BAD-18 exp {value!r:.12}", "bad_time", but(exp=value))
        yield Forgery(f"T13-BAD-18 iat {value!r:.12}", "bad_time", but(iat=value))
    yield Forgery("T13-BAD-18 no exp", "missing_time", but(exp=None))
    yield Forgery("T13-BAD-18 no iat", "missing_time", but(iat=None))
    yield Forgery("T13-BAD-19 no nonce", "nonce_missing", but(nonce=None))
    yield Forgery("T13-BAD-19 another nonce", "wrong_nonce", but(nonce="another-nonce"))
    yield Forgery("T13-BAD-19 nonce a list", "nonce_missing", lambda claims: but(nonce=[claims["nonce"]])(claims))
    yield Forgery("T13-BAD-28 deployment in other letters", "deployment_changed", but(deployment_id="2 "))
    yield Forgery("T13-BAD-29 another deployment", "deployment_changed", but(deployment_id="3"))
    yield Forgery("T13-BAD-30 another target", "target_changed", but(target_link_uri=f"{ISSUER}/elsewhere"))
    yield Forgery("T13-BAD-30 no target", "target_missing", but(target_link_uri=None))
    for value in ("Learner", {"0": "Learner"}, [1], [None], ["Learner", ["Instructor"]], 7):
        yield Forgery(f"T13-BAD-31 roles {value!r}", "roles_malformed", but(roles=value))
    for name in ("sub", "deployment_id"):
        longest = 500 if name == "sub" else 255
        yield Forgery(f"T13-BAD-33 {name} too long", "id_unusable", but(**{name: "x" * (longest + 1)}))
        yield Forgery(f"T13-BAD-33 {name} with NUL", "unusable_text", but(**{name: "a\x00b"}))
    yield Forgery("T13-BAD-33 half a character", "unusable_text", but(sub="a\ud800b"))
    yield Forgery("T13-BAD-33 NUL in a name", "unusable_text", but(context={"id": "c", "a\x00b": "x"}))
    yield Forgery("T13-BAD-33 course too long", "id_unusable", but(context={"id": "c" * 501}))
    yield Forgery(
        "T13-BAD-33 link too long", "id_unusable", but(resource_link={"id": "l" * 501}), only="LtiResourceLinkRequest"
    )
    for message in ("LtiStartProctoring", "LtiEulaRequest", "LtiDeepLinkingResponse", "ltiresourcelinkrequest"):
        yield Forgery(f"T13-BAD-37 {message}", "message_type_unknown", but(message_type=message))


TOKENS = list(_tokens())
CLAIMS = list(_claims())
