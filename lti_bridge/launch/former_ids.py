"""What LTI 1.1 called the people, courses and links of a platform that moved to LTI 1.3, where it proves that it knows.

The claim ``lti1p1`` names a consumer key and signs with its secret. Only then do old rows become the new ones'; without
the proof, whoever is given a client id could take over what belongs to somebody else's key.
"""

import base64
import hashlib
import hmac

import structlog
from django.utils.crypto import constant_time_compare

from lti_bridge.launch.launch import FormerIds
from lti_bridge.launch.vocabulary import LTI, Claims, member, text
from lti_bridge.models import Lti11Registration, Platform

log = structlog.get_logger(__name__)

_LONGEST_ID = 500


def read_former_ids(claims: Claims, platform: Platform, client_id: str) -> FormerIds | None:
    """The former ids that believed claims prove for this platform; None when there are none, or no proof.

    A key of another platform proves nothing here, not even with the right signature: an administrator may move it.
    """
    told = member(claims, f"{LTI}lti1p1")
    key = text(told, "oauth_consumer_key")
    if not key:
        return None
    registration = Lti11Registration.objects.filter(consumer_key=key, platform=platform).first()
    if registration is None:
        log.warning("former_ids_not_proven", key=key, why="unknown_key")
        return None
    message = _signed_message(key, claims, client_id)
    signatures = [sign(message, secret) for secret in registration.live_secrets]
    # All are compared, so that time does not tell which one fits.
    fits = [constant_time_compare(each, text(told, "oauth_consumer_key_sign")) for each in signatures]
    if not any(fits):
        log.warning("former_ids_not_proven", key=key, why="wrong_signature")
        return None
    ids = [text(told, name) for name in ("user_id", "context_id", "resource_link_id")]
    return FormerIds(*(each if len(each) <= _LONGEST_ID else "" for each in ids))


def sign(message: str, secret: str) -> str:
    """The proof, as the platform makes it (LTI migration guide §4.1)."""
    return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()


def _signed_message(key: str, claims: Claims, client_id: str) -> str:
    """What the proof is about. ``exp`` is written as a whole number, whatever JSON made of it."""
    said = (key, claims[f"{LTI}deployment_id"], claims["iss"], client_id, str(int(claims["exp"])), claims["nonce"])
    return "&".join(said)
