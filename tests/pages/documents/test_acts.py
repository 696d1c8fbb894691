"""What those who teach do about documents."""

import pytest
from django.test import Client
from django.urls import reverse

from lti_bridge.documents import passing_on
from lti_bridge.models import Attempt, AttemptState, Document, DocumentState, ResourceLink
from lti_bridge.pages.access import grant
from tests.documents.desk import Desk
from tests.documents.pretend import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(desk: Desk, client: Client) -> Document:
    made = desk.handed_in(client)
    passing_on.pass_on()
    Attempt.objects.update(state=AttemptState.GRADED)
    return Document.objects.get(pk=made.pk)


def act(desk: Desk, client: Client, document: Document | int, what: str, **launch: object) -> int:
    launch = {"instructor": True, **launch}
    record = desk.course.launch(desk.course.ines, **launch)
    number = document if isinstance(document, int) else document.pk
    path = reverse("document-act", kwargs={"access": grant(record), "document": number, "what": what})
    return client.post(path).status_code


def test_a_report_is_released_and_taken_back(desk: Desk, client: Client, document: Document) -> None:
    assert act(desk, client, document, "release") == 303
    document.refresh_from_db()
    assert document.released_at and document.released_by == desk.course.ines
    assert act(desk, client, document, "withhold") == 303
    document.refresh_from_db()
    assert document.released_at is None


def test_all_reports_of_the_link_are_released_and_no_others(desk: Desk, client: Client, document: Document) -> None:
    waiting = desk.handed_in(client, record=desk.launch(desk.course.learner("Bob")))
    assert act(desk, client, 0, "release-all") == 303
    assert list(Document.objects.exclude(released_at=None)) == [document]
    assert Document.objects.get(pk=waiting.pk).released_at is None


def test_another_document_is_allowed_beyond_the_limit(desk: Desk, client: Client, document: Document) -> None:
    desk.activity.max_attempts = 1
    desk.activity.save()
    own = desk.course.inside("learner", desk.course.alice)
    assert b"Hand in another document" not in client.get(own).content
    assert act(desk, client, document, "allow-another") == 303
    second = desk.handed_in(client, b"%PDF-1.7 second", record=desk.course.launch(desk.course.alice))
    assert second.attempt.number == 2
    assert act(desk, client, document, "allow-another") == 400


def test_what_is_unclear_is_passed_on_again_because_somebody_says_so(
    desk: Desk, client: Client, document: Document
) -> None:
    Document.objects.update(state=DocumentState.UNCLEAR, reason="no_answer")
    assert act(desk, client, document, "pass-on-again") == 303
    passing_on.pass_on()
    document.refresh_from_db()
    assert document.state == DocumentState.PASSED_ON and desk.attempt().provider_attempt_id == "doc-2"
    assert desk.vendor.held == [PDF, PDF]


@pytest.mark.parametrize("another", [False, True])
def test_what_was_refused_is_passed_on_again_as_long_as_nothing_else_was_handed_in(
    desk: Desk, client: Client, document: Document, another: bool
) -> None:
    Document.objects.update(state=DocumentState.REFUSED, reason="too_many: No")
    Attempt.objects.update(state=AttemptState.OPENED)
    if another:
        desk.handed_in(client, b"%PDF-1.7 second", record=desk.course.launch(desk.course.alice))
    assert act(desk, client, document, "pass-on-again") == (400 if another else 303)
    assert desk.attempt().state == AttemptState.SUBMITTED


def test_a_check_that_was_given_up_is_asked_about_again(desk: Desk, client: Client, document: Document) -> None:
    Attempt.objects.update(state=AttemptState.FAILED, look_at=None)
    assert act(desk, client, document, "check-again") == 303
    attempt = desk.attempt()
    assert attempt.state == AttemptState.SUBMITTED and attempt.look_at is not None


@pytest.mark.parametrize("what", ["release", "allow-another", "pass-on-again", "check-again"])
def test_a_learner_can_do_none_of_it(desk: Desk, client: Client, document: Document, what: str) -> None:
    assert act(desk, client, document, what, instructor=False) == 403
    assert Attempt.objects.count() == 1 and Document.objects.get().released_at is None


def test_documents_of_other_links_are_out_of_reach(desk: Desk, client: Client, document: Document) -> None:
    other = ResourceLink.objects.create(
        context=desk.course.link.context, resource_link_id="link-2", activity=desk.activity
    )
    assert act(desk, client, document, "release", link=other) == 404
    assert act(desk, client, 0, "release-all", link=other) == 303
    assert Document.objects.get().released_at is None


def test_what_nobody_knows_is_not_done(desk: Desk, client: Client, document: Document) -> None:
    assert act(desk, client, document, "burn") == 404
