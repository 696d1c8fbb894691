"""A pretend Isograd API, an account that is reached by it, and Alice's attempt there."""

import pytest

from lti_bridge.models import Account, Activity
from tests.isograd_server import SECRETS, isograd_api, settings_for
from tests.providers.isograd.bench import Bench
from tests.relay.sitting import sit
from tests.world import make_world


@pytest.fixture
def api(settings):
    """The pretend API, within reach."""
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with isograd_api() as served:
        yield served


@pytest.fixture
def account(db, api):
    return Account.objects.create(
        name="isograd-api", provider="isograd", settings=settings_for(api), secrets=dict(SECRETS)
    )


@pytest.fixture
def bench(account, api):
    """Alice before the test: everything a launch leaves before the provider is asked."""
    world = make_world()
    activity = Activity.objects.create(
        slug="excel-api", title="Excel", account=account, action="take_test", parameters={"tst_frm_id": 482}
    )
    attempt = sit(world, activity=activity)
    attempt.state = "created"
    attempt.save()
    return Bench(api, world, account, activity, attempt)
