"""What the tests of Isograd's API share: the pretend API, an account there, Alice's attempt and how it is opened.

A ``conftest.py`` that imports the three fixtures has them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lti_bridge import flow
from lti_bridge.models import Account, Activity, Attempt, AttemptState, EventSource
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Action
from tests.isograd_server import SECRETS, IsogradApi, Sitting, isograd_api, settings_for
from tests.relay.sitting import opening, sit
from tests.world import World, make_world

ISOGRAD = provider_of("isograd")
ALICE = "alice-1@example.edu"


@dataclass
class Bench:
    """Alice, her attempt, and the pretend API behind it."""

    api: IsogradApi
    world: World
    account: Account
    activity: Activity
    attempt: Attempt

    def fresh(self) -> Attempt:
        """The attempt as the database has it."""
        return Attempt.objects.select_related(
            "candidate__account", "activity__account", "learner", "resource_link__context"
        ).get(pk=self.attempt.pk)

    def open(self, **changes: Any) -> Action:
        """Open the activity as Alice, as it is now in the database."""
        return ISOGRAD.open(opening(self.fresh(), **changes))

    def does(self, action: str, **parameters: Any) -> None:
        """The activity does something else from now on."""
        self.activity.action = action
        self.activity.parameters = {"tst_frm_id": 482} | parameters
        self.activity.save()

    def set(self, **settings: Any) -> None:
        """The account has more settings from now on."""
        self.account.settings = self.account.settings | settings
        self.account.save()

    def sat(self, score: int | None = None, status: int = 3) -> Sitting:
        """Alice's test at the provider, at some point of its life."""
        self.open()
        test = self.api.living()[-1]
        test.status, test.score = status, score
        Attempt.objects.filter(pk=self.attempt.pk).update(state=AttemptState.OPENED)
        return test

    def look(self) -> Attempt:
        """Ask the provider and understand the answer; the attempt afterwards."""
        attempt = self.fresh()
        raw = ISOGRAD.looks.fetch(attempt)
        assert raw is not None
        flow.understand(flow.receive(attempt.account, EventSource.POLL, attempt=attempt, body=raw))
        return self.fresh()


@pytest.fixture
def api(settings: Any) -> Iterator[IsogradApi]:
    """The pretend API, within reach."""
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with isograd_api() as served:
        yield served


@pytest.fixture
def account(db: None, api: IsogradApi) -> Account:
    """An account that is reached by it."""
    return Account.objects.create(
        name="isograd-api", provider="isograd", settings=settings_for(api), secrets=dict(SECRETS)
    )


@pytest.fixture
def bench(account: Account, api: IsogradApi) -> Bench:
    """Alice before the test: everything a launch leaves before the provider is asked."""
    world = make_world()
    activity = Activity.objects.create(
        slug="excel-api", title="Excel", account=account, action="take_test", parameters={"tst_frm_id": 482}
    )
    attempt = sit(world, activity=activity)
    attempt.state = "created"
    attempt.save()
    return Bench(api, world, account, activity, attempt)
