"""Who is in a course, for providers' tools (section B5 of the conformance list)."""

import json

import pytest
from django.utils import timezone

from lti_bridge.models import Context, Membership, ProviderLaunch
from lti_bridge.relay import paging
from tests.relay.sitting import sit
from tests.relay.tool13 import (
    CLAIM,
    LINE_ITEM,
    MEMBERS,
    RESULT_READ,
    SCORE,
    Course13,
    begin,
    claims_of,
    launched,
    make_course13,
    other_tool,
    posted_back,
)

pytestmark = pytest.mark.django_db

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
OUTCOME_CLAIM = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


@pytest.fixture
def course() -> Course13:
    return make_course13()


@pytest.fixture
def bob(course):
    attempt = sit(course.world, user_id="bob-2")
    launched(attempt)
    return attempt


def url_of(course):
    return course.claims[NRPS_CLAIM]["context_memberships_url"]


def ask(course, query="", **call):
    return course.tool.call("GET", url_of(course) + query, **call)


def members(course, query=""):
    response = ask(course, query)
    assert response.status_code == 200, response.content
    return response.json()["members"]


TEACHERS = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LAUNCH = {
    "P13-NR-01": lambda said, token: said[f"{CLAIM}message_type"] == "LtiResourceLinkRequest",
    "P13-NR-02": lambda said, token: 0 < said["exp"] - said["iat"] <= 300,
    "P13-NR-03": lambda said, token: claims_of(token) == said,
    "P13-NR-04": lambda said, token: (
        said[f"{CLAIM}roles"] == [TEACHERS]
        and set(said[NRPS_CLAIM]) == {"context_memberships_url", "service_versions"}
        and said[NRPS_CLAIM]["service_versions"] == ["2.0"]
    ),
}


@pytest.mark.parametrize("check", LAUNCH)
def test_a_teachers_launch_names_the_service(course, check):
    begun = begin(course.attempt)
    row = begun.row
    row.details["role"] = "Instructor"
    row.save()
    token = posted_back(begun.ask())[1]["id_token"]
    assert LAUNCH[check](claims_of(token), token)


def test_members_are_those_who_came(course, bob):
    """P13-NR-05, P13-NR-06, P13-NR-07"""
    response = ask(course, scopes=(MEMBERS,))
    assert (response.status_code, response["Content-Type"]) == (200, MEDIA_TYPE)
    assert "no-store" in response["Cache-Control"]
    assert response.json() == {
        "id": url_of(course),
        "context": {"id": course.claims[f"{CLAIM}context"]["id"], "title": "History", "label": "HIS"},
        "members": [
            {
                "user_id": attempt.learner.opaque_id,
                "roles": [LEARNER],
                "status": "Active",
                "given_name": "Alice",
                "family_name": "Liddell",
                "name": "Alice Liddell",
                "email": f"{attempt.learner.user_id}@example.edu",
            }
            for attempt in (course.attempt, bob)
        ],
    }
    assert response.json()["members"][0]["user_id"] == course.claims["sub"]


def test_nobody_who_never_came_is_a_member(course, bob):
    """The LMS's roster knows more people, and the provider has no business with them."""
    stranger = sit(course.world, user_id="ines-3")
    Membership.objects.create(context=stranger.resource_link.context, learner=stranger.learner, seen_at=timezone.now())
    stranger.delete()
    assert len(members(course)) == 2


def test_without_names_only_ids_roles_and_status_are_told():
    """P13-NR-12"""
    course = make_course13(share_name=False, share_email=False)
    (member,) = members(course)
    assert set(member) == {"user_id", "roles", "status"}
    assert b"Liddell" not in ask(course).content and b"example.edu" not in ask(course).content


def test_those_who_left_are_inactive_or_not_told(course, bob):
    context = course.attempt.resource_link.context
    membership = Membership.objects.create(
        context=context, learner=bob.learner, status=Membership.Status.INACTIVE, seen_at=timezone.now()
    )
    assert [each["status"] for each in members(course)] == ["Active", "Inactive"]
    membership.status = Membership.Status.DELETED
    membership.save()
    assert [each["user_id"] for each in members(course)] == [course.attempt.learner.opaque_id]


@pytest.mark.parametrize(
    ("role", "count"),
    [
        ("Learner", 2),
        ("http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner", 2),
        ("Instructor", 0),
        ("http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Instructor", 0),
        ("learner", 0),
        ("%00", 0),
    ],
)
def test_members_are_filtered_by_role(course, bob, role, count):
    """P13-NR-09"""
    assert len(members(course, f"?role={role}")) == count


def test_pages_lead_on_as_the_header_says(course, bob):
    """P13-NR-08, P13-NR-09"""
    response = ask(course, "?limit=1&role=Learner")
    assert len(response.json()["members"]) == 1
    assert response.json()["id"] == f"{url_of(course)}?limit=1&role=Learner"
    following, _semicolon, relation = response["Link"].partition(";")
    assert relation == ' rel="next"'
    assert "role=Learner" in following
    last = course.tool.call("GET", following.strip("<>"))
    assert len(last.json()["members"]) == 1 and "Link" not in last
    assert {each["members"][0]["user_id"] for each in (response.json(), last.json())} == {
        attempt.learner.opaque_id for attempt in (course.attempt, bob)
    }


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1e3"])
def test_a_limit_that_is_none_is_refused(course, limit):
    """P13-NR-09"""
    assert ask(course, f"?limit={limit}").status_code == 400


def test_a_huge_limit_is_capped(course, bob, monkeypatch):
    """P13-NR-09"""
    monkeypatch.setattr(paging, "MOST", 1)
    response = ask(course, "?limit=999999999999")
    assert len(response.json()["members"]) == 1 and "Link" in response


def test_another_course_and_another_tool_find_nothing(course):
    """P13-NR-10, SEC-G1"""
    strangers = other_tool(course.world)
    assert strangers.call("GET", url_of(course)).status_code == 404
    elsewhere = Context.objects.create(platform=course.world.platform, context_id="elsewhere")
    own = course.attempt.resource_link.context_id
    for pk in (elsewhere.pk, 999, 0, "9" * 30):
        url = url_of(course).replace(f"/contexts/{own}/", f"/contexts/{pk}/")
        assert course.tool.call("GET", url).status_code == 404


def test_members_of_one_link(course, bob):
    """P13-NR-10"""
    (member,) = members(course, f"?rlid={bob.key}")
    assert member["user_id"] == bob.learner.opaque_id
    assert member["message"] == [{f"{CLAIM}message_type": "LtiResourceLinkRequest"}]
    placement = f"l.{bob.resource_link_id}.{course.world.activity.pk}"
    assert len(members(course, f"?rlid={placement}")) == 2


def test_a_link_tells_where_a_members_outcome_goes():
    course = make_course13(outcomes=True, link_per_attempt=False)
    (member,) = members(course, f"?rlid={course.claims[f'{CLAIM}resource_link']['id']}")
    assert member["message"][0][OUTCOME_CLAIM]["lis_result_sourcedid"] == course.attempt.key


@pytest.mark.parametrize("rlid", ["", "unknown", "link-1", "a." + "0" * 40, "l.1.999", "%00", "c.1"])
def test_a_foreign_link_is_not_found(course, rlid):
    """P13-NR-10"""
    assert ask(course, f"?rlid={rlid}").status_code == 404


def test_the_link_of_another_tool_in_the_same_course_is_not_found(course, bob):
    """P13-NR-10"""
    strangers = other_tool(course.world)
    bob.candidate.account = strangers.account
    bob.candidate.save()
    ProviderLaunch.objects.filter(attempt=bob).update(account=strangers.account)
    assert ask(course, f"?rlid={bob.key}").status_code == 404
    assert strangers.call("GET", f"{url_of(course)}?rlid={bob.key}").status_code == 200
    assert [each["user_id"] for each in members(course)] == [course.attempt.learner.opaque_id]


def test_it_needs_its_scope(course):
    """P13-NR-11"""
    for scope in (LINE_ITEM, SCORE, RESULT_READ):
        assert ask(course, scopes=(scope,)).status_code == 403
    assert ask(course, token="").status_code == 401
    assert course.tool.call("POST", url_of(course), {}).status_code == 405


def test_it_is_json_of_its_own_type_without_nothing_in_it(course):
    """P13-NR-07"""
    course.attempt.learner.full_name = course.attempt.learner.email = ""
    course.attempt.learner.save()
    (member,) = json.loads(ask(course).content)["members"]
    assert "email" not in member and all(value for value in member.values())


def test_opening_without_an_attempt_makes_a_member_too(course):
    """A report that is looked at: the tool knows the person then."""
    ines = sit(course.world, user_id="ines-3")
    launched(ines, attempt=None, return_url="", callback_url="")
    ines.delete()
    assert len(members(course)) == 2
