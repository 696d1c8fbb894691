"""Reading a course's members: over real sockets where pages matter, at the seam where members do."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from lti_bridge.advantage import memberships, paging
from lti_bridge.advantage.memberships import Member
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import Lti13Registration
from tests.advantage.conftest import Platform, answer, token_answer
from tests.forbidden_urls import FORBIDDEN_URLS
from tests.nrps_server import MEDIA_TYPE, MEMBERSHIP, SCOPE, Roster, member, roster_server

URL = "https://lms.example.edu/members?type=2"


@pytest.fixture
def roster(registration: Lti13Registration) -> Iterator[Roster]:
    with roster_server(registration) as running:
        yield running


@pytest.fixture
def platform(platform: Platform) -> Platform:
    platform.tokens = [token_answer(scope=SCOPE)]
    return platform


def read_one(platform: Platform, registration: Lti13Registration, raw: Any) -> Member:
    platform.services = [answer(200, {"members": [raw]})]
    (found,) = memberships.read(registration, URL)
    return found


def refused(registration: Lti13Registration, url: str = URL) -> str:
    with pytest.raises(ServiceProblem) as problem:
        memberships.read(registration, url)
    return problem.value.code


# --- the request ----------------------------------------------------------------------------


def test_the_roster_is_asked_for_as_the_standard_wants(roster: Roster, registration: Lti13Registration) -> None:
    """T13-NR-02, T13-NR-03, T13-NR-04, T13-NR-05"""
    roster.pages = [[member("alice-1", "Alice Liddell")]]
    assert [found.user_id for found in memberships.read(registration, roster.url)] == ["alice-1"]
    (asked,) = roster.asked
    assert (asked.method, asked.headers["accept"]) == ("GET", MEDIA_TYPE)
    assert asked.headers["authorization"] == "Bearer roster-token" and "roster-token" not in asked.path
    (token,) = [each for each in roster.served.asked if each.path == "/token"]
    assert parse_qs(token.body.decode())["scope"] == [SCOPE]


def test_the_address_is_used_letter_by_letter(roster: Roster, registration: Lti13Registration) -> None:
    memberships.read(registration, roster.url)
    assert roster.asked[0].path == "/Members/2?Type=AbC%2Fd&limit=100"


def test_the_roster_is_of_the_course_and_never_of_one_link(roster: Roster, registration: Lti13Registration) -> None:
    """It says who left the course: a list of those who can open one link would send the others away."""
    memberships.read(registration, roster.url)
    assert "rlid" not in roster.asked[0].path


def test_a_limit_that_the_address_has_already_stays(roster: Roster, registration: Lti13Registration) -> None:
    memberships.read(registration, f"{roster.url}&limit=7")
    assert roster.asked[0].path == "/Members/2?Type=AbC%2Fd&limit=7"


# --- pages ----------------------------------------------------------------------------------


def test_three_pages_are_read_to_the_end(roster: Roster, registration: Lti13Registration) -> None:
    """T13-NR-06"""
    roster.pages = [[member(f"user-{page}-{each}") for each in range(4)] for page in range(3)]
    found = memberships.read(registration, roster.url)
    assert [each.user_id for each in found] == [f"user-{page}-{each}" for page in range(3) for each in range(4)]
    assert [each.path for each in roster.asked][1:] == [
        "/Members/2?Type=AbC%2Fd&Page=2&Key=QwErTy%3D",
        "/Members/2?Type=AbC%2Fd&Page=3&Key=QwErTy%3D",
    ]


@pytest.mark.parametrize(
    ("next_link", "requests"),
    [
        ("{url}&Page=2", 2),
        ("{url}&limit=100", 1),
        ("http://127.0.0.3:1/members?Page={number}", 1),
        ("https://evil.example.net/members?Page={number}", 1),
        ("http://169.254.169.254/latest", 1),
        ("https://[::1", 1),
        ("//[/page", 1),
    ],
    ids=["loop", "itself", "other host", "other site", "metadata", "unreadable", "unreadable and relative"],
)
def test_pages_that_lead_in_a_circle_or_elsewhere_are_given_up(
    roster: Roster, registration: Lti13Registration, next_link: str, requests: int
) -> None:
    """T13-NR-07, SEC-F5"""
    roster.pages, roster.next_link = [[member("alice-1")]], next_link
    assert refused(registration, roster.url) == "not_an_answer"
    assert len(roster.asked) == requests


def test_a_thousand_pages_are_not_read(roster: Roster, registration: Lti13Registration) -> None:
    """T13-NR-07"""
    roster.pages, roster.next_link = [[member("alice-1")]], "{url}&Page={number}"
    assert refused(registration, roster.url) == "not_an_answer"
    assert len(roster.asked) == paging.PAGES == 200


def test_a_page_that_is_too_large_is_not_read(roster: Roster, registration: Lti13Registration) -> None:
    roster.instead = (200, {"Content-Type": MEDIA_TYPE}, b'{"members": ["' + b"x" * 2_000_000 + b'"]}')
    assert refused(registration, roster.url) == "too_large"


def test_the_time_for_all_pages_is_limited(roster: Roster, registration: Lti13Registration) -> None:
    roster.pages, roster.next_link = [[member("alice-1")]], "{url}&Page={number}"
    with pytest.raises(ServiceProblem) as problem:
        memberships.read(registration, roster.url, deadline=0.5)
    assert problem.value.code in ("timeout", "not_an_answer")


def test_a_strange_host_is_not_asked(roster: Roster, registration: Lti13Registration) -> None:
    assert refused(registration, "https://elsewhere.example.net/members") == "host_not_approved"
    assert roster.served.asked == []


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_no_spelling_of_a_forbidden_address_is_called(registration: Lti13Registration, url: str, monkeypatch) -> None:
    """S7, SEC-F5"""
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: tried.append(address))
    with pytest.raises(ServiceProblem):
        memberships.read(registration, url.replace("{port}", "1"))
    assert tried == []


# --- members --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"user_id": "a"}, Member("a")),
        ({"user_id": "a", "roles": ["Learner"]}, Member("a", roles=frozenset(["Learner"]))),
        ({"user_id": "a", "roles": "Instructor"}, Member("a", roles=frozenset(["Instructor"]))),
        (
            {"user_id": "a", "roles": [None, 5, f"{MEMBERSHIP}Learner"]},
            Member("a", roles=frozenset([f"{MEMBERSHIP}Learner"])),
        ),
        ({"user_id": "a", "status": "Inactive"}, Member("a", status="inactive")),
        ({"user_id": "a", "status": "DELETED"}, Member("a", status="deleted")),
        (
            {"user_id": "a", "status": "http://purl.imsglobal.org/vocab/lis/v2/person#Inactive"},
            Member("a", status="inactive"),
        ),
        ({"user_id": "a", "status": "liss:Active"}, Member("a")),
        ({"user_id": "a", "status": "Whatever"}, Member("a")),
        ({"user_id": "a", "status": None}, Member("a")),
        ({"user_id": 5}, Member("5")),
        ({"user_id": " A é "}, Member(" A é ")),
        ({"user_id": "a", "name": "N\x00ame", "email": "x" * 400}, Member("a", full_name="Name")),
        ({"user_id": "a", "name": "x" * 5000}, Member("a", full_name="x" * 600)),
        (
            {"user_id": "a", "given_name": "G", "family_name": 5, "email": "a@b"},
            Member("a", given_name="G", email="a@b"),
        ),
        ({"user_id": "a", "name": "\ud800x"}, Member("a", full_name="x")),
    ],
)
def test_what_a_platform_leaves_out_or_spells_otherwise_is_no_trouble(
    platform: Platform, registration: Lti13Registration, raw: Any, expected: Member
) -> None:
    """T13-NR-08"""
    assert read_one(platform, registration, raw) == expected


@pytest.mark.parametrize(
    ("raw", "sections"),
    [
        ({"group_enrollments": [{"group_id": "g1"}, {"group_id": "g2", "name": "Blue"}]}, ("g1", "Blue")),
        ({"sections": ["Monday", "Friday", "Monday"]}, ("Monday", "Friday")),
        ({"section": "Monday"}, ("Monday",)),
        ({"groups": [{"title": "T", "id": "1"}, {}, 5]}, ("T",)),
        ({"lis_course_section_sourcedid": "SIS-1"}, ("SIS-1",)),
        ({"section": ""}, ()),
        ({"section": None, "groups": {}}, ()),
    ],
)
def test_sections_and_groups_are_read_where_they_are_told(
    platform: Platform, registration: Lti13Registration, raw: Any, sections: tuple[str, ...]
) -> None:
    assert read_one(platform, registration, {"user_id": "a"} | raw).sections == sections


@pytest.mark.parametrize("user_id", [None, "", "  ", True, [], {}, "x" * 501, "a\x00b", "a\ud800"])
def test_somebody_without_a_usable_id_is_passed_over(platform: Platform, registration, user_id: Any) -> None:
    platform.services = [answer(200, {"members": [{"user_id": user_id}, "text", None, {"user_id": "b"}]})]
    assert [found.user_id for found in memberships.read(registration, URL)] == ["b"]


def test_somebody_listed_twice_is_one_person_with_all_roles(platform: Platform, registration) -> None:
    twice = [
        {"user_id": "a", "roles": ["Learner"], "status": "Inactive", "section": "S1", "name": "A"},
        {"user_id": "a", "roles": ["Instructor"], "section": "S2", "email": "a@b"},
    ]
    platform.services = [answer(200, {"members": twice})]
    (found,) = memberships.read(registration, URL)
    assert found == Member("a", "active", frozenset(("Learner", "Instructor")), "", "", "A", "a@b", ("S1", "S2"))


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "not_permitted"),
        (403, "not_permitted"),
        (404, "no_roster"),
        (400, "refused"),
        (302, "refused"),
        (429, "busy"),
        (500, "unavailable"),
        (503, "unavailable"),
    ],
)
def test_a_refusal_has_its_reason(platform: Platform, registration: Lti13Registration, status: int, code: str) -> None:
    platform.services = [answer(status, {"members": [{"user_id": "a"}]})]
    assert refused(registration) == code


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"members": {}}', b'{"other": []}', b"[" * 100_000])
def test_what_is_no_list_of_members_is_no_answer(platform: Platform, registration, body: bytes) -> None:
    platform.services = [answer(200, body)]
    assert refused(registration) == "not_an_answer"


def test_one_bad_page_spoils_the_whole(platform: Platform, registration: Lti13Registration) -> None:
    """Half a roster would make the other half look as if they had left."""
    platform.services = [
        answer(200, json.dumps({"members": [{"user_id": "a"}]}).encode(), Link=f'<{URL}&page=2>; rel="next"'),
        answer(500),
    ]
    assert refused(registration) == "unavailable"
