"""Signed tokens between strangers: each party's own key pair, and the others' keys, fetched anew at each look."""

import json
import secrets
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_bridge import http, jose
from lti_bridge.sandbox.models import PartyKey


class NotBelieved(Exception):
    """A message that is not what it says it is. The text is for the one who sent it."""


def sign(party: str, claims: dict[str, Any], *, generation: int = 0, with_wrong_key: bool = False) -> str:
    """The compact token of these claims. ``with_wrong_key``: the name of the right key, and another one's signature."""
    key = _key(party, generation)
    if with_wrong_key:
        return jose.sign(claims, new_key(), key.kid)
    return jose.sign(claims, _private(key), key.kid)


def key_set(party: str, *, generation: int = 0) -> dict[str, Any]:
    """The one public key of a party. Another generation's is not in it: a rotation without overlap."""
    key = _key(party, generation)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_private(key).public_key(), as_dict=True)
    return {"keys": [{"kty": "RSA", "kid": key.kid, "alg": "RS256", "use": "sig", "n": public["n"], "e": public["e"]}]}


def believe(compact: str, key_set_url: str) -> dict[str, Any]:
    """The claims of somebody's token, signed with a key of that set, and for now. Raises :class:`NotBelieved`."""
    try:
        token = jose.read(compact, ["RS256"])
        keys = jose.public_keys(json.loads(http.get(key_set_url).body))
        if token.kid not in keys:
            raise NotBelieved(f"There is no key {token.kid[:60]} in the key set.")
        claims = jose.claims_of(token, keys[token.kid])
        jose.check_times(claims, time.time())
    except jose.TokenProblem as problem:
        raise NotBelieved(problem.message) from problem
    except http.HttpProblem as problem:
        raise NotBelieved(f"The key set is out of reach: {problem.message}") from problem
    except ValueError as problem:
        raise NotBelieved("The key set cannot be read.") from problem
    return claims


def new_key() -> rsa.RSAPrivateKey:
    """A key that nobody has."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private(key: PartyKey) -> rsa.RSAPrivateKey:
    private = serialization.load_pem_private_key(key.pem.encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError(f"{key.kid} is no RSA key")
    return private


def _key(party: str, generation: int) -> PartyKey:
    known = PartyKey.objects.filter(party=party, generation=generation).first()
    if known:
        return known
    pem = new_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Two processes may make one at once: the first one's stays.
    made, _is_new = PartyKey.objects.get_or_create(
        party=party, generation=generation, defaults={"kid": secrets.token_hex(10), "pem": pem.decode()}
    )
    return made
