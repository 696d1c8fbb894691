"""The token, the errors, the limit and the tolerance of Inspera's client, against a server on loopback."""

import json
import threading

import pytest
from django.db import connection, connections

from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import AccountSlot, AccountToken, AccountTrouble
from lti_bridge.providers.inspera_assessment import client
from lti_bridge.providers.inspera_assessment.client import ask

PATH = "/api/v1/test/7"


def get(account):
    return ask(account, "get_test", {"test_id": "7"})


# --- the token ------------------------------------------------------------------------------


def test_a_token_is_asked_for_with_the_code_in_a_header_and_nowhere_else(account, server):
    server.answer("GET", PATH, {"name": "Sample"})
    assert get(account) == {"name": "Sample"}
    token, call = server.asked
    assert (token.method, token.path, token.raw) == ("POST", "/api/authenticate/token/", b"")
    assert token.query == {"grant_type": "authorization_code", "client_id": "demo"}
    assert token.headers["code"] == "123456-7890-abcd-efgh"
    assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "123456" not in token.target
    assert call.headers["Authorization"] == "Bearer token-1"
    assert "code" not in call.headers


def test_one_token_serves_many_calls(account, server):
    server.answer("GET", PATH, {})
    for _ in range(3):
        get(account)
    assert server.tokens == 1


def test_a_token_is_renewed_before_it_runs_out(account, server):
    server.life = 1
    server.answer("GET", PATH, {})
    get(account)
    AccountToken.objects.update(expires_at="2026-01-01T00:00:00Z")
    get(account)
    assert server.tokens == 2


def test_a_token_that_is_refused_is_asked_for_once_more(account, server):
    server.answer("GET", PATH, {"name": "Sample"})
    get(account)
    server.good.clear()
    assert get(account) == {"name": "Sample"}
    assert server.tokens == 2


def test_a_token_that_is_refused_again_is_no_reason_to_go_on(account, server):
    server.answer("GET", PATH, (401, {"error": "invalid_token"}, {}))
    with pytest.raises(ProviderRefused) as refused:
        get(account)
    assert refused.value.code == "credentials_refused"
    assert len(server.calls()) == 2


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "told"),
    [
        (400, {"error": "invalid_request"}, ProviderRefused, "token_request_refused", "invalid_request"),
        (401, {"error": "invalid_grant"}, ProviderRefused, "credentials_refused", "invalid_grant"),
        (
            409,
            {"error": "Multiple tokens for user", "description": "Please contact inspera support"},
            ProviderRefused,
            "several_tokens",
            "Multiple tokens for user",
        ),
        (
            500,
            {"error": "Internal error authenticating user", "description": "Please contact inspera support"},
            ProviderUnavailable,
            "token_error",
            "Internal error authenticating user",
        ),
        (501, {}, ProviderRefused, "access_not_offered", "501"),
    ],
)
def test_each_error_of_the_token_is_an_error_of_its_own(account, server, status, body, kind, code, told):
    server.token_answers = [(status, body, {})]
    with pytest.raises(kind) as refused:
        get(account)
    assert (refused.value.code, refused.value.provider_code) == (code, told)
    assert refused.value.sentence and refused.value.advice
    assert "123456" not in str(refused.value) + refused.value.detail
    assert AccountTrouble.objects.filter(code=code).exists() is (kind is ProviderRefused)


def test_a_trouble_with_the_token_is_over_when_it_works_again(account, server):
    server.token_answers = [(401, {}, {}), None]
    with pytest.raises(ProviderRefused):
        get(account)
    server.answer("GET", PATH, {})
    get(account)
    assert not AccountTrouble.objects.exists()


# --- errors of calls ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, ProviderRefused, "not_accepted"),
        (403, ProviderRefused, "not_allowed"),
        (404, ProviderRefused, "not_found"),
        (409, ProviderRefused, "conflict"),
        (418, ProviderRefused, "not_accepted"),
        (500, ProviderUnavailable, "provider_error"),
        (501, ProviderRefused, "not_offered"),
        (502, ProviderUnavailable, "provider_unavailable"),
    ],
)
def test_each_error_of_a_call_is_an_error_of_its_own(account, server, status, kind, code):
    server.answer("GET", PATH, (status, {"message": "no pincode"}, {}))
    with pytest.raises(kind) as refused:
        get(account)
    assert (refused.value.code, refused.value.provider_message) == (code, "no pincode")
    assert "no pincode" not in str(refused.value)
    assert len(server.calls()) == 1


@pytest.mark.parametrize("body", [{"errors": [{"externalId": "x"}]}, {"success": False, "message": "no"}])
def test_an_error_under_http_200_is_an_error(account, server, body):
    server.answer("GET", PATH, body)
    with pytest.raises(ProviderRefused) as refused:
        get(account)
    assert refused.value.code == "not_accepted"


@pytest.mark.parametrize("raw", [b"<html>log in</html>", b"{", b"[1,"])
def test_what_is_no_json_is_no_answer(account, server, raw):
    server.answer("GET", PATH, (200, raw, {}))
    with pytest.raises(ProviderUnavailable):
        get(account)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", {}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (json.dumps({"result": json.dumps({"name": "inside"})}).encode(), {"name": "inside"}),
        (b'{"errors": [], "success": true}', {"errors": [], "success": True}),
    ],
)
def test_the_wrappings_that_were_seen_are_taken_off(account, server, raw, told):
    server.answer("GET", PATH, (200, raw, {}))
    assert get(account) == told


@pytest.mark.parametrize("status", [429, 503])
def test_a_provider_that_is_busy_is_asked_again(account, server, status):
    busy = (status, {"error": "busy"}, {"Retry-After": "0"})
    server.answer("GET", PATH, busy, busy, {"name": "Sample"})
    assert get(account) == {"name": "Sample"}


def test_a_provider_that_stays_busy_is_said_to_be(account, server):
    server.answer("GET", PATH, (429, {}, {}))
    with pytest.raises(ProviderUnavailable) as refused:
        get(account)
    assert refused.value.code == "busy"
    assert len(server.calls()) == len(client.SLOW.waits) + 1


def test_nobody_who_listens_is_unavailable(account):
    account.settings["base_url"] = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnavailable) as refused:
        get(account)
    assert refused.value.code == "provider_unavailable"


def test_an_account_without_a_code_asks_nobody(account, server):
    account.secrets.pop("code")
    with pytest.raises(ProviderRefused) as refused:
        get(account)
    assert refused.value.code == "account_incomplete"
    assert server.asked == []


# --- the table ------------------------------------------------------------------------------


def test_a_line_of_the_table_can_be_overridden(account, server):
    account.settings["endpoints"] = {"get_test": "GET /v2/exams/{test_id}"}
    server.answer("GET", "/api/v2/exams/7", {"name": "elsewhere"})
    assert get(account) == {"name": "elsewhere"}


def test_an_id_leads_nowhere_else(account, server):
    server.answer("GET", "/api/v1/test/..%2Fusers%2F1", {"name": "one segment"})
    assert ask(account, "get_test", {"test_id": "../users/1"}) == {"name": "one segment"}


# --- the limit ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [2, 4])
def test_ten_workers_together_never_exceed_the_limit(account, server, limit):
    account.settings["max_concurrent"] = limit
    account.save()
    server.answer("GET", PATH, {})
    get(account)
    server.slow, server.most = 0.03, 0
    failed = []

    def work():
        try:
            for _ in range(3):
                get(account)
        except Exception as error:  # told by the main thread
            failed.append(error)
        finally:
            connections.close_all()

    # The test database of SQLite lives in memory and belongs to one thread.
    workers = 10 if connection.vendor == "postgresql" else 1
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(server.calls()) == 3 * workers + 1
    assert min(workers, 2) <= server.most <= limit
    assert not AccountSlot.objects.exclude(lease=None).exists()
