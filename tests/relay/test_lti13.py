"""The login initiation: how a launch of a provider's LTI 1.3 tool begins."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from lti_bridge.models import Attempt, Learner, ProviderLaunch
from lti_bridge.providers.actions import FormPost, Redirect
from lti_bridge.relay.lti13 import is_of_tool
from lti_bridge.relay.tools import find_tool
from tests.relay.sitting import sit
from tests.relay.tool13 import (
    CLIENT_ID,
    HOST,
    ISSUER,
    TOOL_URL,
    ask,
    begin,
    browser_with,
    claims_of,
    make_world13,
    posted_back,
)
from tests.world import ALICE, KEY, RETURN_URL, SECRET, SERVICE_URL, signed_launch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world13()


@pytest.fixture
def attempt(world):
    return sit(world)


def test_the_browser_posts_the_login_initiation_to_the_tool(attempt):
    begun = begin(attempt)
    assert isinstance(begun.action, FormPost)
    assert begun.action.url == TOOL_URL
    assert begun.hints == {
        "iss": ISSUER,
        "login_hint": attempt.learner.opaque_id,
        "target_link_uri": TOOL_URL,
        "lti_message_hint": begun.row.key,
        "client_id": CLIENT_ID,
        "lti_deployment_id": "1",
    }


def test_a_tool_that_wants_it_is_redirected_to_and_keeps_its_own_query():
    attempt = sit(make_world13(login_method="get", login_url=f"{HOST}/login?tenant=a%20b"))
    begun = begin(attempt)
    assert isinstance(begun.action, Redirect)
    parts = urlsplit(begun.action.url)
    assert (parts.netloc, parts.path) == ("provider.example.net", "/login")
    assert parts.query.startswith("tenant=a%20b&")
    assert begun.hints["target_link_uri"] == TOOL_URL
    assert begun.row.attempt == attempt


def test_what_the_token_will_say_is_frozen_when_the_launch_begins(world, attempt):
    begun = begin(attempt)
    world.activity.parameters = {"tst_frm_id": 7}
    world.activity.save()
    _url, fields = posted_back(begun.ask())
    assert claims_of(fields["id_token"])["https://purl.imsglobal.org/spec/lti/claim/custom"]["tst_frm_id"] == "482"


def test_each_launch_has_a_key_and_a_cookie_of_its_own(attempt):
    first, second = begin(attempt), begin(attempt)
    assert first.row.key != second.row.key
    assert first.action.cookie.name != second.action.cookie.name
    assert first.action.cookie.path == "/relay/1.3/auth"
    assert first.row.key not in first.action.cookie.name


def test_the_whole_way_from_a_launch_by_the_lms(world):
    """The cookie comes with the page that sends the browser on, for frames with third-party cookies blocked too."""
    client = Client()
    page = signed_launch(client, path="/lti/1.1/launch/excel-basic")
    url, hints = posted_back(page)
    assert url == TOOL_URL
    (cookie,) = page.cookies.values()
    assert re.search(
        r"HttpOnly; Max-Age=600; Path=/relay/1\.3/auth; SameSite=None; Partitioned; Secure$", cookie.OutputString()
    )
    launch = ProviderLaunch.objects.get(key=hints["lti_message_hint"])
    assert launch.attempt == Attempt.objects.get()
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "nonce": "n",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{HOST}/lti/other",
        "login_hint": hints["login_hint"],
        "lti_message_hint": hints["lti_message_hint"],
    }
    answer = ask(client, asked, "post")
    url, fields = posted_back(answer)
    assert url == f"{HOST}/lti/other"
    assert set(fields) == {"id_token"}
    assert claims_of(fields["id_token"], "n")["sub"] == Learner.objects.get().opaque_id
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lms.example.edu" in policy


def test_nothing_of_the_lms_reaches_the_tool(attempt):
    """SEC-O6: ids, keys, secrets and addresses of the LMS stay here."""
    begun = begin(attempt)
    _url, fields = posted_back(begun.ask())
    sent = repr([begun.hints, claims_of(fields["id_token"])])
    lms = ("course-history", "link-1", KEY, SECRET, SERVICE_URL, RETURN_URL, ALICE["lis_result_sourcedid"])
    for theirs in lms:
        assert theirs not in sent
    assert f"'{attempt.learner.user_id}'" not in sent


def test_the_key_of_a_launch_is_not_shown_by_what_prints_an_action(attempt):
    begun = begin(attempt)
    assert begun.row.key not in repr(begun.action)
    assert begun.action.cookie.value not in repr(begun.action)


def test_content_that_has_an_address_of_its_own_is_launched_there(world, attempt):
    world.activity.content = {"url": f"{HOST}/tests/7?x=1"}
    world.activity.save()
    assert begin(attempt, activity=world.activity).hints["target_link_uri"] == f"{HOST}/tests/7?x=1"
    world.activity.content = {"url": "https://elsewhere.example.com/tests/7"}
    assert begin(attempt, activity=world.activity).hints["target_link_uri"] == TOOL_URL


@pytest.mark.parametrize(
    ("url", "is_theirs"),
    [
        (f"{HOST}/tests/7?x=1#y", True),
        (f"{HOST}:443/tests", True),
        ("https://provider.example.net:8443/tests", False),
        ("http://provider.example.net/tests", False),
        ("https://provider.example.net.evil.example/tests", False),
        ("https://evil.example/?https://provider.example.net", False),
        ("https://a@provider.example.net/", False),
        ("https://evil.example\\@provider.example.net/", False),
        ("https://provider.example.net/\n", False),
        ("javascript:alert(1)//provider.example.net", False),
        ("https://[provider.example.net", False),
        ("https://127.0.0.1/", False),
        ("//provider.example.net/x", False),
        ("", False),
    ],
)
def test_which_addresses_are_the_tools(world, url, is_theirs):
    """P13-DL-12"""
    assert is_of_tool(url, find_tool(CLIENT_ID).tool) is is_theirs


def test_an_account_whose_set_up_is_not_complete_opens_nothing(world, attempt):
    from lti_bridge.errors import CannotOpen

    del world.account.settings["jwks_uri"]
    world.account.save()
    attempt.refresh_from_db()
    with pytest.raises(CannotOpen) as refused:
        begin(attempt)
    assert refused.value.code == "account_incomplete"
    assert find_tool(CLIENT_ID) is None


def test_a_browser_without_the_cookie_is_another_browser(attempt):
    """P13-AU-09"""
    _url, fields = posted_back(begin(attempt).ask(browser=browser_with()))
    assert fields["error"] == "login_required"
