"""``doctor``: each organ healthy, each organ ill."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from lti_bridge import http, refused_messages, signing_keys
from lti_bridge.doctor import machine, queue, reach, stuck
from lti_bridge.doctor.findings import Finding, State, findings_of
from lti_bridge.models import (
    AccessToken,
    Account,
    AccountToken,
    Breaker,
    CellState,
    Document,
    Heartbeat,
    LineItem,
    ProviderEvent,
    ProviderExport,
    RefusedMessages,
    ResourceLink,
    SigningKey,
)
from lti_bridge.providers import troubles
from tests.commands.cells import make_cell
from tests.relay.sitting import sit
from tests.world import World, make_world
from tests.world13 import LINE_ITEM_URL, make_registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked; all of them answer, with the right time."""
    urls: list[str] = []

    def get(url: str, **_: Any) -> http.Answer:
        urls.append(url)
        return http.Answer(404, {"Date": formatdate(time.time())}, b"", 0.01)

    monkeypatch.setattr(http, "get", get)
    return urls


def states(findings: Any) -> list[tuple[str, State]]:
    return [(finding.check, finding.state) for finding in findings]


def only(findings: Any) -> Finding:
    (finding,) = findings
    assert isinstance(finding, Finding)
    return finding


@pytest.mark.parametrize(
    ("base", "sandbox", "worst"),
    [
        ("https://bridge.example.edu", False, State.OK),
        ("https://bridge.example.edu", True, State.FAIL),
        ("http://localhost:8000", False, State.WARN),
        ("http://localhost:8000", True, State.WARN),
        ("http://bridge.example.edu", False, State.FAIL),
    ],
)
def test_settings_are_judged_by_whom_they_serve(settings: Settings, base: str, sandbox: bool, worst: State) -> None:
    settings.BASE_URL, settings.SANDBOX, settings.DEBUG, settings.DELIVERY_PACE = base, sandbox, False, 1.0
    found = {finding.state for finding in machine.check_settings()}
    assert worst in found
    assert State.FAIL not in found or worst is State.FAIL


def test_an_account_whose_messages_are_refused_is_told_with_what_to_do(world: World) -> None:
    """E2E-15"""
    assert list(stuck.check_refused_messages()) == []
    refused_messages.note(world.account, "timestamp_future", skew=600)
    finding = only(stuck.check_refused_messages())
    assert (finding.check, finding.state) == ("account isograd-test", State.WARN)
    assert "clock is 600 s ahead of ours" in finding.text and "NTP" in finding.advice
    RefusedMessages.objects.update(last_at=timezone.now() - timedelta(days=8))
    assert list(stuck.check_refused_messages()) == []


def test_an_account_in_trouble_is_told_with_what_to_do(world: World) -> None:
    assert list(stuck.check_troubles()) == []
    troubles.note(world.account, "no_credits", "There are no credits left. Buy some.")
    finding = only(stuck.check_troubles())
    assert (finding.check, finding.state, finding.advice) == (
        "account isograd-test",
        State.WARN,
        "There are no credits left. Buy some.",
    )
    assert finding.text.startswith("no_credits since ")
    troubles.clear(world.account, ["no_credits"])
    assert list(stuck.check_troubles()) == []


def test_a_database_that_answers_is_ok() -> None:
    assert State.FAIL not in {finding.state for finding in machine.check_database()}


def test_a_database_that_does_not_answer_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OperationalError("postgres://user:sample-password@host")

    monkeypatch.setattr(connection, "cursor", broken)
    found = only(machine.check_database())
    assert found.state is State.FAIL
    assert "sample-password" not in found.text


def test_a_clock_that_is_wrong_by_minutes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(machine.check_clock()).state is State.OK
    monkeypatch.setattr(machine, "CLOCK_SECONDS", -1)
    assert only(machine.check_clock()).state is State.FAIL


def test_secrets_that_no_key_opens_are_counted(world: World, settings: Settings) -> None:
    signing_keys.make(SigningKey.Side.TOOL, signs_from=timezone.now())
    registration = make_registration(world.platform)
    AccessToken.objects.create(registration=registration, scopes="score", secret={"token": "sample-token"})
    AccountToken.objects.create(account=world.account, purpose="usage", secret={"token": "sample-token"})
    ProviderExport.objects.create(account=world.account, what="submissions", secret={"handle": "sample-handle"})
    Document.objects.create(attempt=sit(world), secret={"key": "sample-key"})
    assert states(machine.check_keys()) == [("keys", State.OK)] * 7
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    found = list(machine.check_keys())
    assert [finding.text for finding in found] == [
        "the secrets of 1 registrations cannot be opened",
        "the secrets of 1 accounts cannot be opened",
        "the secrets of 1 signing keys cannot be opened",
        "the secrets of 1 access tokens cannot be opened",
        "the secrets of 1 providers' access tokens cannot be opened",
        "the secrets of 1 providers' exports cannot be opened",
        "the secrets of 1 documents cannot be opened",
    ]
    settings.FIELD_KEYS = ["no key at all"]
    assert only(machine.check_keys()).state is State.FAIL


def test_the_queue_of_files_must_be_writable(settings: Settings, tmp_path: Path) -> None:
    settings.CELERY_BROKER_URL = ""
    options = {"data_folder_in": str(tmp_path)}
    settings.CELERY = {**settings.CELERY, "broker_transport_options": options}
    assert only(queue.check_broker()).state is State.OK
    options["data_folder_in"] = str(tmp_path / "gone")
    assert only(queue.check_broker()).state is State.FAIL


def test_a_broker_that_hangs_costs_seconds_and_no_more(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BROKER_URL = "redis://:sample-password@broker"
    monkeypatch.setattr(queue, "PATIENCE", 0.1)
    answers = threading.Event()
    monkeypatch.setattr(queue, "_connect", lambda: answers.wait(30))
    found = only(queue.check_broker())
    assert not answers.is_set(), "it did not wait for the broker"
    answers.set()
    assert found.state is State.FAIL
    assert "sample-password" not in found.text + found.advice


def test_a_fresh_sweep_proves_worker_and_beat() -> None:
    Heartbeat.objects.create(name="sweep", at=timezone.now())
    assert states(queue.check_workers()) == [("worker", State.OK), ("beat", State.OK)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (True, [("worker", State.OK), ("beat", State.FAIL)]),
        (False, [("worker", State.FAIL), ("beat", State.WARN)]),
    ],
)
def test_a_late_sweep_is_put_down_to_beat_or_to_the_workers(
    monkeypatch: pytest.MonkeyPatch, answers: bool, expected: list[tuple[str, State]]
) -> None:
    Heartbeat.objects.create(name="sweep", at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(queue, "_ping", lambda: answers)
    assert states(queue.check_workers()) == expected


def test_before_the_first_sweep_beat_gets_the_time_to_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_ping", lambda: True)
    assert states(queue.check_workers()) == [("worker", State.OK), ("beat", State.WARN)]
    assert "ask again" in list(queue.check_workers())[1].advice


def test_a_secret_that_no_key_opens_breaks_no_other_check(world: World, asked: list[str], settings: Settings) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    checks = [machine.check_keys, reach.check_platforms, reach.check_accounts]
    checks += [stuck.check_cells, stuck.check_events, stuck.check_deliveries]
    assert {finding.check for finding in findings_of(checks) if finding.state is State.FAIL} == {"keys"}


def test_each_platform_and_account_is_asked_at_its_origin_alone(world: World, asked: list[str]) -> None:
    make_cell(world)
    assert states(reach.check_platforms()) == [("platform campus-moodle", State.OK)]
    assert states(reach.check_accounts()) == [("account isograd-test", State.OK)]
    assert asked == ["https://lms.example.edu/", "https://provider.example.net/"]


def test_before_any_launch_the_hosts_of_the_registration_are_asked(world: World, asked: list[str]) -> None:
    list(reach.check_platforms())
    assert asked == ["https://lms.example.edu/"]
    world.lti11.service_hosts = []
    world.lti11.save()
    assert only(reach.check_platforms()).state is State.WARN


def test_a_column_of_lti13_is_a_gradebook_address_too(world: World, asked: list[str]) -> None:
    cell = make_cell(world, outcome_service_url="", lti11=None)
    registration = make_registration(world.platform)
    LineItem.objects.create(resource_link=cell.resource_link, registration=registration, url=LINE_ITEM_URL)
    assert states(reach.check_platforms()) == [("platform campus-moodle", State.OK)]
    ResourceLink.objects.all().delete()
    world.lti11.delete()
    # Before any launch the registration's own lines say whether the LMS is there.
    assert list(reach.check_platforms()) == []


def test_an_account_without_an_address_of_its_own_is_not_asked(world: World, asked: list[str]) -> None:
    Account.objects.update(settings={"connection": "lti11"})
    assert only(reach.check_accounts()).state is State.OK
    assert asked == []


def test_an_lms_that_is_not_reached_is_named_with_advice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(url: str, **_: Any) -> http.Answer:
        raise http.HttpProblem("dns", "lms.example.edu: the name was not found.")

    monkeypatch.setattr(http, "get", get)
    guessed = only(reach.check_platforms())
    assert (guessed.state, "no learner came yet" in guessed.text) == (State.WARN, True)
    make_cell(world)
    found = only(reach.check_platforms())
    assert (found.state, found.text) == (State.FAIL, "lms.example.edu: the name was not found.")
    assert "DNS" in found.advice


def test_an_lms_with_another_time_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = http.Answer(200, {"Date": formatdate(time.time() - 600)}, b"", 0.01)
    monkeypatch.setattr(http, "get", lambda url, **_: answer)
    assert only(reach.check_platforms()).state is State.WARN


def test_what_is_stuck_is_counted(world: World) -> None:
    assert states(stuck.check_cells()) == [("cells", State.OK)]
    make_cell(world, state=CellState.NEEDS_ACTION)
    make_cell(world, "bob-2", state=CellState.DIFFERS)
    make_cell(world, "carol-3", state=CellState.PENDING, due_at=timezone.now() - timedelta(minutes=6))
    assert states(stuck.check_cells()) == [("cells", State.WARN), ("cells", State.WARN), ("cells", State.FAIL)]


def test_cells_of_a_silent_or_paused_platform_are_not_counted_twice(world: World) -> None:
    make_cell(world, state=CellState.PENDING, due_at=timezone.now() - timedelta(minutes=6))
    Breaker.objects.create(platform=world.platform, failures=5, next_probe_at=timezone.now(), opened_at=timezone.now())
    assert states(stuck.check_cells()) == [("cells", State.OK)]
    world.platform.delivery_paused = True
    world.platform.save()
    assert states(stuck.check_deliveries()) == [("platform campus-moodle", State.WARN)] * 2


def test_events_that_nobody_read_are_counted(world: World) -> None:
    assert only(stuck.check_events()).state is State.OK
    long_ago = timezone.now() - timedelta(minutes=6)
    ProviderEvent.objects.create(account=world.account, source="outcome", received_at=long_ago)
    assert only(stuck.check_events()).state is State.WARN


def test_a_check_that_breaks_is_a_finding_and_stops_no_other() -> None:
    def check_badly() -> Iterator[Finding]:
        raise RuntimeError("with a sample-secret")
        yield

    found = list(findings_of([check_badly, stuck.check_events]))
    assert states(found) == [("check_badly", State.FAIL), ("events", State.OK)]
    assert "sample-secret" not in found[0].text


def test_each_finding_is_one_line_and_a_failure_is_exit_code_1(
    world: World, asked: list[str], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = ""
    monkeypatch.setattr(queue, "_ping", lambda: False)
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", stdout=out, no_color=True)
    assert "FAIL  worker: no worker answers, no sweep ran yet → Start lti-bridge-worker" in out.getvalue()
    assert "ok    account isograd-test: provider.example.net answers" in out.getvalue()


def test_machines_get_json(world: World, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_ping", lambda: False)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=out)
    assert {"check", "state", "text", "advice"} == set(json.loads(out.getvalue())[0])
