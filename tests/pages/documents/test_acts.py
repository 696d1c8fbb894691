"""What those who teach do about documents."""

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge.documents import deciding, passing_on
from lti_bridge.models import Attempt, AttemptState, Document, DocumentPiece, DocumentState, ResourceLink
from lti_bridge.pages.access import grant
from tests.documents.desk import Desk
from tests.documents.pretend import PDF, past

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(desk: Desk, client: Client) -> Document:
    made = desk.handed_in(client)
    passing_on.pass_on()
    Attempt.objects.update(state=AttemptState.GRADED)
    return Document.objects.get(pk=made.pk)


def act(desk: Desk, client: Client, document: Document, what: str, **launch: object) -> int:
    return post(desk, client, document.pk, what, **launch).status_code


def post(
    desk: Desk,
    client: Client,
    number: int,
    what: str,
    query: str = "",
    fields: dict[str, str] | None = None,
    **launch: object,
) -> HttpResponse:
    launch = {"instructor": True, **launch}
    record = desk.course.launch(desk.course.ines, **launch)
    path = reverse("document-act", kwargs={"access": grant(record), "document": number, "what": what})
    return client.post(path + query, fields or {})  # type: ignore[return-value]


def about_all(desk: Desk, client: Client, what: str, query: str = "", **launch: object) -> str:
    """Say yes to what is asked. Gives the page of the question."""
    page = post(desk, client, 0, what, query, **launch).content.decode()
    asked = re.search(r'name="documents" value="([0-9 ]*)"', page)
    if asked:
        done = post(desk, client, 0, what, query, {"sure": "yes", "documents": asked[1]}, **launch)
        assert done.status_code == 303
    return page


def test_a_report_is_released_and_taken_back(desk: Desk, client: Client, document: Document) -> None:
    assert act(desk, client, document, "release") == 303
    document.refresh_from_db()
    assert document.released_at and document.released_by == desk.course.ines
    assert act(desk, client, document, "withhold") == 303
    document.refresh_from_db()
    assert document.released_at is None


def checked_one(desk: Desk, client: Client, name: str) -> Document:
    made = desk.handed_in(client, title=f"By {name}", record=desk.launch(desk.course.learner(name)))
    Document.objects.filter(pk=made.pk).update(state=DocumentState.PASSED_ON)
    Attempt.objects.filter(pk=made.attempt_id).update(state=AttemptState.GRADED)
    return made


def released() -> list[str]:
    return list(Document.objects.exclude(released_at=None).order_by("pk").values_list("title", flat=True))


def test_all_that_is_checked_is_released_and_taken_back_after_a_question(
    desk: Desk, client: Client, document: Document
) -> None:
    waiting = desk.handed_in(client, record=desk.launch(desk.course.learner("Bob")))
    page = post(desk, client, 0, "release-all").content.decode()
    assert released() == []
    assert ">1 report</p>" in page and "Alice Liddell" in page and "Bob" not in page and "1 other document" in page
    about_all(desk, client, "release-all")
    assert list(Document.objects.exclude(released_at=None)) == [document]
    assert Document.objects.get(pk=waiting.pk).released_at is None
    assert "Alice Liddell" in about_all(desk, client, "withhold-all")
    assert released() == []


def test_of_all_only_what_the_list_shows_is_released_and_taken_back(
    desk: Desk, client: Client, document: Document
) -> None:
    checked_one(desk, client, "Bob")
    checked_one(desk, client, "Bobby")
    page = about_all(desk, client, "release-all", "?q=by+bob&sort=title")
    assert "2 reports (“by bob”)" in page and "Alice" not in page
    assert released() == ["By Bob", "By Bobby"]
    about_all(desk, client, "withhold-all", "?q=bobby")
    assert released() == ["By Bob"]


def test_what_is_checked_after_the_question_is_not_released(desk: Desk, client: Client, document: Document) -> None:
    asked = {"sure": "yes", "documents": str(document.pk)}
    checked_one(desk, client, "Bob")
    done = post(desk, client, 0, "release-all", "?shown=unreleased&page=2", asked)
    assert done["Location"].endswith("/documents?sort=handed-in&order=down&shown=unreleased&done=release-all&page=2")
    assert released() == [document.title]
    about_all(desk, client, "release-all", "?shown=waiting")
    assert released() == [document.title]


def test_who_releases_one_in_the_list_stays_there(desk: Desk, client: Client, document: Document) -> None:
    page = client.get(desk.course.inside("documents"), {"q": "essay", "shown": "unreleased"}).content.decode()
    form = re.search(r'action="([^"]*/release[?][^"]*)"><input type="hidden" name="back" value="list">', page)
    assert form
    done = client.post(html.unescape(form[1]), {"back": "list"})
    assert "/documents?" in done["Location"] and "q=essay" in done["Location"]
    page = client.get(done["Location"]).content.decode()
    assert "The report is released" in page and "No document is like that" in page
    assert post(desk, client, document.pk, "withhold")["Location"].endswith(f"/documents/{document.pk}?done=withhold")


def test_another_document_is_allowed_beyond_the_limit(desk: Desk, client: Client, document: Document) -> None:
    desk.activity.max_attempts = 1
    desk.activity.save()
    own = desk.course.inside("learner", desk.course.alice)
    assert b"Hand in another document" not in client.get(own).content
    assert act(desk, client, document, "allow-another") == 303
    second = desk.handed_in(client, b"%PDF-1.7 second", record=desk.course.launch(desk.course.alice))
    assert second.attempt.number == 2
    assert act(desk, client, document, "allow-another") == 400


@pytest.mark.parametrize("state", [DocumentState.PASSED_ON, DocumentState.REFUSED])
def test_another_document_is_allowed_after_the_due_date(
    desk: Desk, client: Client, document: Document, state: DocumentState
) -> None:
    if state == DocumentState.REFUSED:
        Document.objects.update(state=state, reason="too_many: No")
        Attempt.objects.update(state=AttemptState.OPENED)
        assert act(desk, client, document, "allow-another") == 400
    desk.vendor.rules["due_at"] = past()
    own = desk.course.inside("learner", desk.course.alice)
    assert b"The time for handing in was over" in client.get(own).content or state == DocumentState.PASSED_ON
    assert b"Hand in another document" not in client.get(own).content
    assert act(desk, client, document, "allow-another") == 303
    page = client.get(own).content
    assert b"Hand in another document" in page and b"The time for handing in was over" not in page
    second = desk.handed_in(client, b"%PDF-1.7 second", record=desk.course.launch(desk.course.alice))
    assert second.attempt.number == (1 if state == DocumentState.REFUSED else 2)
    passing_on.pass_on()
    Attempt.objects.update(state=AttemptState.GRADED)
    # One more, and not any number.
    assert b"Hand in another document" not in client.get(own).content


def test_who_began_another_one_and_is_late_with_it_can_be_helped_too(
    desk: Desk, client: Client, document: Document
) -> None:
    deciding.allow_another(document, None)
    Attempt.objects.filter(number=2).update(provider_details={})
    assert act(desk, client, document, "allow-another") == 400
    desk.vendor.rules["due_at"] = past()
    assert act(desk, client, document, "allow-another") == 303
    assert desk.handed_in(client, record=desk.course.launch(desk.course.alice)).attempt.number == 2


def test_who_was_allowed_to_be_late_may_be_so_after_a_refusal_too(
    desk: Desk, client: Client, document: Document
) -> None:
    desk.vendor.rules["due_at"] = past()
    assert act(desk, client, document, "allow-another") == 303
    for _ in range(2):
        late = desk.handed_in(client, record=desk.course.launch(desk.course.alice))
        Document.objects.filter(pk=late.pk).update(state=DocumentState.REFUSED, reason="x: No")
        Attempt.objects.filter(pk=late.attempt_id).update(state=AttemptState.OPENED)
    assert late.attempt.number == 2 and act(desk, client, late, "allow-another") == 400


def test_what_is_unclear_is_passed_on_again_because_somebody_says_so(
    desk: Desk, client: Client, document: Document
) -> None:
    Document.objects.update(state=DocumentState.UNCLEAR, reason="no_answer")
    assert act(desk, client, document, "pass-on-again") == 303
    passing_on.pass_on()
    document.refresh_from_db()
    assert document.state == DocumentState.PASSED_ON and desk.attempt().provider_attempt_id == "doc-2"
    assert desk.vendor.held == [PDF, PDF]


def test_all_that_stands_still_is_passed_on_again_after_a_question(desk: Desk, client: Client) -> None:
    stuck = [desk.handed_in(client, record=desk.launch(desk.course.learner(name))) for name in ("Bob", "Cleo", "Dan")]
    waiting = desk.handed_in(client, record=desk.launch(desk.course.learner("Eve")))
    rows = Document.objects.filter(pk__in=[each.pk for each in stuck])
    rows.update(state=DocumentState.UNCLEAR, reason="credentials_refused", next_try_at=None)
    gone = stuck.pop()
    DocumentPiece.objects.filter(document=gone).delete()
    assert b"Pass 2 documents on again" in client.get(desk.course.inside("documents")).content
    page = post(desk, client, 0, "pass-all-on-again").content.decode()
    assert ">2 documents</p>" in page and "2 other documents" in page
    assert "The provider has certainly none of them" in page and "it has it twice" not in page
    Document.objects.filter(pk=stuck[0].pk).update(asked_at=timezone.now())
    page = about_all(desk, client, "pass-all-on-again")
    assert "Of 1 it is not known" in page and "it has it twice then" in page
    assert passing_on.pass_on_due(seconds=20) == 3
    states = Document.objects.order_by("pk").values_list("pk", "state")
    assert {pk for pk, state in states if state == DocumentState.PASSED_ON} == {
        *(each.pk for each in stuck),
        waiting.pk,
    }
    assert "There is no such document" in about_all(desk, client, "pass-all-on-again")


def test_what_is_settled_after_the_question_is_not_passed_on_again(
    desk: Desk, client: Client, document: Document
) -> None:
    assert deciding.pass_all_on_again([document.pk], None) == 0
    assert desk.vendor.held == [PDF]


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


@pytest.mark.parametrize(
    "what", ["release", "release-all", "allow-another", "pass-on-again", "pass-all-on-again", "check-again"]
)
def test_a_learner_can_do_none_of_it(desk: Desk, client: Client, document: Document, what: str) -> None:
    assert act(desk, client, document, what, instructor=False) == 403
    assert Attempt.objects.count() == 1 and Document.objects.get().released_at is None


def test_documents_of_other_links_are_out_of_reach(desk: Desk, client: Client, document: Document) -> None:
    other = ResourceLink.objects.create(
        context=desk.course.link.context, resource_link_id="link-2", activity=desk.activity
    )
    assert act(desk, client, document, "release", link=other) == 404
    about_all(desk, client, "release-all", link=other)
    post(desk, client, 0, "release-all", fields={"sure": "yes", "documents": str(document.pk)}, link=other)
    assert Document.objects.get().released_at is None


def test_what_nobody_knows_is_not_done(desk: Desk, client: Client, document: Document) -> None:
    assert act(desk, client, document, "burn") == 404
