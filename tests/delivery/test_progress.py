"""Where an attempt stands is told to an LMS that wants to know, and never once there was a score."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from lti_bridge import flow, gradebook
from lti_bridge.delivery import converge
from lti_bridge.models import (
    Activity,
    Attempt,
    AttemptState,
    Cell,
    CellState,
    Platform,
    ResourceLink,
    Try,
    TryKind,
)
from lti_bridge.providers.reports import GradeReport
from tests import ags_server
from tests.ags_server import SUBMISSION, AgsFaults
from tests.delivery.cells import address, fresh, grade, make_due, make_learner, make_link
from tests.delivery.columns import make_column_link, our_keys, start_anew, told

pytestmark = pytest.mark.django_db

ALICE = ("3", "user-1")
BEGUN = ("InProgress", "NotReady")
PENDING = ("Submitted", "Pending")
BEING_MARKED = ("Completed", "PendingManual")
GRADED = ("Completed", "FullyGraded")


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.SEND_DEADLINE_SECONDS = 1.5
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    start_anew()


@pytest.fixture(params=["plain", "moodle", "canvas", "openedx"])
def lms(request: pytest.FixtureRequest) -> Iterator[ags_server.Platform]:
    with ags_server.ags_server(ags_server.Platform(mode=request.param, keys=our_keys())) as platform:
        yield platform


@pytest.fixture
def link(lms: ags_server.Platform) -> ResourceLink:
    link = make_column_link(lms)
    lms.add_column(resourceLinkId=link.resource_link_id)
    told(link, lms.claim(link.resource_link_id))
    Platform.objects.update(sends_progress=True)
    return link


def sat(link: ResourceLink, number: int = 1) -> Attempt:
    """An attempt of Alice's that she has begun."""
    learner = link.context.platform.learners.first() or make_learner(link, 1, None)
    return Attempt.objects.create(
        learner=learner, resource_link=link, activity=link.activity, number=number, state=AttemptState.STARTED
    )


def reported(attempt: Attempt, state: AttemptState, score: str | None = None, **more: Any) -> None:
    given = {"score_given": Decimal(score), "score_maximum": Decimal(1), "has_result": True} if score else {}
    flow.record(GradeReport(attempt, state, timezone.now(), **(given | more)))
    for cell in Cell.objects.all():
        make_due(cell)
    converge.deliver_due()


def said(lms: ags_server.Platform) -> list[tuple[str, str]]:
    return [(score["activityProgress"], score["gradingProgress"]) for score in lms.told[ALICE]]


def test_an_attempt_is_handed_in_then_marked_then_graded(lms: ags_server.Platform, link: ResourceLink) -> None:
    """E2E-06: only the final score is a grade."""
    attempt = sat(link)
    reported(attempt, AttemptState.SUBMITTED)
    reported(attempt, AttemptState.MARKING)
    assert lms.held[ALICE] is None
    reported(attempt, AttemptState.GRADED, "0.8")
    assert said(lms) == [PENDING, BEING_MARKED, GRADED]
    assert [score.get("scoreGiven") for score in lms.told[ALICE]] == [None, None, 80]
    times = [score["timestamp"] for score in lms.told[ALICE]]
    assert times == sorted(set(times))
    cell = Cell.objects.get()
    assert (cell.state, lms.held[ALICE], cell.wanted_progress) == (CellState.DELIVERED, Fraction("0.8"), "")
    if lms.mode == "canvas":
        assert [score[SUBMISSION]["new_submission"] for score in lms.told[ALICE]] == [False, False, True]


@pytest.mark.parametrize("lms", ["plain", "openedx"], indirect=True)
def test_an_attempt_that_has_begun_is_told_first(lms: ags_server.Platform, link: ResourceLink) -> None:
    attempt = sat(link)
    reported(attempt, AttemptState.STARTED)
    reported(attempt, AttemptState.STARTED)
    assert (said(lms), lms.held[ALICE], Cell.objects.get().has_result) == ([BEGUN], None, False)
    assert {"scoreGiven", "comment", "submission"}.isdisjoint(lms.told[ALICE][0])
    reported(attempt, AttemptState.SUBMITTED)
    reported(attempt, AttemptState.GRADED, "0.8")
    assert said(lms) == [BEGUN, PENDING, GRADED]
    times = [score["timestamp"] for score in lms.told[ALICE]]
    assert times == sorted(set(times))
    assert lms.held[ALICE] == Fraction("0.8")


@pytest.mark.parametrize("lms", ["moodle", "canvas"], indirect=True)
def test_that_an_attempt_has_begun_takes_no_teachers_grade_away(lms: ags_server.Platform, link: ResourceLink) -> None:
    """There whatever is not final takes the grade away, whoever entered it."""
    lms.grade_by_hand(ALICE, "0.9")
    reported(sat(link), AttemptState.STARTED)
    assert (lms.requests, lms.held[ALICE], Cell.objects.count()) == (0, Fraction("0.9"), 0)


def test_that_another_attempt_has_begun_takes_no_score_away(lms: ags_server.Platform, link: ResourceLink) -> None:
    reported(sat(link), AttemptState.GRADED, "0.8")
    reported(sat(link, 2), AttemptState.STARTED)
    assert (said(lms), lms.held[ALICE]) == ([GRADED], Fraction("0.8"))


def test_what_was_told_is_not_told_again_and_nothing_goes_back(lms: ags_server.Platform, link: ResourceLink) -> None:
    attempt = sat(link)
    for state in (AttemptState.MARKING, AttemptState.MARKING, AttemptState.SUBMITTED, AttemptState.STARTED):
        reported(attempt, state)
    reported(sat(link, 2), AttemptState.SUBMITTED)
    assert said(lms) == [BEING_MARKED]


def test_nothing_is_told_where_nobody_wants_to_know(lms: ags_server.Platform, link: ResourceLink) -> None:
    Platform.objects.update(sends_progress=False)
    reported(sat(link), AttemptState.SUBMITTED)
    assert (lms.requests, Cell.objects.count()) == (0, 0)


def test_nothing_is_told_by_lti_11() -> None:
    link = make_link()
    Platform.objects.update(sends_progress=True)
    attempt = sat(link)
    address(attempt.learner, link, "https://lms.example.edu/outcomes")
    reported(attempt, AttemptState.SUBMITTED)
    assert not Try.objects.exists()


def test_nothing_is_told_once_there_was_a_score(lms: ags_server.Platform, link: ResourceLink) -> None:
    """Moodle would take the score away."""
    attempt = sat(link)
    reported(attempt, AttemptState.GRADED, "0.8")
    reported(sat(link, 2), AttemptState.SUBMITTED)
    reported(Attempt.objects.get(number=2), AttemptState.MARKING)
    assert said(lms) == [GRADED]
    assert lms.held[ALICE] == Fraction("0.8")


def test_nothing_is_told_while_a_score_waits_to_be_released(lms: ags_server.Platform, link: ResourceLink) -> None:
    Activity.objects.update(release="manual")
    attempt = sat(link)
    attempt.refresh_from_db()
    reported(attempt, AttemptState.GRADED, "0.8")
    reported(sat(link, 2), AttemptState.SUBMITTED)
    assert (lms.requests, Cell.objects.get().state) == (0, CellState.HELD)


def test_a_first_score_is_held_also_after_progress_was_told(lms: ags_server.Platform, link: ResourceLink) -> None:
    Activity.objects.update(release="manual")
    attempt = sat(link)
    reported(attempt, AttemptState.SUBMITTED)
    reported(attempt, AttemptState.GRADED, "0.8")
    cell = Cell.objects.get()
    assert (cell.state, cell.held, said(lms)) == (CellState.HELD, True, [PENDING])
    gradebook.release(cell)
    converge.deliver_due()
    assert (fresh(cell).state, lms.held[ALICE]) == (CellState.DELIVERED, Fraction("0.8"))


@pytest.mark.parametrize("fault", ["applied_then_cut", "cut_before", "html", "hang"])
def test_progress_of_unknown_fate_is_not_told_again(lms: ags_server.Platform, link: ResourceLink, fault: str) -> None:
    """A teacher may have entered a grade meanwhile, and some LMSs would take it away."""
    attempt = sat(link)
    lms.faults = AgsFaults(**{fault: 1.0})
    reported(attempt, AttemptState.SUBMITTED)
    lms.faults = AgsFaults()
    lms.grade_by_hand(ALICE, "0.9")
    cell = Cell.objects.get()
    for _ in range(3):
        make_due(cell)
        converge.deliver_due()
    cell = fresh(cell)
    assert (cell.state, cell.due_at, lms.held[ALICE]) == (CellState.EMPTY, None, Fraction("0.9"))
    assert len(said(lms)) == 1


def test_a_late_progress_takes_no_score_away(lms: ags_server.Platform, link: ResourceLink) -> None:
    attempt = sat(link)
    lms.faults = AgsFaults(hang=1.0)
    reported(attempt, AttemptState.SUBMITTED)
    late = lms.told[ALICE][0]
    lms.faults = AgsFaults()
    reported(attempt, AttemptState.GRADED, "0.8")
    lms.take("3", late)
    cell = Cell.objects.get()
    assert cell.due_at is not None, "in doubt, it is looked at"
    Cell.objects.update(doubt_until=timezone.now() - timedelta(seconds=1))
    make_due(cell)
    converge.deliver_due()
    assert (fresh(cell).state, lms.held[ALICE]) == (CellState.DELIVERED, Fraction("0.8"))


@pytest.mark.parametrize(("status", "body"), [(404, b""), (403, b""), (400, b"no")])
def test_progress_that_is_refused_needs_nobodys_hand(
    lms: ags_server.Platform, link: ResourceLink, status: int, body: bytes
) -> None:
    lms.answer_with = ("/scores", status, body, "text/plain")
    attempt = sat(link)
    reported(attempt, AttemptState.SUBMITTED)
    cell = Cell.objects.get()
    for _ in range(4):
        make_due(cell)
        converge.deliver_due()
    cell = fresh(cell)
    assert (cell.state, cell.reason, cell.due_at) == (CellState.EMPTY, "", None)


def test_progress_is_no_result_to_deliver_again(lms: ags_server.Platform, link: ResourceLink) -> None:
    reported(sat(link), AttemptState.SUBMITTED)
    cell = Cell.objects.get()
    assert not cell.has_result
    assert not gradebook.deliver_again(cell)
    assert Try.objects.get().kind == TryKind.TELL


def test_a_result_that_was_held_and_taken_back_clears_nothing_after_progress(
    lms: ags_server.Platform, link: ResourceLink
) -> None:
    Activity.objects.update(release="manual")
    attempt = sat(link)
    reported(attempt, AttemptState.SUBMITTED)
    reported(attempt, AttemptState.GRADED, "0.8")
    grade(attempt.learner, link, None)
    converge.deliver_due()
    assert said(lms) == [PENDING]
    assert Cell.objects.get().state == CellState.EMPTY
