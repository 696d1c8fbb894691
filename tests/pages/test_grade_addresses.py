"""Why grades go nowhere, in words, where teachers and learners look."""

import pytest
from django.test import Client
from django.urls import reverse

from lti_bridge.models import LineItem
from lti_bridge.pages.access import grant
from tests.pages.course import Course
from tests.world13 import make_registration


def roster(client: Client, course: Course, **details: str) -> str:
    record = course.launch(course.ines, instructor=True, **details)
    return client.get(reverse("roster", kwargs={"access": grant(record)})).content.decode()


def learner(client: Client, course: Course, **details: str) -> str:
    record = course.launch(course.alice, **details)
    return client.get(reverse("learner", kwargs={"access": grant(record)})).content.decode()


def test_teachers_read_that_there_is_no_column(client: Client, course: Course) -> None:
    """T13-AG-03."""
    assert "gives this link no grade column" in roster(client, course, address_refused="no_grade_column")
    assert "grade column" not in roster(client, course)


def test_a_column_that_another_launch_told_is_a_column(client: Client, course: Course) -> None:
    registration = make_registration(course.world.platform)
    LineItem.objects.create(resource_link=course.link, registration=registration, url="https://lms.example.edu/1")
    assert "grade column" not in roster(client, course, address_refused="no_grade_column")


def test_teachers_read_which_host_is_not_approved(client: Client, course: Course) -> None:
    """SEC-F4, SEC-F5."""
    page = roster(client, course, address_refused="evil.example", roster_refused="other.example")
    assert "grades sent to evil.example, which is not approved" in page
    assert "members at other.example, which is not approved" in page


@pytest.mark.parametrize("code", ["too_long", "not_a_web_address", "cannot_be_signed", "not_xml"])
def test_every_code_has_words(client: Client, course: Course, code: str) -> None:
    page = roster(client, course, address_refused=code, roster_refused=code)
    assert "The LMS sent" in page and code not in page and "not approved" not in page
    assert page.count("Tell the administrators.") == 1


def test_what_is_told_is_text(client: Client, course: Course) -> None:
    assert "<b>" not in roster(client, course, address_refused="<b>")


def test_learners_read_where_their_result_stays(client: Client, course: Course) -> None:
    page = learner(client, course, address_refused="no_grade_column")
    assert "has no grade column for this link" in page
    course.graded(course.alice, "waiting", lti11=None, outcome_service_url="", result_sourcedid="")
    page = learner(client, course, address_refused="no_grade_column")
    assert "has no grade column for this link" in page and "has not said yet where the result goes" not in page
    page = learner(client, course, address_refused="evil.example")
    assert "cannot go to the gradebook yet" in page and "evil" not in page
    assert "has not said yet where the result goes" in learner(client, course)


def test_an_address_that_an_earlier_launch_told_is_a_way(client: Client, course: Course) -> None:
    course.graded(course.alice, "delivered")
    page = learner(client, course, address_refused="no_grade_column")
    assert "grade column" not in page and "is in the gradebook of your course" in page
