"""An LMS registers itself, from the link to the row that waits for approval; and all that must not register."""

import inspect
import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs

from lti_bridge import address_guard, http, invitations
from lti_bridge.errors import RegistrationRefused
from lti_bridge.launch.dynamic import configuration, exchange, views
from lti_bridge.models import Deployment, Family, Invitation, Lti13Registration, Platform
from tests.forbidden_urls import FORBIDDEN_URLS
from tests.launch.dynamic.lms import CANVAS, FAMILIES, PLATFORM, TOKEN, TOOL, Lms, configuration_of, lms_server

pytestmark = pytest.mark.django_db

PAGE = "/lti/1.3/register"


@pytest.fixture
def lms() -> Iterator[Lms]:
    with lms_server() as running:
        yield running


def invite(name: str = "campus", family: str = Family.OTHER) -> str:
    return invitations.make(name, family)[1]


def fields(lms: Lms, secret: str, **more: str | None) -> dict[str, str]:
    told = {
        "invitation": secret,
        "openid_configuration": lms.configuration_url,
        "registration_token": TOKEN,
        **more,
    }
    return {name: value for name, value in told.items() if value is not None}


def press(client: Client, lms: Lms, secret: str, **more: Any) -> Any:
    """Press the button of the page."""
    return client.post(PAGE, fields(lms, secret, **more))


#: What the page says → the reason code that the log has beside the reference.
CODES = {
    "Paste it into your LMS": "no_configuration",
    "not an invitation": "invitation_unknown",
    "was used before": "invitation_used",
    "has expired": "invitation_expired",
    "could not be fetched": "configuration_unreachable",
    "did not give its configuration": "configuration_not_given",
    "cannot be read": "configuration_unreadable",
    "incomplete": "configuration_incomplete",
    "speaks for another site": "issuer_elsewhere",
    "must not be called": "endpoint_forbidden",
    "does not support what is needed": "cannot_work_together",
    "did not answer the request": "registration_unanswered",
    "refused the request to register": "registration_refused",
    "no usable client id": "registration_incomplete",
    "registered here already": "registered_already",
    "another LMS has given here": "client_of_another",
}


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is logged in a test, for ``refused``."""
    with capture_logs() as logs:
        monkeypatch.setattr(refused, "logs", logs, raising=False)
        yield


def refused(response: Any, words: str, status: int = 422, *, registered: int = 0) -> None:
    """The page says that, its reason code is the one of these words, and nothing was registered."""
    page = response.content.decode()
    assert response.status_code == status
    assert words in page and "Reference" in page
    shown = [code for text, code in CODES.items() if text in page]
    last = [each for each in refused.logs if each["event"] == "error_page"][-1]  # type: ignore[attr-defined]
    assert [last["code"]] == shown
    assert Lti13Registration.objects.count() == registered


def test_every_reason_to_register_nobody_has_words_of_its_own() -> None:
    parts = (configuration, exchange, invitations, views)
    raised = {code for part in parts for code in re.findall(r'efused\(\s*"(\w+)"', inspect.getsource(part))}
    assert raised == {*CODES.values(), "configuration_address"}
    # Each is looked for by a test of this file: here, in the table, and there.
    assert not [words for words in CODES if Path(__file__).read_text().count(words) < 2]


# --- the way it should be -------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_an_lms_of_each_family_registers_and_waits_for_approval(client: Client, family: str) -> None:
    """DR-01"""
    secret = invite(family=family)
    with lms_server(family) as lms:
        token = None if family == "brightspace" else TOKEN  # it gives none
        page = press(client, lms, secret, registration_token=token)
        assert page.status_code == 200 and "Your LMS is registered" in page.content.decode()
        request = lms.request
    row = Lti13Registration.objects.get()
    assert (row.platform.name, row.platform.family) == ("campus", family)
    assert (row.issuer, row.jwks_uri) == (lms.served.url, f"{lms.served.url}/keys")
    assert row.enabled and row.awaits_approval and not row.is_live
    assert row.algorithms == ["RS256"]
    deployment = Deployment.objects.get()
    assert (deployment.deployment_id, deployment.registration, deployment.platform) == ("7", row, row.platform)
    assert request["redirect_uris"] == ["http://localhost:8000/lti/1.3/launch"]
    assert request["initiate_login_uri"] == "http://localhost:8000/lti/1.3/login"
    assert request["jwks_uri"] == "http://localhost:8000/lti/1.3/jwks.json"
    assert request["token_endpoint_auth_method"] == "private_key_jwt"
    assert request["logo_uri"].endswith(".svg")
    assert set(request[TOOL]["claims"]) >= {"sub", "name", "given_name", "family_name", "email"}
    assert request[TOOL]["domain"] == "localhost:8000"


@pytest.mark.parametrize("family", FAMILIES)
def test_only_messages_that_the_lms_sends_are_asked_for(client: Client, family: str) -> None:
    with lms_server(family) as lms:
        press(client, lms, invite(family=family))
        asked = [message["type"] for message in lms.request[TOOL]["messages"]]
    assert asked == [message["type"] for message in FAMILIES[family][1]]


@pytest.mark.parametrize(
    ("family", "places"),
    [
        ("moodle", ["ContentArea"]),
        ("canvas", [f"{CANVAS}assignment_selection", "link_selection"]),
        ("blackboard", ["ContentArea"]),
        ("sakai", ["ContentArea"]),
    ],
)
def test_the_choice_of_content_is_placed_in_the_words_of_the_lms(client: Client, family: str, places) -> None:
    with lms_server(family) as lms:
        press(client, lms, invite(family=family))
        choice = next(each for each in lms.request[TOOL]["messages"] if each["type"] == "LtiDeepLinkingRequest")
    assert choice["placements"] == places


def test_canvas_that_lists_no_place_gets_its_own_names(client: Client) -> None:
    with lms_server("canvas") as lms:
        lms.configuration[PLATFORM]["messages_supported"][1].pop("placements")
        press(client, lms, invite(family="canvas"))
        choice = lms.request[TOOL]["messages"][1]
        assert lms.request[TOOL][f"{CANVAS}privacy_level"] == "public"
    assert choice["placements"] == [f"{CANVAS}assignment_selection", f"{CANVAS}link_selection"]


def test_only_scopes_that_the_lms_knows_are_asked_for(client: Client, lms: Lms) -> None:
    press(client, lms, invite())
    scopes = lms.request["scope"].split()
    assert len(scopes) == 4 and "openid" not in scopes
    assert not any(scope.endswith("lineitem.readonly") for scope in scopes)


def test_all_scopes_are_asked_for_where_the_lms_lists_none(client: Client, lms: Lms) -> None:
    lms.configuration["scopes_supported"] = ["openid"]
    press(client, lms, invite())
    assert len(lms.request["scope"].split()) == 5


@pytest.mark.parametrize("code", ["Moodle", "BlackboardLearn", "sakailms.org", "desire2learn", "canvas", "nothing"])
def test_the_family_is_learned_where_the_invitation_leaves_it_open(client: Client, lms: Lms, code: str) -> None:
    lms.configuration[PLATFORM]["product_family_code"] = code
    press(client, lms, invite())
    known = {
        "BlackboardLearn": "blackboard",
        "sakailms.org": "sakai",
        "desire2learn": "brightspace",
        "nothing": "other",
    }
    assert Platform.objects.get().family == known.get(code, code.lower())


@pytest.mark.parametrize(
    ("told", "family", "kept"),
    [
        (None, "moodle", ""),
        ("https://auth.example.edu", "moodle", "https://auth.example.edu"),
        ("canvas.instructure.com", "canvas", ""),
        (None, "brightspace", ""),  # its own audience goes with the family
        ("https://own.example.edu/token", "brightspace", "https://own.example.edu/token"),
    ],
)
def test_what_tokens_are_asked_for_is_fixed_at_the_registration(client: Client, told, family: str, kept: str) -> None:
    """SEC-J7"""
    with lms_server(family) as lms:
        lms.configuration.pop("authorization_server", None)
        if told:
            lms.configuration["authorization_server"] = told
        press(client, lms, invite(family=family))
    assert Lti13Registration.objects.get().token_audience == kept


def test_a_platform_of_that_name_gets_one_more_registration_and_keeps_its_family(client: Client, lms: Lms) -> None:
    platform = Platform.objects.create(name="campus", family=Family.SAKAI)
    page = client.get(PAGE, fields(lms, secret := invite()))
    assert "is there already" in page.content.decode()
    press(client, lms, secret)
    assert Lti13Registration.objects.get().platform == platform
    platform.refresh_from_db()
    assert platform.family == Family.SAKAI


def test_an_lms_that_names_no_deployment_registers_too(client: Client, lms: Lms) -> None:
    lms.answer = {TOOL: {}}
    press(client, lms, invite())
    assert Lti13Registration.objects.exists() and not Deployment.objects.exists()


def test_ids_may_be_numbers(client: Client, lms: Lms) -> None:
    lms.answer = {"client_id": 10000000000007, TOOL: {"deployment_id": 3}}
    press(client, lms, invite())
    assert Lti13Registration.objects.get().client_id == "10000000000007"
    assert Deployment.objects.get().deployment_id == "3"


def test_the_page_ends_with_the_message_that_closes_it(client: Client, lms: Lms) -> None:
    page = press(client, lms, invite()).content.decode()
    assert "bridge/close.js" in page and "data-closes" in page
    # And with words for browsers without a script.
    assert "You can close this window." in page


# --- before the button ----------------------------------------------------------------------


def test_nothing_is_asked_of_the_lms_before_the_button_is_pressed(client: Client, lms: Lms) -> None:
    """DR-07"""
    page = client.get(PAGE, fields(lms, invite()))
    text = page.content.decode()
    assert lms.served.asked == []
    assert "Connect 127.0.0.2" in text and "/lti/1.3/launch" in text and "campus" in text
    assert not Invitation.objects.exclude(used_at=None).exists()


def test_the_page_may_be_framed_and_leads_nowhere_else(client: Client, lms: Lms) -> None:
    policy = client.get(PAGE, fields(lms, invite()))["Content-Security-Policy"]
    assert re.search(r"frame-ancestors [^;]*\*", policy)
    assert re.search(r"form-action 'self'(;|$)", policy)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example.net"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_post_from_another_site_registers_nothing(client: Client, lms: Lms, headers) -> None:
    """DR-07"""
    response = client.post(PAGE, fields(lms, invite()), headers=headers)
    assert response.status_code == 403 and lms.served.asked == []


@pytest.mark.parametrize("address", ["", "moodle", "javascript:alert(1)", "https://user@host.example.edu/", "//x"])
def test_a_browser_that_comes_without_an_lms_is_told_where_the_link_belongs(client: Client, lms, address: str) -> None:
    response = client.get(PAGE, fields(lms, invite(), openid_configuration=address))
    refused(response, "Paste it into your LMS", status=400)


# --- invitations ----------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "", "wrong", "a" * 5000, "\x00"])
def test_without_an_invitation_nothing_is_shown_or_registered(client: Client, lms: Lms, secret: str | None) -> None:
    """DR-07"""
    invite()
    refused(client.get(PAGE, fields(lms, "", invitation=secret)), "not an invitation", 403)
    refused(press(client, lms, "", invitation=secret), "not an invitation", 403)
    assert lms.served.asked == []


def test_an_invitation_works_once(client: Client, lms: Lms) -> None:
    secret = invite()
    press(client, lms, secret)
    row = Invitation.objects.get()
    assert row.used_at and row.registration == Lti13Registration.objects.get() and row.platform.name == "campus"
    for response in (press(client, lms, secret), client.get(PAGE, fields(lms, secret))):
        refused(response, "was used before", 403, registered=1)
    assert Lti13Registration.objects.count() == 1


def test_of_two_presses_at_once_one_registers(client: Client, lms: Lms, monkeypatch) -> None:
    """The invitation is used up before the LMS is asked for anything, so that one request at a time waits for it."""
    secret = invite()
    fetch = exchange.fetch
    others = []

    def slowly(*asked: str) -> Any:
        found = fetch(*asked)
        others.append(press(client, lms, secret))  # the other press, meanwhile
        return found

    monkeypatch.setattr(exchange, "fetch", slowly)
    assert press(client, lms, secret).status_code == 200
    (other,) = others
    assert other.status_code == 403 and "was used before" in other.content.decode()
    assert [each.method for each in lms.served.asked] == ["GET", "POST"]
    # Who came too late does not give the invitation back.
    assert Invitation.objects.get().used_at and Lti13Registration.objects.count() == 1


def test_an_invitation_expires(client: Client, lms: Lms) -> None:
    secret = invite()
    assert Invitation.objects.get().expires_at - timezone.now() > invitations.LIFETIME * 0.99
    Invitation.objects.update(expires_at=timezone.now())
    refused(press(client, lms, secret), "has expired", 403)


def test_the_secret_of_an_invitation_is_not_kept(client: Client, lms: Lms) -> None:
    secret = invite()
    kept = str(Invitation.objects.values().get())
    assert secret not in kept
    assert invitations.address_of(secret).endswith(f"{PAGE}?invitation={secret}")


def test_an_invitation_that_led_to_nothing_can_be_used_again(client: Client, lms: Lms) -> None:
    secret = invite()
    lms.raw_answer = (500, {}, b"oops")
    assert press(client, lms, secret).status_code == 422
    lms.raw_answer = None
    assert press(client, lms, secret).status_code == 200


def test_who_made_an_invitation_is_kept() -> None:
    boss = User.objects.create_user("boss")
    row, _secret = invitations.make("campus", Family.MOODLE, made_by=boss)
    assert Invitation.objects.get(made_by=boss) == row


# --- what an LMS may not say of itself ------------------------------------------------------


@pytest.mark.parametrize(
    "issuer",
    [
        "https://other.example.edu",
        "http://127.0.0.3:1",
        "http://127.0.0.2:1",
        "https://canvas.instructure.com",
    ],
)
def test_a_configuration_that_speaks_for_another_site_is_refused(client: Client, lms: Lms, issuer: str) -> None:
    """DR-02"""
    lms.configuration["issuer"] = issuer
    refused(press(client, lms, invite()), "speaks for another site")
    assert [each.method for each in lms.served.asked] == ["GET"]


@pytest.mark.parametrize(
    "issuer", [None, 7, "", " http://127.0.0.2", "ftp://x", "http://127.0.0.2/?a=1", "http://a/#b"]
)
def test_an_issuer_that_is_no_issuer_is_refused(client: Client, lms: Lms, issuer: Any) -> None:
    lms.configuration["issuer"] = issuer
    refused(press(client, lms, invite()), "incomplete")


@pytest.mark.parametrize("audience", ["https://auth.example.edu/tökén", "https://auth.example.edu/ü"])
def test_an_audience_that_could_be_read_in_two_ways_is_refused(client: Client, lms: Lms, audience: str) -> None:
    """SEC-J7"""
    lms.configuration["authorization_server"] = audience
    refused(press(client, lms, invite()), "incomplete")


def test_an_issuer_keeps_every_letter(client: Client, lms: Lms) -> None:
    lms.configuration["issuer"] = f"{lms.served.url}/Moodle/"
    press(client, lms, invite())
    assert Lti13Registration.objects.get().issuer == f"{lms.served.url}/Moodle/"


@pytest.mark.parametrize(
    "raw",
    [
        (200, {}, b"<html>log in</html>"),
        (200, {}, b"[]"),
        (200, {}, b'"text"'),
        (200, {}, b"\xff\xfe"),
        (200, {}, b"[" * 100_000),
        (200, {}, b'{"issuer": "a", "issuer": "b"}'),
        (200, {}, b'{"issuer": NaN}'),
        (200, {}, b""),
    ],
    ids=["html", "list", "text", "not utf-8", "deep", "names twice", "nan", "empty"],
)
def test_a_configuration_that_is_no_json_object_is_refused(client: Client, lms: Lms, raw) -> None:
    """DR-03"""
    lms.raw_configuration = raw
    refused(press(client, lms, invite()), "cannot be read")


@pytest.mark.parametrize("status", [301, 302, 307, 401, 404, 500])
def test_a_redirect_or_a_refusal_is_not_followed(client: Client, lms: Lms, status: int) -> None:
    """DR-03"""
    lms.raw_configuration = (status, {"Location": f"{lms.served.url}/elsewhere"}, b"{}")
    refused(press(client, lms, invite()), "did not give its configuration")
    assert len(lms.served.asked) == 1


def test_a_configuration_of_ten_megabytes_is_refused(client: Client, lms: Lms) -> None:
    """DR-03"""
    lms.raw_configuration = (200, {}, b'{"x": "' + b"x" * 10_000_000 + b'"}')
    refused(press(client, lms, invite()), "could not be fetched")


def test_a_configuration_that_never_ends_is_refused(client: Client, lms: Lms, monkeypatch) -> None:
    """DR-03"""
    monkeypatch.setattr(configuration, "_SECONDS", 0.3)
    respond = lms.respond
    lms.respond = lambda asked: (time.sleep(1), respond(asked))[1]  # type: ignore[method-assign]
    refused(press(client, lms, invite()), "could not be fetched")


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/config",
        "http://192.168.1.1/",
        "http://[::1]/config",
        "http://[::ffff:10.0.0.1]/config",
        "http://2130706433.example.invalid/",
        "http://93.184.216.34/config",
        "https://100.64.0.1/config",
    ],
)
def test_a_configuration_at_a_forbidden_address_is_refused(client: Client, lms: Lms, address: str, settings) -> None:
    """DR-03, S7: internal addresses, and public ones without https."""
    settings.ALLOWED_PRIVATE_HOSTS = []
    refused(press(client, lms, invite(), openid_configuration=address), "could not be fetched")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"])
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://10.0.0.1/token",
        "http://[::ffff:192.168.0.1]/token",
        "https://[64:ff9b::a00:1]/token",
        "http://93.184.216.34/token",
        "https://100.64.0.1/",
    ],
)
def test_endpoints_at_forbidden_addresses_are_refused(client: Client, lms: Lms, name: str, url: str) -> None:
    """DR-04, S7"""
    lms.configuration[name] = url
    refused(press(client, lms, invite()), "must not be called")
    assert [each.method for each in lms.served.asked] == ["GET"]


@pytest.mark.parametrize(
    "url",
    [None, 5, "", "javascript:alert(1)", "file:///etc/passwd", "gopher://x/", "https://a@b.example/", "https://x/#f"],
)
def test_endpoints_that_are_no_addresses_are_refused(client: Client, lms: Lms, url: Any) -> None:
    """DR-04, S7"""
    lms.configuration["token_endpoint"] = url
    refused(press(client, lms, invite()), "incomplete")


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[Any]:
    """Every connection that somebody tries to make."""
    tried: list[Any] = []
    settings.ALLOWED_PRIVATE_HOSTS = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: tried.append(address))
    return tried


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_no_spelling_of_a_forbidden_address_is_called_for_a_configuration(connected: list[Any], url: str) -> None:
    """DR-03, S7"""
    with pytest.raises(RegistrationRefused):
        configuration.fetch(url.replace("{port}", "1"), TOKEN)
    assert connected == []


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_no_spelling_of_a_forbidden_address_is_taken_for_an_endpoint(connected: list[Any], url: str) -> None:
    """DR-04, S7"""
    place = urlsplit("https://93.184.216.34/config")
    fit = configuration_of("https://93.184.216.34", *FAMILIES["moodle"])
    assert configuration.read(fit, place).issuer == "https://93.184.216.34"
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        with pytest.raises(RegistrationRefused) as refusal:
            configuration.read(fit | {name: url.replace("{port}", "1")}, place)
        assert refusal.value.code in ("endpoint_forbidden", "configuration_incomplete")
    assert connected == []


def test_a_name_that_leads_inside_is_refused(client: Client, lms: Lms, monkeypatch) -> None:
    """DR-04: what counts is the address, whatever the name."""
    look_up = address_guard._look_up

    def dns(host, port, seconds):
        return look_up("10.1.2.3" if host == "lms.example.edu" else host, port, seconds)

    monkeypatch.setattr(address_guard, "_look_up", dns)
    lms.configuration["jwks_uri"] = "https://lms.example.edu/keys"
    refused(press(client, lms, invite()), "must not be called")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token_endpoint_auth_methods_supported", ["client_secret_post"]),
        ("token_endpoint_auth_methods_supported", None),
        ("id_token_signing_alg_values_supported", ["ES256"]),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("token_endpoint_auth_signing_alg_values_supported", ["HS256"]),
        (PLATFORM, None),
        (PLATFORM, {"messages_supported": [{"type": "LtiDeepLinkingRequest"}]}),
        (PLATFORM, {"messages_supported": ["LtiResourceLinkRequest", {"type": 5}]}),
        (PLATFORM, []),
    ],
)
def test_an_lms_that_lacks_what_is_needed_is_refused(client: Client, lms: Lms, name: str, value: Any) -> None:
    """DR-05"""
    lms.configuration[name] = value
    refused(press(client, lms, invite()), "does not support what is needed")


# --- the answer -----------------------------------------------------------------------------


@pytest.mark.parametrize("client_id", ["10000000000001", "AbC"])
def test_an_lms_cannot_give_the_client_id_that_we_have_at_another_one(client: Client, lms: Lms, client_id: str) -> None:
    """SEC-J7, DR-06: else it would get that one's tokens, with its token endpoint, or our proof, with its audience."""
    bank = Platform.objects.create(name="bank", family=Family.OTHER)
    addresses = {name: f"https://bank.example.edu/{name}" for name in ("authorization_endpoint", "token_endpoint")}
    Lti13Registration.objects.create(
        platform=bank,
        issuer="https://bank.example.edu",
        client_id=client_id,
        jwks_uri="https://bank.example.edu/keys",
        **addresses,
    )
    lms.configuration["authorization_server"] = addresses["token_endpoint"]
    lms.answer = {"client_id": client_id.lower()}
    response = press(client, lms, invite())
    refused(response, "another LMS has given here", 409, registered=1)
    assert Lti13Registration.objects.get().platform == bank and Invitation.objects.get().used_at is None


@pytest.mark.parametrize("client_id", ["client 1", "client-1 ", "clíent-1"])
def test_a_client_id_that_could_pass_for_another_is_refused(client: Client, lms: Lms, client_id: str) -> None:
    lms.answer = {"client_id": client_id}
    refused(press(client, lms, invite()), "no usable client id")


def test_a_client_that_is_registered_already_is_not_taken_over(client: Client, lms: Lms) -> None:
    """DR-06"""
    theirs = Platform.objects.create(name="theirs")
    old = Lti13Registration.objects.create(
        platform=theirs,
        issuer=lms.served.url,
        client_id="same",
        jwks_uri="https://a",
        authorization_endpoint="https://b",
    )
    lms.answer = {"client_id": "same"}
    response = press(client, lms, invite())
    refused(response, "registered here already", 409, registered=1)
    assert list(Lti13Registration.objects.all()) == [old]
    old.refresh_from_db()
    assert (old.platform, old.jwks_uri) == (theirs, "https://a")
    assert not Platform.objects.filter(name="campus").exists()


@pytest.mark.parametrize("client_id", [None, "", [], {}, True, 1.5, "x" * 256, "a\x00b", "a\nb"])
def test_an_answer_without_a_usable_client_id_is_refused(client: Client, lms: Lms, client_id: Any) -> None:
    lms.answer = {"client_id": client_id}
    refused(press(client, lms, invite()), "no usable client id")


@pytest.mark.parametrize("deployment_id", [None, "", [], True, "x" * 256, "a\x00b"])
def test_a_deployment_id_that_is_none_is_left_out(client: Client, lms: Lms, deployment_id: Any) -> None:
    lms.answer = {TOOL: {"deployment_id": deployment_id}}
    assert press(client, lms, invite()).status_code == 200
    assert not Deployment.objects.exists()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ((400, {}, b'{"error":"invalid_redirect_uri","error_description":"x"}'), "(invalid_redirect_uri)"),
        ((401, {}, b'{"error":"<script>alert(1)</script>"}'), "(HTTP 401)"),
        ((403, {}, b"no"), "(HTTP 403)"),
        ((302, {"Location": "/x"}, b""), "(HTTP 302)"),
        ((200, {}, b"<html>"), "(HTTP 200)"),
        ((204, {}, b""), "(HTTP 204)"),
    ],
)
def test_the_refusal_of_an_lms_is_told_and_nothing_else_of_its_answer(client: Client, lms: Lms, raw, words) -> None:
    lms.raw_answer = raw
    response = press(client, lms, invite())
    refused(response, "refused the request to register")
    assert words in response.content.decode()
    assert "alert(1)" not in response.content.decode()


def test_an_lms_that_does_not_answer_the_request_is_looked_at_by_hand(client: Client, lms: Lms, monkeypatch) -> None:
    """It may have made a registration all the same; the invitation can be used again."""

    def nobody(url: str, *_asked: Any, **_more: Any) -> None:
        raise http.HttpProblem("timeout", "no answer", ambiguous=True)

    monkeypatch.setattr(http, "post", nobody)
    refused(press(client, lms, invite()), "did not answer the request")
    assert Invitation.objects.get().used_at is None


@pytest.mark.parametrize("url", ["", "moodle", "ftp://lms.example.edu/config", "https://a@lms.example.edu/config"])
def test_what_is_no_address_is_not_fetched(url: str) -> None:
    """The page does not let it come so far."""
    with pytest.raises(RegistrationRefused) as refusal:
        configuration.fetch(url, TOKEN)
    assert refusal.value.code == "configuration_address"


# --- the token ------------------------------------------------------------------------------


def test_the_registration_token_is_used_and_neither_kept_nor_logged(client: Client, lms: Lms, caplog) -> None:
    """DR-08"""
    caplog.set_level(logging.DEBUG)
    secret = invite()
    client.get(PAGE, fields(lms, secret))
    lms.raw_answer = (400, {}, json.dumps({"error": TOKEN}).encode())
    page = press(client, lms, secret).content.decode()
    lms.raw_answer = None
    page += press(client, lms, secret).content.decode()
    assert {each.headers["authorization"] for each in lms.served.asked} == {f"Bearer {TOKEN}"}
    rows = [str(list(model.objects.values())) for model in (Invitation, Lti13Registration, Platform, Deployment)]
    rows.append(str(list(Lti13Registration.history.values())))
    for text in (page, caplog.text, *rows):
        assert TOKEN not in text and secret not in text


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "ünïcode", "a b"])
def test_a_token_that_is_no_token_does_no_harm(client: Client, lms: Lms, token: str) -> None:
    press(client, lms, invite(), registration_token=token)
    assert not any("x-evil" in each.headers for each in lms.served.asked)


def test_an_lms_without_a_token_gets_none(client: Client, lms: Lms) -> None:
    press(client, lms, invite(), registration_token=None)
    assert not any("authorization" in each.headers for each in lms.served.asked)


def test_canvas_gives_its_configuration_to_the_holder_of_the_token_alone(client: Client) -> None:
    with lms_server("canvas") as lms:
        refused(press(client, lms, invite(), registration_token=None), "did not give its configuration")
        assert press(client, lms, invite()).status_code == 200
