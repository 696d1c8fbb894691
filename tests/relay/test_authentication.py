"""The authentication request (section B2 of the conformance list): who gets an id_token, and where it may go."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from lti_bridge.models import Attempt, AttemptState, ProviderLaunch
from lti_bridge.relay import id_token
from tests.relay.sitting import sit
from tests.relay.tool13 import (
    AUTH,
    CLAIM,
    HOST,
    REDIRECT_URI,
    ask,
    begin,
    claims_of,
    make_world13,
    other_tool,
    posted_back,
)

pytestmark = pytest.mark.django_db

MARKUP = "\"><script>alert(1)</script>&amp;'`"


@pytest.fixture
def world():
    return make_world13()


@pytest.fixture
def attempt(world):
    return sit(world)


@pytest.fixture
def begun(attempt):
    return begin(attempt)


def refused_here(response, status=403):
    """A page of ours: no redirect, no form, nothing of the request on it."""
    assert response.status_code == status
    assert "Location" not in response
    page = response.content.decode()
    assert "<form" not in page and "evil" not in page and "state-1" not in page
    assert "Reference" in page
    return page


def told(response, state="state-1"):
    """The error that is posted to the tool, with its state."""
    url, fields = posted_back(response)
    assert url == REDIRECT_URI
    assert fields.pop("state", None) == state
    assert set(fields) == {"error", "error_description"}
    return fields["error"]


# --- before anything goes out ---------------------------------------------------------------


@pytest.mark.parametrize("client_id", ["somebody", "", "bridge-tool-1 ", "BRIDGE-TOOL-1", "\x01", "é", "x" * 300, None])
def test_an_unknown_client_is_told_here(begun, client_id):
    """P13-AU-01"""
    refused_here(begun.ask(client_id=client_id))
    assert begun.row.used_at is None


BAD_URIS = [
    f"{REDIRECT_URI}&x=1",
    REDIRECT_URI[:-1],
    REDIRECT_URI.upper(),
    REDIRECT_URI.replace("https", "http"),
    REDIRECT_URI.replace("/lti/", "/lti/../lti/"),
    REDIRECT_URI.replace("launched", "l%61unched"),
    REDIRECT_URI.replace("https://", "https://evil@"),
    f"{REDIRECT_URI}#x",
    f" {REDIRECT_URI}",
    f"{REDIRECT_URI}%20",
    REDIRECT_URI.replace("provider.example.net", "provider.example.net:443"),
    REDIRECT_URI.replace("provider.example.net", "evil.example.com"),
    "https://provider.example.net.evil.example/lti/launched?tenant=1",
    "javascript:alert(1)",
    "//evil.example",
    f"{HOST}/lti",
    "",
    None,
]


@pytest.mark.parametrize("uri", BAD_URIS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_an_exactly_registered_address_is_ever_sent_anything(begun, uri, method):
    """P13-AU-02, SEC-B2: right or wrong otherwise, the answer stays here."""
    refused_here(begun.ask(redirect_uri=uri, method=method))
    refused_here(begun.ask(redirect_uri=uri, method=method, scope="nothing"))
    assert begun.row.used_at is None


def test_each_registered_address_is_good(begun):
    url, _fields = posted_back(begun.ask(redirect_uri=f"{HOST}/lti/other"))
    assert url == f"{HOST}/lti/other"


def test_the_address_of_another_tool_is_not_ones_own(world, begun):
    other = other_tool(world)
    other.account.settings["redirect_uris"] = [f"{HOST}/elsewhere"]
    other.account.save()
    refused_here(begun.ask(redirect_uri=f"{HOST}/elsewhere"))


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "state", "nonce", "lti_message_hint", "login_hint", "scope", "unknown"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_said_twice_is_not_understood(begun, name, method):
    fields = begun.request()
    fields[name] = [fields.get(name, "x"), "https://evil.example.com"]
    refused_here(ask(begun.browser, fields, method), 400)
    assert begun.row.used_at is None


@pytest.mark.parametrize("value", ["x" * 9000, "a\x00b"])
def test_what_is_no_sensible_parameter_is_not_understood(begun, value):
    refused_here(begun.ask(state=value, method="post"), 400)


def test_a_disabled_account_is_an_unknown_client(world, begun):
    world.account.enabled = False
    world.account.save()
    refused_here(begun.ask())


def test_an_account_that_moved_to_another_connection_is_an_unknown_client(world, begun):
    world.account.settings = {"connection": "lti11"}
    world.account.save()
    refused_here(begun.ask())


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_only_get_and_post_are_allowed(method):
    response = getattr(Client(), method)(AUTH)
    assert response.status_code == 405


def test_an_error_page_can_be_seen_in_the_frame_of_the_lms(begun):
    response = begun.ask(client_id="somebody")
    assert "frame-ancestors 'self' *" in response["Content-Security-Policy"]


# --- what is told to the tool ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"scope": "profile"}, "invalid_scope", id="P13-AU-03 other scope"),
        pytest.param({"scope": None}, "invalid_scope", id="P13-AU-03 no scope"),
        pytest.param({"scope": "openidx"}, "invalid_scope", id="P13-AU-03 part of a word"),
        pytest.param({"response_type": "code"}, "unsupported_response_type", id="P13-AU-04 code"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="P13-AU-04 token"),
        pytest.param({"response_type": "id_token token"}, "unsupported_response_type", id="P13-AU-04 both"),
        pytest.param({"response_type": None}, "unsupported_response_type", id="P13-AU-04 none"),
        pytest.param({"response_mode": "query"}, "invalid_request", id="P13-AU-05 query"),
        pytest.param({"response_mode": "fragment"}, "invalid_request", id="P13-AU-05 fragment"),
        pytest.param({"response_mode": None}, "invalid_request", id="P13-AU-05 none"),
        pytest.param({"prompt": None}, "invalid_request", id="P13-AU-06 none"),
        pytest.param({"prompt": "login"}, "invalid_request", id="P13-AU-06 login"),
        pytest.param({"nonce": None}, "invalid_request", id="P13-AU-07 none"),
        pytest.param({"nonce": "  "}, "invalid_request", id="P13-AU-07 blank"),
        pytest.param({"nonce": "n" * 1001}, "invalid_request", id="P13-AU-07 endless"),
        pytest.param({"login_hint": "0" * 26}, "access_denied", id="P13-AU-08 another person"),
        pytest.param({"login_hint": None}, "access_denied", id="P13-AU-08 nobody"),
        pytest.param({"login_hint": "é"}, "access_denied", id="P13-AU-08 odd"),
        pytest.param({"lti_message_hint": None}, "invalid_request", id="P13-AU-10 missing"),
        pytest.param({"lti_message_hint": "A" * 32}, "invalid_request", id="P13-AU-10 unknown"),
        pytest.param({"lti_message_hint": "' or 1=1 --"}, "invalid_request", id="P13-AU-10 odd"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_mistake_has_its_error_and_uses_nothing_up(begun, changes, error, method):
    """P13-AU-03 to -10"""
    assert told(begun.ask(method=method, **changes)) == error
    assert begun.row.used_at is None
    _url, fields = posted_back(begun.ask())
    assert "id_token" in fields


def test_scopes_beside_openid_are_ignored(begun):
    assert "id_token" in posted_back(begun.ask(scope="profile openid email"))[1]


def test_without_a_state_none_comes_back(begun):
    assert told(begun.ask(state=None, nonce=None), state=None) == "invalid_request"
    assert set(posted_back(begun.ask(state=None))[1]) == {"id_token"}


def test_an_altered_hint_is_not_the_launch(begun):
    """P13-AU-10"""
    key = begun.row.key
    altered = ("B" if key[0] == "A" else "A") + key[1:]
    assert told(begun.ask(lti_message_hint=altered)) == "invalid_request"


def test_a_launch_is_good_for_ten_minutes(begun):
    """P13-AU-10"""
    with time_machine.travel(timezone.now() + timedelta(seconds=599), tick=False):
        assert "id_token" in posted_back(begun.ask())[1]


def test_an_expired_launch_is_over(begun):
    """P13-AU-10"""
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert told(begun.ask()) == "invalid_request"
    assert begun.row.used_at is None


def test_a_launch_gives_one_token(begun):
    """P13-AU-10"""
    assert "id_token" in posted_back(begun.ask())[1]
    assert told(begun.ask()) == "invalid_request"
    assert told(begun.ask(method="post")) == "invalid_request"


def test_two_requests_that_come_together_get_one_token(begun, monkeypatch):
    """S2: both found the launch unused; the conditional update lets one through."""
    from lti_bridge.relay import authentication

    first = begun.ask
    stale = begun.row
    assert "id_token" in posted_back(first())[1]
    monkeypatch.setattr(authentication, "launch_of", lambda *args: stale)
    assert told(begun.ask()) == "invalid_request"


def test_the_launch_of_another_client_is_unknown(world, begun):
    """P13-AU-10"""
    other = other_tool(world)
    fields = begun.request(client_id=other.client_id)
    assert told(ask(begun.browser, fields)) == "invalid_request"
    assert begun.row.used_at is None


def test_the_launch_of_another_session_needs_that_session(world, attempt, begun):
    """P13-AU-10, SEC-S5, SEC-S9: Bob's browser cannot go on with Alice's launch, whatever it is told."""
    bobs = begin(sit(world, user_id="bob-2"))
    assert told(ask(bobs.browser, begun.request())) == "login_required"
    forged = begun.request(login_hint=bobs.hints["login_hint"])
    assert told(ask(bobs.browser, forged)) == "login_required"
    assert begun.row.used_at is None


def test_two_launches_in_one_browser_do_not_disturb_each_other(attempt, begun):
    """SEC-S6"""
    second = begin(attempt)
    for name, morsel in second.browser.cookies.items():
        begun.browser.cookies[name] = morsel.value
    assert "id_token" in posted_back(ask(begun.browser, second.request(nonce="n-2")))[1]
    assert "id_token" in posted_back(ask(begun.browser, begun.request(nonce="n-1")))[1]


@pytest.mark.parametrize("value", ["", "x", "a:b:c", "\udcff".encode("utf-8", "replace").decode()])
def test_a_cookie_that_is_not_ours_is_none(begun, value):
    """P13-AU-09"""
    for name in list(begun.browser.cookies):
        begun.browser.cookies[name] = value
    assert told(begun.ask()) == "login_required"


def test_the_cookie_of_another_launch_does_not_prove_this_one(attempt, begun):
    other = begin(attempt)
    (name,) = begun.browser.cookies
    begun.browser.cookies[name] = other.action.cookie.value
    assert told(begun.ask()) == "login_required"


def test_a_cookie_that_is_older_than_its_launch_may_be_is_none(attempt):
    with time_machine.travel(timezone.now() - timedelta(seconds=700), tick=False):
        begun = begin(attempt)
    ProviderLaunch.objects.update(created_at=timezone.now())
    assert told(begun.ask()) == "login_required"


# --- what was taken away in between ---------------------------------------------------------


def test_an_activity_that_was_switched_off_is_not_opened(world, begun):
    """P13-AU-15, SEC-S11"""
    world.activity.enabled = False
    world.activity.save()
    assert told(begun.ask()) == "access_denied"


def test_an_attempt_that_was_cancelled_is_not_opened(begun):
    """P13-AU-15"""
    Attempt.objects.update(state=AttemptState.CANCELLED)
    assert told(begun.ask()) == "access_denied"


# --- the answer -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_both_methods_get_a_token(begun, method):
    """P13-AU-12, P13-AU-13, P13-AU-14"""
    response = begun.ask(method=method, nonce="n-7", state="s 7")
    url, fields = posted_back(response)
    assert (url, set(fields), fields["state"]) == (REDIRECT_URI, {"id_token", "state"}, "s 7")
    said = claims_of(fields["id_token"], "n-7")
    assert said[f"{CLAIM}target_link_uri"] == begun.hints["target_link_uri"]
    assert response["Cache-Control"].startswith("no-store") or "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_form_may_lead_to_the_tool_and_has_no_other_script(begun):
    """SEC-B9"""
    response = begun.ask()
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["form-action"].split()[:2] == ["'self'", HOST]
    assert response.content.count(b"<script") == 1
    assert "frame-ancestors 'self' https://lms.example.edu" in response["Content-Security-Policy"]


@pytest.mark.parametrize("state", [MARKUP, "a&b=c", "{{ 7*7 }}", "ünï ☃", "0"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_state_comes_back_as_it_went_and_never_as_markup(begun, state, method):
    """P13-AU-11"""
    response = begun.ask(state=state, method=method)
    assert b"<script>alert" not in response.content
    assert posted_back(response)[1]["state"] == state


def test_names_and_values_of_strangers_are_not_echoed(begun):
    """P13-AU-16, SEC-B4 (CVE-2022-35653)"""
    fields = begun.request(scope=MARKUP) | {MARKUP: MARKUP, "extra": "evil"}
    response = ask(begun.browser, fields)
    assert b"<script>alert" not in response.content and b"evil" not in response.content
    assert told(response) == "invalid_scope"


def test_a_launch_is_not_used_up_by_a_fault_of_ours(begun, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(id_token, "claims_of", lambda *args: (_ for _ in ()).throw(DatabaseError("gone")))
        with pytest.raises(DatabaseError):
            begun.ask()
    assert "id_token" in posted_back(begun.ask())[1]
