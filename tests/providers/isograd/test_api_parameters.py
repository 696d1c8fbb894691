"""What may be stored in activities of an account with an API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.models import Account
from lti_bridge.providers.isograd.api_parameters import BY_API, LAUNCHABLE, launchable
from lti_bridge.providers.isograd.parameters import ACTIONS, RESERVED, read_stored
from tests.isograd_bench import ISOGRAD
from tests.providers.isograd.test_parameters import ANYTHING, NAMES

ACCOUNT = Account(
    settings={
        "connection": "api",
        "administrators": [{"platform": "campus", "user_id": "3", "email": "ines@example.edu"}],
    }
)


def problems(action, **parameters):
    return ISOGRAD.check_activity(ACCOUNT, action, parameters)


def test_every_action_is_there():
    assert BY_API.actions.keys() == ACTIONS.keys() == ISOGRAD.actions.keys()
    assert {act_id for act_ids in BY_API.actions.values() for act_id in act_ids} == BY_API.parameters.keys()


@pytest.mark.parametrize(
    "action", ["take_test", "take_new_test", "view_results", "view_report_pdf", "confirmation_test"]
)
def test_what_is_about_a_test_names_it(action):
    assert problems(action) == ["tst_frm_id is missing"]
    assert problems(action, tst_frm_id=482) == problems(action, rea_tst_id="482") == []


@pytest.mark.parametrize("action", ["candidate_space", "admin_space"])
def test_what_is_about_no_test_names_none(action):
    assert problems(action) == []
    assert problems(action, tst_frm_id=482) == ["tst_frm_id is not a parameter of this action"]


def test_an_activity_that_was_made_for_lti_still_fits():
    assert problems("take_test", tst_frm_id=482, act_id=8) == problems("take_test", tst_frm_id=482, act_id=2) == []


@pytest.mark.parametrize("action", BY_API.actions)
@pytest.mark.parametrize("name", RESERVED)
def test_reserved_names_cannot_be_stored(action, name):
    assert any(problem.startswith(f"{name} cannot be stored: ") for problem in problems(action, **{name: "1"}))


@pytest.mark.parametrize("names", [["xtr_tim_fac"], "xtr_tim_fac, ses_id", list(LAUNCHABLE)])
def test_what_a_launch_may_say_is_listed(names):
    assert problems("take_test", tst_frm_id=1, from_launch=names) == []
    assert set(launchable({"from_launch": names})) <= set(LAUNCHABLE)


@pytest.mark.parametrize(
    "names",
    [["act_id"], ["ema"], ["sub_com_id"], ["tst_frm_id"], ["use_ema_for_adm"], ["psw"], [], "", [["x"]], 5, None, {}],
)
def test_nothing_else_can_be_listed(names):
    (problem,) = problems("take_test", tst_frm_id=1, from_launch=names)
    assert problem.startswith("from_launch must be ")
    assert launchable({"from_launch": names}) == ()


@given(st.sampled_from(sorted(ACTIONS)), st.dictionaries(NAMES | st.just("from_launch"), ANYTHING, max_size=6))
def test_no_stored_parameters_lead_to_another_action_or_an_unknown_name(action, parameters):
    stored = read_stored(action, parameters, BY_API)
    assert stored.act_id in BY_API.actions[action]
    assert not {"act_id", "from_launch", "gra_typ_id"} & stored.to_send().keys()
    assert stored.to_send().keys() <= BY_API.parameters[stored.act_id].keys()
    assert set(launchable(parameters)) <= set(LAUNCHABLE)
