"""Asking Isograd how an attempt stands: which questions, how often, and what becomes of the answers."""

import json
from datetime import timedelta

import pytest

from lti_bridge import flow
from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, Attempt, AttemptState, EventSource, Grade, Learner
from lti_bridge.providers.isograd.errors import IsogradRefused
from tests.isograd_bench import ALICE, ISOGRAD, Bench
from tests.isograd_server import API_PATH, SECRETS, TOKEN_PATH, Answer, Sitting, refuse
from tests.relay.sitting import message, send
from tests.relay.tool13 import make_course13

pytestmark = pytest.mark.django_db

# --- the schedule ---------------------------------------------------------------------------


def test_the_schedule_is_2_5_15_and_60_minutes_then_every_6_hours_for_30_days():
    waits = []
    while (wait := ISOGRAD.looks.next_look(AttemptState.MARKING, len(waits))) is not None:
        waits.append(wait)
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (2, 5, 15, 60)]
    assert set(waits[4:]) == {timedelta(hours=6)}
    assert sum(waits[4:], timedelta()) == timedelta(days=30)


def test_a_grade_is_the_end_of_it():
    assert {ISOGRAD.looks.next_look(AttemptState.GRADED, looks) for looks in range(200)} == {None}


# --- an attempt with a test of its own ------------------------------------------------------


@pytest.mark.parametrize(("status", "state"), [(1, "opened"), (2, "started"), (4, "marking")])
def test_an_unfinished_test_is_asked_one_question(bench, status, state):
    bench.sat(status=status)
    bench.api.requests.clear()
    assert bench.look().state == state
    assert bench.api.asked() == [{"act_id": "10", "pla_tst_id": bench.fresh().provider_attempt_id}]


def test_a_finished_test_is_asked_for_its_grade_and_the_details_are_kept(bench):
    bench.sat(800)
    bench.api.requests.clear()
    attempt = bench.look()
    which = {"tst_frm_id": "482", "ema": ALICE, "pla_tst_id": attempt.provider_attempt_id}
    assert bench.api.asked() == [
        {"act_id": "10", "pla_tst_id": attempt.provider_attempt_id},
        {"act_id": "4"} | which,
        {"act_id": "5"} | which,
    ]
    grade = Grade.objects.get()
    assert (attempt.state, grade.score_given, grade.score_maximum, grade.raw_score) == ("graded", 800, 1000, "800/1000")
    kept = json.loads(grade.event.raw_body)
    assert kept["get_result_details"]["result_details"]["12"]["level"] == 3.4
    assert grade.event.source == EventSource.POLL


def test_the_grade_does_not_wait_for_the_details(bench):
    bench.sat(800)
    bench.api.answers["5"] = Answer(500, b"oops")
    assert bench.look().state == "graded"


def test_the_grade_is_of_the_attempts_own_test_and_not_of_the_last_one(bench):
    bench.sat(800)
    bench.api.tests.append(Sitting(9999, 482, ALICE, {}, status=3, score=100))
    bench.look()
    assert Grade.objects.get().score_given == 800


def test_the_candidate_is_asked_about_by_the_address_that_isograd_knows(bench):
    bench.sat(800)
    bench.attempt.learner.email = "alice@new.example.edu"
    bench.attempt.learner.save()
    assert bench.look().state == "graded"


def test_the_sub_account_of_the_activity_goes_with_every_question(bench):
    bench.does("take_test", sub_com_id=17)
    bench.sat(800)
    bench.api.requests.clear()
    bench.look()
    assert {each["sub_com_id"] for each in bench.api.asked()} == {"17"}


def test_a_test_that_is_not_there_any_more_is_cancelled(bench):
    bench.sat(status=1)
    bench.api.tests[0].deleted = True
    assert bench.look().state == "cancelled"


def test_after_marking_by_hand_the_grade_follows(bench):
    test = bench.sat(status=4)
    assert bench.look().state == "marking"
    test.status, test.score = 3, 640
    assert bench.look().state == "graded"
    assert Grade.objects.get().score_given == 640


def test_the_old_name_of_the_test_is_asked_about_under_the_new_one(bench):
    bench.activity.parameters = {"rea_tst_id": 482}
    bench.activity.save()
    bench.sat(800)
    assert bench.look().state == "graded"


@pytest.mark.parametrize("answer", [Answer(500, b"oops"), Answer(200, b"<html>"), []])
@pytest.mark.parametrize("act_id", ["10", "4"])
def test_no_answer_is_no_state(bench, act_id, answer):
    bench.sat(800)
    bench.api.answers[act_id] = answer
    with pytest.raises(ProviderUnavailable):
        bench.look()
    assert not Grade.objects.exists()


@pytest.mark.parametrize("code", [106, 107])
def test_a_refusal_that_says_nothing_about_the_test_is_none_of_its_states(bench, code):
    bench.sat(800)
    bench.api.answers["4"] = refuse(code)
    with pytest.raises(IsogradRefused):
        bench.look()


@pytest.mark.parametrize("code", [501, 502])
def test_a_result_that_is_a_moment_late_is_waited_for(bench, code):
    bench.sat(800)
    bench.api.answers["4"] = refuse(code)
    assert bench.look().state == "submitted"
    bench.api.answers.clear()
    assert bench.look().state == "graded"


def test_an_attempt_without_a_test_has_nothing_to_ask_about(bench):
    attempt = bench.fresh()
    assert not ISOGRAD.looks.can_fetch(bench.account, attempt)
    assert ISOGRAD.looks.fetch(attempt) is None
    assert bench.api.requests == []


# --- tests that were opened by LTI ----------------------------------------------------------


@pytest.fixture
def by_lti(bench):
    """Alice's attempt, opened by LTI at an account that has keys of the API as well."""
    row = bench.world.account
    row.settings = row.settings | {"api_url": bench.api.url + API_PATH, "token_url": bench.api.url + TOKEN_PATH}
    row.secrets = row.secrets | SECRETS
    row.save()
    Account.objects.filter(pk=bench.account.pk).update(enabled=False)
    attempt = bench.attempt
    attempt.activity, attempt.state = bench.world.activity, "opened"
    attempt.candidate.account = row
    attempt.candidate.save()
    attempt.save()
    bench.api.candidates[ALICE] = 5
    return bench


def test_what_was_not_heard_to_be_over_is_not_asked_about(by_lti):
    """The answer would be about an older test."""
    assert not ISOGRAD.looks.can_fetch(by_lti.world.account, by_lti.fresh())


def test_a_score_by_lti_counts_at_once_and_is_asked_about(by_lti):
    """By the document, LTI says 0.3 for a level 3 of 5."""
    by_lti.api.tests.append(Sitting(9, 482, ALICE, {}, status=3, score=3))
    by_lti.api.answers["4"] = {"success": True, "gra_typ_id": 1, "num_val": 3, "max_val": 5, "txt_des": "3/5"}
    send(message(by_lti.attempt.key, "0.3"))
    attempt = by_lti.fresh()
    assert (attempt.state, f"{Grade.objects.get().score_given:.1f}") == ("graded", "0.3")
    assert attempt.look_at is not None
    by_lti.look()
    newest = Grade.objects.order_by("pk").last()
    assert (newest.score_given, newest.score_maximum) == (3, 5)
    assert by_lti.api.asked() == [{"act_id": "4", "tst_frm_id": "482", "ema": ALICE}]


def test_a_score_of_another_test_does_not_replace_what_came_by_lti(by_lti):
    by_lti.api.tests.append(Sitting(9, 482, ALICE, {}, status=3, score=900))
    send(message(by_lti.attempt.key, "0.3"))
    by_lti.look()
    assert Grade.objects.count() == 1


def test_a_score_that_was_taken_back_by_lti_does_not_come_back_by_the_api(by_lti):
    by_lti.api.tests.append(Sitting(9, 482, ALICE, {}, status=3, score=300))
    send(message(by_lti.attempt.key, "0.3"))
    send(message(by_lti.attempt.key, operation="deleteResult"))
    by_lti.look()
    assert Grade.objects.order_by("pk").last().score_given is None


@pytest.mark.parametrize(("given", "maximum"), [(60, 100), (0.3, 1), (30, 100)])
def test_a_score_by_lti_13_is_asked_about_too(api, given, maximum):
    """AGS has a maximum beside the score; the API's answer fits it with the document's rules or without."""
    course = make_course13(api_url=api.url + API_PATH, token_url=api.url + TOKEN_PATH)
    account, attempt = course.world.account, course.attempt
    account.secrets = dict(SECRETS)
    account.save()
    Learner.objects.update(email=ALICE)
    api.candidates[ALICE] = 5
    api.tests.append(Sitting(9, 482, ALICE, {}, status=3, score=3))
    api.answers["4"] = {"success": True, "gra_typ_id": 1, "num_val": 3, "max_val": 5, "txt_des": "3/5"}
    assert course.post(scoreGiven=given, scoreMaximum=maximum).status_code == 200
    bench = Bench(api, course.world, account, course.world.activity, attempt)
    assert bench.fresh().look_at is not None
    bench.look()
    newest = Grade.objects.order_by("pk").last()
    assert (newest.score_given, newest.score_maximum) == (3, 5)


def test_without_the_outcome_service_a_call_back_is_enough(by_lti, client):
    """Basic Outcomes have to be switched on at Isograd; the API answers without."""
    by_lti.api.tests.append(Sitting(9, 482, ALICE, {}, status=3, score=900))
    assert client.get(f"/callbacks/isograd/isograd-test/{by_lti.attempt.key}/done").status_code == 200
    assert by_lti.fresh().look_at is not None
    assert by_lti.look().state == "graded"


def test_where_the_outcome_is_the_source_nobody_is_asked(by_lti):
    row = by_lti.world.account
    row.settings = row.settings | {"grade_source": "lti_outcome"}
    row.save()
    send(message(by_lti.attempt.key, "0.3"))
    assert by_lti.fresh().look_at is None


def test_a_hint_moves_the_look_and_is_not_believed(bench, client):
    bench.sat(status=2)
    Attempt.objects.update(look_at=None)
    assert client.get(f"/callbacks/isograd/isograd-api/{bench.attempt.key}/done?score=1").status_code == 200
    attempt = bench.fresh()
    assert (attempt.state, attempt.looks, attempt.look_at is not None) == ("opened", 0, True)
    assert not Grade.objects.exists()


def test_a_hint_after_the_end_asks_nothing(bench, client):
    bench.sat(800)
    bench.look()
    Attempt.objects.update(look_at=None)
    client.get(f"/callbacks/isograd/isograd-api/{bench.attempt.key}/return")
    assert bench.fresh().look_at is None


def test_the_same_answer_twice_is_one_grade(bench):
    bench.sat(800)
    for _ in range(3):
        bench.look()
    assert Grade.objects.count() == 1


def test_an_answer_read_again_later_does_not_undo_a_newer_one(bench):
    test = bench.sat(800)
    bench.look()
    older = Grade.objects.get().event
    test.score = 700
    bench.look()
    flow.understand(older)
    newest = Grade.objects.order_by("-reported_at", "-pk").first()
    assert newest is not None and newest.score_given == 700
