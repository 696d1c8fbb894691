"""What opens at Isograd beside tests: results, reports, the candidate's space, confirmation tests, administration."""

import pytest
from django.template.loader import render_to_string

from lti_bridge.errors import CannotOpen, ProviderUnavailable
from lti_bridge.models import Attempt, AttemptState, Grade, Learner, ProviderAct
from lti_bridge.providers.actions import Page, Redirect
from lti_bridge.providers.isograd.errors import IsogradRefused
from tests.isograd_bench import ALICE, ISOGRAD
from tests.isograd_server import Answer, Sitting, refuse
from tests.relay.sitting import sit

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(bench):
    """Alice has taken the test, and the bridge knows it."""
    test = bench.sat(800)
    bench.look()
    bench.api.requests.clear()
    bench.test = test
    return bench


def page(action):
    assert isinstance(action, Page)
    return render_to_string(action.template, {"heading": "My results", **action.values})


# --- results --------------------------------------------------------------------------------


def test_results_are_asked_for_the_learners_own_test(taken):
    taken.does("view_results")
    taken.api.tests.append(Sitting(9999, 482, ALICE, {}, status=3, score=100))
    taken.open()
    which = {"tst_frm_id": "482", "ema": ALICE, "pla_tst_id": str(taken.test.pla_tst_id)}
    assert taken.api.asked() == [
        {"act_id": "4"} | which,
        {"act_id": "5", "des_lan_id": "1"} | which,
        {"act_id": "6", "lan_id": "1"} | which,
    ]


def test_results_show_score_skills_and_a_link_to_the_report(taken):
    taken.does("view_results")
    shown = page(taken.open())
    assert "800/1000" not in shown
    for part in ("800", "of 1000", "Formulas", "3.4 of 5", "Operational", "75 of 100", "The report (PDF)"):
        assert part in shown
    assert f'href="{taken.api.url}/report/{taken.test.pla_tst_id}.pdf"' in shown
    assert shown.count("<svg") == 2


def test_isograds_own_words_are_shown_where_they_say_more(taken):
    taken.does("view_results")
    taken.api.answers["4"] = {
        "success": True,
        "gra_typ_id": 1,
        "num_val": 3,
        "max_val": 5,
        "txt_des": "Intermediate – 3/5",
    }
    assert "Intermediate – 3/5" in page(taken.open())


def test_what_was_not_tested_is_no_bar_and_no_zero(taken):
    taken.does("view_results")
    shown = page(taken.open())
    assert shown.count("not tested") == 2
    assert "-1" not in shown


@pytest.mark.parametrize("details", [[], {}, None, "?", {"12": []}, [{"des": "x"}]])
def test_no_details_are_no_table(taken, details):
    taken.does("view_results")
    taken.api.answers["5"] = {"success": True, "result_details": details}
    assert "<table" not in page(taken.open())


def test_a_test_without_a_report_has_no_link(taken):
    taken.does("view_results")
    taken.api.answers["6"] = refuse(601)
    assert "The report" not in page(taken.open())


def test_isograds_words_cannot_become_markup(taken):
    taken.does("view_results")
    taken.api.answers["5"] = {"success": True, "result_details": {"1": {"des": "<b>x</b>", "level": 1, "scalemax": 5}}}
    assert "<b>x</b>" not in page(taken.open())


def test_without_an_attempt_of_ours_it_is_the_last_test_taken(bench):
    bench.api.candidates[ALICE] = 1
    bench.api.tests.append(Sitting(9, 482, ALICE, {}, status=3, score=640))
    bench.does("view_results")
    assert "640" in page(bench.open())
    assert "pla_tst_id" not in bench.api.asked("4")[0]


@pytest.mark.parametrize(("code", "name"), [(107, "no_such_candidate"), (501, "not_taken"), (502, "not_finished")])
def test_no_result_yet_is_said(bench, code, name):
    bench.does("view_results")
    bench.api.answers["4"] = refuse(code)
    with pytest.raises(IsogradRefused) as refused:
        bench.open()
    assert refused.value.code == name and refused.value.advice


# --- the report and the candidate's space ---------------------------------------------------


def test_the_report_opens(taken):
    taken.does("view_report_pdf", lan_id=2)
    assert taken.open() == Redirect(f"{taken.api.url}/report/{taken.test.pla_tst_id}.pdf")
    assert taken.api.asked()[0]["lan_id"] == "2"


def test_the_candidates_space_opens_by_redirection(taken):
    taken.does("candidate_space")
    taken.activity.parameters = {}
    taken.activity.save()
    assert taken.open() == Redirect(f"{taken.api.url}/candidate/{ALICE}")
    assert taken.api.asked() == [{"act_id": "38", "ema": ALICE}]


def test_the_candidates_space_opens_by_an_address_in_json_too(taken):
    taken.activity.action, taken.activity.parameters = "candidate_space", {}
    taken.activity.save()
    taken.api.answers["38"] = {"success": True, "lgn_url": "https://app.isograd.com/continuelogin"}
    assert taken.open() == Redirect("https://app.isograd.com/continuelogin")


@pytest.mark.parametrize("answer", [{"success": True}, {"success": True, "url": "javascript:x"}, Answer(302, b"")])
def test_no_address_is_no_answer(taken, answer):
    taken.activity.action, taken.activity.parameters = "candidate_space", {}
    taken.activity.save()
    taken.api.answers["38"] = answer
    with pytest.raises(ProviderUnavailable):
        taken.open()


def test_who_is_no_candidate_yet_is_told_to_take_the_test_first(bench):
    bench.activity.action, bench.activity.parameters = "candidate_space", {}
    bench.activity.save()
    with pytest.raises(IsogradRefused) as refused:
        bench.open()
    assert "Take the test first" in str(refused.value.advice)


# --- a confirmation test --------------------------------------------------------------------


@pytest.fixture
def confirming(taken):
    """A second link of the course opens a confirmation test."""
    from lti_bridge.models import Activity

    taken.activity = Activity.objects.create(
        slug="confirm",
        title="Confirm",
        account=taken.account,
        action="confirmation_test",
        parameters={"tst_frm_id": 482},
    )
    taken.attempt = sit(taken.world, activity=taken.activity)
    return taken


def test_a_confirmation_test_is_of_the_finished_test(confirming):
    action = confirming.open()
    made = confirming.api.tests[-1]
    assert confirming.api.asked() == [{"act_id": "58", "pla_tst_id": str(confirming.test.pla_tst_id)}]
    assert action == Redirect(f"{confirming.api.url}/test/{made.pla_tst_id}")


def test_none_is_made_twice(confirming):
    confirming.open()
    assert confirming.open() == Redirect(f"{confirming.api.url}/candidate/{ALICE}")
    assert len(confirming.api.asked("58")) == 1


def test_an_unanswered_one_is_not_made_twice_either(confirming):
    confirming.api.cut_after = {"58"}
    with pytest.raises(ProviderUnavailable):
        confirming.open()
    confirming.api.cut_after = set()
    assert confirming.open() == Redirect(f"{confirming.api.url}/candidate/{ALICE}")
    assert len(confirming.api.tests) == 2


def test_one_that_was_clearly_refused_can_be_asked_for_again(confirming):
    confirming.api.answers["58"] = refuse(301)
    with pytest.raises(IsogradRefused):
        confirming.open()
    confirming.api.answers.clear()
    assert isinstance(confirming.open(), Redirect)
    assert len(confirming.api.asked("58")) == 2


def test_its_result_is_told_from_that_of_the_confirmed_test(confirming):
    confirming.open()
    attempt = confirming.fresh()
    assert ISOGRAD.looks.can_fetch(confirming.account, attempt)
    made = confirming.api.tests[-1]
    assert confirming.look().state == "opened"
    made.status, made.score = 3, 810
    assert confirming.look().state == "graded"
    assert Grade.objects.filter(attempt=attempt).get().score_given == 810


def test_without_a_finished_test_there_is_nothing_to_confirm(confirming):
    Attempt.objects.exclude(pk=confirming.attempt.pk).update(state=AttemptState.STARTED)
    with pytest.raises(CannotOpen) as refused:
        confirming.open()
    assert (refused.value.code, confirming.api.requests) == ("nothing_to_confirm", [])


# --- administration -------------------------------------------------------------------------


@pytest.fixture
def administering(bench):
    """Ines, who teaches, opens the administration."""
    bench.activity.action, bench.activity.parameters = "admin_space", {}
    bench.activity.save()
    bench.set(administrators=[listed(bench, email="Boss@example.edu")], sub_com_id=17)
    return bench


def listed(bench, **more):
    """The person of the attempt, as an account lists an administrator."""
    learner = bench.attempt.learner
    return {"platform": learner.platform.name, "user_id": learner.user_id, "email": "boss@example.edu"} | more


def test_a_teacher_on_the_list_becomes_the_administrator_of_the_listed_address(administering):
    action = administering.open(teaches=True)
    assert action == Redirect(f"{administering.api.url}/administration/boss@example.edu")
    assert administering.api.asked() == [
        {"act_id": "13", "sub_com_id": "17", "ema": "boss@example.edu", "use_ema_for_adm": "1"}
    ]


def test_each_use_is_written_down(administering):
    administering.open(teaches=True)
    administering.api.instead = Answer(500, b"oops")
    with pytest.raises(ProviderUnavailable):
        administering.open(teaches=True)
    acts = ProviderAct.objects.order_by("pk")
    assert [(act.what, act.state) for act in acts] == [("admin_space", "done"), ("admin_space", "unclear")]
    assert all(act.teacher == administering.attempt.learner and act.reference for act in acts)


@pytest.mark.parametrize("changed", [{"platform": "another-lms"}, {"user_id": "another"}, None])
def test_nobody_else_does(administering, changed):
    """SEC-I1: whatever address their LMS says they have."""
    Learner.objects.filter(pk=administering.attempt.learner_id).update(email="boss@example.edu")
    administering.set(administrators=[listed(administering, **changed)] if changed else [])
    refuses(administering, teaches=True)


def test_a_listed_person_who_does_not_teach_here_does_not_either(administering):
    refuses(administering, teaches=False)


def refuses(administering, *, teaches):
    with pytest.raises(CannotOpen) as refused:
        administering.open(teaches=teaches)
    assert (refused.value.code, refused.value.status) == ("not_an_administrator", 403)
    assert administering.api.requests == []
    assert not ProviderAct.objects.exists()


def test_an_activity_of_it_needs_the_list(bench):
    (problem,) = ISOGRAD.check_activity(bench.account, "admin_space", {})
    assert "administrators" in problem
    bench.set(administrators=[listed(bench)])
    assert ISOGRAD.check_activity(bench.account, "admin_space", {}) == []
