"""A launch ends in the browser in which its login began: by cookie, by the platform's storage, or in a new window."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from lti_bridge.launch import binding, state
from lti_bridge.models import LaunchRecord, Lti13Registration
from tests.launch.conftest import nothing_was_kept
from tests.launches13 import LAUNCH_PATH, LOGIN_PATH, TARGET, Begun, begin, begun_at, come_back, login_fields
from tests.world import FORM, World
from tests.world13 import ALICE, AUTH_URL, CLIENT_ID, ISSUER, claims, make_registration, peer

OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8000"}
EVIL = "https://evil.example"


class Forgetful(Client):
    """A browser that keeps no cookies, as many do not in frames."""

    def request(self, **request: Any) -> Any:
        self.cookies.clear()
        return super().request(**request)


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


@pytest.fixture
def frame() -> Client:
    return Forgetful()


def data_of(page: str) -> dict[str, str]:
    """What the script of a page is told."""
    tag = re.search(r"<section[^>]* data-storage=[^>]*>", page)
    return {name: unescape(value) for name, value in re.findall(r'data-([a-z]+)="([^"]*)"', tag[0])} if tag else {}


def forms_of(page: str) -> list[dict[str, str]]:
    """The hidden fields of each form of a page."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    found = [re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form) for form in forms]
    return [{name: unescape(value) for name, value in pairs} for pairs in found]


def begin_with_storage(browser: Client, target: str = "_parent", **more: Any) -> tuple[Begun, dict[str, str], Any]:
    """A login of a platform that keeps things for tools: how it goes on, what its script is told, and the response."""
    body = urlencode(login_fields(lti_storage_target=target, **more))
    response = browser.post(LOGIN_PATH, body, content_type=FORM, headers={"Origin": "https://school.example.edu"})
    page = response.content.decode()
    link = re.search(r'<a class="button main" href="([^"]+)"', page)
    assert link, page
    cookies = {name: cookie.value for name, cookie in response.cookies.items()}
    return begun_at(unescape(link[1]), cookies), data_of(page), response


def token_of(begun: Begun, **more: Any) -> str:
    return peer().sign(claims(nonce=begun.nonce, **more))


# --- the cookie -----------------------------------------------------------------------------


def test_the_browser_of_the_login_comes_in(client: Client) -> None:
    begun = begin(client)
    assert come_back(client, begun, token_of(begun)).status_code == 200


def test_another_browser_stays_out(client: Client) -> None:
    """T13-BAD-20, SEC-S5: login CSRF. The attacker has a login, a launch and a cookie, all his own."""
    begun = begin(Client())
    response = come_back(client, begun, token_of(begun))
    assert response.status_code == 403
    assert nothing_was_kept() and not LaunchRecord.objects.exists()


def test_the_cookie_of_another_login_is_of_no_use(client: Client) -> None:
    """T13-BAD-20."""
    one, two = begin(Client()), begin(client)
    (proof,) = two.cookies.values()
    client.cookies.load(dict.fromkeys(one.cookies, proof))
    assert come_back(client, one, token_of(one)).status_code == 403
    assert nothing_was_kept()


@pytest.mark.parametrize("proof", ["", "x", "a:b", "ü", "x" * 4000])
def test_a_cookie_that_we_did_not_make_is_of_no_use(client: Client, proof: str) -> None:
    begun = begin(Client())
    kept = state.read(begun.state)
    assert not binding.is_proof(kept, proof)
    assert not binding.is_proof(kept, f"{state.key_of(kept.nonce)}:{proof}")
    assert not binding.is_proof(kept, state.key_of(kept.nonce))


def test_a_key_may_be_rotated_while_people_log_in(client: Client, settings: Any) -> None:
    begun = begin(client)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-sample-key-for-tests-and-for-nothing-else-0123"
    assert come_back(client, begun, token_of(begun)).status_code == 200


def test_a_launch_takes_its_cookie_away_and_leaves_the_others(client: Client) -> None:
    one, two = begin(client), begin(client)
    response = come_back(client, one, token_of(one))
    (cookie,) = response.cookies.values()
    assert cookie.key in one.cookies and cookie["max-age"] == 0
    assert "Partitioned" in cookie.OutputString() and "Secure" in cookie.OutputString()
    assert come_back(client, two, token_of(two)).status_code == 200


def test_garbage_takes_no_cookie_away(client: Client) -> None:
    begun = begin(client)
    assert not come_back(client, begun, "a.b.c").cookies
    assert come_back(client, begun, token_of(begun)).status_code == 200


# --- no cookie, no storage ------------------------------------------------------------------


def test_without_a_cookie_there_is_a_button_that_begins_anew_in_a_new_window(frame: Client) -> None:
    """PS-03, without storage."""
    hint = "a+b/c=d&e%20f Zoë <\"'>"
    begun = begin(frame, lti_message_hint=hint)
    response = come_back(frame, begun, token_of(begun))
    page = response.content.decode()
    assert response.status_code == 403 and "Open in a new window" in page
    assert forms_of(page) == [login_fields(lti_message_hint=hint)]
    assert 'action="/lti/1.3/login" target="_blank"' in page
    assert "<script" not in page and 'rel="opener"' not in page


def test_the_new_window_comes_in(frame: Client, client: Client) -> None:
    begun = begin(frame)
    (fields,) = forms_of(come_back(frame, begun, token_of(begun)).content.decode())
    response = client.post(LOGIN_PATH, urlencode(fields), content_type=FORM)
    again = begun_at(response["Location"], {})
    assert again.asked["lti_message_hint"] == begun.asked["lti_message_hint"] and again.nonce != begun.nonce
    assert come_back(client, again, token_of(again)).status_code == 200


def test_what_was_not_given_is_not_given_again(frame: Client) -> None:
    begun = begin(frame, lti_message_hint=None, lti_deployment_id=None)
    (fields,) = forms_of(come_back(frame, begun, token_of(begun)).content.decode())
    assert set(fields) == {"iss", "client_id", "login_hint", "target_link_uri"}


def test_nothing_of_a_person_is_on_the_pages_before_the_check(frame: Client) -> None:
    begun, _data, response = begin_with_storage(frame)
    pages = [response.content.decode(), come_back(frame, begun, token_of(begun)).content.decode()]
    plain = begin(frame)
    pages.append(come_back(frame, plain, token_of(plain)).content.decode())
    for page in pages:
        assert not [value for value in ALICE.values() if value in page]


@pytest.mark.parametrize("with_storage", [True, False])
def test_the_pages_may_be_framed_by_the_platform(frame: Client, with_storage: bool) -> None:
    """S10: and by the page that posted, which in a cloud has another host than the registration."""
    begun = begin_with_storage(frame)[0] if with_storage else begin(frame)
    response = come_back(frame, begun, token_of(begun), headers={"Origin": "https://school.example.edu"})
    policy = response["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {ISSUER} https://school.example.edu;" in f"{policy};"
    assert "X-Frame-Options" not in response and response["Cache-Control"] == "no-store"


def test_a_registration_that_is_off_offers_no_window(frame: Client) -> None:
    begun = begin(frame)
    Lti13Registration.objects.update(enabled=False)
    page = come_back(frame, begun, token_of(begun)).content.decode()
    assert "not connected here any more" in page and "new window" not in page


# --- the platform's storage -----------------------------------------------------------------


def test_the_login_puts_the_proof_into_the_platform_s_window(frame: Client) -> None:
    begun, data, response = begin_with_storage(frame)
    kept = state.read(begun.state)
    assert response.status_code == 200 and response["Referrer-Policy"] == "no-referrer"
    assert begun.url.startswith(AUTH_URL) and begun.asked["client_id"] == CLIENT_ID
    assert data["storage"] == "_parent" and data["origin"] == ISSUER
    assert data["key"] == f"lti_state_{state.key_of(kept.nonce)}"
    assert binding.is_proof(kept, data["value"])
    assert len(data["key"]) + len(data["value"]) < 4096, "Brightspace keeps no more"
    assert "script-src 'self' 'nonce-" in response["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {ISSUER} https://school.example.edu" in response["Content-Security-Policy"]


@pytest.mark.parametrize("target", ["post_message_forwarding", "a.b:c-d"])
def test_a_frame_is_named_as_the_platform_names_it(frame: Client, target: str) -> None:
    assert begin_with_storage(frame, target)[1]["storage"] == target


@pytest.mark.parametrize("target", ["", " ", "a b", "<script>", '"onload=', "x" * 101, "ä"])
def test_a_name_that_no_frame_has_is_no_storage(client: Client, target: str) -> None:
    begin(client, lti_storage_target=target)


def test_the_cookie_is_tried_first(client: Client) -> None:
    begun, _data, _response = begin_with_storage(client)
    assert come_back(client, begun, token_of(begun)).status_code == 200


def test_a_launch_without_cookie_asks_the_platform_s_window(frame: Client) -> None:
    """PS-01."""
    begun, put, _response = begin_with_storage(frame)
    token = token_of(begun)
    response = come_back(frame, begun, token)
    page = response.content.decode()
    assert response.status_code == 200 and response["Referrer-Policy"] == "same-origin"
    asked = data_of(page)
    assert "value" not in asked, "the page must not know what it is to find"
    assert {name: put[name] for name in ("storage", "origin", "key")} == asked
    pending, again = forms_of(page)
    assert pending == {"state": begun.state, "id_token": token, binding.FIELD: ""}
    assert again == login_fields()
    assert not LaunchRecord.objects.exists()
    brought = come_back(frame, begun, token, **{binding.FIELD: put["value"]}, headers=OURS)
    assert brought.status_code == 200 and "provider.example.net" in brought.content.decode()
    assert LaunchRecord.objects.get().refused == ""


def test_a_browser_of_before_fetch_metadata_comes_in_too(frame: Client) -> None:
    begun, put, _response = begin_with_storage(frame)
    headers = {"Origin": "http://localhost:8000"}
    response = come_back(frame, begun, token_of(begun), **{binding.FIELD: put["value"]}, headers=headers)
    assert response.status_code == 200


def test_something_else_in_the_platform_s_window_is_refused(frame: Client) -> None:
    """PS-04: made up, of another login, or empty."""
    begun, _put, _response = begin_with_storage(frame)
    _other, other, _response = begin_with_storage(frame)
    for value in ("", "made up", other["value"], other["key"], begun.state):
        response = come_back(frame, begun, token_of(begun), **{binding.FIELD: value}, headers=OURS)
        assert response.status_code == 403 and "another browser" in response.content.decode()
    assert nothing_was_kept() and not LaunchRecord.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:9000"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": EVIL},
        {"Origin": "null"},
        {},
    ],
)
def test_a_proof_that_another_site_posts_is_refused(client: Client, headers: dict[str, str]) -> None:
    """Login CSRF once more: an attacker has a proof of his own, and a form can carry it into any browser."""
    begun, put, _response = begin_with_storage(Client())
    response = come_back(client, begun, token_of(begun), **{binding.FIELD: put["value"]}, headers=headers)
    assert response.status_code == 403 and nothing_was_kept()


# --- the platform says no -------------------------------------------------------------------


def declined(client: Client, begun: Begun, **fields: str) -> Any:
    return client.post(LAUNCH_PATH, urlencode({"state": begun.state, **fields}), content_type=FORM)


def test_an_error_of_the_platform_is_a_page_with_advice(client: Client) -> None:
    """T13-BAD-38: its words are text."""
    begun = begin(client)
    evil = "Log in <script>alert(1)</script> first"
    response = declined(client, begun, error="login_required", error_description=evil)
    page = response.content.decode()
    assert response.status_code == 400
    assert "did not let this link open" in page and "open the link again from your course" in page
    assert "Log in &lt;script&gt;alert(1)&lt;/script&gt; first" in page and evil not in page
    (cookie,) = response.cookies.values()
    assert cookie.key in begun.cookies and cookie["max-age"] == 0
    assert nothing_was_kept() and not LaunchRecord.objects.exists()


def test_an_error_without_words_says_its_name(client: Client) -> None:
    assert "login_required" in declined(client, begin(client), error="login_required").content.decode()


def test_words_are_short_and_of_one_line(client: Client) -> None:
    page = declined(client, begin(client), error="x", error_description="a\r\n\x07b" + "é" * 1000).content.decode()
    assert "a b" in page and "\x07" not in page and "é" * 190 in page and "é" * 201 not in page


def test_a_stranger_s_words_are_not_shown(client: Client) -> None:
    """A state of the attacker's own does not let him write on our page in another browser."""
    begun = begin(Client())
    page = declined(client, begun, error="login_required", error_description="Call 555-0100 now").content.decode()
    assert "did not let this link open" in page and "555-0100" not in page
    response = declined(client, Begun("", {"state": "made.up.state"}, {}), error="login_required")
    assert response.status_code == 403


def test_the_log_has_the_error_s_name_and_no_stranger_s_words(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    declined(client, begin(client), error="login_required", error_description="words")
    declined(client, begin(client), error="evil\nline", error_description="words")
    assert "'detail': 'login_required'" in caplog.text and "'detail': 'error'" in caplog.text
    assert "words" not in caplog.text and "evil" not in caplog.text


def test_the_target_stands_in_the_state_and_nobody_goes_there(client: Client) -> None:
    begun = begin(client)
    assert state.read(begun.state).target_link_uri == TARGET
