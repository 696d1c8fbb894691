"""What scores do at the pretend LMS: as Moodle takes them (measured at 4.5), as Canvas does, as Open edX does."""

import socket
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.lms import gradebook
from lti_bridge.sandbox.lms.lti13 import service_views
from lti_bridge.sandbox.lms.people import PEOPLE
from lti_bridge.sandbox.models import CourseLink, GradebookEntry, GradeWrite, LineItem, Lti13Tool
from tests.sandbox.test_lms13_advantage import SERVICES, Services

pytestmark = pytest.mark.django_db

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
NOON = "2026-11-26T12:00:00.000+00:00"
CANVAS, OPENEDX = 1, 2


class Column(Services):
    """One column, and a tool that posts scores to it."""

    def __init__(self, lms: Client, tool: Lti13Tool, item: LineItem) -> None:
        super().__init__(lms, tool)
        self.item = item
        self.url = f"{SERVICES}/42/lineitems/{item.pk}/lineitem"

    def post(
        self, given: Any = 8, maximum: Any = 10, *, at: str = NOON, content_type: str = SCORE_TYPE, **more: Any
    ) -> Any:
        score = {
            "userId": "5",
            "timestamp": at,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": given,
            "scoreMaximum": maximum,
        } | more
        told = {name: value for name, value in score.items() if value is not None}
        return self.call("POST", f"{self.url}/scores?type_id={self.tool.pk}", told, content_type)

    def results(self, query: str = "user_id=5") -> Any:
        return self.call("GET", f"{self.url}/results?type_id={self.tool.pk}&{query}").json()

    @property
    def grade(self) -> Decimal | None:
        entry = GradebookEntry.objects.filter(user_id="5").first()
        return entry.grade if entry else None


@pytest.fixture
def column(lms: Client, course: CourseLink) -> Column:
    item = LineItem.objects.get(link__title="Python, basic")
    return Column(lms, item.tool, item)


def test_a_score_stands_in_the_gradebook_of_the_link(column: Column) -> None:
    response = column.post(8, 10, comment="Well done")
    assert (response.status_code, response.content) == (200, b"")
    assert column.grade == Decimal("0.8")
    [result] = column.results()
    assert (result["resultScore"], result["resultMaximum"], result["comment"]) == (80, 100, "Well done")
    assert column.results("user_id=6") == []
    cells = {cell["link"]: cell for cell in gradebook.as_json()}
    assert cells["Python, basic"]["grade"] == 0.8
    assert cells["Python, basic"]["writes"][0]["value"].startswith("8/10 Completed FullyGraded")


def test_a_column_of_the_tools_own_has_cells_of_its_own(column: Column) -> None:
    column.post(8)
    item = LineItem.objects.get(pk=column.make(label="Extra", scoreMaximum=20).json()["id"].split("/")[-2])
    extra = Column(column.lms, column.tool, item)
    extra.post(5, 10)
    assert extra.results()[0]["resultScore"] == 10
    assert column.results()[0]["resultScore"] == 80


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ("2026-11-26T12:00:00.000+00:00", 409),
        ("2026-11-26T12:00:00.900+00:00", 409),
        ("2026-11-26T11:59:59.000+00:00", 409),
        ("2026-11-26T12:00:00+01:00", 409),
        ("2026-11-26T12:00:01.000+00:00", 200),
        ("2026-11-26T12:00:01", 200),
        ("2026-11-26T12:00:01.123456Z", 200),
    ],
)
def test_a_score_of_the_same_second_or_older_is_a_conflict(column: Column, second: str, status: int) -> None:
    column.post(8)
    response = column.post(2, at=second)
    assert response.status_code == status
    assert column.grade == (Decimal("0.8") if status == 409 else Decimal("0.2"))
    if status == 409:
        assert "earlier timestamp" in response.reason_phrase
        assert "refused: 409" in GradeWrite.objects.last().outcome  # type: ignore[union-attr]  # there are two


@pytest.mark.parametrize(
    "more", [{"gradingProgress": "PendingManual"}, {"gradingProgress": "Pending"}, {"given": None}], ids=str
)
def test_whatever_is_not_final_erases_the_grade(column: Column, more: dict[str, Any]) -> None:
    column.post(8)
    assert column.post(**({"given": 3} | more), at="2026-11-26T12:00:05Z").status_code == 200
    assert column.grade is None


@pytest.mark.parametrize(("given", "maximum", "part"), [(12, 10, "1"), (5, 10, "0.5"), (40, 0, "0.4"), (0, 10, "0")])
def test_scores_are_scaled_to_the_column(column: Column, given: float, maximum: float, part: str) -> None:
    assert column.post(given, maximum).status_code == 200
    assert column.grade == Decimal(part)


def test_zero_is_no_result(column: Column) -> None:
    column.post(0)
    assert column.grade == 0
    assert "resultScore" not in column.results()[0]


@pytest.mark.parametrize(
    "more",
    [
        {"userId": None},
        {"userId": "4711"},
        {"userId": "2"},
        {"at": None},
        {"at": "yesterday"},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"maximum": None},
        {"given": "8"},
        {"given": -1},
        {"content_type": "application/json"},
    ],
    ids=str,
)
def test_a_score_that_cannot_be_read_changes_nothing(column: Column, more: dict[str, Any]) -> None:
    response = column.post(**more)
    assert response.status_code == 400
    assert column.grade is None


def test_a_teachers_grade_stands(column: Column) -> None:
    link: Any = column.item.link
    gradebook.override(link, PEOPLE["alice"], "77")
    column.post(2)
    assert column.grade == Decimal("0.77")
    assert column.results()[0]["resultScore"] == 77


def test_a_column_that_is_gone_is_not_found(column: Column) -> None:
    url = f"{SERVICES}/42/lineitems/4711/lineitem/scores"
    assert column.call("POST", url, {}, SCORE_TYPE).status_code == 404


# --- Canvas -----------------------------------------------------------------------------------


def test_at_canvas_each_score_is_a_submission_until_there_are_no_more(column: Column) -> None:
    faults.switch({"lms_manner": CANVAS, "lms_canvas_submissions": 2})
    assert "resultUrl" in column.post(5).json()
    assert column.post(6, at="2026-11-26T12:00:01Z").status_code == 200
    assert column.post(7, at="2026-11-26T12:00:02Z").status_code == 422
    assert column.grade == Decimal("0.6")
    again = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
    assert column.post(8, at="2026-11-26T12:00:03Z", **again).status_code == 200
    assert (column.grade, GradebookEntry.objects.get().submissions) == (Decimal("0.8"), 2)


def test_at_canvas_an_older_score_is_a_bad_request_and_the_same_time_is_not(column: Column) -> None:
    faults.switch({"lms_manner": CANVAS})
    column.post(5)
    assert column.post(6, at="2026-11-26T11:59:59Z").status_code == 400
    assert column.post(6).status_code == 200
    assert column.grade == Decimal("0.6")


def test_at_canvas_more_than_full_marks_count(column: Column) -> None:
    faults.switch({"lms_manner": CANVAS})
    column.post(11, 10)
    assert column.results()[0]["resultScore"] == 110


@pytest.mark.parametrize(
    ("more", "status", "grade"),
    [
        ({"gradingProgress": "PendingManual"}, 200, Decimal("0.8")),
        ({"gradingProgress": "Pending"}, 200, None),
        ({"gradingProgress": "Failed"}, 200, None),
        ({"maximum": None}, 422, None),
        ({"userId": "2"}, 422, None),
        ({"given": 0}, 200, Decimal(0)),
    ],
    ids=str,
)
def test_at_canvas_what_is_not_final(column: Column, more: dict[str, Any], status: int, grade: Decimal | None) -> None:
    faults.switch({"lms_manner": CANVAS})
    assert column.post(**more).status_code == status
    assert column.grade == grade


# --- Open edX ---------------------------------------------------------------------------------


def test_at_open_edx_the_time_of_a_score_is_good_once(column: Column) -> None:
    faults.switch({"lms_manner": OPENEDX})
    column.post(5)
    assert column.post(6).status_code == 400
    assert column.post(6, at="2026-11-26T12:00:00.001Z").status_code == 200
    assert column.grade == Decimal("0.6")


def test_at_open_edx_zero_is_taken_and_never_shown(column: Column) -> None:
    faults.switch({"lms_manner": OPENEDX})
    column.post(5)
    assert column.post(0, at="2026-11-26T12:00:01Z").status_code == 200
    assert column.grade == Decimal("0.5")
    assert column.results()[0]["resultScore"] == 0


# --- faults -----------------------------------------------------------------------------------


def test_it_can_see_conflicts_where_there_are_none(column: Column) -> None:
    faults.switch({"lms_conflicts": 100})
    assert column.post(8).status_code == 409
    assert column.grade is None


def heard_after(column: Column) -> bytes:
    """Post a score over a connection of our own; what its other end hears."""
    body = (
        b'{"userId":"5","timestamp":"2026-11-26T12:00:00Z","activityProgress":"Completed",'
        b'"gradingProgress":"FullyGraded","scoreGiven":1,"scoreMaximum":2}'
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        column.lms.generic(
            "POST",
            f"{column.url}/scores",
            body,
            content_type=SCORE_TYPE,
            headers={"Authorization": f"Bearer {column.token}"},
            **{"gunicorn.socket": ours},  # type: ignore[arg-type]  # the test client's stub knows texts only
        )
        return theirs.recv(100)


@pytest.mark.parametrize(("fault", "grade"), [("lms_cut_before", None), ("lms_cut_after", Decimal("0.5"))])
def test_it_hangs_up_around_its_work(column: Column, fault: str, grade: Decimal | None) -> None:
    faults.switch({fault: 100})
    assert heard_after(column) == b""
    assert column.grade == grade


def test_it_does_its_work_after_it_hung_up(column: Column, monkeypatch: pytest.MonkeyPatch) -> None:
    later: list[Any] = []

    class Clock:
        def __init__(self, seconds: float, what: Any, arguments: list[Any]) -> None:
            later.append((seconds, what, arguments))

        def start(self) -> None:
            assert column.grade is None

    monkeypatch.setattr(service_views, "Timer", Clock)
    monkeypatch.setattr(service_views.connections, "close_all", lambda: None)
    faults.switch({"lms_late_apply": 7})
    assert heard_after(column) == b""
    [(seconds, what, arguments)] = later
    what(*arguments)
    assert (seconds, column.grade) == (7, Decimal("0.5"))
