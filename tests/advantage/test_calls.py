"""One call to a service: its token, its host, and what goes wrong."""

import pytest

from lti_bridge import http
from lti_bridge.advantage import calls, scopes
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import Lti13Registration
from tests import world13
from tests.advantage.conftest import Platform, answer, token_answer
from tests.advantage.test_tokens import find, time_passes

SCOPES = (scopes.SCORE,)
URL = world13.LINE_ITEM_URL


def call(registration: Lti13Registration, url: str = URL) -> http.Answer:
    return calls.call(registration, SCOPES, "POST", url, body=b"{}", content_type="text/x-sample", accept="text/y")


def test_the_token_is_in_the_header_and_nowhere_else(platform: Platform, registration: Lti13Registration) -> None:
    assert call(registration).status == 200
    (request,) = platform.asked
    assert (request.method, request.url, request.body) == ("POST", URL, b"{}")
    assert request.headers == {
        "Content-Type": "text/x-sample",
        "Accept": "text/y",
        "Authorization": "Bearer a-sample-token",
    }


def test_a_refused_token_is_replaced_once(platform: Platform, registration: Lti13Registration) -> None:
    """T13-AG-09"""
    find(registration, SCOPES)
    time_passes(60)
    platform.tokens = [token_answer("second")]
    platform.services = [answer(401), answer(200)]
    assert call(registration).status == 200
    assert [request.headers["Authorization"] for request in platform.asked] == [
        "Bearer a-sample-token",
        "Bearer second",
    ]


def test_a_platform_that_takes_no_token_gets_its_answer_back(
    platform: Platform, registration: Lti13Registration
) -> None:
    find(registration, SCOPES)
    time_passes(60)
    platform.services = [answer(401)]
    assert [call(registration).status for _ in range(3)] == [401, 401, 401]
    assert len(platform.asked_for_tokens) == 2, "the first one, and one that replaced it"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/lineitem",
        "https://lms.example.edu.evil.example/lineitem",
        "https://lms.example.edu@evil.example/lineitem",
        "https://evil.example/?lms.example.edu",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
def test_a_token_goes_to_no_other_host(platform: Platform, registration: Lti13Registration, url: str) -> None:
    """SEC-F5"""
    with pytest.raises(ServiceProblem) as refused:
        call(registration, url)
    assert refused.value.code == "host_not_approved"
    assert not platform.asked and not platform.asked_for_tokens


def test_the_hosts_of_a_registration_are_those_of_its_addresses_and_those_that_were_approved(
    registration: Lti13Registration,
) -> None:
    registration.token_endpoint = "https://Auth.example.com/token"
    registration.service_hosts = ["School.example.org"]
    assert calls.hosts_of(registration) == {"lms.example.edu", "auth.example.com", "school.example.org"}


@pytest.mark.parametrize("off", [{"enabled": False}, {"awaits_approval": True}])
def test_nothing_is_asked_by_a_registration_that_is_off(
    platform: Platform, registration: Lti13Registration, off: dict[str, bool]
) -> None:
    for name, value in off.items():
        setattr(registration, name, value)
    with pytest.raises(ServiceProblem) as refused:
        call(registration)
    assert refused.value.code == "registration_off"
    assert not platform.asked_for_tokens


@pytest.mark.parametrize(("code", "ambiguous"), [("timeout", True), ("cut", True), ("connect", False), ("dns", False)])
def test_no_answer_is_one_problem_that_says_whether_the_platform_may_have_acted(
    platform: Platform, registration: Lti13Registration, code: str, ambiguous: bool
) -> None:
    platform.services = [http.HttpProblem(code, "lms.example.edu: nothing", ambiguous=ambiguous)]
    with pytest.raises(ServiceProblem) as refused:
        call(registration)
    assert (refused.value.code, refused.value.ambiguous) == (code, ambiguous)


def test_no_request_is_begun_without_time_for_it(
    platform: Platform, registration: Lti13Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SHORTEST", 1e9)
    with pytest.raises(ServiceProblem) as refused:
        call(registration)
    assert (refused.value.code, refused.value.ambiguous) == ("timeout", False)
    assert not platform.asked
