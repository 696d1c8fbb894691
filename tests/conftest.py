"""For all tests: marks by folder, and the browser that Debian ships."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from lti_bridge import peer_keys
from lti_bridge.launch import registrations13

ROOT = Path(__file__).parent
MARKED_FOLDERS = ("browser", "faults", "interop", "journeys")
#: Here nearly every test is a message that must not be believed.
ATTACKS = (
    "interop/test_id_tokens.py",
    "launch/dynamic/test_registration.py",
    "launch/test_binding.py",
    "launch/test_former_ids.py",
    "launch/test_lti11_message.py",
    "launch/test_lti11_nonce.py",
    "launch/test_lti11_signature.py",
    "launch/test_lti13_forgeries.py",
    "launch/test_lti13_nonce.py",
    "launch/test_lti13_properties.py",
    "launch/test_oidc.py",
    "launch/test_outcomes.py",
    "launch/test_relaunch.py",
    "launch/test_service_addresses.py",
    "pages/test_access.py",
    "providers/inspera_originality/test_webhooks.py",
    "providers/test_callbacks.py",
    "relay/test_authentication.py",
    "relay/test_deep_linking.py",
    "relay/test_fuzz13.py",
    "relay/test_line_items.py",
    "relay/test_outcomes.py",
    "relay/test_refusals.py",
    "relay/test_scores.py",
    "relay/test_tokens.py",
    "relay/test_views.py",
    "test_http.py",
    "test_oauth1.py",
    "test_pox.py",
)
CHROMIUM = ("chromium", "chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in tests/browser/ is marked ``browser``, and so on."""
    for item in items:
        path = item.path.relative_to(ROOT)
        if path.parts[0] in MARKED_FOLDERS:
            item.add_marker(path.parts[0])
        if path.as_posix() in ATTACKS:
            item.add_marker("attacks")


@pytest.fixture(autouse=True, scope="session")
def _quick_settings() -> Iterator[None]:
    """What takes time on purpose, or once a process, and would in each test. Programs that tests start are as ever."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS],
        # Each test client makes the middleware anew, which would look at every static file.
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


@pytest.fixture(autouse=True)
def _nothing_is_kept_of_other_tests() -> Iterator[None]:
    """Processes keep registrations and keys for a while; each test has a database of its own."""
    yield
    registrations13.forget()
    peer_keys.forget()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium, never a fetched one; without its own sandbox, which it cannot have as root."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("Chromium is missing: scripts/services installs it")
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "args": ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    }
