"""Scores that tools post (section B6 of the conformance list): what counts, what is refused, and in which order."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from lti_bridge import flow, refused_messages, tasks
from lti_bridge.errors import AlreadyReceived
from lti_bridge.models import (
    Attempt,
    AttemptState,
    Cell,
    EventSource,
    EventState,
    Grade,
    ProviderEvent,
    ProviderLineItem,
    ProviderScore,
    RefusedMessages,
)
from lti_bridge.relay import json_body, scores
from lti_bridge.relay.problems import ServiceProblem
from tests.relay.sitting import sit
from tests.relay.tool13 import (
    SCORE_TYPE,
    Course13,
    launched,
    make_course13,
    moment,
    other_tool,
    score,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course13:
    return make_course13()


def results(course, at="", query=""):
    response = course.tool.call("GET", f"{at or course.line_item}/results{query}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/vnd.ims.lis.v2.resultcontainer+json"
    return response.json()


def wanted():
    cell = Cell.objects.first()
    return cell.wanted_score if cell else None


def state(attempt):
    return Attempt.objects.get(pk=attempt.pk).state


def nothing_happened():
    return not (ProviderEvent.objects.exists() or ProviderScore.objects.exists() or Grade.objects.exists())


# --- what counts ----------------------------------------------------------------------------


def test_a_final_score_becomes_a_grade(course):
    """P13-AG-09, E2E-01"""
    response = course.post()
    assert (response.status_code, response.json()) == (200, {"resultUrl": f"{course.line_item}/results"})
    grade = Grade.objects.get()
    assert (grade.attempt, grade.score_given, grade.score_maximum) == (course.attempt, 83, 100)
    assert grade.raw_score == "83 of 100"
    assert (state(course.attempt), wanted()) == ("graded", Decimal("0.83"))
    event = ProviderEvent.objects.get()
    assert (event.source, event.state, event.attempt) == (EventSource.SCORE, EventState.READ, course.attempt)
    assert grade.event == event and event.reference


def test_the_message_is_kept_word_for_word(course):
    raw = json.dumps(score(course.attempt, comment="gut – sehr gut"), indent=3, ensure_ascii=False).encode()
    assert course.tool.call("POST", f"{course.line_item}/scores", raw).status_code == 200
    event = ProviderEvent.objects.get()
    assert event.raw_body.encode() == raw
    assert event.raw_query == f"line_item={ProviderLineItem.objects.get().pk}"


@pytest.mark.parametrize(
    ("given", "maximum", "part"),
    [(1, 3, "0.3333333333"), (2, 3, "0.6666666667"), (3.5, 7, "0.5"), (0.25, 0.5, "0.5"), (0, 7, "0")],
)
def test_a_score_brings_its_maximum_along(course, given, maximum, part):
    """E2E-05: whatever the line item's own maximum is; zero is a grade."""
    assert course.post(scoreGiven=given, scoreMaximum=maximum).status_code == 200
    assert wanted() == Decimal(part)


def test_a_score_above_its_maximum_is_taken_as_it_is(course):
    """P13-AG-32, E2E-04"""
    assert course.post(scoreGiven=110, timestamp=moment(-5)).status_code == 200
    assert wanted() == Decimal("1.1")
    assert course.post(scoreGiven=9900).status_code == 200
    assert wanted() == 99


def test_later_scores_go_up_and_down(course):
    """E2E-02"""
    for seconds, given in ((0, 50), (1, 90), (2, 30)):
        assert course.post(scoreGiven=given, timestamp=moment(seconds - 10)).status_code == 200
    assert wanted() == Decimal("0.3")
    assert Grade.objects.count() == 3


def test_no_number_takes_the_score_back(course):
    """P13-AG-33, E2E-03"""
    for clear in (None, ...):
        course.post(timestamp=moment(-20 if clear is None else -10))
        assert wanted() == Decimal("0.83")
        cleared = course.post(scoreGiven=clear, scoreMaximum=None, timestamp=moment(-15 if clear is None else -5))
        assert cleared.status_code == 200
        assert wanted() is None
        assert results(course) == []


def test_a_reset_takes_the_score_back_too(course):
    """lti.md 14.6: how deleteResult is said here."""
    course.post(timestamp=moment(-10))
    reset = {"activityProgress": "Initialized", "gradingProgress": "NotReady", "scoreGiven": None}
    assert course.post(**reset, scoreMaximum=None).status_code == 200
    assert (wanted(), state(course.attempt)) == (None, "opened")


def test_a_test_that_begins_takes_nothing_back_and_brings_nothing(course):
    begins = {"gradingProgress": "NotReady", "scoreGiven": None, "scoreMaximum": None}
    course.post(activityProgress="Initialized", timestamp=moment(-10), **begins)
    course.post(activityProgress="Started", timestamp=moment(-9), **begins)
    assert (wanted(), state(course.attempt), Grade.objects.count()) == (None, "started", 0)


@pytest.mark.parametrize(
    ("grading", "activity", "stands"),
    [
        ("Pending", "Completed", "submitted"),
        ("PendingManual", "Completed", "marking"),
        ("PendingManual", "Submitted", "marking"),
        ("Failed", "Completed", "submitted"),
        ("NotReady", "InProgress", "started"),
        ("Pending", "InProgress", "started"),
        ("NotReady", "Submitted", "submitted"),
    ],
)
def test_a_score_that_is_not_final_is_kept_and_goes_no_further(course, grading, activity, stands):
    """P13-AG-39, E2E-06"""
    part = course.post(gradingProgress=grading, activityProgress=activity, timestamp=moment(-10))
    assert part.status_code == 200
    kept = ProviderScore.objects.get()
    assert (kept.score_given, kept.grading_progress) == (83, grading)
    assert (wanted(), state(course.attempt), Grade.objects.count()) == (None, stands, 0)
    assert results(course) == []
    assert course.post(scoreGiven=90).status_code == 200
    assert wanted() == Decimal("0.9")


def test_a_comment_is_kept_until_one_without_comes(course):
    """P13-AG-34"""
    for number, (comment, shown) in enumerate(
        [("Well <b>done</b>", "Well <b>done</b>"), (None, None), ("a", "a"), ("  ", None), ("b", "b"), (..., None)]
    ):
        assert course.post(comment=comment, timestamp=moment(number - 20)).status_code == 200
        (result,) = results(course)
        assert result.get("comment") == shown


def test_unknown_members_are_ignored(course):
    """P13-AG-48"""
    canvas = {"https://canvas.instructure.com/lti/submission": {"new_submission": True}, "extra": [None]}
    assert course.post(**canvas).status_code == 200


def test_who_scored_is_kept_in_the_tools_words(course):
    """P13-AG-50"""
    assert course.post(scoringUserId="teacher ünï").status_code == 200
    assert results(course)[0]["scoringUserId"] == "teacher ünï"


def test_times_of_the_submission_are_looked_at(course):
    """P13-AG-49"""
    whole = {"startedAt": "2026-01-31T09:00:00Z", "submittedAt": "2026-01-31T09:30:00+01:00"}
    assert course.post(submission=whole).status_code == 400
    whole["submittedAt"] = "2026-01-31T10:00:00+01:00"
    assert course.post(submission=whole).status_code == 200
    for odd in ({}, {"startedAt": None}):
        assert course.post(submission=odd, timestamp=moment(len(odd) + 1)).status_code == 200


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"userId": None}, id="P13-AG-28 userId"),
        pytest.param({"activityProgress": None}, id="P13-AG-28 activityProgress"),
        pytest.param({"gradingProgress": None}, id="P13-AG-28 gradingProgress"),
        pytest.param({"timestamp": None}, id="P13-AG-28 timestamp"),
        pytest.param({"userId": ...}, id="P13-AG-28 userId null"),
        pytest.param({"userId": ""}, id="P13-AG-28 userId empty"),
        pytest.param({"userId": 7}, id="P13-AG-28 userId number"),
        pytest.param({"userId": "\x00"}, id="P13-AG-28 userId NUL"),
        pytest.param({"activityProgress": "completed"}, id="P13-AG-29 lower case"),
        pytest.param({"activityProgress": "Done"}, id="P13-AG-29 unknown"),
        pytest.param({"activityProgress": ["Completed"]}, id="P13-AG-29 list"),
        pytest.param({"gradingProgress": "fullyGraded"}, id="P13-AG-29 camel case"),
        pytest.param({"gradingProgress": ""}, id="P13-AG-29 empty"),
        pytest.param({"scoreMaximum": None}, id="P13-AG-30"),
        pytest.param({"scoreMaximum": ...}, id="P13-AG-30 null"),
        pytest.param({"scoreMaximum": 0}, id="P13-AG-30 zero"),
        pytest.param({"scoreMaximum": -1}, id="P13-AG-30 negative"),
        pytest.param({"scoreMaximum": "100"}, id="P13-AG-30 text"),
        pytest.param({"scoreGiven": -1}, id="P13-AG-31 negative"),
        pytest.param({"scoreGiven": "9"}, id="P13-AG-31 text"),
        pytest.param({"scoreGiven": True}, id="P13-AG-31 boolean"),
        pytest.param({"scoreGiven": [9]}, id="P13-AG-31 list"),
        pytest.param({"scoreGiven": float("nan")}, id="P13-AG-31 NaN"),
        pytest.param({"scoreGiven": float("inf")}, id="P13-AG-31 Infinity"),
        pytest.param({"scoreGiven": 10**9}, id="P13-AG-31 endless"),
        pytest.param({"scoreGiven": 9901}, id="P13-AG-32 beyond all measure"),
        pytest.param({"scoreGiven": 10**40}, id="P13-AG-31 beyond every column"),
        pytest.param({"timestamp": "2026-01-31T09:00:00"}, id="P13-AG-36 no zone"),
        pytest.param({"timestamp": "2026-01-31"}, id="P13-AG-36 date"),
        pytest.param({"timestamp": "31.01.2026 09:00Z"}, id="P13-AG-36 other form"),
        pytest.param({"timestamp": 1769850000}, id="P13-AG-36 number"),
        pytest.param({"timestamp": "2026-13-01T09:00:00Z"}, id="P13-AG-36 month 13"),
        pytest.param({"timestamp": "2026-02-30T09:00:00Z"}, id="P13-AG-36 30 February"),
        pytest.param({"timestamp": "2026-01-31T09:00:00+99:00"}, id="P13-AG-36 no such zone"),
        pytest.param({"timestamp": "9999-12-31T23:59:59Z"}, id="P13-AG-36 year 9999"),
        pytest.param({"timestamp": "9999-12-31T23:59:59-23:59"}, id="P13-AG-36 beyond all years"),
        pytest.param({"timestamp": "0001-01-01T00:00:00+23:59"}, id="P13-AG-36 before all years"),
        pytest.param({"timestamp": ""}, id="P13-AG-36 empty"),
        pytest.param({"timestamp": "٢٠٢٦-01-31T09:00:00Z"}, id="P13-AG-36 other digits"),
        pytest.param({"submission": "x"}, id="P13-AG-49 text"),
        pytest.param({"submission": {"startedAt": "soon"}}, id="P13-AG-49 no time"),
        pytest.param({"scoringUserId": ...}, id="P13-AG-50 null"),
        pytest.param({"scoringUserId": 7}, id="P13-AG-50 number"),
        pytest.param({"comment": 7}, id="comment number"),
        pytest.param({"comment": "a\x00b"}, id="comment NUL"),
        pytest.param({"comment": "x" * 10_001}, id="comment endless"),
    ],
)
def test_a_score_that_is_not_whole_is_refused_and_nothing_is_kept(course, change):
    """P13-AG-28 to -31, -36, -49, -50"""
    response = course.post(**change)
    assert (response.status_code, response.json()["title"]) == (400, "malformed")
    assert any(word in response.json()["detail"] for word in (next(iter(change)), "startedAt", "JSON"))
    assert nothing_happened()


def test_a_number_that_json_writes_and_nothing_holds_is_refused(course):
    """P13-AG-31"""
    raw = json.dumps(score(course.attempt)).replace("83", "1e999").encode()
    assert course.tool.call("POST", f"{course.line_item}/scores", raw).status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("2026-01-31T09:00:00Z", id="Z"),
        pytest.param("2026-01-31T09:00:00+00:00", id="+00:00"),
        pytest.param("2026-01-31T09:00:00+00", id="+00"),
        pytest.param("2026-01-31T14:30:00+05:30", id="+05:30"),
        pytest.param("2026-01-31T14:30:00+0530", id="+0530"),
        pytest.param("2026-01-31T09:00:00.123456Z", id="micro"),
        pytest.param("2026-01-31T09:00:00.123456789Z", id="nano"),
        pytest.param("2026-01-31T09:00:00.1Z", id="tenth"),
        pytest.param("2026-01-31T09:00Z", id="no seconds"),
    ],
)
def test_times_are_taken_as_iso_8601_has_them(course, written):
    """P13-AG-35"""
    assert course.post(timestamp=written).status_code == 200
    kept = ProviderScore.objects.get().timestamp
    assert kept.replace(microsecond=0) == datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert Grade.objects.get().reported_at == kept


def test_a_clock_that_is_ahead_is_refused_with_a_hint_and_locks_nothing_out(course):
    """E2E-15"""
    response = course.post(timestamp=moment(600))
    assert response.status_code == 400 and "clock" in response.json()["detail"]
    assert nothing_happened()
    noted = RefusedMessages.objects.get(account=course.world.account)
    assert "ahead of our clock" in refused_messages.summary(noted) and 590 < noted.skew <= 600
    assert course.post(timestamp=moment(240)).status_code == 200
    assert course.post(timestamp=moment(290), scoreGiven=90).status_code == 200


def test_a_score_for_somebody_else_is_refused(course):
    """P13-AG-40: Bob sits the same test, at a line item of his own."""
    bob = sit(course.world, user_id="bob-2")
    launched(bob)
    for user_id in ("unknown", course.attempt.learner.user_id, bob.learner.opaque_id, course.attempt.key):
        response = course.post(userId=user_id)
        assert (response.status_code, response.json()["title"]) == (422, "unknown_user")
    assert nothing_happened()


def test_a_cancelled_attempt_is_not_graded(course):
    """BO-S-22, here too"""
    Attempt.objects.update(state=AttemptState.CANCELLED)
    response = course.post()
    assert (response.status_code, response.json()["title"]) == (422, "not_graded_any_more")
    assert nothing_happened()


def test_an_activity_that_is_switched_off_still_takes_its_scores(course):
    course.world.activity.enabled = False
    course.world.activity.save()
    assert course.post().status_code == 200
    assert wanted() == Decimal("0.83")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/vnd.ims.lis.v2.lineitem+json"])
def test_another_content_type_is_refused(course, kind):
    """P13-AG-47"""
    response = course.tool.call("POST", f"{course.line_item}/scores", score(course.attempt), content_type=kind)
    assert response.status_code == 415
    assert nothing_happened()


@pytest.mark.parametrize("kind", ["application/json", f"{SCORE_TYPE}; charset=UTF-8"])
def test_plain_json_is_taken_too(course, kind):
    """P13-AG-47"""
    response = course.tool.call("POST", f"{course.line_item}/scores", score(course.attempt), content_type=kind)
    assert response.status_code == 200


def test_scores_are_written_and_not_read(course):
    """P13-AG-43"""
    response = course.tool.call("GET", f"{course.line_item}/scores")
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_no_score_of_another_tool_is_taken(course):
    """P13-AG-41, SEC-G1, S5"""
    strangers = other_tool(course.world)
    assert strangers.call("POST", f"{course.line_item}/scores", score(course.attempt)).status_code == 404
    assert nothing_happened()


def test_a_query_of_a_line_item_has_no_say(course):
    other = launched(sit(course.world, user_id="bob-2"))
    assert other
    url = f"{course.line_item}/scores?line_item=999"
    assert course.tool.call("POST", url, score(course.attempt)).status_code == 200
    assert Grade.objects.get().attempt == course.attempt


# --- the order of things --------------------------------------------------------------------


def test_an_older_or_equal_time_changes_nothing(course):
    """P13-AG-37"""
    at = moment(-10)
    assert course.post(timestamp=at).status_code == 200
    for later, given in ((at, 90), (moment(-20), 95), (at.replace("Z", "+00:00"), 83)):
        response = course.post(timestamp=later, scoreGiven=given)
        assert (response.status_code, response.json()["title"]) == (409, "not_newer")
    assert wanted() == Decimal("0.83")
    assert (Grade.objects.count(), ProviderEvent.objects.count()) == (1, 1)
    assert results(course)[0]["resultScore"] == 83


def test_the_same_message_again_is_fine_and_has_no_effect(course):
    """P13-AG-37, F20, E2E-08"""
    raw = json.dumps(score(course.attempt)).encode()
    for _ in range(5):
        assert course.tool.call("POST", f"{course.line_item}/scores", raw).status_code == 200
    assert (Grade.objects.count(), ProviderEvent.objects.count(), Cell.objects.get().wanted_version) == (1, 1, 1)


def test_an_old_message_that_comes_again_after_a_newer_one_is_refused(course):
    old = json.dumps(score(course.attempt, timestamp=moment(-10))).encode()
    course.tool.call("POST", f"{course.line_item}/scores", old)
    course.post(scoreGiven=90)
    assert course.tool.call("POST", f"{course.line_item}/scores", old).status_code == 409
    assert wanted() == Decimal("0.9")


def test_the_newest_by_the_tools_own_time_wins_in_any_order_of_reading(course):
    """SEC-G4, F9: two events were kept, and the older one is read last."""
    events = []
    for seconds, given in ((-10, 50), (-5, 90)):
        raw = json.dumps(score(course.attempt, timestamp=moment(seconds), scoreGiven=given))
        query = f"line_item={ProviderLineItem.objects.get().pk}"
        event = flow.receive(
            course.world.account,
            EventSource.SCORE,
            attempt=course.attempt,
            nonce=str(seconds),
            body=raw,
            query=query,
        )
        events.append(event)
    flow.understand(events[1])
    with pytest.raises(ServiceProblem):
        flow.understand(events[0])
    assert wanted() == Decimal("0.9")
    assert Grade.objects.count() == 1


def test_the_order_between_two_that_passed_the_first_look_is_kept_by_the_row(course, monkeypatch):
    """P13-AG-38: both were newer when they came; the one with the later time is understood first."""
    monkeypatch.setattr(scores, "check_order", lambda *args: None)
    assert course.post(timestamp=moment(-1), scoreGiven=90).status_code == 200
    response = course.post(timestamp=moment(-5), scoreGiven=50)
    assert response.status_code == 409
    assert wanted() == Decimal("0.9")
    assert ProviderEvent.objects.order_by("-pk").first().state == EventState.REFUSED


# --- kept first, understood later -----------------------------------------------------------


def test_the_message_is_committed_before_it_is_understood(course, monkeypatch):
    def understand(event):
        assert ProviderEvent.objects.get() == event
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(flow, "understand", understand)
    response = course.post()
    assert (response.status_code, response.json()["title"]) == (500, "fault")
    assert ProviderEvent.objects.get().state == EventState.RECEIVED


@pytest.mark.parametrize("broken", ["lti_bridge.relay.scores.stand", "lti_bridge.flow.record"])
def test_a_crash_before_or_after_the_score_stands_is_made_good_by_the_sweep(course, monkeypatch, broken):
    """F1, F2"""
    with monkeypatch.context() as crash:
        crash.setattr(broken, lambda *args: 1 / 0)
        assert course.post().status_code == 500
    assert Grade.objects.count() == 0
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    assert tasks.read_events() == 1
    assert wanted() == Decimal("0.83")
    assert ProviderScore.objects.get().score_given == 83
    assert ProviderEvent.objects.get().state == EventState.READ
    assert tasks.read_events() == 0


def test_a_message_that_failed_is_understood_when_it_comes_again(course, monkeypatch):
    raw = json.dumps(score(course.attempt)).encode()
    with monkeypatch.context() as crash:
        crash.setattr(flow, "record", lambda *args: 1 / 0)
        assert course.tool.call("POST", f"{course.line_item}/scores", raw).status_code == 500
    assert course.tool.call("POST", f"{course.line_item}/scores", raw).status_code == 200
    assert wanted() == Decimal("0.83")
    assert ProviderEvent.objects.count() == 1


def test_the_sweep_refuses_what_was_overtaken(course, monkeypatch):
    with monkeypatch.context() as crash:
        crash.setattr(flow, "understand", lambda event: 1 / 0)
        course.post(timestamp=moment(-10), scoreGiven=50)
    course.post(scoreGiven=90)
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    assert tasks.read_events() == 0
    assert wanted() == Decimal("0.9")
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {"read", "refused"}


def test_reading_an_event_again_changes_nothing(course):
    course.post()
    for _ in range(3):
        flow.understand(ProviderEvent.objects.get())
    assert (Grade.objects.count(), Cell.objects.get().wanted_version) == (1, 1)


def test_an_event_whose_line_item_is_gone_is_refused(course):
    course.post()
    event = ProviderEvent.objects.get()
    ProviderLineItem.objects.all().delete()
    with pytest.raises(ServiceProblem):
        flow.understand(event)


class Cut:
    """A body that ends before it is whole."""

    def read(self, *args):
        raise OSError("the connection was cut")

    readline = read


def test_a_body_that_does_not_arrive_is_asked_for_again(course, caplog):
    response = Client().generic(
        "POST",
        f"{urlsplit(course.line_item).path}/scores",
        b"",
        CONTENT_TYPE=SCORE_TYPE,
        CONTENT_LENGTH="100",
        HTTP_AUTHORIZATION=f"Bearer {course.tool.token()}",
        **{"wsgi.input": Cut()},
    )
    assert (response.status_code, response.json()["title"]) == (408, "cut")
    assert nothing_happened() and "Traceback" not in caplog.text


def test_no_score_and_no_user_reach_the_log(course, caplog, monkeypatch):
    """S11"""
    course.post(scoreGiven=77.125, comment="canary-comment")
    course.post(scoreGiven=77.125, timestamp="soon")
    monkeypatch.setattr(flow, "record", lambda *args: 1 / 0)
    course.post(scoreGiven=77.125, timestamp=moment(1))
    for canary in ("77.125", "canary-comment", course.attempt.learner.opaque_id, course.attempt.key):
        assert canary not in caplog.text


# --- items of other kinds -------------------------------------------------------------------


def test_scores_at_an_item_that_the_tool_made_are_kept_and_no_grades(course):
    item = {"label": "Draft", "scoreMaximum": 10, "resourceLinkId": course.attempt.key}
    made = course.tool.call("POST", course.line_items, item).json()["id"]
    assert course.post(at=made).status_code == 200
    assert (Grade.objects.count(), Cell.objects.count()) == (0, 0)
    assert ProviderEvent.objects.get().state == EventState.READ
    (result,) = results(course, at=made)
    assert (result["resultScore"], result["resultMaximum"], result["scoreOf"]) == (8.3, 10, made)
    assert results(course) == []
    bob = sit(course.world, user_id="bob-2")
    launched(bob)
    refused = course.tool.call("POST", f"{made}/scores", score(bob))
    assert refused.status_code == 422


def test_an_item_of_the_tool_without_a_link_is_for_everybody_in_the_course(course):
    made = course.tool.call("POST", course.line_items, {"label": "Draft", "scoreMaximum": 10}).json()["id"]
    bob = sit(course.world, user_id="bob-2")
    for attempt in (course.attempt, bob):
        assert course.tool.call("POST", f"{made}/scores", score(attempt)).status_code == 200
    assert len(results(course, at=made)) == 2
    assert course.tool.call("POST", f"{made}/scores", score(bob, userId="stranger")).status_code == 422


class TestWhereALinkIsSharedByAttempts:
    @pytest.fixture
    def course(self):
        return make_course13(link_per_attempt=False)

    def test_a_score_belongs_to_the_learners_newest_attempt(self, course):
        Attempt.objects.update(state="graded")
        newest = sit(course.world)
        bob = sit(course.world, user_id="bob-2")
        assert course.post().status_code == 200
        assert course.tool.call("POST", f"{course.line_item}/scores", score(bob, scoreGiven=20)).status_code == 200
        assert {grade.attempt: grade.score_given for grade in Grade.objects.all()} == {newest: 83, bob: 20}

    def test_who_never_sat_it_has_no_score(self, course):
        ines = sit(course.world, user_id="ines-3")
        learner = ines.learner
        ines.delete()
        assert course.post(userId=learner.opaque_id).status_code == 422
        assert nothing_happened()

    def test_an_event_stays_with_the_attempt_it_was_received_for(self, course, monkeypatch):
        """A new attempt may begin before the sweep reads it."""
        with monkeypatch.context() as crash:
            crash.setattr(flow, "understand", lambda event: 1 / 0)
            course.post()
        Attempt.objects.update(state="graded")
        sit(course.world)
        ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
        assert tasks.read_events() == 1
        assert Grade.objects.get().attempt == course.attempt


# --- results --------------------------------------------------------------------------------


def test_results_are_read_for_one_or_for_all(course):
    """P13-AG-12, P13-AG-13, P13-AG-44"""
    assert results(course) == []
    course.post(comment="fine")
    (result,) = results(course)
    user_id = course.attempt.learner.opaque_id
    assert result == {
        "id": f"{course.line_item}/results?user_id={user_id}",
        "scoreOf": course.line_item,
        "userId": user_id,
        "resultScore": 83,
        "resultMaximum": 100,
        "comment": "fine",
    }
    assert course.tool.call("GET", result["id"]).json() == [result]
    assert results(course, query="?user_id=unknown") == []
    assert results(course, query="?user_id=%00") == []


def test_results_come_in_pages(course):
    made = course.tool.call("POST", course.line_items, {"label": "Draft", "scoreMaximum": 10}).json()["id"]
    people = [course.attempt, sit(course.world, user_id="bob-2"), sit(course.world, user_id="ines-3")]
    for attempt in people:
        course.tool.call("POST", f"{made}/scores", score(attempt))
    url, seen = f"{made}/results?limit=2", []
    while url:
        response = course.tool.call("GET", url)
        seen += [each["userId"] for each in response.json()]
        url = response.get("Link", "").partition(";")[0].strip("<>")
    assert sorted(seen) == sorted(each.learner.opaque_id for each in people)


def test_results_follow_the_items_maximum(course):
    course.post(scoreGiven=1, scoreMaximum=3)
    assert results(course)[0]["resultScore"] == 33.3333333333
    course.tool.call("PUT", course.line_item, {"label": "x", "scoreMaximum": 3})
    (result,) = results(course)
    assert (result["resultScore"], result["resultMaximum"]) == (1, 3)


# --- at the same time -----------------------------------------------------------------------


def _at_once(jobs):
    def run(job):
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture(autouse=True)
    def real_database(self):
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            pytest.skip("threads share no lock on a database in memory")

    def post(self, course, token, raw):
        return lambda: course.tool.call("POST", f"{course.line_item}/scores", raw, token=token)

    def test_of_many_scores_at_once_the_newest_wins(self, course):
        """P13-AG-38"""
        token, now = course.tool.token(), time.time()
        raws = [
            json.dumps(score(course.attempt, scoreGiven=number, timestamp=moment(number - 60, now=now))).encode()
            for number in range(1, 17)
        ]
        answers = _at_once([self.post(course, token, raw) for raw in raws])
        assert {each.status_code for each in answers} <= {200, 409}
        assert wanted() == Decimal("0.16")
        assert ProviderScore.objects.get().score_given == 16
        assert results(course)[0]["resultScore"] == 16

    def test_one_score_twenty_times_at_once_has_one_effect(self, course):
        """F20, S2"""
        token, raw = course.tool.token(), json.dumps(score(course.attempt)).encode()
        answers = _at_once([self.post(course, token, raw)] * 20)
        assert {each.status_code for each in answers} == {200}
        assert (Grade.objects.count(), ProviderEvent.objects.count(), ProviderScore.objects.count()) == (1, 1, 1)

    def test_two_messages_with_one_time_at_once_are_one_score(self, course):
        token, at = course.tool.token(), moment(-1)
        raws = [json.dumps(score(course.attempt, scoreGiven=each, timestamp=at)).encode() for each in (10, 20)]
        answers = _at_once([self.post(course, token, raw) for raw in raws])
        assert sorted(each.status_code for each in answers) == [200, 409]
        assert Grade.objects.count() == 1


# --- parts ----------------------------------------------------------------------------------


def test_a_nonce_is_used_once_in_an_account(course):
    flow.receive(course.world.account, EventSource.SCORE, nonce="score:1:1:x")
    with pytest.raises(AlreadyReceived):
        flow.receive(course.world.account, EventSource.SCORE, nonce="score:1:1:x")


@pytest.mark.parametrize(
    ("number", "shown"), [("83", 83), ("83.5", 83.5), ("0", 0), ("1E+2", 100), ("0.1000000000", 0.1)]
)
def test_numbers_are_shown_as_json_has_them(number, shown):
    assert json.dumps(json_body.plain(Decimal(number))) == json.dumps(shown)
