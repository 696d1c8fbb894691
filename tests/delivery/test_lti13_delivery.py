"""Cells converge by AGS: what each kind of LMS does, over sockets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lti_bridge import gradebook, http, models
from lti_bridge.delivery import converge
from lti_bridge.models import (
    AccessToken,
    Cell,
    CellState,
    LineItem,
    Lti13Registration,
    ResourceLink,
    Try,
    TryKind,
    TryResult,
)
from tests.ags_server import SCOPES, SUBMISSION, AgsFaults, Platform, ags_server
from tests.delivery.cells import fresh, grade, make_due, make_learner
from tests.delivery.columns import make_column_link, our_keys, start_anew, tokens_get_older, told

pytestmark = pytest.mark.django_db

MODES = ("plain", "moodle", "canvas", "openedx")
COLUMN = "3"
ALICE = (COLUMN, "user-1")


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.SEND_DEADLINE_SECONDS = 1.5
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    start_anew()


@pytest.fixture(params=MODES)
def lms(request: pytest.FixtureRequest) -> Iterator[Platform]:
    with ags_server(Platform(mode=request.param, keys=our_keys())) as platform:
        yield platform


@pytest.fixture
def moodle() -> Iterator[Platform]:
    with ags_server(Platform(mode="moodle", keys=our_keys())) as platform:
        yield platform


@pytest.fixture
def canvas() -> Iterator[Platform]:
    with ags_server(Platform(mode="canvas", keys=our_keys())) as platform:
        yield platform


@pytest.fixture
def openedx() -> Iterator[Platform]:
    with ags_server(Platform(mode="openedx", keys=our_keys())) as platform:
        yield platform


def a_link(lms: Platform, **more: str) -> ResourceLink:
    """A link with a column, which the launch named."""
    link = make_column_link(lms, **more)
    lms.add_column(resourceLinkId=link.resource_link_id)
    told(link, lms.claim(link.resource_link_id))
    return link


def deliver(cell: Cell, times: int = 1) -> Cell:
    """Let the time pass that the schedule waits for, and deliver."""
    for _ in range(times):
        make_due(cell)
        converge.deliver_due()
    return fresh(cell)


def stamps(lms: Platform, key: tuple[str, str] = ALICE) -> list[str]:
    return [score["timestamp"] for score in lms.told[key]]


# --- what arrives ---------------------------------------------------------------------------


def test_a_grade_reaches_the_column(lms: Platform) -> None:
    """E2E-01, T13-AG-02, T13-AG-04, T13-AG-05"""
    link = a_link(lms)
    cell = deliver(grade(make_learner(link, 1, None), link, "0.83"))
    assert (cell.state, cell.sent_version, cell.due_at) == (CellState.DELIVERED, 1, None)
    assert lms.held == {ALICE: Fraction("0.83")}
    assert (lms.made, lms.bad_assertions, lms.bad_tokens) == (0, [], 0)


def test_a_score_has_every_field_and_its_time_is_that_of_the_version(lms: Platform) -> None:
    """T13-AG-06"""
    link = a_link(lms)
    learner = make_learner(link, 1, None)
    began = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
    sitting: dict[str, Any] = {"opened_at": began, "ended_at": began + timedelta(minutes=50), "state": "graded"}
    models.Attempt.objects.create(learner=learner, resource_link=link, activity=link.activity, number=1, **sitting)
    cell = deliver(grade(learner, link, "0.83", comment="Well done.\nMind the <b>units</b>."))
    (score,) = lms.told[ALICE]
    handed_in = {"new_submission": True, "submitted_at": "2026-09-01T08:50:00.000Z"}
    assert score.pop(SUBMISSION, None) == (handed_in if lms.mode == "canvas" else None)
    assert cell.wanted_at is not None
    assert score == {
        "userId": "user-1",
        "scoreGiven": 83,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "Well done.\nMind the units.",
        "submission": {"startedAt": "2026-09-01T08:00:00.000Z", "submittedAt": "2026-09-01T08:50:00.000Z"},
        "timestamp": cell.wanted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{cell.wanted_at:%f}"[:3] + "Z",
    }


@pytest.mark.parametrize(
    ("given", "maximum"), [("1", "3"), ("2", "3"), ("5", "7"), ("0.5", "0.5"), ("0.3", "0.7"), ("0", "10")]
)
def test_a_fraction_does_not_drift(given: str, maximum: str) -> None:
    """E2E-05"""
    part = Fraction(given) / Fraction(maximum)
    with ags_server(Platform(keys=our_keys())) as lms:
        link = a_link(lms)
        deliver(grade(make_learner(link, 1, None), link, f"{float(part):.10f}"))
        held = lms.held[ALICE]
    assert held is not None
    assert abs(held - part) < Fraction(1, 10**9)


@pytest.mark.parametrize(("mode", "held"), [("plain", "1.1"), ("canvas", "1.1"), ("moodle", "1"), ("openedx", "1")])
def test_more_than_everything_is_told_as_it_is(mode: str, held: str) -> None:
    """E2E-04: what an LMS caps is of no other opinion."""
    with ags_server(Platform(mode=mode, keys=our_keys())) as lms:
        link = a_link(lms)
        cell = grade(make_learner(link, 1, None), link, "1.1")
        lms.faults = AgsFaults(applied_then_cut=1.0)
        deliver(cell)
        lms.faults = AgsFaults()
        cell = deliver(cell, 2)
    assert lms.told[ALICE][0]["scoreGiven"] == 110
    assert (lms.held[ALICE], cell.state) == (Fraction(held), CellState.DELIVERED)


def test_a_grade_that_is_corrected_downwards_is_followed(lms: Platform) -> None:
    """E2E-02, T13-AG-07"""
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    for score in ("0.9", "0.4", "0.5"):
        cell = deliver(grade(alice, link, score))
    assert (lms.held[ALICE], cell.state) == (Fraction("0.5"), CellState.DELIVERED)
    times = [datetime.fromisoformat(stamp) for stamp in stamps(lms)]
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(times, times[1:], strict=False))
    assert all(stamp.endswith("Z") and len(stamp) == len("2026-01-01T00:00:00.000Z") for stamp in stamps(lms))


def test_the_same_grade_five_times_is_one_score(lms: Platform) -> None:
    """E2E-08"""
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    for _ in range(5):
        deliver(grade(alice, link, "0.7"))
    assert len(lms.told[ALICE]) == 1


def test_one_learner_in_two_courses_has_two_cells() -> None:
    """E2E-10"""
    with (
        ags_server(Platform(mode="moodle", keys=our_keys())) as lms,
        ags_server(Platform(mode="moodle", keys=our_keys())) as other,
    ):
        link, elsewhere = a_link(lms), a_link(other, key="other")
        grade(make_learner(link, 1, None), link, "0.3")
        grade(make_learner(elsewhere, 1, None), elsewhere, "0.6")
        converge.deliver_due()
        assert (lms.held, other.held) == ({ALICE: Fraction("0.3")}, {ALICE: Fraction("0.6")})


def test_one_token_serves_many_deliveries(lms: Platform) -> None:
    """F15"""
    link = a_link(lms)
    for number in range(20):
        grade(make_learner(link, number, None), link, "0.5")
    assert converge.deliver_due() == 20
    assert (len(lms.held), lms.token_requests) == (20, 1)


@pytest.mark.parametrize("mode", ["plain", "moodle", "canvas"])
def test_a_result_that_is_taken_back_clears_the_cell(mode: str) -> None:
    """E2E-03"""
    with ags_server(Platform(mode=mode, keys=our_keys())) as lms:
        link = a_link(lms)
        alice = make_learner(link, 1, None)
        deliver(grade(alice, link, "0.9"))
        cell = deliver(grade(alice, link, None))
    assert (cell.state, lms.held[ALICE]) == (CellState.EMPTY, None)
    cleared = lms.told[ALICE][-1]
    assert (cleared["activityProgress"], cleared["gradingProgress"]) == ("Initialized", "NotReady")
    assert "scoreGiven" not in cleared and "submission" not in cleared
    assert len(lms.submissions[ALICE]) == (1 if mode == "canvas" else 0), "clearing hands nothing in"


def test_a_result_taken_back_before_it_left_asks_nothing_of_the_lms(lms: Platform) -> None:
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    grade(alice, link, "0.9")
    cell = deliver(grade(alice, link, None))
    assert (cell.state, lms.requests) == (CellState.EMPTY, 0)


def test_open_edx_cannot_clear_and_says_so(openedx: Platform) -> None:
    """E2E-03"""
    link = a_link(openedx)
    alice = make_learner(link, 1, None)
    deliver(grade(alice, link, "0.9"))
    cell = deliver(grade(alice, link, None))
    assert (cell.state, cell.reason) == (CellState.NEEDS_ACTION, "cannot_clear")
    assert len(openedx.told[ALICE]) == 1


# --- zero -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", [{}, {"applied_then_cut": 1.0}, {"cut_before": 1.0}, {"html": 1.0}])
def test_zero_is_a_grade_and_is_told_until_it_was_taken_and_no_longer(mode: str, fault: dict[str, float]) -> None:
    """Zero is not read back; that is not fought."""
    with ags_server(Platform(mode=mode, keys=our_keys())) as lms:
        link = a_link(lms)
        cell = grade(make_learner(link, 1, None), link, "0")
        lms.faults = AgsFaults(**fault)
        deliver(cell)
        lms.faults = AgsFaults()
        cell = deliver(cell, 6)
        Cell.objects.update(doubt_until=timezone.now() - timedelta(seconds=1))
        cell = deliver(cell, 3)
    assert (cell.state, cell.due_at) == (CellState.DELIVERED, None)
    assert lms.stored[ALICE] == 0
    assert len(set(stamps(lms))) == 1
    assert len(stamps(lms)) <= 2


def test_open_edx_replaces_no_grade_by_zero_and_says_so(openedx: Platform) -> None:
    link = a_link(openedx)
    alice = make_learner(link, 1, None)
    deliver(grade(alice, link, "0.9"))
    cell = deliver(grade(alice, link, "0"))
    assert (cell.state, cell.reason) == (CellState.NEEDS_ACTION, "zero_not_taken")
    assert openedx.held[ALICE] == Fraction("0.9")


# --- what is in doubt -----------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["applied_then_cut", "truncated", "hang", "cut_before", "html"])
def test_after_no_clear_answer_the_results_are_read_and_nothing_is_told_twice(lms: Platform, fault: str) -> None:
    link = a_link(lms)
    cell = grade(make_learner(link, 1, None), link, "0.7")
    lms.faults = AgsFaults(**{fault: 1.0})
    cell = deliver(cell)
    assert (cell.state, cell.sent_version) == (CellState.PENDING, 0)
    lms.faults = AgsFaults()
    cell = deliver(cell)
    assert (cell.state, lms.held[ALICE]) == (CellState.DELIVERED, Fraction("0.7"))
    assert lms.writes == 1
    assert len(set(stamps(lms))) == 1, "a retry repeats the time"


@pytest.mark.parametrize("mode", ["moodle", "openedx", "plain"])
def test_where_nothing_can_be_read_a_conflict_on_our_own_retry_means_taken(mode: str) -> None:
    platform = Platform(mode=mode, keys=our_keys(), scopes=tuple(s for s in SCOPES if "result" not in s))
    with ags_server(platform) as lms:
        link = a_link(lms)
        cell = grade(make_learner(link, 1, None), link, "0.7")
        lms.faults = AgsFaults(applied_then_cut=1.0)
        deliver(cell)
        lms.faults = AgsFaults()
        cell = deliver(cell)
    assert (cell.state, cell.wanted_version, lms.writes) == (CellState.DELIVERED, 1, 1)


@pytest.mark.parametrize("mode", ["moodle", "openedx", "plain"])
def test_where_nothing_can_be_read_a_conflict_over_a_first_try_is_no_success(mode: str) -> None:
    platform = Platform(mode=mode, keys=our_keys(), scopes=tuple(s for s in SCOPES if "result" not in s))
    with ags_server(platform) as lms:
        link = a_link(lms)
        lms.grade_by_hand(ALICE, "0.2", at=datetime.now(UTC) + timedelta(days=1))
        cell = deliver(grade(make_learner(link, 1, None), link, "0.7"), 10)
    assert (cell.state, cell.reason, cell.sent_version) == (CellState.NEEDS_ACTION, "time_refused", 0)


def test_an_older_score_that_comes_through_late_changes_nothing(lms: Platform) -> None:
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    grade(alice, link, "0.2")
    lms.faults = AgsFaults(hang=1.0)
    converge.deliver_due()
    late = lms.told[ALICE][0]
    lms.faults = AgsFaults()
    cell = deliver(grade(alice, link, "0.8"))
    lms.take(COLUMN, late)
    cell = deliver(cell)
    assert (cell.state, lms.held[ALICE]) == (CellState.DELIVERED, Fraction("0.8"))


def test_a_teachers_value_is_shown_and_never_fought(lms: Platform) -> None:
    """E2E-16, T13-AG-13"""
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    cell = grade(alice, link, "0.7")
    lms.faults = AgsFaults(applied_then_cut=1.0)
    deliver(cell)
    lms.faults = AgsFaults()
    lms.grade_by_hand(ALICE, "0.95")
    cell = deliver(cell)
    assert (cell.state, cell.found_score) == (CellState.DIFFERS, "0.95")
    Cell.objects.update(wanted_at=timezone.now())
    deliver(grade(alice, link, "0.6"))
    assert lms.held[ALICE] == Fraction("0.6"), "a new grade of the provider does replace it"


@pytest.mark.parametrize("mode", ["plain", "moodle", "openedx"])
def test_a_value_that_is_newer_than_ours_is_shown_after_a_conflict(mode: str) -> None:
    """T13-AG-08: superseded"""
    with ags_server(Platform(mode=mode, keys=our_keys())) as lms:
        link = a_link(lms)
        lms.grade_by_hand(ALICE, "0.95", at=datetime.now(UTC) + timedelta(hours=1))
        cell = deliver(grade(make_learner(link, 1, None), link, "0.7"))
    assert (cell.state, cell.found_score) == (CellState.DIFFERS, "0.95")
    assert lms.held[ALICE] == Fraction("0.95")


def test_after_a_conflict_over_an_older_score_of_ours_the_newer_one_gets_a_later_time(lms: Platform) -> None:
    """T13-AG-08: re-sent. Such as after the database was restored from a backup."""
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    deliver(grade(alice, link, "0.3"))
    cell = grade(alice, link, "0.8")
    Cell.objects.update(wanted_at=timezone.now() - timedelta(days=1))
    cell = deliver(cell)
    assert (cell.state, lms.held[ALICE]) == (CellState.DELIVERED, Fraction("0.8"))
    assert cell.wanted_version in (3, 4), "Moodle counts whole seconds, so that the first later time may be the same"


@pytest.mark.parametrize("mode", ["plain", "moodle", "openedx"])
def test_an_lms_that_takes_no_time_of_ours_needs_a_person_in_the_end(mode: str) -> None:
    with ags_server(Platform(mode=mode, keys=our_keys())) as lms:
        link = a_link(lms)
        alice = make_learner(link, 1, None)
        deliver(grade(alice, link, "0.3"))
        lms.stamps[ALICE] = datetime.now(UTC) + timedelta(days=300)
        cell = deliver(grade(alice, link, "0.8"), 10)
        assert (cell.state, cell.reason) == (CellState.NEEDS_ACTION, "time_refused")
        assert cell.wanted_version <= 6
        lms.stamps[ALICE] = datetime.now(UTC) - timedelta(days=1)
        assert gradebook.deliver_again(cell)
        cell = deliver(cell)
    assert (cell.state, lms.held[ALICE]) == (CellState.DELIVERED, Fraction("0.8"))


# --- what is refused ------------------------------------------------------------------------


def test_a_token_that_is_good_no_more_is_replaced_within_the_try(lms: Platform) -> None:
    """T13-AG-09"""
    link = a_link(lms)
    alice = make_learner(link, 1, None)
    deliver(grade(alice, link, "0.3"))
    lms.tokens.clear()
    tokens_get_older(60)
    cell = deliver(grade(alice, link, "0.4"))
    assert (cell.state, lms.token_requests, lms.bad_tokens) == (CellState.DELIVERED, 2, 1)
    assert Try.objects.count() == 2


def test_a_person_whom_moodle_does_not_grade_needs_action_and_is_tried_daily(moodle: Platform) -> None:
    moodle.learners = {"somebody-else"}
    link = a_link(moodle)
    cell = deliver(grade(make_learner(link, 1, None), link, "0.7"))
    assert (cell.state, cell.reason) == (CellState.NEEDS_ACTION, "not_gradable")
    assert cell.due_at is not None
    moodle.learners = None
    assert deliver(cell).state == CellState.DELIVERED


def test_a_scope_that_is_missing_is_not_asked_for(lms: Platform) -> None:
    lms.scopes = tuple(scope for scope in SCOPES if not scope.endswith("score"))
    link = a_link(lms)
    cell = deliver(grade(make_learner(link, 1, None), link, "0.7"), 4)
    assert (cell.state, cell.reason, lms.requests) == (CellState.NEEDS_ACTION, "not_permitted", 0)
    lms.scopes = SCOPES
    told(link, lms.claim(link.resource_link_id))
    assert deliver(cell).state == CellState.DELIVERED


def test_a_platform_that_refuses_a_whole_set_of_scopes_still_gets_its_scores() -> None:
    """Sakai"""
    platform = Platform(keys=our_keys(), all_or_nothing=True)
    with ags_server(platform) as lms:
        link = a_link(lms, family="sakai")
        lms.scopes = tuple(scope for scope in SCOPES if scope.endswith("score"))
        cell = deliver(grade(make_learner(link, 1, None), link, "0.7"))
    assert (cell.state, lms.token_requests) == (CellState.DELIVERED, 2)


def test_a_column_that_was_deleted_is_made_again_only_when_somebody_asks(lms: Platform) -> None:
    """T13-AG-12"""
    link = a_link(lms)
    alice, bob = make_learner(link, 1, None), make_learner(link, 2, None)
    deliver(grade(alice, link, "0.3"))
    lms.columns.clear()
    cells = [deliver(grade(alice, link, "0.7")), deliver(grade(bob, link, "0.8"))]
    assert {(cell.state, cell.reason) for cell in cells} == {(CellState.NEEDS_ACTION, "column_deleted")}
    assert LineItem.objects.get().gone_at is not None
    asked = lms.requests
    deliver(grade(alice, link, "0.75"), 3)
    assert (lms.requests, lms.made) == (asked, 0), "a deleted column is left alone"
    lms.columns["9"] = {"label": "stranger"}
    assert gradebook.deliver_again(fresh(cells[0]))
    converge.deliver_due()
    assert lms.made == 1
    (number,) = (number for number, column in lms.columns.items() if "resourceLinkId" in column)
    assert lms.held[number, "user-1"] == Fraction("0.75")
    assert lms.held[number, "user-2"] == Fraction("0.8"), "all whose grades waited for it"


def test_a_launch_that_names_the_column_again_mends_it(lms: Platform) -> None:
    link = a_link(lms)
    columns = dict(lms.columns)
    lms.columns.clear()
    cell = deliver(grade(make_learner(link, 1, None), link, "0.7"))
    assert cell.reason == "column_deleted"
    lms.columns.update(columns)
    told(link, lms.claim(link.resource_link_id))
    assert deliver(cell).state == CellState.DELIVERED


def test_a_token_endpoint_that_refuses_us_is_mended_for_all_at_once(lms: Platform) -> None:
    link = a_link(lms)
    Lti13Registration.objects.update(client_id="somebody-else")
    cell = deliver(grade(make_learner(link, 1, None), link, "0.7"), 3)
    assert (cell.state, cell.reason, cell.tries_used) == (CellState.NEEDS_ACTION, "token_refused", 3)
    assert lms.token_requests == 1, "not once a try"
    assert cell.due_at is not None
    Lti13Registration.objects.update(client_id="bridge-at-campus")
    AccessToken.objects.update(expires_at=timezone.now())
    assert deliver(cell).state == CellState.DELIVERED


def test_nothing_goes_to_a_host_that_nobody_approved(lms: Platform) -> None:
    """SEC-F5"""
    link = a_link(lms)
    LineItem.objects.update(url=LineItem.objects.get().url.replace("127.0.0.2", "127.0.0.3"))
    cell = deliver(grade(make_learner(link, 1, None), link, "0.7"))
    assert (cell.state, cell.reason, lms.requests) == (CellState.NEEDS_ACTION, "host_not_approved", 0)


@pytest.mark.parametrize("off", ["registration", "deployment"])
def test_nothing_is_sent_by_a_registration_that_is_off(lms: Platform, off: str) -> None:
    link = a_link(lms)
    registration = Lti13Registration.objects.get()
    if off == "registration":
        Lti13Registration.objects.update(enabled=False)
    else:
        registration.deployments.update(approved=False)
    cell = deliver(grade(make_learner(link, 1, None), link, "0.7"))
    assert (cell.state, cell.reason, lms.requests) == (CellState.NEEDS_ACTION, "registration_off", 0)


# --- Canvas ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["applied_then_cut", "hang", "truncated", "html", "server_error"])
def test_an_attempt_is_handed_in_once_whatever_breaks(canvas: Platform, fault: str) -> None:
    """F10"""
    link = a_link(canvas)
    alice = make_learner(link, 1, None)
    cell = grade(alice, link, "0.7")
    canvas.faults = AgsFaults(**{fault: 1.0})
    deliver(cell, 2)
    canvas.faults = AgsFaults()
    deliver(cell, 2)
    deliver(grade(alice, link, "0.6"))
    deliver(grade(alice, link, "0.9", attempt_number=2))
    deliver(grade(alice, link, "0.8", attempt_number=2))
    handed_in = canvas.submissions[ALICE]
    assert len(handed_in) == len(set(handed_in)) <= 2
    assert canvas.held[ALICE] == Fraction("0.8")
    told_of = {score[SUBMISSION]["submitted_at"] for score in canvas.told[ALICE]}
    assert len(told_of) == 2, "the same time for an attempt, whenever it is told"
    assert canvas.comments[ALICE] == []


@pytest.mark.parametrize("fault", ["throttled", "revoked"])
def test_an_attempt_whose_request_was_plainly_refused_is_still_handed_in(canvas: Platform, fault: str) -> None:
    link = a_link(canvas)
    cell = grade(make_learner(link, 1, None), link, "0.7")
    canvas.faults = AgsFaults(**{fault: 1.0})
    deliver(cell)
    assert canvas.submissions[ALICE] == []
    canvas.faults = AgsFaults()
    tokens_get_older(60)
    deliver(cell)
    assert len(canvas.submissions[ALICE]) == 1


def test_an_attempt_that_ends_in_the_future_by_a_providers_clock_is_handed_in_now(canvas: Platform) -> None:
    """E2E-15: Canvas refuses what is handed in later than a minute from now."""
    link = a_link(canvas)
    cell = grade(make_learner(link, 1, None), link, "0.7")
    models.Attempt.objects.update(opened_at=timezone.now(), ended_at=timezone.now() + timedelta(minutes=10))
    assert deliver(cell).state == CellState.DELIVERED
    (score,) = canvas.told[ALICE]
    submission = score["submission"]
    assert submission["startedAt"] <= submission["submittedAt"] <= score["timestamp"]
    assert canvas.submissions[ALICE] == [submission["submittedAt"]]


def test_an_earlier_attempt_that_counts_again_is_not_handed_in_again(canvas: Platform) -> None:
    link = a_link(canvas, rule="best")
    alice = make_learner(link, 1, None)
    deliver(grade(alice, link, "0.7"))
    deliver(grade(alice, link, "0.9", attempt_number=2))
    deliver(grade(alice, link, "0.2", attempt_number=2))
    assert (canvas.held[ALICE], len(canvas.submissions[ALICE])) == (Fraction("0.7"), 2)


def test_a_worker_that_dies_hands_nothing_in_twice(canvas: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """F2, F10"""
    link = a_link(canvas)
    cell = grade(make_learner(link, 1, None), link, "0.7")

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(converge, "_end", die)
        with pytest.raises(Killed):
            converge.deliver(cell.pk)
    Cell.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    cell = deliver(cell)
    assert (cell.state, len(canvas.submissions[ALICE]), canvas.writes) == (CellState.DELIVERED, 1, 1)


def test_canvas_refuses_a_concluded_course_and_used_up_attempts(canvas: Platform) -> None:
    link = a_link(canvas)
    alice = make_learner(link, 1, None)
    canvas.concluded = True
    cell = deliver(grade(alice, link, "0.7"))
    assert (cell.state, cell.reason) == (CellState.NEEDS_ACTION, "course_is_over")
    canvas.concluded, canvas.attempts_allowed = False, 0
    cell = deliver(cell)
    assert cell.reason == "attempts_used_up"
    canvas.attempts_allowed = 1
    assert deliver(cell).state == CellState.DELIVERED


def test_a_throttle_costs_no_try(canvas: Platform) -> None:
    """T13-AG-11"""
    link = a_link(canvas)
    cell = grade(make_learner(link, 1, None), link, "0.7")
    canvas.faults = AgsFaults(throttled=1.0)
    cell = deliver(cell, 5)
    assert (cell.state, cell.tries_used, cell.reason) == (CellState.PENDING, 0, "busy")
    assert cell.due_at is not None and cell.due_at - timezone.now() > timedelta(seconds=25)


# --- the rest of the promises ---------------------------------------------------------------


def test_an_lms_that_was_down_gets_every_grade_once_and_in_order(lms: Platform) -> None:
    """E2E-07"""
    link = a_link(lms)
    alice, bob = make_learner(link, 1, None), make_learner(link, 2, None)
    lms.faults = AgsFaults(down=True)
    deliver(grade(alice, link, "0.3"), 3)
    deliver(grade(bob, link, "0.4"))
    cell = deliver(grade(alice, link, "0.8"))
    assert cell.state == CellState.PENDING
    lms.faults = AgsFaults()
    models.Breaker.objects.all().delete()
    AccessToken.objects.all().delete()
    cell = deliver(cell, 2)
    deliver(Cell.objects.get(learner=bob))
    assert lms.held == {ALICE: Fraction("0.8"), (COLUMN, "user-2"): Fraction("0.4")}
    assert (len(lms.told[ALICE]), lms.writes) == (1, 2)


def test_later_grades_reach_the_column_after_a_move_from_lti_11(moodle: Platform) -> None:
    """E2E-12"""
    from tests.gradebook_server import Gradebook, gradebook_server

    with gradebook_server(Gradebook(secrets={"campus": "sample-secret"})) as (url, book):
        link = make_column_link(moodle)
        alice = make_learner(link, 1, url)
        deliver(grade(alice, link, "0.3"))
        assert book.held == {"cell-user-1": "0.3"}
        moodle.add_column(resourceLinkId=link.resource_link_id)
        row = told(link, moodle.claim(link.resource_link_id))
        gradebook.learn_address(alice, link, row, Cell.objects.get())
        deliver(grade(alice, link, "0.7"))
        assert (book.held, moodle.held) == ({"cell-user-1": "0.3"}, {ALICE: Fraction("0.7")})


def test_a_column_that_changes_while_a_score_is_on_its_way_gets_the_score_too(
    lms: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = a_link(lms)
    cell = grade(make_learner(link, 1, None), link, "0.7")
    real = http.request

    def request(method: str, url: str, **more: Any) -> http.Answer:
        if "/scores" in url:
            monkeypatch.setattr(http, "request", real)
            number = lms.add_column(resourceLinkId=link.resource_link_id)
            told(link, lms.claim("") | {"lineitem": lms.column_url(number)})
        return real(method, url, **more)

    monkeypatch.setattr(http, "request", request)
    converge.deliver_due()
    cell = deliver(cell)
    assert (cell.state, lms.held["4", "user-1"]) == (CellState.DELIVERED, Fraction("0.7"))


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_platform_is_asked(lms: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    link = make_column_link(lms)
    lms.add_column(resourceLinkId=link.resource_link_id)
    told(link, {key: value for key, value in lms.claim(link.resource_link_id).items() if key != "lineitem"})
    grade(make_learner(link, 1, None), link, "0.7")
    seen: list[bool] = []
    real = http.request

    def request(*arguments: Any, **options: Any) -> http.Answer:
        seen.append(connection.in_atomic_block)
        return real(*arguments, **options)

    monkeypatch.setattr(http, "request", request)
    converge.deliver_due()
    assert seen == [False, False, False], "a token, the columns, the score"


def test_every_try_is_written_down_with_what_came_of_it(lms: Platform) -> None:
    link = a_link(lms)
    cell = grade(make_learner(link, 1, None), link, "0.7")
    lms.faults = AgsFaults(applied_then_cut=1.0)
    deliver(cell)
    lms.faults = AgsFaults()
    deliver(cell)
    tries = list(Try.objects.order_by("pk").values_list("kind", "result", "reason_text"))
    assert tries[0][:2] == (TryKind.SEND, TryResult.UNCLEAR)
    assert tries[1] == (TryKind.READ, TryResult.CONFIRMED, "0.7")


def test_a_platform_is_left_alone_while_it_is_paused(lms: Platform) -> None:
    link = a_link(lms)
    grade(make_learner(link, 1, None), link, "0.7")
    models.Platform.objects.update(delivery_paused=True)
    assert (converge.deliver_due(), lms.requests) == (0, 0)
