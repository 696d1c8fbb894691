"""Looking at many attempts with one question."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lti_bridge import looking, looking_together
from lti_bridge.models import AccountTrouble, Attempt, Cell, ProviderEvent
from lti_bridge.providers.campfire import looking as asking

pytestmark = pytest.mark.django_db
LIST = "/api/exam-sessions"


@pytest.fixture
def class_of_five(bench):
    """Alice and four others, all with sessions, all due."""
    attempts = [bench.attempt, *(bench.classmate(f"learner-{number}") for number in range(4))]
    bench.open()
    due(*attempts)
    bench.api.requests.clear()
    return [Attempt.objects.get(pk=each.pk) for each in attempts]


def due(*attempts):
    Attempt.objects.filter(pk__in=[each.pk for each in attempts]).update(
        state="opened", look_at=timezone.now() - timedelta(seconds=5), looks=1
    )


def test_one_list_answers_for_all_learners(bench, class_of_five):
    for score, attempt in enumerate(class_of_five):
        bench.api.sessions[attempt.provider_attempt_id].grade(score)
    looking.look_at_due(seconds=20)
    assert bench.api.lines == [f"POST {LIST}"]
    assert set(Attempt.objects.values_list("state", "looks")) == {("graded", 1)}
    assert sorted(Cell.objects.values_list("wanted_grade__score_given", flat=True)) == [0, 1, 2, 3, 4]


def test_those_who_are_not_done_are_asked_about_later_by_the_schedule(bench, class_of_five):
    bench.api.sessions[class_of_five[0].provider_attempt_id].grade(50)
    now = timezone.now()
    looking.look_at_due(seconds=20)
    rows = Attempt.objects.exclude(state="graded")
    assert rows.count() == 4
    for row in rows:
        assert row.looks == 2
        assert row.look_at > now


def test_what_is_not_new_makes_no_event(bench, class_of_five):
    looking.look_at_due(seconds=20)
    assert ProviderEvent.objects.count() == 5
    due(*class_of_five)
    looking.look_at_due(seconds=20)
    assert ProviderEvent.objects.count() == 5
    assert bench.api.lines == [f"POST {LIST}"] * 2


def test_one_alone_is_asked_about_alone(bench):
    bench.sat(50)
    due(bench.attempt)
    bench.api.requests.clear()
    looking.look_at_due(seconds=20)
    assert bench.api.lines == [f"GET /api/exam-session/{bench.fresh().provider_attempt_id}"]
    assert bench.fresh().state == "graded"


def test_sessions_that_are_nobodys_change_nothing(bench, class_of_five):
    stranger = next(iter(bench.api.sessions.values()))
    bench.api.sessions["stranger"] = type(stranger)("stranger", stranger.config, {}, "COMPLETE", 100)
    looking.look_at_due(seconds=20)
    assert ProviderEvent.objects.count() == 5


def test_a_provider_that_is_silent_is_left_alone_and_everybody_stays_due(bench, class_of_five):
    bench.api.answers[f"POST {LIST}"] = (503, b"")
    looking.look_at_due(seconds=20)
    assert bench.api.lines == [f"POST {LIST}"]
    assert AccountTrouble.objects.get().code == "silent"
    assert not Attempt.objects.filter(look_at=None).exists()
    assert set(Attempt.objects.values_list("looks", flat=True)) == {1}


def test_somebody_who_was_heard_of_meanwhile_stays_due(bench, class_of_five, monkeypatch):

    heard = class_of_five[2]
    original = asking.sessions_of

    def meanwhile(*arguments):
        Attempt.objects.filter(pk=heard.pk).update(look_at=timezone.now(), looks=0)
        yield from original(*arguments)

    monkeypatch.setattr(asking, "sessions_of", meanwhile)
    looking_together.look(Attempt.objects.get(pk=class_of_five[0].pk))
    heard.refresh_from_db()
    assert heard.looks == 0
    assert heard.look_at <= timezone.now()


def test_another_worker_finds_nothing_due_while_the_list_is_read(bench, class_of_five, monkeypatch):

    seen = []
    original = asking.sessions_of

    def meanwhile(*arguments):
        seen.append(looking.due().count())
        yield from original(*arguments)

    monkeypatch.setattr(asking, "sessions_of", meanwhile)
    looking.look_at_due(seconds=20)
    assert seen == [0]
