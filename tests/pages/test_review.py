"""From the LMS's gradebook to one person's work."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lti_bridge.models import Context, LaunchRecord, Learner, Lti13Registration, Platform, ResourceLink
from lti_bridge.pages.access import grant
from tests import world13
from tests.pages.course import Course
from tests.pages.course13 import REVIEW, another_deployment, column, launch, registered

URL = world13.LINE_ITEM_URL


def look(client: Client, record: LaunchRecord, **more: Any) -> Any:
    return client.get(reverse("review", kwargs={"access": grant(record)}), **more)


def teachers(course: Course, *, about: str = "alice-1", line_item: str = URL, **more: Any) -> LaunchRecord:
    return launch(course, REVIEW, course.ines, instructor=True, about=about, line_item=line_item, **more)


def test_a_teacher_sees_the_trail_of_the_person_the_gradebook_names(course: Course, client: Client) -> None:
    """T13-SR-01"""
    column(course)
    course.graded(course.alice)
    page = look(client, teachers(course)).content.decode()
    assert "Alice Liddell" in page and "result recorded" in page
    assert "Back to everybody" in page


def test_a_learner_sees_their_own_page(course: Course, client: Client) -> None:
    """T13-SR-02"""
    column(course)
    course.graded(course.alice)
    record = launch(course, REVIEW, course.alice, about="alice-1", line_item=URL, link=None)
    response = look(client, record, follow=True)
    assert response.redirect_chain[0][1] == 303
    page = response.content.decode()
    assert "Your result is in the gradebook" in page and "result recorded" not in page


def test_a_learner_sees_nobody_elses_work(course: Course, client: Client) -> None:
    """T13-SR-03"""
    column(course)
    course.graded(course.alice)
    response = look(client, launch(course, REVIEW, course.learner("Bob"), about="alice-1", line_item=URL))
    assert response.status_code == 403
    assert "Alice" not in response.content.decode()


def test_a_column_of_another_deployment_is_not_found(course: Course, client: Client) -> None:
    """T13-SR-04"""
    column(course, deployment=another_deployment(registered(course)))
    course.graded(course.alice)
    for link in ("", None):
        response = look(client, teachers(course, link=link))
        assert response.status_code == 404 and "Alice" not in response.content.decode()


def test_a_column_of_another_platform_is_not_found(course: Course, client: Client) -> None:
    """T13-SR-04: several institutions may share a registration."""
    theirs = Context.objects.create(platform=Platform.objects.create(name="theirs"), context_id="c")
    link = ResourceLink.objects.create(context=theirs, resource_link_id="l")
    column(course, link, deployment=None)
    course.graded(course.alice)
    assert look(client, teachers(course)).status_code == 404


def test_a_column_of_another_registration_is_not_found(course: Course, client: Client) -> None:
    """T13-SR-04"""
    registered(course)
    other = Lti13Registration.objects.create(platform=course.world.platform, issuer="https://x.example", client_id="x")
    column(course, registration=other, deployment=None)
    assert look(client, teachers(course)).status_code == 404


def test_the_link_is_found_by_its_column_where_the_launch_names_none(course: Course, client: Client) -> None:
    """T13-SR-05"""
    column(course)
    course.graded(course.alice)
    record = teachers(course, link=None)
    assert "Alice Liddell" in look(client, record).content.decode()
    # And the way back to everybody works.
    roster = client.get(reverse("roster", kwargs={"access": grant(record)}))
    assert roster.status_code == 200 and "Excel test" in roster.content.decode()


def test_the_column_counts_before_a_wrong_resource_link(course: Course, client: Client) -> None:
    """As Canvas names it, from its SpeedGrader."""
    wrong = ResourceLink.objects.create(context=course.link.context, resource_link_id="wrong", title="Wrong link")
    column(course)
    course.graded(course.alice)
    page = look(client, teachers(course, link=wrong)).content.decode()
    assert "Alice Liddell" in page and "Wrong link" not in page
    # And the wrong link is given no column by it.
    assert not hasattr(ResourceLink.objects.get(pk=wrong.pk), "line_item")


def test_of_two_links_with_one_column_the_one_that_was_launched_is_meant(course: Course, client: Client) -> None:
    other = ResourceLink.objects.create(context=course.link.context, resource_link_id="link-2", title="Second link")
    column(course)
    column(course, other)
    course.graded(course.alice)
    assert "Excel test" in look(client, teachers(course)).content.decode()
    assert "Second link" in look(client, teachers(course, link=other)).content.decode()


def test_a_column_that_nobody_knows_yet_is_that_of_the_launched_link(course: Course, client: Client) -> None:
    course.graded(course.alice)
    assert look(client, teachers(course)).status_code == 200
    column(course, url="")
    assert look(client, teachers(course)).status_code == 200


def test_a_strange_column_is_not_found(course: Course, client: Client) -> None:
    """T13-SR-04"""
    column(course)
    course.graded(course.alice)
    for link in ("", None):
        assert look(client, teachers(course, line_item=f"{URL}&x=1", link=link)).status_code == 404


def test_without_column_and_link_there_is_nothing(course: Course, client: Client) -> None:
    assert look(client, teachers(course, line_item="", link=None)).status_code == 404


@pytest.mark.parametrize("about", ["alice-1", "nobody"])
def test_who_has_not_opened_the_link_is_not_there_to_review(course: Course, client: Client, about: str) -> None:
    column(course)
    response = look(client, teachers(course, about=about))
    page = response.content.decode()
    assert response.status_code == 200 and "has not opened “Excel test” yet" in page
    assert ("Alice Liddell" in page) is (about == "alice-1")
    assert "To everybody at the link" in page


def test_people_of_another_platform_are_nobody_here(course: Course, client: Client) -> None:
    theirs = Platform.objects.create(name="theirs")
    course.learner("Bob")
    type(course.alice).objects.create(platform=theirs, user_id="same-id", full_name="Somebody Else")
    column(course)
    assert "Somebody Else" not in look(client, teachers(course, about="same-id")).content.decode()


def test_somebody_whom_lti_11_called_otherwise_is_found(course: Course, client: Client) -> None:
    column(course)
    course.graded(course.alice)
    course.alice.lti11_id = "old-alice"
    course.alice.save()
    assert "Alice Liddell" in look(client, teachers(course, about="old-alice")).content.decode()


@pytest.mark.parametrize(
    "message", ["LtiResourceLinkRequest", "LtiDataPrivacyLaunchRequest", "basic-lti-launch-request"]
)
def test_no_other_launch_opens_it(course: Course, client: Client, message: str) -> None:
    column(course)
    record = launch(course, message, course.ines, instructor=True, about="alice-1", line_item=URL)
    assert look(client, record).status_code == 403
    assert look(client, launch(course, REVIEW, course.ines, instructor=True, line_item=URL)).status_code == 403


def test_an_id_is_who_has_it_now_not_who_had_it_by_lti11(course: Course, client: Client) -> None:
    """By LTI 1.1 the instructor was called what a learner is called by LTI 1.3."""
    column(course)
    Learner.objects.filter(pk=course.ines.pk).update(lti11_id="alice-2")
    dora = Learner.objects.create(platform=course.world.platform, user_id="alice-2", full_name="Dora Later")
    course.graded(dora)
    page = look(client, teachers(course, about="alice-2")).content.decode()
    assert "Dora Later" in page and "result recorded" in page
