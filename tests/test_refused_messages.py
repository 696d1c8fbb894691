"""Messages with an account's key that prove nothing: noted, seldom, and said in words."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lti_bridge import refused_messages
from lti_bridge.models import Account, RefusedMessages
from tests.relay.sitting import message, send, sit
from tests.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def world() -> World:
    return make_world()


def row() -> RefusedMessages:
    return RefusedMessages.objects.get()


def wrong(**signing: object) -> None:
    """The provider sends a message that is signed wrongly."""
    assert send(message("a.0", "0.5"), **({"secret": "wrong"} | signing)).status_code == 401


def test_a_message_that_is_signed_wrongly_is_noted_at_its_account(world: World) -> None:
    wrong()
    assert (row().account, row().code, row().minutes) == (world.account, "bad_signature", 1)
    assert "Compare the shared secret" in refused_messages.summary(row())


def test_a_clock_that_is_ahead_is_noted_with_the_seconds() -> None:
    """E2E-15"""
    wrong(secret="provider-secret", timestamp=int(time.time()) + 600)
    assert row().code == "timestamp_future" and 595 <= (row().skew or 0) <= 605
    assert " s ahead of ours" in refused_messages.in_words(row())
    assert "NTP" in refused_messages.advice(row())


def test_a_message_that_comes_again_is_noted(world: World) -> None:
    attempt = sit(world)
    for status in (200, 401):
        assert send(message(attempt.key, "0.5"), nonce="once").status_code == status
    assert row().code == "nonce_used"


@pytest.mark.parametrize("signing", [{"key": "nobody-s"}, {"header": ""}, {"header": "OAuth x"}])
def test_nothing_is_written_for_a_key_nobody_has(signing: dict[str, str]) -> None:
    with CaptureQueriesContext(connection) as queries:
        wrong(**signing)
    assert not RefusedMessages.objects.exists()
    assert all(each["sql"].startswith("SELECT") for each in queries)


def test_a_key_that_nobody_has_costs_as_many_looks_as_a_known_one() -> None:
    """SEC-O1"""
    wrong()
    counted = []
    for signing in ({}, {"key": "nobody-s"}):
        with CaptureQueriesContext(connection) as queries:
            wrong(**signing)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_of_many_in_a_minute_one_is_written() -> None:
    start = timezone.now()
    for seconds, minutes in ((0, 1), (1, 1), (59, 1), (61, 2), (100, 2), (122, 3)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            with CaptureQueriesContext(connection) as queries:
                refused_messages.note(Account.objects.get(), "bad_signature")
            assert row().minutes == minutes
            writes = [each["sql"] for each in queries if not each["sql"].startswith("SELECT")]
            assert bool(writes) is (seconds in (0, 61, 122))
    assert (row().first_at, row().last_at) == (start, start + timedelta(seconds=122))


def test_after_a_quiet_day_counting_begins_anew() -> None:
    start = timezone.now()
    for hours, minutes in ((0, 1), (1, 2), (25.5, 1)):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            refused_messages.note(Account.objects.get(), "bad_signature")
            assert row().minutes == minutes
    assert row().first_at == row().last_at


def test_what_is_believed_afterwards_ends_the_trouble(world: World) -> None:
    attempt = sit(world)
    wrong()
    assert refused_messages.still_refused().exists()
    send(message(attempt.key, "0.5"))
    assert not refused_messages.still_refused().exists()


@pytest.mark.parametrize(
    "code",
    [
        *("bad_signature", "bad_method", "missing_body_hash", "bad_body_hash", "nonce_used"),
        *("timestamp_expired", "timestamp_future", "bad_version"),
    ],
)
def test_every_reason_has_words_and_advice(world: World, code: str) -> None:
    told = RefusedMessages(account=world.account, code=code, skew=-600)
    words, advice = refused_messages.in_words(told), refused_messages.advice(told)
    assert words and advice and "%" not in words and code not in words
