"""How long content stays, and that nothing of it is left afterwards."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import personal_data
from lti_bridge.documents import arriving, claims, deciding, keeping, passing_on, rules, settling, tasks
from lti_bridge.models import Document, DocumentFindings, DocumentPiece, DocumentState, Learner
from tests.documents.desk import Desk
from tests.documents.pretend import no

pytestmark = pytest.mark.django_db


def test_content_goes_when_its_days_are_over(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    passing_on.pass_on()
    assert keeping.throw_content_away() == 0 and DocumentPiece.objects.exists()
    Document.objects.update(content_until=timezone.now())
    tasks.throw_away()
    document.refresh_from_db()
    assert not DocumentPiece.objects.exists() and "key" not in document.secret
    assert document.sha256 and document.content_until is None


def test_where_no_days_are_given_it_goes_with_the_providers_acknowledgement(desk: Desk, client: Client) -> None:
    desk.vendor.rules["keep_days"] = 0
    document = desk.handed_in(client)
    passing_on.pass_on()
    document.refresh_from_db()
    assert document.passed_on_at and not DocumentPiece.objects.exists() and not keeping.is_kept(document)


def test_what_is_not_at_the_provider_stays_however_long_it_takes(desk: Desk, client: Client) -> None:
    desk.handed_in(client)
    Document.objects.update(received_at=timezone.now() - timedelta(days=900))
    assert keeping.throw_content_away() == 0 and DocumentPiece.objects.exists()


def _refused(desk: Desk, client: Client) -> Document:
    document = desk.handed_in(client)
    desk.vendor.before = _refuse
    passing_on.pass_on(document.pk)
    document.refresh_from_db()
    assert document.state == DocumentState.REFUSED
    return document


def _refuse(_step: str) -> None:
    raise no()


def test_of_refused_documents_of_an_attempt_only_the_newest_has_its_content(desk: Desk, client: Client) -> None:
    first, second, third = (_refused(desk, client) for _ in range(3))
    assert set(DocumentPiece.objects.values_list("document", flat=True)) == {third.pk}
    for gone in (first, second):
        gone.refresh_from_db()
        assert not keeping.is_kept(gone) and gone.content_until is None and gone.sha256
    assert keeping.is_kept(third)


def test_an_attempt_takes_so_many_refused_documents_and_then_a_teacher_has_to_allow_more(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_REFUSED", 2)
    record = desk.launch()
    last = [_refused(desk, client) for _ in range(2)][-1]
    assert "have been refused" in desk.hand_in(client, record=record).json()["problems"][0]
    assert Document.objects.count() == 2 and deciding.may_allow_another(last)
    deciding.allow_another(last, desk.course.ines)
    assert desk.handed_in(client).attempt_id != last.attempt_id


@pytest.mark.parametrize("why", ["nobody knows", "patience is over"])
def test_what_a_person_has_to_decide_about_stays_until_they_have(desk: Desk, client: Client, why: str) -> None:
    document = claims.claim(desk.handed_in(client).pk)
    assert document
    if why == "nobody knows":
        settling.unclear(document, "no_answer")
    else:
        document.tries = 10_000
        settling.later(document, None, in_doubt=True)
    document.refresh_from_db()
    assert document.state == DocumentState.UNCLEAR
    assert document.content_until is None
    # Such as one that was unclear when that ended after a season.
    Document.objects.update(content_until=timezone.now() - timedelta(days=1))
    assert keeping.throw_content_away() == 0 and DocumentPiece.objects.exists()
    document.refresh_from_db()
    assert not keeping.throw_away(document) and deciding.may_pass_on_again(document)


def test_what_never_arrived_as_a_whole_is_swept(desk: Desk, client: Client) -> None:
    desk.launch()
    for number, age in enumerate((timedelta(minutes=5), arriving.ABANDONED_AFTER + timedelta(minutes=1))):
        document = Document.objects.create(attempt=desk.attempt(), reference=f"r{number}")
        DocumentPiece.objects.create(document=document, number=0, sealed=b"x")
        Document.objects.filter(pk=document.pk).update(touched_at=timezone.now() - age)
    assert arriving.throw_abandoned_away() == 1
    assert Document.objects.get().reference == "r0" and DocumentPiece.objects.count() == 1


def test_a_person_is_given_their_documents_without_pieces_and_keys(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client, title="On bridges")
    DocumentFindings.objects.create(document=document, similarity=3, found_at=timezone.now())
    told = personal_data.export(desk.course.alice)
    assert told["documents"][0]["title"] == "On bridges" and told["documents"][0]["sha256"] == document.sha256
    assert "kept here, encrypted" in told["documents"][0]["content"]
    Document.objects.update(secret={})
    assert "not kept here" in personal_data.export(desk.course.alice)["documents"][0]["content"]
    assert "secret" not in told["documents"][0] and len(told["findings_about_documents"]) == 1
    assert not any("pieces" in name for name in told)


def test_an_erased_person_leaves_no_document(desk: Desk, client: Client) -> None:
    mine = desk.handed_in(client)
    other = desk.handed_in(client, record=desk.launch(desk.course.learner("Bob")))
    Document.objects.filter(pk=other.pk).update(released_by=desk.course.alice)
    assert personal_data.erase(desk.course.alice)["documents"] == 1
    assert not Document.objects.filter(pk=mine.pk).exists() and not Learner.objects.filter(user_id="alice-1").exists()
    kept = Document.objects.get(pk=other.pk)
    assert set(DocumentPiece.objects.values_list("document", flat=True)) == {kept.pk}
