"""Where a browser may be sent, and who may frame us."""

from typing import Any

import pytest

from lti_bridge.launch.addresses import frame_origins, is_safe_return, web_address, with_parameters


@pytest.mark.parametrize(
    "text",
    [
        "https://lms.example.edu/return?course=2",
        "http://127.0.0.1:8100/mod/lti/return.php?course=2&sesskey=a",
        "https://lms.example.edu:8443",
        "https://[2001:db8::1]/return",
        "  https://lms.example.edu/  ",
    ],
)
def test_web_addresses_are_accepted(text: str) -> None:
    assert web_address(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/return",
        "https:///nowhere",
        "https://",
        "ftp://lms.example.edu/",
        "https://lms.example.edu@evil.example/",
        "https://evil.example\\@lms.example.edu/",
        "https://lms.example.edu/\r\nSet-Cookie: a=b",
        "java\tscript:alert(1)",
        "https://lms.example.edu:99999/",
        "https://[::1/",
        "https://lms.example.edu;script-src */",
        "https://lms.example.edu/" + "x" * 2000,
    ],
)
def test_other_addresses_are_none(text: str) -> None:
    """T11-29, SEC-B3."""
    assert web_address(text) == ""


def test_origins_are_listed_once_and_without_paths() -> None:
    """SEC-B6."""
    assert frame_origins(
        [
            "https://LMS.example.edu/return",
            "",
            "null",
            "https://lms.example.edu",
            "http://127.0.0.1:8100/service",
            "https://[2001:DB8::1]:8443/x",
            "javascript:alert(1)",
            "https://a.example'; script-src *",
        ]
    ) == ["https://lms.example.edu", "http://127.0.0.1:8100", "https://[2001:db8::1]:8443"]


def test_a_query_is_kept_and_a_fragment_stays_last() -> None:
    """T11-29."""
    url = with_parameters("https://lms.example.edu/r?course=2&x=a%20b#top", lti_errormsg="Zoë & co")
    assert url == "https://lms.example.edu/r?course=2&x=a%20b&lti_errormsg=Zo%C3%AB+%26+co#top"
    assert with_parameters("https://lms.example.edu/r", a="1") == "https://lms.example.edu/r?a=1"


def test_signed_answers_leave_by_https_only_except_in_trials(settings: Any) -> None:
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    settings.ALLOWED_PRIVATE_HOSTS = ["moodle.local", "10.0.0.5:8080"]
    assert is_safe_return("https://lms.example.edu/r")
    assert not is_safe_return("http://lms.example.edu/r")
    assert not is_safe_return("javascript:alert(1)")
    assert is_safe_return("http://moodle.local/r")
    assert is_safe_return("http://10.0.0.5:8080/r")
    assert not is_safe_return("http://10.0.0.5:8081/r")
    settings.PUBLIC_ORIGIN = "http://localhost:8000"
    assert is_safe_return("http://lms.example.edu/r")
