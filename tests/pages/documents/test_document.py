"""A document's page and its content: for its author and those who teach at its link, and for nobody else."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge.documents import passing_on
from lti_bridge.launch.reviews import MESSAGE
from lti_bridge.models import (
    Attempt,
    AttemptState,
    Document,
    DocumentFindings,
    DocumentState,
    Grade,
    Learner,
    ResourceLink,
)
from lti_bridge.pages.access import grant
from lti_bridge.providers import PROVIDERS
from tests.documents.desk import Desk
from tests.documents.pretend import PDF

pytestmark = pytest.mark.django_db
PAGES = ("document", "document-content", "document-report", "document-report-window")


def address(desk: Desk, name: str, document: Document, person: Learner | None = None, **launch: object) -> str:
    """For a learner; for the teacher when nobody is named."""
    record = desk.course.launch(person or desk.course.ines, instructor=person is None, **launch)
    return reverse(name, kwargs={"access": grant(record), "document": document.pk})


@pytest.fixture
def document(desk: Desk, client: Client) -> Document:
    """Alice's, checked, with its content still here."""
    made = desk.handed_in(client, title="On bridges")
    passing_on.pass_on()
    Attempt.objects.update(state=AttemptState.GRADED)
    return Document.objects.get(pk=made.pk)


def test_its_author_and_who_teaches_see_it(desk: Desk, client: Client, document: Document) -> None:
    for person in (desk.course.alice, None):
        page = client.get(address(desk, "document", document, person)).content.decode()
        assert document.sha256 in page and document.reference in page


def test_each_document_leads_to_the_others_of_its_author(desk: Desk, client: Client, document: Document) -> None:
    assert b"Also handed in" not in client.get(address(desk, "document", document)).content
    told = {"learner": desk.course.alice, "resource_link": desk.course.link, "activity": desk.activity}
    second = Attempt.objects.create(**told, number=2)
    newest = Document.objects.create(attempt=second, state="received", title="A second one", received_at=timezone.now())
    for person, has_report in ((desk.course.alice, False), (None, True)):
        page = client.get(address(desk, "document", newest, person)).content.decode()
        assert f'/documents/{document.pk}"' in page and (f'/documents/{document.pk}/report"' in page) == has_report
        assert "A second one" in client.get(address(desk, "document", document, person)).content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_another_learner_sees_nothing_of_it(desk: Desk, client: Client, document: Document, name: str) -> None:
    Document.objects.update(released_at=timezone.now())
    assert client.get(address(desk, name, document, desk.course.learner("Bob"))).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_who_teaches_at_another_link_sees_nothing_of_it(
    desk: Desk, client: Client, document: Document, name: str
) -> None:
    other = ResourceLink.objects.create(
        context=desk.course.link.context, resource_link_id="link-2", activity=desk.activity
    )
    assert client.get(address(desk, name, document, link=other)).status_code == 404


def test_what_is_still_arriving_is_nobodys(desk: Desk, client: Client, document: Document) -> None:
    Document.objects.update(state=DocumentState.ARRIVING)
    assert client.get(address(desk, "document", document, desk.course.alice)).status_code == 404


def test_the_content_is_for_keeping_and_never_shown_here(desk: Desk, client: Client, document: Document) -> None:
    response = client.get(address(desk, "document-content", document))
    assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == 'attachment; filename="essay.pdf"'
    assert response["Content-Type"] == "application/octet-stream" and response["Content-Length"] == str(len(PDF))
    assert response["X-Content-Type-Options"] == "nosniff" and response["Cache-Control"] == "no-store"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_content_that_is_gone_is_not_offered(desk: Desk, client: Client, document: Document) -> None:
    Document.objects.update(secret={})
    gone = client.get(address(desk, "document-content", document))
    assert gone.status_code == 404 and "no longer kept here" in gone.content.decode()
    page = client.get(address(desk, "document", document)).content.decode()
    assert "Download" not in page and "The provider has the document: its content is no longer kept here." in page


def test_content_whose_time_is_over_is_not_offered_either(desk: Desk, client: Client, document: Document) -> None:
    """Until somebody throws it away."""
    Document.objects.update(content_until=timezone.now())
    assert client.get(address(desk, "document-content", document)).status_code == 404
    assert b"Download" not in client.get(address(desk, "document", document)).content


def test_a_refusal_says_what_to_do_to_its_author_and_to_who_teaches(
    desk: Desk, client: Client, document: Document
) -> None:
    meanings = {"too_many": ("It takes no more from you.", "Please tell your teacher.")}
    PROVIDERS["pretend"].documents = replace(PROVIDERS["pretend"].documents, meanings=meanings)
    Document.objects.update(state=DocumentState.REFUSED, reason="too_many: Maximum has been reached")
    Attempt.objects.update(state=AttemptState.OPENED)
    for person in (desk.course.alice, None):
        page = client.get(address(desk, "document", document, person)).content.decode()
        assert "It takes no more from you. Please tell your teacher. It says: “Maximum has been reached”." in page
    page = client.get(desk.course.inside("learner", desk.course.alice)).content.decode()
    assert "Please tell your teacher." in page and "Hand in another one." not in page
    Document.objects.update(reason="unheard_of: No")
    page = client.get(desk.course.inside("learner", desk.course.alice)).content.decode()
    assert "Hand in another one." in page and ">No<" in page


@pytest.mark.parametrize(
    ("changes", "safe"),
    [({"reason": "no_answer"}, True), ({"reason": "content_damaged"}, False), ({"secret": {}}, False)],
)
def test_its_author_reads_that_it_is_safe_here_only_where_it_is(
    desk: Desk, client: Client, document: Document, changes: dict[str, object], safe: bool
) -> None:
    told = {"content_until": timezone.now(), **changes}
    Document.objects.update(state=DocumentState.UNCLEAR, passed_on_at=None, **told)
    page = client.get(address(desk, "document", document, desk.course.alice)).content.decode()
    assert ("kept safe here" in page) == safe and ("Keep your own copy" in page) == (not safe)
    assert ("Download" in page) == ("secret" not in changes) and "Kept here until" not in page


def test_what_is_not_kept_after_it_was_passed_on_says_so_before(desk: Desk, client: Client) -> None:
    desk.vendor.rules["keep_days"] = 0
    made = desk.handed_in(client)
    page = client.get(address(desk, "document", made, desk.course.alice)).content.decode()
    assert "Download" in page and "kept here until the provider has it, and no longer" in page


def test_the_size_is_said_once(desk: Desk, client: Client, document: Document) -> None:
    page = client.get(address(desk, "document", document)).content.decode()
    assert page.count(f"{document.size}\N{NO-BREAK SPACE}bytes") == 1 and f"{document.size} bytes" not in page
    Document.objects.update(size=2048)
    assert "2.0\N{NO-BREAK SPACE}KB (2048 bytes)" in client.get(address(desk, "document", document)).content.decode()


def test_what_else_was_found_has_the_providers_labels(desk: Desk, client: Client, document: Document) -> None:
    more = {"hiddenText": 3, "brandNew": 1}
    DocumentFindings.objects.create(document=document, found_at=timezone.now(), more=more)
    PROVIDERS["pretend"].documents = replace(PROVIDERS["pretend"].documents, labels={"hiddenText": "Hidden text"})
    page = client.get(address(desk, "document", document)).content.decode()
    assert "<dt>Hidden text</dt><dd>3</dd>" in page and "<dt>brandNew</dt><dd>1</dd>" in page


def test_who_teaches_sees_that_no_grade_came_of_a_check(desk: Desk, client: Client, document: Document) -> None:
    told = "No grade came of the check"
    assert told in client.get(address(desk, "document", document)).content.decode()
    assert told not in client.get(address(desk, "document", document, desk.course.alice)).content.decode()
    desk.vendor.rules["gives_grade"] = False
    assert told not in client.get(address(desk, "document", document)).content.decode()
    desk.vendor.rules["gives_grade"] = True
    Attempt.objects.update(state=AttemptState.MARKING)
    assert told not in client.get(address(desk, "document", document)).content.decode()


def test_a_grade_that_came_of_a_check_is_not_missed(desk: Desk, client: Client, document: Document) -> None:
    given = {"score_given": 88, "score_maximum": 100, "reported_at": timezone.now()}
    Grade.objects.create(attempt=document.attempt, **given)
    assert "No grade came" not in client.get(address(desk, "document", document)).content.decode()
    Grade.objects.create(attempt=document.attempt, reported_at=timezone.now())
    assert "No grade came" in client.get(address(desk, "document", document)).content.decode()


def test_the_report_is_framed_from_its_own_origin_alone(desk: Desk, client: Client, document: Document) -> None:
    response = client.get(address(desk, "document-report", document))
    page, policy = response.content.decode(), response["Content-Security-Policy"]
    assert 'src="https://reports.example/doc-1/True?token=t0p"' in page and "sandbox=" in page
    assert "frame-src https://reports.example;" in f"{policy};" and "token" not in policy
    assert response["Cache-Control"] == "no-store" and response["Referrer-Policy"] == "no-referrer"


def test_the_address_of_a_report_is_kept_nowhere(
    desk: Desk, client: Client, document: Document, caplog: pytest.LogCaptureFixture
) -> None:
    client.get(address(desk, "document-report", document))
    response = client.get(address(desk, "document-report-window", document))
    assert response.status_code == 303 and response["Location"].endswith("token=t0p")
    rows = str(list(Document.objects.values())) + str(list(Attempt.objects.values()))
    assert "t0p" not in rows and "t0p" not in caplog.text


@pytest.mark.parametrize("name", ["document-report", "document-report-window"])
def test_a_learner_reads_the_report_once_it_is_released(
    desk: Desk, client: Client, document: Document, name: str
) -> None:
    assert client.get(address(desk, name, document, desk.course.alice)).status_code == 422
    Document.objects.update(released_at=timezone.now())
    response = client.get(address(desk, name, document, desk.course.alice))
    assert b"doc-1/False" in response.content or "doc-1/False" in response["Location"]


def test_where_nobody_has_to_release_it_a_learner_reads_it_at_once(
    desk: Desk, client: Client, document: Document
) -> None:
    desk.vendor.rules["shows_report"] = True
    assert client.get(address(desk, "document-report", document, desk.course.alice)).status_code == 200
    assert b"Release the report" not in client.get(address(desk, "document", document)).content


def test_there_is_no_report_before_the_check(desk: Desk, client: Client, document: Document) -> None:
    Attempt.objects.update(state=AttemptState.SUBMITTED)
    assert client.get(address(desk, "document-report", document)).status_code == 422


def test_findings_are_for_those_who_teach(desk: Desk, client: Client, document: Document) -> None:
    DocumentFindings.objects.create(document=document, similarity="31.5", found_at=timezone.now(), more={"hidden": 3})
    assert b"31.5 %" in client.get(address(desk, "document", document)).content
    assert b"31.5" not in client.get(address(desk, "document", document, desk.course.alice)).content


def test_a_submission_review_opens_the_document(desk: Desk, client: Client, document: Document) -> None:
    record = desk.course.launch(desk.course.ines, instructor=True, about=desk.course.alice.user_id)
    record.message_type = MESSAGE
    record.save()
    page = client.get(reverse("review", kwargs={"access": grant(record)})).content.decode()
    assert "On bridges" in page and document.sha256 in page


def test_the_trail_tells_of_the_document(desk: Desk, client: Client, document: Document) -> None:
    Document.objects.update(released_at=timezone.now())
    trail = f"{desk.course.inside('roster')}?learner={desk.course.alice.pk}"
    page = client.get(trail).content.decode()
    assert (
        page.index("document handed in") < page.index("the provider has the document") < page.index("report released")
    )
    Document.objects.update(state=DocumentState.UNCLEAR, passed_on_at=None, reason="no_answer")
    assert "never said whether it has the document" in client.get(trail).content.decode()


def test_the_learners_page_speaks_of_documents(desk: Desk, client: Client, document: Document) -> None:
    page = client.get(desk.course.inside("learner", desk.course.alice)).content.decode()
    assert "Handed in and checked" in page and "test" not in page.partition("<main")[2].lower()
    assert PROVIDERS["pretend"].label not in page


def test_a_refusal_is_told_to_its_author_in_the_providers_words(desk: Desk, client: Client, document: Document) -> None:
    Document.objects.update(state=DocumentState.REFUSED, reason="too_many: Maximum of submissions has been reached")
    Attempt.objects.update(state=AttemptState.OPENED)
    page = client.get(desk.course.inside("learner", desk.course.alice)).content.decode()
    assert "Maximum of submissions has been reached" in page and "Hand in another document" in page
