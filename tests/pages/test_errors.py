"""Error pages: a sentence, what to do, a reference that stands in the log."""

import re

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from lti_bridge.errors import CannotOpen
from lti_bridge.pages import errors
from tests.pages.course import PAYLOAD, Course

REFERENCE = re.compile(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}")


@pytest.fixture
def middleware():
    return errors.ErrorPageMiddleware(lambda request: None)


def test_an_error_says_what_happened_what_to_do_and_bears_a_reference(client: Client, db, settings) -> None:
    settings.SUPPORT_CONTACT = "help@example.edu"
    response = client.get("/inside/forged/learner")
    page = response.content.decode()
    assert response.status_code == 403
    for text in ("This page has expired.", "Open the link again from your course.", "help@example.edu"):
        assert text in page
    assert REFERENCE.search(page)


def test_the_reference_of_the_page_stands_in_the_log_and_the_pass_does_not(client: Client, db) -> None:
    with capture_logs() as logs:
        client.get("/inside/forged/learner")
    entry = next(each for each in logs if each["event"] == "error_page")
    assert entry["code"] == "page_expired"
    assert "forged" not in str(entry)


def test_an_error_inside_an_lms_can_be_seen_there_and_elsewhere_cannot_be_framed(client: Client, db) -> None:
    assert "frame-ancestors 'self' *" in client.get("/inside/x/learner")["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/nowhere")["Content-Security-Policy"]


def test_the_detail_of_an_error_is_not_shown(rf: RequestFactory, middleware) -> None:
    error = CannotOpen("oh", PAYLOAD, PAYLOAD, detail="secret detail")
    page = middleware.process_exception(rf.get("/"), error).content.decode()
    assert "secret detail" not in page
    assert "<script>alert" not in page and "<img" not in page


def test_an_error_without_words_gets_some(rf: RequestFactory, middleware) -> None:
    response = middleware.process_exception(rf.get("/"), CannotOpen("oh"))
    assert response.status_code == 422
    assert "This could not be done." in response.content.decode()


def test_a_database_that_is_away_is_503_and_says_when_to_come_again(rf: RequestFactory, middleware) -> None:
    response = middleware.process_exception(rf.get("/"), OperationalError("gone"))
    assert (response.status_code, response["Retry-After"]) == (503, "30")


def test_other_faults_are_left_to_django(rf: RequestFactory, middleware) -> None:
    assert middleware.process_exception(rf.get("/"), ValueError()) is None


def test_the_page_of_our_own_fault_needs_no_database(rf: RequestFactory) -> None:
    # No database fixture: any query would fail the test.
    request = rf.get("/")
    assert errors.server_error(request).status_code == 500
    try:
        raise OperationalError("gone")
    except OperationalError:
        assert errors.server_error(request).status_code == 503


@pytest.mark.parametrize(
    ("handler", "status"), [(errors.bad_request, 400), (errors.forbidden, 403), (errors.not_found, 404)]
)
def test_the_other_handlers_answer_with_their_status(rf: RequestFactory, handler, status: int) -> None:
    assert handler(rf.get("/"), Exception("inner words")).status_code == status


def test_pages_of_every_kind_bear_no_inline_script_or_style(course: Course, client: Client) -> None:
    course.graded(course.alice)
    for address in (
        course.inside("learner", course.alice),
        course.inside("roster"),
        course.inside("choose-activity"),
        "/inside/x/learner",
    ):
        page = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|https?://", page), address
