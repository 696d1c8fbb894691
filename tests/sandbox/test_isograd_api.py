"""The pretend Isograd's API against its document: tokens, actions, errors, and what it does wrong on demand."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from lti_bridge import http
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.isograd import api, credits
from lti_bridge.sandbox.isograd.errors import MESSAGES
from lti_bridge.sandbox.isograd.forms import FORMS, QUESTIONS
from lti_bridge.sandbox.isograd.pdf import pdf_of
from lti_bridge.sandbox.keys import ISOGRAD_API_CLIENT_ID, shared_secret
from lti_bridge.sandbox.models import IsogradCandidate, IsogradCredits, IsogradSession, IsogradTest, IsogradToken
from tests.providers.isograd.test_operations import DOCUMENTED

pytestmark = pytest.mark.django_db

ROOT = "/sandbox/isograd"
EMA = "alice@greendale.example.edu"
WHO = {"gen_id": "3", "ema": EMA, "fst_nam": "Alice", "lst_nam": "Martin"}
RIGHT = {f"question-{number}": question.right for number, question in enumerate(QUESTIONS, start=1)}


def get_token(
    provider: Client, query: str = "grant_type=client_credentials&scopes=usage", **fields: str
) -> HttpResponse:
    told = {"client_id": ISOGRAD_API_CLIENT_ID, "client_secret": shared_secret(ISOGRAD_API_CLIENT_ID)}
    answer: HttpResponse = provider.post(f"{ROOT}/oauth2/token?{query}", told | fields)
    return answer


@pytest.fixture
def bearer(provider: Client) -> str:
    return f"Bearer {get_token(provider).json()['access_token']}"


@pytest.fixture
def ask(provider: Client, bearer: str) -> Any:
    def asked(act_id: int | str, **fields: Any) -> Any:
        answer = provider.post(
            f"{ROOT}/api/usage", {"act_id": str(act_id), **fields}, headers={"Authorization": bearer}
        )
        return answer.json() if answer["Content-Type"] == "application/json" else answer

    return asked


def made(ask: Any, form: int = 701) -> IsogradTest:
    """Alice's test."""
    ask(1, **WHO)
    return IsogradTest.objects.get(pk=ask(2, tst_frm_id=form, ema=EMA)["pla_tst_id"])


def sat(ask: Any, provider: Client, form: int = 701) -> IsogradTest:
    """Alice's test, handed in with all answers right."""
    test = made(ask, form)
    provider.post(f"{ROOT}/public/test/{test.key}", RIGHT)
    test.refresh_from_db()
    return test


# --- tokens ---------------------------------------------------------------------------------


def test_a_token_is_given_as_documented(provider: Client) -> None:
    told = get_token(provider).json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    assert IsogradToken.objects.get().token == told["access_token"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("grant_type=client_credentials&scope=usage", {}),
        ("scopes=usage", {}),
        ("grant_type=client_credentials&scopes=usage", {"client_secret": "wrong"}),
        ("grant_type=client_credentials&scopes=usage", {"client_id": "somebody"}),
    ],
)
def test_other_requests_get_none(provider: Client, query: str, fields: dict[str, str]) -> None:
    assert get_token(provider, query, **fields).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong"])
def test_without_a_token_nothing_is_done(provider: Client, header: str) -> None:
    answer = provider.post(f"{ROOT}/api/usage", {"act_id": "1", **WHO}, headers={"Authorization": header})
    assert (answer.status_code, IsogradCandidate.objects.count()) == (401, 0)


# --- actions --------------------------------------------------------------------------------


def test_a_candidate_is_made_once(ask: Any) -> None:
    first = ask(1, **WHO)
    assert first["success"] is True and first["error_message"] is None and first["lgn_url"]
    again = ask(1, **WHO)
    assert (again["success"], again["error_code"], again["can_id"]) == (False, 202, first["can_id"])


def test_act_2_gives_the_unfinished_test_and_act_9_another_one(ask: Any) -> None:
    ask(1, **WHO)
    first, again, other = (ask(act, tst_frm_id=701, ema=EMA) for act in (2, 2, 9))
    assert first["pla_tst_id"] == again["pla_tst_id"] != other["pla_tst_id"]
    assert credits.left()["TOSA test"] == credits.AT_FIRST[IsogradCredits.Kind.TEST] - 2


def test_act_8_does_both(ask: Any) -> None:
    assert ask(8, **WHO, tst_frm_id=701)["pla_tst_id"] == IsogradTest.objects.get().pk


def test_a_test_is_deleted_while_nobody_has_begun_it(ask: Any, provider: Client) -> None:
    test = made(ask)
    before = credits.left()["TOSA test"]
    assert ask(23, pla_tst_id=test.pk)["success"] is True
    assert credits.left()["TOSA test"] == before + 1
    begun = made(ask)
    provider.get(f"{ROOT}/public/test/{begun.key}")
    assert ask(23, pla_tst_id=begun.pk)["error_code"] == 304


def test_proctoring_is_added_and_removed(ask: Any) -> None:
    test = made(ask)
    for act, on in ((16, True), (16, True), (17, False)):
        assert ask(act, pla_tst_id=test.pk)["success"] is True
        assert IsogradTest.objects.get().proctored is on
    assert credits.left()["Proctoring"] == 5


def test_a_candidate_is_changed_made_anonymous_and_deleted(ask: Any) -> None:
    can_id = ask(1, **WHO)["can_id"]
    ask(51, can_id=can_id, ema="new@greendale.example.edu", fst_nam="Alicia")
    row = IsogradCandidate.objects.get()
    assert (row.email, row.given_name, row.family_name) == ("new@greendale.example.edu", "Alicia", "Martin")
    ask(12, ema="new@greendale.example.edu")
    assert IsogradCandidate.objects.get().email == str(can_id)
    assert ask(24, can_id=can_id)["success"] is True
    assert not IsogradCandidate.objects.exists()


def test_a_registration_e_mail_leaves_a_note(ask: Any) -> None:
    test = made(ask)
    ask(42, mai_tem_id=3, pla_tst_ids=str(test.pk), sen_dat="2026-12-01")
    ask(42, mai_tem_id=4, can_id=test.candidate_id)
    assert IsogradTest.objects.get().messages.splitlines() == [
        "registration e-mail: template 3, 2026-12-01",
        "registration e-mail: template 4, now",
    ]


def test_the_status_goes_from_1_to_3(ask: Any, provider: Client) -> None:
    test = made(ask)
    seen = [ask(10, pla_tst_id=test.pk)["sta_id"]]
    provider.get(f"{ROOT}/public/test/{test.key}")
    seen.append(ask(10, pla_tst_id=test.pk)["sta_id"])
    provider.post(f"{ROOT}/public/test/{test.key}", RIGHT)
    seen.append(ask(10, pla_tst_id=test.pk)["sta_id"])
    assert seen == [1, 2, 3]


def test_results_details_and_a_real_pdf(ask: Any, provider: Client) -> None:
    test = sat(ask, provider)
    about = {"tst_frm_id": 701, "ema": EMA, "pla_tst_id": test.pk}
    told = ask(4, **about)
    assert (told["gra_typ_id"], told["num_val"], told["max_val"], told["txt_des"]) == (2, 1000, 1000, "1000/1000")
    skills = ask(5, **about)["result_details"]
    assert (skills["11"]["level"], skills["14"]["level"]) == (5, -1)
    pdf = provider.get(ask(6, **about)["pdf_url"])
    assert (pdf["Content-Type"], pdf.content[:8], b"1000 / 1000" in pdf.content) == (
        "application/pdf",
        b"%PDF-1.4",
        True,
    )


def test_without_an_id_the_last_test_is_meant(ask: Any, provider: Client) -> None:
    sat(ask, provider)
    assert ask(4, tst_frm_id=701, ema=EMA)["num_val"] == 1000
    ask(9, tst_frm_id=701, ema=EMA)
    assert ask(4, tst_frm_id=701, ema=EMA)["error_code"] == 502


def test_a_confirmation_test_has_an_address_and_no_id(ask: Any, provider: Client) -> None:
    test = sat(ask, provider)
    told = ask(58, pla_tst_id=test.pk)
    assert set(told) == {"success", "error_message", "tst_url"}
    assert IsogradTest.objects.count() == 2


def test_what_a_person_marks_waits_for_them(ask: Any, provider: Client) -> None:
    test = sat(ask, provider, 703)
    assert ask(10, pla_tst_id=test.pk)["sta_id"] == 4
    assert ask(4, tst_frm_id=703, ema=EMA)["error_code"] == 502
    assert b"Mark" in provider.get(f"{ROOT}/").content
    for score in ("x", "1001", "640", "100"):
        provider.post(f"{ROOT}/marking/{test.key}", {"score": score})
    assert ask(10, pla_tst_id=test.pk)["sta_id"] == 3
    assert ask(4, tst_frm_id=703, ema=EMA)["num_val"] == 640


def test_sessions_tests_and_credits(ask: Any) -> None:
    told = ask(11, des="June", sta_dat="2026-06-01 08:00", end_dat="2026-06-30 18:00")
    assert told["ses_id"] == IsogradSession.objects.get().pk
    assert ask(14)["tests"] == list(FORMS)
    assert ask(15)["credits"][1] == {"des": "Proctoring", "amount": 5}


def test_log_ins_are_redirections(ask: Any, provider: Client) -> None:
    ask(1, **WHO)
    assert "/public/candidate/" in ask(38, ema=EMA)["Location"]
    named = ask(13, ema="ines@greendale.example.edu", use_ema_for_adm="1")
    assert b"Logged in as ines@greendale.example.edu" in provider.get(named["Location"]).content
    for careless in ({}, {"ema": "ines@greendale.example.edu"}):
        assert b"Alarm" in provider.get(ask(13, **careless)["Location"]).content


# --- errors ---------------------------------------------------------------------------------

ABOUT = {"tst_frm_id": 701, "ema": EMA}
#: (act_id, code) → how to get it. ``None``: Alice exists and has an unfinished test.
ERRORS: dict[tuple[str, int], dict[str, Any]] = {
    ("99", 103): {},
    ("1", 105): {"ema": EMA},
    ("1", 201): WHO | {"gen_id": "4"},
    ("1", 202): WHO,
    ("1", 203): WHO | {"dep_id": "4", "ema": "bob@x.example"},
    ("2", 106): ABOUT | {"tst_frm_id": 1},
    ("2", 107): ABOUT | {"ema": "bob@x.example"},
    ("9", 106): ABOUT | {"tst_frm_id": 1},
    ("9", 107): ABOUT | {"ema": "bob@x.example"},
    ("9", 402): ABOUT | {"max_num_tst": "1"},
    ("2", 402): ABOUT | {"max_num_tst": "1", "tst_frm_id": 702},
    ("2", 301): ABOUT | {"tst_frm_id": 363},
    ("9", 301): ABOUT,
    ("8", 201): WHO | {"gen_id": "4"},
    ("8", 202): WHO | ABOUT,
    ("8", 203): WHO | ABOUT | {"dep_id": "4", "ema": "bob@x.example"},
    ("8", 106): WHO | {"ema": "bob@x.example", "tst_frm_id": 1},
    ("8", 301): WHO | ABOUT | {"ema": "bob@x.example"},
    ("16", 303): {"pla_tst_id": None},
    ("23", 304): {"pla_tst_id": 999_999},
    ("6", 106): ABOUT | {"tst_frm_id": 1},
    ("6", 107): ABOUT | {"ema": "bob@x.example"},
    ("6", 501): ABOUT | {"tst_frm_id": 519},
    ("6", 502): ABOUT,
    ("4", 106): ABOUT | {"tst_frm_id": 1},
    ("4", 107): ABOUT | {"ema": "bob@x.example"},
    ("4", 501): ABOUT | {"tst_frm_id": 519},
    ("4", 502): ABOUT,
    ("5", 502): ABOUT,
    ("5", 501): ABOUT | {"tst_frm_id": 519},
    ("5", 106): ABOUT | {"tst_frm_id": 1},
    ("5", 107): ABOUT | {"ema": "bob@x.example"},
    ("10", 501): {"pla_tst_id": 999_999},
}
#: Codes that cannot come there: by act 8 the candidate was made a moment ago, and removing proctoring costs nothing.
NEVER = {("8", 107), ("8", 402), ("17", 303), ("6", 601)}


@pytest.mark.parametrize(("act_id", "code"), ERRORS)
def test_each_documented_error_can_be_had(ask: Any, act_id: str, code: int) -> None:
    test = made(ask)
    made_other = IsogradTest.objects.create(candidate=test.candidate, tst_frm_id=702, status=3, score=1)
    assert made_other.pk
    if code == 301:
        IsogradCredits.objects.update(amount=0)
    if code == 303:
        IsogradCredits.objects.create(kind=IsogradCredits.Kind.PROCTORING, amount=0)
    fields = {name: test.pk if value is None else value for name, value in ERRORS[act_id, code].items()}
    told = ask(act_id, **fields)
    assert (told["success"], told["error_code"]) == (False, code)
    assert told["error_message"].startswith(MESSAGES[code].split("{")[0])


def test_a_certification_has_no_report(ask: Any, provider: Client) -> None:
    sat(ask, provider, 777)
    assert ask(6, tst_frm_id=777, ema=EMA)["error_code"] == 601


def test_no_documented_error_is_left_out() -> None:
    documented = {(act_id, code) for act_id, codes in DOCUMENTED.items() for code in codes}
    assert documented - NEVER <= ERRORS.keys()


# --- on demand ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "status"),
    [
        ("provider_api_down", 503),
        ("provider_api_error", 500),
        ("provider_api_page", 200),
        ("provider_api_redirects", 302),
        ("provider_api_expired_token", 401),
    ],
)
def test_what_it_does_wrong_it_does_instead(provider: Client, bearer: str, switch: str, status: int) -> None:
    faults.switch({switch: 100})
    answer = provider.post(f"{ROOT}/api/usage", {"act_id": "1", **WHO}, headers={"Authorization": bearer})
    assert (answer.status_code, IsogradCandidate.objects.count()) == (status, 0)


def test_tokens_can_be_wrong_or_not_to_be_had(provider: Client) -> None:
    faults.switch({"provider_api_wrong_token": 100})
    assert get_token(provider).json()["access_token"] == "wrong"
    faults.switch({"provider_api_token_down": 100})
    assert get_token(provider).status_code == 503


def test_it_can_make_a_new_test_and_hang_up(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(1, **WHO)
    hung_up = []
    monkeypatch.setattr(api, "cut", lambda request: hung_up.append(1) or HttpResponse(content_type="text/plain"))
    faults.switch({"provider_api_cut_after": 100})
    ask(9, tst_frm_id=701, ema=EMA)
    ask(2, tst_frm_id=701, ema=EMA)
    assert (hung_up, IsogradTest.objects.count()) == ([1], 1)


def test_a_completed_test_calls_back_and_sends_no_outcome(ask: Any, provider: Client, monkeypatch: Any) -> None:
    called: list[str] = []

    def get(url: str) -> http.Answer:
        called.append(url)
        return http.Answer(200, {}, b"", 0.0)

    monkeypatch.setattr(http, "get", get)
    ask(1, **WHO)
    told = ask(2, tst_frm_id=703, ema=EMA, cal_bac_pag="http://127.0.0.1:8000/done")
    test = IsogradTest.objects.get(pk=told["pla_tst_id"])
    provider.post(f"{ROOT}/public/test/{test.key}", RIGHT)
    assert called == ["http://127.0.0.1:8000/done"]
    provider.post(f"{ROOT}/marking/{test.key}", {"score": "500"})
    assert IsogradTest.objects.get().messages.splitlines() == ["call back: HTTP 200", "outcome: not sent"]


def test_a_pdf_is_whole() -> None:
    made = pdf_of(["Zoé (1)", "2 \\ 3", "Ω"])
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF", made)[0])
    assert made[start:].startswith(b"xref\n0 6\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n ", made), start=1):
        assert made[int(place) :].startswith(b"%d 0 obj\n" % number)
    (length,) = re.findall(rb"/Length (\d+)", made)
    (content,) = re.findall(rb"stream\n(.*?)\nendstream", made, re.S)
    assert int(length) == len(content)
    assert "(Zoé \\(1\\))".encode("latin-1") in content and b"(2 \\\\ 3)" in content and b"(?)" in content
