"""One at a time for each candidate."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, Candidate, Learner, Platform
from lti_bridge.providers import turns
from lti_bridge.providers.turns import turn

pytestmark = pytest.mark.django_db(transaction=True)
on_one_database = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="threads share one in-memory database only on PostgreSQL"
)


@pytest.fixture
def candidate():
    platform = Platform.objects.create(name="campus")
    learner = Learner.objects.create(platform=platform, user_id="alice-1")
    return Candidate.objects.create(learner=learner, account=Account.objects.create(name="a", provider="isograd"))


def test_the_turn_is_given_back_whatever_happens(candidate):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turn(candidate):
            raise ZeroDivisionError
    assert Candidate.objects.get().lease is None


@on_one_database
def test_two_never_have_it_together(candidate, monkeypatch):
    monkeypatch.setattr(turns, "PAUSES", (0.02,))
    inside, most, lock = 0, 0, threading.Lock()

    def work(_number):
        nonlocal inside, most
        try:
            with turn(candidate):
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.02)
                with lock:
                    inside -= 1
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert most == 1


def test_who_waits_too_long_is_told_to_come_back(candidate, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    with turn(candidate), pytest.raises(ProviderUnavailable) as late, turn(candidate):
        pass
    assert (late.value.code, late.value.status) == ("still_being_made", 503)


def test_a_turn_that_nobody_gave_back_comes_to_an_end(candidate):
    Candidate.objects.update(
        lease="00000000-0000-0000-0000-000000000001", leased_until=timezone.now() - timedelta(seconds=5)
    )
    with turn(candidate):
        pass
    assert Candidate.objects.get().lease is None
