"""The token endpoint (section B3 of the conformance list), and what a token is good for."""

import inspect
import re
import time
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs

from lti_bridge import jose, peer_keys, refused_messages
from lti_bridge.models import RefusedMessages, UsedAssertion
from lti_bridge.relay import assertions
from tests.forgeries13 import TOKENS, key_set, with_header
from tests.relay.tool13 import (
    CLAIM,
    CLIENT_ID,
    FORM,
    ISSUER,
    JWKS_URI,
    LINE_ITEM,
    LINE_ITEM_READ,
    MEMBERS,
    OUTCOME,
    RESULT_READ,
    SCORE,
    TOKEN_URL,
    Course13,
    Tool,
    begin,
    make_course13,
    make_world13,
    other_tool,
    posted_back,
    score,
)
from tests.world13 import knows_keys_of, peer

pytestmark = pytest.mark.django_db

#: What somebody who is not the tool is told, whatever the reason.
NOT_KNOWN = {"error": "invalid_client", "error_description": "The client is not known."}


@pytest.fixture
def course() -> Course13:
    return make_course13()


@pytest.fixture
def tool(course):
    return course.tool


@pytest.fixture(autouse=True)
def network_off(monkeypatch):
    """An unknown key is looked for once a minute; here nobody answers."""
    peer_keys.forget()

    def fetched(url):
        raise peer_keys.KeyProblem("keys_unreachable", "nobody answers")

    monkeypatch.setattr(peer_keys, "_fetched", fetched)


def refused(response, status, error="invalid_client"):
    assert (response.status_code, response.json()["error"]) == (status, error), response.content
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) == {"error", "error_description"}
    return response.json()


# --- what is granted ------------------------------------------------------------------------


def test_a_proper_assertion_gets_a_token(tool):
    """P13-TK-01"""
    response = tool.ask_token(LINE_ITEM, SCORE, MEMBERS)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"
    said = response.json()
    assert (said["token_type"], said["expires_in"]) == ("bearer", 3600)
    assert said["scope"].split() == [LINE_ITEM, SCORE, MEMBERS]
    assert said["access_token"].isascii() and len(said["access_token"]) >= 15
    # RFC 6750 §2.1
    assert set(said["access_token"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")


@pytest.mark.parametrize(
    ("scope", "method", "what"),
    [
        (LINE_ITEM, "GET", "line_item"),
        (SCORE, "POST", "scores"),
        (RESULT_READ, "GET", "results"),
        (LINE_ITEM_READ, "GET", "line_item"),
    ],
)
def test_a_token_is_limited_to_what_was_asked_for(course, scope, method, what):
    """P13-TK-02"""
    assert course.tool.ask_token(scope).json()["scope"] == scope
    token = course.tool.token(scope)
    calls = {
        "line_item": ("GET", course.line_item, None),
        "scores": ("POST", f"{course.line_item}/scores", score(course.attempt)),
        "results": ("GET", f"{course.line_item}/results", None),
    }
    for name, (verb, url, body) in calls.items():
        status = course.tool.call(verb, url, body, token=token).status_code
        assert status == (200 if name == what else 403), name
    item = {"label": "x", "scoreMaximum": 1}
    made = course.tool.call("POST", course.line_items, item, token=token).status_code
    assert made == (201 if scope == LINE_ITEM else 403)


def test_unknown_scopes_are_dropped_and_none_left_is_an_error(tool):
    """P13-TK-03"""
    assert tool.ask_token(SCORE, "https://example.com/scope").json()["scope"] == SCORE
    refused(tool.ask_token("https://example.com/scope"), 400, "invalid_scope")


@pytest.mark.parametrize("scope", [None, "", "  "])
def test_a_scope_must_be_asked_for(tool, scope):
    """P13-TK-04"""
    refused(tool.ask_token(scope=scope), 400, "invalid_scope")


def test_what_the_account_does_not_offer_is_not_granted():
    world = make_world13(line_items=False)
    tool = Tool(world.account, peer("provider"))
    refused(tool.ask_token(LINE_ITEM, SCORE, OUTCOME), 400, "invalid_scope")
    assert tool.ask_token(SCORE, MEMBERS).json()["scope"] == MEMBERS
    world.account.settings["outcomes"] = True
    world.account.save()
    assert tool.ask_token(OUTCOME).json()["scope"] == OUTCOME


@pytest.mark.parametrize("audience", [TOKEN_URL, ISSUER, [TOKEN_URL], [ISSUER]])
def test_our_token_address_and_our_issuer_are_both_good_audiences(tool, audience):
    """P13-TK-07"""
    assert tool.ask_token(SCORE, client_assertion=tool.assertion(aud=audience)).status_code == 200


def test_the_deployment_may_be_named(tool):
    """P13-TK-11"""
    named = tool.assertion(**{f"{CLAIM}deployment_id": "1"})
    assert tool.ask_token(SCORE, client_assertion=named).status_code == 200


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, "invalid_request"),
        ({"client_assertion_type": None}, "invalid_request"),
        ({"scope": [SCORE, SCORE]}, "invalid_request"),
        ({"client_assertion": ["a", "b"]}, "invalid_request"),
    ],
)
def test_the_form_must_be_the_one_of_the_specification(tool, fields, error):
    """P13-TK-05"""
    told = {"scope": SCORE} | fields
    refused(tool.ask_token(**told), 400, error)
    assert UsedAssertion.objects.count() == 0


def test_only_forms_that_are_posted_are_read(tool):
    path = "/relay/1.3/token"
    assert Client().get(path).status_code == 405
    assert Client().get(path)["Allow"] == "POST"
    refused(Client().post(path, data={"a": 1}, content_type="application/json"), 400, "invalid_request")
    endless = Client().post(path, data="a=" + "x" * 200_000, content_type=FORM)
    refused(endless, 400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sub": "somebody"}, id="P13-TK-06 sub differs"),
        pytest.param({"sub": None}, id="P13-TK-06 no sub"),
        pytest.param({"iss": None, "sub": None}, id="P13-TK-06 nobody"),
        pytest.param({"iss": ["bridge-tool-1"], "sub": ["bridge-tool-1"]}, id="P13-TK-06 lists"),
        pytest.param({"aud": "https://lms.example.edu/token"}, id="P13-TK-07 elsewhere"),
        pytest.param({"aud": [TOKEN_URL, "https://lms.example.edu/token"]}, id="P13-TK-07 foreign one beside"),
        pytest.param({"aud": [TOKEN_URL, ISSUER]}, id="P13-TK-07 two of ours"),
        pytest.param({"aud": []}, id="P13-TK-07 empty"),
        pytest.param({"aud": None}, id="P13-TK-07 none"),
        pytest.param({"aud": {"x": TOKEN_URL}}, id="P13-TK-07 object"),
        pytest.param({"aud": f"{TOKEN_URL}/"}, id="P13-TK-07 nearly"),
        pytest.param({"aud": 7}, id="P13-TK-07 number"),
    ],
)
def test_an_assertion_that_is_not_for_us_shows_nothing(tool, changes):
    """SEC-J7: CVE-2025-27370, CVE-2025-27371"""
    assert refused(tool.ask_token(SCORE, client_assertion=tool.assertion(**changes)), 400) == NOT_KNOWN
    assert UsedAssertion.objects.count() == 0


@pytest.mark.parametrize("client", ["somebody", "bridge-tool-2", "\x00", "é", "x" * 300, "' or 1=1 --", "\ud800"])
def test_an_unknown_client_is_told_what_a_wrong_key_is_told(tool, client):
    """P13-TK-06"""
    made = tool.assertion(iss=client, sub=client)
    assert refused(tool.ask_token(SCORE, client_assertion=made), 401) == NOT_KNOWN


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        pytest.param({"exp": -120}, "ended", id="expired"),
        pytest.param({"exp": 4000}, "3600", id="exp too far"),
        pytest.param({"iat": 300}, "future", id="iat in the future"),
        pytest.param({"iat": -4000}, "ago", id="iat too old"),
        pytest.param({"nbf": 300}, "not valid yet", id="nbf in the future"),
        pytest.param({"exp": None}, "missing", id="no exp"),
        pytest.param({"iat": None}, "missing", id="no iat"),
    ],
)
def test_the_times_of_an_assertion_must_be_near(tool, changes, word):
    """P13-TK-08"""
    now = int(time.time())
    told = {name: None if seconds is None else now + seconds for name, seconds in changes.items()}
    said = refused(tool.ask_token(SCORE, client_assertion=tool.assertion(**told)), 400)
    assert word in said["error_description"]
    assert UsedAssertion.objects.count() == 0


@pytest.mark.parametrize("times", [{"exp": "1900000000"}, {"iat": True}, {"exp": 1e30}, {"iat": "soon"}, {"exp": [1]}])
def test_times_are_numbers(tool, times):
    """P13-TK-08"""
    refused(tool.ask_token(SCORE, client_assertion=tool.assertion(**times)), 400)


def test_clocks_may_differ_a_little(tool):
    now = int(time.time())
    assert tool.ask_token(SCORE, client_assertion=tool.assertion(iat=now + 50, exp=now + 3600)).status_code == 200
    assert tool.ask_token(SCORE, client_assertion=tool.assertion(iat=now - 90, exp=now - 30)).status_code == 200


def test_an_assertion_is_used_once(course, tool):
    """P13-TK-09"""
    made = tool.assertion(jti="j-1")
    assert tool.ask_token(SCORE, client_assertion=made).status_code == 200
    assert "used before" in refused(tool.ask_token(SCORE, client_assertion=made), 400)["error_description"]
    refused(tool.ask_token(SCORE, client_assertion=tool.assertion(jti="j-1")), 400)
    # Another tool's names are its own.
    assert other_tool(course.world).ask_token(SCORE).status_code == 200


@pytest.mark.parametrize("jti", [None, "", 7, "x" * 241, "\x00", "\ud800", ["a"]])
def test_an_assertion_without_a_sensible_name_is_refused(tool, jti):
    """P13-TK-09"""
    refused(tool.ask_token(SCORE, client_assertion=tool.assertion(jti=jti)), 400)


# --- forged ---------------------------------------------------------------------------------


def _by(make):
    return lambda tool: make(tool.assertion_claims() | {"context": {"id": "course-history"}})


def _times(**seconds):
    return lambda tool: tool.assertion(**{name: int(time.time()) + value for name, value in seconds.items()})


def _with_another_payload(tool):
    head, _payload, signature = tool.assertion(jti="one").split(".")
    return ".".join((head, tool.assertion(jti="another").split(".")[1], signature))


#: What the tool did not sign, or not so → the reason code, and how one is made. The tool's key is that of ``TOKENS``.
NOT_SIGNED = {each.name: (each.code, _by(each.make)) for each in TOKENS} | {
    "payload changed": ("bad_signature", _with_another_payload),
    # The form as a whole may have no 100 KB.
    "T13-BAD-34 100 KB": ("token_too_large", lambda tool: "a" * 70_000),
    "another customer's key": ("unknown_kid", lambda tool: tool.assertion(signer=peer("other-provider"))),
    "another customer's key under our name": (
        "bad_signature",
        lambda tool: tool.assertion(signer=peer("other-provider"), headers={"kid": tool.signer.kid}),
    ),
    "our own key": ("unknown_kid", lambda tool: tool.assertion(signer=peer("bridge-toward-providers"))),
    "not ASCII": ("not_a_token", lambda tool: "é.é.é"),
}
#: Assertions that must not be believed.
FORGED = NOT_SIGNED | {
    "nobody": ("wrong_issuer", lambda tool: tool.assertion(iss=None, sub=None)),
    "sub of another": ("wrong_issuer", lambda tool: tool.assertion(sub="bridge-tool-2")),
    "a client that is not known": ("unknown_client", lambda tool: tool.assertion(iss="somebody", sub="somebody")),
    "client in other letters": (
        "unknown_client",
        lambda tool: tool.assertion(iss=CLIENT_ID.upper(), sub=CLIENT_ID.upper()),
    ),
    "as another customer": (
        "unknown_kid",
        lambda tool: tool.assertion(iss="bridge-tool-2", sub="bridge-tool-2"),
    ),
    "for another platform": ("wrong_audience", lambda tool: tool.assertion(aud="https://lms.example.edu/token")),
    "for us and others": ("wrong_audience", lambda tool: tool.assertion(aud=[TOKEN_URL, "https://lms.example.edu"])),
    "expired": ("expired", _times(iat=-600, exp=-300)),
    "from the future": ("issued_in_future", _times(iat=300)),
    "good for too long": ("too_long", _times(exp=4000)),
    "made long ago": ("too_old", _times(iat=-4000)),
    "not valid yet": ("not_yet_valid", _times(nbf=300)),
    "no end": ("missing_time", lambda tool: tool.assertion(exp=None)),
    "end as text": ("bad_time", lambda tool: tool.assertion(exp="1900000000")),
    "no name": ("no_jti", lambda tool: tool.assertion(jti=None)),
    "another deployment": ("unknown_deployment", lambda tool: tool.assertion(**{f"{CLAIM}deployment_id": "2"})),
}
#: What is told only to who holds the tool's key.
PROVED = {"expired", "issued_in_future", "too_long", "too_old", "not_yet_valid", "missing_time", "bad_time", "no_jti"}
#: Before it is known whose key should have signed, and so noted with no account.
NOBODYS = {"bad_algorithm", "critical_header", "no_kid", "bad_kid", "not_a_token", "token_too_large"}
NOBODYS |= {"wrong_issuer", "wrong_audience", "unknown_client"}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_assertion_is_refused_for_its_own_reason(name):
    """P13-TK-06, P13-TK-07, P13-TK-08, P13-TK-10, SEC-J1, SEC-J2, SEC-J4, SEC-J5, S1"""
    code, make = FORGED[name]
    world = make_world13()
    tool, stranger = Tool(world.account, peer()), other_tool(world)
    knows_keys_of(JWKS_URI, key_set())
    with capture_logs() as logs:
        said = tool.ask_token(SCORE, client_assertion=make(tool)).json()
    assert said["error"] == "invalid_client"
    assert [each["code"] for each in logs if each["event"] == "token_refused"] == [code]
    assert (said == NOT_KNOWN) == (code not in PROVED | {"unknown_deployment"})
    noted = list(RefusedMessages.objects.values_list("account", "code"))
    whose = stranger.account if name == "as another customer" else tool.account
    assert noted == ([] if code in NOBODYS else [(whose.pk, f"token_{code}")])
    assert not UsedAssertion.objects.exists()


def test_the_same_assertions_are_believed_where_nothing_is_wrong():
    """Else those above would show nothing."""
    tool = Tool(make_world13().account, peer())
    knows_keys_of(JWKS_URI, key_set())
    claims = tool.assertion_claims()
    assert tool.ask_token(SCORE, client_assertion=with_header()(claims)).status_code == 200
    assert tool.ask_token(SCORE, client_assertion=tool.assertion()).status_code == 200


def test_every_reason_to_refuse_an_assertion_is_met():
    assert len(FORGED) >= 60
    parts = (assertions, jose.read, jose.claims_of, jose.check_times, jose._time)
    raised = {code for part in parts for code in re.findall(r'raise \w+\(\s*"(\w+)"', inspect.getsource(part))}
    assert len(raised) > 12
    # ``jti_used`` has a test of its own.
    assert raised <= {code for code, _make in FORGED.values()} | {"jti_used"}


def test_another_deployment_is_refused(tool):
    """P13-TK-11"""
    for deployment in ("2", "", 1, None, ["1"]):
        claims = tool.assertion_claims() | {f"{CLAIM}deployment_id": deployment}
        refused(tool.ask_token(SCORE, client_assertion=tool.signer.sign(claims)), 400)


def test_a_disabled_client_gets_no_token_and_those_it_had_end(course, tool):
    """P13-TK-12"""
    token = tool.token(LINE_ITEM)
    assert tool.call("GET", course.line_item, token=token).status_code == 200
    course.world.account.enabled = False
    course.world.account.save()
    assert refused(tool.ask_token(SCORE), 401) == NOT_KNOWN
    assert tool.call("GET", course.line_item, token=token).status_code == 401


def test_a_client_that_was_given_another_id_begins_anew(course, tool):
    token = tool.token(LINE_ITEM)
    course.world.account.settings["client_id"] = "another"
    course.world.account.save()
    assert tool.call("GET", course.line_item, token=token).status_code == 401


def test_what_an_account_offers_no_longer_ends_with_it(course, tool):
    token = tool.token(LINE_ITEM)
    course.world.account.settings["line_items"] = False
    course.world.account.save()
    assert tool.call("GET", course.line_item, token=token).status_code == 403


def test_an_id_token_is_no_assertion(course, tool):
    """P13-TK-13"""
    id_token = posted_back(begin(course.attempt).ask())[1]["id_token"]
    assert refused(tool.ask_token(SCORE, client_assertion=id_token), 400) == NOT_KNOWN


def test_an_access_token_is_no_assertion(tool):
    refused(tool.ask_token(SCORE, client_assertion=tool.token()), 401)


# --- what a token is ------------------------------------------------------------------------


def test_a_token_is_good_for_an_hour(course, tool):
    token = tool.token(LINE_ITEM)
    with time_machine.travel(timezone.now() + timedelta(seconds=3590), tick=False):
        assert tool.call("GET", course.line_item, token=token).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=3610), tick=False):
        assert tool.call("GET", course.line_item, token=token).status_code == 401


def test_tokens_are_signed_with_a_key_of_the_service(course, tool, settings):
    """A rotation of SECRET_KEY ends none while the old key is kept."""
    token = tool.token(LINE_ITEM)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-sample-key-0123456789-0123456789-0123456789"
    assert tool.call("GET", course.line_item, token=token).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert tool.call("GET", course.line_item, token=token).status_code == 401


def test_nothing_else_that_we_sign_is_a_token(course, tool):
    forged = signing.TimestampSigner(salt="something else", sep=".").sign_object(
        [course.world.account.pk, CLIENT_ID, [LINE_ITEM]]
    )
    assert tool.call("GET", course.line_item, token=forged).status_code == 401


def test_no_secret_of_a_token_request_reaches_the_log(tool, caplog):
    """S11"""
    made = tool.assertion(jti="canary-jti-1")
    token = tool.ask_token(SCORE, client_assertion=made).json()["access_token"]
    tool.ask_token(SCORE, client_assertion=made)
    for canary in (made, token, "canary-jti-1"):
        assert canary not in caplog.text


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda tool: tool.assertion(signer=peer("random"), headers={"kid": tool.signer.kid}), "another key"),
        (lambda tool: tool.assertion(headers={"kid": "key-of-nobody"}), "not published"),
        (lambda tool: tool.assertion(iat=int(time.time()) + 300), "ahead of ours"),
        (lambda tool: tool.assertion(exp=int(time.time()) - 300, iat=int(time.time()) - 600), "behind ours"),
        (lambda tool: tool.assertion(**{f"{CLAIM}deployment_id": "2"}), "another deployment"),
        (lambda tool: tool.assertion(jti=None), "not signed as LTI asks"),
    ],
)
def test_an_administrator_sees_why_a_tool_gets_no_token(tool, made, told):
    assert tool.ask_token(SCORE, client_assertion=made(tool)).status_code in (400, 401)
    noted = RefusedMessages.objects.get(account=tool.account)
    assert told in refused_messages.summary(noted)


def test_what_names_no_account_of_ours_is_noted_nowhere(tool):
    """S3"""
    tool.ask_token(SCORE, client_assertion=tool.assertion(iss="somebody", sub="somebody"))
    tool.ask_token(SCORE, client_assertion="x.y.z")
    assert RefusedMessages.objects.count() == 0
