"""What the tests share: Alice's attempt and how it is opened."""

from dataclasses import dataclass
from typing import Any

from lti_bridge import flow
from lti_bridge.models import Account, Activity, Attempt, AttemptState, EventSource
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Action
from tests.campfire_server import CampfireApi, Session
from tests.relay.sitting import opening, sit
from tests.world import World

CAMPFIRE = provider_of("campfire")


@dataclass
class Bench:
    """Alice, her attempt, and the pretend API behind it."""

    api: CampfireApi
    world: World
    account: Account
    activity: Activity
    attempt: Attempt

    def fresh(self) -> Attempt:
        """The attempt as the database has it."""
        return Attempt.objects.select_related(
            "candidate__account", "activity__account", "learner", "resource_link__context"
        ).get(pk=self.attempt.pk)

    @property
    def passback(self) -> str:
        """The path of the attempt's call-back address."""
        return f"/callbacks/campfire/{self.account.name}/{self.attempt.key}/done"

    def open(self, **changes: Any) -> Action:
        """Open the activity as Alice, as it is now in the database."""
        url = f"http://localhost:8000{self.passback}"
        return CAMPFIRE.open(opening(self.fresh(), **({"callback_url": url} | changes)))

    def does(self, action: str, **parameters: Any) -> None:
        """The activity does something else from now on."""
        self.activity.action = action
        self.activity.parameters = self.activity.parameters | parameters
        self.activity.save()

    def sat(self, actual: Any = None) -> Session:
        """Alice's session, handed in with a score when there is one."""
        self.open()
        session = self.api.sessions[self.fresh().provider_attempt_id]
        Attempt.objects.filter(pk=self.attempt.pk, state="created").update(state=AttemptState.OPENED)
        if actual is not None:
            session.grade(actual)
        return session

    def look(self) -> Attempt:
        """Ask the provider and understand the answer; the attempt afterwards."""
        attempt = self.fresh()
        raw = CAMPFIRE.looks.fetch(attempt)
        assert raw is not None
        flow.understand(flow.receive(attempt.account, EventSource.POLL, attempt=attempt, body=raw))
        return self.fresh()

    def classmate(self, user_id: str) -> Attempt:
        """Another learner's attempt at the same activity, with a session."""
        attempt = sit(self.world, user_id=user_id, activity=self.activity)
        CAMPFIRE.open(opening(attempt))
        attempt.refresh_from_db()
        return attempt
