"""Webhooks: believed only when signed, kept first, answered at once; lost, doubled, late and forged ones do no harm."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import tasks
from lti_bridge.models import AccountTrouble, Grade, ProviderEvent, ProviderTest
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_assessment import webhooks

ADDRESS = "/callbacks/inspera_assessment/inspera-test/"
CONFIRMED = {
    "event": "confirm_final_grades",
    "contextObjectId": 7,
    "contextObjectType": "ASSESSMENT_RUN",
    "associatedObjectId": 12,
    "associatedObjectType": "CANDIDATE",
    "timestamp": "2026-01-31T12:00:00Z",
    "extraInfo": {"value": "C"},
}


@pytest.fixture
def exam(account):
    return ProviderTest.objects.create(account=account, provider_test_id="7")


def signature(body, secret="a sample secret"):
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def send(message=CONFIRMED, *, signed=None, address=ADDRESS):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    headers = {"X-Inspera-Signature": signature(body) if signed is None else signed}
    return Client().post(address, data=body, content_type="application/json", headers=headers)


# --- believed -------------------------------------------------------------------------------


def test_a_webhook_is_kept_and_its_test_is_asked_about(exam):
    assert send().status_code == 200
    event = ProviderEvent.objects.get()
    assert (event.source, event.state, json.loads(event.raw_body)) == ("webhook", "read", CONFIRMED)
    exam.refresh_from_db()
    assert exam.look_at is not None
    assert exam.details == {"confirmed_at 12": "2026-01-31T12:00:00Z"}


def test_it_brings_no_grade_by_itself(exam):
    send({**CONFIRMED, "extraInfo": {"totalScore": 100}})
    assert Grade.objects.count() == 0


@pytest.mark.parametrize("dressed", [str.upper, "sha1={}".format, " {} ".format])
def test_ways_of_writing_the_signature(exam, dressed):
    body = json.dumps(CONFIRMED).encode()
    assert send(body, signed=dressed(signature(body))).status_code == 200


def test_another_event_makes_nothing_final(exam):
    send({**CONFIRMED, "event": "candidate_submitted"})
    exam.refresh_from_db()
    assert (exam.details, exam.look_at is not None) == ({}, True)


@pytest.mark.parametrize(
    "message",
    [
        {**CONFIRMED, "contextObjectId": 8},
        {**CONFIRMED, "contextObjectType": "USER"},
        {**CONFIRMED, "contextObjectId": None},
        b"{contextObjectId=7, event=confirm_final_grades}",
        b"[]",
        b"\xff\xfe",
    ],
)
def test_what_is_about_no_test_of_ours_is_taken_and_changes_nothing(exam, message):
    assert send(message).status_code == 200
    assert ProviderEvent.objects.get().state == "read"
    exam.refresh_from_db()
    assert (exam.look_at, exam.details) == (None, {})


# --- trials ---------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", ["", None])
def test_a_trial_is_answered_signed_or_not_and_kept_nowhere(account, signed):
    assert send({"event": "verification"}, signed=signed).status_code == 200
    assert ProviderEvent.objects.count() == 0


# --- doubled, late, lost --------------------------------------------------------------------


def test_a_doubled_webhook_is_one_event(exam):
    assert [send().status_code for _ in range(3)] == [200, 200, 200]
    assert ProviderEvent.objects.count() == 1


def test_a_doubled_webhook_with_other_extra_information_is_still_one(exam):
    send()
    send({**CONFIRMED, "extraInfo": {}})
    assert ProviderEvent.objects.count() == 1


def test_webhooks_about_two_candidates_are_two(exam):
    send()
    send({**CONFIRMED, "associatedObjectId": 13})
    assert ProviderEvent.objects.count() == 2


def test_a_late_webhook_is_a_hint_like_any_other(exam):
    assert send({**CONFIRMED, "timestamp": "2020-01-01T00:00:00Z"}).status_code == 200
    exam.refresh_from_db()
    assert exam.look_at is not None


def test_one_that_was_kept_and_not_read_is_read_by_the_sweep(exam):
    send()
    ProviderTest.objects.update(look_at=None)
    ProviderEvent.objects.update(state="received", received_at=timezone.now() - timedelta(minutes=5))
    assert tasks.read_events() == 1
    exam.refresh_from_db()
    assert exam.look_at is not None


# --- forged ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "0" * 40,
        "sha1=",
        "é",
        signature(json.dumps(CONFIRMED).encode(), "another secret"),
        signature(b"another body"),
    ],
)
def test_a_forged_webhook_changes_nothing(exam, account, signed):
    answer = send(signed=signed)
    assert answer.status_code == 401
    assert ProviderEvent.objects.count() == 0
    exam.refresh_from_db()
    assert exam.look_at is None
    assert b"secret" not in answer.content


def test_a_single_other_byte_is_a_forgery(exam):
    body = json.dumps(CONFIRMED).encode()
    assert (
        send(body.replace(b'"contextObjectId": 7', b'"contextObjectId":  7'), signed=signature(body)).status_code == 401
    )


def test_an_account_without_a_secret_believes_nobody(exam, account):
    account.secrets = {"code": "x"}
    account.save()
    body = json.dumps(CONFIRMED).encode()
    assert send(body, signed=signature(body, "")).status_code == 401


@pytest.mark.parametrize(
    "address",
    [
        "/callbacks/inspera_assessment/nobody/",
        "/callbacks/isograd/inspera-test/",
        "/callbacks/nobody/inspera-test/",
    ],
)
def test_other_addresses_are_not_found(exam, address):
    assert send(address=address).status_code == 404


def test_a_webhook_is_posted(account):
    assert Client().get(ADDRESS).status_code == 405


def test_a_large_body_is_refused(exam):
    assert send(b"x" * 70_000).status_code == 413


# --- subscriptions --------------------------------------------------------------------------

LIST = "/api/v1/subscription"


@pytest.fixture
def subscriber(account, settings):
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    account.settings["webhook_events"] = ["confirm_final_grades", "candidate_submitted"]
    account.save()
    return account


def ours(event):
    return {"subscriptionId": 1, "url": f"https://bridge.example.edu{ADDRESS}", "event": event}


def test_lost_subscriptions_are_restored_and_said(subscriber, server):
    server.answer("GET", LIST, [ours("confirm_final_grades")])
    server.answer("POST", LIST, {})
    tasks.restore_webhooks()
    (made,) = [each for each in server.calls(LIST) if each.method == "POST"]
    assert made.json == {
        "url": f"https://bridge.example.edu{ADDRESS}",
        "event": "candidate_submitted",
        "secret": "a sample secret",
    }
    assert "candidate_submitted" in AccountTrouble.objects.get(code="webhooks_lost").text


def test_with_all_of_them_there_nothing_is_made(subscriber, server):
    server.answer("GET", LIST, {"subscriptions": [ours("confirm_final_grades"), ours("candidate_submitted")]})
    tasks.restore_webhooks()
    assert [each.method for each in server.calls()] == ["GET"]
    assert not AccountTrouble.objects.exists()


def test_subscriptions_of_others_are_not_ours(subscriber, server):
    server.answer("GET", LIST, [{**ours("confirm_final_grades"), "url": "https://elsewhere.example.edu/"}])
    assert webhooks.subscribed(subscriber, [{**ours("x"), "url": "https://elsewhere.example.edu/"}]) == set()


def test_a_provider_that_is_away_keeps_nobody_else_waiting(subscriber, server):
    server.answer("GET", LIST, (500, {}, {}))
    tasks.restore_webhooks()


def test_the_administration_subscribes_and_shows_what_is_there(subscriber, server):
    page = provider_of("inspera_assessment").account_page
    server.answer("GET", LIST, [ours("confirm_final_grades")])
    server.answer("POST", LIST, {})
    facts = [(each.label, each.tone) for each in page.facts(subscriber)]
    assert facts == [("confirm_final_grades", "good"), ("candidate_submitted", "bad")]
    assert "candidate_submitted" in str(page.acts["subscribe"].carry_out(subscriber, {}).sentence)


def test_an_account_without_events_is_told_so(subscriber, server):
    del subscriber.settings["webhook_events"]
    page = provider_of("inspera_assessment").account_page
    assert "names no events" in str(page.acts["subscribe"].carry_out(subscriber, {}).sentence)
    assert server.calls() == []


def test_its_fields_are_called_what_the_account_says(account, exam):
    account.settings["keys"] = {"webhook.contextObjectId": "testId", "webhook.associatedObjectId": "candidate"}
    account.save()
    send({"event": "confirm_final_grades", "testId": 7, "candidate": 12, "timestamp": "2026-01-31T12:00:00Z"})
    exam.refresh_from_db()
    assert exam.details == {"confirmed_at 12": "2026-01-31T12:00:00Z"}
