"""JSON Web Tokens of LTI 1.3: sign ours, check theirs. Both sides use it, the tool and the platform.

Signatures are PyJWT's business; everything around them is stricter than it: compact tokens of three parts only, no
duplicate names, no numbers that JSON does not have, one algorithm out of the caller's list, and no key that the
token itself brings along. Every refusal is a :class:`TokenProblem` with a code. Nonces and ``jti`` are the callers'.
"""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from lti_bridge import strict_json

PublicKey = RSAPublicKey | EllipticCurvePublicKey
Claims = dict[str, Any]

#: Security Framework 1.1 knows these; a registration lists which of them it accepts.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
#: Seconds that clocks may differ.
LEEWAY = 60
#: Seconds after which a token is too old, whatever it says itself.
MAX_AGE = 600
MAX_BYTES = 65536
LONGEST_KID = 255
#: NIST SP 800-131A; certification asks for no less.
SMALLEST_RSA = 2048

#: No clock goes that far; infinity and what is no number do not compare either.
_LATEST = 10**12
_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
_PRIVATE_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_JWS = jwt.PyJWS(algorithms=ALGORITHMS)


class TokenProblem(Exception):
    """Why a token is not believed. ``skew``: their clock minus ours in seconds, where measured.

    Codes: not_a_token, token_too_large, no_kid, bad_kid, bad_algorithm, critical_header, wrong_key_type, bad_signature,
    missing_time, bad_time, expired, issued_in_future, too_old, not_yet_valid, wrong_issuer, wrong_audience,
    foreign_audience, wrong_azp.
    """

    def __init__(self, code: str, message: str = "", *, skew: int | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code
        self.skew = skew


@dataclass(frozen=True, slots=True)
class Token:
    """A token as received: well formed, not yet believed."""

    compact: str
    algorithm: str
    kid: str


# --- signing --------------------------------------------------------------------------------


def sign(claims: Mapping[str, Any], key: RSAPrivateKey, kid: str) -> str:
    """The compact token of these claims, signed with RS256."""
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": kid})


# --- reading --------------------------------------------------------------------------------


def read(compact: str, algorithms: Collection[str]) -> Token:
    """Read a token's header. Raises ``TokenProblem``; what the header says of keys (``jwk``, ``jku``, …) is ignored."""
    if len(compact) > MAX_BYTES:
        raise TokenProblem("token_too_large")
    parts = compact.split(".")
    if len(parts) != 3 or not all(_BASE64URL.fullmatch(part) for part in parts):
        raise TokenProblem("not_a_token", "It does not have the three parts of a signed token.")
    header = _json_object(_decoded(parts[0]))
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms or algorithm not in ALGORITHMS:
        raise TokenProblem("bad_algorithm", "The signature algorithm is not accepted.")
    if "crit" in header:
        raise TokenProblem("critical_header", "The header has extensions that must be understood, and are not.")
    if "kid" not in header or kid == "":
        raise TokenProblem("no_kid", "The header names no key.")
    if not isinstance(kid, str) or len(kid) > LONGEST_KID:
        raise TokenProblem("bad_kid", "The key's name cannot be used.")
    return Token(compact, algorithm, kid)


def claims_of(token: Token, key: PublicKey) -> Claims:
    """The claims, when ``key`` signed them. Raises ``TokenProblem``. Times and audience are still to be checked."""
    if not fits(key, token.algorithm):
        raise TokenProblem("wrong_key_type", "The key is not one for this algorithm, or too weak.")
    try:
        payload = _JWS.decode(token.compact, key, algorithms=[token.algorithm])
    except jwt.InvalidTokenError:
        raise TokenProblem("bad_signature", "The signature does not match.") from None
    return _json_object(payload)


def unverified_claims(compact: str) -> Claims:
    """What a token says, believed or not: only to find out whose key should have signed it. Raises ``TokenProblem``."""
    if len(compact) > MAX_BYTES:
        raise TokenProblem("token_too_large")
    parts = compact.split(".")
    if len(parts) != 3 or not all(_BASE64URL.fullmatch(part) for part in parts):
        raise TokenProblem("not_a_token", "It does not have the three parts of a signed token.")
    return _json_object(_decoded(parts[1]))


def fits(key: PublicKey, algorithm: str) -> bool:
    """Whether a key is of the kind that an algorithm needs, and strong enough."""
    if isinstance(key, RSAPublicKey):
        return algorithm.startswith("RS") and key.key_size >= SMALLEST_RSA
    return key.curve.name == _CURVES.get(algorithm)


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise TokenProblem("not_a_token", "A part of it is not base64.") from None


def _json_object(raw: bytes) -> Claims:
    try:
        return strict_json.read_object(raw)
    except ValueError:
        raise TokenProblem("not_a_token", "A part of it is not a JSON object.") from None


# --- checking -------------------------------------------------------------------------------


def check_times(claims: Mapping[str, Any], now: float, *, leeway: int = LEEWAY, max_age: int = MAX_AGE) -> None:
    """Return if the token is for now (``exp``, ``iat``, ``nbf``); else raise ``TokenProblem`` with its skew."""
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    skew = round(issued - now)
    if expires + leeway <= now:
        raise TokenProblem("expired", f"It ended {round(now - expires)} seconds ago by our clock.", skew=skew)
    if issued - leeway > now:
        raise TokenProblem("issued_in_future", f"It was made {skew} seconds in the future by our clock.", skew=skew)
    if issued + max_age + leeway < now:
        raise TokenProblem("too_old", f"It was made {-skew} seconds ago by our clock.", skew=skew)
    if "nbf" in claims and _time(claims, "nbf") - leeway > now:
        raise TokenProblem("not_yet_valid", "It is not valid yet by our clock.", skew=skew)


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if value is None:
        raise TokenProblem("missing_time", f"{name} is missing.")
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LATEST:
        raise TokenProblem("bad_time", f"{name} is not a number of seconds since 1970.")
    return float(value)


def check_audience(claims: Mapping[str, Any], ours: str) -> None:
    """Return if the token is for ``ours`` and nobody else; else raise ``TokenProblem`` (OIDC Core §3.1.3.7)."""
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if ours not in named:
        raise TokenProblem("wrong_audience", "It is for somebody else.")
    if any(each != ours for each in named):
        raise TokenProblem("foreign_audience", "It is for others too, whom nobody here knows.")
    if (len(named) > 1 and "azp" not in claims) or claims.get("azp", ours) != ours:
        raise TokenProblem("wrong_azp", "It was made for another client.")


# --- keys -----------------------------------------------------------------------------------


def public_keys(key_set: Any) -> dict[str, PublicKey]:
    """The usable public keys of a JSON Web Key Set, by ``kid``.

    Keys without a name, for other uses than signatures, of other kinds, weak ones, and anything that holds a secret
    are passed over: one bad key must not keep the others from working.
    """
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    found: dict[str, PublicKey] = {}
    for jwk in listed if isinstance(listed, list) else []:
        if isinstance(jwk, dict) and (key := _public_key(jwk)) is not None:
            found.setdefault(jwk["kid"], key)
    return found


def _public_key(jwk: Mapping[str, Any]) -> PublicKey | None:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or _PRIVATE_MEMBERS & set(jwk):
        return None
    if jwk.get("use", "sig") != "sig" or jwk.get("kty") not in ("RSA", "EC"):
        return None
    algorithm = jwk.get("alg") if jwk.get("alg") in ALGORITHMS else None
    if "alg" in jwk and algorithm is None:
        return None
    try:
        key = jwt.PyJWK(dict(jwk), algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None
    if isinstance(key, RSAPublicKey):
        return key if key.key_size >= SMALLEST_RSA else None
    return key if isinstance(key, EllipticCurvePublicKey) else None
