"""Actions as the browser gets them."""

import re
from html import unescape

import pytest
from django.test import RequestFactory

from lti_bridge.errors import CannotOpen
from lti_bridge.models import LaunchRecord
from lti_bridge.pages.respond import respond
from lti_bridge.providers.actions import Cookie, FormPost, Page, Redirect, RelayLaunch
from tests.pages.course import PAYLOAD


@pytest.fixture
def request_(rf: RequestFactory):
    request = rf.get("/")
    request.csp_nonce = "nonce-1"
    return request


def launch(**details) -> LaunchRecord:
    return LaunchRecord(details=details)


def test_a_redirect_is_303_without_cache_or_referrer(request_) -> None:
    response = respond(request_, Redirect("https://provider.example/go?a=1"))
    assert (response.status_code, response["Location"]) == (303, "https://provider.example/go?a=1")
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "", "https://a b/", "http://[x"])
def test_what_is_no_web_address_opens_nothing(request_, url: str) -> None:
    for action in (Redirect(url), FormPost(url, {})):
        with pytest.raises(CannotOpen):
            respond(request_, action)


def test_a_relay_launch_is_for_relay_and_not_for_browsers(request_) -> None:
    with pytest.raises(TypeError):
        respond(request_, RelayLaunch("https://provider.example", {}))


def test_a_form_carries_every_field_as_it_is_whatever_it_holds(request_) -> None:
    fields = {"ext_user": "Ünï & <b>", PAYLOAD: PAYLOAD, "lines": "one\r\ntwo", "submit": "x"}
    page = respond(request_, FormPost("https://provider.example/launch", fields)).content.decode()
    assert "<script>alert" not in page and "<img" not in page
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    assert {unescape(name): unescape(value) for name, value in hidden} == fields


def test_a_form_says_what_opens_and_for_whom(request_) -> None:
    action = FormPost("https://provider.example/launch", {})
    page = respond(request_, action, heading=f"Excel {PAYLOAD}", person="Alice Liddell").content.decode()
    assert "Signed in as Alice Liddell" in page
    assert "Opening Excel" in page and "<img" not in page
    assert "provider.example" in page


def test_a_form_has_a_button_for_browsers_without_scripts(request_) -> None:
    """C11-20"""
    response = respond(request_, FormPost("https://provider.example/launch", {}))
    page = response.content.decode()
    assert '<button class="main">' in page
    assert page.count("<script") == 1 and 'nonce="nonce-1"' in page
    assert response["Referrer-Policy"] == "no-referrer"


def test_a_form_may_lead_to_its_target_and_is_framed_by_the_platform_alone(request_) -> None:
    record = launch(origins=["https://lms.example.edu"], locale="en")
    response = respond(request_, FormPost("https://provider.example:8443/launch?x=1", {}), record)
    assert response._csp_replace["frame-ancestors"] == ["'self'", "https://lms.example.edu"]
    assert response._csp_replace["form-action"][:2] == ["'self'", "https://provider.example:8443"]
    assert response["Cache-Control"] == "no-store"


def test_an_origin_that_would_add_to_the_policy_is_left_out(request_) -> None:
    bad = [
        "https://a.example; script-src *",
        "*",
        "https://a.example b",
        "javascript:x",
        7,
        None,
        "https://a.example/p",
    ]
    response = respond(request_, FormPost("https://provider.example", {}), launch(origins=bad))
    assert response._csp_replace["frame-ancestors"] == ["'none'"]


def test_a_cookie_goes_along_and_is_kept_in_frames_of_other_sites(request_) -> None:
    cookie = Cookie("launch-1", "signed", "/relay/1.3/auth", 600)
    for action in (
        Redirect("https://provider.example", cookie),
        FormPost("https://provider.example", {}, cookie),
    ):
        (kept,) = respond(request_, action).cookies.values()
        assert kept.OutputString().startswith("launch-1=signed; ")
        for word in ("HttpOnly", "Max-Age=600", "Path=/relay/1.3/auth", "SameSite=None; Partitioned", "Secure"):
            assert word in kept.OutputString()
    assert "signed" not in repr(action)
    assert not respond(request_, Redirect("https://provider.example")).cookies


def test_a_page_that_follows_no_launch_says_itself_who_may_frame_it(request_) -> None:
    response = respond(request_, FormPost("https://provider.example", {}), framed_by=("https://lms.example.edu",))
    assert response._csp_replace["frame-ancestors"] == ["'self'", "https://lms.example.edu"]


def test_a_page_of_an_action_is_shown(request_) -> None:
    action = Page("pages/message.html", {"heading": "Wait", "text": "A little"})
    assert "A little" in respond(request_, action).content.decode()


def test_a_page_speaks_the_language_of_the_launch_from_right_to_left_too(request_, settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic"), ("de", "German")]
    action = Page("pages/message.html", {"heading": "x", "text": "y"})
    assert 'lang="ar" dir="rtl"' in respond(request_, action, launch(locale="ar_EG")).content.decode()
    assert 'dir="ltr"' in respond(request_, action, launch(locale="de-CH")).content.decode()
