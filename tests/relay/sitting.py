"""A learner who sits a test, and the provider that speaks about it, signed by oauthlib's own client."""

import base64
import hashlib
import secrets
import time
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.test import Client
from django.utils import timezone
from oauthlib.oauth1 import Client as Signer

from lti_bridge.models import Account, Activity, Attempt, Candidate, Context, LaunchRecord, Learner, ResourceLink
from lti_bridge.providers.base import Opening
from tests.world import ALICE, RETURN_URL, World

OUTCOMES = "/relay/1.1/outcomes"
NAMESPACE = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
OLD_NAMESPACE = "http://www.imsglobal.org/lis/oms1p0/pox"


def sit(world: World, *, user_id: str = ALICE["user_id"], activity: Activity | None = None) -> Attempt:
    """A learner's first attempt in the course History, as a launch and an opening leave it."""
    learner, _made = Learner.objects.get_or_create(
        platform=world.platform,
        user_id=user_id,
        defaults={"given_name": "Alice", "family_name": "Liddell", "email": f"{user_id}@example.edu"},
    )
    course, _made = Context.objects.get_or_create(
        platform=world.platform, context_id="course-history", defaults={"title": "History", "label": "HIS"}
    )
    link, _made = ResourceLink.objects.get_or_create(
        context=course, resource_link_id="link-1", defaults={"title": "Excel test", "activity": world.activity}
    )
    activity = activity or world.activity
    candidate, _made = Candidate.objects.get_or_create(learner=learner, account=activity.account)
    launch = LaunchRecord.objects.create(
        platform=world.platform,
        lti11=world.lti11,
        nonce=secrets.token_hex(8),
        reference="1111-2222-3333",
        learner=learner,
        resource_link=link,
        details={"return_url": RETURN_URL, "origins": ["https://lms.example.edu"], "locale": "en"},
        received_at=timezone.now(),
    )
    return Attempt.objects.create(
        learner=learner,
        resource_link=link,
        activity=activity,
        number=Attempt.objects.filter(learner=learner, resource_link=link, activity=activity).count() + 1,
        candidate=candidate,
        launch=launch,
        state="opened",
    )


def opening(attempt: Attempt, /, **changes: Any) -> Opening:
    """What a provider gets to open that attempt."""
    address = f"{settings.BASE_URL}/callbacks/isograd/{attempt.activity.account.name}/{attempt.key}"
    values = {
        "account": attempt.activity.account,
        "activity": attempt.activity,
        "learner": attempt.learner,
        "resource_link": attempt.resource_link,
        "attempt": attempt,
        "locale": "fr-FR",
        "return_url": f"{address}/return",
        "callback_url": f"{address}/done",
    }
    return Opening(**(values | changes))


# --- the provider ---------------------------------------------------------------------------


def message(
    sourcedid: str,
    score: str | None = None,
    *,
    operation: str = "replaceResult",
    identifier: str = "m-1",
    extra: str = "",
) -> bytes:
    """A message of the provider, as its document and LTI's have it."""
    result = ""
    if score is not None:
        text = f"<language>en</language><textString>{score}</textString>"
        result = f"<result><resultScore>{text}</resultScore>{extra}</result>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<imsx_POXEnvelopeRequest xmlns="{NAMESPACE}"><imsx_POXHeader><imsx_POXRequestHeaderInfo>'
        f"<imsx_version>V1.0</imsx_version><imsx_messageIdentifier>{identifier}</imsx_messageIdentifier>"
        f"</imsx_POXRequestHeaderInfo></imsx_POXHeader><imsx_POXBody><{operation}Request><resultRecord><sourcedGUID>"
        f"<sourcedId>{sourcedid}</sourcedId></sourcedGUID>{result}</resultRecord></{operation}Request></imsx_POXBody>"
        "</imsx_POXEnvelopeRequest>"
    ).encode()


def authorization(
    body: bytes,
    *,
    key: str = "bridge-key",
    secret: str = "provider-secret",  # noqa: S107 - the provider's in this world
    method: str = "HMAC-SHA1",
    nonce: str | None = None,
    timestamp: int | None = None,
    url: str = "",
    body_hash: str | None = None,
) -> str:
    """The Authorization header for a message; ``body_hash=""`` leaves the hash out."""
    digest = hashlib.sha256 if method == "HMAC-SHA256" else hashlib.sha1
    hashed = base64.b64encode(digest(body).digest()).decode() if body_hash is None else body_hash
    signer = Signer(
        key,
        client_secret=secret,
        signature_method=method,
        nonce=nonce or secrets.token_hex(16),
        timestamp=str(int(time.time()) if timestamp is None else timestamp),
    )
    headers = {"Content-Type": "application/xml"}
    if hashed:
        signer = _WithHash(signer, hashed)
    _url, signed, _body = signer.sign(url or settings.BASE_URL + OUTCOMES, http_method="POST", headers=headers)
    return str(signed["Authorization"])


class _WithHash:
    """oauthlib's client with ``oauth_body_hash`` among the parameters it signs."""

    def __init__(self, signer: Signer, hashed: str) -> None:
        parameters = signer.get_oauth_params
        signer.get_oauth_params = lambda request: [*parameters(request), ("oauth_body_hash", hashed)]
        self.sign = signer.sign


def send(body: bytes, client: Client | None = None, *, content_type: str = "application/xml", **signing: Any) -> Any:
    """Post a signed message to our outcome service."""
    query = signing.pop("query", "")
    if query:
        signing["url"] = f"{settings.BASE_URL}{OUTCOMES}?{query}"
    header = signing.pop("header", None)
    return (client or Client()).post(
        f"{OUTCOMES}?{query}" if query else OUTCOMES,
        data=body,
        content_type=content_type,
        headers={"Authorization": authorization(body, **signing) if header is None else header},
    )


def said(response: Any) -> dict[str, str]:
    """The answer's status, by local names: codeMajor, severity, codeMinorFieldValue, messageRefIdentifier, …"""
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own answer
    return {
        element.tag.rpartition("}")[2].removeprefix("imsx_"): element.text or ""
        for element in root.iter()
        if not len(element)
    }


def other_account(world: World) -> Account:
    """An account of another customer at the same provider."""
    return Account.objects.create(
        name="isograd-other",
        provider="isograd",
        settings=dict(world.account.settings),
        secrets={"consumer_key": "other-key", "shared_secret": "other-secret"},
    )
