"""The learner's page: where the test stands and what there is to do."""

import pytest
from django.test import Client
from django.urls import reverse

from lti_bridge.models import Attempt
from lti_bridge.pages.access import grant
from tests.forms import html_form
from tests.pages.course import ORIGIN, PAYLOAD, Course

GO_ON, BEGIN, ANOTHER = "Go on with the test", "Begin the test", "Take another attempt"


@pytest.mark.parametrize(
    ("state", "says", "button"),
    [
        ("created", "Ready when you are", GO_ON),
        ("opened", "Your test is open", GO_ON),
        ("started", "You have begun", GO_ON),
        ("submitted", "Your result is on its way", None),
        ("marking", "A person marks your test", None),
        ("graded", "Done", ANOTHER),
        ("cancelled", "This attempt was cancelled", "Begin again"),
        ("failed", "Something went wrong with the test", "Begin again"),
    ],
)
def test_the_page_says_where_the_attempt_stands(course: Course, client: Client, state, says, button) -> None:
    course.attempt(course.alice, state)
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert says in page
    assert [each for each in (GO_ON, BEGIN, ANOTHER, "Begin again") if each in page] == ([button] if button else [])


def test_before_the_first_attempt_there_is_a_button_to_begin(course: Course, client: Client) -> None:
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert BEGIN in page and "refresh" not in page


@pytest.mark.parametrize("state", ["submitted", "marking"])
def test_a_page_that_waits_for_a_result_looks_again_by_itself(course: Course, client: Client, state: str) -> None:
    course.attempt(course.alice, state)
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert '<meta http-equiv="refresh" content="60">' in page


def test_the_result_is_shown_with_where_it_is(course: Course, client: Client) -> None:
    course.graded(course.alice)
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert "72.5\N{NO-BREAK SPACE}%" in page and "Your result is in the gradebook" in page


def test_a_result_that_the_gradebook_cannot_hold_as_a_whole_says_so(course: Course, client: Client) -> None:
    """E2E-04"""
    course.cell(course.alice, "delivered", course.grade(course.attempt(course.alice), "1.1"))
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert ">110\N{NO-BREAK SPACE}%" in page and "can hold 100\N{NO-BREAK SPACE}% at most" in page


def test_zero_is_a_result(course: Course, client: Client) -> None:
    course.cell(course.alice, "delivered", course.grade(course.attempt(course.alice), "0"))
    assert ">0\N{NO-BREAK SPACE}%" in client.get(course.inside("learner", course.alice)).content.decode()


def test_a_held_result_is_not_shown(course: Course, client: Client) -> None:
    course.graded(course.alice, "held", held=True)
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert "72.5" not in page and "0.725" not in page
    assert "Your teacher releases the results" in page


@pytest.mark.parametrize(("allowed", "number", "offered"), [(0, 5, True), (2, 1, True), (2, 2, False), (1, 1, False)])
def test_another_attempt_is_offered_while_some_are_left(
    course: Course, client: Client, allowed, number, offered
) -> None:
    course.world.activity.max_attempts = allowed
    course.world.activity.save()
    course.attempt(course.alice, "graded", number)
    assert (ANOTHER in client.get(course.inside("learner", course.alice)).content.decode()) == offered


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_the_launch_form_is_not_for_pages_of_other_sites(course: Course, client: Client, headers) -> None:
    """C11-27: neither loaded nor posted to, and no attempt begins."""
    address = course.inside("learner-open", course.alice)
    for answer in (client.get(address, headers=headers), client.post(address, headers=headers)):
        assert answer.status_code in (403, 405)
        assert "oauth_signature" not in answer.content.decode()
    assert not Attempt.objects.exists()


def test_each_launch_form_is_good_once(course: Course, client: Client) -> None:
    """C11-27"""
    address = course.inside("learner-open", course.alice)
    first, second = (html_form(client.post(address).content.decode()).fields for _ in "ab")
    assert first["oauth_nonce"] != second["oauth_nonce"]


def test_a_form_behind_a_launch_of_another_person_is_not_mine(course: Course, client: Client) -> None:
    """C11-27: the pass in the address says whose test it opens, whatever else a browser brings."""
    client.post(course.inside("learner-open", course.learner("Bob")))
    page = client.post(course.inside("learner-open", course.alice)).content.decode()
    assert html_form(page).fields["user_id"] == course.alice.opaque_id


def test_opening_the_test_begins_an_attempt_and_posts_to_the_provider(course: Course, client: Client) -> None:
    response = client.post(course.inside("learner-open", course.alice))
    page = response.content.decode()
    assert response.status_code == 200
    assert 'action="https://provider.example.net/lti/launch"' in page
    assert "Signed in as Alice Liddell" in page
    assert "provider-secret" not in page
    assert Attempt.objects.get().state == "opened"


def test_opening_after_a_graded_attempt_needs_the_wish_for_another(course: Course, client: Client) -> None:
    course.attempt(course.alice, "graded")
    address = course.inside("learner-open", course.alice)
    assert client.post(address).status_code == 422
    assert client.post(address, {"another": "yes"}).status_code == 200
    assert Attempt.objects.count() == 2


@pytest.mark.parametrize("state", ["submitted", "marking"])
def test_no_other_attempt_begins_while_the_result_is_still_to_come(course: Course, client: Client, state: str) -> None:
    course.attempt(course.alice, state)
    response = client.post(course.inside("learner-open", course.alice), {"another": "yes"})
    assert response.status_code == 422
    assert "The result of your last attempt is not here yet." in response.content.decode()
    assert Attempt.objects.count() == 1


def test_the_last_attempt_promises_no_other_while_its_result_is_to_come(course: Course, client: Client) -> None:
    course.world.activity.max_attempts = 1
    course.world.activity.save()
    course.attempt(course.alice, "submitted")
    response = client.post(course.inside("learner-open", course.alice), {"another": "yes"})
    assert "You have used all your attempts at this test." in response.content.decode()


@pytest.mark.parametrize("state", ["cancelled", "failed"])
@pytest.mark.parametrize("wish", [{}, {"another": "yes"}])
def test_after_an_attempt_that_came_to_nothing_one_begins_anew(course: Course, client: Client, state, wish) -> None:
    course.attempt(course.alice, state)
    assert client.post(course.inside("learner-open", course.alice), wish).status_code == 200
    assert Attempt.objects.count() == 2


def test_a_teacher_never_gets_an_attempt(course: Course, client: Client) -> None:
    course.ines.email = "ines@example.edu"
    course.ines.save()
    response = client.post(course.inside("learner-open"))
    assert response.status_code == 403
    assert "This is for learners" in response.content.decode()
    assert not Attempt.objects.exists()


def test_a_link_that_opens_nothing_yet_says_so(course: Course, client: Client) -> None:
    course.link.activity = None
    course.link.save()
    assert "Not ready yet" in client.get(course.inside("learner", course.alice)).content.decode()


def test_another_learners_result_is_never_shown(course: Course, client: Client) -> None:
    course.graded(course.learner("Bob"))
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert "72.5" not in page and BEGIN in page


def test_the_page_is_framed_by_the_platform_kept_by_nobody_and_says_nothing_of_where_it_is(
    course: Course, client: Client
) -> None:
    response = client.get(course.inside("learner", course.alice))
    policy = response["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {ORIGIN}" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "X-Frame-Options" not in response


def test_names_and_titles_are_text(course: Course, client: Client) -> None:
    course.world.activity.title = course.world.activity.description = PAYLOAD
    course.world.activity.save()
    course.link.context.title = PAYLOAD
    course.link.context.save()
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert "<script>alert" not in page and "<img" not in page


def test_the_page_takes_few_queries(course: Course, client: Client, django_assert_max_num_queries) -> None:
    course.graded(course.alice)
    address = course.inside("learner", course.alice)
    with django_assert_max_num_queries(5):
        client.get(address)


def test_another_attempt_says_that_it_is_a_new_test(course: Course, client: Client) -> None:
    course.attempt(course.alice, "graded")
    assert "This begins a new test." in client.get(course.inside("learner", course.alice)).content.decode()


def test_nothing_is_on_its_way_when_somebody_must_act(course: Course, client: Client) -> None:
    course.cell(
        course.alice, "needs_action", course.grade(course.attempt(course.alice, "submitted")), wanted_score=None
    )
    page = client.get(course.inside("learner", course.alice)).content.decode()
    assert "on its way" not in page and "has not reached the gradebook" in page


@pytest.mark.parametrize(
    ("url", "shown"), [(f"{ORIGIN}/back?course=2", True), ("javascript:alert(1)", False), ("", False)]
)
def test_a_finished_test_leads_back_to_the_course(course: Course, client: Client, url: str, shown: bool) -> None:
    course.graded(course.alice)
    access = grant(course.launch(course.alice, return_url=url))
    page = client.get(reverse("learner", kwargs={"access": access})).content.decode()
    assert ("Back to the course" in page) == shown and "javascript:" not in page


def test_an_unbound_link_sends_the_learner_to_the_teacher(course: Course, client: Client) -> None:
    course.link.activity = None
    course.link.save()
    page = client.post(course.inside("learner-open", course.alice)).content.decode()
    assert "Tell your teacher." in page and "tell support" not in page


def test_where_an_attempt_stands_is_no_result_on_its_way(course: Course, client: Client) -> None:
    course.attempt(course.alice, "submitted")
    course.cell(course.alice, "pending", wanted_version=1, wanted_progress="submitted")
    assert "on its way to the gradebook" not in client.get(course.inside("learner", course.alice)).content.decode()
