"""Which addresses are ours to launch, and what they open."""

from typing import Any

import pytest

from lti_bridge.launch.targets import activity_of

HERE = "http://localhost:8000"


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        (f"{HERE}/lti/1.3/launch", ""),
        (f"{HERE}/lti/1.3/launch?activity=excel-basic", "excel-basic"),
        (f"{HERE}/lti/1.3/launch?activity=", ""),
        (f"{HERE}/lti/1.3/launch?x=1&activity=a&activity=a", "a"),
        (f"{HERE}/lti/1.3/launch#part", ""),
        (f"{HERE}/lti/1.1/launch", ""),
        (f"{HERE}/lti/1.1/launch/excel-basic", "excel-basic"),
        (f"{HERE}/lti/1.1/launch/excel-basic?activity=other", "excel-basic"),
        ("HTTP://LOCALHOST:8000/lti/1.3/launch", ""),
        (f"  {HERE}/lti/1.3/launch  ", ""),
    ],
)
def test_our_launch_addresses_are_known(url: str, slug: str) -> None:
    assert activity_of(url) == slug


@pytest.mark.parametrize(
    "url",
    [
        "",
        HERE,
        f"{HERE}/",
        f"{HERE}/lti/1.3/launch/",
        f"{HERE}/lti/1.3/launch/excel",
        f"{HERE}/lti/1.3/login",
        f"{HERE}/lti/1.1/launch/",
        f"{HERE}/lti/1.1/launch/a/b",
        f"{HERE}/lti/1.1/launch/a%2Fb",
        f"{HERE}/lti/1.3/launch?activity=a/b",
        f"{HERE}/lti/1.3/launch?activity=a%00b",
        f"{HERE}/lti/1.3/launch?activity=%FF",
        f"{HERE}/lti/1.3/launch?activity=a&activity=b",
        f"{HERE}/lti/1.3/launch?activity=" + "x" * 101,
        f"{HERE}/lti/1.3/launch?" + "x=1&" * 100,
        "http://localhost/lti/1.3/launch",
        "https://localhost:8000/lti/1.3/launch",
        "http://localhost:8001/lti/1.3/launch",
        "http://a@localhost:8000/lti/1.3/launch",
        "http://evil.example/http://localhost:8000/lti/1.3/launch",
        "/lti/1.3/launch",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    """T13-LOG-07."""
    assert activity_of(url) is None


def test_a_port_that_goes_without_saying_may_be_said(settings: Any) -> None:
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    assert activity_of("https://bridge.example.edu:443/lti/1.3/launch") == ""
