"""Tokens: asked for as each generation wants it, kept for a day, one for all workers, renewed when refused."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import AccountToken
from lti_bridge.providers.inspera_originality.access import LIFE, seconds_left
from lti_bridge.providers.inspera_originality.client import ask
from tests.originality_server import CLIENT_ID, EMAIL, INSTITUTION, PASSWORD, STATUS, TOKEN
from tests.providers.inspera_originality.conftest import account_at

pytestmark = pytest.mark.django_db
NOW = 1_790_000_000.0


def look(account):
    return ask(account, "check_status", {"documentId": "d-0001"})


def tokens_asked(api):
    return [line for line in api.lines if line in ("POST /token", "POST /generateToken")]


def test_a_token_is_asked_for_as_the_generation_wants_it(api, account):
    look(account)
    first = api.api.asked[0]
    wanted = {"current": ("clientId", "institutionId"), "legacy": ("clientid", "institutionid")}[api.profile]
    assert f"{first.method} {first.path}" == TOKEN[api.profile]
    assert json.loads(first.body) == dict(zip(wanted, (CLIENT_ID, INSTITUTION), strict=True))
    assert "authorization" not in first.headers


def test_the_first_generation_can_be_told_to_write_keys_in_camel_case(legacy, db):
    look(account_at(legacy, token_keys="camel_case"))
    assert json.loads(legacy.api.asked[0].body) == {"clientId": CLIENT_ID, "institutionId": INSTITUTION}


def test_one_token_serves_all_requests(api, account):
    look(account)
    look(account)
    assert len(tokens_asked(api)) == 1
    assert api.last.headers["authorization"] == "Bearer t-1"
    assert AccountToken.objects.get(purpose="client").expires_at > timezone.now() + timedelta(hours=23)


def test_a_user_has_a_token_of_their_own_at_the_same_address(current, db):
    account = account_at(current)
    look(account)
    ask(account, "get_institution_info")
    assert current.lines.count("POST /token") == 2
    assert json.loads(current.api.asked[2].body) == {"email": EMAIL, "password": PASSWORD}
    assert set(AccountToken.objects.values_list("purpose", flat=True)) == {"client", "user"}


def test_a_token_that_is_refused_is_renewed_once(api, account):
    look(account)
    api.answers[STATUS] = (401, {"message": "Token has expired"})
    with pytest.raises(ProviderRefused) as refused:
        look(account)
    assert refused.value.code == "credentials_refused"
    assert (len(tokens_asked(api)), api.lines.count(STATUS)) == (2, 3)


def test_a_refused_token_is_replaced_and_the_request_comes_through(api, account):
    look(account)
    row = AccountToken.objects.get()
    row.secret = {**row.secret, "token": "old"}
    row.save()
    assert look(account)
    assert api.last.headers["authorization"] == "Bearer t-2"


def test_other_credentials_make_the_kept_token_worthless(api, account):
    look(account)
    account.secrets = {**account.secrets, "client_id": "another"}
    account.save()
    look(account)
    assert len(tokens_asked(api)) == 2


@pytest.mark.parametrize("told", [{}, {"token": ""}, {"token": "two\nlines"}, {"token": None}, []])
def test_an_answer_without_a_token_is_no_answer(api, account, told):
    api.answers[TOKEN[api.profile]] = (200, told)
    with pytest.raises(ProviderUnavailable):
        look(account)
    assert STATUS not in api.lines


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ((NOW + 3600) * 1000, 3600),
        (int((NOW + 3600) * 1000), 3600),
        (str(int((NOW + 3600) * 1000)), 3600),
        (NOW + 3600, 3600),
        (int(NOW + 3600), 3600),
        (datetime.fromtimestamp(NOW + 3600, UTC).isoformat(), 3600),
        (datetime.fromtimestamp(NOW + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), 3600),
        (datetime.fromtimestamp(NOW + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S"), 3600),
        (3600, 3600),
        ("86400", LIFE),
        (None, LIFE),
        ("24 hours", LIFE),
        ("", LIFE),
        (True, LIFE),
        (float("nan"), LIFE),
        (float("inf"), LIFE),
        (NOW - 5, LIFE),
        ((NOW + 10 * LIFE) * 1000, LIFE),
    ],
)
def test_how_long_a_token_is_good_is_read_in_every_form(told, seconds):
    assert seconds_left(told, NOW) == pytest.approx(seconds, abs=1)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers())))
def test_whatever_it_says_a_token_is_good_for_a_while_and_never_longer_than_a_day(told):
    assert 0 < seconds_left(told, time.time()) <= LIFE
