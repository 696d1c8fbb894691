"""Our own keys: made, published before they sign, retired, and forgotten when nobody can need them any more.

Several are alive at a time. The one that signs is the newest whose time has come. ``tend`` is called by beat and does
by itself what the command ``signing_keys`` does by hand.
"""

import secrets
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from lti_bridge.models import SigningKey

Side = SigningKey.Side

#: A key is published so long before it signs: longer than others keep our key set without looking again.
PUBLISHED_AHEAD = timedelta(days=2)
#: A key signs so long before the next one is made.
LIFETIME = timedelta(days=90)
#: A key stays published so long after it last signed.
KEPT = timedelta(days=7)
#: What others are told about how long our key set may be kept.
CACHE_SECONDS = 3600
#: Seconds after which a process looks whether another key signs now.
_LOOK_AGAIN = 60.0

_signing: dict[str, tuple[float, "Signer"]] = {}
_parsed: dict[str, rsa.RSAPrivateKey] = {}


class Signer(NamedTuple):
    """What a token is signed with."""

    key: rsa.RSAPrivateKey
    kid: str


def signer(side: Side) -> Signer:
    """The key that signs now, on that side. Parsing a private key costs more than a launch, so it is done once."""
    known = _signing.get(side)
    if known and time.monotonic() - known[0] < _LOOK_AGAIN:
        return known[1]
    row = _signing_row(side, timezone.now()) or make(side, signs_from=timezone.now())
    found = Signer(_private_key(row), row.kid)
    _signing[side] = (time.monotonic(), found)
    return found


def key_set(side: Side) -> dict[str, Any]:
    """What the others check our signatures with: every key that signs, will sign, or signed lately."""
    if not _published(side).exists():
        make(side, signs_from=timezone.now())
    return {"keys": [row.public_jwk for row in _published(side)]}


def make(side: Side, *, signs_from: datetime) -> SigningKey:
    """Make a key of 2048 bits, which is what every peer can use."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kid = secrets.token_urlsafe(12)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk = {"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": public["n"], "e": public["e"]}
    _parsed[kid] = private
    return SigningKey.objects.create(
        side=side, kid=kid, private={"pem": pem.decode()}, public_jwk=jwk, signs_from=signs_from
    )


def rotate(side: Side, *, at_once: bool = False) -> SigningKey:
    """Make the next key. ``at_once``: it signs from now on and the others are retired, as after a leak."""
    now = timezone.now()
    with transaction.atomic():
        row = make(side, signs_from=now if at_once else now + PUBLISHED_AHEAD)
        if at_once:
            SigningKey.objects.filter(side=side, retired_at=None).exclude(pk=row.pk).update(retired_at=now)
    forget_signers()
    return row


def retire(kid: str) -> SigningKey:
    """Take a key out of use; it stays published for a while. Raises ``SigningKey.DoesNotExist``."""
    row = SigningKey.objects.defer("private").get(kid=kid)
    if row.retired_at is None:
        row.retired_at = timezone.now()
        row.save(update_fields=["retired_at"])
    forget_signers()
    return row


def withdraw(kid: str) -> SigningKey:
    """Take a key out of our key set at once, as after a leak. Raises ``SigningKey.DoesNotExist``.

    Whoever looks from now on believes nothing that it signed; who looked lately does for ``CACHE_SECONDS`` at most.
    """
    row = SigningKey.objects.defer("private").get(kid=kid)
    SigningKey.objects.filter(pk=row.pk).delete()
    forget_signers()
    return row


class Standing(NamedTuple):
    """Where the keys of one side stand. ``due_at``: when the next one is made; none where it is published already."""

    signs: SigningKey | None
    follows: SigningKey | None
    due_at: datetime | None


def standing(side: Side) -> Standing:
    """Which key signs on that side, and which one follows. Makes none."""
    now = timezone.now()
    signs = _signing_row(side, now)
    later = _alive(side).filter(signs_from__gt=signs.signs_from if signs else now)
    follows = later.order_by("signs_from").first()
    return Standing(signs, follows, signs.signs_from + LIFETIME if signs and not follows else None)


def tend() -> None:
    """Make the next key in time, retire those that newer ones replaced, and remove those that nobody needs."""
    now = timezone.now()
    for side in Side:
        signing = _signing_row(side, now)
        if signing is None:
            make(side, signs_from=now)
            continue
        if not _alive(side).filter(signs_from__gt=signing.signs_from).exists() and signing.signs_from + LIFETIME <= now:
            rotate(side)
        _alive(side).filter(signs_from__lt=signing.signs_from).update(retired_at=now)
    SigningKey.objects.filter(retired_at__lt=now - KEPT).delete()


def forget_signers() -> None:
    """Have this process look anew which key signs."""
    _signing.clear()


def _alive(side: Side) -> QuerySet[SigningKey]:
    # The private half is for signing alone: one that FIELD_KEYS no longer open must not hide the others.
    return SigningKey.objects.filter(side=side, retired_at=None).defer("private")


def _signing_row(side: Side, now: datetime) -> SigningKey | None:
    return _alive(side).filter(signs_from__lte=now).order_by("-signs_from", "-pk").first()


def _published(side: Side) -> QuerySet[SigningKey]:
    kept = Q(retired_at=None) | Q(retired_at__gt=timezone.now() - KEPT)
    return SigningKey.objects.filter(kept, side=side).defer("private").order_by("-signs_from", "-pk")


def _private_key(row: SigningKey) -> rsa.RSAPrivateKey:
    if row.kid not in _parsed:
        key = serialization.load_pem_private_key(row.private["pem"].encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"signing key {row.kid} is no RSA key")
        _parsed[row.kid] = key
    return _parsed[row.kid]
