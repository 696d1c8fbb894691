"""Which id_tokens are believed: the same ones as two independent JOSE libraries believe, joserfc and jwcrypto.

S17: where the three differ, it is because we are stricter, and the reason stands here.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet
from jwcrypto import jwt as jwcrypto_jwt
from jwcrypto.common import JWException
from jwcrypto.jwk import JWKSet

from lti_bridge import peer_keys
from lti_bridge.errors import LaunchRejected
from tests.forgeries13 import CLAIMS, TOKENS, Forgery, at, but, key_set, with_header
from tests.launches13 import Begun, begin, verify
from tests.world import World, make_world
from tests.world13 import CLIENT_ID, ISSUER, JWKS_URI, claims, knows_keys_of, make_registration

#: Codes that are about the token, and not about LTI.
ABOUT_TOKENS = {
    *(forgery.code for forgery in TOKENS),
    *("wrong_issuer", "wrong_audience", "foreign_audience", "wrong_azp", "missing_time", "bad_time", "expired"),
    *("too_old", "issued_in_future", "not_yet_valid", "nonce_missing", "wrong_nonce"),
}
CORPUS = [*TOKENS, *(forgery for forgery in CLAIMS if forgery.code in ABOUT_TOKENS)]
#: What others believe and we do not, by why.
STRICTER = {
    # NIST SP 800-131A: weak keys are passed over; the others warn.
    "T13-BAD-24 RSA with 1024 bits": {"joserfc", "jwcrypto"},
    # Two readers could read it in two ways.
    "T13-BAD-34 duplicate claims": {"joserfc", "jwcrypto"},
    "T13-BAD-34 duplicate names below": {"joserfc", "jwcrypto"},
    # Our limit is smaller.
    "T13-BAD-34 100 KB": {"jwcrypto"},
    # OpenID Connect Core §3.1.3.7, which is more than JWT asks for: no audience that we do not trust, and azp.
    "T13-BAD-14 two audiences, no azp": {"joserfc", "jwcrypto"},
    "T13-BAD-15 another audience too": {"joserfc", "jwcrypto"},
    # A maximum age is LTI's and ours.
    "T13-BAD-17 an hour old": {"joserfc", "jwcrypto"},
    # JWT does not ask for more than a number there, and one of them not for a number.
    "T13-BAD-17 from the future": {"jwcrypto"},
    "not valid yet": {"jwcrypto"},
    "T13-BAD-18 iat '1800000000'": {"jwcrypto"},
    "T13-BAD-18 iat True": {"jwcrypto"},
    # No clock goes that far.
    "T13-BAD-18 exp 100000000000": {"joserfc", "jwcrypto"},
    "T13-BAD-18 iat 100000000000": {"jwcrypto"},
    # A token names its key (Security Framework 1.0 §5.1.2); the other tries them all.
    "T13-BAD-01 no kid": {"jwcrypto"},
    # RFC 7515 §2: base64url without padding.
    "T13-BAD-34 padded": {"jwcrypto"},
    # One value, not a list that holds it.
    "T13-BAD-14 azp a list": {"joserfc"},
    "T13-BAD-19 nonce a list": {"joserfc"},
}
GOOD: dict[str, Callable[[dict[str, Any]], str]] = {
    "as Moodle signs it": but(),
    "audience in a list": but(aud=[CLIENT_ID]),
    "audience and azp": but(aud=[CLIENT_ID], azp=CLIENT_ID),
    "a minute late": at(iat=-100, exp=-40),
    "a little ahead": at(iat=30, exp=90),
    "not before now": at(nbf=0),
    "times with fractions": lambda told: but(iat=time.time() - 0.5, exp=time.time() + 59.5)(told),
    "another type in the header": with_header(typ="at+jwt"),
    "no type in the header": with_header(typ=None),
    "claims in any script": but(name="Zoë Ünïcode 王小明 🎓"),
}


def believed_by_joserfc(compact: str, nonce: str) -> bool:
    registry = joserfc_jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": CLIENT_ID},
        azp={"value": CLIENT_ID},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        token = joserfc_jwt.decode(compact, KeySet.import_key_set(key_set()), algorithms=["RS256"])
        registry.validate(token.claims)
    except (JoseError, ValueError, TypeError, RecursionError, AttributeError, OverflowError):
        return False
    return True


def believed_by_jwcrypto(compact: str, nonce: str) -> bool:
    asked = {"iss": ISSUER, "aud": CLIENT_ID, "exp": None, "iat": None, "nonce": nonce}
    try:
        token = jwcrypto_jwt.JWT(check_claims=asked, algs=["RS256"])
        token.leeway = 60
        token.deserialize(compact, JWKSet.from_json(json.dumps(key_set())))
        told = json.loads(token.claims)
    except (JWException, ValueError, TypeError, RecursionError, KeyError, AttributeError, OverflowError):
        return False
    # It looks at azp only where all tokens have one.
    return bool(told.get("azp", CLIENT_ID) == CLIENT_ID)


def believed_by_us(begun: Begun, compact: str) -> bool:
    try:
        verify(begun, token=compact)
    except LaunchRejected:
        return False
    return True


@pytest.fixture
def world(db: None) -> Iterator[World]:
    made = make_world()
    make_registration(made.platform)
    knows_keys_of(JWKS_URI, key_set())
    peer_keys.forget()
    yield made
    peer_keys.forget()


@pytest.mark.filterwarnings(f"ignore::{SecurityWarning.__module__}.{SecurityWarning.__name__}")
@pytest.mark.parametrize("forgery", CORPUS, ids=lambda forgery: forgery.name)
def test_what_we_refuse_others_refuse_too(client: Client, world: World, forgery: Forgery) -> None:
    begun = begin(client)
    compact = forgery.make(claims(nonce=begun.nonce))
    others = {"joserfc": believed_by_joserfc, "jwcrypto": believed_by_jwcrypto}
    believed = {name for name, believes in others.items() if believes(compact, begun.nonce)}
    assert not believed_by_us(begun, compact)
    assert believed == STRICTER.get(forgery.name, set())


@pytest.mark.filterwarnings(f"ignore::{SecurityWarning.__module__}.{SecurityWarning.__name__}")
@pytest.mark.parametrize("name", GOOD)
def test_what_others_believe_we_believe(client: Client, world: World, name: str) -> None:
    begun = begin(client)
    compact = GOOD[name](claims(nonce=begun.nonce))
    assert believed_by_joserfc(compact, begun.nonce)
    assert believed_by_jwcrypto(compact, begun.nonce)
    assert believed_by_us(begun, compact)


def test_every_difference_is_about_a_token_there_is() -> None:
    assert set(STRICTER) <= {forgery.name for forgery in CORPUS}
