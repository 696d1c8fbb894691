"""What those who teach have done: once, written down, and looked up where no clear answer came."""

import pytest

from lti_bridge import acting, looking
from lti_bridge.errors import CannotCall
from lti_bridge.models import Attempt, Cell, ProviderAct
from tests.campfire_server import QUESTIONS

pytestmark = pytest.mark.django_db
RESET = {"confirmation": "RESET"}


@pytest.fixture
def graded(bench):
    """Alice has 80 of 100."""
    bench.sat(80)
    bench.look()
    bench.api.requests.clear()
    return bench


def session_of(bench):
    return bench.api.sessions[bench.fresh().provider_attempt_id]


def act(bench, name, **filled):
    row, _url = acting.about_attempt(bench.fresh(), name, filled, staff="ines")
    return ProviderAct.objects.get(pk=row.pk)


def asked(bench, name):
    return bench.api.count(f"/{name}")


@pytest.mark.parametrize("name", ["retake", "reopen"])
def test_it_goes_on_and_the_grade_stands(graded, name):
    version = Cell.objects.get().wanted_version
    row = act(graded, name)
    assert (row.state, row.what, row.staff, row.attempt) == ("done", name, "ines", graded.attempt)
    assert asked(graded, name) == 1
    assert graded.fresh().state == "started"
    cell = Cell.objects.get()
    assert (cell.wanted_grade.score_given, cell.wanted_version) == (80, version)


def test_after_a_retake_the_new_grade_arrives(graded):
    act(graded, "retake")
    session_of(graded).grade(95)
    assert graded.look().state == "graded"
    assert Cell.objects.get().wanted_grade.score_given == 95


@pytest.mark.parametrize(("name", "filled"), [("retake", {}), ("reopen", {}), ("reset", RESET)])
def test_what_goes_on_is_asked_about_again_without_another_launch(graded, name, filled):
    assert graded.fresh().look_at is None
    act(graded, name, **filled)
    assert graded.fresh().look_at is not None
    session_of(graded).grade(60)
    looking.look_at_due(seconds=20)
    assert graded.fresh().state == "graded"
    assert Cell.objects.get().wanted_grade.score_given == 60


def test_after_a_retake_a_launch_goes_on_with_the_same_session(graded):
    before = graded.fresh().provider_attempt_id
    act(graded, "retake")
    graded.open()
    assert graded.fresh().provider_attempt_id == before
    assert Attempt.objects.count() == 1


def test_a_reset_takes_the_result_back_and_that_is_not_zero(graded):
    row = act(graded, "reset", **RESET)
    assert row.state == "done"
    attempt = graded.fresh()
    assert attempt.state == "opened"
    assert attempt.grades.order_by("-pk").first().score_given is None


@pytest.mark.parametrize("typed", ["", "reset", "RESET!", "yes"])
def test_a_reset_needs_the_word(graded, typed):
    with pytest.raises(CannotCall):
        act(graded, "reset", confirmation=typed)
    assert graded.api.requests == []
    assert not ProviderAct.objects.exists()


def test_a_reset_is_never_for_many_at_once(graded):
    assert not acting.acts_of(graded.account)["reset"].in_bulk


@pytest.mark.parametrize(("name", "filled"), [("retake", {}), ("reopen", {}), ("reset", RESET)])
def test_cut_after_it_was_done_the_session_says_so_and_nothing_is_repeated(graded, name, filled):
    graded.api.cut[name] = "after"
    row = act(graded, name, **filled)
    assert row.state == "done"
    assert asked(graded, name) == 1
    assert len(graded.api.requests) == 2
    assert graded.fresh().state == ("opened" if name == "reset" else "started")


@pytest.mark.parametrize(("name", "filled"), [("retake", {}), ("reopen", {}), ("reset", RESET)])
def test_cut_before_it_was_done_it_is_unclear_and_nothing_is_repeated(graded, name, filled):
    graded.api.cut[name] = "before"
    row = act(graded, name, **filled)
    assert row.state == "unclear"
    assert asked(graded, name) == 1
    attempt = graded.fresh()
    assert attempt.state == "graded"
    assert Cell.objects.get().wanted_grade.score_given == 80


def test_where_the_session_cannot_be_read_either_it_is_unclear(graded):
    graded.api.cut = {"reset": "after", graded.fresh().provider_attempt_id: "before"}
    assert act(graded, "reset", **RESET).state == "unclear"
    assert graded.fresh().state == "graded"


def test_a_clear_no_is_refused_and_nothing_is_read(graded):
    line = f"GET /api/exam-session/{graded.fresh().provider_attempt_id}/retake"
    graded.api.answers[line] = (400, b"{}")
    assert act(graded, "retake").state == "refused"
    assert len(graded.api.requests) == 1


def test_what_does_not_suit_is_not_offered(bench):
    bench.sat()
    assert "retake" not in acting.suiting(bench.fresh())
    assert "set_responses" in acting.suiting(bench.fresh())


# --- paper ----------------------------------------------------------------------------------


def test_answers_from_paper_are_sent_as_the_document_has_them_and_graded(bench):
    bench.sat()
    row = act(bench, "set_responses", answers="c, B D", submit="yes")
    assert row.state == "done"
    assert bench.api.requests[-1].body == {
        "submitForScoring": True,
        "responses": [
            {"itemId": item, "questions": [{"id": question, "response": {"options": [{"index": index}]}}]}
            for item, question, index in QUESTIONS
        ],
    }
    assert bench.fresh().state == "submitted"
    assert bench.look().grades.get().score_given == 100


def test_without_handing_in_they_are_only_kept(bench):
    bench.sat()
    act(bench, "set_responses", answers="A - D")
    body = bench.api.requests[-1].body
    assert body["submitForScoring"] is False
    assert [each["itemId"] for each in body["responses"]] == [QUESTIONS[0][0], QUESTIONS[2][0]]
    assert bench.fresh().state == "opened"


@pytest.mark.parametrize("answers", ["A B", "A B C D", "A B Z", "A B 1", "A BB C"])
def test_answers_that_do_not_fit_the_exam_are_not_sent(bench, answers):
    bench.sat()
    assert act(bench, "set_responses", answers=answers).state == "refused"
    assert bench.api.count("/responses") == 0


def test_a_csv_file_gives_each_learner_their_own_line(bench):
    bench.sat()
    other = bench.classmate("bob-2")
    bench.classmate("carol-3")
    text = f"learner;1;2;3\n{bench.attempt.learner.user_id};C;B;D\nbob-2@EXAMPLE.edu;A;;D\n"
    attempts = list(Attempt.objects.select_related("candidate__account", "activity__account", "learner"))
    assert acting.in_bulk(attempts, "set_responses_csv", {"csv": text, "submit": "yes"}, staff="ines")
    rows = {each.attempt_id: each.details for each in ProviderAct.objects.all()}
    assert rows == {
        bench.attempt.pk: {"answers": "C B D", "submit": "yes"},
        other.pk: {"answers": "A - D", "submit": "yes"},
    }
    acting.carry_out_waiting(seconds=20)
    assert set(ProviderAct.objects.values_list("state", flat=True)) == {"done"}
    assert bench.api.sessions[other.provider_attempt_id].actual == 33


def test_two_lines_about_one_learner_are_refused_and_nothing_is_done(bench):
    bench.sat()
    name = bench.attempt.learner.user_id
    with pytest.raises(CannotCall):
        acting.in_bulk([bench.fresh()], "set_responses_csv", {"csv": f"{name},A\n{name},B"}, staff="ines")
    assert not ProviderAct.objects.exists()


def test_a_file_that_names_nobody_is_refused(bench):
    bench.sat()
    with pytest.raises(CannotCall):
        acting.in_bulk([bench.fresh()], "set_responses_csv", {"csv": "somebody,A,B,C"}, staff="ines")
