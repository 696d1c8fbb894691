"""What is kept about a person: shown, given out, erased, and by whom."""

import json
import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lti_bridge.models import Attempt, Cell, Grade, LaunchRecord, Learner, Membership, Try
from lti_bridge.pages.access import grant
from tests.pages.course import PAYLOAD, Course
from tests.pages.course13 import PRIVACY, REVIEW, launch


def page(record: LaunchRecord, name: str = "privacy") -> str:
    return reverse(name, kwargs={"access": grant(record)})


def own(course: Course, **more: Any) -> LaunchRecord:
    return launch(course, PRIVACY, course.alice, link=None, **more)


def officers(course: Course, **more: Any) -> LaunchRecord:
    return launch(course, PRIVACY, course.ines, link=None, **({"about": "alice-1", "administers": True} | more))


def test_a_person_sees_what_is_kept_about_them(course: Course, client: Client) -> None:
    course.graded(course.alice)
    shown = client.get(page(own(course))).content.decode()
    for text in ("What is kept about you", "Alice Liddell", "alice@example.edu", "alice-1", "Attempts", "Grades"):
        assert text in shown
    # And what erasing does not reach.
    assert "campus-moodle keeps" in shown


def test_administrators_see_somebody_elses(course: Course, client: Client) -> None:
    record = launch(course, PRIVACY, course.ines, instructor=False, about="alice-1", administers=True)
    assert "What is kept about Alice Liddell" in client.get(page(record)).content.decode()


@pytest.mark.parametrize("name", ["privacy", "privacy-export"])
def test_who_teaches_one_course_neither_sees_nor_erases_what_is_kept_of_all(
    course: Course, client: Client, name: str
) -> None:
    record = launch(course, PRIVACY, course.ines, instructor=True, about="alice-1", administers=False)
    response = client.get(page(record, name))
    assert response.status_code == 403 and "Alice" not in response.content.decode()
    assert client.post(page(record), {"confirm": "Alice Liddell"}).status_code == 403
    assert Learner.objects.filter(pk=course.alice.pk).exists()


@pytest.mark.parametrize("name", ["privacy", "privacy-export"])
def test_nobody_else_sees_it_or_erases_it(course: Course, client: Client, name: str) -> None:
    record = launch(course, PRIVACY, course.learner("Bob"), about="alice-1")
    response = client.get(page(record, name))
    assert response.status_code == 403 and "Alice" not in response.content.decode()
    assert client.post(page(record), {"confirm": "Alice Liddell"}).status_code == 403
    assert Learner.objects.filter(pk=course.alice.pk).exists()


@pytest.mark.parametrize("name", ["privacy", "privacy-export"])
@pytest.mark.parametrize("message", ["LtiResourceLinkRequest", REVIEW, "basic-lti-launch-request"])
def test_no_other_launch_opens_it(course: Course, client: Client, message: str, name: str) -> None:
    """Else anybody could erase their own attempts, and begin with a clean slate."""
    record = launch(course, message, course.alice, about="alice-1")
    assert client.get(page(record, name)).status_code == 403
    assert client.post(page(record), {"confirm": "Alice Liddell"}).status_code == 403
    assert Learner.objects.filter(pk=course.alice.pk).exists()


def test_all_of_it_comes_as_a_file(course: Course, client: Client) -> None:
    course.graded(course.alice)
    response = client.get(page(own(course), "privacy-export"))
    assert response["Content-Disposition"] == 'attachment; filename="person.json"'
    assert response["Cache-Control"] == "no-store"
    told = json.loads(response.content)
    assert told["learner"]["user_id"] == "alice-1" and len(told["grades"]) == 1
    assert course.ines.full_name not in response.content.decode()


@pytest.mark.parametrize("typed", ["Alice Liddell", " alice  LIDDELL ", "alice-1"])
def test_what_was_typed_in_erases_it(course: Course, client: Client, caplog, typed: str) -> None:
    """S18"""
    caplog.set_level(logging.INFO)
    course.graded(course.alice)
    course.graded(bob := course.learner("Bob"))
    Membership.objects.create(context=course.link.context, learner=course.alice, seen_at=course.launch(bob).received_at)
    record = officers(course)
    response = client.post(page(record), {"confirm": typed})
    assert (
        response.status_code == 200 and "Nothing is kept here about this person any more" in response.content.decode()
    )
    assert not Learner.objects.filter(user_id="alice-1").exists()
    for model in (Attempt, Cell, Grade, Try):
        assert model.objects.count() == 1  # Bob's
    # The log says that it was done, by which launch, and nothing about the person.
    assert "person_erased" in caplog.text and record.reference in caplog.text
    for told in ("alice", "Alice", "Liddell", course.alice.opaque_id):
        assert told not in caplog.text
    # Nor does the launch that asked for it.
    record.refresh_from_db()
    assert "alice-1" not in json.dumps(record.details)
    assert client.get(page(record)).status_code in (200, 403)


@pytest.mark.parametrize("typed", [None, "", "Alice", "Bob", "yes"])
def test_anything_else_erases_nothing(course: Course, client: Client, typed: str | None) -> None:
    response = client.post(page(own(course)), {"confirm": typed} if typed is not None else {})
    assert response.status_code == 409 and "nothing was erased" in response.content.decode()
    assert Learner.objects.filter(pk=course.alice.pk).exists()


def test_reading_the_page_erases_nothing(course: Course, client: Client) -> None:
    client.get(page(own(course)), {"confirm": "Alice Liddell"})
    assert Learner.objects.filter(pk=course.alice.pk).exists()


def test_a_post_from_another_site_erases_nothing(course: Course, client: Client) -> None:
    response = client.post(
        page(own(course)), {"confirm": "Alice Liddell"}, headers={"Origin": "https://evil.example.net"}
    )
    assert response.status_code == 403
    assert Learner.objects.filter(pk=course.alice.pk).exists()


def test_whoever_erased_themselves_has_no_page_any_more(course: Course, client: Client) -> None:
    course.graded(course.alice)
    address = page(own(course))
    assert client.post(address, {"confirm": "Alice Liddell"}).status_code == 200
    response = client.get(address)
    assert response.status_code == 403 and "expired" in response.content.decode()


@pytest.mark.parametrize("about", ["nobody", "bob-of-another-lms"])
def test_of_somebody_unknown_nothing_is_kept(course: Course, client: Client, about: str) -> None:
    record = officers(course, about=about)
    assert "Nothing is kept" in client.get(page(record)).content.decode()
    assert client.get(page(record, "privacy-export")).status_code == 404


def test_names_are_text(course: Course, client: Client) -> None:
    Learner.objects.filter(pk=course.alice.pk).update(full_name=PAYLOAD, email=PAYLOAD)
    shown = client.get(page(own(course))).content.decode()
    assert "<script>alert" not in shown and "onerror='" not in shown


def test_a_former_id_of_ones_own_gives_nobody_elses_data_and_erases_nobody_else(course: Course, client: Client) -> None:
    """By LTI 1.1 the officer was called what a learner is called by LTI 1.3."""
    Learner.objects.filter(pk=course.ines.pk).update(lti11_id="alice-1")
    address = page(officers(course))
    assert "What is kept about Alice Liddell" in client.get(address).content.decode()
    assert client.post(address, {"confirm": "alice-1"}).status_code == 200
    assert list(Learner.objects.values_list("pk", flat=True)) == [course.ines.pk]
