"""Whatever strangers and tools send to our LTI 1.3 platform side: an answer, and never a fault of ours (S13)."""

import json
import secrets
import time
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_bridge import peer_keys
from lti_bridge.models import Grade, ProviderLaunch, ProviderScore
from lti_bridge.relay.content_items import make_activities
from lti_bridge.relay.deep_linking import Chosen
from lti_bridge.relay.tools import find_tool
from tests.relay.tool13 import (
    ASSERTION_TYPE,
    AUTH,
    DL,
    FORM,
    SCORE,
    begin,
    make_course13,
    score,
    sign,
)

pytestmark = pytest.mark.django_db

fuzzed = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TEXT = st.text(st.characters(codec=None), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
#: What each member might be if it were right, and everything else.
MEMBERS = {
    "userId": TEXT,
    "scoreGiven": st.floats() | st.integers() | st.sampled_from([1e308, 10**30, -0.0, 1e-30, 999999999.99999999999]),
    "scoreMaximum": st.floats() | st.integers(),
    "activityProgress": st.sampled_from(["Initialized", "Completed", "completed", ""]),
    "gradingProgress": st.sampled_from(["FullyGraded", "Pending", "Fully", ""]),
    "timestamp": st.datetimes().map(lambda at: f"{at.isoformat()}Z") | TEXT,
    "comment": TEXT,
    "scoringUserId": TEXT,
    "submission": st.fixed_dictionaries({}, optional={"startedAt": JSON, "submittedAt": JSON}),
}
CHANGES = st.fixed_dictionaries({}, optional={name: right | JSON for name, right in MEMBERS.items()})


@pytest.fixture
def course():
    return make_course13()


@pytest.fixture(autouse=True)
def network_off(monkeypatch):
    peer_keys.forget()

    def fetched(url):
        raise peer_keys.KeyProblem("keys_unreachable", "nobody answers")

    monkeypatch.setattr(peer_keys, "_fetched", fetched)


def _raw(value):
    return json.dumps(value).encode()


def test_scores(course):
    token, url = course.tool.token(SCORE), f"{course.line_item}/scores"

    @fuzzed
    @given(changes=CHANGES)
    def scores(changes):
        with transaction.atomic():
            response = course.tool.call("POST", url, _raw(score(course.attempt) | changes), token=token)
            assert response.status_code in (200, 400, 409, 415, 422), response.content
            if response.status_code != 200:
                assert not Grade.objects.exists() and not ProviderScore.objects.exists()
                assert response.json()["reference"]
            transaction.set_rollback(True)

    scores()


@pytest.mark.parametrize("what", ["line_items", "scores"])
def test_bodies(course, what):
    url = course.line_items if what == "line_items" else f"{course.line_item}/scores"
    token = course.tool.token()

    @fuzzed
    @given(body=st.binary(max_size=200) | JSON.map(_raw))
    def bodies(body):
        with transaction.atomic():
            response = course.tool.call("POST", url, body, token=token)
            assert response.status_code in (201, 400, 415), response.content
            transaction.set_rollback(True)

    bodies()


def test_line_items(course):
    token = course.tool.token()
    names = ("label", "scoreMaximum", "resourceId", "tag", "resourceLinkId", "startDateTime", "endDateTime", "id")

    @fuzzed
    @given(
        changes=st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON)), method=st.sampled_from(["POST", "PUT"])
    )
    def items(changes, method):
        with transaction.atomic():
            body = _raw({"label": "x", "scoreMaximum": 1} | changes)
            url = course.line_items if method == "POST" else course.line_item
            response = course.tool.call(method, url, body, token=token)
            assert response.status_code in (200, 201, 400, 404), response.content
            if response.status_code in (200, 201):
                assert course.tool.call("GET", response.json()["id"], token=token).json() == response.json()
            transaction.set_rollback(True)

    items()


def test_queries(course):
    token = course.tool.token()
    query = st.dictionaries(
        st.sampled_from(["limit", "after", "tag", "resource_id", "resource_link_id", "user_id", "role", "rlid", "x"]),
        TEXT | st.integers().map(str),
        max_size=4,
    )
    members = course.line_items.replace("/line_items", "/memberships")

    @fuzzed
    @given(query=query, url=st.sampled_from([course.line_items, f"{course.line_item}/results", members]))
    def queries(query, url):
        asked = QueryDict(mutable=True)
        asked.update({name: text.encode("utf-8", "replace").decode() for name, text in query.items()})
        response = course.tool.call("GET", f"{url}?{asked.urlencode()}", token=token)
        assert response.status_code in (200, 400, 404), response.content

    queries()


@pytest.mark.parametrize("where", ["claims", "header"])
def test_assertions(course, where):
    names = ("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "https://purl.imsglobal.org/spec/lti/claim/deployment_id")

    @fuzzed
    @given(changes=st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON)), header=TEXT)
    def assertions(changes, header):
        with transaction.atomic():
            if where == "claims":
                made = sign(course.tool.signer, course.tool.assertion_claims() | changes)
            else:
                made = f"{header}.{course.tool.assertion().partition('.')[2]}"
            fields = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": made.encode("utf-8", "replace").decode(),
                "scope": SCORE,
            }
            response = Client().post("/relay/1.3/token", fields)
            assert response.status_code == 400  # multipart
            response = Client().post("/relay/1.3/token", data=urlencode(fields), content_type=FORM)
            assert response.status_code in (200, 400, 401), response.content
            assert {"access_token", "error"} & response.json().keys()
            transaction.set_rollback(True)

    assertions()


def test_token_requests(course):
    fields = st.dictionaries(
        st.sampled_from(["grant_type", "client_assertion_type", "client_assertion", "scope", "x"]), TEXT, max_size=5
    )

    @fuzzed
    @given(fields=fields, body=st.none() | st.binary(max_size=100))
    def requests(fields, body):
        clean = {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}
        response = Client().post("/relay/1.3/token", data=urlencode(clean) if body is None else body, content_type=FORM)
        assert response.status_code in (400, 401), response.content

    requests()


def test_authentication_requests(course):
    begun = begin(course.attempt)
    names = list(begun.request())
    changes = st.dictionaries(st.sampled_from([*names, "x"]), TEXT | st.none(), min_size=1, max_size=4)

    @fuzzed
    @given(changes=changes, method=st.sampled_from(["get", "post"]))
    def requests(changes, method):
        told = {name: text and text.encode("utf-8", "replace").decode() for name, text in changes.items()}
        with transaction.atomic():
            response = begun.ask(method=method, **told)
            assert response.status_code in (200, 400, 403), response.content
            assert "Location" not in response
            transaction.set_rollback(True)

    requests()


def test_anything_at_the_authentication_endpoint():
    @fuzzed
    @given(query=st.binary(max_size=100), method=st.sampled_from(["get", "post"]))
    def requests(query, method):
        if method == "get":
            response = Client().generic("GET", AUTH, QUERY_STRING=query.decode("latin-1"))
        else:
            response = Client().post(AUTH, data=query, content_type=FORM)
        assert response.status_code in (400, 403)

    requests()


def test_content_messages(course):
    now = int(time.time())
    names = ("iss", "aud", "exp", "iat", "nonce", f"{DL}data", f"{DL}content_items", f"{DL}msg")

    @fuzzed
    @given(changes=st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON)))
    def messages(changes):
        claims = {"iss": course.tool.client_id, "aud": "http://localhost:8000", "iat": now, "exp": now + 600}
        claims |= {"nonce": secrets.token_hex(8)} | changes
        response = Client().post("/relay/1.3/content", {"JWT": sign(course.tool.signer, claims)})
        assert response.status_code in (400, 403), response.content

    messages()


def test_content_items(course):
    tool = find_tool(course.tool.client_id).tool
    launch = ProviderLaunch.objects.create(account=course.world.account, details={"multiple": True})
    item = st.fixed_dictionaries(
        {"type": st.just("ltiResourceLink")},
        optional={
            "title": JSON,
            "text": JSON,
            "url": JSON,
            "lineItem": JSON | st.fixed_dictionaries({"scoreMaximum": JSON}, optional={"label": JSON, "tag": JSON}),
            "custom": JSON | st.fixed_dictionaries({"tst_frm_id": st.just("1") | JSON}),
        },
    )

    @fuzzed
    @given(items=st.lists(item | JSON, max_size=3))
    def chosen(items):
        with transaction.atomic():
            made, skipped = make_activities(Chosen(launch, tool, tuple(items), ()))
            assert len(made) + len(skipped) == len(items)
            assert not any(activity.enabled for activity in made)
            for each in skipped:
                assert each.reasons and "".join((each.title, *map(str, each.reasons))).encode()
            transaction.set_rollback(True)

    chosen()
