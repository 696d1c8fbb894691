"""The same small world by LTI 1.3: the LMS "campus-moodle" signs id_tokens, and its keys are known already."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from lti_bridge.models import Deployment, Lti13Registration, PeerKeys, Platform

ISSUER = "https://lms.example.edu"
CLIENT_ID = "bridge-at-campus"
DEPLOYMENT_ID = "2"
JWKS_URI = f"{ISSUER}/mod/lti/certs.php"
TOKEN_URL = f"{ISSUER}/mod/lti/token.php"
AUTH_URL = f"{ISSUER}/mod/lti/auth.php"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_SCOPES = tuple(f"{AGS}scope/{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score"))
LINE_ITEMS_URL = f"{ISSUER}/mod/lti/services.php/2/lineitems?type_id=2"
LINE_ITEM_URL = f"{ISSUER}/mod/lti/services.php/2/lineitems/3/lineitem?type_id=2"
MEMBERSHIPS_URL = f"{ISSUER}/mod/lti/services.php/CourseSection/2/bindings/2/memberships"

ALICE = {
    "sub": "alice-1",
    "given_name": "Alice",
    "family_name": "Example",
    "name": "Alice Example",
    "email": "alice@example.edu",
}
BOB = {
    "sub": "bob-2",
    "given_name": "Bob",
    "family_name": "Ünïcode",
    "name": "Bob Ünïcode",
    "email": "bob@example.edu",
}
INES = {
    "sub": "ines-3",
    "given_name": "Ines",
    "family_name": "Teacher",
    "name": "Ines Teacher",
    "email": "ines@example.edu",
}


@dataclass(frozen=True)
class Peer:
    """Somebody who signs: a platform toward us, or a provider's tool."""

    private: rsa.RSAPrivateKey
    kid: str

    @property
    def jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig", "n": public["n"], "e": public["e"]}

    @property
    def key_set(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        """A compact token; ``headers`` replace or join ``kid`` (None leaves it out)."""
        told = {name: value for name, value in ({"kid": self.kid} | headers).items() if value is not None}
        return jwt.encode(claims, self.private, algorithm="RS256", headers=told)


@cache
def peer(name: str = "campus-moodle") -> Peer:
    """A signer by name; making a key takes long, so each is made once a test process."""
    return Peer(rsa.generate_private_key(public_exponent=65537, key_size=2048), f"key-of-{name}")


def knows_keys_of(url: str, key_set: dict[str, Any]) -> PeerKeys:
    """As if the key set at ``url`` had just been fetched."""
    digest = hashlib.sha256(url.encode()).hexdigest()
    # One moment for both: a fetch that began after the last one ended would be under way, and waited for.
    now = timezone.now()
    fields = {"url": url, "keys": key_set["keys"], "fetched_at": now, "tried_at": now}
    return PeerKeys.objects.update_or_create(url_digest=digest, defaults=fields)[0]


def make_registration(platform: Platform, **fields: Any) -> Lti13Registration:
    """The LTI 1.3 registration of a platform, with one approved deployment and its key known."""
    told = {
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        "authorization_endpoint": AUTH_URL,
        "token_endpoint": TOKEN_URL,
        "jwks_uri": JWKS_URI,
        "service_hosts": ["lms.example.edu"],
    }
    row = Lti13Registration.objects.create(platform=platform, **(told | fields))
    Deployment.objects.create(registration=row, platform=platform, deployment_id=DEPLOYMENT_ID, approved=True)
    knows_keys_of(row.jwks_uri, peer().key_set)
    return row


def claims(person: dict[str, str] | None = None, *, role: str = "Learner", **more: Any) -> dict[str, Any]:
    """The claims of a resource link launch as Moodle sends them. ``more``: claims by their short or full name.

    A short name gets the LTI prefix when it is one of LTI's; ``None`` leaves a claim out.
    """
    now = int(time.time())
    everything = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 60,
        "nonce": secrets.token_urlsafe(16),
        **(ALICE if person is None else person),
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": DEPLOYMENT_ID,
        f"{CLAIM}target_link_uri": "http://localhost:8000/lti/1.3/launch",
        f"{CLAIM}roles": [f"{MEMBERSHIP}{role}"],
        f"{CLAIM}context": {"id": "course-history", "label": "HIS", "title": "History", "type": ["CourseSection"]},
        f"{CLAIM}resource_link": {"id": "link-1", "title": "Excel test"},
        f"{CLAIM}custom": {"activity": "excel-basic"},
        f"{CLAIM}launch_presentation": {
            "locale": "en",
            "document_target": "iframe",
            "return_url": f"{ISSUER}/mod/lti/return.php?course=2",
        },
        f"{CLAIM}tool_platform": {"product_family_code": "moodle", "guid": "523efcba04caeb54"},
        f"{AGS}claim/endpoint": {
            "scope": list(AGS_SCOPES),
            "lineitems": LINE_ITEMS_URL,
            "lineitem": LINE_ITEM_URL,
        },
        f"{NRPS}claim/namesroleservice": {
            "context_memberships_url": MEMBERSHIPS_URL,
            "service_versions": ["1.0", "2.0"],
        },
    }
    for name, value in more.items():
        full = name if "/" in name or name in everything else f"{CLAIM}{name}"
        if name in ("azp", "nbf", "locale", "picture"):
            full = name
        everything[full] = value
    return {name: value for name, value in everything.items() if value is not None}
