"""Access tokens: what is asked, what is made of the answers, and how seldom anybody is asked."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import connection
from django.utils import timezone

from lti_bridge import http, signing_keys
from lti_bridge.advantage import scopes, token_requests, tokens
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import AccessToken, Family, Lti13Registration
from tests import world13
from tests.advantage.conftest import Answers, Platform, answer, token_answer

SET = scopes.for_grades(scopes.SCORE, world13.AGS_SCOPES)
HTML_404 = answer(404, b"<html><body>Not here</body></html>", "text/html")


def find(registration: Lti13Registration, asked: tuple[str, ...] = SET) -> token_requests.Token:
    return tokens.find(registration, asked, deadline=5.0)


def time_passes(seconds: float) -> None:
    """Tokens and rests get older; this process has forgotten what it knew."""
    for row in AccessToken.objects.exclude(expires_at=None):
        secret = row.secret
        for name in {"made_at", "expires_at"} & set(secret):
            secret[name] -= seconds
        row.secret, row.expires_at = secret, row.expires_at - timedelta(seconds=seconds)
        row.save()
    tokens.forget()


# --- what is asked --------------------------------------------------------------------------


def test_a_token_is_asked_for_with_a_signed_assertion(platform: Platform, registration: Lti13Registration) -> None:
    signing_keys.forget_signers()
    assert find(registration).text == "a-sample-token"
    (request,) = platform.asked_for_tokens
    assert (request.method, request.url) == ("POST", world13.TOKEN_URL)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = request.form
    assert form["grant_type"] == "client_credentials"
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert set(form["scope"].split()) == set(world13.AGS_SCOPES)
    header = jwt.get_unverified_header(form["client_assertion"])
    key = jwt.PyJWK(signing_keys.key_set(signing_keys.Side.TOOL)["keys"][0])
    assert (header["alg"], header["typ"], header["kid"]) == ("RS256", "JWT", key.key_id)
    claims = jwt.decode(form["client_assertion"], key, audience=world13.TOKEN_URL)
    assert claims["iss"] == claims["sub"] == world13.CLIENT_ID
    assert claims["aud"] == world13.TOKEN_URL
    assert "deployment_id" not in str(claims)


def test_an_assertion_is_never_from_the_future_and_never_the_same(
    platform: Platform, registration: Lti13Registration
) -> None:
    """Moodle has no leeway; a platform may remember jti."""
    seen = set()
    for _ in range(3):
        token_requests.request(registration, SET)
        claims = jwt.decode(platform.asked_for_tokens[-1].form["client_assertion"], options={"verify_signature": False})
        assert claims["iat"] <= time.time() - 4
        assert 250 < claims["exp"] - time.time() < 310
        seen.add(claims["jti"])
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("family", "setting", "audience"),
    [
        (Family.MOODLE, "", world13.TOKEN_URL),
        (Family.CANVAS, "", world13.TOKEN_URL),
        (Family.BRIGHTSPACE, "", "https://api.brightspace.com/auth/token"),
        (Family.BRIGHTSPACE, "https://other.example/", "https://other.example/"),
        (Family.OTHER, world13.ISSUER, world13.ISSUER),
    ],
)
def test_the_audience_is_a_setting_of_the_registration(
    registration: Lti13Registration, family: str, setting: str, audience: str
) -> None:
    """T13-AG-16"""
    registration.platform.family, registration.token_audience = family, setting
    assert token_requests.audience_of(registration) == audience


# --- what is made of the answers ------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        token_answer(),
        token_answer(token_type="bearer"),
        token_answer(token_type="BEARER"),
        token_answer(token_type=None),
        token_answer(scope=None),
        token_answer(scope=list(world13.AGS_SCOPES)),
        token_answer(expires_in="3600"),
        answer(200, token_answer().body, "text/html; charset=utf-8"),
        answer(201, token_answer().body),
    ],
)
def test_a_token_is_taken_however_it_is_wrapped(
    platform: Platform, registration: Lti13Registration, told: http.Answer
) -> None:
    """T13-AG-15; Moodle says text/html."""
    platform.tokens = [told]
    assert find(registration).text == "a-sample-token"


@pytest.mark.parametrize("said", [None, "soon", 0, -5])
def test_a_token_without_an_end_is_kept_for_five_minutes(
    platform: Platform, registration: Lti13Registration, said: Any
) -> None:
    """T13-AG-15"""
    platform.tokens = [token_answer(expires_in=said)]
    assert 290 < find(registration).expires_at - time.time() <= 300


def test_a_token_that_lives_a_minute_only_is_used_for_half_of_it(
    platform: Platform, registration: Lti13Registration
) -> None:
    platform.tokens = [token_answer(expires_in=60)]
    find(registration)
    time_passes(25)
    find(registration)
    assert len(platform.asked_for_tokens) == 1
    time_passes(10)
    find(registration)
    assert len(platform.asked_for_tokens) == 2


def test_fewer_scopes_than_asked_for_are_good_for_what_they_include(
    platform: Platform, registration: Lti13Registration
) -> None:
    """T13-AG-15"""
    platform.tokens = [token_answer(scope=scopes.SCORE)]
    assert find(registration).granted == (scopes.SCORE,)
    with pytest.raises(ServiceProblem) as refused:
        find(registration, scopes.for_grades(scopes.RESULT_READONLY, world13.AGS_SCOPES))
    assert refused.value.code == "not_permitted"
    assert len(platform.asked_for_tokens) == 1


def test_a_platform_that_refuses_a_whole_set_of_scopes_is_asked_for_the_one_that_is_needed(
    platform: Platform, registration: Lti13Registration
) -> None:
    """Sakai: all or nothing."""
    platform.tokens = [answer(400, {"error": "invalid_scope"}), token_answer(scope=scopes.SCORE)]
    for _ in range(3):
        assert find(registration).text == "a-sample-token"
    assert [request.form["scope"] for request in platform.asked_for_tokens][1:] == [scopes.SCORE]
    time_passes(1800)
    find(registration)
    assert len(platform.asked_for_tokens) == 2, "the set is not tried again within the hour"


@pytest.mark.parametrize(
    ("told", "code", "status"),
    [
        (answer(400, {"error": "invalid_client"}), "token_refused", 400),
        (answer(401, {"error": "invalid_client", "error_description": "who are you?"}), "token_refused", 401),
        (answer(400, b'{"error":"kid" invalid, unable to lookup correct key"}', "text/html"), "token_refused", 400),
        (answer(400, {"error": "invalid_scope"}), "not_permitted", 400),
        (HTML_404, "token_refused", 404),
        (answer(302, b"", "text/html", Location="https://lms.example.edu/login"), "token_refused", 302),
        (answer(500, b"oops"), "token_unavailable", 500),
        (answer(503, b"<html>down</html>", "text/html", Retry_After="7"), "token_unavailable", 503),
        (answer(429, b"", Retry_After="7"), "waits", 429),
        (answer(403, b"403 Forbidden (Rate Limit Exceeded)", "text/plain"), "waits", 403),
        (answer(200, b"<html>Please log in</html>", "text/html"), "token_unavailable", 0),
        (answer(200, b"[" * 5000), "token_unavailable", 0),
        (answer(200, {"access_token": "two words"}), "token_unavailable", 0),
        (answer(200, {"access_token": 5}), "token_unavailable", 0),
        (token_answer(token_type="mac"), "token_refused", 0),
        (http.HttpProblem("timeout", "lms.example.edu: no answer", ambiguous=True), "token_unavailable", 0),
        (http.HttpProblem("dns", "lms.example.edu: unknown"), "token_unavailable", 0),
        (http.HttpProblem("forbidden_address", "127.0.0.1: private"), "forbidden_address", 0),
    ],
)
def test_every_way_to_give_no_token_has_its_code(
    platform: Platform, registration: Lti13Registration, told: Answers, code: str, status: int
) -> None:
    platform.tokens = [told]
    with pytest.raises(ServiceProblem) as refused:
        find(registration, (scopes.SCORE,))
    assert (refused.value.code, refused.value.status, refused.value.ambiguous) == (code, status, False)


def test_what_the_endpoint_says_is_told_but_not_our_assertion(
    platform: Platform, registration: Lti13Registration
) -> None:
    platform.tokens = [lambda request: answer(400, f"bad assertion {request.form['client_assertion']}".encode())]
    with pytest.raises(ServiceProblem) as refused:
        find(registration)
    assert "bad assertion" in refused.value.message
    assert "eyJ" not in refused.value.message


def test_a_registration_without_a_token_endpoint_says_so(registration: Lti13Registration) -> None:
    registration.token_endpoint = ""
    with pytest.raises(ServiceProblem) as refused:
        find(registration)
    assert refused.value.code == "token_refused"


# --- how seldom anybody is asked ------------------------------------------------------------


def test_one_token_serves_until_a_minute_before_its_end(platform: Platform, registration: Lti13Registration) -> None:
    platform.tokens = [token_answer("first"), token_answer("second")]
    assert {find(registration).text for _ in range(5)} == {"first"}
    time_passes(3500)
    assert find(registration).text == "first"
    time_passes(50)
    assert find(registration).text == "second"


def test_another_process_uses_the_token_of_the_database(platform: Platform, registration: Lti13Registration) -> None:
    find(registration)
    tokens.forget()
    assert find(registration).text == "a-sample-token"
    assert len(platform.asked_for_tokens) == 1


def test_a_token_is_not_stored_in_clear(platform: Platform, registration: Lti13Registration) -> None:
    token = find(registration)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM lti_bridge_accesstoken")
        assert "a-sample-token" not in str(cursor.fetchall())
    assert "a-sample-token" not in repr(token)


def test_a_token_that_was_refused_is_dropped_once_however_many_noticed(
    platform: Platform, registration: Lti13Registration
) -> None:
    platform.tokens = [token_answer("first"), token_answer("second")]
    find(registration)
    time_passes(60)
    old = find(registration)
    assert tokens.drop(registration, old)
    assert find(registration).text == "second"
    time_passes(60)
    assert tokens.drop(registration, old), "noticed late, by another worker"
    assert find(registration).text == "second"
    assert len(platform.asked_for_tokens) == 2


def test_a_token_that_is_new_is_not_dropped(platform: Platform, registration: Lti13Registration) -> None:
    """F15: an endpoint that hands out tokens which no service takes is not asked for ever more of them."""
    assert not tokens.drop(registration, find(registration))


@pytest.mark.parametrize("told", [answer(500), answer(200, b"<html>", "text/html")])
def test_while_the_endpoint_is_broken_it_is_asked_every_few_seconds_only(
    platform: Platform, registration: Lti13Registration, told: http.Answer
) -> None:
    """F15"""
    platform.tokens = [told, token_answer()]
    codes = []
    for _ in range(4):
        with pytest.raises(ServiceProblem) as refused:
            find(registration)
        codes.append(refused.value.code)
    assert codes == ["token_unavailable", "waits", "waits", "waits"]
    assert len(platform.asked_for_tokens) == 1
    time_passes(6)
    assert find(registration).text == "a-sample-token"


def test_a_refusal_is_remembered_for_some_seconds(platform: Platform, registration: Lti13Registration) -> None:
    platform.tokens = [answer(400, {"error": "invalid_client"}), token_answer()]
    for _ in range(3):
        with pytest.raises(ServiceProblem) as refused:
            find(registration)
        assert (refused.value.code, refused.value.status) == ("token_refused", 400)
    assert len(platform.asked_for_tokens) == 1
    time_passes(11)
    assert find(registration).text == "a-sample-token"


def test_an_old_token_serves_while_the_endpoint_is_broken(platform: Platform, registration: Lti13Registration) -> None:
    platform.tokens = [token_answer("first"), answer(500)]
    find(registration)
    time_passes(3560)
    assert find(registration).text == "first"


def test_who_waits_for_another_worker_uses_the_old_token_or_gives_up_in_time(
    platform: Platform, registration: Lti13Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "WAIT", 0.1)
    platform.tokens = [token_answer("first"), token_answer("second")]
    find(registration)
    time_passes(3560)
    asking = {"lease": "12345678123456781234567812345678", "leased_until": timezone.now() + timedelta(seconds=30)}
    AccessToken.objects.update(**asking)
    assert find(registration).text == "first"
    time_passes(60)
    with pytest.raises(ServiceProblem) as refused:
        find(registration)
    assert refused.value.code == "waits"
    AccessToken.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert find(registration).text == "second", "a worker that died does not block for long"


@pytest.mark.django_db(transaction=True)
def test_many_workers_that_need_a_token_at_once_ask_for_one(
    platform: Platform, registration: Lti13Registration
) -> None:
    """F15"""
    # SQLite's test database belongs to one thread.
    workers = 8 if connection.vendor == "postgresql" else 1

    def slow(_: object) -> http.Answer:
        time.sleep(0.3)
        return token_answer()

    def work(_: int) -> str:
        try:
            return find(registration).text
        finally:
            if workers > 1:
                connection.close()

    platform.tokens = [slow]
    if workers == 1:
        found = [work(0)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(work, range(workers)))
    assert set(found) == {"a-sample-token"}
    assert len(platform.asked_for_tokens) == 1
