"""Every action of Isograd's document: the exact request, the success, each error; and no other parameter."""

import json

import pytest

from lti_bridge import providers
from lti_bridge.errors import CannotCall
from lti_bridge.models import ProviderAct
from lti_bridge.providers.isograd.errors import ERRORS, IsogradRefused, Remedy, meaning_of
from lti_bridge.providers.isograd.operations import OPERATIONS
from tests.isograd_bench import ISOGRAD
from tests.isograd_server import Answer, refuse

pytestmark = pytest.mark.django_db

EMA = "test@isograd.com"
WHO = {"gen_id": "3", "ema": EMA, "fst_nam": "John", "lst_nam": "Doe"}
MORE_OF_A_CANDIDATE = {
    "lan_id": "2",
    "ext_id": "x-7",
    "ext_dep_id": "history",
    "psw": "correct horse",
    "no_psw_rst": "1",
    "job_id": "5",
    "xtr_tim_fac": "50",
}
TEST = {"tst_frm_id": "363", "ema": EMA}
MORE_OF_A_TEST = {
    "nee_ful_scr": "1",
    "ses_id": "9",
    "add_pro": "1",
    "max_num_tst": "2",
    "max_num_tst_per": "2/30",
    "rtn_pag": "https://lms.example.edu/back?a=1&b=2",
    "cal_bac_pag": "https://lms.example.edu/done",
    "cpf_id": "CPF1",
    "nb_test_by_credit": "2",
}
MADE = {"tst_url": "https://app.isograd.com/t", "pla_tst_id": 99}

#: operation → act_id, the least that is given, all else that can be given, what a success holds. After the document.
ACTIONS = {
    "create_candidate": ("1", WHO, MORE_OF_A_CANDIDATE, {"can_id": 1381134, "lgn_url": "https://x/continuelogin"}),
    "add_test": ("2", TEST, MORE_OF_A_TEST, MADE),
    "add_new_test": ("9", TEST, MORE_OF_A_TEST, MADE),
    "create_candidate_and_test": ("8", WHO | TEST, MORE_OF_A_CANDIDATE | MORE_OF_A_TEST, MADE),
    "add_proctoring": ("16", {"pla_tst_id": "99"}, {}, {}),
    "remove_proctoring": ("17", {"pla_tst_id": "99"}, {}, {}),
    "delete_test": ("23", {"pla_tst_id": "99"}, {}, {}),
    "add_confirmation_test": ("58", {"pla_tst_id": "99"}, {}, {"tst_url": "https://x/t"}),
    "update_candidate": ("51", {"can_id": "7"}, WHO | {"lan_id": "1"}, {}),
    "delete_candidate": ("24", {"can_id": "7"}, {"ema": EMA}, {}),
    "send_registration_email": (
        "42",
        {"mai_tem_id": "3", "can_id": "7"},
        {"pla_tst_ids": "98,99", "sen_dat": "2026-12-01", "for_sen": "1", "ema_sen": "exams@example.edu"},
        {},
    ),
    "get_results_pdf": ("6", TEST, {"pla_tst_id": "99", "lan_id": "1"}, {"pdf_url": "https://x/r.pdf"}),
    "get_results": (
        "4",
        TEST,
        {"pla_tst_id": "99"},
        {"gra_typ_id": 2, "num_val": 550, "max_val": 1000, "txt_des": "550/1000", "no_sto_tim_spe": 1834},
    ),
    "get_result_details": (
        "5",
        TEST,
        {"pla_tst_id": "99", "des_lan_id": "1"},
        {"des_lan_id": 1, "result_details": {"12": {"des": "Formulas", "level": 3.5}}},
    ),
    "get_test_status": ("10", {"pla_tst_id": "99"}, {}, {"sta_id": 3}),
    "create_session": (
        "11",
        {"des": "June", "sta_dat": "2026-06-01 08:00", "end_dat": "2026-06-30 18:00"},
        {"psw": "let me in"},
        {"ses_id": 12},
    ),
    "anonymize_candidate": ("12", {"ema": EMA}, {}, {}),
    "login_as_admin": ("13", {"ema": "boss@example.edu"}, {"use_ema_for_adm": "1"}, None),
    "login_as_candidate": ("38", {"ema": EMA}, {}, None),
    "list_tests": ("14", {}, {"lan_id": "2"}, {"tests": [363, 482]}),
    "list_credits": ("15", {}, {}, {"credits": [{"des": "TOSA", "amount": 12}]}),
}
#: act_id → its error codes in the document; for 4 and 5, which have none there, those of 6 but 601.
DOCUMENTED = {
    "1": {201, 202, 203},
    "2": {106, 107, 301, 402},
    "9": {106, 107, 301, 402},
    "8": {201, 202, 203, 106, 107, 301, 402},
    "16": {303},
    "17": {303},
    "23": {304},
    "6": {106, 107, 501, 502, 601},
    "4": {106, 107, 501, 502},
    "5": {106, 107, 501, 502},
    "10": {501},
}
#: What helps against each, in the order of the document.
REMEDIES = {
    103: Remedy.PERMANENT,
    105: Remedy.CONFIGURATION,
    201: Remedy.CONFIGURATION,
    202: Remedy.PERMANENT,
    203: Remedy.CONFIGURATION,
    106: Remedy.CONFIGURATION,
    107: Remedy.PERMANENT,
    301: Remedy.PERSON,
    402: Remedy.PERSON,
    303: Remedy.PERSON,
    304: Remedy.PERMANENT,
    502: Remedy.RETRY,
    601: Remedy.CONFIGURATION,
}
PAIRS = [(name, code) for name, row in ACTIONS.items() for code in (103, 105, *sorted(DOCUMENTED.get(row[0], ())))]


def answer_of(values):
    if values is None:
        return Answer(302, b"", "text/html", {"Location": "https://app.isograd.com/login?param=UVR1"})
    return {"error_message": None, "success": True, **values}


def test_there_is_an_operation_for_each_of_the_21_actions():
    assert len(ACTIONS) == 21
    assert OPERATIONS.keys() == ACTIONS.keys()
    assert ISOGRAD.operations is OPERATIONS


@pytest.mark.parametrize("name", ACTIONS)
def test_the_least_that_can_be_asked_is_exactly_this_on_the_wire(account, api, name):
    act_id, least, _more, values = ACTIONS[name]
    api.answers[act_id] = answer_of(values)
    answer = providers.call(account, name, least)
    always = {"use_ema_for_adm": "1"} if act_id == "13" else {}
    assert api.asked() == [{"act_id": act_id} | least | always]
    assert answer["success"] is True
    expected = {"location": "https://app.isograd.com/login?param=UVR1"} if values is None else values
    assert expected.items() <= answer.items()


@pytest.mark.parametrize("name", ACTIONS)
def test_all_that_can_be_asked_is_exactly_this_on_the_wire(account, api, name):
    act_id, least, more, values = ACTIONS[name]
    api.answers[act_id] = answer_of(values)
    everything = least | more | {"sub_com_id": "17"}
    providers.call(account, name, everything)
    assert api.asked() == [{"act_id": act_id} | everything]


@pytest.mark.parametrize("name", ACTIONS)
def test_no_parameter_of_the_document_is_missing_and_no_other_is_taken(name):
    _act_id, least, more, _values = ACTIONS[name]
    groups = {"dep_id"} if "ext_dep_id" in more else set()
    assert OPERATIONS[name].arguments.keys() == least.keys() | more.keys() | groups | {"sub_com_id"}


@pytest.mark.parametrize("name", ACTIONS)
def test_what_is_required_is_named_when_it_is_missing(account, api, name):
    act_id, least, _more, _values = ACTIONS[name]
    for missing in least:
        with pytest.raises(CannotCall) as wrong:
            providers.call(account, name, {each: value for each, value in least.items() if each != missing})
        assert missing in " ".join(wrong.value.problems)
    assert api.requests == []


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("parameter", ["redirect", "html", "act_id", "no_such"])
def test_an_answer_as_a_page_or_a_redirection_cannot_be_asked_for(account, api, name, parameter):
    with pytest.raises(CannotCall):
        providers.call(account, name, ACTIONS[name][1] | {parameter: "1"})
    assert api.requests == []


@pytest.mark.parametrize(("name", "code"), PAIRS)
def test_each_documented_error_is_told_with_its_code_and_what_to_do(account, api, name, code):
    act_id, least, _more, _values = ACTIONS[name]
    api.answers[act_id] = refuse(code, f"message {code}", can_id=5)
    with pytest.raises(IsogradRefused) as refused:
        providers.call(account, name, least)
    error = refused.value
    assert (error.provider_code, error.provider_message) == (str(code), f"message {code}")
    assert error.code != "refused" and str(error.sentence) and str(error.advice)
    assert error.permanent is (error.meaning.remedy is not Remedy.RETRY)
    if code != 501:
        assert error.meaning.remedy is REMEDIES[code]


def test_501_means_two_things():
    assert meaning_of("6", "501").name == "not_taken"
    assert meaning_of("6", "501").remedy is Remedy.RETRY
    assert meaning_of("10", "501").name == "no_such_test"
    assert meaning_of("10", "501").remedy is Remedy.PERMANENT


def test_act_8_has_the_errors_of_1_and_2():
    assert ERRORS["8"] == ERRORS["1"] | ERRORS["2"]


@pytest.mark.parametrize("act_id", DOCUMENTED)
def test_no_documented_error_is_missing(act_id):
    assert {str(code) for code in DOCUMENTED[act_id]} <= ERRORS[act_id].keys()


def test_an_error_nobody_documented_is_a_refusal_and_nothing_more(account, api):
    api.answers["15"] = refuse(999, "Something new")
    with pytest.raises(IsogradRefused) as refused:
        providers.call(account, "list_credits", {})
    assert (refused.value.code, refused.value.provider_code, refused.value.permanent) == ("refused", "999", True)


def test_an_error_without_a_code_is_a_refusal(account, api):
    api.answers["15"] = {"success": False}
    with pytest.raises(IsogradRefused) as refused:
        providers.call(account, "list_credits", {})
    assert refused.value.provider_code == "none"


@pytest.mark.parametrize("values", [{"result_details": []}, {"result_details": {}}, {"credits": []}])
def test_an_empty_list_where_an_object_should_be_is_given_as_it_came(account, api, values):
    api.answers["5"] = answer_of(values)
    assert values.items() <= providers.call(account, "get_result_details", TEST).items()


@pytest.mark.parametrize(
    "name",
    ["add_test", "add_new_test", "create_candidate_and_test", "get_results", "get_results_pdf", "get_result_details"],
)
def test_the_old_name_of_the_test_is_sent_under_the_new_one(account, api, name):
    act_id, least, _more, values = ACTIONS[name]
    api.answers[act_id] = answer_of(values)
    given = {("rea_tst_id" if each == "tst_frm_id" else each): value for each, value in least.items()}
    providers.call(account, name, given)
    assert api.asked() == [{"act_id": act_id} | least]


def test_a_group_is_named_in_one_way_only(account, api):
    with pytest.raises(CannotCall) as wrong:
        providers.call(account, "create_candidate", WHO | {"dep_id": "1", "ext_dep_id": "x"})
    assert wrong.value.problems == ("dep_id and ext_dep_id cannot both be given",)
    api.answers["1"] = answer_of({"can_id": 1})
    providers.call(account, "create_candidate", WHO | {"dep_id": "1"})
    assert api.asked()[0]["dep_id"] == "1"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("create_candidate", {"gen_id": "4"}),
        ("create_candidate", {"lan_id": "9"}),
        ("create_candidate", {"ema": "nobody"}),
        ("create_candidate", {"fst_nam": "a\nb"}),
        ("add_test", {"rtn_pag": "javascript:alert(1)"}),
        ("add_test", {"nb_test_by_credit": "5"}),
        ("create_session", {"sta_dat": "2026-06-01T08:00"}),
        ("create_session", {"sta_dat": "2026-02-30 08:00"}),
        ("send_registration_email", {"sen_dat": "1.12.2026"}),
        ("send_registration_email", {"pla_tst_ids": "98,x"}),
        ("login_as_admin", {"use_ema_for_adm": "0"}),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(account, api, name, given):
    (parameter,) = given
    with pytest.raises(CannotCall) as wrong:
        providers.call(account, name, ACTIONS[name][1] | given)
    assert wrong.value.problems[0].startswith(f"{parameter} must be ")
    assert api.requests == []


def test_values_from_a_file_may_be_numbers_and_lists(account, api):
    providers.call(account, "send_registration_email", {"mai_tem_id": 3, "pla_tst_ids": [98, 99], "for_sen": True})
    assert api.asked() == [{"act_id": "42", "mai_tem_id": "3", "pla_tst_ids": "98,99", "for_sen": "1"}]


def test_an_administrator_is_never_a_random_one(account, api):
    """Without use_ema_for_adm, Isograd logs in as any administrator."""
    providers.call(account, "login_as_admin", {"ema": "boss@example.edu"})
    assert api.asked("13") == [{"act_id": "13", "ema": "boss@example.edu", "use_ema_for_adm": "1"}]
    with pytest.raises(CannotCall):
        providers.call(account, "login_as_admin", {})


def test_an_administrator_of_a_sub_account_never_becomes_one_of_the_master_account(account, api):
    account.settings["sub_com_id"] = 17
    providers.call(account, "login_as_admin", {"ema": "boss@example.edu"})
    assert api.asked("13")[0]["sub_com_id"] == "17"


@pytest.mark.parametrize("name", ["login_as_admin", "anonymize_candidate", "delete_candidate"])
def test_what_must_not_go_unseen_is_written_down(account, api, name):
    act_id, least, _more, values = ACTIONS[name]
    api.answers[act_id] = answer_of(values)
    providers.call(account, name, least)
    act = ProviderAct.objects.get()
    assert (act.what, act.state, act.account, act.staff) == (name, "done", account, "lti-bridge call")
    assert EMA not in json.dumps(act.details)
