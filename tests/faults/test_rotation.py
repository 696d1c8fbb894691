"""Keys change on both sides while a term of launches and grades goes on, and nobody notices.

The clock goes through three weeks, up to now: what is due is due by the database's clock, which does not move. The
platform signs with each new key as soon as it is published and drops the one before the last; ours follow each other as
``rotate`` and beat have them do. The platform looks at our key set only as often as we tell it to, so a key of ours
that signed before it was published there would be refused.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from lti_bridge import gradebook, peer_keys, signing_keys
from lti_bridge.delivery import converge
from lti_bridge.models import Cell, CellState, LaunchRecord, Learner, ResourceLink, SigningKey
from tests.ags_server import Platform, ags_server
from tests.delivery.cells import grade
from tests.delivery.columns import start_anew
from tests.http_server import Answer, Asked, serve
from tests.launches13 import launch13
from tests.world import make_world
from tests.world13 import AGS, Peer, claims, make_registration

LAUNCHES = 1000 if "FAULT_GRADES" in os.environ else 100
TERM = timedelta(days=21)
STEP = TERM / LAUNCHES
#: Launches between two keys of the platform, and parts of the term between two of ours.
PLATFORM_EVERY = LAUNCHES // 20
OURS_EVERY = LAUNCHES // 6
TOOL = SigningKey.Side.TOOL


@dataclass
class Keys:
    """The platform's own keys: what it publishes, newest last, and how often it changed them."""

    peers: list[Peer] = field(default_factory=list)
    made: int = 0

    def rotate(self) -> None:
        self.made += 1
        new = Peer(rsa.generate_private_key(public_exponent=65537, key_size=2048), f"platform-{self.made}")
        self.peers = [*self.peers[-1:], new]

    def answer(self, _asked: Asked) -> Answer:
        return (
            200,
            {"Content-Type": "application/json"},
            json.dumps({"keys": [each.jwk for each in self.peers]}).encode(),
        )


@dataclass
class OurKeys:
    """Our key set as the platform sees it: looked at over HTTP, as seldom as we allow."""

    client: Client
    looked_at: datetime | None = None
    seen: set[str] = field(default_factory=set)

    def look(self, platform: Platform, now: datetime) -> None:
        if self.looked_at and now - self.looked_at < timedelta(seconds=signing_keys.CACHE_SECONDS):
            return
        response = self.client.get("/lti/1.3/jwks.json")
        assert f"max-age={signing_keys.CACHE_SECONDS}" in response["Cache-Control"]
        platform.keys, self.looked_at = response.json(), now
        self.seen |= {key["kid"] for key in platform.keys["keys"]}


@pytest.fixture
def lms() -> Iterator[Platform]:
    # A token lasts five minutes, so that every grade is preceded by a new assertion of ours.
    with ags_server(Platform(expires_in=300)) as platform:
        yield platform


@pytest.mark.django_db
def test_keys_change_on_both_sides_and_no_launch_and_no_grade_fails(
    client: Client, lms: Platform, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    start_anew()
    peer_keys.forget()
    theirs, ours = Keys(), OurKeys(client)
    theirs.rotate()
    with serve(theirs.answer) as published, time_machine.travel(datetime.now(UTC) - TERM, tick=True) as clock:
        make_registration(
            make_world().platform,
            jwks_uri=f"{published.url}/jwks",
            token_endpoint=f"{lms.base}/token",
            service_hosts=["127.0.0.2"],
        )
        column = lms.add_column(resourceLinkId="link-1")
        for number in range(LAUNCHES):
            clock.shift(STEP)
            ours.look(lms, datetime.now(UTC))
            if number % PLATFORM_EVERY == 0:
                theirs.rotate()
            if number % OURS_EVERY == 0:
                signing_keys.rotate(TOOL)
            signing_keys.tend()
            # As in every other process of ours, which looks once a minute.
            signing_keys.forget_signers()
            _launch_and_grade(client, theirs.peers[-1], lms, number)
    refused = set(LaunchRecord.objects.exclude(refused="").values_list("refused", flat=True))
    assert (refused, LaunchRecord.objects.count()) == (set(), LAUNCHES)
    assert (lms.bad_assertions, lms.bad_tokens, lms.overlaps) == ([], 0, [])
    assert lms.token_requests >= LAUNCHES
    assert set(Cell.objects.values_list("state", flat=True)) == {CellState.DELIVERED}
    assert lms.held == {(column, f"user-{number}"): _part(number) for number in range(LAUNCHES)}
    # What is shown is shown of keys that did change.
    assert theirs.made >= 20 and len(ours.seen) >= 6
    assert SigningKey.objects.filter(side=TOOL).count() < len(ours.seen)


def _part(number: int) -> Fraction:
    return Fraction(number % 101, 100)


def _launch_and_grade(client: Client, peer: Peer, lms: Platform, number: int) -> None:
    """One learner opens the test, and the grade that the provider reports is delivered."""
    told = claims(
        {"sub": f"user-{number}", "email": f"user-{number}@example.edu", "given_name": "A", "family_name": "Learner"},
        **{f"{AGS}claim/endpoint": lms.claim("link-1")},
    )
    response = launch13(client, told, by=peer)
    assert response.status_code == 200, response.content.decode()
    learner, link = Learner.objects.get(user_id=f"user-{number}"), ResourceLink.objects.get()
    grade(learner, link, f"{float(_part(number)):.2f}")
    converge.deliver_due()
