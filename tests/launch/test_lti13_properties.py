"""Whatever a platform signs, there is an answer, and never a fault of ours."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_bridge.models import Deployment, Lti13Registration
from tests.forgeries13 import raw_token
from tests.launches13 import begin, come_back, selection_claims
from tests.world import World, make_world
from tests.world13 import CLAIM, claims, make_registration, peer

#: Texts that have broken things: NUL, half a character, blanks, what other languages read as something else.
_TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "a\x00b",
        "\u202e",
        "🎓" * 300,
        "x" * 3000,
        "javascript:alert(1)",
        "https://[",
        "//x",
        "{skew}",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=8,
)
_MESSAGES = (
    *("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest", "LtiDataPrivacyLaunchRequest"),
    "LtiStartProctoring",
)
#: What would be refused before the message is read is left alone, most of the time.
_FIRM = frozenset(("iss", "aud", "exp", "iat", "nonce", f"{CLAIM}version", f"{CLAIM}deployment_id"))


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """Good claims, of which some became anything, or hold anything."""
    message = draw(st.sampled_from(_MESSAGES))
    told = (selection_claims if message == "LtiDeepLinkingRequest" else claims)(
        message_type=message,
        for_user={"user_id": "alice-1"},
        lti1p1={"oauth_consumer_key": "moodle-key-1", "oauth_consumer_key_sign": "x"},
    )
    names = sorted(told, key=lambda name: (name in _FIRM, name))
    for name in draw(st.lists(st.sampled_from(names[: -len(_FIRM)]), max_size=4)):
        value = told[name]
        if isinstance(value, dict) and value and draw(st.booleans()):
            told[name] = value | {draw(st.sampled_from(sorted(value))): draw(_JSON)}
        else:
            told[name] = draw(_JSON)
    if draw(st.integers(0, 9)) == 0:
        told[draw(st.sampled_from(sorted(_FIRM)))] = draw(_JSON)
    return told


@pytest.fixture
def world(db: None) -> World:
    made = make_world()
    make_registration(made.platform)
    return made


@given(told=messages(), with_login=st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_claims_at_all_are_answered(world: World, told: dict[str, Any], with_login: bool) -> None:
    """S13: 2xx to 4xx, never an exception."""
    Lti13Registration.objects.update(approve_deployments=True, service_hosts=[])
    client = Client()
    begun = begin(client, **({} if with_login else {"lti_deployment_id": None}))
    told.setdefault("nonce", begun.nonce)
    if isinstance(told["nonce"], str):
        told["nonce"] = begun.nonce
    token = raw_token({"alg": "RS256", "kid": peer().kid}, json.dumps(told).encode())
    assert 200 <= come_back(client, begun, token).status_code < 500
    assert Deployment.objects.count() < 400


@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_at_all_are_answered(world: World, raw: bytes) -> None:
    """S13: as a form, as a query, as a payload."""
    client = Client()
    form = "application/x-www-form-urlencoded"
    begun = begin(client)
    token = raw_token({"alg": "RS256", "kid": peer().kid}, raw)
    answers = [
        client.post("/lti/1.3/login", raw, content_type=form),
        client.post("/lti/1.3/launch", raw, content_type=form),
        client.get("/lti/1.3/login", QUERY_STRING=raw.decode("latin-1")),
        come_back(client, begun, token),
        come_back(client, begun, raw.decode("latin-1")),
    ]
    assert all(200 <= answer.status_code < 500 for answer in answers)
