"""Line items as tools see them (section B6 of the conformance list), and whose they are (H2)."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.test import Client
from structlog.testing import capture_logs

from lti_bridge.models import Cell, Context, ProviderLineItem, ProviderScore, ResourceLink
from lti_bridge.relay import paging
from tests.relay.sitting import sit
from tests.relay.tool13 import (
    AGS_CLAIM,
    CLAIM,
    LINE_ITEM,
    LINE_ITEM_READ,
    LINE_ITEM_TYPE,
    MEMBERS,
    RESULT_READ,
    SCORE,
    Course13,
    Tool,
    launched,
    make_course13,
    other_tool,
    score,
)
from tests.world13 import peer

pytestmark = pytest.mark.django_db

CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
ITEM = {"label": "Essay", "scoreMaximum": 40}


@pytest.fixture
def course() -> Course13:
    return make_course13()


def make(course, **item):
    response = course.tool.call("POST", course.line_items, ITEM | item)
    assert response.status_code == 201, response.content
    return response.json()


def listed(course, query=""):
    response = course.tool.call("GET", course.line_items + query)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == CONTAINER
    return response.json()


def in_biology(course):
    """Alice at another link, in another course."""
    context = Context.objects.create(platform=course.world.platform, context_id="course-biology", title="Biology")
    link = ResourceLink.objects.create(context=context, resource_link_id="link-2", activity=course.world.activity)
    attempt = sit(course.world)
    attempt.resource_link, attempt.number = link, 1
    attempt.save()
    return attempt


# --- the order of certification -------------------------------------------------------------


class Certified:
    """The steps of certification in their order: two courses, one token for each service, three items."""

    def __init__(self, course):
        self.course, tool = course, course.tool
        self.manage = tool.ask_token(LINE_ITEM)
        token = self.manage.json()["access_token"]
        self.one = tool.call("POST", course.line_items, ITEM | {"label": "One"}, token=token)
        self.read = tool.call("GET", self.one.json()["id"], token=token)
        self.two = tool.call("POST", course.line_items, ITEM | {"label": "Two"}, token=token)
        self.second = in_biology(course)
        self.elsewhere = launched(self.second)
        there = self.elsewhere[AGS_CLAIM]["lineitems"]
        self.three = tool.call("POST", there, ITEM | {"label": "Three"}, token=token)
        self.grading = tool.ask_token(SCORE)
        token = self.grading.json()["access_token"]
        self.at_three = tool.call("POST", f"{self.three.json()['id']}/scores", score(self.second), token=token)
        self.at_one = tool.call("POST", f"{self.one.json()['id']}/scores", score(course.attempt), token=token)
        self.reading = tool.ask_token(RESULT_READ)
        token = self.reading.json()["access_token"]
        self.of_three = tool.call("GET", f"{self.three.json()['id']}/results", token=token)
        self.of_one = tool.call("GET", f"{self.one.json()['id']}/results", token=token)
        for url, attempt in ((course.line_item, course.attempt), (self.elsewhere[AGS_CLAIM]["lineitem"], self.second)):
            tool.call("POST", f"{url}/scores", score(attempt))


def _is_token_for(response, scope):
    return response.status_code == 200 and response.json()["scope"] == scope


def _is_result(response):
    (result,) = response.json()
    return (result["resultScore"], result["resultMaximum"]) == (33.2, 40)


STEPS = {
    "P13-AG-01": lambda done: set(done.course.claims[AGS_CLAIM]) == {"scope", "lineitems", "lineitem"},
    "P13-AG-02": lambda done: _is_token_for(done.manage, LINE_ITEM),
    "P13-AG-03": lambda done: done.one.status_code == 201 and done.one.json()["id"],
    "P13-AG-04": lambda done: done.read.status_code == 200 and done.read.json() == done.one.json(),
    "P13-AG-05": lambda done: done.two.status_code == 201 and done.two.json()["id"] != done.one.json()["id"],
    "P13-AG-06": lambda done: done.elsewhere[f"{CLAIM}context"]["id"] != done.course.claims[f"{CLAIM}context"]["id"],
    "P13-AG-07": lambda done: done.three.status_code == 201,
    "P13-AG-08": lambda done: _is_token_for(done.grading, SCORE),
    "P13-AG-09": lambda done: done.at_three.status_code == 200,
    "P13-AG-10": lambda done: done.at_one.status_code == 200,
    "P13-AG-11": lambda done: _is_token_for(done.reading, RESULT_READ),
    "P13-AG-12": lambda done: _is_result(done.of_three),
    "P13-AG-13": lambda done: _is_result(done.of_one),
    "P13-AG-14": lambda done: list(Cell.objects.values_list("wanted_score", flat=True)) == [Decimal("0.83")] * 2,
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_certification_holds(course, step):
    assert STEPS[step](Certified(course))


def test_no_browser_is_let_in_by_another_site(course):
    """SEC-G2: tokens belong to servers; no answer of ours invites a page of another origin to read it."""
    for url in (course.line_items, course.line_item):
        response = course.tool.call("GET", url)
        assert not any(name.lower().startswith("access-control") for name in response.headers)


# --- reading --------------------------------------------------------------------------------


def test_a_course_without_line_items_has_an_empty_list(course):
    """P13-AG-20"""
    ProviderLineItem.objects.all().delete()
    assert listed(course) == []


def test_ours_is_in_the_list_and_has_its_own_address(course):
    (item,) = listed(course)
    assert item == {
        "id": course.line_item,
        "label": "Excel, basic",
        "scoreMaximum": 100,
        "resourceLinkId": course.attempt.key,
    }
    response = course.tool.call("GET", course.line_item)
    assert (response.json(), response["Content-Type"]) == (item, LINE_ITEM_TYPE)
    assert "no-store" in response["Cache-Control"]


def test_the_list_is_filtered_exactly(course):
    """P13-AG-21"""
    key = course.attempt.key
    make(course, label="a", resourceId="r-1", tag="final")
    make(course, label="b", resourceId="r-1", tag="Final")
    make(course, label="c", resourceId="r-2", tag="final", resourceLinkId=key)
    found = {
        "?resource_id=r-1": ["a", "b"],
        "?resource_id=r": [],
        "?tag=final": ["a", "c"],
        "?tag=final&resource_id=r-1": ["a"],
        f"?resource_link_id={key}": ["Excel, basic", "c"],
        f"?resource_link_id={key}&tag=final": ["c"],
        "?resource_link_id=unknown": [],
        "?resource_link_id=": ["a", "b"],
        "?unknown=1": ["Excel, basic", "a", "b", "c"],
        "?tag=%00": [],
    }
    for query, labels in found.items():
        assert [item["label"] for item in listed(course, query)] == labels, query


def test_pages_show_every_item_once(course):
    """P13-AG-22"""
    for label in ("a", "b"):
        make(course, label=label)
    url, seen = f"{course.line_items}?limit=1&unknown=%C3%BC", []
    while url:
        response = course.tool.call("GET", url)
        (item,) = response.json()
        seen.append(item["label"])
        link = response.get("Link", "")
        assert not link or link.endswith('; rel="next"')
        url = link.partition(";")[0].strip("<>")
        assert not url or "unknown=%C3%BC" in url
    assert seen == ["Excel, basic", "a", "b"]


def test_a_filter_goes_along_from_page_to_page(course):
    for label in ("a", "b", "c"):
        make(course, label=label, tag="x")
    response = course.tool.call("GET", f"{course.line_items}?tag=x&limit=2")
    assert [item["label"] for item in response.json()] == ["a", "b"]
    following = course.tool.call("GET", response["Link"].partition(";")[0].strip("<>"))
    assert [item["label"] for item in following.json()] == ["c"]
    assert "Link" not in following


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "²", "9" * 30])
def test_a_limit_that_is_none_is_refused(course, limit):
    assert course.tool.call("GET", f"{course.line_items}?limit={limit}").status_code == 400


def test_a_huge_limit_is_capped(course, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 1)
    make(course)
    response = course.tool.call("GET", f"{course.line_items}?limit=1000000")
    assert len(response.json()) == 1 and "limit=1&" in response["Link"]


def test_what_is_asked_twice_is_not_understood(course):
    assert course.tool.call("GET", f"{course.line_items}?tag=a&tag=b").status_code == 400


# --- making ---------------------------------------------------------------------------------


def test_a_tool_makes_an_item_for_itself(course):
    """P13-AG-03"""
    told = {
        "label": " Essay ",
        "scoreMaximum": 12.5,
        "resourceId": " r 1 ",
        "tag": "ünï",
        "startDateTime": "2026-01-31T09:00:00+05:30",
        "endDateTime": "2026-02-01T09:00:00Z",
        "resourceLinkId": course.attempt.key,
    }
    ignored = {"id": "https://evil.example.com", "gradesReleased": True, "https://x.example/y": {"a": [1]}}
    made = make(course, **told, **ignored)
    assert made == told | {"id": made["id"]}
    assert made["id"].startswith(f"{course.line_items}/")
    assert course.tool.call("GET", made["id"]).json() == made


def test_plain_json_is_taken_too(course):
    """P13-AG-47"""
    for kind in ("application/json", f"{LINE_ITEM_TYPE}; charset=utf-8"):
        assert course.tool.call("POST", course.line_items, ITEM, content_type=kind).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"label": None},
        {"label": ""},
        {"label": "  "},
        {"label": 7},
        {"label": "x" * 501},
        {"label": "a\x00b"},
        {"label": "\ud800"},
        {"scoreMaximum": None},
        {"scoreMaximum": 0},
        {"scoreMaximum": -1},
        {"scoreMaximum": "40"},
        {"scoreMaximum": True},
        {"scoreMaximum": 1e-11},
        {"scoreMaximum": 10**9},
        {"scoreMaximum": [40]},
        {"resourceId": 7},
        {"resourceId": "x" * 501},
        {"tag": {"a": 1}},
        {"tag": "\x00"},
        {"resourceLinkId": 7},
        {"startDateTime": "2026-01-31"},
        {"startDateTime": "2026-01-31T09:00:00"},
        {"endDateTime": "soon"},
        {"endDateTime": 1769850000},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_item_that_is_not_whole_is_refused(course, change, method):
    """P13-AG-23"""
    url = course.line_items if method == "POST" else course.line_item
    if method == "PUT" and "resourceLinkId" in change:
        return
    response = course.tool.call(method, url, ITEM | change)
    assert response.status_code == 400
    said = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (said["status"], said["title"]) == (400, "malformed") and said["reference"]
    assert next(iter(change)) in said["detail"]
    assert [row.label for row in ProviderLineItem.objects.all()] == ["Excel, basic"]


def test_what_is_null_is_left_out(course):
    """P13-AG-23"""
    made = make(course, resourceId=None, tag=None, resourceLinkId=None, startDateTime=None, endDateTime=None)
    assert set(made) == {"id", "label", "scoreMaximum"}


NOT_JSON = {
    "nothing": b" ",
    "a list": b"[]",
    "a text": b'"x"',
    "cut": b'{"label": "x"',
    "NaN": b'{"label": "x", "scoreMaximum": NaN}',
    "Infinity": b'{"label": "x", "scoreMaximum": Infinity}',
    "too large a number": b'{"label": "x", "scoreMaximum": 1e999}',
    "too large an exponent": b'{"label": "x", "scoreMaximum": 1e99999999999999999999}',
    "too small an exponent": b'{"label": "x", "scoreMaximum": 1e-99999999999999999999}',
    "too long a number": b'{"label": "x", "scoreMaximum": ' + b"9" * 5000 + b"}",
    "said twice": b'{"label": "x", "scoreMaximum": 1, "scoreMaximum": 100}',
    "deep": b"[" * 60_000,
    "deep objects": b'{"a":' * 10_000,
    "not UTF-8": b'{"label": "\xff", "scoreMaximum": 1}',
    "UTF-16": '{"label": "x", "scoreMaximum": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"label": "x", "scoreMaximum": 1}',
    "a form": b"label=x&scoreMaximum=1",
    "XML": b"<label>x</label>",
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_no_plain_json_object_is_refused(course, name):
    """S8"""
    response = course.tool.call("POST", course.line_items, NOT_JSON[name])
    assert (response.status_code, response.json()["title"]) == (400, "malformed")


def test_a_body_that_is_too_large_is_refused(course):
    body = b'{"label": "' + b"x" * 66_000 + b'", "scoreMaximum": 1}'
    assert course.tool.call("POST", course.line_items, body).status_code == 413


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_refused(course, kind):
    """P13-AG-47"""
    assert course.tool.call("POST", course.line_items, ITEM, content_type=kind).status_code == 415
    assert course.tool.call("PUT", course.line_item, ITEM, content_type=kind).status_code == 415


def test_a_resource_link_that_the_tool_was_never_launched_for_is_not_found(course):
    """P13-AG-24, SEC-G1"""
    elsewhere = in_biology(course)
    strangers = other_tool(course.world)
    theirs = sit(course.world, user_id="bob-2")
    theirs.candidate.account = strangers.account
    theirs.candidate.save()
    placement = f"l.{course.attempt.resource_link_id}.{course.world.activity.pk}"
    keys = ["unknown", "link-1", elsewhere.key, theirs.key, "l.1.999", "l.999.1", "a.", f"{course.attempt.key}0", "c.1"]
    for key in keys:
        response = course.tool.call("POST", course.line_items, ITEM | {"resourceLinkId": key})
        assert response.status_code == 404, key
    assert ProviderLineItem.objects.count() == 1
    assert course.tool.call("POST", course.line_items, ITEM | {"resourceLinkId": placement}).status_code == 201
    launched(elsewhere)
    there = ProviderLineItem.objects.get(context=elsewhere.resource_link.context)
    other = f"l.{elsewhere.resource_link_id}.{course.world.activity.pk}"
    assert course.tool.call("POST", course.line_items, ITEM | {"resourceLinkId": other}).status_code == 404
    assert there.link_key == elsewhere.key


def test_the_same_item_made_twice_is_two_and_the_log_says_so(course):
    """P13-AG-25"""
    make(course)
    with capture_logs() as logs:
        make(course)
    assert [item["label"] for item in listed(course)] == ["Excel, basic", "Essay", "Essay"]
    assert "line_item_made_again" in {each["event"] for each in logs}


# --- changing and removing ------------------------------------------------------------------


def test_putting_replaces_the_whole_definition(course):
    """P13-AG-26"""
    made = make(course, resourceId="r-1", tag="t", startDateTime="2026-01-31T09:00:00Z")
    changed = {"label": "Other", "scoreMaximum": 10, "resourceId": "r-2"}
    response = course.tool.call("PUT", made["id"], changed)
    assert response.status_code == 200
    assert response.json() == changed | {"id": made["id"]}
    assert course.tool.call("GET", made["id"]).json() == response.json()


def test_neither_the_id_nor_the_link_is_changed_by_putting(course):
    """P13-AG-26"""
    changed = {"id": f"{course.line_items}/999", "resourceLinkId": "a.other", **ITEM}
    response = course.tool.call("PUT", course.line_item, changed)
    assert response.status_code == 200
    assert (response.json()["id"], response.json()["resourceLinkId"]) == (course.line_item, course.attempt.key)
    assert response.json()["label"] == "Essay"


def test_an_item_of_the_tool_is_removed(course):
    """P13-AG-27"""
    made = make(course)
    response = course.tool.call("DELETE", made["id"])
    assert (response.status_code, response.content) == (204, b"")
    assert course.tool.call("GET", made["id"]).status_code == 404
    assert course.tool.call("DELETE", made["id"]).status_code == 404


def test_ours_cannot_be_removed(course):
    """P13-AG-27"""
    assert course.tool.call("DELETE", course.line_item).status_code == 403
    assert course.tool.call("GET", course.line_item).status_code == 200


# --- whose it is ----------------------------------------------------------------------------


def every_call(course, context, item, attempt):
    base = f"{course.line_items.rpartition('/contexts/')[0]}/contexts/{context}/line_items"
    yield "GET", base, None
    yield "POST", base, ITEM
    yield "GET", f"{base}/{item}", None
    yield "PUT", f"{base}/{item}", ITEM
    yield "DELETE", f"{base}/{item}", None
    yield "POST", f"{base}/{item}/scores", score(attempt)
    yield "GET", f"{base}/{item}/results", None


def test_cve_2023_23611_a_tool_sees_and_scores_nothing_of_another_tool(course):
    """P13-AG-41, P13-AG-42, SEC-G1, S5: known ids of other tools, courses and tenants are as unknown ones."""
    strangers = other_tool(course.world)
    item = ProviderLineItem.objects.get()
    for method, url, body in every_call(course, item.context_id, item.pk, course.attempt):
        response = strangers.call(method, url, body)
        assert response.status_code == 404, (method, url)
        assert response.json()["title"] == "not_found"
    assert ProviderScore.objects.count() == 0
    assert ProviderLineItem.objects.get().label == "Excel, basic"


def test_a_tool_that_was_launched_in_a_course_still_sees_only_its_own_there(course):
    """P13-AG-42: two customers of one provider in one course."""
    strangers = other_tool(course.world)
    theirs = sit(course.world, user_id="bob-2")
    theirs.candidate.account = strangers.account
    theirs.candidate.save()
    item = ProviderLineItem.objects.get()
    assert strangers.call("GET", course.line_items).json() == []
    for method, url, body in list(every_call(course, item.context_id, item.pk, course.attempt))[2:]:
        assert strangers.call(method, url, body).status_code == 404, (method, url)
    stolen = strangers.call("POST", course.line_items, ITEM | {"resourceLinkId": course.attempt.key})
    assert stolen.status_code == 404


def test_an_item_is_found_in_its_own_course_only(course):
    elsewhere = in_biology(course)
    launched(elsewhere)
    item = ProviderLineItem.objects.get(context=course.attempt.resource_link.context)
    other = elsewhere.resource_link.context_id
    for method, url, body in list(every_call(course, other, item.pk, course.attempt))[2:]:
        assert course.tool.call(method, url, body).status_code == 404, (method, url)


@pytest.mark.parametrize("number", ["0", "999999", "9" * 19, "9" * 40])
def test_ids_that_nothing_has_are_not_found(course, number):
    for context, item in ((number, number), (course.attempt.resource_link.context_id, number)):
        for method, url, body in list(every_call(course, context, item, course.attempt))[2:]:
            assert course.tool.call(method, url, body).status_code == 404, (method, url)
    assert course.tool.call("GET", course.line_items.replace("/contexts/", "/contexts/9")).status_code == 404


# --- tokens and methods ---------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "é", "x" * 5000])
def test_without_a_good_token_nothing_is_done(course, token):
    """P13-AG-45"""
    item = ProviderLineItem.objects.get()
    for method, url, body in every_call(course, item.context_id, item.pk, course.attempt):
        response = course.tool.call(method, url, body, token=token)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Basic YTpi", "bearer", "Bearer ", "Token {}", "{}"])
def test_a_token_comes_as_a_bearer(course, header):
    """P13-AG-45"""
    headers = {"Authorization": header.format(course.tool.token())}
    assert Client().get(urlsplit(course.line_item).path, headers=headers).status_code == 401


def test_a_token_in_the_address_is_none(course):
    """P13-AG-46"""
    url = f"{course.line_item}?access_token={course.tool.token()}"
    assert course.tool.call("GET", url, token="").status_code == 401


def test_the_word_bearer_may_be_written_in_any_case(course):
    headers = {"Authorization": f"bEARER {course.tool.token()}"}
    assert Client().get(urlsplit(course.line_item).path, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "what", "scopes"),
    [
        ("GET", "", (SCORE, RESULT_READ, MEMBERS)),
        ("POST", "", (LINE_ITEM_READ, SCORE, RESULT_READ, MEMBERS)),
        ("GET", "/{}", (SCORE, RESULT_READ, MEMBERS)),
        ("PUT", "/{}", (LINE_ITEM_READ, SCORE, RESULT_READ, MEMBERS)),
        ("DELETE", "/{}", (LINE_ITEM_READ, SCORE, RESULT_READ, MEMBERS)),
        ("POST", "/{}/scores", (LINE_ITEM, LINE_ITEM_READ, RESULT_READ, MEMBERS)),
        ("GET", "/{}/results", (LINE_ITEM, LINE_ITEM_READ, SCORE, MEMBERS)),
    ],
)
def test_each_service_needs_its_scope(course, method, what, scopes):
    url = course.line_items + what.format(ProviderLineItem.objects.get().pk)
    response = course.tool.call(method, url, ITEM, scopes=scopes)
    assert (response.status_code, response.json()["title"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("what", "methods"),
    [("", "GET, POST"), ("/{}", "GET, PUT, DELETE"), ("/{}/scores", "POST"), ("/{}/results", "GET")],
)
def test_other_methods_are_not_allowed(course, what, methods):
    """P13-AG-43"""
    url = course.line_items + what.format(ProviderLineItem.objects.get().pk)
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        if method not in methods:
            response = course.tool.call(method, url)
            assert (response.status_code, response["Allow"]) == (405, methods)


def test_a_fault_of_ours_is_told_as_one_without_its_trace(course, monkeypatch):
    from django.db import OperationalError

    from lti_bridge.relay import line_items

    def broken(*args):
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(line_items, "find", broken)
    response = course.tool.call("GET", course.line_item)
    assert (response.status_code, response.json()["title"]) == (500, "fault")
    assert b"canary" not in response.content and response.json()["reference"]

    def away(*args):
        raise OperationalError("canary")

    monkeypatch.setattr(line_items, "find", away)
    response = course.tool.call("GET", course.line_item)
    assert (response.status_code, response["Retry-After"]) == (503, "30")


def test_line_items_of_content_that_is_shared_are_for_the_whole_link():
    course = make_course13(link_per_attempt=False)
    (item,) = course.tool.call("GET", course.line_items).json()
    assert item["resourceLinkId"] == f"l.{course.attempt.resource_link_id}.{course.world.activity.pk}"


def test_a_course_is_known_by_launches_alone():
    """An account without line items sees its courses, too, and no others."""
    course = make_course13(link_per_attempt=False)
    ProviderLineItem.objects.all().delete()
    tool = Tool(course.world.account, peer("provider"))
    assert tool.call("GET", course.line_items).json() == []
    other = Context.objects.create(platform=course.world.platform, context_id="elsewhere")
    assert (
        tool.call("GET", f"{course.line_items.partition('/contexts/')[0]}/contexts/{other.pk}/line_items").status_code
        == 404
    )
