"""Handing in: what a learner sees, what is taken, what is refused, and that a refusal changes nothing."""

import hashlib
import re
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge.documents import arriving, handing_in
from lti_bridge.documents.arriving import Arrival
from lti_bridge.documents.content import PIECE, KeptContent
from lti_bridge.documents.rules import rules_of
from lti_bridge.errors import NotTaken
from lti_bridge.models import Attempt, AttemptState, Document, DocumentPiece, DocumentState
from lti_bridge.pages.access import grant
from tests.documents.desk import Desk
from tests.documents.pretend import PDF, office, open_document, packed, past

pytestmark = pytest.mark.django_db


def test_a_document_is_kept_sealed_and_promised(desk: Desk, client: Client) -> None:
    large = PDF + bytes(range(256)) * 9000
    document = desk.handed_in(client, large, title="On bridges")
    assert document.state == DocumentState.RECEIVED and document.next_try_at
    assert (document.title, document.file_name, document.size) == ("On bridges", "essay.pdf", len(large))
    assert document.sha256 == hashlib.sha256(large).hexdigest()
    assert document.media_type == "application/pdf"
    assert b"".join(KeptContent(document).pieces()) == large
    pieces = list(DocumentPiece.objects.order_by("number"))
    assert len(pieces) == -(-len(large) // PIECE)
    assert not any(PDF[:20] in bytes(piece.sealed) for piece in pieces)
    assert desk.attempt().state == AttemptState.SUBMITTED


def test_the_receipt_says_what_was_handed_in_and_stays_within_reach(desk: Desk, client: Client) -> None:
    record = desk.launch()
    response = desk.hand_in(client, record=record, json=False, title="On bridges")
    assert response.status_code == 303
    document = Document.objects.get()
    page = client.get(response["Location"]).content.decode()
    for told in (document.sha256, document.reference, "essay.pdf", "On bridges", "This is your receipt"):
        assert told in page
    own = client.get(reverse("learner", kwargs={"access": grant(record)})).content.decode()
    assert f'/documents/{document.pk}"' in own


def test_a_script_is_told_where_the_receipt_is(desk: Desk, client: Client) -> None:
    told = desk.hand_in(client).json()
    assert client.get(told["see"]).status_code == 200


def test_a_launch_of_a_learner_leads_to_the_form(desk: Desk, client: Client) -> None:
    record = desk.course.launch(desk.course.alice)
    response = client.post(reverse("learner-open", kwargs={"access": grant(record)}))
    assert response.status_code == 303
    page = client.get(response["Location"]).content.decode()
    assert 'enctype="multipart/form-data"' in page and "docx" in page and "5.0\N{NO-BREAK SPACE}MB" in page
    # What shows that all of it arrived comes last.
    assert page.index('name="title"') < page.index('name="file"') < page.index('name="whole"')


def test_written_text_becomes_a_text_file(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client, name="", title="On bridges", text="Bridges are long.\r\nSome are not.")
    assert (document.file_name, document.media_type, document.words) == ("On bridges.txt", "text/plain", 6)
    assert b"".join(KeptContent(document).pieces()).startswith(b"Bridges are long.")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a.pdf", "a (document)"),
        ("essay.pdf", "essay"),
        ("a_longer_name.pdf", "a longer name"),
        ("x" * 300 + ".pdf", "x" * 115),
    ],
)
def test_a_title_that_is_left_empty_comes_from_the_file(desk: Desk, client: Client, name: str, title: str) -> None:
    made = desk.handed_in(client, name=name).title
    assert made.startswith(title[:100]) and 5 <= len(made) <= 190


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED = {
    "0 bytes": ("essay.pdf", b"", {}, "empty"),
    "over the limit": ("essay.pdf", PDF + bytes(6 << 20), {}, "too large"),
    "a type that is not allowed": ("run.exe", b"MZ" + bytes(100), {}, "is of a type that is not taken"),
    "no type at all": ("essay", PDF, {}, "is of a type that is not taken"),
    "a type that only looks allowed": ("essay\u202efdp.exe", b"MZ", {}, "is of a type that is not taken"),
    "a macro document by name": ("essay.docm", office(), {}, "is of a type that is not taken"),
    "a program that calls itself PDF": ("essay.pdf", b"MZ" + bytes(5000), {}, "Save it once more as PDF, or choose"),
    "a picture that calls itself text": ("essay.txt", b"\x89PNG\r\n\x1a\n", {}, "not what its name says"),
    "a zero byte far down in a text": ("essay.txt", b"a" * 2_000_000 + b"\x00", {}, "once more as TXT"),
    "a spreadsheet that calls itself a document": ("essay.docx", office("xl/"), {}, "Save it once more as DOCX"),
    "a zip that is none": ("essay.docx", b"PK\x03\x04" + bytes(500), {}, "damaged"),
    "a zip that is cut off": ("essay.docx", office(text="word " * 9000)[:-200], {}, "damaged"),
    "macros inside": ("essay.docx", office(word__vbaProject_dot_bin=b"x"), {}, "macros"),
    "macros declared": (
        "essay.docx",
        packed(
            {
                "[Content_Types].xml": b'<Types><a ContentType="application/vnd.ms-word.macroEnabled"/></Types>',
                "word/document.xml": b"<a/>",
            }
        ),
        {},
        "macros",
    ),
    "macros of the older Office, in another case": (
        "essay.doc",
        OLD + bytes(5000) + "_vba_Project".encode("utf-16-le") + bytes(40),
        {},
        "macros",
    ),
    "macros of the older Office, with more behind the name's end": (
        "essay.doc",
        OLD + bytes(5000) + "_VBA_PROJECT\0zzz".encode("utf-16-le") + bytes(40),
        {},
        "macros",
    ),
    "macros of the older Office": (
        "essay.doc",
        OLD + bytes(5000) + "_VBA_PROJECT".encode("utf-16-le") + bytes(40),
        {},
        "macros",
    ),
    "scripts in an open document": (
        "essay.odt",
        packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>", "Basic/m.xml": b""}),
        {},
        "macros",
    ),
    "another file packed inside": ("essay.docx", office(word__more_dot_zip=b"PK"), {}, "packed file inside"),
    "a zip bomb": ("essay.docx", office(word__media=bytes(80 << 20)), {}, "unpacks to more"),
    "a title that is too short": ("essay.pdf", PDF, {"title": "abcd"}, "between 5 and 190 characters; it has 4"),
    "a title that is too long": ("essay.pdf", PDF, {"title": "a" * 191}, "it has 191"),
    "nothing": ("", b"", {}, "Choose a file, or write your text"),
    "a file and a text": ("essay.pdf", PDF, {"text": "Bridges are long."}, "hand in one of the two"),
    "a request that was cut off": ("essay.pdf", PDF, {"whole": ""}, "did not arrive as a whole"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_why_keeps_the_title_and_changes_nothing(desk: Desk, client: Client, case: str) -> None:
    name, content, fields, sentence = REFUSED[case]
    record = desk.launch()
    fields = {"title": "A typed title", **fields}
    response = desk.hand_in(client, content, name, record=record, json=False, **fields)
    page = response.content.decode()
    assert response.status_code == 422 and sentence in page
    assert f'value="{fields["title"]}"' in page
    assert not Document.objects.exists() and not DocumentPiece.objects.exists()
    assert desk.attempt().state == AttemptState.OPENED
    # And the next one is taken.
    assert desk.hand_in(client, record=record).status_code == 200


def test_all_that_is_wrong_is_said_at_once(desk: Desk, client: Client) -> None:
    problems = desk.hand_in(client, b"MZ", "essay.pdf", title="abc").json()["problems"]
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("essay.docx", office(text="only three words")),
        ("essay.odt", open_document("only three words")),
        ("essay.txt", b"only three words"),
        ("essay.html", b"<html><script>not these words at all</script><p>only three<br>words"),
    ],
)
def test_too_few_words_are_counted_where_they_can_be(desk: Desk, client: Client, name: str, content: bytes) -> None:
    desk.vendor.rules["min_words"] = 4
    assert "has 3 words; at least 4" in desk.hand_in(client, content, name).json()["problems"][0]
    desk.vendor.rules["min_words"] = 3
    assert desk.handed_in(client, content, name).words == 3


def test_words_that_cannot_be_counted_are_no_reason_to_refuse(desk: Desk, client: Client) -> None:
    desk.vendor.rules["min_words"] = 1000
    assert desk.handed_in(client).words is None


def test_after_the_due_date_nothing_is_taken(desk: Desk, client: Client) -> None:
    desk.vendor.rules["due_at"] = past()
    record = desk.launch()
    page = client.get(reverse("hand-in", kwargs={"access": grant(record)})).content.decode()
    assert "time for handing in was over" in page and "<form" not in page
    assert desk.hand_in(client, record=record).json()["problems"] == ["The time for handing in is over."]
    assert not Document.objects.exists()


def test_before_the_due_date_it_is_shown(desk: Desk, client: Client) -> None:
    desk.vendor.rules["due_at"] = timezone.now() + timedelta(days=2)
    page = client.get(reverse("hand-in", kwargs={"access": grant(desk.launch())})).content.decode()
    assert "<form" in page and "<dt>Due</dt>" in page


def test_a_second_document_of_an_attempt_is_not_taken(desk: Desk, client: Client) -> None:
    """A double click: whichever arrives second finds the attempt handed in."""
    record = desk.launch()
    desk.handed_in(client, record=record)
    response = desk.hand_in(client, record=record, json=False)
    assert response.status_code == 303 and response["Location"].endswith("/learner")
    assert Document.objects.count() == 1


def test_who_never_saw_the_receipt_is_led_to_it(desk: Desk, client: Client) -> None:
    """The line broke after everything was kept; the same document is sent once more, by a script or by hand."""
    record = desk.launch()
    desk.handed_in(client, record=record)
    assert desk.hand_in(client, record=record).json()["see"].endswith("/learner")
    assert Document.objects.count() == 1


def test_who_teaches_cannot_hand_in(desk: Desk, client: Client) -> None:
    record = desk.course.launch(desk.course.ines, instructor=True)
    assert client.get(reverse("hand-in", kwargs={"access": grant(record)})).status_code == 403


def test_the_body_of_a_stranger_is_not_read(desk: Desk, client: Client) -> None:
    """Neither without a pass, nor from another site's page: the file would be written down for whoever sends it."""
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert desk.hand_in(client, headers=elsewhere).status_code == 403
    path = reverse("hand-in", kwargs={"access": "forged"})
    response = client.post(path, {"file": _file(), "whole": "yes"})
    assert response.status_code == 403
    assert not DocumentPiece.objects.exists() and not Document.objects.exists()


def test_only_so_many_may_arrive_at_once(desk: Desk, client: Client) -> None:
    record = desk.launch()
    with ExitStack() as stack:
        # Whether anything of their files is here yet does not matter.
        for _ in range(arriving.AT_ONCE):
            assert stack.enter_context(Arrival(desk.attempt(), rules_of(desk.activity))).problem is None
        for fields in ({}, {"name": "", "text": "Written."}):
            assert "still arriving" in desk.hand_in(client, record=record, **fields).json()["problems"][0]
    assert desk.hand_in(client, record=record).status_code == 200


def test_what_processes_that_died_left_keeps_nobody_out(desk: Desk, client: Client) -> None:
    record = desk.launch()
    for number in range(arriving.AT_ONCE):
        row = Document.objects.create(attempt=desk.attempt(), reference=f"r{number}")
        Document.objects.filter(pk=row.pk).update(touched_at=timezone.now() - arriving.SILENCE)
    assert desk.hand_in(client, record=record).status_code == 200


def test_what_goes_on_arriving_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.launch()
    with Arrival(desk.attempt(), rules_of(desk.activity)) as arrival:
        arrival.begin("essay.pdf")
        long_ago = timezone.now() - timedelta(hours=1)
        Document.objects.update(touched_at=long_ago)
        arrival.take(PDF)
        assert Document.objects.get().touched_at == long_ago
        monkeypatch.setattr(arriving, "TOUCH_SECONDS", 0)
        arrival.take(PDF)
        assert Document.objects.get().touched_at > long_ago


def test_a_request_that_began_in_time_does_not_stretch_it(desk: Desk) -> None:
    desk.launch()
    rules = replace(rules_of(desk.activity), due_at=timezone.now() + timedelta(milliseconds=50))
    with Arrival(desk.attempt(), rules) as file, Arrival(desk.attempt(), rules) as text:
        time.sleep(0.1)
        with pytest.raises(NotTaken, match="too_late"):
            file.begin("essay.pdf")
        with pytest.raises(NotTaken, match="too_late"):
            handing_in.hand_in(text, rules, title="", text="Written.")


def test_a_second_file_and_other_fields_are_read_past(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client, other=_file(), zzz=_file())
    assert document.size == len(PDF) and Document.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("C:\\Users\\alice\\essay.pdf", "essay.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("a\u202eb\u200bc\x07d.pdf", "abcd.pdf"),
        ("n" * 400 + ".pdf", "n" * 116 + ".pdf"),
        ("con.pdf", "_con.pdf"),
    ],
)
def test_names_are_kept_without_what_does_harm(desk: Desk, client: Client, told: str, kept: str) -> None:
    assert desk.handed_in(client, name=told).file_name == kept


def test_nothing_is_named_in_the_address_or_kept_by_a_cache(desk: Desk, client: Client) -> None:
    response = client.get(reverse("hand-in", kwargs={"access": grant(desk.launch())}))
    assert response["Cache-Control"] == "no-store" and response["Referrer-Policy"] == "no-referrer"
    assert re.search(r"form-action 'self'", response["Content-Security-Policy"])


def test_before_it_is_handed_in_it_is_said_where_it_goes(desk: Desk, client: Client) -> None:
    desk.vendor.rules["told"] = ("Your name goes along with it.", "It is compared with other texts.")
    record = desk.launch()
    record.details["return_url"] = "https://lms.example.edu/course"
    record.save()
    page = client.get(reverse("hand-in", kwargs={"access": grant(record)})).content.decode()
    assert "goes to Pretend. Your name goes along with it. It is compared with other texts." in page
    assert 'href="https://lms.example.edu/course">Back to the course' in page


def test_after_the_due_date_it_is_said_whom_to_ask(desk: Desk, client: Client) -> None:
    desk.vendor.rules["due_at"] = past()
    desk.activity.max_attempts = 1
    desk.activity.save()
    record = desk.launch()
    with timezone.override("Europe/Zurich"):
        page = client.get(reverse("hand-in", kwargs={"access": grant(record)})).content.decode()
    assert "Ask your teacher if you need more time" in page and "After this one" not in page
    assert "(Europe/Zurich)" in page


# --- another one after it -------------------------------------------------------------------


def checked(desk: Desk, client: Client, **fields: object) -> Document:
    """Alice's first document, checked; from then on another one is open to her."""
    made = desk.handed_in(client, title="The first of two", **fields)
    Document.objects.filter(pk=made.pk).update(state=DocumentState.PASSED_ON)
    Attempt.objects.update(state=AttemptState.GRADED)
    Attempt.objects.create(
        learner=desk.course.alice, resource_link=desk.course.link, activity=desk.activity, number=2, state="opened"
    )
    return Document.objects.get(pk=made.pk)


@pytest.mark.parametrize("name", ["learner", "hand-in"])
def test_what_was_handed_in_before_stays_within_reach(desk: Desk, client: Client, name: str) -> None:
    document = checked(desk, client)
    Document.objects.update(released_at=timezone.now())
    page = client.get(desk.course.inside(name, desk.course.alice)).content.decode()
    for told in ("The first of two", ">checked<", f'/documents/{document.pk}"', f'/documents/{document.pk}/report"'):
        assert told in page
    assert "Ready when you are" not in page and "not handed in" not in page


def test_the_form_leads_back_to_what_was_handed_in(desk: Desk, client: Client) -> None:
    assert b"Back to what you handed in" not in client.get(desk.course.inside("hand-in", desk.course.alice)).content
    checked(desk, client)
    assert b"Back to what you handed in" in client.get(desk.course.inside("hand-in", desk.course.alice)).content


@pytest.mark.parametrize("name", ["learner", "hand-in"])
def test_after_the_due_date_what_was_handed_in_before_counts(desk: Desk, client: Client, name: str) -> None:
    document = checked(desk, client)
    desk.vendor.rules["due_at"] = past()
    page = client.get(desk.course.inside(name, desk.course.alice)).content.decode()
    assert "What counts is “The first of two”" in page and f'/documents/{document.pk}"' in page
    assert "<form" not in page and "not handed in" not in page


def test_what_was_refused_does_not_count(desk: Desk, client: Client) -> None:
    checked(desk, client)
    Document.objects.update(state=DocumentState.REFUSED)
    desk.vendor.rules["due_at"] = past()
    for name in ("learner", "hand-in"):
        page = client.get(desk.course.inside(name, desk.course.alice)).content.decode()
        assert "What counts is" not in page and "Ask your teacher" in page


def _file() -> object:

    return SimpleUploadedFile("other.pdf", PDF)
