"""``call``: one operation of a provider's API from the command line."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lti_bridge.models import Account
from tests.isograd_server import SECRETS, Answer, IsogradApi, isograd_api, refuse, settings_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with isograd_api() as served:
        yield served


@pytest.fixture(autouse=True)
def account(api: IsogradApi) -> Account:
    return Account.objects.create(
        name="isograd-api", provider="isograd", settings=settings_for(api), secrets=dict(SECRETS)
    )


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("call", *arguments, stdout=out)
    return out.getvalue()


def fails(*arguments: str) -> str:
    """What an error says on standard error; standard output stays empty."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("call", *arguments, stdout=out, stderr=err)
    assert (end.value.code, out.getvalue()) == (1, "")
    return err.getvalue()


def test_the_answer_is_json_with_the_providers_own_names(api: IsogradApi) -> None:
    said = run("isograd-api", "create_candidate", "gen_id=3", "ema=test@isograd.com", "fst_nam=John", "lst_nam=Doe")
    assert json.loads(said) == {
        "error_message": None,
        "success": True,
        "can_id": api.candidates["test@isograd.com"],
        "lgn_url": f"{api.url}/login/test@isograd.com",
    }


def test_an_equals_sign_belongs_to_the_value(api: IsogradApi) -> None:
    run("isograd-api", "create_candidate", "gen_id=3", "ema=a@b.c", "fst_nam=a=b", "lst_nam==")
    assert (api.asked()[0]["fst_nam"], api.asked()[0]["lst_nam"]) == ("a=b", "=")


def test_a_value_can_come_from_a_file(api: IsogradApi, tmp_path: Path) -> None:
    (tmp_path / "tests.json").write_text("[98, 99]")
    (tmp_path / "name.txt").write_text("Zoé\n")
    run("isograd-api", "send_registration_email", "mai_tem_id=3", f"pla_tst_ids=@{tmp_path}/tests.json")
    assert api.asked()[0]["pla_tst_ids"] == "98,99"
    api.candidates["a@b.c"] = 1
    run("isograd-api", "update_candidate", "can_id=1", f"fst_nam=@{tmp_path}/name.txt", "lst_nam=@@home")
    assert (api.asked("51")[0]["fst_nam"], api.asked("51")[0]["lst_nam"]) == ("Zoé", "@home")


def test_an_address_that_is_redirected_to_is_the_answer(api: IsogradApi) -> None:
    said = json.loads(run("isograd-api", "login_as_admin", "ema=boss@example.edu"))
    assert said == {"success": True, "location": f"{api.url}/administration/boss@example.edu"}


def test_an_error_says_code_message_and_what_to_do(api: IsogradApi) -> None:
    api.answers["2"] = refuse(301, "You have no more \x1b[31mcredits")
    said = fails("isograd-api", "add_test", "tst_frm_id=482", "ema=a@b.c")
    assert "error 301: You have no more  [31mcredits" in said
    assert "What to do: Please tell your teacher: your institution has to buy credits." in said


def test_no_answer_is_an_error_too(api: IsogradApi) -> None:
    api.instead = Answer(500, b"<h1>oops</h1>", "text/html")
    said = fails("isograd-api", "list_credits")
    assert "provider_unavailable" in said and "HTTP 500" in said and "What to do: Try again" in said
    assert "oops" not in said


def test_no_secret_is_ever_said(api: IsogradApi) -> None:
    Account.objects.update(secrets=SECRETS | {"client_secret": "wrong-secret"})
    said = fails("isograd-api", "list_credits")
    assert "credentials_refused" in said
    assert "wrong-secret" not in said and "token" not in said.replace("access token", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], 'There is no account "nobody". There are: isograd-api.'),
        (["isograd-api", "make_coffee"], "operation make_coffee is not known"),
        (["isograd-api", "add_test"], "tst_frm_id is missing"),
        (["isograd-api", "add_test", "tst_frm_id=482", "ema=a@b.c", "colour=red"], "colour is not a parameter"),
        (["isograd-api", "add_test", "tst_frm_id=x", "ema=a@b.c"], "tst_frm_id must be a whole number"),
        (["isograd-api", "list_credits", "x"], '"x" is not key=value.'),
        (["isograd-api", "list_credits", "=x"], '"=x" is not key=value.'),
        (["isograd-api", "list_tests", "lan_id=1", "lan_id=2"], "lan_id is given twice."),
        (["isograd-api", "list_tests", "lan_id=@/no/such/file.json"], "file /no/such/file.json cannot be read"),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_nothing_is_sent(api: IsogradApi, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError) as wrong:
        run(*arguments)
    assert said in str(wrong.value)
    assert (api.requests, api.token_requests) == ([], [])


def test_a_file_that_is_no_json_is_said(api: IsogradApi, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(CommandError, match="it is not what its name says"):
        run("isograd-api", "list_tests", f"lan_id=@{tmp_path}/x.json")


def test_without_an_operation_all_are_listed_with_their_parameters(api: IsogradApi) -> None:
    said = run("isograd-api")
    for part in (
        "create_candidate",
        "list_credits",
        "(act_id 9)",
        "tst_frm_id  (required; a whole number",
        "pla_tst_id",
    ):
        assert part in said
    assert "this or can_id" in said or "this or ema" in said
    assert api.token_requests == []


def test_a_provider_without_an_api_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from lti_bridge.providers.isograd.provider import Isograd

    monkeypatch.setattr(Isograd, "operations", {})
    assert "has no API that can be called" in run("isograd-api")
    with pytest.raises(CommandError, match="It has no API"):
        run("isograd-api", "list_credits")
