"""Which hosts ALLOWED_PRIVATE_HOSTS names as they are written. What is connected to: tests/test_http.py."""

import pytest
from pytest_django import Settings

from lti_bridge.address_guard import is_named


@pytest.mark.parametrize(
    ("host", "port", "named"),
    [
        ("lms.internal", 80, True),
        ("LMS.Internal.", 443, True),
        ("other.internal", 8080, True),
        ("other.internal", 80, False),
        ("10.1.2.3", 80, True),
        ("::ffff:10.1.2.3", 80, True),
        ("10.2.0.1", 80, False),
        ("[fd00::7]", 80, True),
        ("fd00::8", 80, False),
        ("none", 80, False),
        ("10.1.0.0", 80, True),
    ],
)
def test_a_host_is_named_by_name_by_port_or_by_network(settings: Settings, host: str, port: int, named: bool) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["lms.internal", "other.internal:8080", "10.1.0.0/16", "[fd00::7]"]
    assert is_named(host, port) is named
