"""A pretend Campfire API, an account there, and Alice's attempt."""

import pytest

from lti_bridge.models import Account, Activity
from tests.campfire_server import CONFIG, SECRETS, campfire_api
from tests.providers.campfire.bench import Bench
from tests.relay.sitting import sit
from tests.world import make_world


@pytest.fixture
def api(settings):
    """The pretend API, within reach."""
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with campfire_api() as served:
        yield served


@pytest.fixture
def account(db, api):
    return Account.objects.create(
        name="campfire-test", provider="campfire", settings={"base_url": api.url}, secrets=dict(SECRETS)
    )


@pytest.fixture
def bench(account, api):
    """Alice before the exam: everything a launch leaves before the provider is asked."""
    world = make_world()
    activity = Activity.objects.create(
        slug="saving", title="Saving", account=account, action="take_exam", parameters={"exam_config_id": CONFIG}
    )
    attempt = sit(world, activity=activity)
    attempt.state = "created"
    attempt.save()
    return Bench(api, world, account, activity, attempt)
