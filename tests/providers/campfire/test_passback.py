"""Scores passed back to an attempt's address: hints in any form, forged ones refused, lost ones not missed."""

import json

import pytest
from django.test import Client

from lti_bridge import looking, looks
from lti_bridge.models import Attempt, Cell, ProviderEvent, RefusedMessages
from tests.campfire_server import APP_KEY, APP_SECRET
from tests.relay.sitting import authorization, message, said

pytestmark = pytest.mark.django_db(transaction=True)


def pass_back(bench, body=None, *, secret=APP_SECRET, signed=True, content_type="application/xml"):
    body = message(bench.attempt.key, "1.0") if body is None else body
    url = f"http://localhost:8000{bench.passback}"
    header = {"Authorization": authorization(body, key=APP_KEY, secret=secret, url=url)} if signed else {}
    return Client().post(bench.passback, data=body, content_type=content_type, headers=header)


def woken(bench):
    """What the worker does that a hint wakes."""
    return looking.look_at(bench.attempt.pk)


def test_a_signed_pox_message_is_answered_as_such_and_the_api_is_asked(bench):
    bench.sat(70)
    response = pass_back(bench)
    assert response.status_code == 200
    answer = said(response)
    assert (answer["codeMajor"], answer["messageRefIdentifier"]) == ("success", "m-1")
    woken(bench)
    assert Cell.objects.get().wanted_grade.score_given == 70


def test_json_is_a_hint_as_well(bench):
    bench.sat(70)
    body = json.dumps({"sourcedId": bench.attempt.key, "score": 1, "examSession": {"scoreActual": 100}}).encode()
    assert pass_back(bench, body, signed=False, content_type="application/json").status_code == 200
    assert ProviderEvent.objects.get().raw_body == ""
    woken(bench)
    assert Cell.objects.get().wanted_grade.score_given == 70


def test_a_score_is_never_believed(bench):
    bench.sat()
    pass_back(bench)
    woken(bench)
    assert bench.fresh().state == "started"
    assert not bench.fresh().grades.exists()


@pytest.mark.parametrize("content_type", ["application/xml", "application/json"])
def test_a_forged_signature_leaves_nothing_behind_but_a_note(bench, content_type):
    bench.sat(70)
    response = pass_back(bench, secret="guessed", content_type=content_type)
    assert response.status_code == 401
    assert ProviderEvent.objects.count() == 0
    assert RefusedMessages.objects.get().account == bench.account
    assert bench.fresh().look_at is None


def test_a_doubled_one_is_kept_once_and_makes_one_grade(bench):
    bench.sat(70)
    for _ in range(2):
        assert pass_back(bench).status_code == 200
    assert ProviderEvent.objects.count() == 1
    woken(bench)
    woken(bench)
    assert bench.fresh().grades.count() == 1


def test_a_lost_one_is_not_missed_because_the_api_is_asked_anyway(bench):
    bench.sat(70)
    looks.begin(bench.fresh(), bench.account)
    attempt = bench.fresh()
    assert attempt.look_at is not None
    Attempt.objects.filter(pk=attempt.pk).update(look_at=attempt.opened_at or attempt.created_at)
    looking.look_at_due(seconds=20)
    assert bench.fresh().state == "graded"


def test_one_after_the_grade_is_a_reason_to_look_again(bench):
    """A learner may take the exam again in the player, without anybody here knowing."""
    session = bench.sat(70)
    bench.look()
    session.grade(90)
    pass_back(bench)
    woken(bench)
    assert Cell.objects.get().wanted_grade.score_given == 90


def test_what_is_no_message_at_all_is_answered_and_is_a_hint_too(bench):
    bench.sat(70)
    assert pass_back(bench, b"<nonsense", signed=False).status_code == 200
    woken(bench)
    assert bench.fresh().state == "graded"
