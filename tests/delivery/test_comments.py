"""A provider's words about a result go to the LMS with the score: as plain text, and once where each one adds up."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from lti_bridge import flow, gradebook
from lti_bridge.delivery import converge
from lti_bridge.delivery.comments import LONGEST, plain
from lti_bridge.models import Attempt, AttemptState, Cell, CellState, Grade, Learner, ResourceLink
from lti_bridge.providers.reports import GradeReport
from tests.ags_server import AgsFaults, Platform, ags_server
from tests.delivery.cells import fresh, grade, make_due, make_learner
from tests.delivery.columns import make_column_link, our_keys, start_anew, told

ALICE = ("3", "user-1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Well done.", "Well done."),
        ("  \n Line one\r\nline two\rline three\n\n\n\nend ", "Line one\nline two\nline three\n\nend"),
        ("<p>Good <b onclick='x()'>work</b></p>", "Good work"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<<b>img src=x onerror=alert(1)>", "< img src=x onerror=alert(1)>"),
        ("<img src=x onerror=alert(1)", "< img src=x onerror=alert(1)"),
        ("<!-- p -->3 < 4 & 5 > 4, I <3 it", "3 < 4 & 5 > 4, I <3 it"),
        ("&lt;b&gt; stays what it is", "&lt;b&gt; stays what it is"),
        ("tab\tbell\x07 escape\x1b end", "tab bell escape end"),
        ("Très bien 你好 🎉", "Très bien 你好 🎉"),
        (" \n\t ", ""),
        ("<p></p>", ""),
    ],
)
def test_a_comment_is_plain_text(text: str, shown: str) -> None:
    """SEC-B5"""
    assert plain(text) == shown


def test_a_comment_is_as_long_as_a_gradebook_shows() -> None:
    assert plain("a" * LONGEST) == "a" * LONGEST
    assert plain("a" * 10_000) == "a" * (LONGEST - 1) + "…"
    assert "<b" not in plain("<" * 5_000 + "b>" * 5_000)


# --- told -----------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.SEND_DEADLINE_SECONDS = 1.5
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    start_anew()


@pytest.fixture(params=["plain", "moodle", "canvas", "openedx"])
def lms(request: pytest.FixtureRequest) -> Iterator[Platform]:
    with ags_server(Platform(mode=request.param, keys=our_keys())) as platform:
        yield platform


@pytest.fixture
def link(lms: Platform) -> ResourceLink:
    link = make_column_link(lms)
    lms.add_column(resourceLinkId=link.resource_link_id)
    told(link, lms.claim(link.resource_link_id))
    return link


@pytest.fixture
def alice(link: ResourceLink) -> Learner:
    return make_learner(link, 1, None)


def deliver(cell: Cell) -> Cell:
    make_due(cell)
    converge.deliver_due()
    return fresh(cell)


def comments(lms: Platform) -> list[str | None]:
    return [score.get("comment") for score in lms.told[ALICE]]


@pytest.mark.parametrize("fault", ["server_error", "cut_before", "applied_then_cut"])
def test_it_is_the_same_on_every_try(lms: Platform, link: ResourceLink, alice: Learner, fault: str) -> None:
    lms.faults = AgsFaults(**{fault: 1.0})
    cell = deliver(grade(alice, link, "0.8", comment="Well done."))
    lms.faults = AgsFaults()
    for _ in range(2):
        cell = deliver(cell)
    assert (cell.state, cell.sent_version) == (CellState.DELIVERED, 1)
    assert comments(lms)[0] == "Well done."
    if lms.mode == "canvas":
        # One more would stand below the first, so a try of unknown fate is the only one to carry it.
        assert len(lms.comments[ALICE]) <= 1
    else:
        assert set(comments(lms)) == {"Well done."}


@pytest.mark.parametrize("lms", ["canvas"], indirect=True)
def test_a_canvas_submission_has_each_comment_once(lms: Platform, link: ResourceLink, alice: Learner) -> None:
    """A correction of the score goes without one; another attempt brings its own."""
    deliver(grade(alice, link, "0.8", comment="Well done."))
    deliver(grade(alice, link, "0.7", comment="Well done, but late."))
    deliver(grade(alice, link, "0.7", comment="Well done, but too late."))
    assert lms.comments[ALICE] == ["Well done."]
    deliver(grade(alice, link, "0.9", attempt_number=2, comment="Better."))
    assert lms.comments[ALICE] == ["Well done.", "Better."]


def test_another_comment_is_told_with_the_same_score(lms: Platform, link: ResourceLink, alice: Learner) -> None:
    cell = deliver(grade(alice, link, "0.8", comment="Well done."))
    cell = deliver(grade(alice, link, "0.8", comment="<i>Well done.</i>"))
    assert (cell.wanted_version, comments(lms)) == (1, ["Well done."]), "the LMS would see no difference"
    cell = deliver(grade(alice, link, "0.8", comment="Very well done."))
    cell = deliver(grade(alice, link, "0.8"))
    if lms.mode == "canvas":
        assert (cell.wanted_version, comments(lms)) == (1, ["Well done."])
    else:
        assert (cell.wanted_version, comments(lms)) == (3, ["Well done.", "Very well done.", None])
    assert cell.state == CellState.DELIVERED


@pytest.mark.parametrize("lms", ["plain", "moodle", "openedx"], indirect=True)
def test_another_comment_replaces_no_grade_that_a_teacher_entered(
    lms: Platform, link: ResourceLink, alice: Learner
) -> None:
    deliver(grade(alice, link, "0.8", comment="Well done."))
    lms.grade_by_hand(ALICE, "0.95")
    for comment in ("Very well done.", "Very, very well done."):
        cell = deliver(grade(alice, link, "0.8", comment=comment))
        assert (cell.state, cell.found_score) == (CellState.DIFFERS, "0.95")
    assert comments(lms) == ["Well done."]
    cell = deliver(grade(alice, link, "0.7", comment="Not that well."))
    assert (cell.state, comments(lms)) == (CellState.DELIVERED, ["Well done.", "Not that well."])


@pytest.mark.parametrize("lms", ["plain"], indirect=True)
def test_a_teachers_grade_is_replaced_when_somebody_wants_that(
    lms: Platform, link: ResourceLink, alice: Learner
) -> None:
    deliver(grade(alice, link, "0.8", comment="Well done."))
    lms.grade_by_hand(ALICE, "0.95")
    cell = deliver(grade(alice, link, "0.8", comment="Very well done."))
    assert gradebook.deliver_again(cell)
    assert deliver(cell).state == CellState.DELIVERED
    assert comments(lms) == ["Well done.", "Very well done."]


@pytest.mark.parametrize("lms", ["plain"], indirect=True)
def test_another_comment_before_the_score_was_taken_goes_with_it(
    lms: Platform, link: ResourceLink, alice: Learner
) -> None:
    lms.grade_by_hand(ALICE, "0.95")
    grade(alice, link, "0.8", comment="Well done.")
    cell = deliver(grade(alice, link, "0.8", comment="Very well done."))
    assert (cell.state, comments(lms)) == (CellState.DELIVERED, ["Very well done."])


def test_a_result_that_is_taken_back_has_no_comment(lms: Platform, link: ResourceLink, alice: Learner) -> None:
    deliver(grade(alice, link, "0.8", comment="Well done."))
    deliver(grade(alice, link, None, comment="A mistake."))
    assert comments(lms) == (["Well done."] if lms.mode == "openedx" else ["Well done.", None])


# --- reported -------------------------------------------------------------------------------


def reported(attempt: Attempt, score: str, comment: str | None) -> None:
    given = {"score_given": Decimal(score), "score_maximum": Decimal(1), "has_result": True}
    flow.record(GradeReport(attempt, AttemptState.GRADED, timezone.now(), comment=comment, **given))
    for cell in Cell.objects.all():
        deliver(cell)


def test_who_has_no_say_in_comments_takes_none_away(lms: Platform, link: ResourceLink, alice: Learner) -> None:
    """An API that is asked about a score that came by LTI tells the same number and no words."""
    attempt = Attempt.objects.create(learner=alice, resource_link=link, activity=link.activity, number=1)
    reported(attempt, "0.8", "Well done.")
    reported(attempt, "0.8", None)
    reported(attempt, "0.8", "Well done.")
    assert (Grade.objects.count(), comments(lms)) == (1, ["Well done."])
    reported(attempt, "0.8", "")
    assert [each.comment for each in Grade.objects.order_by("pk")] == ["Well done.", ""]
    assert comments(lms) == (["Well done."] if lms.mode == "canvas" else ["Well done.", None])
