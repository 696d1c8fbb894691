"""The pass of a launch: what opens its pages, and what does not."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge.errors import LaunchRejected
from lti_bridge.models import LaunchRecord, Lti11Registration
from lti_bridge.pages.access import grant, launch_of
from tests.pages.course import Course


def test_a_pass_opens_the_launch_it_was_granted_for_in_one_query(course: Course, django_assert_num_queries) -> None:
    record = course.launch(course.alice)
    access = grant(record)
    with django_assert_num_queries(1):
        found = launch_of(access)
        assert found.resource_link.activity.account.name == "isograd-test"
        assert found.resource_link.context.platform == found.platform
        assert found.learner == course.alice
    assert found == record


def test_a_forged_pass_opens_nothing(course: Course) -> None:
    pk = course.launch(course.alice).pk
    for forged in ("", "x", str(pk), "MQ:1xUj30:AAAA", signing.dumps(pk), signing.dumps(pk, salt="other")):
        with pytest.raises(LaunchRejected) as rejected:
            launch_of(forged)
        assert rejected.value.code == "page_expired"


def test_a_pass_expires_after_page_hours(course: Course) -> None:
    access = grant(course.launch(course.alice))
    later = timezone.now() + timedelta(hours=settings.PAGE_HOURS, seconds=2)
    with time_machine.travel(later, tick=False), pytest.raises(LaunchRejected):
        launch_of(access)


def test_a_pass_of_a_launch_that_is_gone_or_was_refused_opens_nothing(course: Course) -> None:
    gone, refused = course.launch(course.alice), course.launch(course.alice)
    passes = [grant(gone), grant(refused)]
    gone.delete()
    LaunchRecord.objects.filter(pk=refused.pk).update(refused="role_refused")
    for access in passes:
        with pytest.raises(LaunchRejected):
            launch_of(access)


def test_a_pass_opens_nothing_while_its_registration_is_switched_off(course: Course, client: Client) -> None:
    addresses = course.inside("roster"), course.inside("learner", course.alice)
    Lti11Registration.objects.update(enabled=False)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 403
        assert "Your course site is not connected here any more." in response.content.decode()
        with pytest.raises(LaunchRejected, match="registration_off"):
            launch_of(address.split("/")[2])
    Lti11Registration.objects.update(enabled=True)
    assert [client.get(address).status_code for address in addresses] == [200, 200]


#: page → (address parts, statuses of GET and POST for the learner, then for the instructor)
MATRIX = {
    "learner": ({}, (200, 405), (403, 405)),
    "learner-open": ({}, (405, 200), (405, 403)),
    "roster": ({}, (403, 405), (200, 405)),
    "choose-activity": ({}, (403, 403), (200, 404)),
    "roster-act": ({"cell": 0, "what": "release-all"}, (405, 403), (405, 303)),
    "selection": ({}, (403, 403), (403, 403)),
}


@pytest.mark.parametrize("name", MATRIX)
def test_who_may_open_which_page(course: Course, client: Client, name: str) -> None:
    parts, learner, instructor = MATRIX[name]
    for person, (get, post) in ((course.alice, learner), (None, instructor)):
        address = course.inside(name, person, **parts)
        assert client.get(address).status_code == get
        assert client.post(address).status_code == post


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": settings.PUBLIC_ORIGIN}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, 403),
    ],
)
def test_a_post_that_another_site_made_is_refused(course: Course, client: Client, headers, status: int) -> None:
    strict = Client(enforce_csrf_checks=True)
    cell = course.graded(course.alice, "held", held=True)
    address = course.inside("roster-act", cell=cell.pk, what="release")
    assert strict.post(address, headers=headers).status_code == status
    cell.refresh_from_db()
    assert cell.held == (status == 403)


@pytest.mark.parametrize("name", ["roster", "choose-activity", "selection"])
@pytest.mark.parametrize("field", ["q", "page", "learner", "done", "a\x00b"])
def test_nul_in_a_query_is_refused_before_a_database_sees_it(
    course: Course, client: Client, name: str, field: str
) -> None:
    response = client.get(course.inside(name), {field: "a\x00b"})
    assert response.status_code == 400
    assert "This request could not be understood." in response.content.decode()


@pytest.mark.parametrize("name", ["choose-activity", "selection", "learner-open"])
@pytest.mark.parametrize("field", ["activity", "confirm", "another"])
def test_nul_in_a_posted_field_is_refused_before_a_database_sees_it(
    course: Course, client: Client, name: str, field: str
) -> None:
    for told in ("a\x00b", ["excel-basic", "\x00"]):
        assert client.post(course.inside(name), {field: told}).status_code == 400


def test_a_pass_is_refused_in_another_ones_place(course: Course, client: Client) -> None:
    access = grant(course.launch(course.alice))
    assert client.get(reverse("roster", kwargs={"access": access})).status_code == 403
