"""Sitting a test by the API: one test for one attempt, whatever goes wrong, and no credit twice."""

import pytest

from lti_bridge.errors import AttemptIsOver, CannotOpen, ProviderUnavailable
from lti_bridge.models import AccountTrouble, Activity, Attempt, Candidate, Learner
from lti_bridge.providers.actions import Redirect
from lti_bridge.providers.isograd.errors import IsogradRefused
from tests.isograd_bench import ALICE
from tests.isograd_server import Answer, Sitting, refuse
from tests.relay.sitting import sit

pytestmark = pytest.mark.django_db


def another_attempt(bench, **details):
    """Alice at a second link's activity with the same test."""
    activity = Activity.objects.create(
        slug="excel-again", title="Excel", account=bench.account, action="take_test", parameters={"tst_frm_id": 482}
    )
    attempt = sit(bench.world, activity=activity)
    Attempt.objects.filter(pk=attempt.pk).update(**details)
    return attempt


# --- the way it should be -------------------------------------------------------------------


def test_a_new_learner_takes_two_calls_and_goes_to_the_test(bench):
    action = bench.open()
    (test,) = bench.api.living()
    assert action == Redirect(f"{bench.api.url}/test/{test.pla_tst_id}")
    assert bench.api.acts == ["1", "2"]
    attempt = bench.fresh()
    assert attempt.provider_attempt_id == str(test.pla_tst_id)
    assert attempt.candidate.provider_candidate_id == str(bench.api.candidates[ALICE])
    assert attempt.candidate.known_as == ALICE


def test_exactly_this_is_sent_and_nothing_of_the_lms(bench):
    bench.open()
    create, add = bench.api.asked()
    learner, attempt = bench.attempt.learner, bench.attempt
    address = f"http://localhost:8000/callbacks/isograd/isograd-api/{attempt.key}"
    assert create == {
        "act_id": "1",
        "gen_id": "3",
        "ema": ALICE,
        "fst_nam": "Alice",
        "lst_nam": "Liddell",
        "ext_id": learner.opaque_id,
        "lan_id": "1",
        "ext_dep_id": f"c.{attempt.resource_link.context_id}",
    }
    assert add == {
        "act_id": "2",
        "tst_frm_id": "482",
        "ema": ALICE,
        "rtn_pag": f"{address}/return",
        "cal_bac_pag": f"{address}/done",
    }


def test_a_known_learner_takes_one_call(bench):
    bench.open()
    bench.api.requests.clear()
    bench.attempt = another_attempt(bench)
    bench.open()
    assert bench.api.acts == ["2"]


def test_a_candidate_who_is_there_already_is_no_failure(bench):
    """Error 202 comes with can_id, and act 2 follows."""
    bench.api.candidates[ALICE] = 4711
    assert isinstance(bench.open(), Redirect)
    assert bench.fresh().candidate.provider_candidate_id == "4711"


def test_a_candidate_without_an_id_is_still_no_failure(bench):
    bench.api.candidates[ALICE] = 4711
    bench.api.answers["1"] = refuse(202)
    assert isinstance(bench.open(), Redirect)
    assert bench.fresh().candidate.provider_candidate_id == ""


def test_neither_redirect_nor_html_is_ever_sent(bench):
    bench.open()
    bench.open()
    assert not any({"redirect", "html"} & form.keys() for form in bench.api.asked())


def test_the_address_of_a_test_is_never_kept(bench):
    bench.open()
    attempt = Attempt.objects.filter(pk=bench.attempt.pk).values().get()
    assert "/test/" not in str(attempt)


@pytest.mark.parametrize(
    ("parameters", "of_candidate", "of_test"),
    [
        (
            {"xtr_tim_fac": 50, "gen_id": 1, "lan_id": 2, "job_id": 5},
            {"xtr_tim_fac": "50", "gen_id": "1", "lan_id": "2"},
            {},
        ),
        ({"nee_ful_scr": 1, "add_pro": 1, "ses_id": 9}, {}, {"nee_ful_scr": "1", "add_pro": "1", "ses_id": "9"}),
        ({"max_num_tst": 3, "max_num_tst_per": "2/30"}, {}, {"max_num_tst": "3", "max_num_tst_per": "2/30"}),
        ({"ext_dep_id": "history"}, {"ext_dep_id": "history"}, {}),
        ({"sub_com_id": 17}, {"sub_com_id": "17"}, {"sub_com_id": "17"}),
    ],
)
def test_stored_parameters_go_to_the_call_they_belong_to(bench, parameters, of_candidate, of_test):
    bench.does("take_test", **parameters)
    bench.open()
    create, add = bench.api.asked()
    assert of_candidate.items() <= create.items()
    assert of_test.items() <= add.items()
    assert not (parameters.keys() - of_test.keys()) & add.keys()


def test_a_group_of_isograds_is_never_sent_with_one_of_ours(bench):
    bench.does("take_test", dep_id=8)
    bench.open()
    create = bench.api.asked("1")[0]
    assert (create["dep_id"], "ext_dep_id" in create) == ("8", False)


# --- what the launch may say ----------------------------------------------------------------


def test_listed_custom_parameters_of_the_launch_are_taken(bench):
    bench.does("take_test", from_launch=["xtr_tim_fac", "ses_id"], ses_id=1)
    bench.open(custom={"xtr_tim_fac": "33", "ses_id": "2", "add_pro": "1", "act_id": "13", "sub_com_id": "5"})
    create, add = bench.api.asked()
    assert (create["xtr_tim_fac"], add["ses_id"], create["act_id"], add["act_id"]) == ("33", "2", "1", "2")
    assert not {"add_pro", "sub_com_id"} & (create.keys() | add.keys())


@pytest.mark.parametrize("value", ["", " ", "$Person.extraTime"])
def test_a_custom_parameter_that_was_not_filled_in_is_not_given(bench, value):
    bench.does("take_test", from_launch="xtr_tim_fac", xtr_tim_fac=25)
    bench.open(custom={"xtr_tim_fac": value})
    assert bench.api.asked("1")[0]["xtr_tim_fac"] == "25"


def test_extra_time_that_makes_no_sense_stops_the_launch(bench):
    """Without it, the learner would sit the test with too little time."""
    bench.does("take_test", from_launch="xtr_tim_fac")
    with pytest.raises(CannotOpen) as refused:
        bench.open(custom={"xtr_tim_fac": "a third"})
    assert refused.value.code == "launch_parameter_wrong"
    assert bench.api.requests == []


# --- coming back ----------------------------------------------------------------------------


def test_a_launch_that_goes_on_asks_how_the_test_stands_and_gets_its_address_anew(bench):
    bench.open()
    bench.api.requests.clear()
    action = bench.open()
    assert bench.api.acts == ["10", "2"]
    assert action == Redirect(f"{bench.api.url}/test/{bench.fresh().provider_attempt_id}")
    assert len(bench.api.tests) == 1


@pytest.mark.parametrize("status", [3, 4])
def test_a_finished_test_whose_call_back_was_lost_makes_no_second_one(bench, status):
    bench.open()
    bench.api.tests[0].status = status
    with pytest.raises(AttemptIsOver) as over:
        bench.open()
    assert "on its way" in str(over.value.sentence)
    assert len(bench.api.tests) == 1


def test_a_test_that_is_finished_between_two_calls_leaves_no_second_one(bench):
    bench.open()
    (test,) = bench.api.tests
    act = bench.api.act
    states = iter((2, 3, 3))

    def late(form):
        if form["act_id"] == "10":
            test.status = next(states)
            said = act(form)
            test.status = 3
            return said
        return act(form)

    bench.api.act = late
    with pytest.raises(AttemptIsOver):
        bench.open()
    assert bench.api.living() == [test]
    assert bench.fresh().provider_attempt_id == str(test.pla_tst_id)


def test_a_test_that_was_deleted_at_isograd_is_made_anew(bench):
    bench.open()
    bench.api.tests[0].deleted = True
    bench.open()
    assert bench.fresh().provider_attempt_id == str(bench.api.living()[0].pla_tst_id)


def test_of_two_open_tests_of_a_kind_the_learner_chooses_in_their_own_space(bench):
    """Isograd gives out one of them only, and the result of the other would get lost."""
    bench.open()
    own = bench.api.tests[0]
    bench.api.tests.insert(0, Sitting(9, 482, ALICE, {}))
    action = bench.open()
    assert action == Redirect(f"{bench.api.url}/candidate/{ALICE}")
    assert bench.fresh().provider_attempt_id == str(own.pla_tst_id)
    assert len(bench.api.living()) == 2


@pytest.mark.parametrize("status", [0, 5, "cancelled", None])
def test_an_unknown_status_does_not_keep_anybody_out(bench, status):
    bench.open()
    bench.api.answers["10"] = {"success": True, "sta_id": status}
    assert isinstance(bench.open(), Redirect)


def test_an_attempt_by_another_account_gets_a_candidate_there(bench):
    Attempt.objects.update(candidate=None)
    bench.open()
    assert bench.fresh().candidate.account == bench.account


# --- a new test each time -------------------------------------------------------------------


def test_a_new_attempt_has_a_new_test_whatever_is_unfinished(bench):
    bench.does("take_new_test")
    bench.api.candidates[ALICE] = 1
    bench.api.tests.append(Sitting(9, 482, ALICE, {}))
    bench.open()
    assert bench.api.acts == ["1", "9"]
    assert len(bench.api.tests) == 2


def test_going_on_with_it_makes_no_other(bench):
    bench.does("take_new_test")
    bench.open()
    bench.open()
    bench.open()
    assert len(bench.api.tests) == 1
    assert bench.api.asked("9") and len(bench.api.asked("9")) == 1


def test_a_time_out_uses_no_second_credit(bench):
    """The test was made, and the answer got lost."""
    bench.does("take_new_test")
    bench.api.cut_after = {"9"}
    with pytest.raises(ProviderUnavailable):
        bench.open()
    bench.api.cut_after = set()
    bench.open()
    (test,) = bench.api.tests
    assert bench.fresh().provider_attempt_id == str(test.pla_tst_id)
    assert bench.api.acts == ["1", "9", "2"]


def test_a_time_out_before_anything_was_done_still_ends_in_one_test(bench):
    bench.does("take_new_test")
    bench.api.answers["9"] = Answer(504, b"time-out", "text/html")
    with pytest.raises(ProviderUnavailable):
        bench.open()
    bench.api.answers.clear()
    bench.open()
    assert len(bench.api.tests) == 1


def test_what_never_left_is_simply_sent_again(bench):
    bench.does("take_new_test")
    url = bench.account.settings["api_url"]
    bench.set(api_url="http://127.0.0.3:9/api/usage")
    with pytest.raises(ProviderUnavailable):
        bench.open()
    bench.set(api_url=url)
    bench.open()
    assert bench.api.acts == ["1", "9"]


@pytest.mark.parametrize("code", [301, 402, 106])
def test_a_clear_no_is_not_a_doubt(bench, code):
    bench.does("take_new_test")
    bench.api.answers["9"] = refuse(code)
    with pytest.raises(IsogradRefused):
        bench.open()
    bench.api.answers.clear()
    bench.open()
    assert bench.api.acts == ["1", "9", "9"]


def test_when_nobody_can_tell_a_person_is_asked(bench):
    """Another attempt has an open test of the kind: which one Isograd would give out, nobody knows."""
    other = another_attempt(bench)
    bench.does("take_new_test")
    bench.api.candidates[ALICE] = 1
    bench.api.tests.append(Sitting(9, 482, ALICE, {}))
    Attempt.objects.filter(pk=other.pk).update(provider_attempt_id="9")
    bench.api.answers["9"] = Answer(504, b"time-out", "text/html")
    with pytest.raises(ProviderUnavailable):
        bench.open()
    bench.api.answers.clear()
    for _ in range(2):
        with pytest.raises(CannotOpen) as doubt:
            bench.open()
        assert doubt.value.code == "test_in_doubt"
    assert len(bench.api.tests) == 1


# --- people whose data change ---------------------------------------------------------------


def test_a_new_e_mail_address_stays_the_same_candidate(bench):
    bench.open()
    can_id = bench.api.candidates[ALICE]
    Learner.objects.filter(pk=bench.attempt.learner_id).update(email="alice@new.example.edu")
    bench.attempt = another_attempt(bench)
    bench.api.requests.clear()
    bench.open()
    assert bench.api.acts == ["51", "2"]
    assert bench.api.candidates == {"alice@new.example.edu": can_id}
    assert Candidate.objects.get(account=bench.account).known_as == "alice@new.example.edu"


def test_the_spelling_of_an_address_changes_nothing(bench):
    bench.open()
    Learner.objects.filter(pk=bench.attempt.learner_id).update(email=ALICE.upper())
    bench.api.requests.clear()
    bench.open()
    assert bench.api.acts == ["10", "2"]


def test_a_new_address_that_somebody_has_already_is_who_they_are(bench):
    bench.open()
    bench.api.candidates["alice@new.example.edu"] = 4711
    Learner.objects.filter(pk=bench.attempt.learner_id).update(email="alice@new.example.edu")
    bench.attempt = another_attempt(bench)
    bench.open()
    assert Candidate.objects.get(account=bench.account).provider_candidate_id == "4711"


def test_a_candidate_who_was_deleted_at_isograd_is_made_anew(bench):
    bench.open()
    bench.api.candidates.clear()
    bench.api.tests.clear()
    bench.attempt = another_attempt(bench)
    bench.open()
    assert (len(bench.api.tests), list(bench.api.candidates)) == (1, [ALICE])


def test_without_an_e_mail_address_nothing_leaves(bench):
    Learner.objects.update(email=" ")
    with pytest.raises(CannotOpen) as refused:
        bench.open()
    assert (refused.value.code, bench.api.requests) == ("email_missing", [])


# --- what goes wrong ------------------------------------------------------------------------

NO_ANSWERS = [Answer(500, b"oops"), Answer(200, b"<html>"), Answer(302, b"", headers={"Location": "/x"}), []]


@pytest.mark.parametrize(
    ("act_id", "answer"),
    # A candidate is known by the address as well, and needs no id; a test is known by nothing else.
    [*((act_id, answer) for act_id in ("1", "2") for answer in NO_ANSWERS), ("2", {"success": True})],
)
def test_no_answer_leaves_nothing_half_made(bench, act_id, answer):
    bench.api.answers[act_id] = answer
    with pytest.raises(ProviderUnavailable) as silence:
        bench.open()
    assert silence.value.status == 503
    attempt = bench.fresh()
    assert (attempt.provider_attempt_id, attempt.state) == ("", "created")
    bench.api.answers.clear()
    assert isinstance(bench.open(), Redirect)
    assert len(bench.api.tests) == 1


@pytest.mark.parametrize("pla_tst_id", [None, "", "x", 0, [1], True])
def test_a_test_without_an_id_is_no_test(bench, pla_tst_id):
    bench.api.answers["2"] = {"success": True, "tst_url": "https://x/", "pla_tst_id": pla_tst_id}
    with pytest.raises(ProviderUnavailable):
        bench.open()


@pytest.mark.parametrize("tst_url", [None, "", "javascript:alert(1)", 5])
def test_a_test_without_an_address_is_no_test(bench, tst_url):
    bench.api.answers["2"] = {"success": True, "tst_url": tst_url, "pla_tst_id": 5}
    with pytest.raises(ProviderUnavailable):
        bench.open()


@pytest.mark.parametrize(
    ("code", "name", "says", "marks"),
    [
        (301, "no_credits", "tell your teacher", True),
        (303, "no_proctoring_credits", "tell your teacher", True),
        (402, "taken_too_often", "Ask your teacher", False),
        (106, "test_not_allowed", "tst_frm_id", False),
    ],
)
def test_each_refusal_tells_the_learner_what_to_do(bench, code, name, says, marks):
    bench.api.answers["2"] = refuse(code)
    with pytest.raises(IsogradRefused) as refused:
        bench.open()
    assert (refused.value.code, says in str(refused.value.advice)) == (name, True)
    assert AccountTrouble.objects.filter(account=bench.account, code=name).exists() is marks


@pytest.mark.parametrize(("code", "name"), [(201, "candidate_not_created"), (203, "no_such_group")])
def test_a_candidate_who_cannot_be_made_gets_no_test(bench, code, name):
    bench.api.answers["1"] = refuse(code)
    with pytest.raises(IsogradRefused) as refused:
        bench.open()
    assert (refused.value.code, bench.api.acts) == (name, ["1"])


def test_the_turn_is_free_again_after_each_failure(bench):
    bench.api.answers["2"] = refuse(301)
    for _ in range(3):
        with pytest.raises(IsogradRefused):
            bench.open()
    assert Candidate.objects.get(account=bench.account).lease is None
