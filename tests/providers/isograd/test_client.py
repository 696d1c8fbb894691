"""Isograd's API on the wire: the token, the request, and everything that is no answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import AccountToken, AccountTrouble
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.errors import IsogradRefused
from tests.isograd_server import CLIENT_ID, CLIENT_SECRET, Answer, refuse

pytestmark = pytest.mark.django_db


def ask_credits(account):
    return ask(account, "15", {})


def unavailable(account, act_id="15"):
    with pytest.raises(ProviderUnavailable) as silence:
        ask(account, act_id, {})
    assert silence.value.status == 503 and not silence.value.permanent
    assert "few minutes" in str(silence.value.advice)
    return silence.value


# --- the token ------------------------------------------------------------------------------


def test_the_token_is_asked_for_exactly_as_documented(account, api):
    """``scopes``, not ``scope``, in the query; id and secret in the body."""
    ask_credits(account)
    (request,) = api.token_requests
    assert request.method == "POST"
    assert request.query == {"grant_type": "client_credentials", "scopes": "usage"}
    assert request.form == [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers


def test_a_token_address_that_brings_its_query_is_asked_with_that(account, api):
    account.settings["token_url"] += "?grant_type=client_credentials&scopes=usage"
    ask_credits(account)
    assert api.token_requests[0].query == {"grant_type": "client_credentials", "scopes": "usage"}


def test_a_token_is_asked_for_once(account, api):
    for _ in range(3):
        ask_credits(account)
    assert len(api.token_requests) == 1


def test_a_token_that_isograd_forgot_is_replaced_and_the_call_repeated_once(account, api):
    ask_credits(account)
    api.tokens.clear()
    ask_credits(account)
    assert (len(api.token_requests), api.acts) == (2, ["15", "15", "15"])


def test_a_token_that_ran_out_is_not_sent(account, api):
    ask_credits(account)
    AccountToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    ask_credits(account)
    assert [each.headers["Authorization"] for each in api.requests] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("expires_in", [None, "soon", 0, -5, 1e300])
def test_a_life_that_makes_no_sense_is_a_short_one(account, api, expires_in):
    api.expires_in = expires_in
    ask_credits(account)
    left = AccountToken.objects.get().expires_at - timezone.now()
    assert timedelta(seconds=200) < left <= timedelta(seconds=300)


def test_wrong_credentials_are_for_administrators(account, api):
    account.secrets = account.secrets | {"client_secret": "wrong"}
    with pytest.raises(ProviderRefused) as refused:
        ask_credits(account)
    assert (refused.value.code, api.requests) == ("credentials_refused", [])
    assert "client_secret" in str(refused.value.advice)
    assert "wrong" not in f"{refused.value}{refused.value.advice}"
    trouble = AccountTrouble.objects.get()
    assert (trouble.code, trouble.account) == ("credentials_refused", account)


def test_the_trouble_is_over_when_the_credentials_are_taken(account, api):
    good = account.secrets
    account.secrets = good | {"client_secret": "wrong"}
    with pytest.raises(ProviderRefused):
        ask_credits(account)
    account.secrets = good
    ask_credits(account)
    assert not AccountTrouble.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html>Log in</html>", "text/html"),
        Answer(200, b"[]"),
        Answer(200, b"{}"),
        Answer(200, b'{"access_token": 5}'),
        Answer(200, b'{"access_token": ""}'),
        Answer(200, b'{"access_token": "two words"}'),
        Answer(200, '{"access_token": "tökén"}'.encode()),
        Answer(200, b'{"access_token": "a\\nX-Header: b"}'),
        Answer(302, b"", headers={"Location": "https://elsewhere.example/"}),
        Answer(404, b"not here", "text/plain"),
        Answer(500, b"oops", "text/plain"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:20]!r}",
)
def test_what_is_no_token_is_no_answer(account, api, answer):
    api.token_instead = answer
    assert not unavailable(account).ambiguous
    assert api.requests == []


def test_an_account_without_keys_asks_nothing(account, api):
    account.secrets = {"client_id": "alone"}
    with pytest.raises(ProviderRefused) as refused:
        ask_credits(account)
    assert (refused.value.code, api.token_requests) == ("account_incomplete", [])


# --- the request ----------------------------------------------------------------------------


def test_a_request_is_one_form_post_with_a_bearer_token(account, api):
    api.answers["4"] = {"success": True}
    ask(account, "4", {"tst_frm_id": "482", "ema": "zoé+1@example.edu"})
    (request,) = api.requests
    assert (request.method, request.path, request.query) == ("POST", "/api/usage", {})
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Authorization"] == "Bearer token-1"
    assert request.form == [("act_id", "4"), ("tst_frm_id", "482"), ("ema", "zoé+1@example.edu")]


def test_the_sub_account_of_the_account_goes_with_every_action(account, api):
    account.settings["sub_com_id"] = 17
    ask_credits(account)
    ask(account, "15", {"sub_com_id": "18"})
    assert [each["sub_com_id"] for each in api.asked()] == ["17", "18"]


# --- no answer ------------------------------------------------------------------------------

NO_ANSWERS = [
    Answer(500, b"oops", "text/plain"),
    Answer(503, b"down for maintenance", "text/html"),
    Answer(429, b"slow down", "text/plain"),
    Answer(200, b"<!doctype html><title>Log in</title>", "text/html"),
    Answer(200, b"<html>", "application/json"),
    Answer(404, b"not here", "text/html"),
    Answer(302, b"", "text/html", {"Location": "https://app.isograd.com/login"}),
    Answer(200, b"[]"),
]


@pytest.mark.parametrize("answer", NO_ANSWERS, ids=lambda answer: f"{answer.status} {answer.body[:12]!r}")
def test_what_is_no_answer_may_have_been_carried_out(account, api, answer):
    api.instead = answer
    silence = unavailable(account, "9")
    assert silence.ambiguous
    assert len(api.requests) == 1


def test_a_redirection_is_never_followed(account, api):
    api.instead = Answer(302, b"", "text/html", {"Location": f"{api.url}/api/usage"})
    unavailable(account)
    assert len(api.requests) == 1


def test_a_connection_that_is_cut_is_in_doubt(account, api):
    api.cut_after = {"9"}
    assert unavailable(account, "9").ambiguous


def test_a_connection_that_was_never_made_is_in_no_doubt(account, api):
    ask_credits(account)
    account.settings["api_url"] = "http://127.0.0.3:9/api/usage"
    assert not unavailable(account, "9").ambiguous


def test_an_address_that_may_not_be_reached_is_not(account, api):
    ask_credits(account)
    account.settings["api_url"] = "http://10.0.0.1/api/usage"
    assert not unavailable(account, "9").ambiguous


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_again_and_again_is_for_administrators(account, api, status):
    """An address filter answers 403 with a page of its own."""
    api.instead = Answer(status, b"<html>Forbidden</html>", "text/html")
    with pytest.raises(ProviderRefused) as refused:
        ask_credits(account)
    assert refused.value.code == "credentials_refused"
    assert len(api.requests) == (2 if status == 401 else 1)


# --- refusals -------------------------------------------------------------------------------


def test_a_refusal_says_the_providers_code_and_words_and_ours(account, api):
    api.answers["2"] = refuse(301, "You have no more credits for this type of test")
    with pytest.raises(IsogradRefused) as refused:
        ask(account, "2", {})
    error = refused.value
    assert (error.provider_code, error.provider_message) == ("301", "You have no more credits for this type of test")
    assert error.code == "no_credits" and error.sentence and error.advice
    assert "no more credits for" not in str(error)


def test_no_credits_marks_the_account_until_there_are_some(account, api):
    api.answers["2"] = refuse(301)
    for _ in range(2):
        with pytest.raises(IsogradRefused):
            ask(account, "2", {})
    trouble = AccountTrouble.objects.get()
    assert (trouble.code, trouble.times) == ("no_credits", 2)
    assert "buy credits" in trouble.text
    api.answers["2"] = {"success": True, "tst_url": "https://x/", "pla_tst_id": 1}
    ask(account, "2", {})
    assert not AccountTrouble.objects.exists()
