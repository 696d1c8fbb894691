"""Isograd's API, action by action, as its document "LTI and API" lists it.

``redirect`` and ``html`` are not among the parameters on purpose: with them the answer would not say ``pla_tst_id``.
"""

from collections.abc import Mapping
from typing import Any

from lti_bridge.models import Account
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.values import DAY, EMAIL, FLAG, ID, IDS, LANGUAGE, MOMENT, TEXT, URL, number, one_of
from lti_bridge.providers.operations import Argument, Operation

# --- parameters that several actions have ---------------------------------------------------

_GENDER = number(1, 3)
_PERSON = {
    "gen_id": Argument(_GENDER, "1 male, 2 female, 3 not provided", required=True),
    "ema": Argument(EMAIL, "the candidate's e-mail address", required=True),
    "fst_nam": Argument(TEXT, "first name", required=True),
    "lst_nam": Argument(TEXT, "last name", required=True),
}
_LANGUAGE = {
    "lan_id": Argument(LANGUAGE, "1 French, 2 English, 3 German, 4 Dutch, 5 Spanish, 6 Italian, 7 Greek, 8 Arabic")
}
_CREATE_CANDIDATE = {
    **_PERSON,
    **_LANGUAGE,
    "ext_id": Argument(TEXT, "your own id of the candidate"),
    "dep_id": Argument(ID, "Isograd's id of a group to join; not together with ext_dep_id"),
    "ext_dep_id": Argument(TEXT, "your own id of a group to join, made when there is none"),
    "psw": Argument(TEXT, "password; made by Isograd when left out (better as psw=@FILE)"),
    "no_psw_rst": Argument(FLAG, "1: hashed, in no e-mail, and need not be changed at the first log-in"),
    "job_id": Argument(ID, "job profile"),
    "xtr_tim_fac": Argument(number(0, 1000), "extra time in percent, for the test and for each question"),
}
_ADD_TEST = {
    "tst_frm_id": Argument(ID, "the test", required=True),
    "ema": Argument(EMAIL, "the candidate's e-mail address", required=True),
    "nee_ful_scr": Argument(FLAG, "1: full screen is required"),
    "ses_id": Argument(ID, "the session that the test belongs to"),
    "add_pro": Argument(FLAG, "1: remote proctoring, at extra cost"),
    "max_num_tst": Argument(number(1, 1000), "how often the candidate may take this test at all"),
    "max_num_tst_per": Argument(TEXT, "how often the candidate may take this test every so many days"),
    "rtn_pag": Argument(URL, "where the candidate's browser goes in the end"),
    "cal_bac_pag": Argument(URL, "what Isograd gets (GET) when the test is complete"),
    "cpf_id": Argument(TEXT, "the CPF file of this test"),
    "nb_test_by_credit": Argument(one_of(2, 3, 4), "use credits of packs for so many tests"),
}
_PLA_TST_ID = {"pla_tst_id": Argument(ID, "the test of a candidate, as it was called when it was made", required=True)}
_RESULTS = {
    "tst_frm_id": Argument(ID, "the test", required=True),
    "ema": Argument(EMAIL, "the candidate's e-mail address", required=True),
    "pla_tst_id": Argument(ID, "which of the candidate's tests; without it, the last one taken"),
}
_SUB_ACCOUNT = {"sub_com_id": Argument(ID, "the sub account to act on, instead of the account's own setting")}
_GROUPS = (("dep_id", "ext_dep_id"),)
#: Until the end of 2025 the test could be called so.
_FORMER_NAMES = {"rea_tst_id": "tst_frm_id"}


def _operation(name: str, act_id: str, words: str, arguments: Mapping[str, Argument], **more: Any) -> Operation:
    always = _ALWAYS.get(act_id, {})

    def carry_out(account: Account, values: Mapping[str, Any]) -> Any:
        return ask(account, act_id, {**values, **always}).values

    former = {former: name for former, name in _FORMER_NAMES.items() if name in arguments}
    return Operation(
        name, f"{words} (act_id {act_id})", {**arguments, **_SUB_ACCOUNT}, carry_out, former_names=former, **more
    )


#: ``act_id`` → what is sent with it whatever is asked for. Without it, 13 logs in as anybody among the administrators.
_ALWAYS: dict[str, dict[str, str]] = {"13": {"use_ema_for_adm": "1"}}

# --- the actions ----------------------------------------------------------------------------

_ALL = (
    _operation(
        "create_candidate",
        "1",
        "Make a candidate. Error 202 says that there is one, with can_id",
        _CREATE_CANDIDATE,
        apart=_GROUPS,
    ),
    _operation(
        "add_test", "2", "Give a candidate a test, or the unfinished one of the same kind that is there", _ADD_TEST
    ),
    _operation(
        "add_new_test", "9", "Give a candidate a new test, whatever is unfinished. Costs a credit each time", _ADD_TEST
    ),
    _operation(
        "create_candidate_and_test",
        "8",
        "Make a candidate and give a test, in one go",
        _CREATE_CANDIDATE | _ADD_TEST,
        apart=_GROUPS,
    ),
    _operation("add_proctoring", "16", "Add online proctoring to a test", _PLA_TST_ID),
    _operation("remove_proctoring", "17", "Remove online proctoring from a test", _PLA_TST_ID),
    _operation("delete_test", "23", "Delete a test that nobody has begun", _PLA_TST_ID),
    _operation(
        "add_confirmation_test",
        "58",
        "Add a confirmation test to a completed test. Gives its address alone",
        _PLA_TST_ID,
    ),
    _operation(
        "update_candidate",
        "51",
        "Change what Isograd knows of a candidate",
        {
            "can_id": Argument(ID, "the candidate", required=True),
            "gen_id": Argument(_GENDER, "1 male, 2 female, 3 not provided"),
            "ema": Argument(EMAIL, "e-mail address"),
            "fst_nam": Argument(TEXT, "first name"),
            "lst_nam": Argument(TEXT, "last name"),
            **_LANGUAGE,
        },
    ),
    _operation(
        "delete_candidate",
        "24",
        "Delete a candidate",
        {"can_id": Argument(ID, "the candidate"), "ema": Argument(EMAIL, "the candidate's e-mail address")},
        either=(("can_id", "ema"),),
        audited=True,
    ),
    _operation(
        "send_registration_email",
        "42",
        "Send a candidate the registration e-mail, now or on a day",
        {
            "mai_tem_id": Argument(
                ID, "the template of the e-mail; its editor's address at Isograd shows the id", required=True
            ),
            "can_id": Argument(ID, "the candidate; then the e-mail names all pending tests"),
            "pla_tst_ids": Argument(IDS, "the tests that the e-mail is about; they win over can_id"),
            "sen_dat": Argument(DAY, "the day to send it"),
            "for_sen": Argument(FLAG, "1: send at once when sen_dat is today or past"),
            "ema_sen": Argument(EMAIL, "an approved and verified sender"),
        },
        either=(("can_id", "pla_tst_ids"),),
    ),
    _operation(
        "get_results_pdf",
        "6",
        "The address of the report as PDF; for assessments only",
        {**_RESULTS, "lan_id": Argument(LANGUAGE, "the language of the report")},
    ),
    _operation("get_results", "4", "The grade", _RESULTS),
    _operation(
        "get_result_details",
        "5",
        "The grade skill by skill",
        {**_RESULTS, "des_lan_id": Argument(LANGUAGE, "the language of the descriptions; English where there is none")},
    ),
    _operation(
        "get_test_status", "10", "How a test stands: 1 not started, 2 started, 3 completed, 4 being marked", _PLA_TST_ID
    ),
    _operation(
        "create_session",
        "11",
        "Make a session",
        {
            "des": Argument(TEXT, "what it is called", required=True),
            "sta_dat": Argument(MOMENT, "when it begins", required=True),
            "end_dat": Argument(MOMENT, "when it ends", required=True),
            "psw": Argument(TEXT, "its password (better as psw=@FILE)"),
        },
    ),
    _operation(
        "anonymize_candidate",
        "12",
        "Replace a candidate's names and address with numbers, on diplomas too. There is no way back",
        {"ema": Argument(EMAIL, "the candidate's e-mail address", required=True)},
        audited=True,
    ),
    _operation(
        "login_as_admin",
        "13",
        "An address that logs in as an administrator. Give it to nobody else",
        {
            "ema": Argument(EMAIL, "the administrator's e-mail address", required=True),
            "use_ema_for_adm": Argument(one_of(1), "always 1: as this administrator, not as a random one"),
        },
        audited=True,
    ),
    _operation(
        "login_as_candidate",
        "38",
        "An address that logs in as a candidate",
        {"ema": Argument(EMAIL, "the candidate's e-mail address", required=True)},
    ),
    _operation("list_tests", "14", "The ids of the tests that the account may use", _LANGUAGE),
    _operation("list_credits", "15", "The credits that are left, by kind", {}),
)
#: Every action of the document, by the name it has here.
OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in _ALL}
