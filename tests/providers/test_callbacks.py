"""Call backs and returning browsers: kept, never believed, harmless when repeated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from lti_bridge import flow
from lti_bridge.models import Activity, Attempt, Cell, EventSource, Grade, ProviderEvent
from tests.relay.sitting import message, other_account, send, sit
from tests.world import RETURN_URL, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def attempt(world):
    return sit(world)


def address(attempt, what="done", provider="isograd", account="isograd-test"):
    return f"/callbacks/{provider}/{account}/{attempt.key}/{what}"


def done(attempt, query="", **more):
    return Client().get(address(attempt) + query, **more)


def came_back(attempt, **told):
    return Client().get(address(attempt, "return"), told)


# --- call backs -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_call_back_is_answered_and_kept_and_ends_the_attempt(attempt, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(address(attempt) + "?x=1")
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain")
    assert "no-store" in response["Cache-Control"]
    event = ProviderEvent.objects.get()
    assert (event.source, event.attempt, event.raw_query, event.state) == (EventSource.CALLBACK, attempt, "x=1", "read")
    assert event.reference
    attempt.refresh_from_db()
    assert attempt.state == "submitted"
    assert attempt.ended_at


@pytest.mark.parametrize("query", ["?score=1", "?num_val=1000&max_val=1000", "?grade=100&sta_id=3"])
def test_no_score_is_ever_read_from_a_call_back(attempt, query):
    """SEC-G3"""
    assert done(attempt, query).status_code == 200
    assert Grade.objects.count() == 0


def test_the_key_belongs_to_one_account_of_one_provider(world, attempt):
    other_account(world)
    for provider, account in (("isograd", "isograd-other"), ("isograd", "nobody"), ("campfire", "isograd-test")):
        response = Client().get(address(attempt, "done", provider, account))
        assert (response.status_code, response["Content-Type"]) == (404, "text/plain")
        assert Client().get(address(attempt, "return", provider, account)).status_code == 404
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("key", ["a.0", "ä", "x" * 300, "a%00b"])
def test_an_unknown_key_is_not_found(attempt, key):
    assert Client().get(f"/callbacks/isograd/isograd-test/{key}/done").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "options"])
def test_other_methods_are_refused(attempt, method):
    assert getattr(Client(), method)(address(attempt)).status_code == 405


@pytest.mark.parametrize("what", ["done", "return"])
def test_long_queries_are_cut_and_bodies_are_not_kept(attempt, what):
    Client().post(address(attempt, what) + "?" + "q" * 9000, data=b"b" * 100_000, content_type="text/plain")
    event = ProviderEvent.objects.get()
    assert (len(event.raw_query), event.raw_body) == (4096, "")


@pytest.mark.parametrize("query", ["\xff\xfe", "a\0b", "é", "%00"])
def test_any_query_can_be_kept(attempt, query):
    assert Client().get(address(attempt), QUERY_STRING=query).status_code == 200
    assert ProviderEvent.objects.get().raw_query


def test_repeated_hints_are_answered_without_a_row_for_ten_seconds(attempt):
    start = timezone.now()
    for seconds, rows in ((0, 1), (1, 1), (9, 1), (11, 2), (12, 2)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert done(attempt).status_code == 200
            assert ProviderEvent.objects.count() == rows


def test_another_attempt_and_another_kind_of_hint_are_kept_beside(world, attempt):
    done(attempt)
    done(sit(world, user_id="bob-2"))
    came_back(attempt)
    assert ProviderEvent.objects.count() == 3


def test_a_late_call_back_takes_no_grade_away(attempt):
    send(message(attempt.key, "0.8"))
    done(attempt)
    attempt.refresh_from_db()
    assert attempt.state == "graded"
    assert Grade.objects.count() == 1


def test_a_hint_we_fail_to_read_is_kept_for_the_sweep(attempt, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(flow, "record", lambda *args: 1 / 0)
        assert done(attempt).status_code == 200
    event = ProviderEvent.objects.get()
    assert event.state == "received"
    flow.understand(event)
    attempt.refresh_from_db()
    assert attempt.state == "submitted"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_call_backs_at_once_have_one_effect(attempt):
    """F20"""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads share no lock on a database in memory")

    def call(_number):
        try:
            return done(attempt).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(call, range(100))) == {200}
    assert ProviderEvent.objects.count() == 1
    attempt.refresh_from_db()
    assert attempt.state == "submitted"


# --- returning browsers ---------------------------------------------------------------------


@pytest.fixture
def cell(world, attempt):
    """Where the LMS says that the grade of the attempt goes."""
    return Cell.objects.create(
        learner=attempt.learner,
        resource_link=attempt.resource_link,
        platform=world.platform,
        lti11=world.lti11,
        outcome_service_url="https://lms.example.edu/service",
        result_sourcedid="alice",
    )


def test_the_browser_is_told_that_the_grade_is_on_its_way(attempt, cell):
    response = came_back(attempt, lti_msg="Well done.")
    page = response.content.decode()
    assert response.status_code == 200
    assert "on its way" in page
    assert "Well done." in page
    assert RETURN_URL in page
    assert response["Referrer-Policy"] == "no-referrer"
    assert "https://lms.example.edu" in response["Content-Security-Policy"]
    assert ProviderEvent.objects.get().source == EventSource.RETURN


@pytest.mark.parametrize(
    ("state", "stands", "says"),
    [
        # before the result of this attempt is here
        ("submitted", {"state": "needs_action"}, "cannot reach the gradebook at the moment"),
        ("opened", {"state": "needs_action"}, "cannot reach the gradebook at the moment"),
        ("submitted", {"state": "held", "held": True}, "kept here until your teacher releases it"),
        ("submitted", {"state": "delivered"}, "on its way to your course"),
        ("submitted", {"state": "empty", "result_sourcedid": ""}, "has not said yet where it goes"),
        # afterwards
        ("graded", {"state": "needs_action"}, "has not reached the gradebook"),
        ("graded", {"state": "pending"}, "on its way to the gradebook"),
        ("graded", {"state": "delivered"}, "is in the gradebook of your course"),
        ("graded", {"state": "held", "held": True}, "Your teacher releases the results"),
        # when there will be none
        ("cancelled", {"state": "empty"}, "It does not count"),
        ("failed", {"state": "empty"}, "Something went wrong with the test"),
    ],
)
def test_the_browser_is_told_what_is_true_of_the_result(attempt, cell, state, stands, says):
    Attempt.objects.update(state=state)
    Cell.objects.update(**stands)
    page = came_back(attempt).content.decode()
    assert says in page
    assert ("on its way" in page) is ("on its way" in says)


def test_no_promise_is_made_where_the_course_told_no_address(attempt):
    page = came_back(attempt).content.decode()
    assert "on its way" not in page and "has not said yet where it goes" in page


def test_no_promise_is_made_where_grades_wait_for_their_release(attempt, cell):
    Activity.objects.update(release="manual")
    assert "until your teacher releases it" in came_back(attempt).content.decode()


def test_the_browser_is_told_when_something_went_wrong(attempt):
    page = came_back(attempt, lti_errormsg="No more credits.").content.decode()
    assert "No more credits." in page
    assert "on its way" not in page


def test_messages_are_shown_as_text_and_cut(attempt):
    """C11-24, SEC-B5"""
    page = came_back(attempt, lti_msg="<script>alert(1)</script>" + "x" * 10_000).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert 400 < page.count("x") < 520


def test_logs_go_to_the_log_cut_and_on_one_line(attempt, caplog):
    """C11-24"""
    caplog.set_level("INFO")
    page = came_back(attempt, lti_log="seen\nforged line", lti_errorlog="y" * 10_000).content.decode()
    assert "seen forged line" in caplog.text
    assert 500 <= caplog.text.count("y" * 500) * 500 < 1000
    assert "seen" not in page


def test_coming_back_changes_nothing_and_may_be_repeated_by_anybody(attempt):
    """C11-25"""
    before = Attempt.objects.values().get()
    for _ in range(3):
        assert came_back(attempt, lti_msg="again").status_code == 200
    assert Attempt.objects.values().get() == before
    assert ProviderEvent.objects.count() == 1


def test_the_browser_is_let_go_when_the_launch_is_forgotten(attempt):
    attempt.launch.delete()
    response = came_back(attempt)
    assert response.status_code == 200
    assert RETURN_URL not in response.content.decode()
