"""Isograd's parameters, each of the document's tables line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.providers.isograd.parameters import ACTIONS, FILLED, LANGUAGES, PARAMETERS, RESERVED, read_stored

#: name → values that are good, values that are not.
VALUES = {
    "gen_id": ((1, 2, "3"), (0, 4, "male", True)),
    "lan_id": ((1, "8"), (0, 9, "fr")),
    "dep_id": ((1, "17"), (0, -1, 1.5, None, "")),
    "ext_dep_id": (("history-2026", 12), ("", " ", "a\nb", "x" * 251, None, ["a"])),
    "no_psw_rst": ((0, 1, True, False, "1"), (2, "yes", None)),
    "job_id": ((5,), (0, "x")),
    "xtr_tim_fac": ((0, 50, "200"), (-1, 1001, "50%")),
    "tst_frm_id": ((482, "482", " 482 "), (0, "", "4 82", "٤", 10**10, True)),
    "nee_ful_scr": ((0, 1), (3,)),
    "ses_id": ((9,), (0,)),
    "add_pro": ((0, 1), ("no",)),
    "max_num_tst": ((1, 3), (0, -1)),
    "max_num_tst_per": (("2/30", 30), ("", True)),
    "cpf_id": (("ABC123",), ("",)),
    "nb_test_by_credit": ((2, 3, "4"), (1, 5)),
    "gra_typ_id": ((1, 2, 3, 4, 5, 15), (0, 6, 14, 16)),
    "sub_com_id": ((7,), (0, "x")),
}


def good(action="take_test", **parameters):
    required = {"tst_frm_id": 1} if action != "candidate_space" else {}
    return read_stored(action, required | parameters)


def test_every_parameter_has_values_to_test():
    assert set(VALUES) == {name for table in PARAMETERS.values() for name in table}


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, (fine, _) in VALUES.items() for each in fine])
def test_a_good_value_is_taken(name, value):
    stored = good(**{name: value})
    assert stored.problems == []
    assert name in stored.values


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, (_, bad) in VALUES.items() for each in bad])
def test_a_bad_value_is_refused_by_name(name, value):
    (problem,) = good(**{name: value}).problems
    assert problem.startswith(f"{name} must be ")


#: act_id → the document's optional parameters that an administrator may choose, sub_com_id on all.
OPTIONAL = {
    "8": "lan_id dep_id ext_dep_id no_psw_rst job_id xtr_tim_fac nee_ful_scr ses_id add_pro max_num_tst "
    "max_num_tst_per cpf_id nb_test_by_credit sub_com_id gen_id tst_frm_id gra_typ_id",
    "2": "nee_ful_scr ses_id add_pro max_num_tst max_num_tst_per cpf_id nb_test_by_credit "
    "sub_com_id tst_frm_id gra_typ_id",
    "9": "nee_ful_scr ses_id add_pro max_num_tst max_num_tst_per cpf_id nb_test_by_credit "
    "sub_com_id tst_frm_id gra_typ_id",
    "6": "lan_id sub_com_id tst_frm_id",
    "38": "sub_com_id",
}


@pytest.mark.parametrize("act_id", OPTIONAL)
def test_each_action_takes_the_parameters_of_its_table(act_id):
    assert set(PARAMETERS[act_id]) == set(OPTIONAL[act_id].split())


@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("action", ["take_test", "take_new_test", "view_report_pdf", "candidate_space"])
def test_reserved_names_cannot_be_stored(action, name):
    (problem,) = good(action, **{name: "1"}).problems
    assert problem.startswith(f"{name} cannot be stored: it ")


def test_a_password_is_not_kept_readable_and_not_repeated():
    (problem,) = good(psw="correct horse").problems
    assert "is a password" in problem and "kept readable" in problem and "horse" not in problem


@pytest.mark.parametrize("name", ["no_such", "use_ema_for_adm", "Act_Id", "act id", "custom_act_id", "tst_frm_id "])
def test_unknown_names_are_refused(name):
    assert good(**{name: 1}).problems == [f"{name} is not a parameter of this action"]


def test_the_old_name_of_the_test_is_read_as_the_new_one():
    stored = read_stored("take_test", {"rea_tst_id": 482})
    assert (stored.values, stored.problems) == ({"tst_frm_id": "482"}, [])
    assert read_stored("take_test", {"rea_tst_id": 482, "tst_frm_id": "482"}).problems == []
    assert read_stored("take_test", {"rea_tst_id": 481, "tst_frm_id": 482}).problems


@pytest.mark.parametrize("action", ["take_test", "take_new_test", "view_report_pdf"])
def test_the_test_must_be_named(action):
    assert read_stored(action, {}).problems == ["tst_frm_id is missing"]


def test_a_group_is_named_in_one_way_only():
    assert good(dep_id=1, ext_dep_id="x").problems == ["dep_id and ext_dep_id cannot both be given"]


@pytest.mark.parametrize(
    ("action", "given", "act_id"),
    [
        ("take_test", None, "8"),
        ("take_test", 8, "8"),
        ("take_test", "2", "2"),
        ("take_new_test", None, "9"),
        ("take_new_test", 9, "9"),
        ("view_report_pdf", None, "6"),
        ("candidate_space", None, "38"),
    ],
)
def test_each_action_has_its_act_id(action, given, act_id):
    stored = good(action, **({} if given is None else {"act_id": given}))
    assert (stored.act_id, stored.problems) == (act_id, [])


@pytest.mark.parametrize("value", [13, "13", 9, 1, "8 ", "8,13", ["8"], None, True, "８"])
def test_no_other_act_id_can_be_stored(value):
    stored = good(act_id=value)
    assert stored.act_id == "8"
    assert stored.problems or value == "8 "


def test_log_in_as_an_administrator_is_in_no_table():
    assert "13" not in PARAMETERS
    assert "13" not in FILLED
    assert "13" not in {act_id for act_ids in ACTIONS.values() for act_id in act_ids}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["13", 13]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.text() | st.sampled_from(["act_id", "ACT_ID", "act-id", "rea_tst_id", "use_ema_for_adm", *VALUES, *RESERVED])


@given(st.sampled_from(sorted(ACTIONS)), st.dictionaries(NAMES, ANYTHING, max_size=6))
def test_no_stored_parameters_lead_to_another_action_or_an_unknown_name(action, parameters):
    stored = read_stored(action, parameters)
    assert stored.act_id in (*ACTIONS[action], "")
    assert "act_id" not in stored.values
    if stored.act_id:
        assert stored.to_send().keys() <= PARAMETERS[stored.act_id].keys()


@pytest.mark.parametrize("action", ["view_results", "confirmation_test", "admin_space"])
def test_what_lti_cannot_do_says_what_it_needs(action):
    (problem,) = read_stored(action, {}).problems
    assert "needs connection = api" in problem


#: The appendix of the document.
DOCUMENTED = {"fr": "1", "en": "2", "de": "3", "nl": "4", "es": "5", "it": "6", "el": "7", "ar": "8"}


@pytest.mark.parametrize("language", DOCUMENTED)
def test_each_language_has_its_code(language):
    assert LANGUAGES[language] == DOCUMENTED[language]


def test_no_other_language_is_known():
    assert LANGUAGES.keys() == DOCUMENTED.keys()


def test_what_is_ours_is_not_sent():
    assert "gra_typ_id" not in good(gra_typ_id=2).to_send()
