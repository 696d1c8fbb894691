"""A course with one link, one learner, one instructor, and the rows a test of the pages needs."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from lti_bridge.models import (
    Attempt,
    Cell,
    Context,
    EventState,
    Grade,
    LaunchRecord,
    Learner,
    ProviderEvent,
    ResourceLink,
    Try,
    TryKind,
    TryResult,
)
from lti_bridge.pages.access import grant
from tests.world import World, make_world

ORIGIN = "https://lms.example.edu"
#: In every field that a stranger fills in: what must come out as text.
PAYLOAD = """"><script>alert(1)</script><img src=x onerror='alert(2)'>"""


@dataclass(frozen=True)
class Course:
    world: World
    link: ResourceLink
    alice: Learner
    ines: Learner

    def launch(self, person: Learner, *, instructor: bool = False, link: Any = "", **details: Any) -> LaunchRecord:
        """A launch of that person, by default at the course's link."""
        return LaunchRecord.objects.create(
            platform=self.world.platform,
            lti11=self.world.lti11,
            nonce=secrets.token_hex(8),
            reference="3f2a-91bc-77d0",
            is_instructor=instructor,
            resource_link=self.link if link == "" else link,
            learner=person,
            details={"locale": "en", "origins": [ORIGIN], **details},
            received_at=timezone.now(),
        )

    def inside(self, name: str, person: Learner | None = None, **kwargs: Any) -> str:
        """The address of one of the pages, for a learner; for the instructor when nobody is named."""
        record = self.launch(person or self.ines, instructor=person is None)
        return reverse(name, kwargs={"access": grant(record), **kwargs})

    def learner(self, name: str) -> Learner:
        return Learner.objects.create(platform=self.world.platform, user_id=secrets.token_hex(4), full_name=name)

    def attempt(self, person: Learner, state: str = "graded", number: int = 1) -> Attempt:
        return Attempt.objects.create(
            learner=person,
            resource_link=self.link,
            activity=self.world.activity,
            state=state,
            number=number,
            opened_at=timezone.now() - timedelta(minutes=40),
        )

    def grade(self, attempt: Attempt, score: str = "0.725", **more: Any) -> Grade:
        event = ProviderEvent.objects.create(
            account=self.world.account,
            attempt=attempt,
            source="outcome",
            state=EventState.READ,
            received_at=timezone.now(),
        )
        fields = {"score_given": Decimal(score), "score_maximum": Decimal(1), "raw_score": score} | more
        return Grade.objects.create(attempt=attempt, event=event, reported_at=timezone.now(), **fields)

    def cell(self, person: Learner, state: str, grade: Grade | None = None, **fields: Any) -> Cell:
        told = {
            "lti11": self.world.lti11,
            "outcome_service_url": "https://lms.example.edu/service",
            "result_sourcedid": "sourcedid-canary",
            "wanted_version": 1 if grade else 0,
            "wanted_grade": grade,
            "wanted_score": grade.fraction if grade else None,
            "wanted_at": timezone.now() if grade else None,
        } | fields
        return Cell.objects.create(
            learner=person, resource_link=self.link, platform=self.world.platform, state=state, **told
        )

    def graded(self, person: Learner, state: str = "delivered", **fields: Any) -> Cell:
        """A person with a graded attempt, and a cell in that state with one try."""
        cell = self.cell(person, state, self.grade(self.attempt(person)), **fields)
        Try.objects.create(
            cell=cell, kind=TryKind.SEND, version=1, result=TryResult.DELIVERED, status=200, started_at=timezone.now()
        )
        return cell


def make_course() -> Course:
    world = make_world()
    context = Context.objects.create(platform=world.platform, context_id="history", title="History")
    link = ResourceLink.objects.create(
        context=context, resource_link_id="link-1", title="Excel test", activity=world.activity
    )
    alice = Learner.objects.create(
        platform=world.platform, user_id="alice-1", full_name="Alice Liddell", email="alice@example.edu"
    )
    ines = Learner.objects.create(platform=world.platform, user_id="ines-3", full_name="Ines Teacher")
    return Course(world, link, alice, ines)
