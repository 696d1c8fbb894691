"""Webhooks: whoever knows the address may make us look, and nobody can make us believe."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import tasks
from lti_bridge.models import Attempt, AttemptState, Document, Grade, ProviderEvent, RefusedMessages
from lti_bridge.providers.inspera_originality.settings import webhook_token, webhook_url
from tests.originality_server import DOCUMENT, INSTITUTION, STATUS

pytestmark = pytest.mark.django_db
FINISHED = {
    "message": "Document is processed",
    "status": 1,
    "similarity": "99%",
    "translation_similarity": "1%",
    "AI_index": "0%",
    "originality": "High risk",
    "institutionId": INSTITUTION,
    "documentId": DOCUMENT,
    "timestamp": "2026-01-31T12:00:00Z",
}
EVENTS = {
    "queued": FINISHED | {"status": 0},
    "processing": FINISHED | {"status": -1},
    "processed": FINISHED,
    "changed": FINISHED | {"status": 3},
    "failed": FINISHED | {"status": 2},
}


@pytest.fixture(autouse=True)
def _not_by_itself(monkeypatch):
    """Looks are made when a test says so."""
    monkeypatch.setattr("lti_bridge.looks.publish", lambda _call: None)


def send(account, message=FINISHED, *, token=None, secret=None, name="X-Webhook-Secret"):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    end = webhook_token(account) if token is None else token
    address = f"/callbacks/inspera_originality/{account.name}/{end}{'/' if end else ''}"
    headers = {} if secret is None else {name: secret}
    return Client().post(address, data=body, content_type="application/json", headers=headers)


def is_due(attempt):
    at = Attempt.objects.get(pk=attempt.pk).look_at
    return at is not None and at <= timezone.now()


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_is_kept_and_its_document_is_asked_about(account, attempt, name):
    assert send(account, EVENTS[name]).status_code == 200
    event = ProviderEvent.objects.get()
    assert (event.source, event.state, event.attempt) == ("webhook", "read", attempt)
    assert json.loads(event.raw_body) == EVENTS[name]
    assert is_due(attempt)


def test_one_about_a_document_that_may_have_got_lost_has_it_asked_about_once_more(account, attempt):
    told = {"key": "k", "upload_url": "https://storage.example/x"}
    Document.objects.update(state="unclear", secret=told, reason="no_answer", next_try_at=None)
    send(account)
    document = Document.objects.get()
    assert (document.state, document.secret) == ("placed", {"key": "k", "upload_url": ""})
    assert document.next_try_at <= timezone.now()


def test_what_a_webhook_tells_is_not_believed_but_asked_about(api, account, attempt):
    api.answers[STATUS] = (200, {"status": -1})
    send(account)
    attempt.refresh_from_db()
    assert (attempt.state, Grade.objects.count()) == ("submitted", 0)
    tasks.look_at_attempt(attempt.pk)
    attempt.refresh_from_db()
    assert (attempt.state, api.lines.count(STATUS)) == ("marking", 1)


def test_a_change_after_the_end_is_asked_about_too(api, account, attempt):
    attempt.state = AttemptState.GRADED
    attempt.save()
    send(account, EVENTS["changed"])
    assert is_due(attempt)


def test_doubled_and_out_of_order_ones_end_in_what_is_true(api, account, attempt):
    for name in ("processed", "queued", "processed", "changed", "processing", "queued"):
        assert send(account, EVENTS[name]).status_code == 200
        tasks.look_at_attempt(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.state == "graded"
    # The second "processed" and the second "queued" were there before.
    assert ProviderEvent.objects.filter(source="webhook").count() == 4


def test_the_same_words_without_a_time_are_never_taken_for_a_repetition(account, attempt):
    untimed = {name: value for name, value in FINISHED.items() if name != "timestamp"}
    send(account, untimed)
    Attempt.objects.update(look_at=None)
    send(account, untimed)
    assert is_due(attempt)


@pytest.mark.parametrize("end", ["", "0" * 40, "wrong"])
def test_with_another_address_there_is_nothing(account, attempt, end):
    assert send(account, token=end).status_code == 404
    assert ProviderEvent.objects.count() == 0 and not is_due(attempt)
    assert RefusedMessages.objects.filter(account=account).exists()


def test_the_address_of_another_account_is_another_one(account, attempt, current):
    assert webhook_url(account).endswith(f"/callbacks/inspera_originality/{account.name}/{webhook_token(account)}/")
    assert len(webhook_token(account)) == 40
    account.pk = 999_999
    assert send(account).status_code == 404


def test_an_address_that_became_known_can_be_changed(account, attempt):
    former = webhook_token(account)
    account.secrets = {**account.secrets, "webhook_token": "another-one"}
    account.save()
    assert send(account, token=former).status_code == 404
    assert send(account, token="another-one").status_code == 200


@pytest.mark.parametrize(
    ("secret", "name", "status"),
    [
        (None, "X-Webhook-Secret", 401),
        ("wrong", "X-Webhook-Secret", 401),
        ("", "X-Webhook-Secret", 401),
        ("s3cret", "X-Other", 401),
        ("s3cret", "X-Webhook-Secret", 200),
        ("Bearer s3cret", "X-Webhook-Secret", 200),
    ],
)
def test_where_a_secret_is_agreed_it_has_to_come_along(account, attempt, secret, name, status):
    account.secrets = {**account.secrets, "webhook_secret": "s3cret"}
    account.save()
    assert send(account, secret=secret, name=name).status_code == status
    assert is_due(attempt) == (status == 200)


def test_the_header_of_the_secret_can_be_another_one(account, attempt):
    account.secrets = {**account.secrets, "webhook_secret": "s3cret"}
    account.settings = {**account.settings, "webhook_header": "Authorization"}
    account.save()
    assert send(account, secret="Bearer s3cret", name="Authorization").status_code == 200


@pytest.mark.parametrize(
    "message",
    [
        FINISHED | {"institutionId": "another"},
        {name: value for name, value in FINISHED.items() if name != "institutionId"},
        FINISHED | {"institutionId": None},
        FINISHED | {"institutionId": [INSTITUTION]},
        b"[]",
        b"{",
        b"",
        b"\xff\x00",
    ],
)
def test_what_is_about_another_institution_or_nothing_is_refused(account, attempt, message):
    assert send(account, message).status_code == 401
    assert ProviderEvent.objects.count() == 0 and not is_due(attempt)


@pytest.mark.parametrize("document_id", ["another", None, "", ["d-0001"], {"a": 1}, True])
def test_a_document_that_nobody_knows_is_taken_and_changes_nothing(account, attempt, document_id):
    assert send(account, FINISHED | {"documentId": document_id}).status_code == 200
    event = ProviderEvent.objects.get()
    assert (event.state, event.attempt) == ("read", None)
    assert not is_due(attempt)


def test_a_document_of_another_account_is_nobodys(account, attempt):
    other = type(account).objects.create(
        name="other", provider="inspera_originality", settings=account.settings, secrets=account.secrets
    )
    assert send(other).status_code == 200
    assert not is_due(attempt)


def test_keys_are_read_in_any_writing(account, attempt):
    told = {"Message": "x", "Status": 1, "institution_id": INSTITUTION, "DocumentID": DOCUMENT}
    assert send(account, told).status_code == 200
    assert is_due(attempt)


def test_before_its_document_is_there_an_attempt_is_not_asked_about(account, attempt):
    Document.objects.update(state="placed")
    assert send(account).status_code == 200
    assert Attempt.objects.get().look_at is None


def test_a_lost_webhook_costs_time_and_nothing_else(api, account, attempt):
    Attempt.objects.update(look_at=timezone.now() - timedelta(minutes=1))
    tasks.look_at_attempt(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.state == "graded"


def test_only_posts_are_taken(account, attempt):
    assert Client().get(webhook_url(account).partition("//")[2].partition("/")[2].join(("/", ""))).status_code == 405
