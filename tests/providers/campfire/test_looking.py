"""How long Campfire is asked: what is graded may be taken again in its player, without anybody here knowing."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from lti_bridge import looking, looks
from lti_bridge.models import Attempt, AttemptState, Cell, ProviderEvent
from tests.providers.campfire.bench import CAMPFIRE

pytestmark = pytest.mark.django_db
NOON = "2026-03-02 12:00Z"
A_DAY = timedelta(days=1)


def waits(state):
    found = []
    while (wait := CAMPFIRE.looks.next_look(state, len(found))) is not None:
        found.append(wait)
    return found


def due(*attempts, **fields):
    Attempt.objects.filter(pk__in=[each.pk for each in attempts]).update(look_at=timezone.now(), **fields)


def run():
    return looking.look_at_due(seconds=20)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def graded(bench, clock):
    """Alice has 80 of 100, as a look said."""
    bench.sat(80)
    due(bench.attempt, looks=2)
    run()
    assert bench.fresh().state == "graded"
    bench.api.requests.clear()
    return bench


def session_of(bench):
    return bench.api.sessions[bench.fresh().provider_attempt_id]


def test_the_schedule_is_2_5_15_and_60_minutes_then_every_6_hours_for_30_days():
    found = waits(AttemptState.MARKING)
    assert found[:4] == [timedelta(minutes=minutes) for minutes in (2, 5, 15, 60)]
    assert set(found[4:]) == {timedelta(hours=6)}
    assert sum(found[4:], timedelta()) == timedelta(days=30)


def test_after_a_grade_it_is_once_a_day_for_30_days():
    assert waits(AttemptState.GRADED) == [A_DAY] * 30


def test_a_better_score_whose_passback_was_lost_comes_with_the_next_days_look(graded, clock):
    session_of(graded).grade(95)
    assert graded.fresh().look_at == timezone.now() + A_DAY
    clock.shift(A_DAY)
    assert run() == 1
    assert [grade.score_given for grade in graded.fresh().grades.order_by("pk")] == [80, 95]
    assert Cell.objects.get().wanted_grade.score_given == 95


def test_somebody_who_takes_it_again_meanwhile_is_looked_at_as_before(graded, clock):
    session_of(graded).maturity = "IN_PROGRESS"
    clock.shift(A_DAY)
    run()
    attempt = graded.fresh()
    assert attempt.state == "started"
    assert attempt.look_at < timezone.now() + A_DAY
    session_of(graded).grade(95)
    clock.move_to(attempt.look_at)
    run()
    assert Cell.objects.get().wanted_grade.score_given == 95


def test_the_looks_at_a_grade_come_to_an_end_and_leave_no_trace(graded, clock):
    events = list(ProviderEvent.objects.values_list("pk"))
    days = 0
    while graded.fresh().look_at is not None:
        clock.move_to(graded.fresh().look_at)
        assert run() == 1
        days += 1
    assert days == 30
    assert len(graded.api.requests) == 30
    assert list(ProviderEvent.objects.values_list("pk")) == events


def test_a_grade_that_came_late_has_its_30_days_too(bench, clock):
    bench.sat(80)
    due(bench.attempt, looks=123)
    run()
    attempt = bench.fresh()
    assert (attempt.state, attempt.looks, attempt.look_at) == ("graded", 1, timezone.now() + A_DAY)


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_what_came_to_nothing_is_not_looked_at_any_more(bench, clock, state):
    bench.sat()
    due(bench.attempt, state=state)
    run()
    assert bench.fresh().look_at is None


def test_who_asks_for_news_of_a_grade_that_is_the_same_makes_no_event(graded):
    count = ProviderEvent.objects.count()
    assert looking.look_now(graded.fresh())
    assert ProviderEvent.objects.count() == count
    assert graded.fresh().look_at == timezone.now() + A_DAY


def test_one_call_a_day_answers_for_a_whole_class_that_is_graded(graded, clock):
    others = [graded.classmate(f"learner-{number}") for number in range(3)]
    for minutes, other in enumerate(others, 5):
        graded.api.sessions[other.provider_attempt_id].grade(50)
        Attempt.objects.filter(pk=other.pk).update(state="graded", look_at=timezone.now() + timedelta(hours=minutes))
    graded.api.requests.clear()
    clock.shift(A_DAY)
    due(graded.attempt)
    run()
    assert graded.api.lines == ["POST /api/exam-sessions"]
    assert set(Attempt.objects.values_list("look_at", flat=True)) == {timezone.now() + A_DAY}


def test_others_who_are_not_done_yet_do_not_use_up_the_days_of_a_grade(graded, clock):
    begun = [graded.classmate("bob-2"), graded.classmate("cleo-3")]
    before = Attempt.objects.values_list("look_at", "looks").get(pk=graded.attempt.pk)
    for _ in range(5):
        due(*begun, state="opened", looks=1)
        run()
    assert graded.api.lines[-5:] == ["POST /api/exam-sessions"] * 5
    assert Attempt.objects.values_list("look_at", "looks").get(pk=graded.attempt.pk) == before


def test_for_one_who_is_not_done_nobody_lists_a_class_that_is_graded(graded):
    bob = graded.classmate("bob-2")
    due(bob, state="opened", looks=1)
    graded.api.requests.clear()
    run()
    assert graded.api.lines == [f"GET /api/exam-session/{bob.provider_attempt_id}"]


def test_what_a_list_newly_says_is_graded_has_its_30_days_from_then(bench, clock):
    bench.open()
    other = bench.classmate("bob-2")
    bench.api.sessions[other.provider_attempt_id].grade(50)
    Attempt.objects.filter(pk=other.pk).update(state="opened", look_at=timezone.now() + timedelta(hours=6), looks=50)
    due(bench.attempt, state="opened", looks=1)
    run()
    other.refresh_from_db()
    assert (other.state, other.looks, other.look_at) == ("graded", 1, timezone.now() + A_DAY)


def test_an_opened_attempt_begins_its_looks_as_before(bench, clock):
    bench.sat()
    looks.begin(bench.fresh(), bench.account)
    assert bench.fresh().look_at == timezone.now() + timedelta(minutes=2)
