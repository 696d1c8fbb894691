"""When to try again: the table, the jitter, the patience."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from lti_bridge.delivery import retry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = 3600


@pytest.mark.parametrize(
    ("tries_used", "seconds"),
    [(0, 0), (1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, HOUR), (7, 2 * HOUR), (8, 4 * HOUR), (9, 6 * HOUR)],
)
def test_the_schedule(tries_used: int, seconds: int) -> None:
    assert retry.wait_before(tries_used) == timedelta(seconds=seconds)


def test_patience_is_seven_days_and_not_more() -> None:
    waits = []
    while (wait := retry.wait_before(len(waits))) is not None:
        waits.append(wait)
    total = sum(waits, timedelta())
    assert timedelta(days=6, hours=18) <= total <= timedelta(days=7)


def test_waits_never_get_shorter() -> None:
    waits = [retry.wait_before(tries) for tries in range(12)]
    assert all(later >= earlier for earlier, later in pairwise(waits))  # type: ignore[operator]


@pytest.mark.parametrize(("roll", "part"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_jitter_is_a_fifth_either_way(roll: float, part: float) -> None:
    at = retry.next_try_at(NOW, 4, roll=lambda: roll)
    assert at == NOW + timedelta(seconds=600 * part)


def test_retry_after_is_honoured_when_it_is_later() -> None:
    assert retry.next_try_at(NOW, 1, retry_after=90, roll=lambda: 0.5) == NOW + timedelta(seconds=90)
    assert retry.next_try_at(NOW, 4, retry_after=90, roll=lambda: 0.5) == NOW + timedelta(seconds=600)


def test_an_absurd_retry_after_is_capped() -> None:
    assert retry.next_try_at(NOW, 1, retry_after=10**9, roll=lambda: 0.5) == NOW + timedelta(hours=6)


def test_when_patience_is_over_there_is_no_next_try() -> None:
    assert retry.next_try_at(NOW, 1000) is None


def test_a_rehearsal_runs_the_same_schedule_faster(settings: object) -> None:
    settings.DELIVERY_PACE = 0.1  # type: ignore[attr-defined]
    assert retry.next_try_at(NOW, 2, roll=lambda: 0.5) == NOW + timedelta(seconds=3)


def test_looks_get_rarer_and_the_last_one_is_when_doubt_ends() -> None:
    until = retry.doubt_until(NOW)
    looks, now = [], NOW
    while now < until:
        now = retry.next_look_at(now, until)
        looks.append((now - NOW).total_seconds())
    assert looks == [15, 45, 135, 405, 600]
