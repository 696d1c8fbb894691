"""Choosing content at the provider (section B4 of the conformance list)."""

import json
import time
from datetime import timedelta
from html import unescape

import jwt
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge import peer_keys
from lti_bridge.models import Activity, ProviderLaunch, ProviderLineItem, UsedAssertion
from lti_bridge.relay import deep_linking
from lti_bridge.relay.tools import find_tool
from tests.relay.sitting import sit
from tests.relay.test_tokens import NOT_SIGNED
from tests.relay.tool13 import (
    CLAIM,
    CLIENT_ID,
    DL,
    HOST,
    ISSUER,
    TOOL_URL,
    Tool,
    begun,
    claims_of,
    launched,
    make_world13,
    other_tool,
    posted_back,
    sign,
)
from tests.world13 import peer

pytestmark = pytest.mark.django_db

RETURN = "/relay/1.3/content"
ITEM = {"type": "ltiResourceLink", "title": "Excel, level 1", "custom": {"tst_frm_id": "77"}}
MARKUP = '<script>alert(1)</script><img src=x onerror=alert(1)>"'


@pytest.fixture(autouse=True)
def network_off(monkeypatch):
    peer_keys.forget()

    def fetched(url):
        raise peer_keys.KeyProblem("keys_unreachable", "nobody answers")

    monkeypatch.setattr(peer_keys, "_fetched", fetched)


@pytest.fixture
def world():
    return make_world13()


@pytest.fixture
def administrator(db):
    return get_user_model().objects.create_superuser("root", "root@example.edu", "a-long-sample-password")


@pytest.fixture
def choosing(world, administrator):
    return Choosing(world, administrator)


class Choosing:
    """An administrator is at the provider, and the provider's tool knows what is wanted."""

    def __init__(self, world, administrator):
        self.world, self.tool = world, Tool(world.account, peer("provider"))
        action = deep_linking.begin(world.account, find_tool(CLIENT_ID).tool, administrator.pk, "en")
        self.begun = begun(action)
        self.browser = self.begun.browser
        self.answer = self.begun.ask()
        _url, fields = posted_back(self.answer)
        self.id_token = fields["id_token"]
        self.claims = claims_of(self.id_token)
        self.settings = self.claims[f"{DL}deep_linking_settings"]
        for name, morsel in self.answer.cookies.items():
            self.browser.cookies[name] = morsel.value

    def is_complete(self):
        required = ("iss", "aud", "sub", "exp", "iat", "nonce")
        ours = ("message_type", "version", "deployment_id", "target_link_uri", "roles")
        asked = ("deep_link_return_url", "accept_types", "accept_presentation_document_targets")
        names = [*required, *(f"{CLAIM}{name}" for name in ours)]
        return all(self.claims[name] for name in names) and all(self.settings[name] for name in asked)

    def response_claims(self, *items, **changes):
        now = int(time.time())
        told = {
            "iss": CLIENT_ID,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 300,
            "nonce": "content-1",
            f"{CLAIM}message_type": "LtiDeepLinkingResponse",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": "1",
            f"{DL}content_items": list(items),
            f"{DL}data": self.settings["data"],
        } | {_full(name): value for name, value in changes.items()}
        return {name: value for name, value in told.items() if value is not None}

    def come_back(self, *items, browser=None, signer=None, headers=None, **changes):
        compact = sign(signer or self.tool.signer, self.response_claims(*items, **changes), **(headers or {}))
        return self.post(compact, browser)

    def post(self, compact, browser=None):
        return (browser or self.browser).post(RETURN, {"JWT": compact})


def _full(name):
    if name in ("data", "content_items", "msg", "errormsg", "log", "errorlog"):
        return f"{DL}{name}"
    return f"{CLAIM}{name}" if name in ("message_type", "version", "deployment_id") else name


def made():
    return list(Activity.objects.exclude(slug="excel-basic").order_by("pk"))


def nothing_made(response, status=403):
    assert response.status_code == status
    assert made() == []
    assert "Reference" in response.content.decode()


def words(response):
    assert response.status_code == 200, response.content
    assert b"<script>alert" not in response.content and b"<img" not in response.content
    return " ".join(unescape(response.content.decode()).split())


# --- the request ----------------------------------------------------------------------------


REQUEST = {
    "P13-DL-01": lambda it: it.claims[f"{CLAIM}message_type"] == "LtiDeepLinkingRequest",
    "P13-DL-02": lambda it: it.claims["exp"] - it.claims["iat"] == 300 and abs(it.claims["iat"] - time.time()) < 60,
    "P13-DL-03": lambda it: jwt.get_unverified_header(it.id_token)["alg"] == "RS256",
    "P13-DL-04": lambda it: claims_of(it.id_token) == it.claims,
    "P13-DL-05": lambda it: it.is_complete(),
    "P13-DL-06": lambda it: it.claims[f"{CLAIM}version"] == "1.3.0",
}


@pytest.mark.parametrize("check", REQUEST)
def test_the_request_is_what_certification_asks_for(choosing, check):
    assert REQUEST[check](choosing)


def test_the_request_asks_for_links_to_the_providers_tests(choosing):
    """P13-DL-05"""
    said = choosing.claims
    assert said[f"{CLAIM}target_link_uri"] == choosing.begun.hints["target_link_uri"] == TOOL_URL
    assert said["sub"] == choosing.begun.hints["login_hint"]
    assert choosing.settings == {
        "deep_link_return_url": f"{ISSUER}{RETURN}",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["window"],
        "accept_multiple": True,
        "accept_lineitem": True,
        "auto_create": False,
        "data": choosing.settings["data"],
    }
    assert f"{CLAIM}resource_link" not in said and f"{CLAIM}context" not in said
    assert any(role.endswith("#Instructor") for role in said[f"{CLAIM}roles"])


def test_nothing_of_the_administrator_is_told(choosing):
    said = repr(choosing.claims)
    assert "root" not in said and "example.edu" not in said


def test_an_administrator_has_a_name_of_their_own_at_each_account(world, administrator):
    tool = find_tool(CLIENT_ID).tool
    colleague = get_user_model().objects.create_superuser("two", "two@example.edu", "a-long-sample-password")
    hints = [
        begun(deep_linking.begin(account, tool, who.pk)).hints["login_hint"]
        for account in (world.account, other_tool(world).account)
        for who in (administrator, colleague, administrator)
    ]
    assert hints[0] == hints[2] and len(set(hints)) == 4


# --- what is made ---------------------------------------------------------------------------


def test_what_was_chosen_becomes_an_activity_that_is_switched_off(choosing):
    """P13-DL-07"""
    item = ITEM | {"text": "Twenty questions.", "url": f"{HOST}/tests/77", "icon": {"url": f"{HOST}/icon.png"}}
    page = words(choosing.come_back(item))
    (activity,) = made()
    assert (activity.title, activity.slug, activity.enabled) == ("Excel, level 1", "excel-level-1", False)
    assert (activity.account, activity.action) == (choosing.world.account, "take_test")
    assert activity.parameters == {"tst_frm_id": "77"}
    assert activity.description == "Twenty questions."
    assert reverse("admin:lti_bridge_activity_change", args=[activity.pk]) in page
    assert "Excel, level 1" in page

    activity.enabled = True
    activity.save()
    said = launched(sit(choosing.world, activity=activity))
    assert said[f"{CLAIM}target_link_uri"] == f"{HOST}/tests/77"
    assert said[f"{CLAIM}custom"]["tst_frm_id"] == "77"


def test_the_action_follows_from_the_parameters(choosing):
    choosing.come_back(ITEM | {"custom": {"act_id": "9", "tst_frm_id": 5}})
    (activity,) = made()
    assert (activity.action, activity.parameters) == ("take_new_test", {"act_id": "9", "tst_frm_id": "5"})


def test_a_line_item_comes_along(choosing):
    """P13-DL-14, P13-DL-15"""
    told = {"scoreMaximum": 12.5, "label": "Level 1", "resourceId": "r-1", "tag": "t", "gradesReleased": True}
    choosing.come_back(ITEM | {"lineItem": told})
    (activity,) = made()
    activity.enabled = True
    activity.save()
    attempt = sit(choosing.world, activity=activity)
    launched(attempt)
    row = ProviderLineItem.objects.get()
    (item,) = choosing.tool.call("GET", f"/relay/1.3/contexts/{row.context_id}/line_items").json()
    assert item == {
        "id": item["id"],
        "label": "Level 1",
        "scoreMaximum": 12.5,
        "resourceLinkId": attempt.key,
        "resourceId": "r-1",
        "tag": "t",
    }


@pytest.mark.parametrize("maximum", [0, -1, "100", True, None, [1], 10**9, 1e-11])
def test_a_line_item_out_of_nothing_is_refused(choosing, maximum):
    """P13-DL-14"""
    assert "scoreMaximum" in words(choosing.come_back(ITEM | {"lineItem": {"scoreMaximum": maximum}}))
    assert made() == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_message_with_a_number_that_is_none_is_no_message(choosing, number):
    """P13-DL-14"""
    claims = choosing.response_claims(ITEM | {"lineItem": {"scoreMaximum": 4711}})
    raw, key = json.dumps(claims).replace("4711", number).encode(), choosing.tool.signer
    nothing_made(choosing.post(jwt.PyJWS().encode(raw, key.private, "RS256", headers={"kid": key.kid})))


@pytest.mark.parametrize("line_item", [[], "x", 7, {}])
def test_a_line_item_that_is_none_is_refused(choosing, line_item):
    assert "scoreMaximum" in words(choosing.come_back(ITEM | {"lineItem": line_item}))
    assert made() == []


def test_several_items_are_several_activities_and_each_is_whole_or_not_there(choosing):
    """P13-DL-11"""
    items = [ITEM, ITEM, ITEM | {"title": "Broken", "custom": {"tst_frm_id": "x"}}, ITEM | {"title": "Word"}]
    page = words(choosing.come_back(*items))
    assert [each.slug for each in made()] == ["excel-level-1", "excel-level-1-2", "word"]
    assert "Broken" in page and "tst_frm_id must be a whole number" in page


def test_more_than_was_asked_for_is_not_taken(choosing):
    """P13-DL-11"""
    row = choosing.begun.row
    row.details["multiple"] = False
    row.save()
    page = words(choosing.come_back(ITEM, ITEM | {"title": "Second"}))
    assert [each.title for each in made()] == ["Excel, level 1"]
    assert "Second" in page and "Only one" in page


@pytest.mark.parametrize("items", [[], None])
def test_nothing_chosen_makes_nothing_and_the_provider_may_say_why(choosing, items):
    """P13-DL-10"""
    page = words(choosing.come_back(content_items=items, errormsg=f"No credits {MARKUP}", msg="Bye", log="secret"))
    assert made() == []
    assert "No credits" in page and "Bye" in page and "secret" not in page


def test_words_of_the_provider_are_text_and_nothing_else(choosing):
    """P13-DL-13, SEC-B5, S9"""
    page = words(choosing.come_back(ITEM | {"title": MARKUP, "text": MARKUP}, msg=MARKUP))
    (activity,) = made()
    assert activity.title == MARKUP
    assert "alert(1)" in page


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/tests/77",
        "http://provider.example.net/tests/77",
        "https://provider.example.net:8443/tests/77",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "//provider.example.net/x",
        "tests/77",
        7,
        ["https://provider.example.net/"],
        f"{HOST}/" + "x" * 2000,
    ],
)
def test_an_address_elsewhere_is_refused(choosing, url):
    """P13-DL-12, SEC-F2"""
    assert "address" in words(choosing.come_back(ITEM | {"url": url}))
    assert made() == []


@pytest.mark.parametrize("url", [None, "", f"{HOST}/tests/77?x=1", TOOL_URL])
def test_an_address_of_the_tool_or_none_is_fine(choosing, url):
    choosing.come_back(ITEM | {"url": url})
    assert len(made()) == 1


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"type": "html", "html": MARKUP}, id="P13-DL-13 html"),
        pytest.param({"type": "link", "url": f"{HOST}/x", "embed": {"html": MARKUP}}, id="P13-DL-13 link"),
        pytest.param({"type": "image", "url": f"{HOST}/x.png"}, id="P13-DL-13 image"),
        pytest.param({"type": "file", "url": f"{HOST}/x.pdf"}, id="P13-DL-13 file"),
        pytest.param({"type": "https://example.com/other"}, id="P13-DL-16 unknown"),
        pytest.param({"type": ["ltiResourceLink"]}, id="P13-DL-16 list"),
        pytest.param({"title": "x"}, id="P13-DL-16 none"),
        pytest.param("ltiResourceLink", id="P13-DL-16 text"),
        pytest.param(None, id="P13-DL-16 null"),
        pytest.param([ITEM], id="P13-DL-16 a list of items"),
    ],
)
def test_other_types_are_passed_over_with_a_notice(choosing, item):
    """P13-DL-13, P13-DL-16"""
    page = words(choosing.come_back(item, ITEM))
    assert "Not taken" in page
    assert [each.title for each in made()] == ["Excel, level 1"]


@pytest.mark.parametrize(
    "custom",
    [
        {"tst_frm_id": None},
        {"tst_frm_id": "77", "lan_id": None},
        {"tst_frm_id": True},
        {"tst_frm_id": 1.5},
        {"tst_frm_id": ["77"]},
        {"tst_frm_id": {"a": 1}},
        {"tst_frm_id": "77\x00"},
        {"tst_frm_id": "77", "\ud800": "x"},
        ["tst_frm_id"],
        "tst_frm_id=77",
    ],
)
def test_custom_parameters_are_texts(choosing, custom):
    """P13-DL-17"""
    assert "custom" in words(choosing.come_back(ITEM | {"custom": custom}))
    assert made() == []


@pytest.mark.parametrize(
    ("custom", "reason"),
    [
        ({}, "tst_frm_id is missing"),
        ({"tst_frm_id": "77", "act_id": "13"}, "act_id of take_test must be"),
        ({"tst_frm_id": "77", "ema": "x@example.com"}, "ema cannot be stored"),
        ({"tst_frm_id": "77", "evil": "x"}, "evil is not a parameter"),
    ],
)
def test_what_the_provider_itself_would_refuse_is_listed_with_the_reason(choosing, custom, reason):
    """SEC-I4: nobody becomes an administrator at the provider by chosen content."""
    assert reason in words(choosing.come_back(ITEM | {"custom": custom}))
    assert made() == []


def test_numbers_become_texts(choosing):
    """P13-DL-17"""
    choosing.come_back(ITEM | {"custom": {"tst_frm_id": 77}})
    assert made()[0].parameters == {"tst_frm_id": "77"}


def test_an_item_without_a_title_has_the_providers_name(choosing):
    for title in (None, "", "  ", 7, "\x00", "\ud800"):
        Activity.objects.exclude(slug="excel-basic").delete()
        ProviderLaunch.objects.update(answered_at=None)
        UsedAssertion.objects.all().delete()
        choosing.come_back(ITEM | {"title": title})
        assert made()[0].title == "Isograd (TOSA)"


def test_too_many_items_are_no_list(choosing):
    nothing_made(choosing.come_back(*[ITEM] * 101), 400)


@pytest.mark.parametrize("items", [{"a": 1}, "x", 7])
def test_items_that_are_no_list_are_not_understood(choosing, items):
    nothing_made(choosing.come_back(content_items=items), 400)


# --- what is not believed -------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "somebody"}, id="iss unknown"),
        pytest.param({"iss": None}, id="iss missing"),
        pytest.param({"iss": ISSUER}, id="iss ours"),
        pytest.param({"aud": "https://elsewhere.example.com"}, id="aud"),
        pytest.param({"aud": [ISSUER, "https://elsewhere.example.com"]}, id="aud beside"),
        pytest.param({"aud": None}, id="aud missing"),
        pytest.param({"exp": 1}, id="exp"),
        pytest.param({"exp": None}, id="exp missing"),
        pytest.param({"iat": 1}, id="iat old"),
        pytest.param({"iat": 4_000_000_000}, id="iat future"),
    ],
)
def test_a_message_that_is_not_for_us_or_not_for_now_makes_nothing(choosing, changes):
    """P13-DL-08"""
    nothing_made(choosing.come_back(ITEM, **changes))
    assert UsedAssertion.objects.count() == 0
    assert "Excel" in words(choosing.come_back(ITEM))


@pytest.mark.parametrize(
    "changes",
    [
        {"deployment_id": "2"},
        {"deployment_id": None},
        {"message_type": "LtiResourceLinkRequest"},
        {"message_type": None},
        {"version": "1.1"},
        {"version": None},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": 7},
        {"nonce": "\x00"},
        {"nonce": "x" * 201},
    ],
)
def test_a_message_of_another_kind_makes_nothing(choosing, changes):
    """P13-DL-08"""
    nothing_made(choosing.come_back(ITEM, **changes), 400)


class _Forger:
    """Forges what the token tests forge, with the claims of a content message."""

    def __init__(self, choosing):
        self.choosing, self.signer = choosing, choosing.tool.signer

    def assertion_claims(self, **changes):
        return self.choosing.response_claims(ITEM) | changes

    def assertion(self, *, signer=None, headers=None, **changes):
        return sign(signer or self.signer, self.assertion_claims(**changes), **(headers or {}))


@pytest.mark.parametrize("name", NOT_SIGNED)
def test_what_the_tool_did_not_sign_makes_nothing(choosing, name):
    """P13-DL-08, SEC-J1, SEC-J2"""
    other_tool(choosing.world)
    _code, make = NOT_SIGNED[name]
    nothing_made(choosing.post(make(_Forger(choosing))))


def test_our_own_id_token_is_no_answer(choosing):
    """SEC-J5"""
    nothing_made(choosing.post(choosing.id_token))


def test_a_nonce_is_used_once(world, administrator, choosing):
    """P13-DL-08"""
    assert "Excel" in words(choosing.come_back(ITEM))
    again = Choosing(world, administrator)
    assert again.come_back(ITEM).status_code == 403
    assert len(made()) == 1
    assert "Excel" in words(again.come_back(ITEM, nonce="content-2"))


@pytest.mark.parametrize("data", [None, "", "x", 7, ["x"], "é", "a:b:c"])
def test_without_our_data_nothing_is_made(choosing, data):
    """P13-DL-09"""
    nothing_made(choosing.come_back(ITEM, data=data))


def test_altered_data_is_not_ours(choosing):
    """P13-DL-09"""
    data = choosing.settings["data"]
    nothing_made(choosing.come_back(ITEM, data=("B" if data[0] == "A" else "A") + data[1:]))
    nothing_made(choosing.come_back(ITEM, data=choosing.begun.row.key))


def test_an_answer_is_taken_once(choosing):
    """P13-DL-09"""
    assert "Excel" in words(choosing.come_back(ITEM))
    assert choosing.come_back(ITEM, nonce="content-2").status_code == 403
    assert len(made()) == 1


def test_another_browser_brings_nothing(choosing):
    """P13-DL-09"""
    nothing_made(choosing.come_back(ITEM, browser=Client()))


def test_the_cookie_of_the_way_there_does_not_open_the_way_back(world, administrator):
    """Each address has a cookie of its own."""
    choosing = Choosing(world, administrator)
    (name,) = choosing.begun.browser.cookies
    choosing.browser.cookies[name] = choosing.begun.action.cookie.value
    nothing_made(choosing.come_back(ITEM))


def test_the_way_back_is_a_cookie_for_this_address_and_for_frames(choosing):
    (cookie,) = choosing.answer.cookies.values()
    assert "Path=/relay/1.3/content; SameSite=None; Partitioned; Secure" in cookie.OutputString()
    assert "HttpOnly" in cookie.OutputString()


def test_the_data_of_another_launch_belongs_to_another_cookie(world, administrator, choosing):
    """P13-DL-09"""
    other = Choosing(world, administrator)
    nothing_made(other.come_back(ITEM, browser=choosing.browser))


def test_another_tool_cannot_answer(choosing):
    """P13-DL-08, SEC-G1"""
    strangers = other_tool(choosing.world)
    nothing_made(choosing.come_back(ITEM, iss=strangers.client_id, signer=strangers.signer))


def test_a_launch_that_gave_no_token_has_no_answer(choosing):
    ProviderLaunch.objects.update(used_at=None)
    nothing_made(choosing.come_back(ITEM))


def test_the_launch_of_a_learner_is_no_request_for_content(choosing):
    row = choosing.begun.row
    row.details["message"] = "LtiResourceLinkRequest"
    row.save()
    nothing_made(choosing.come_back(ITEM))


def test_choosing_may_take_two_hours(choosing):
    now = timezone.now()
    with time_machine.travel(now + timedelta(hours=1, minutes=59), tick=False):
        assert "Excel" in words(choosing.come_back(ITEM))


def test_and_no_longer(choosing):
    with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=1), tick=False):
        nothing_made(choosing.come_back(ITEM))


def test_who_may_no_longer_make_activities_makes_none(choosing, administrator):
    """SEC-S11, SEC-S10"""
    for lost in ({"is_active": False}, {"is_staff": False}, {"is_superuser": False}):
        get_user_model().objects.update(**({"is_active": True, "is_staff": True, "is_superuser": True} | lost))
        nothing_made(choosing.come_back(ITEM))


def test_a_disabled_account_takes_no_content(choosing):
    choosing.world.account.enabled = False
    choosing.world.account.save()
    nothing_made(choosing.come_back(ITEM))


@pytest.mark.parametrize("form", [{}, {"JWT": ""}, {"jwt": "x"}, {"JWT": ["a", "b"]}])
def test_what_is_no_message_is_not_understood(choosing, form):
    response = choosing.browser.post(RETURN, form)
    assert response.status_code in (400, 403)
    assert made() == []


def test_only_posts_come_back():
    assert Client().get(RETURN).status_code == 405


def test_no_page_of_it_can_be_framed(choosing):
    """S10"""
    for response in (choosing.come_back(ITEM), choosing.come_back(ITEM)):
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


# --- the button in the administration -------------------------------------------------------


class TestTheButton:
    @pytest.fixture
    def staff(self, administrator):
        client = Client()
        client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def page(self, world):
        return reverse("admin:lti_bridge_account_change", args=[world.account.pk])

    def address(self, world):
        return reverse("admin:lti_bridge_account_content", args=[world.account.pk])

    def test_the_page_of_an_account_tells_what_the_provider_needs_to_know(self, world, staff):
        page = staff.get(self.page(world)).content.decode()
        for value in (ISSUER, CLIENT_ID, f"{ISSUER}/relay/1.3/auth", f"{ISSUER}/relay/1.3/token"):
            assert f"<code>{value}</code>" in page
        assert self.address(world) in page

    def test_the_button_sends_the_administrator_to_the_provider(self, world, staff, administrator):
        response = staff.post(self.address(world))
        url, hints = posted_back(response)
        assert url == TOOL_URL
        row = ProviderLaunch.objects.get(key=hints["lti_message_hint"])
        assert row.details["user"] == administrator.pk
        assert "/relay/1.3/auth" in {cookie["path"] for cookie in response.cookies.values()}

    def test_without_lti_1_3_there_is_no_button(self, world, staff):
        world.account.settings = {"connection": "lti11"}
        world.account.save()
        assert self.address(world) not in staff.get(self.page(world)).content.decode()
        assert staff.post(self.address(world)).status_code == 404

    def test_an_account_that_is_off_or_not_complete_has_none(self, world, staff):
        world.account.enabled = False
        world.account.save()
        assert staff.post(self.address(world)).status_code == 404
        world.account.enabled = True
        del world.account.settings["jwks_uri"]
        world.account.save()
        assert self.address(world) not in staff.get(self.page(world)).content.decode()
        assert staff.post(self.address(world)).status_code == 404

    def test_it_is_for_those_who_may_make_activities(self, world):
        user = get_user_model().objects.create_user("viewer", password="a-long-sample-password", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_account"))
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert self.address(world) not in client.get(self.page(world)).content.decode()
        assert client.post(self.address(world)).status_code == 403
        assert ProviderLaunch.objects.count() == 0

    def test_strangers_and_links_cannot_press_it(self, world, staff):
        """S12"""
        assert Client().post(self.address(world)).status_code == 302
        assert staff.get(self.address(world)).status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = staff.cookies
        assert strict.post(self.address(world)).status_code == 403
        assert ProviderLaunch.objects.count() == 0
