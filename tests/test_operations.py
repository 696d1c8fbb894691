"""For machines: alive, ready, numbers."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from lti_bridge import operations, signing_keys
from lti_bridge.models import Breaker, Deployment, Lti13Registration, ProviderEvent, SigningKey
from tests.pages.course import make_course
from tests.world import make_world
from tests.world13 import make_registration


def test_a_process_that_lives_says_so_without_a_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_we_are_ready_once_every_migration_is_applied(client: Client, db) -> None:
    assert client.get("/readyz").json() == {"ready": True}


def test_we_are_not_ready_with_a_migration_to_go(client: Client, db, monkeypatch) -> None:
    monkeypatch.setattr(operations.MigrationExecutor, "migration_plan", lambda *_: ["one"])
    response = client.get("/readyz")
    assert (response.status_code, response.json()["reason"]) == (503, "migrations")


def test_we_are_not_ready_without_a_database(client: Client, monkeypatch) -> None:
    def away(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(operations, "MigrationExecutor", away)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["reason"]) == (503, "database")
    assert "gone" not in response.content.decode()


def test_metrics_are_counted_in_the_database(client: Client, db) -> None:
    course = make_course()
    course.launch(course.alice)
    course.graded(course.alice, "pending", due_at=timezone.now() - timedelta(minutes=5))
    Breaker.objects.create(platform=course.world.platform, next_probe_at=timezone.now())
    ProviderEvent.objects.update(state="failed")
    page = client.get("/metrics").content.decode()
    for line in (
        'lti_bridge_cells{state="pending"} 1.0',
        'lti_bridge_cells{state="delivered"} 0.0',
        "lti_bridge_cells_due 1.0",
        "lti_bridge_events_unread 1.0",
        "lti_bridge_breakers_open 1.0",
        'lti_bridge_launches{result="accepted"} 1.0',
    ):
        assert line in page.splitlines()
    age = next(line for line in page.splitlines() if line.startswith("lti_bridge_cells_oldest_due_seconds"))
    assert 299 < float(age.split()[1]) < 400
    assert "Alice" not in page


def test_what_waits_for_approval_and_the_age_of_keys_are_numbers(client: Client, db) -> None:
    world = make_world()
    registration = make_registration(world.platform)
    Lti13Registration.objects.create(platform=world.platform, issuer="x", client_id="y", awaits_approval=True)
    for name, more in (("waits", {}), ("refused", {"refused_at": timezone.now()})):
        Deployment.objects.create(registration=registration, platform=world.platform, deployment_id=name, **more)
    key = signing_keys.make(SigningKey.Side.PLATFORM, signs_from=timezone.now() - timedelta(days=3))
    page = client.get("/metrics").content.decode().splitlines()
    assert "lti_bridge_deployments_waiting 1.0" in page
    assert "lti_bridge_registrations_waiting 1.0" in page
    ages = [line for line in page if line.startswith("lti_bridge_signing_key_signs_from_timestamp_seconds")]
    assert len(ages) == 1 and 'side="platform"' in ages[0]
    assert float(ages[0].split()[1]) == pytest.approx(key.signs_from.timestamp())


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("::1", {}, 200),
        ("fd00::7", {}, 200),
        ("8.8.8.8", {}, 404),
        ("", {}, 404),
        ("nonsense", {}, 404),
        ("10.0.0.9", {"X-Forwarded-For": "8.8.8.8"}, 404),
        ("10.0.0.9", {"X-Forwarded-For": "10.0.0.1"}, 404),
    ],
)
def test_metrics_are_for_neighbours_who_ask_directly(client: Client, db, settings, peer, headers, status) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.9"]
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=peer).status_code == status


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "Via"])
def test_metrics_are_told_to_nobody_behind_a_proxy_that_we_do_not_know(client: Client, db, settings, name) -> None:
    settings.TRUSTED_PROXIES = []
    assert client.get("/metrics", headers={name: "203.0.113.9"}, REMOTE_ADDR="127.0.0.1").status_code == 404
