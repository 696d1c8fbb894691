"""The list of a link's documents, and the same for spreadsheets."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge.models import Attempt, AttemptState, Document, DocumentFindings, DocumentState, Grade, Learner
from lti_bridge.pages.documents import listing
from lti_bridge.pages.documents.listing import Wish
from tests.documents.desk import Desk
from tests.pages.course import PAYLOAD

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    """Five documents: three checked with more and less similarity, one on its way, one refused."""
    rows = [
        ("Zoe", "Arches", DocumentState.PASSED_ON, AttemptState.GRADED, "80"),
        ("Yan", "Beams", DocumentState.PASSED_ON, AttemptState.GRADED, "5.5"),
        ("Xia", "Cables", DocumentState.PASSED_ON, AttemptState.GRADED, None),
        ("Wim", "Decks", DocumentState.RECEIVED, AttemptState.SUBMITTED, None),
        ("Val", "Eaves", DocumentState.REFUSED, AttemptState.OPENED, None),
    ]
    for number, (name, title, state, attempt_state, similarity) in enumerate(rows):
        attempt = Attempt.objects.create(
            learner=desk.course.learner(name),
            resource_link=desk.course.link,
            activity=desk.activity,
            number=1,
            state=attempt_state,
        )
        document = Document.objects.create(
            attempt=attempt,
            state=state,
            title=title,
            file_name=f"{title}.pdf",
            reference=f"ref-{number}",
            received_at=timezone.now() - timedelta(hours=number),
        )
        if similarity:
            found = {"similarity": Decimal(similarity), "originality": "Low risk"}
            DocumentFindings.objects.create(document=document, found_at=timezone.now(), **found)
    return desk


def titles(desk: Desk, **query: str) -> list[str]:
    return [each.title for each in listing.documents_at(desk.course.link, Wish.of(query))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "Arches Beams Cables Decks Eaves"),
        ({"order": "up"}, "Eaves Decks Cables Beams Arches"),
        ({"sort": "similarity", "shown": "checked"}, "Arches Beams Cables"),
        ({"sort": "similarity", "order": "up", "shown": "checked"}, "Beams Arches Cables"),
        ({"sort": "title", "order": "down", "least": "5"}, "Beams Arches"),
        ({"least": "6"}, "Arches"),
        ({"shown": "waiting"}, "Decks"),
        ({"shown": "trouble"}, "Eaves"),
        ({"shown": "unreleased", "sort": "title"}, "Arches Beams Cables"),
        ({"q": "zoe"}, "Arches"),
        ({"q": "ables.pdf"}, "Cables"),
        ({"q": "REF-3"}, "Decks"),
        ({"shown": "released"}, ""),
        ({"sort": "password", "order": "sideways", "shown": "x", "least": "x"}, "Arches Beams Cables Decks Eaves"),
    ],
)
def test_it_is_sorted_and_filtered_by_the_address(shelf: Desk, query: dict[str, str], found: str) -> None:
    assert titles(shelf, **query) == found.split()


def test_where_originality_has_no_number_its_words_are_sorted_the_least_original_first(shelf: Desk) -> None:
    """A high risk is a low originality."""
    told = {"Arches": "Low risk", "Beams": "High risk", "Cables": "MEDIUM RISK", "Decks": "unheard of"}
    for title, words in told.items():
        found = {"found_at": timezone.now(), "originality": words}
        DocumentFindings.objects.update_or_create(document=Document.objects.get(title=title), defaults=found)
    assert titles(shelf, sort="originality") == ["Beams", "Cables", "Arches", "Eaves", "Decks"]
    assert titles(shelf, sort="originality", order="down") == ["Arches", "Cables", "Beams", "Eaves", "Decks"]


def test_an_originality_in_numbers_is_sorted_by_them(shelf: Desk) -> None:
    for title, number in {"Arches": 61, "Beams": 7, "Cables": 100}.items():
        found = {"found_at": timezone.now(), "originality": "High risk", "originality_percentage": number}
        DocumentFindings.objects.update_or_create(document=Document.objects.get(title=title), defaults=found)
    assert titles(shelf, sort="originality")[:3] == ["Beams", "Arches", "Cables"]


def test_of_each_learner_the_newest_document_is_shown_and_whether_another_one_is_open(
    shelf: Desk, client: Client
) -> None:
    zoe = Document.objects.get(title="Arches").attempt.learner
    told = {"learner": zoe, "resource_link": shelf.course.link, "activity": shelf.activity}
    second = Attempt.objects.create(**told, number=2, state=AttemptState.OPENED)
    page = client.get(shelf.course.inside("documents")).content.decode()
    assert page.count("may hand in another one") == 1 and "Arches" in page
    shelf.vendor.rules["due_at"] = timezone.now() - timedelta(minutes=1)
    for name in ("documents", "roster"):
        assert "may hand in another one" not in client.get(shelf.course.inside(name)).content.decode()
    Attempt.objects.filter(pk=second.pk).update(provider_details={"may_be_late": True})
    for name in ("documents", "roster"):
        assert client.get(shelf.course.inside(name)).content.decode().count("may hand in another one") == 1
    Attempt.objects.filter(pk=second.pk).update(state=AttemptState.SUBMITTED)
    Document.objects.create(
        attempt=second, state=DocumentState.RECEIVED, title="Arcs", reference="ref-9", received_at=timezone.now()
    )
    assert titles(shelf) == ["Arcs", "Beams", "Cables", "Decks", "Eaves"]
    assert titles(shelf, earlier="yes") == ["Arcs", "Arches", "Beams", "Cables", "Decks", "Eaves"]
    assert "Arches" not in titles(shelf, shown="unreleased")
    page = client.get(shelf.course.inside("documents"), {"earlier": "yes"}).content.decode()
    assert "may hand in another one" not in page and "no. 2" in page


@pytest.mark.parametrize("sort", listing.SORTS)
def test_each_heading_sorts_and_turns_around(shelf: Desk, client: Client, sort: str) -> None:
    path = shelf.course.inside("documents")
    page = client.get(path, {"sort": sort}).content.decode()
    assert page.count("aria-sort=") == 1
    current = Wish.of({"sort": sort})
    heading = next(each for each in listing.headings(current) if each.direction)
    assert ("order=up" in heading.query) == current.descending


def test_the_page_shows_numbers_bars_and_what_can_be_done(shelf: Desk, client: Client) -> None:
    page = client.get(shelf.course.inside("documents")).content.decode()
    assert "80 %" in page and 'width="80"' in page and "5.5 %" in page and 'width="5"' in page
    assert "Release 3 reports" in page and "Release the report of Zoe" in page
    assert "style=" not in page


def test_checked_ones_of_which_no_grade_came_say_so(shelf: Desk, client: Client) -> None:
    zoe = Document.objects.get(title="Arches").attempt
    given = {"score_given": 20, "score_maximum": 100, "reported_at": timezone.now()}
    Grade.objects.create(attempt=zoe, **given)
    page = client.get(shelf.course.inside("documents")).content.decode()
    assert page.count("no grade came of it") == 2
    shelf.vendor.rules["gives_grade"] = False
    assert "no grade came of it" not in client.get(shelf.course.inside("documents")).content.decode()


def test_late_ones_are_marked(shelf: Desk, client: Client) -> None:
    shelf.vendor.rules["due_at"] = timezone.now() - timedelta(hours=2, minutes=30)
    page = client.get(shelf.course.inside("documents")).content.decode()
    assert page.count(">late<") == 3


def test_it_takes_as_many_queries_for_fifty_as_for_five(
    shelf: Desk, client: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get(shelf.course.inside("documents"))


def test_learners_see_no_list(shelf: Desk, client: Client) -> None:
    for name in ("documents", "documents-sheet"):
        assert client.get(shelf.course.inside(name, shelf.course.alice)).status_code == 403


def test_what_strangers_typed_comes_out_as_text(shelf: Desk, client: Client) -> None:
    Document.objects.filter(title="Arches").update(title=PAYLOAD)
    page = client.get(shelf.course.inside("documents"), {"q": PAYLOAD[:100]}).content.decode()
    assert "<script>alert" not in page and "<img" not in page


def test_the_roster_leads_to_the_list(shelf: Desk, client: Client) -> None:
    assert b"Documents and reports" in client.get(shelf.course.inside("roster")).content


def test_the_roster_speaks_of_documents(shelf: Desk, client: Client) -> None:
    """Also where another one is open after it, and where what is found is no grade."""
    zoe = Document.objects.get(title="Arches").attempt.learner
    told = {"learner": zoe, "resource_link": shelf.course.link, "activity": shelf.activity}
    Attempt.objects.create(**told, number=2, state=AttemptState.OPENED)
    shelf.course.cell(zoe, "empty")
    page = client.get(shelf.course.inside("roster")).content.decode()
    assert page.count(">checked<") == 3 and page.count("may hand in another one") == 1
    for attempts_words in (">graded<", ">opened<", "no. 2"):
        assert attempts_words not in page
    assert ">no grade yet<" in page
    shelf.vendor.rules["gives_grade"] = False
    page = client.get(shelf.course.inside("roster")).content.decode()
    assert ">no grade yet<" not in page and "gives no grade" in page


def test_the_table_for_spreadsheets_holds_everything_and_no_formulas(shelf: Desk, client: Client) -> None:
    Learner.objects.filter(full_name="Zoe").update(email="zoe@example.edu")
    Document.objects.filter(title="Arches").update(title='=HYPERLINK("http://evil.example")')
    response = client.get(shelf.course.inside("documents-sheet"), {"sort": "learner"})
    assert response["Content-Disposition"] == 'attachment; filename="excel-test-documents.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 5
    zoe = next(row for row in rows if row["Learner"] == "Zoe")
    learner = Document.objects.get(reference="ref-0").attempt.learner
    assert (zoe["User id in the LMS"], zoe["E-mail"]) == (learner.user_id, "zoe@example.edu")
    assert zoe["Title"] == '\'=HYPERLINK("http://evil.example")'
    assert (zoe["Similarity"], zoe["Originality"], zoe["AI index"]) == ("80", "Low risk", "")
    Document.objects.filter(title__startswith="=").update(title="Essay;=cmd|' /C calc'!A0;x")
    content = client.get(shelf.course.inside("documents-sheet")).content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content), delimiter=";") for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
