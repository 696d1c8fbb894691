"""Looking at attempts: when, by whom, and what a provider that is silent costs."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from lti_bridge import events, looking, looks, tasks
from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account, AccountTrouble, Activity, Attempt, Candidate, EventSource, Grade, ProviderEvent
from lti_bridge.providers import PROVIDERS, troubles
from lti_bridge.providers.base import Provider
from lti_bridge.providers.isograd.provider import Isograd
from tests.relay.sitting import sit
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


class Pretend(Isograd):
    """Isograd's words, but nobody is asked: the answers lie ready."""

    def __init__(self) -> None:
        self.answers: list[str | Exception | None] = []
        self.asked: list[int] = []
        self.meanwhile = lambda attempt: None
        self.looks = replace(
            Isograd.looks, can_fetch=lambda _account, attempt: bool(attempt.provider_attempt_id), fetch=self.answer
        )

    def answer(self, attempt):
        self.asked.append(attempt.pk)
        self.meanwhile(attempt)
        answer = self.answers.pop(0) if self.answers else status(2)
        if isinstance(answer, Exception):
            raise answer
        return answer


def status(sta_id: int) -> str:
    return f'{{"get_test_status": {{"success": true, "sta_id": {sta_id}}}}}'


def graded(score: int = 800) -> str:
    results = f'{{"success": true, "gra_typ_id": 2, "num_val": {score}, "max_val": 1000}}'
    return f'{{"get_test_status": {{"success": true, "sta_id": 3}}, "get_results": {results}}}'


SILENCE = ProviderUnavailable("provider_unavailable", "No answer.")


@pytest.fixture
def provider(monkeypatch) -> Pretend:
    pretend = Pretend()
    monkeypatch.setitem(PROVIDERS, "isograd", pretend)
    return pretend


@pytest.fixture
def world(provider: Provider) -> World:
    return make_world()


@pytest.fixture
def attempt(world: World) -> Attempt:
    row = sit(world)
    row.provider_attempt_id = "7"
    row.save()
    return row


def due(attempt: Attempt, minutes: float = 0, **fields) -> Attempt:
    Attempt.objects.filter(pk=attempt.pk).update(look_at=timezone.now() - timedelta(minutes=minutes), **fields)
    return fresh(attempt)


def fresh(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_related("candidate__account", "activity__account").get(pk=attempt.pk)


def run() -> int:
    return looking.look_at_due(seconds=10)


def minutes_until(moment: datetime | None) -> float | None:
    return None if moment is None else round((moment - timezone.now()).total_seconds() / 60, 1)


# --- when -----------------------------------------------------------------------------------


def test_an_opened_attempt_is_looked_at_by_the_schedule_of_its_provider(attempt: Attempt) -> None:
    looks.begin(attempt, attempt.activity.account)
    row = fresh(attempt)
    assert (minutes_until(row.look_at), row.looks) == (2.0, 1)


def test_each_look_is_further_away(attempt: Attempt, provider: Pretend) -> None:
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as clock:
        looks.begin(attempt, attempt.activity.account)
        seen = []
        for _ in range(6):
            row = fresh(attempt)
            seen.append(minutes_until(row.look_at))
            clock.move_to(row.look_at)
            assert run() == 1
        assert seen == [2, 5, 15, 60, 360, 360]


def test_a_grade_is_the_end_of_it(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [graded()]
    due(attempt)
    assert (run(), run()) == (1, 0)
    row = fresh(attempt)
    assert (row.state, row.look_at, Grade.objects.get().score_given) == ("graded", None, 800)


def test_after_30_days_nobody_looks_any_more(attempt: Attempt) -> None:
    due(attempt, looks=124)
    assert run() == 1
    assert fresh(attempt).look_at is None


def test_what_is_not_due_is_left_alone(attempt: Attempt, provider: Pretend) -> None:
    due(attempt, minutes=-1)
    assert (run(), provider.asked) == (0, [])


def test_the_pace_of_rehearsals_holds_here_too(attempt: Attempt, settings) -> None:
    settings.DELIVERY_PACE = 0.01
    looks.begin(attempt, attempt.activity.account)
    assert fresh(attempt).look_at - timezone.now() <= timedelta(seconds=1.2)


def test_a_provider_that_cannot_be_asked_is_not(attempt: Attempt) -> None:
    Attempt.objects.update(provider_attempt_id="")
    row = fresh(attempt)
    looks.begin(row, row.activity.account)
    looks.soon(row, row.activity.account)
    assert fresh(attempt).look_at is None


def test_nothing_to_ask_about_ends_it_too(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [None]
    due(attempt, looks=124)
    assert run() == 1
    assert (fresh(attempt).look_at, ProviderEvent.objects.count()) == (None, 0)


# --- each answer is an event ----------------------------------------------------------------


def test_what_was_answered_is_kept_word_for_word(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [status(4)]
    due(attempt)
    run()
    event = ProviderEvent.objects.get()
    assert (event.source, event.raw_body, event.state, event.attempt) == (EventSource.POLL, status(4), "read", attempt)
    assert fresh(attempt).state == "marking"


def test_an_answer_that_nobody_understands_is_kept_and_asked_for_again(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [status(7)]
    due(attempt)
    run()
    event = ProviderEvent.objects.get()
    assert (event.state, event.reason.partition(":")[0]) == ("refused", "unknown_status")
    assert minutes_until(fresh(attempt).look_at) == 2.0


def test_an_answer_that_a_crash_left_unread_is_read_by_the_sweep(attempt: Attempt, provider, monkeypatch) -> None:
    provider.answers = [graded()]
    monkeypatch.setattr(events, "read", lambda event: False)
    due(attempt)
    run()
    monkeypatch.undo()
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    assert tasks.read_events() == 1
    assert fresh(attempt).state == "graded"


# --- by whom --------------------------------------------------------------------------------


def test_of_two_workers_one_looks(attempt: Attempt, provider: Pretend) -> None:
    row = due(attempt)
    assert (looking.look(row), looking.look(row)) == (True, False)
    assert provider.asked == [attempt.pk]


def test_a_worker_that_died_leaves_the_look_to_the_others(attempt: Attempt, provider: Pretend) -> None:
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as clock:
        assert looks.claim(due(attempt)) is not None
        assert run() == 0
        clock.shift(timedelta(minutes=3))
        assert run() == 1


def test_what_is_heard_while_somebody_looks_is_not_forgotten(attempt: Attempt, provider: Pretend) -> None:
    """The call back came after the question and before the answer: ask once more."""
    provider.meanwhile = lambda row: looks.soon(row, row.account)
    due(attempt)
    assert looking.look(fresh(attempt))
    assert minutes_until(fresh(attempt).look_at) == 0.0
    provider.meanwhile = lambda row: None
    assert run() == 1


def test_a_wake_up_call_looks_at_one_attempt(attempt: Attempt, provider: Pretend) -> None:
    due(attempt)
    tasks.look_at_attempt(attempt.pk)
    tasks.look_at_attempt(attempt.pk)
    tasks.look_at_attempt(999_999)
    assert provider.asked == [attempt.pk]


def test_the_sweep_puts_workers_to_what_is_due(attempt: Attempt, monkeypatch) -> None:
    sent = []
    monkeypatch.setattr(tasks.look_at_due, "apply_async", lambda **options: sent.append(options))
    tasks.look_at_attempts()
    assert sent == []
    due(attempt)
    tasks.look_at_attempts()
    assert len(sent) == 1


def test_hearing_something_wakes_a_worker_when_it_is_certain(
    attempt: Attempt, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    woken = []
    monkeypatch.setattr(looks, "publish", lambda call: woken.append(fresh(attempt).look_at))
    with django_capture_on_commit_callbacks(execute=True):
        looks.soon(attempt, attempt.activity.account)
        assert woken == []
    assert len(woken) == 1 and woken[0] is not None


# --- silence --------------------------------------------------------------------------------


def test_a_silent_provider_is_left_alone_for_a_minute_with_all_its_attempts(
    world: World, attempt: Attempt, provider: Pretend
) -> None:
    other = sit(world, user_id="bob-2")
    Attempt.objects.filter(pk=other.pk).update(provider_attempt_id="8")
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as clock:
        due(attempt, minutes=1)
        due(other)
        provider.answers = [SILENCE]
        assert run() == 1
        assert provider.asked == [attempt.pk]
        assert AccountTrouble.objects.get().code == troubles.SILENT
        clock.shift(timedelta(seconds=61))
        assert run() == 2
        assert not AccountTrouble.objects.exists()


def test_silence_uses_up_no_step_of_the_schedule(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [SILENCE]
    due(attempt, looks=2)
    run()
    row = fresh(attempt)
    assert (row.looks, minutes_until(row.look_at)) == (2, 1.0)


def test_one_silent_account_keeps_nobody_else_waiting(world: World, attempt: Attempt, provider: Pretend) -> None:
    account = Account.objects.create(name="another", provider="isograd", settings={"connection": "api"})
    activity = Activity.objects.create(slug="x", title="X", account=account, action="take_test", parameters={})
    other = sit(world, user_id="bob-2", activity=activity)
    Attempt.objects.filter(pk=other.pk).update(provider_attempt_id="8")
    due(attempt, minutes=2)
    due(other, minutes=1)
    provider.answers = [SILENCE, graded()]
    assert run() == 2
    assert fresh(other).state == "graded"


def test_a_clear_no_is_on_the_trail_and_silences_nobody(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [ProviderRefused("test_not_allowed", "No.")]
    due(attempt)
    assert run() == 1
    event = ProviderEvent.objects.get()
    assert (event.state, event.reason.partition(":")[0]) == ("refused", "test_not_allowed")
    assert not AccountTrouble.objects.exists()


def test_a_fault_of_ours_stops_one_attempt_and_no_other(world: World, attempt: Attempt, provider: Pretend) -> None:
    other = sit(world, user_id="bob-2")
    Attempt.objects.filter(pk=other.pk).update(provider_attempt_id="8")
    due(attempt, minutes=1)
    due(other)
    provider.answers = [ZeroDivisionError(), graded()]
    assert run() == 2
    assert fresh(other).state == "graded"
    assert minutes_until(fresh(attempt).look_at) == 1.0


def test_a_run_takes_so_many_of_one_account_and_no_more(world: World, provider: Pretend, monkeypatch) -> None:
    monkeypatch.setattr(looking, "PER_ACCOUNT", 2)
    for number in range(4):
        row = sit(world, user_id=f"learner-{number}")
        Attempt.objects.filter(pk=row.pk).update(provider_attempt_id=str(number))
        due(row)
    assert run() == 2
    assert looking.look_at_due(seconds=10, limit=1) == 1
    assert looking.look_at_due(seconds=0) == 0


def test_an_attempt_is_asked_about_where_it_was_opened(world: World, attempt: Attempt, provider: Pretend) -> None:
    """Its activity may have moved to another account since."""
    moved = Account.objects.create(name="another", provider="isograd")
    Activity.objects.update(account=moved)
    due(attempt)
    run()
    assert ProviderEvent.objects.get().account == world.account


def test_an_attempt_without_a_candidate_is_asked_about_at_its_activitys_account(attempt: Attempt, world: World) -> None:
    Attempt.objects.update(candidate=None)
    Candidate.objects.all().delete()
    due(attempt)
    assert run() == 1
    assert ProviderEvent.objects.get().account == world.account


# --- because a person asks ------------------------------------------------------------------


def test_a_person_may_look_at_any_time(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [graded(100), graded(900)]
    assert looking.look_now(fresh(attempt))
    assert looking.look_now(fresh(attempt))
    assert [grade.score_given for grade in Grade.objects.order_by("pk")] == [100, 900]


def test_who_asks_is_told_when_nobody_answers(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [SILENCE]
    with pytest.raises(ProviderUnavailable):
        looking.look_now(fresh(attempt))
    assert minutes_until(fresh(attempt).look_at) == 1.0


# --- what is forgotten ----------------------------------------------------------------------


def test_answers_that_no_grade_came_of_are_forgotten(attempt: Attempt, provider: Pretend) -> None:
    provider.answers = [status(2), graded(), status(7)]
    for _ in range(3):
        due(attempt)
        run()
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(days=8))
    tasks.forget()
    assert [event.state for event in ProviderEvent.objects.order_by("pk")] == ["read", "refused"]
    assert Grade.objects.get().event is not None
