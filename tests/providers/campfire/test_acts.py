"""What those who teach have done: once, written down, and looked up where no clear answer came."""

import pytest

from lti_bridge import acting, looking
from lti_bridge.errors import CannotCall, ProviderUnavailable
from lti_bridge.models import Attempt, Cell, ProviderAct
from lti_bridge.providers.campfire import acts
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
    assert len(graded.api.requests) == 3
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


@pytest.fixture
def begun(bench):
    """Alice has answered two questions, and nothing is handed in."""
    session = bench.sat()
    session.chosen = {question: 1 for _item, question, _index in QUESTIONS[:2]}
    assert bench.look().state == "started"
    bench.api.requests.clear()
    return bench


@pytest.mark.parametrize("tells", ["items", "answered", "chosen"])
def test_a_reset_that_never_happened_is_not_done_however_little_the_session_tells(begun, tells):
    begun.api.tells = tells
    begun.api.cut["reset"] = "before"
    assert act(begun, "reset", **RESET).state == "unclear"
    assert asked(begun, "reset") == 1
    assert len(session_of(begun).chosen) == 2
    assert begun.fresh().state == "started"


@pytest.mark.parametrize(("tells", "state"), [("answered", "done"), ("chosen", "done"), ("items", "unclear")])
def test_a_reset_is_done_where_something_was_there_and_is_gone(begun, tells, state):
    begun.api.tells = tells
    begun.api.cut["reset"] = "after"
    assert act(begun, "reset", **RESET).state == state
    assert session_of(begun).chosen == {}


@pytest.mark.parametrize(("cut", "state"), [("before", "unclear"), ("after", "done")])
def test_a_score_that_stood_during_a_retake_tells_whether_the_reset_happened(graded, cut, state):
    act(graded, "retake")
    graded.api.cut["reset"] = cut
    assert act(graded, "reset", **RESET).state == state


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_retake_of_what_goes_on_already_at_campfire_is_unclear(graded, cut):
    session_of(graded).maturity = "IN_PROGRESS"
    graded.api.cut["retake"] = cut
    assert act(graded, "retake").state == "unclear"
    assert graded.fresh().state == "graded"


def test_where_the_session_cannot_be_read_afterwards_it_is_unclear(graded, monkeypatch):
    read = acts.session_of
    answers = [read, silent]
    monkeypatch.setattr(acts, "session_of", lambda attempt: answers.pop(0)(attempt))
    graded.api.cut = {"reset": "after"}
    assert act(graded, "reset", **RESET).state == "unclear"
    assert graded.fresh().state == "graded"


def silent(_attempt):
    raise ProviderUnavailable("provider_unavailable", "No answer.")


def test_where_the_session_cannot_be_read_before_nothing_is_asked_for(graded):
    graded.api.cut = {graded.fresh().provider_attempt_id: "before"}
    assert act(graded, "reset", **RESET).state == "refused"
    assert asked(graded, "reset") == 0
    assert graded.fresh().state == "graded"


def test_a_clear_no_is_refused_and_the_session_is_not_read_again(graded):
    line = f"GET /api/exam-session/{graded.fresh().provider_attempt_id}/retake"
    graded.api.answers[line] = (400, b"{}")
    assert act(graded, "retake").state == "refused"
    assert len(graded.api.requests) == 2


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


@pytest.mark.parametrize(("cut", "state"), [("before", "unclear"), ("after", "done")])
def test_answers_that_were_cut_off_are_done_where_the_session_says_that_they_are_handed_in(bench, cut, state):
    bench.sat()
    bench.api.cut["responses"] = cut
    assert act(bench, "set_responses", answers="C B D", submit="yes").state == state


def test_what_the_learner_had_handed_in_already_does_not_say_that_the_answers_arrived(bench):
    bench.sat(50)
    bench.api.cut["responses"] = "before"
    assert act(bench, "set_responses", answers="C B D", submit="yes").state == "unclear"


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


def pasted(bench, text, **filled):
    """Give it the lines for every attempt there is, as a teacher does."""
    attempts = Attempt.objects.select_related("candidate__account", "activity__account", "learner").order_by("pk")
    return acting.in_bulk(list(attempts), "set_responses_csv", {"csv": text, **filled}, staff="ines")


def refusal_of(bench, text, **filled):
    """What is said against the lines; nothing is done about any of them."""
    bench.api.requests.clear()
    with pytest.raises(CannotCall) as wrong:
        pasted(bench, text, **filled)
    assert not ProviderAct.objects.exists()
    assert acting.carry_out_waiting(seconds=5) == 0
    assert bench.api.requests == []
    return " ".join(wrong.value.problems)


def test_two_lines_about_one_learner_are_refused_and_nothing_is_done(bench):
    bench.sat()
    name = bench.attempt.learner.user_id
    assert "Two lines" in refusal_of(bench, f"{name},A\n{name},B")


@pytest.mark.parametrize("text", ["somebody,A,B,C", "somebody,A,B,C\nelse,A,B,C", "learner,1,2,3", ",A,B"])
def test_a_file_that_names_nobody_is_refused(bench, text):
    bench.sat()
    assert refusal_of(bench, text)


def test_a_mistyped_learner_is_named_and_nobodys_sheet_is_sent(bench):
    bench.sat()
    bench.classmate("bob-2")
    told = refusal_of(bench, f"{bench.attempt.learner.user_id},C,B,D\nBbo-2,A,B,D\n", submit="yes")
    assert "Bbo-2" in told
    assert bench.attempt.learner.user_id not in told


def test_a_learner_without_answers_is_refused_and_the_others_are_done(bench):
    bench.sat()
    bench.classmate("bob-2")
    pasted(bench, f"{bench.attempt.learner.user_id},C,B,D\nbob-2")
    acting.carry_out_waiting(seconds=20)
    assert list(ProviderAct.objects.order_by("pk").values_list("state", flat=True)) == ["done", "refused"]


def test_a_line_without_a_learner_is_not_passed_over(bench):
    bench.sat()
    assert "(nobody)" in refusal_of(bench, f"{bench.attempt.learner.user_id},C,B,D\n,A,B,D\n")


def test_who_is_named_in_a_refusal_is_in_no_log(bench):
    bench.sat()
    with pytest.raises(CannotCall) as wrong:
        pasted(bench, "zoe@example.edu,A,B,C")
    assert "zoe@example.edu" in wrong.value.problems[0]
    assert "zoe@example.edu" not in str(wrong.value)


def test_with_everybody_named_rightly_every_sheet_is_sent(bench):
    bench.sat()
    bench.classmate("bob-2")
    pasted(bench, f"{bench.attempt.learner.user_id},C,B,D\nbob-2,A,B,D\n", submit="yes")
    assert acting.carry_out_waiting(seconds=20) == 2
    assert sorted(session.actual for session in bench.api.sessions.values()) == [67, 100]


@pytest.mark.parametrize("first", ["Bbo-2;A;B;D", "Bbo-2;A B D", "Bbo-2;-;-;-", "Bbo-2", "Bbo-2;;B;"])
def test_a_first_line_with_answers_is_no_heading(bench, first):
    bench.sat()
    assert "Bbo-2" in refusal_of(bench, f"{first}\n{bench.attempt.learner.user_id};C;B;D")


def test_a_heading_further_down_is_a_line_about_nobody(bench):
    bench.sat()
    assert "learner" in refusal_of(bench, f"{bench.attempt.learner.user_id};C;B;D\nlearner;1;2;3")


def test_a_line_about_somebody_whose_exam_is_over_is_refused_as_well(bench):
    bench.sat(80)
    bench.look()
    bench.classmate("bob-2")
    assert bench.attempt.learner.user_id in refusal_of(bench, f"{bench.attempt.learner.user_id},C,B,D\nbob-2,A,B,D")


@pytest.mark.parametrize("word", ["ja", "y", "1", "no", "Yes"])
def test_whether_to_hand_in_is_not_guessed(bench, word):
    bench.sat()
    name = bench.attempt.learner.user_id
    assert "Hand in" in refusal_of(bench, f"{name},C,B,D", submit=word)
    with pytest.raises(CannotCall, match="Hand in"):
        act(bench, "set_responses", answers="C B D", submit=word)
    assert bench.api.requests == []
