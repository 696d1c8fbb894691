"""Isograd: our words ↔ its words."""

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account, Activity, Attempt, AttemptState, Learner, ResourceLink
from lti_bridge.providers import provider_of
from lti_bridge.providers.base import Opening
from lti_bridge.providers.isograd.parameters import ACTIONS
from lti_bridge.providers.isograd.provider import HINTS
from lti_bridge.providers.reports import HintMessage, LineItemScore, ScoreMessage
from tests.isograd_server import SECRETS, settings_for
from tests.providers.contract import FetchContract, ProviderContract
from tests.providers.isograd.test_parameters import ANYTHING, NAMES

ISOGRAD = provider_of("isograd")


class TestIsogradContract(ProviderContract):
    provider = "isograd"
    settings = {"connection": "lti11"}
    secrets = {"consumer_key": "contract-key", "shared_secret": "contract-secret"}
    action = "take_test"
    parameters = {"tst_frm_id": 482}


def answer(sta_id, num_val=None):
    """What asking gives: the status, and the result of a completed test."""
    told = {"get_test_status": {"success": True, "error_message": None, "sta_id": sta_id}}
    if num_val is not None:
        told["get_results"] = {"success": True, "gra_typ_id": 2, "num_val": num_val, "max_val": 1000}
    return json.dumps(told)


class TestIsogradByItsApiContract(FetchContract):
    provider = "isograd"
    settings = {"connection": "api"}
    secrets = dict(SECRETS)
    action = "take_test"
    parameters = {"tst_frm_id": 482}
    opening_writes = ("provider_attempt_id",)
    answers = {
        "begun": answer(2),
        "marked": answer(4),
        "graded": answer(3, 800),
        "zero": answer(3, 0),
        "unknown": answer(5),
    }

    @pytest.fixture
    def account(self, db, api):
        return Account.objects.create(
            name="contract", provider="isograd", settings=settings_for(api), secrets=dict(SECRETS)
        )


# --- opening --------------------------------------------------------------------------------


def an_opening(action="take_test", parameters=None, settings=None, learner=None, **changes):
    person = {"given_name": "Alice", "family_name": "Liddell", "email": "alice@example.edu", "opaque_id": "0f" * 13}
    account = Account(name="isograd-test", provider="isograd", settings=settings or {})
    default = {} if action == "candidate_space" else {"tst_frm_id": 482}
    given_parameters = default if parameters is None else parameters
    values = {
        "account": account,
        "activity": Activity(slug="excel", account=account, action=action, parameters=given_parameters),
        "learner": Learner(**(person | (learner or {}))),
        "resource_link": ResourceLink(),
        "attempt": SimpleNamespace(provider_attempt_id=""),
        "locale": "fr-FR",
        "return_url": "https://bridge.example.edu/callbacks/isograd/isograd-test/a.1/return",
        "callback_url": "https://bridge.example.edu/callbacks/isograd/isograd-test/a.1/done",
    }
    return Opening(**(values | changes))


def custom(*args, **kwargs):
    return dict(ISOGRAD.open(an_opening(*args, **kwargs)).custom)


ADDRESSES = {
    "rtn_pag": "https://bridge.example.edu/callbacks/isograd/isograd-test/a.1/return",
    "cal_bac_pag": "https://bridge.example.edu/callbacks/isograd/isograd-test/a.1/done",
}
#: Our action → exactly what leaves us.
SENT = {
    "take_test": {
        "act_id": "8",
        "tst_frm_id": "482",
        "gen_id": "3",
        "ext_id": "0f" * 13,
        "lan_id": "1",
        "redirect": "1",
        **ADDRESSES,
    },
    "take_new_test": {"act_id": "9", "tst_frm_id": "482", "redirect": "1", **ADDRESSES},
    "view_report_pdf": {"act_id": "6", "tst_frm_id": "482", "lan_id": "1", "redirect": "1"},
    "candidate_space": {"act_id": "38"},
}


@pytest.mark.parametrize("action", SENT)
def test_each_action_sends_exactly_this(action):
    assert custom(action) == SENT[action]


def test_every_action_is_known_with_a_label_and_a_table():
    assert ISOGRAD.actions.keys() == ACTIONS.keys()
    assert {name for name, act_ids in ACTIONS.items() if act_ids} == set(SENT)


def test_without_creating_a_candidate_only_the_test_is_sent():
    sent = custom(parameters={"tst_frm_id": 482, "act_id": 2})
    assert sent == {"act_id": "2", "tst_frm_id": "482", "redirect": "1", **ADDRESSES}


def test_stored_choices_are_sent():
    stored = {"tst_frm_id": 1, "gen_id": 1, "nee_ful_scr": True, "xtr_tim_fac": 50, "ext_dep_id": "history"}
    sent = custom(parameters=stored)
    assert {name: sent[name] for name in stored} == {
        "tst_frm_id": "1",
        "gen_id": "1",
        "nee_ful_scr": "1",
        "xtr_tim_fac": "50",
        "ext_dep_id": "history",
    }


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("fr", "1"),
        ("en-GB", "2"),
        ("de_CH", "3"),
        ("NL", "4"),
        ("es-419", "5"),
        ("it", "6"),
        ("el-GR", "7"),
        ("ar", "8"),
    ],
)
def test_the_language_comes_from_the_launch(locale, code):
    assert custom(locale=locale)["lan_id"] == code


@pytest.mark.parametrize("locale", ["", "pt-BR", "english", "zz", "-"])
def test_a_language_isograd_does_not_have_is_left_to_the_account(locale):
    assert "lan_id" not in custom(locale=locale)


def test_a_configured_language_wins():
    assert custom(parameters={"tst_frm_id": 1, "lan_id": 5})["lan_id"] == "5"


def test_the_sub_account_goes_with_every_action_and_an_activity_may_choose_its_own():
    for action in SENT:
        assert custom(action, settings={"sub_com_id": 7})["sub_com_id"] == "7"
    stored = {"tst_frm_id": 1, "sub_com_id": 9}
    assert custom(parameters=stored, settings={"sub_com_id": 7})["sub_com_id"] == "9"


def test_a_report_is_of_the_attempt_where_isograd_told_its_id():
    attempt = SimpleNamespace(provider_attempt_id="991")
    assert custom("view_report_pdf", attempt=attempt)["pla_tst_id"] == "991"
    assert "pla_tst_id" not in custom("view_report_pdf", attempt=None)


def test_the_grade_type_and_html_are_never_sent():
    sent = custom(parameters={"tst_frm_id": 1, "gra_typ_id": 2})
    assert not {"gra_typ_id", "html"} & sent.keys()


def test_it_opens_at_the_address_of_the_account():
    assert ISOGRAD.open(an_opening()).url == "https://app.isograd.com/public/lti.php"
    assert ISOGRAD.open(an_opening(settings={"lti_url": "http://127.0.0.1/x"})).url == "http://127.0.0.1/x"


@pytest.mark.parametrize("email", ["", "  "])
@pytest.mark.parametrize("action", SENT)
def test_without_an_email_address_nothing_leaves(action, email):
    with pytest.raises(CannotOpen) as refused:
        ISOGRAD.open(an_opening(action, learner={"email": email}))
    assert refused.value.code == "email_missing"
    assert "e-mail" in str(refused.value.sentence)
    assert "teacher" in str(refused.value.advice)


def test_without_a_name_nothing_leaves():
    with pytest.raises(CannotOpen) as refused:
        ISOGRAD.open(an_opening(learner={"given_name": "", "family_name": ""}))
    assert refused.value.code == "name_missing"
    ISOGRAD.open(an_opening(learner={"given_name": "", "family_name": "", "full_name": "Plato"}))


@pytest.mark.parametrize("action", ["view_results", "confirmation_test", "admin_space", "no_such_action"])
def test_what_lti_cannot_do_opens_nothing(action):
    with pytest.raises(CannotOpen):
        ISOGRAD.open(an_opening(action))


@given(
    st.sampled_from([*sorted(ACTIONS), "login_admin", "13"]),
    st.dictionaries(NAMES, ANYTHING, max_size=6) | st.just({"tst_frm_id": 1, "act_id": 13}),
    st.text() | st.just("13"),
)
def test_no_stored_parameters_and_no_launch_ever_log_in_as_an_administrator(action, parameters, told):
    """SEC-I4: act 13 would open the vendor's administration to a learner."""
    person = {"given_name": told or "x", "family_name": "13", "full_name": told, "email": told or "act_id=13"}
    opening = an_opening(action, {"tst_frm_id": 1} | parameters, learner=person, locale=told)
    try:
        sent = ISOGRAD.open(opening).custom
    except CannotOpen:
        return
    assert sent["act_id"] in {"8", "2", "9", "6", "38"}
    assert sent["act_id"] in ACTIONS[action]
    assert not {"use_ema_for_adm", "ema", "html"} & {name.lower() for name in sent}


# --- configuration --------------------------------------------------------------------------


def test_corrected_grades_need_the_grade_type():
    account = Account(settings={"conversion": "corrected"})
    for action in ("take_test", "take_new_test"):
        (problem,) = ISOGRAD.check_activity(account, action, {"tst_frm_id": 1})
        assert problem.startswith("gra_typ_id is missing")
        assert ISOGRAD.check_activity(account, action, {"tst_frm_id": 1, "gra_typ_id": 15}) == []
    assert ISOGRAD.check_activity(account, "view_report_pdf", {"tst_frm_id": 1}) == []
    assert ISOGRAD.check_activity(Account(), "take_test", {"tst_frm_id": 1}) == []


@pytest.mark.parametrize("action", ["view_results", "confirmation_test", "admin_space"])
def test_actions_of_the_api_say_what_they_need(action):
    (problem,) = ISOGRAD.check_activity(Account(), action, {})
    assert "needs connection = api" in problem


# --- reading --------------------------------------------------------------------------------


def a_score(text, settings=None, parameters=None):
    account = Account(settings=settings or {})
    attempt = SimpleNamespace(activity=SimpleNamespace(account=account, parameters=parameters or {}))
    return ScoreMessage(attempt, None if text is None else Decimal(text), text or "", timezone.now())


def test_a_score_is_a_grade_of_one():
    (report,) = ISOGRAD.read(a_score("0.920"))
    assert (report.state, report.score_given, report.score_maximum) == (AttemptState.GRADED, Decimal("0.92"), 1)
    assert (report.raw_score, report.note) == ("0.920", "")


def test_a_corrected_score_keeps_what_isograd_said():
    (report,) = ISOGRAD.read(a_score("0.5", {"conversion": "corrected"}, {"gra_typ_id": 1}))
    assert (report.score_given, report.raw_score) == (1, "0.5")
    (report,) = ISOGRAD.read(a_score("0.7", {"conversion": "corrected"}, {"gra_typ_id": "1"}))
    assert (report.score_given, report.raw_score) == (Decimal("1.4"), "0.7")
    assert "more than full marks" in report.note


def test_a_score_taken_back_leaves_no_score():
    (report,) = ISOGRAD.read(a_score(None))
    assert (report.state, report.has_result, report.score_given) == (AttemptState.SUBMITTED, True, None)


@pytest.mark.parametrize(("kind", "state"), [("callback", AttemptState.SUBMITTED), ("return", None)])
def test_each_hint_has_its_meaning(kind, state):
    assert HINTS[kind] == state
    hint = HintMessage(Account(), SimpleNamespace(), kind, timezone.now(), {"score": "1"})
    assert [(report.state, report.has_result) for report in ISOGRAD.read(hint)] == ([(state, False)] if state else [])


def test_no_other_hint_is_known():
    assert HINTS.keys() == {"callback", "return"}


# --- LTI 1.3 --------------------------------------------------------------------------------


class TestIsogradByLti13Contract(ProviderContract):
    provider = "isograd"
    settings = {"connection": "lti13", "client_id": "bridge-tool-1"}
    secrets: dict[str, str] = {}
    action = "take_test"
    parameters = {"tst_frm_id": 482}


def test_by_lti_1_3_the_tool_goes_along_and_the_parameters_are_the_same():
    by_lti13 = ISOGRAD.open(an_opening(settings={"connection": "lti13"}))
    by_lti11 = ISOGRAD.open(an_opening(settings={"connection": "lti11"}))
    assert by_lti13.custom == by_lti11.custom
    assert by_lti13.url == by_lti11.url == by_lti13.tool.launch_url
    assert by_lti11.tool is None


def test_a_score_is_read_by_its_own_words_and_not_converted():
    account = Account(provider="isograd", settings={"connection": "lti13", "conversion": "corrected"})
    attempt = Attempt(activity=Activity(account=account, parameters={"gra_typ_id": 15}))
    now = timezone.now()
    message = LineItemScore(attempt, Decimal(83), Decimal(100), "Completed", "FullyGraded", now, now)
    (report,) = ISOGRAD.read(message)
    assert (report.score_given, report.score_maximum, report.note) == (83, 100, "")
