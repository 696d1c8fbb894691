"""What an LTI 1.3 registration may hold."""

import pytest
from pytest_django import Settings

from lti_bridge.registration_rules import problems_of

HTTPS = "https://bridge.example.edu"


@pytest.fixture(autouse=True)
def no_trial(settings: Settings) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE_HOSTS = HTTPS, ["lms.internal", "10.1.0.0/16", "other.internal:8080"]


@pytest.mark.parametrize(
    "issuer",
    [
        "https://lms.example.edu",
        "https://lms.example.edu/",
        "https://LMS.example.edu/moodle",
        "https://[2001:db8::1]/x",
    ],
)
def test_an_issuer_is_any_https_address(issuer: str) -> None:
    assert problems_of({"issuer": issuer}) == {}


@pytest.mark.parametrize(
    "issuer",
    [
        *("lms.example.edu", "ftp://lms.example.edu", "https://", "https:///x", "https://lms.example.edu:0"),
        *("https://u:p@lms.example.edu", "https://lms.example.edu\\@evil.example", "https://lms .example.edu"),
        *(
            "https://lms.example.edu/\n",
            " https://lms.example.edu",
            "https://lms.example.edu:port",
            "https://ünï.example",
        ),
        *("http://lms.example.edu", "javascript://lms.example.edu/%0aalert(1)", "https://[::1"),
        *(
            "https://lms.example.edu?x=1",
            "https://lms.example.edu#x",
            "https://lms.example.edu?",
            "https://lms.example.edu#",
        ),
    ],
)
def test_no_issuer_is_anything_else(issuer: str) -> None:
    assert list(problems_of({"issuer": issuer})) == ["issuer"]


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_endpoint_may_have_a_query_and_no_fragment(name: str) -> None:
    assert problems_of({name: "https://lms.example.edu/a?b=c"}) == {}
    assert list(problems_of({name: "https://lms.example.edu/a#b"})) == [name]
    assert list(problems_of({name: "http://lms.example.edu/a"})) == [name]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://lms.internal/x", True),
        ("http://LMS.internal/x", True),
        ("http://lms.internal.example.edu/x", False),
        ("http://10.1.2.3:9000/x", True),
        ("http://10.2.2.3/x", False),
        ("http://other.internal:8080/x", True),
        ("http://other.internal/x", False),
    ],
)
def test_plain_http_is_for_hosts_that_are_named(address: str, allowed: bool) -> None:
    assert (problems_of({"issuer": address, "jwks_uri": address}) == {}) is allowed


def test_plain_http_is_for_trials(settings: Settings) -> None:
    settings.BASE_URL = "http://localhost:8000"
    assert problems_of({"issuer": "http://lms.example.edu", "token_endpoint": "http://lms.example.edu/token"}) == {}


@pytest.mark.parametrize("value", [[], "RS256", ["HS256"], ["none"], ["RS256", "rs256"], [3], None])
def test_algorithms_are_those_that_sign_with_key_pairs(value: object) -> None:
    assert ("algorithms" in problems_of({"algorithms": value})) is (value is not None)


def test_known_algorithms_are_taken() -> None:
    assert problems_of({"algorithms": ["RS256", "ES512"]}) == {}


@pytest.mark.parametrize(
    ("hosts", "right"),
    [
        ([], True),
        (["lms.example.edu", "localhost", "127.0.0.1", "2001:db8::1"], True),
        (["https://lms.example.edu"], False),
        (["lms.example.edu:8080"], False),
        (["LMS.example.edu"], False),
        (["lms.example.edu/x"], False),
        ([""], False),
        ([3], False),
        ("lms.example.edu", False),
    ],
)
def test_service_hosts_are_host_names(hosts: object, right: bool) -> None:
    assert (problems_of({"service_hosts": hosts}) == {}) is right


def test_an_audience_is_a_name_that_is_never_called() -> None:
    assert problems_of({"token_audience": "urn:lms:token"}) == {}
    assert list(problems_of({"token_audience": "two words"})) == ["token_audience"]


def test_what_may_be_empty_or_is_not_there_is_no_problem() -> None:
    assert problems_of({"token_endpoint": "", "token_audience": ""}) == {} == problems_of({})
