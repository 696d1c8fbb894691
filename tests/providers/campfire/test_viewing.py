"""Pages of results: a learner's own and a class's, and the answer key in neither."""

from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Cell
from lti_bridge.providers.actions import Page
from lti_bridge.providers.campfire.plot import Bar, plot_of
from tests.campfire_server import QUESTIONS
from tests.providers.campfire.bench import CAMPFIRE
from tests.relay.sitting import opening

pytestmark = pytest.mark.django_db


def shown(action):
    assert isinstance(action, Page)
    return render_to_string(action.template, {"heading": "Saving", **action.values})


def test_a_learner_sees_score_objectives_and_questions(bench):
    bench.sat(80)
    bench.look()
    bench.does("view_results")
    page = shown(bench.open(attempt=None))
    for text in ("80", "of 100", "80 %", "2.11.B", "saving", "Item 1", "answer 3", "1 of 1"):
        assert text in page


def test_the_answer_key_is_nowhere_on_the_page(bench):
    bench.sat(80)
    bench.look()
    bench.does("view_results")
    action = bench.open(attempt=None)
    assert isinstance(action, Page)
    everything = repr(dict(action.values)) + shown(action)
    assert "isKey" not in everything and "keys" not in everything
    assert "is_key" not in everything


def test_an_exam_that_is_not_multiple_choice_shows_its_items_by_number(bench):
    session = bench.sat(80)
    bench.look()
    bench.api.answers[f"GET /api/exam-session/{session.id}/results"] = (400, b"{}")
    bench.does("view_results")
    page = shown(bench.open(attempt=None))
    assert "Question 3" in page and "of 100" in page


def test_nothing_taken_is_nothing_to_see(bench):
    bench.does("view_results")
    with pytest.raises(CannotOpen, match="no_results"):
        bench.open(attempt=None)


def test_nothing_is_shown_before_it_is_final(bench):
    session = bench.sat(80)
    session.items = [{"id": QUESTIONS[0][0], "score": {"actual": None, "isScorable": True, "min": 0, "max": 1}}]
    bench.does("view_results")
    with pytest.raises(CannotOpen, match="results_not_final"):
        bench.open(attempt=None)


def test_nothing_is_shown_before_the_teacher_releases_it(bench):
    bench.activity.release = "manual"
    bench.activity.save()
    bench.sat(80)
    bench.look()
    bench.does("view_results")
    assert Cell.objects.get().held
    with pytest.raises(CannotOpen, match="results_not_released"):
        bench.open(attempt=None)


# --- a class --------------------------------------------------------------------------------


def as_teacher(bench):
    bench.does("class_results")
    return CAMPFIRE.open(opening(bench.fresh(), attempt=None, teaches=True))


def test_a_class_is_seen_by_learner_and_by_objective_with_one_list(bench):
    session = bench.sat(80)
    bench.classmate("bob-2")
    bench.look()
    bench.api.requests.clear()
    page = shown(as_teacher(bench))
    # One session tells the names of objectives, which the list does not.
    assert bench.api.lines == ["POST /api/exam-sessions", f"GET /api/exam-session/{session.id}/results"]
    assert "2.11.B saving" in page
    assert "Alice Liddell" in page and "80 of 100" in page
    assert "not final" in page
    assert "<svg" in page and "100 %" in page


def test_sessions_of_other_courses_and_systems_are_not_shown(bench):
    stranger = bench.sat(80)
    bench.api.sessions["stranger"] = type(stranger)("stranger", stranger.config, {}, "COMPLETE", 99)
    assert "99" not in shown(as_teacher(bench))


def test_a_class_without_sessions_says_so(bench):
    assert "Nobody of this course" in shown(as_teacher(bench))


def test_only_those_who_teach_have_the_page_of_a_class():
    assert CAMPFIRE.actions["class_results"].for_teachers


def test_names_cannot_break_the_plot(bench):
    plot = plot_of([Bar("<script>" + "x" * 40, Decimal("1.7")), Bar("b", Decimal(0))])
    assert plot is not None
    assert (plot.bars[0].width, plot.bars[1].width) == (f"{float(plot.full):.1f}", "0.0")
    values = {"plot": plot, "reached": [({}, "")], "heading": ""}
    page = render_to_string("providers/campfire/class_results.html", values)
    assert "<script>x" not in page


def test_no_bars_are_no_plot():
    assert plot_of([]) is None
