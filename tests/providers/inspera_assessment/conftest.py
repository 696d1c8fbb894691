"""An account at a pretend Inspera that listens on loopback."""

import pytest

from lti_bridge.models import Account
from tests.inspera_server import Server


@pytest.fixture(autouse=True)
def _at_once(settings):
    """Waits take no time, and loopback is allowed."""
    settings.DELIVERY_PACE = 0.001
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def server():
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def account(server, db):
    return Account.objects.create(
        name="inspera-test",
        provider="inspera_assessment",
        settings={"base_url": server.url, "client_id": "demo", "entry": "url"},
        secrets={"code": "123456-7890-abcd-efgh", "webhook_secret": "a sample secret"},
    )
