"""Platforms and tools of LTI 1.3: each healthy, each ill."""

import json
import time
from email.utils import formatdate
from typing import Any

import pytest

from lti_bridge import http
from lti_bridge.doctor import peers
from lti_bridge.doctor.findings import Finding, State, findings_of
from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account, Lti13Registration, PeerKeys
from lti_bridge.providers import PROVIDERS, provider_of
from lti_bridge.providers.actions import Lti13Tool
from tests.world import World, make_world
from tests.world13 import JWKS_URI, TOKEN_URL, make_registration, peer

pytestmark = pytest.mark.django_db

NAME = "lti13 campus-moodle bridge-at-campus"


class Internet:
    """What each address answers: bytes, a status, or a problem; everything else answers 405."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | int | http.HttpProblem] = {}
        self.asked: list[str] = []
        self.clock = 0.0

    def get(self, url: str, **_: Any) -> http.Answer:
        self.asked.append(url)
        said = self.answers.get(url, 405)
        if isinstance(said, http.HttpProblem):
            raise said
        date = {"Date": formatdate(time.time() + self.clock)}
        return http.Answer(200, date, said, 0.01) if isinstance(said, bytes) else http.Answer(said, date, b"", 0.01)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    made = Internet()
    monkeypatch.setattr(http, "get", made.get)
    made.answers[JWKS_URI] = json.dumps(peer().key_set).encode()
    return made


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def told(check: Any) -> list[Finding]:
    return list(findings_of([check]))


def test_a_platform_in_order_has_two_lines_and_nothing_is_kept(registration, internet: Internet) -> None:
    before = PeerKeys.objects.values().get()
    assert [(each.check, each.state, each.text) for each in told(peers.check_registrations)] == [
        (NAME, State.OK, "1 usable key in its key set at lms.example.edu"),
        (NAME, State.OK, "its token endpoint at lms.example.edu answers"),
    ]
    assert sorted(internet.asked) == sorted([JWKS_URI, TOKEN_URL])
    assert PeerKeys.objects.values().get() == before


@pytest.mark.parametrize(
    ("answer", "text", "advice"),
    [
        (404, "answered HTTP 404", "Check the address"),
        (302, "answered HTTP 302", "Check the address"),
        (b"<html>", "no usable key", "Check the address"),
        (b'{"keys": []}', "no usable key", "Check the address"),
        (http.HttpProblem("dns", "lms.example.edu: the name was not found."), "name was not found", "DNS"),
        (http.HttpProblem("forbidden_address", "lms.example.edu: not public."), "not public", "ALLOWED_PRIVATE_HOSTS"),
        (http.HttpProblem("bad_url", "lms.example.edu: only https."), "only https", "ALLOWED_PRIVATE_HOSTS"),
        (http.HttpProblem("tls", "lms.example.edu: no secure connection."), "no secure", "certificate"),
        (http.HttpProblem("too_large", "lms.example.edu: too large."), "too large", "no key set"),
        (http.HttpProblem("timeout", "lms.example.edu: no answer in time."), "no answer", "firewall"),
    ],
)
def test_a_key_set_that_cannot_be_used_fails_with_advice(
    registration, internet: Internet, answer, text: str, advice: str
) -> None:
    internet.answers[JWKS_URI] = answer
    keys, tokens = told(peers.check_registrations)
    assert (keys.state, tokens.state) == (State.FAIL, State.OK)
    assert text in keys.text and advice in keys.advice


def test_a_key_of_another_kind_than_the_registration_accepts_is_not_usable(registration, internet: Internet) -> None:
    Lti13Registration.objects.update(algorithms=["ES256"])
    keys = told(peers.check_registrations)[0]
    assert keys.state is State.FAIL and "no usable key for ES256" in keys.text


def test_any_answer_of_a_token_endpoint_will_do_and_silence_will_not(registration, internet: Internet) -> None:
    for status in (200, 400, 401, 404, 500):
        internet.answers[TOKEN_URL] = status
        assert told(peers.check_registrations)[1].state is State.OK
    internet.answers[TOKEN_URL] = http.HttpProblem("too_large", "a long page")
    assert told(peers.check_registrations)[1].state is State.OK
    internet.answers[TOKEN_URL] = http.HttpProblem("tls", "lms.example.edu: no secure connection could be made.")
    found = told(peers.check_registrations)[1]
    assert found.state is State.FAIL and "token endpoint" in found.text


@pytest.mark.parametrize(("seconds", "state"), [(-30, State.WARN), (30, State.WARN), (3, None)])
def test_a_clock_that_is_seconds_off_is_told(registration, internet: Internet, seconds: int, state) -> None:
    internet.clock = seconds
    more = told(peers.check_registrations)[2:]
    assert [each.state for each in more] == ([state] if state else [])


@pytest.mark.parametrize("fields", [{"enabled": False}, {"awaits_approval": True}])
def test_a_registration_that_is_switched_off_or_waits_is_not_asked(registration, internet: Internet, fields) -> None:
    Lti13Registration.objects.update(**fields)
    assert told(peers.check_registrations) == [] == internet.asked


def test_without_a_token_endpoint_no_grade_can_be_sent(registration, internet: Internet) -> None:
    Lti13Registration.objects.update(token_endpoint="")
    warned, keys = told(peers.check_registrations)
    assert (warned.state, keys.state) == (State.WARN, State.OK)
    assert "no grades can be sent" in warned.text


def test_brightspace_without_its_audience_is_a_warning(registration, world: World, internet: Internet) -> None:
    world.platform.family = "brightspace"
    world.platform.save()
    warned = told(peers.check_registrations)[0]
    assert warned.state is State.WARN and "https://api.brightspace.com/auth/token" in warned.advice
    Lti13Registration.objects.update(token_audience="https://api.brightspace.com/auth/token")
    assert {each.state for each in told(peers.check_registrations)} == {State.OK}


TOOL_KEYS = "https://provider.example.net/jwks.json"


def tool_of(account: Account) -> Lti13Tool:
    return Lti13Tool("c", "1", "https://provider.example.net/login", ("https://provider.example.net/l",), TOOL_KEYS)


def test_the_key_set_of_a_providers_tool_is_read(world: World, internet: Internet, monkeypatch) -> None:
    assert told(peers.check_tools) == []
    monkeypatch.setattr(provider_of("isograd"), "lti13_tool", tool_of, raising=False)
    assert [each.state for each in told(peers.check_tools)] == [State.FAIL]
    internet.answers[TOOL_KEYS] = json.dumps(peer("tool").key_set).encode()
    found = told(peers.check_tools)
    assert [(each.check, each.text) for each in found] == [
        ("account isograd-test", "1 usable key in its key set at provider.example.net")
    ]
    Account.objects.update(enabled=False)
    assert told(peers.check_tools) == []


def test_an_account_whose_tool_is_not_complete_is_told_and_stops_no_other(
    world: World, internet: Internet, monkeypatch
) -> None:
    def incomplete(account: Account) -> Lti13Tool:
        raise CannotOpen("not_complete", "The setting jwks_uri is missing.")

    monkeypatch.setattr(PROVIDERS["isograd"], "lti13_tool", incomplete, raising=False)
    Account.objects.create(name="gone", provider="retired")
    found = told(peers.check_tools)
    assert [(each.check, each.state) for each in found] == [
        ("account gone", State.FAIL),
        ("account isograd-test", State.FAIL),
    ]
    assert "jwks_uri is missing" in found[1].text
