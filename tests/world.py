"""The world the tests live in: one school, two courses, Alice and Bob who learn, Ines who teaches.

Launches are signed with oauthlib's own client, so that nothing here leans on the code under test.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from oauthlib.oauth1 import Client as Signer

from lti_bridge.models import Account, Activity, Family, Lti11Registration, Platform

LAUNCH_PATH = "/lti/1.1/launch"
KEY = "moodle-key-1"
SECRET = "a secret & more"
SERVICE_URL = "https://lms.example.edu/mod/lti/service.php"
RETURN_URL = "https://lms.example.edu/mod/lti/return.php?course=2"
FORM = "application/x-www-form-urlencoded"

ALICE = {
    "user_id": "alice-1",
    "roles": "Learner",
    "lis_person_name_given": "Alice",
    "lis_person_name_family": "Liddell",
    "lis_person_name_full": "Alice Liddell",
    "lis_person_contact_email_primary": "alice@example.edu",
    "lis_result_sourcedid": '{"data":{"instanceid":"1","userid":"alice-1"},"hash":"a1"}',
}
BOB = {
    "user_id": "bob-2",
    "roles": "Learner",
    "lis_person_name_given": "Bob",
    "lis_person_name_family": "Ünïcode",
    "lis_person_name_full": "Bob Ünïcode",
    "lis_person_contact_email_primary": "bob@example.edu",
    "lis_result_sourcedid": '{"data":{"instanceid":"1","userid":"bob-2"},"hash":"b2"}',
}
INES = {
    "user_id": "ines-3",
    "roles": "Instructor",
    "lis_person_name_given": "Ines",
    "lis_person_name_family": "Teacher",
    "lis_person_name_full": "Ines Teacher",
    "lis_person_contact_email_primary": "ines@example.edu",
}
#: Two courses, each with a link of its own.
HISTORY = {
    "context_id": "course-history",
    "context_title": "History",
    "context_label": "HIS",
    "resource_link_id": "link-1",
    "resource_link_title": "Excel test",
}
BIOLOGY = HISTORY | {
    "context_id": "course-biology",
    "context_title": "Biology",
    "context_label": "BIO",
    "resource_link_id": "link-2",
}


@dataclass(frozen=True)
class World:
    platform: Platform
    lti11: Lti11Registration
    account: Account
    activity: Activity


def make_world() -> World:
    """The LMS "campus-moodle", the account "isograd-test" reached by LTI 1.1, and the activity "excel-basic"."""
    platform = Platform.objects.create(name="campus-moodle", family=Family.MOODLE)
    lti11 = Lti11Registration.objects.create(
        platform=platform, consumer_key=KEY, secrets={"shared_secret": SECRET}, service_hosts=["lms.example.edu"]
    )
    account = Account.objects.create(
        name="isograd-test",
        provider="isograd",
        settings={"connection": "lti11", "lti_url": "https://provider.example.net/lti/launch"},
        secrets={"consumer_key": "bridge-key", "shared_secret": "provider-secret"},
    )
    activity = Activity.objects.create(
        slug="excel-basic",
        title="Excel, basic",
        account=account,
        action="take_test",
        parameters={"tst_frm_id": 482},
    )
    return World(platform, lti11, account, activity)


def launch_fields(
    person: Mapping[str, str] = ALICE, place: Mapping[str, str] = HISTORY, **fields: Any
) -> dict[str, str]:
    """The parameters of a launch as Moodle sends them; ``None`` leaves one out."""
    everything = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "lis_outcome_service_url": SERVICE_URL,
        "launch_presentation_locale": "en",
        "launch_presentation_document_target": "iframe",
        "launch_presentation_return_url": RETURN_URL,
        "tool_consumer_info_product_family_code": "moodle",
        "tool_consumer_instance_guid": "523efcba04caeb54",
        **place,
        **person,
        **fields,
    }
    return {name: value for name, value in everything.items() if value is not None}


def selection_fields(person: Mapping[str, str] = INES, **fields: Any) -> dict[str, str]:
    """The parameters of a content item selection request."""
    asked = {
        "lti_message_type": "ContentItemSelectionRequest",
        "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
        "accept_presentation_document_targets": "iframe,window",
        "content_item_return_url": "https://lms.example.edu/mod/lti/contentitem_return.php?course=2",
        "data": "opaque & more",
        "resource_link_id": None,
        "lis_outcome_service_url": None,
    }
    return launch_fields(person, **(asked | fields))


def signed_body(
    fields: Mapping[str, str] | Sequence[tuple[str, str]],
    *,
    path: str = LAUNCH_PATH,
    key: str = KEY,
    secret: str = SECRET,
    method: str = "HMAC-SHA1",
    nonce: str | None = None,
    timestamp: int | None = None,
) -> str:
    """The form post that a browser would carry from the LMS, signed for our public address."""
    pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    signer = Signer(
        key,
        client_secret=secret,
        signature_method=method,
        signature_type="BODY",
        nonce=nonce or secrets.token_hex(16),
        timestamp=str(timestamp or int(time.time())),
    )
    _url, _headers, body = signer.sign(
        settings.BASE_URL + path,
        http_method="POST",
        body=urlencode([("oauth_callback", "about:blank"), *pairs]),
        headers={"Content-Type": FORM},
    )
    return str(body)


def post(client: Client, body: str | bytes, path: str = LAUNCH_PATH, **headers: Any) -> Any:
    """Post a body as a browser does."""
    return client.post(path, data=body, content_type=FORM, headers=headers)


def signed_launch(
    client: Client, *, path: str = LAUNCH_PATH, fields: Mapping[str, str] | None = None, **more: Any
) -> Any:
    """Launch as Alice in History unless ``fields`` (or single parameters) say otherwise; gives the response.

    ``key``, ``secret``, ``method``, ``nonce`` and ``timestamp`` go to the signature.
    """
    signing = {name: more.pop(name) for name in ("key", "secret", "method", "nonce", "timestamp") if name in more}
    told = dict(fields) if fields is not None else launch_fields()
    told = {name: value for name, value in (told | more).items() if value is not None}
    return post(client, signed_body(told, path=path, **signing), path)
