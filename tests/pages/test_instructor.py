"""The instructor's roster, trail and choice."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge.models import Activity, Cell, LaunchRecord, ProviderEvent, ResourceLink, Try
from lti_bridge.pages.access import grant
from lti_bridge.pages.refused import in_words
from tests.pages.course import PAYLOAD, Course


def test_the_roster_shows_everybody_with_attempt_grade_and_gradebook(course: Course, client: Client) -> None:
    course.graded(course.alice)
    course.cell(course.learner("Bob"), "needs_action", reason="address_refused", reason_text="The LMS no longer knows.")
    course.attempt(course.learner("Cleo"), "started")
    page = client.get(course.inside("roster")).content.decode()
    for text in (
        "Alice Liddell",
        "72.5\N{NO-BREAK SPACE}%",
        "in the gradebook",
        "Bob",
        "The LMS no longer knows.",
        "Cleo",
        "started",
    ):
        assert text in page
    # What to do comes from the reason.
    assert "Let the learner open the link once more" in page
    assert "3 people" in page and "1 needs a look" in page
    assert "sourcedid-canary" not in page


def test_more_than_the_gradebook_can_hold_is_said_on_roster_and_trail(course: Course, client: Client) -> None:
    """E2E-04"""
    cell = course.cell(course.alice, "delivered", course.grade(course.attempt(course.alice), "1.1"))
    Try.objects.create(
        cell=cell, kind="send", version=1, score="1.1", result="delivered", status=200, started_at=timezone.now()
    )
    address = course.inside("roster")
    for page in (address, f"{address}?learner={course.alice.pk}"):
        shown = client.get(page).content.decode()
        assert "can hold 100\N{NO-BREAK SPACE}% at most; the provider gave 110\N{NO-BREAK SPACE}%" in shown
    assert "100 % · The gradebook can hold" in shown  # what was sent
    course.graded(course.learner("Bob"))
    assert client.get(address).content.decode().count("at most") == 1


def test_people_of_another_link_are_not_on_the_roster(course: Course, client: Client) -> None:
    other = ResourceLink.objects.create(context=course.link.context, resource_link_id="link-2", title="Other")
    Cell.objects.create(learner=course.alice, resource_link=other, platform=course.world.platform)
    assert "Alice" not in client.get(course.inside("roster")).content.decode()


def test_the_roster_takes_as_many_queries_for_a_hundred_as_for_one(
    course: Course, client: Client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    address = course.inside("roster")
    course.graded(course.alice)
    with django_assert_max_num_queries(9) as few:
        client.get(address)
    for number in range(110):
        course.graded(course.learner(f"Learner {number}"))
    with django_assert_num_queries(len(few)):
        page = client.get(address).content.decode()
    assert page.count("<tr>") == 101
    assert "Page 1 of 2" in page
    assert client.get(f"{address}?page=2").content.decode().count("<tr>") == 12


@pytest.mark.parametrize("number", ["0", "-1", "x", "999999"])
def test_a_page_that_is_not_there_shows_one_that_is(course: Course, client: Client, number: str) -> None:
    assert client.get(f"{course.inside('roster')}?page={number}").status_code == 200


def test_names_titles_and_reasons_are_text(course: Course, client: Client) -> None:
    evil = course.learner(PAYLOAD)
    course.graded(evil, "differs", reason="found_another", reason_text=PAYLOAD, found_score=PAYLOAD[:60])
    course.link.title = course.link.context.title = course.world.activity.title = PAYLOAD
    for row in (course.link, course.link.context, course.world.activity):
        row.save()
    address = course.inside("roster")
    for query in ("", f"?learner={evil.pk}", "?done=<script>"):
        page = client.get(address + query).content.decode()
        assert "<script>alert" not in page and "<img" not in page and "onerror='" not in page


@pytest.mark.parametrize(
    ("what", "state", "before", "after"),
    [
        ("release", "held", {"held": True}, {"held": False, "state": "pending"}),
        ("hold", "pending", {}, {"held": True, "state": "held"}),
        ("deliver", "needs_action", {"tries_used": 9}, {"tries_used": 0, "state": "pending"}),
    ],
)
def test_an_action_does_what_it_says_and_comes_back(course: Course, client: Client, what, state, before, after) -> None:
    cell = course.graded(course.alice, state, **before)
    response = client.post(course.inside("roster-act", cell=cell.pk, what=what), follow=True)
    assert response.redirect_chain[0][1] == 303
    cell.refresh_from_db()
    assert {name: getattr(cell, name) for name in after} == after
    assert 'role="status"' in response.content.decode()


def test_release_all_releases_every_held_grade_of_this_link_only(course: Course, client: Client) -> None:
    cells = [course.graded(course.learner(f"L{number}"), "held", held=True) for number in range(3)]
    other = ResourceLink.objects.create(context=course.link.context, resource_link_id="link-2")
    elsewhere = Cell.objects.create(
        learner=course.alice, resource_link=other, platform=course.world.platform, held=True, state="held"
    )
    client.post(course.inside("roster-act", cell=0, what="release-all"))
    assert not Cell.objects.filter(pk__in=[cell.pk for cell in cells], held=True).exists()
    elsewhere.refresh_from_db()
    assert elsewhere.held


@pytest.mark.parametrize("what", ["deliver", "hold", "release"])
def test_a_cell_of_another_link_cannot_be_touched(course: Course, client: Client, what: str) -> None:
    other = ResourceLink.objects.create(context=course.link.context, resource_link_id="link-2")
    cell = Cell.objects.create(learner=course.alice, resource_link=other, platform=course.world.platform, held=True)
    assert client.post(course.inside("roster-act", cell=cell.pk, what=what)).status_code == 404
    cell.refresh_from_db()
    assert cell.held


def test_an_action_nobody_knows_is_not_found(course: Course, client: Client) -> None:
    cell = course.graded(course.alice)
    assert client.post(course.inside("roster-act", cell=cell.pk, what="erase")).status_code == 404


def test_a_learner_cannot_release_their_own_grade(course: Course, client: Client) -> None:
    cell = course.graded(course.alice, "held", held=True)
    assert client.post(course.inside("roster-act", course.alice, cell=cell.pk, what="release")).status_code == 403
    cell.refresh_from_db()
    assert cell.held


def test_the_trail_tells_what_happened_in_order(course: Course, client: Client) -> None:
    course.launch(course.alice)
    course.graded(course.alice)
    page = client.get(f"{course.inside('roster')}?learner={course.alice.pk}").content.decode()
    steps = (
        "Launch from the LMS",
        "Attempt 1 made",
        "The provider told us",
        "result recorded",
        "Gradebook: send the score",
    )
    places = [page.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("which", ["stranger", "nobody", "nonsense"])
def test_the_trail_of_somebody_who_was_never_at_the_link_is_not_found(course: Course, client: Client, which) -> None:
    number = {"stranger": course.learner("Bob").pk, "nobody": 999, "nonsense": "x"}[which]
    assert client.get(f"{course.inside('roster')}?learner={number}").status_code == 404


# --- choosing an activity -------------------------------------------------------------------


def another(course: Course, **fields) -> Activity:
    values = {"slug": "word", "title": "Word", "account": course.world.account, "action": "take_test"} | fields
    return Activity.objects.create(**values)


def test_the_choice_lists_what_the_platform_may_open_and_nothing_else(course: Course, client: Client) -> None:
    from lti_bridge.models import Platform

    another(course)
    another(course, slug="off", title="Switched off", enabled=False)
    another(course, slug="theirs", title="Theirs").platforms.add(Platform.objects.create(name="other"))
    page = client.get(course.inside("choose-activity")).content.decode()
    assert "Take a test · Isograd (TOSA)" in page
    assert "Word" in page and "Switched off" not in page and "Theirs" not in page
    assert "Word" in client.get(f"{course.inside('choose-activity')}?q=wor").content.decode()
    assert "Nothing is called" in client.get(f"{course.inside('choose-activity')}?q=zzz").content.decode()


def test_choosing_binds_the_link(course: Course, client: Client) -> None:
    word = another(course)
    response = client.post(course.inside("choose-activity"), {"activity": "word"})
    assert response.status_code == 303
    course.link.refresh_from_db()
    assert (course.link.activity, course.link.bound_by) == (word, ResourceLink.BoundBy.INSTRUCTOR)


@pytest.mark.parametrize("slug", ["off", "nothing", ""])
def test_what_is_not_on_the_list_cannot_be_chosen(course: Course, client: Client, slug: str) -> None:
    another(course, slug="off", enabled=False)
    assert client.post(course.inside("choose-activity"), {"activity": slug}).status_code == 404


def test_once_somebody_sat_a_test_the_link_changes_only_with_its_name_typed_in(course: Course, client: Client) -> None:
    another(course)
    course.attempt(course.alice)
    address = course.inside("choose-activity")
    assert "To confirm, type Word" in client.post(address, {"activity": "word"}).content.decode()
    assert client.post(address, {"activity": "word", "confirm": "wrod"}).status_code == 409
    course.link.refresh_from_db()
    assert course.link.activity == course.world.activity
    assert client.post(address, {"activity": "word", "confirm": " word "}).status_code == 303
    course.link.refresh_from_db()
    assert course.link.activity.slug == "word"


# --- choosing while the LMS makes a link ----------------------------------------------------

SELECTION = {
    "return_url": "https://lms.example.edu/return?course=2",
    "data": "opaque & more",
    "accepts_multiple": True,
    "accepts_line_item": True,
    "document_targets": ["iframe"],
}


def selection(course: Course, *, instructor: bool = True, **fields) -> str:
    record = course.launch(course.ines, instructor=instructor, link=None, selection=SELECTION | fields)
    return reverse("selection", kwargs={"access": grant(record)})


def test_what_is_chosen_goes_back_to_the_lms_signed(course: Course, client: Client) -> None:
    another(course)
    response = client.post(selection(course), {"activity": ["word", "excel-basic"]})
    page = response.content.decode()
    assert 'action="https://lms.example.edu/return?course=2"' in page
    assert "oauth_signature" in page and "Word" in page and "Excel, basic" in page
    assert "https://lms.example.edu" in response["Content-Security-Policy"].partition("form-action")[2]


def test_only_one_goes_back_to_an_lms_that_takes_one(course: Course, client: Client) -> None:
    another(course)
    page = client.post(
        selection(course, accepts_multiple=False), {"activity": ["word", "excel-basic"]}
    ).content.decode()
    assert "Word" in page and "Excel, basic" not in page


def test_cancelling_goes_back_without_items(course: Course, client: Client) -> None:
    page = client.post(selection(course), {"activity": "excel-basic", "cancel": "yes"}).content.decode()
    assert "oauth_signature" in page and "content_items" not in page


def test_choosing_nothing_asks_again(course: Course, client: Client) -> None:
    response = client.post(selection(course), {})
    assert response.status_code == 422
    assert "Choose at least one" in response.content.decode()


def test_learners_choose_nothing(course: Course, client: Client) -> None:
    assert client.get(selection(course, instructor=False)).status_code == 403


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    course: Course, client: Client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    address = selection(course)
    with django_assert_max_num_queries(4) as few:
        client.get(address)
    for number in range(120):
        another(course, slug=f"a-{number}", title=f"Activity {number}")
    with django_assert_num_queries(len(few)):
        page = client.get(address).content.decode()
    assert page.count('type="checkbox"') == 100


def test_the_roster_offers_no_test_to_open(course: Course, client: Client) -> None:
    """An attempt is graded, and no provider could tell a teacher's from a learner's."""
    assert "learner/open" not in client.get(course.inside("roster")).content.decode()


@pytest.mark.parametrize("digits", [19, 30, 5000])
def test_a_learner_of_very_many_digits_is_not_there(course: Course, client: Client, digits: int) -> None:
    assert client.get(course.inside("roster"), {"learner": "9" * digits}).status_code == 404


def test_a_cell_of_very_many_digits_is_not_there(course: Course, client: Client) -> None:
    assert client.post(course.inside("roster-act", cell=int("9" * 30), what="hold")).status_code == 404


@pytest.mark.parametrize(("bound_by", "where"), [("path", "launch address"), ("custom", "custom parameter “activity”")])
def test_a_link_that_names_its_activity_offers_no_choice_and_says_where(
    course: Course, client: Client, bound_by: str, where: str
) -> None:
    another(course)
    course.link.bound_by = bound_by
    course.link.save()
    page = client.get(course.inside("roster")).content.decode()
    assert where in page and "Choose another activity" not in page
    response = client.post(course.inside("choose-activity"), {"activity": "word"})
    assert response.status_code == 422 and where in response.content.decode()
    course.link.refresh_from_db()
    assert course.link.activity == course.world.activity


def test_the_activity_is_confirmed_by_its_title_too(course: Course, client: Client) -> None:
    another(course, title="Word, expert")
    course.attempt(course.alice)
    response = client.post(course.inside("choose-activity"), {"activity": "word", "confirm": " word,  Expert"})
    assert response.status_code == 303


def test_a_button_that_opened_nothing_is_seen_on_the_roster_and_the_trail(course: Course, client: Client) -> None:
    course.alice.email = ""
    course.alice.save()
    access = grant(course.launch(course.alice))
    begin = reverse("learner-open", args=[access])
    assert client.post(begin).status_code == 422
    roster = course.inside("roster")
    trail = f"{roster}?learner={course.alice.pk}"
    words = "The LMS did not send the e-mail address."
    assert f"Could not open the test: {words}" in client.get(roster).content.decode()
    assert "The test could not be opened" in (page := client.get(trail).content.decode()) and words in page
    # The page goes on working, and what opens later is no trouble any more; the trail remembers.
    assert client.get(reverse("learner", args=[access])).status_code == 200
    course.alice.email = "alice@example.edu"
    course.alice.save()
    assert client.post(begin).status_code == 200
    assert "Could not open the test" not in client.get(roster).content.decode()
    assert words in client.get(trail).content.decode()


def test_a_second_attempt_that_could_not_be_opened_is_seen_too(course: Course, client: Client) -> None:
    course.graded(course.alice)
    Activity.objects.update(max_attempts=1)
    assert client.post(course.inside("learner-open", course.alice), {"another": "yes"}).status_code == 422
    assert "Could not open the test: All attempts are used." in client.get(course.inside("roster")).content.decode()


@pytest.mark.parametrize("code", ["email_missing", "name_missing"])
def test_who_was_refused_at_the_opening_is_seen_on_the_roster_and_the_trail(
    course: Course, client: Client, code: str
) -> None:
    course.attempt(course.alice, "created")
    LaunchRecord.objects.filter(pk=course.launch(course.alice).pk).update(refused=code)
    address = course.inside("roster")
    for page in (address, f"{address}?learner={course.alice.pk}"):
        shown = client.get(page).content.decode()
        assert in_words(code) in shown and code not in shown
    # A later launch that opened the test makes up for it.
    course.launch(course.alice)
    assert in_words(code) not in client.get(address).content.decode()


def test_a_link_without_a_test_says_that_nobody_is_listed(course: Course, client: Client) -> None:
    Activity.objects.update(action="view_report_pdf")
    page = client.get(course.inside("roster")).content.decode()
    assert "Who opens this link is not listed." in page and "Nobody has opened" not in page


def test_what_only_administrators_can_mend_is_for_them(course: Course, client: Client) -> None:
    course.cell(course.alice, "needs_action", reason="address_forbidden", reason_text="Must not be called.")
    page = client.get(course.inside("roster")).content.decode()
    assert "Tell the administrators: " in page and "(address_forbidden)" in page


def test_the_last_news_may_be_a_try(course: Course, client: Client) -> None:
    cell = course.graded(course.alice)
    cell.tries.update(started_at=timezone.now() + timedelta(days=400))
    year = (timezone.now() + timedelta(days=400)).year
    assert f'datetime="{year}-' in client.get(course.inside("roster")).content.decode()


def test_an_attempt_is_over_after_the_provider_told_something(course: Course, client: Client) -> None:
    course.graded(course.alice)
    event = ProviderEvent.objects.get()
    ProviderEvent.objects.update(reference="f744-0000-0000")
    course.alice.attempts.update(ended_at=event.received_at)
    page = client.get(f"{course.inside('roster')}?learner={course.alice.pk}").content.decode()
    assert page.index("The provider told us something") < page.index("over, says the provider")
    assert "f744-0000-0000" not in page


def test_a_reason_without_words_of_the_lms_is_told_in_ours(course: Course, client: Client) -> None:
    course.graded(course.alice, "needs_action", reason="column_deleted")
    page = client.get(course.inside("roster")).content.decode()
    assert "The column of this link is not in the gradebook any more" in page
    assert "Deliver again: the column is looked for" in page


def test_where_an_attempt_stands_is_no_grade_to_deliver_or_hold(course: Course, client: Client) -> None:
    course.attempt(course.alice, "submitted")
    course.cell(course.alice, "pending", wanted_version=1, wanted_progress="submitted")
    page = client.get(course.inside("roster")).content.decode()
    assert "Deliver again" not in page
    assert "Hold" not in page
