"""The pretend LMS's LTI Advantage services, apart from what a score does: line items, results, members, faults."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.lti13 import AGS_SCOPES, MEMBERSHIP_READONLY
from lti_bridge.sandbox.models import AccessToken, CourseLink, GradebookEntry, LineItem, Lti13Tool
from tests.sandbox.peers import AGS, NRPS

pytestmark = pytest.mark.django_db

SERVICES = "/sandbox/lms/services"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"


class Services:
    """A tool with an access token."""

    def __init__(self, lms: Client, tool: Lti13Tool, scopes: Any = (*AGS_SCOPES, MEMBERSHIP_READONLY)) -> None:
        self.lms, self.tool = lms, tool
        ends = timezone.now() + timedelta(hours=1)
        self.token = AccessToken.objects.create(tool=tool, scopes=list(scopes), expires_at=ends).token

    def call(self, method: str, url: str, body: Any = None, content_type: str = ITEM_TYPE) -> Any:
        data = "" if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.lms.generic(method, url, data, content_type=content_type, headers=headers)

    def make(self, **fields: Any) -> Any:
        body = {"label": "Extra", "scoreMaximum": 20} | fields
        return self.call("POST", f"{SERVICES}/42/lineitems?type_id={self.tool.pk}", body)


@pytest.fixture
def services(lms: Client, course: CourseLink) -> Services:
    return Services(lms, Lti13Tool.objects.get())


@pytest.fixture
def link(course: CourseLink) -> CourseLink:
    return CourseLink.objects.get(title="Python, basic")


# --- line items -------------------------------------------------------------------------------


def test_each_graded_link_has_a_column(services: Services, link: CourseLink) -> None:
    response = services.call("GET", f"{SERVICES}/42/lineitems")
    assert response["Content-Type"] == "application/vnd.ims.lis.v2.lineitemcontainer+json"
    found = {each["label"]: each for each in response.json()}
    assert set(found) == {
        "Access, basic",
        "Python, basic",
        "History, final exam",
        "Word, basic",
        "Fractions, exam",
        "Geography, essay",
    }
    assert found["Python, basic"]["resourceLinkId"] == str(link.pk)
    assert found["Python, basic"]["scoreMaximum"] == 100
    assert services.call("GET", found["Python, basic"]["id"]).json() == found["Python, basic"]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("tag=t", ["Two"]),
        ("resource_id=r", ["One", "Two"]),
        ("resource_id=r&tag=x", []),
        ("resource_link_id=LINK", ["Python, basic"]),
        ("resource_link_id=made-up", []),
    ],
)
def test_columns_are_found_by_filters(services: Services, link: CourseLink, query: str, labels: list[str]) -> None:
    services.make(label="One", resourceId="r")
    services.make(label="Two", resourceId="r", tag="t")
    found = services.call("GET", f"{SERVICES}/42/lineitems?{query.replace('LINK', str(link.pk))}").json()
    assert [each["label"] for each in found] == labels


def test_a_long_list_comes_in_pages(services: Services) -> None:
    labels, url = [], f"{SERVICES}/42/lineitems?type_id=1&limit=2"
    while url:
        response = services.call("GET", url)
        labels += [each["label"] for each in response.json()]
        following = re.fullmatch('<(.+)>; rel="next"', response.get("Link", ""))
        url = following[1] if following else ""
    assert labels == [
        "Access, basic",
        "Python, basic",
        "History, final exam",
        "Word, basic",
        "Fractions, exam",
        "Geography, essay",
    ]


def test_a_tool_makes_changes_and_removes_a_column(services: Services) -> None:
    made = services.make(resourceId="r 1", tag="ä", startDateTime="2026-01-01T00:00:00Z")
    assert made.status_code == 201
    item = made.json()
    changed = services.call("PUT", item["id"], item | {"label": "Renamed", "scoreMaximum": 40})
    assert changed.json() == item | {"label": "Renamed", "scoreMaximum": 40}
    assert services.call("DELETE", item["id"]).status_code == 204
    assert services.call("GET", item["id"]).status_code == 404


def test_a_column_of_a_tool_stands_in_the_gradebook(services: Services, lms: Client) -> None:
    services.make(label="Homework")
    lms.get("/sandbox/lms/enter/ines")
    page = lms.get("/sandbox/lms/gradebook").content.decode()
    assert 'data-link="Homework"' in page
    assert "made by the tool" in page


def test_a_links_own_column_stays(services: Services, link: CourseLink) -> None:
    item = services.call("GET", f"{SERVICES}/42/lineitems?resource_link_id={link.pk}").json()[0]
    assert services.call("DELETE", item["id"]).status_code == 403
    assert LineItem.objects.filter(link=link).exists()


@pytest.mark.parametrize(
    "fields",
    [{"label": " "}, {"label": None}, {"scoreMaximum": 0}, {"scoreMaximum": "100"}, {"scoreMaximum": True}, {"tag": 1}],
    ids=str,
)
def test_a_column_that_cannot_be_is_not_made(services: Services, fields: dict[str, Any]) -> None:
    assert services.make(**fields).status_code == 400
    assert not LineItem.objects.filter(is_own=False).exists()


def test_a_column_for_somebody_elses_link_is_not_made(services: Services, course: CourseLink) -> None:
    assert services.make(resourceLinkId=str(course.pk)).status_code == 404
    assert services.make(resourceLinkId="made up").status_code == 404


def test_a_tool_sees_nothing_of_another_one(services: Services, lms: Client) -> None:
    item = services.make().json()
    other = Services(lms, Lti13Tool.objects.create(name="Another tool"))
    assert other.call("GET", f"{SERVICES}/42/lineitems").json() == []
    assert other.call("GET", item["id"]).status_code == 404
    assert other.call("DELETE", item["id"]).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "42/lineitems"), ("POST", "ITEM"), ("GET", "ITEM/scores"), ("POST", "ITEM/results")],
)
def test_what_a_service_does_not_do_it_says(services: Services, link: CourseLink, method: str, path: str) -> None:
    item = LineItem.objects.get(link=link)
    url = f"{SERVICES}/{path.replace('ITEM', f'42/lineitems/{item.pk}/lineitem')}"
    response = services.call(method, url)
    assert (response.status_code, "Allow" in response) == (405, True)


def test_another_courses_columns_are_not_there(services: Services) -> None:
    assert services.call("GET", f"{SERVICES}/43/lineitems").status_code == 404


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (f"{AGS}scope/lineitem.readonly", "POST", "42/lineitems"),
        (f"{AGS}scope/lineitem.readonly", "DELETE", "ITEM"),
        (f"{AGS}scope/lineitem", "POST", "ITEM/scores"),
        (f"{AGS}scope/score", "GET", "ITEM/results"),
        (f"{AGS}scope/score", "GET", "42/lineitems"),
        (f"{AGS}scope/score", "GET", "CourseSection/42/bindings/1/memberships"),
    ],
)
def test_a_token_is_good_for_its_scopes(lms: Client, link: CourseLink, scope: str, method: str, path: str) -> None:
    item = LineItem.objects.get(link=link)
    services = Services(lms, Lti13Tool.objects.get(), [scope])
    url = f"{SERVICES}/{path.replace('ITEM', f'42/lineitems/{item.pk}/lineitem')}"
    response = services.call(method, url, {"label": "x", "scoreMaximum": 1})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer made-up", "Basic x"])
def test_without_a_token_there_is_nothing(lms: Client, course: CourseLink, header: str) -> None:
    assert lms.get(f"{SERVICES}/42/lineitems", headers={"Authorization": header}).status_code == 401


def test_a_token_can_be_forgotten(services: Services) -> None:
    faults.switch({"lms_token_forgotten": 100})
    assert services.call("GET", f"{SERVICES}/42/lineitems").status_code == 401


# --- members ----------------------------------------------------------------------------------


def members_url(services: Services, query: str = "") -> str:
    return f"{SERVICES}/CourseSection/42/bindings/{services.tool.pk}/memberships{query}"


def test_the_members_come_in_pages_with_short_roles(services: Services) -> None:
    first = services.call("GET", members_url(services))
    assert first["Content-Type"] == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    following = re.fullmatch('<(.+)>; rel="next"', first["Link"])
    assert following
    second = services.call("GET", following[1])
    members = first.json()["members"] + second.json()["members"]
    assert [each["user_id"] for each in members] == ["5", "6", "7", "2"]
    assert members[0]["roles"] == ["Learner"]
    assert members[3]["roles"] == ["Instructor"]
    assert "Link" not in second
    assert first.json()["context"]["id"] == "42"


@pytest.mark.parametrize("role", ["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership%23Instructor"])
def test_members_are_found_by_role(services: Services, role: str) -> None:
    found = services.call("GET", members_url(services, f"?role={role}")).json()["members"]
    assert [each["name"] for each in found] == ["Ines Duarte"]


def test_members_of_a_link_bring_where_its_grades_go(services: Services, link: CourseLink) -> None:
    alice = services.call("GET", members_url(services, f"?rlid={link.pk}&limit=1")).json()["members"][0]
    message = alice["message"][0]
    assert json.loads(message["https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"]["lis_result_sourcedid"])
    assert services.call("GET", members_url(services, "?rlid=4711")).status_code == 404


def test_members_are_for_the_tool_that_is_named(services: Services, lms: Client) -> None:
    other = Services(lms, Lti13Tool.objects.create(name="Another tool"), [f"{NRPS}scope/contextmembership.readonly"])
    assert other.call("GET", members_url(services)).status_code == 404


# --- faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "status"),
    [
        ({"lms_down": 100}, 503),
        ({"lms_error": 100}, 500),
        ({"lms_login_page": 100}, 200),
        ({"lms_throttles": 100}, 429),
        ({"lms_throttles": 100, "lms_manner": 1}, 403),
    ],
    ids=str,
)
def test_services_can_fail_before_they_do_anything(services: Services, switches: dict[str, float], status: int) -> None:
    faults.switch(switches)
    response = services.make()
    assert response.status_code == status
    assert not LineItem.objects.filter(is_own=False).exists()
    assert not GradebookEntry.objects.exists()


def test_who_asks_too_often_is_told_when_to_come_back(services: Services) -> None:
    faults.switch({"lms_throttles": 100})
    assert services.call("GET", f"{SERVICES}/42/lineitems")["Retry-After"] == "2"
    faults.switch({"lms_manner": 1})
    assert b"Rate Limit Exceeded" in services.call("GET", f"{SERVICES}/42/lineitems").content
