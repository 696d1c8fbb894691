"""An independent LTI 1.3 tool (pylti1p3next on Flask) behind our platform side, over real sockets."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.auth import get_user_model
from django.urls import reverse
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiServiceException
from pylti1p3.grade import Grade as TheirGrade
from pylti1p3.lineitem import LineItem

from lti_bridge import peer_keys
from lti_bridge.models import Activity, Attempt, Cell, Grade, Learner, ProviderLineItem, ProviderScore
from tests.interop.flask_tool import serving
from tests.relay.tool13 import publish_key
from tests.world import BIOLOGY, BOB, FORM, HISTORY, launch_fields, make_world, signed_body
from tests.world13 import peer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.interop]


class Browser:
    """Follows redirects, sends the forms that send themselves, and keeps secure cookies of this machine."""

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False

    def post(self, url, data, **headers):
        return self.go_on(self._post(url, data, headers))

    def _post(self, url, data, headers=None):
        page = self._send("POST", url, data=data, headers=headers)
        while page.is_redirect:
            page = self._send("GET", urljoin(page.url, page.headers["Location"]))
        return page

    def _send(self, method, url, **what):
        for cookie in self.session.cookies:
            # Browsers take this machine for a secure place; http.cookiejar does not.
            cookie.secure = False
        return self.session.request(method, url, allow_redirects=False, timeout=30, **what)

    def go_on(self, page):
        for _ in range(6):
            form = re.search(r'<form[^>]*\saction="(https?://[^"]*)"[^>]*>(.*?)</form>', page.text, re.DOTALL)
            if form is None or urlsplit(form[1]).netloc == urlsplit(page.url).netloc:
                return page
            fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[2])
            data = {unescape(name): unescape(value) for name, value in fields}
            page = self._post(urljoin(page.url, unescape(form[1])), data)
        raise AssertionError("there is no end to the forms")


@pytest.fixture
def bridge(live_server, settings):
    settings.BASE_URL = settings.PUBLIC_ORIGIN = live_server.url
    return live_server.url


@pytest.fixture
def tool(bridge):
    peer_keys.forget()
    with serving(bridge) as tool:
        yield tool


@pytest.fixture
def world(tool):
    world = make_world()
    world.account.settings, world.account.secrets = tool.settings, {}
    world.account.save()
    publish_key()
    return world


def launch(bridge, *, browser=None, **fields):
    """A launch by the LMS, followed through to the tool's page."""
    body = signed_body(launch_fields(**fields), path="/lti/1.1/launch/excel-basic")
    page = (browser or Browser()).post(f"{bridge}/lti/1.1/launch/excel-basic", body, **{"Content-Type": FORM})
    assert page.status_code == 200, page.text
    return page


def grade(given, maximum=100, **more):
    made = TheirGrade().set_score_given(given).set_score_maximum(maximum)
    made.set_activity_progress("Completed").set_grading_progress("FullyGraded")
    return made.set_timestamp(datetime.now(UTC).isoformat()).set_user_id(more["user_id"])


@pytest.mark.parametrize("method", ["post", "get"])
def test_the_tool_takes_our_launch(bridge, tool, world, method):
    world.account.settings |= {"login_method": method}
    world.account.save()
    page = launch(bridge)
    assert "Test of Alice Liddell" in page.text
    (message,) = tool.launches
    said = message.get_launch_data()
    assert message.is_resource_launch() and message.check_student_access() and not message.check_teacher_access()
    assert said["sub"] == Learner.objects.get().opaque_id
    assert message.has_ags() and message.has_nrps()
    assert tool.refused == []


def test_two_people_at_two_browsers_are_two_people(bridge, tool, world):
    launch(bridge)
    launch(bridge, person=BOB)
    subjects = [message.get_launch_data()["sub"] for message in tool.launches]
    assert len(set(subjects)) == 2


def test_its_grade_reaches_the_cell(bridge, tool, world):
    launch(bridge)
    message = tool.launches[0]
    answer = message.get_ags().put_grade(grade(83, user_id=message.get_launch_data()["sub"]))
    assert answer["body"]["resultUrl"]
    assert Grade.objects.get().score_given == 83
    assert Cell.objects.get().wanted_score == Decimal("0.83")
    (result,) = message.get_ags().get_grades()
    assert (result["resultScore"], result["resultMaximum"]) == (83, 100)


def test_it_finds_and_makes_line_items(bridge, tool, world):
    launch(bridge)
    message = tool.launches[0]
    ags = message.get_ags()
    ours = ags.get_lineitem()
    assert ours.get_label() == "Excel, basic"
    link = message.get_launch_data()["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["id"]
    assert ags.find_lineitem_by_resource_link_id(link).get_id() == ours.get_id()

    draft = LineItem().set_tag("draft").set_label("Draft").set_score_maximum(10).set_resource_id("r-1")
    made = ags.find_or_create_lineitem(draft)
    again = ags.find_or_create_lineitem(LineItem().set_tag("draft").set_label("Draft").set_score_maximum(10))
    assert made.get_id() == again.get_id() and made.get_score_maximum() == 10
    assert ProviderLineItem.objects.count() == 2
    assert [item["label"] for item in ags.get_lineitems()] == ["Excel, basic", "Draft"]

    sub = message.get_launch_data()["sub"]
    ags.put_grade(grade(5, 10, user_id=sub), made)
    assert ProviderScore.objects.get().score_given == 5
    assert [result["resultScore"] for result in ags.get_grades(made)] == [5]
    assert Grade.objects.count() == 0


def test_one_token_is_good_in_two_courses(bridge, tool, world):
    """P13-AG-07"""
    for place in (HISTORY, BIOLOGY):
        launch(bridge, place=place)
    for message in tool.launches:
        message.get_ags().put_grade(grade(50, user_id=message.get_launch_data()["sub"]))
    assert Cell.objects.filter(wanted_score="0.5").count() == 2


def test_a_score_for_somebody_else_is_refused(bridge, tool, world):
    launch(bridge)
    launch(bridge, person=BOB)
    alice, bob = tool.launches
    with pytest.raises(LtiServiceException):
        alice.get_ags().put_grade(grade(100, user_id=bob.get_launch_data()["sub"]))
    assert Grade.objects.count() == 0


def test_it_reads_the_members(bridge, tool, world):
    launch(bridge)
    launch(bridge, person=BOB)
    nrps = tool.launches[0].get_nrps()
    members = nrps.get_members()
    assert {member["user_id"] for member in members} == set(Learner.objects.values_list("opaque_id", flat=True))
    assert {member["name"] for member in members} == {"Alice Liddell", "Bob Ünïcode"}
    link = tool.launches[1].get_launch_data()["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["id"]
    assert [member["name"] for member in nrps.get_members(link)] == ["Bob Ünïcode"]
    assert nrps.get_context()["title"] == "History"


def test_another_browser_cannot_go_on_with_a_launch(bridge, tool, world):
    """P13-AU-09: whoever is sent somebody else's login initiation is told so by the tool."""
    thief, victim = Browser(), Browser()
    thief.go_on = lambda page: page
    page = launch(bridge, browser=thief)
    victim.go_on(page)
    assert tool.refused == ["login_required"]
    assert tool.launches == []


def test_a_switched_off_activity_is_refused_at_the_last_step(bridge, tool, world):
    """P13-AU-15"""
    browser = Browser()
    browser.go_on = lambda page: page
    page = launch(bridge, browser=browser)
    Activity.objects.update(enabled=False)
    Browser.go_on(browser, page)
    assert tool.refused == ["access_denied"]


def test_an_administrator_chooses_content_there(bridge, tool, world, client):
    """P13-DL-07"""
    custom = {"tst_frm_id": "77"}
    item = LineItem().set_score_maximum(50).set_label("Level 1")
    tool.content = [
        DeepLinkResource().set_url(f"{tool.base}/tests/77").set_title("Level 1").set_custom_params(custom),
        DeepLinkResource().set_title("Level 2").set_custom_params(custom).set_lineitem(item),
        DeepLinkResource().set_url("https://elsewhere.example.com/x").set_title("Astray").set_custom_params(custom),
    ]
    user = get_user_model().objects.create_superuser("root", "root@example.edu", "a-long-sample-password")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    begin = client.post(reverse("admin:lti_bridge_account_content", args=[world.account.pk]))
    browser = Browser()
    for cookie in begin.cookies.values():
        browser.session.cookies.set(cookie.key, cookie.value, domain="localhost.local", path=cookie["path"])
    start = requests.Response()
    start._content, start.url = begin.content, f"{bridge}/admin/"
    page = browser.go_on(start)
    assert page.status_code == 200 and "Astray" in page.text, page.text
    made = Activity.objects.exclude(slug="excel-basic").order_by("pk")
    assert [(each.title, each.enabled, each.parameters) for each in made] == [
        ("Level 1", False, custom),
        ("Level 2", False, custom),
    ]
    assert made[0].content == {"url": f"{tool.base}/tests/77"}

    Activity.objects.update(enabled=True)
    body = signed_body(launch_fields(), path=f"/lti/1.1/launch/{made[1].slug}")
    Browser().post(f"{bridge}/lti/1.1/launch/{made[1].slug}", body, **{"Content-Type": FORM})
    assert tool.launches[-1].get_ags().get_lineitem().get_score_maximum() == 50
    assert Attempt.objects.get().activity == made[1]


def test_who_has_no_key_of_the_tool_gets_no_token(bridge, tool, world):
    launch(bridge)
    pem = peer("random").private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    message = tool.launches[0]
    message._registration.set_tool_private_key(pem)
    with pytest.raises(LtiServiceException):
        message.get_ags().get_lineitem()
