"""Rosters: read from an LMS over real sockets, kept, and never a reason to forget anybody."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from lti_bridge import roster, tasks
from lti_bridge.models import Attempt, Cell, Context, Grade, Learner, Membership, Platform
from lti_bridge.pages.access import grant
from tests import world13
from tests.nrps_server import MEDIA_TYPE, MEMBERSHIP, Roster, member, roster_server
from tests.pages.course import PAYLOAD, Course, make_course


@pytest.fixture
def course(db: None) -> Course:
    return make_course()


@pytest.fixture
def lms(course: Course) -> Iterator[Roster]:
    """The course's LMS, whose roster the course's launches told."""
    registration = world13.make_registration(course.world.platform)
    with roster_server(registration) as running:
        context = course.link.context
        context.memberships_url, context.memberships_by = running.url, registration
        context.save()
        yield running


def kept(course: Course) -> dict[str, tuple[str, list[str]]]:
    """Everybody's status and roles, by user id."""
    rows = Membership.objects.filter(context=course.link.context).select_related("learner")
    return {row.learner.user_id: (row.status, row.roles) for row in rows}


# --- reading --------------------------------------------------------------------------------


def test_members_become_people_with_status_and_roles(course: Course, lms: Roster) -> None:
    """T13-NR-01, T13-NR-06, T13-NR-08"""
    lms.pages = [
        [member("alice-1", "Alice Liddell"), member("bob-2", "Bob", f"{MEMBERSHIP}Learner")],
        [{"user_id": "cleo-3"}, member("ines-3", "Ines Teacher", "Instructor")],
        [
            {
                "user_id": "tom-4",
                "roles": [
                    f"{MEMBERSHIP}Instructor",
                    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
                ],
            }
        ],
    ]
    counts = roster.read_roster(course.link.context)
    assert counts == roster.Counts(listed=5, new=3, gone=0)
    assert kept(course) == {
        "alice-1": ("active", ["learner"]),
        "bob-2": ("active", ["learner"]),
        "cleo-3": ("active", []),
        "ines-3": ("active", ["instructor"]),
        "tom-4": ("active", ["assistant"]),
    }
    context = Context.objects.get()
    assert context.roster_read_at and not context.roster_problem


def test_a_second_reading_changes_what_changed_and_makes_nobody_twice(course: Course, lms: Roster) -> None:
    lms.pages = [[member("alice-1", "Alice Liddell"), member("bob-2", "Bob")]]
    roster.read_roster(course.link.context)
    ids = set(Learner.objects.values_list("pk", "opaque_id"))
    lms.pages = [[member("alice-1", "Alice Smith", "Instructor", section="Monday"), member("bob-2", "Bob")]]
    assert roster.read_roster(course.link.context) == roster.Counts(listed=2, new=0, gone=0)
    assert set(Learner.objects.values_list("pk", "opaque_id")) == ids
    course.alice.refresh_from_db()
    assert course.alice.full_name == "Alice Smith"
    row = Membership.objects.get(learner=course.alice)
    assert (row.roles, row.sections) == (["instructor"], ["Monday"])


def test_an_lms_that_tells_no_name_renames_nobody(course: Course, lms: Roster) -> None:
    lms.pages = [[{"user_id": "alice-1"}]]
    roster.read_roster(course.link.context)
    course.alice.refresh_from_db()
    assert (course.alice.full_name, course.alice.email) == ("Alice Liddell", "alice@example.edu")


def test_people_are_those_of_the_course_s_platform(course: Course, lms: Roster) -> None:
    theirs = Learner.objects.create(platform=Platform.objects.create(name="theirs"), user_id="bob-2", full_name="X")
    lms.pages = [[member("bob-2", "Bob")]]
    roster.read_roster(course.link.context)
    theirs.refresh_from_db()
    assert theirs.full_name == "X"
    assert Learner.objects.get(platform=course.world.platform, user_id="bob-2").full_name == "Bob"


def test_who_is_no_longer_listed_has_left_and_keeps_everything(course: Course, lms: Roster) -> None:
    """T13-NR-09"""
    course.graded(course.alice)
    lms.pages = [[member("alice-1"), member("bob-2", "Bob")]]
    roster.read_roster(course.link.context)
    lms.pages = [[member("bob-2", "Bob")]]
    assert roster.read_roster(course.link.context) == roster.Counts(listed=1, new=0, gone=1)
    assert kept(course)["alice-1"][0] == "deleted"
    for model in (Attempt, Grade, Cell):
        assert model.objects.count() == 1
    # Once more, nobody leaves twice; and whoever is back is back.
    assert roster.read_roster(course.link.context) == roster.Counts(listed=1, new=0, gone=0)
    lms.pages = [[member("alice-1"), member("bob-2", "Bob")]]
    roster.read_roster(course.link.context)
    assert kept(course)["alice-1"][0] == "active"


@pytest.mark.parametrize("status", ["Inactive", "Deleted"])
def test_what_the_lms_says_of_a_member_is_kept(course: Course, lms: Roster, status: str) -> None:
    """T13-NR-09"""
    lms.pages = [[member("alice-1", status=status), member("nobody-9", "Never Here", status=status)]]
    roster.read_roster(course.link.context)
    assert kept(course) == {"alice-1": (status.lower(), ["learner"])}
    # Nothing is kept of somebody who was never here and is not there either.
    assert not Learner.objects.filter(user_id="nobody-9").exists()


def test_members_of_other_courses_stay(course: Course, lms: Roster) -> None:
    other = Context.objects.create(platform=course.world.platform, context_id="biology")
    Membership.objects.create(context=other, learner=course.alice, seen_at=timezone.now() - timedelta(days=9))
    lms.pages = [[member("bob-2")]]
    roster.read_roster(course.link.context)
    assert Membership.objects.get(context=other).status == "active"


def test_two_thousand_members_take_few_statements(course: Course, lms: Roster, django_assert_max_num_queries) -> None:
    lms.pages = [[member(f"user-{page}-{each}", f"Name {each}") for each in range(100)] for page in range(20)]
    with django_assert_max_num_queries(60):
        roster.read_roster(course.link.context)
    assert Membership.objects.count() == 2000


# --- when it fails --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instead", "code", "words"),
    [
        ((403, {}, b"{}"), "not_permitted", "does not let this tool read"),
        ((404, {}, b"{}"), "no_roster", "no longer knows"),
        ((500, {}, b"{}"), "unavailable", "did not answer properly"),
        ((200, {"Content-Type": MEDIA_TYPE}, b'{"members": []}'), "empty", "nothing was changed"),
        ((200, {"Content-Type": MEDIA_TYPE}, b"<html>"), "not_an_answer", "Tell the administrators"),
    ],
)
def test_a_reading_that_fails_changes_nothing_and_says_why(
    course: Course, lms: Roster, client: Client, instead: Any, code: str, words: str
) -> None:
    lms.pages = [[member("alice-1")]]
    roster.read_roster(course.link.context)
    before = kept(course)
    lms.instead = instead
    assert roster.read_roster(course.link.context) is None
    context = Context.objects.get()
    assert context.roster_problem.startswith(code) and context.roster_read_at
    assert kept(course) == before
    assert words in client.get(course.inside("roster")).content.decode()
    lms.instead = None
    roster.read_roster(course.link.context)
    assert Context.objects.get().roster_problem == ""


def test_pages_without_an_end_are_an_error_for_the_administrators(course: Course, lms: Roster) -> None:
    """T13-NR-07"""
    lms.pages, lms.next_link = [[member("alice-1")]], "{url}&limit=100"
    assert roster.read_roster(course.link.context) is None
    assert Context.objects.get().roster_problem == "not_an_answer The pages of the list do not come to an end."
    assert kept(course) == {}


def test_a_course_whose_launches_told_no_roster_has_none(course: Course) -> None:
    assert roster.read_roster(course.link.context) is None
    assert Context.objects.get().roster_problem.startswith("no_address")


def test_a_registration_that_was_switched_off_is_not_asked(course: Course, lms: Roster) -> None:
    registration = course.world.platform.lti13.get()
    registration.enabled = False
    registration.save()
    assert roster.read_roster(Context.objects.get()) is None
    assert Context.objects.get().roster_problem.startswith("registration_off")
    assert lms.served.asked == []


# --- who is in the course -------------------------------------------------------------------


def test_members_of_a_link_are_those_who_learn_there_now(course: Course, lms: Roster) -> None:
    lms.pages = [
        [
            member("bob-2", "Bob", family_name="B"),
            member("alice-1", "Alice Liddell", family_name="A"),
            member("ines-3", "Ines", "Instructor"),
            {"user_id": "both-5", "roles": ["Learner", "Instructor"]},
            member("gone-6", status="Inactive"),
            {"user_id": "nothing-7"},
        ]
    ]
    roster.read_roster(course.link.context)
    assert [row.learner.user_id for row in roster.members_of(course.link)] == ["alice-1", "bob-2"]


# --- the page -------------------------------------------------------------------------------


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does what it is told in the same moment."""
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)


def test_an_instructor_reads_the_roster_and_sees_who_is_missing(
    course: Course, lms: Roster, client: Client, at_once: None
) -> None:
    course.graded(course.alice)
    lms.pages = [
        [member("alice-1"), member("bob-2", "Bob Ünïcode", section="Monday"), member("ines-3", "I", "Instructor")]
    ]
    page = client.get(address := course.inside("roster")).content.decode()
    assert "Read the roster" in page and "not opened this link yet" in page
    page = client.post(f"{address}/read", follow=True).content.decode()
    assert "is asked for its roster" in page
    assert "1 person has not opened this link yet" in page
    assert "Bob Ünïcode" in page and "Monday" in page and "As of" in page
    course.attempt(Learner.objects.get(user_id="bob-2"), "opened")
    assert "Everybody who learns in the course has opened" in client.get(address).content.decode()


def test_while_it_is_read_the_page_says_so_and_asks_nobody_twice(
    course: Course, lms: Roster, client: Client, monkeypatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks.read_roster, "delay", told.append)
    address = course.inside("roster")
    for _press in range(2):
        page = client.post(f"{address}/read", follow=True).content.decode()
    assert told == [course.link.context_id]
    assert "is being asked who is in the course" in page and 'http-equiv="refresh"' in page
    assert "<button>Read the roster</button>" not in page
    # A worker that died is not waited for.
    Context.objects.update(roster_asked_at=timezone.now() - tasks.ROSTER_TAKES)
    assert "Read the roster" in client.get(address).content.decode()
    client.post(f"{address}/read")
    assert len(told) == 2


def test_without_a_broker_nobody_waits_in_vain(course: Course, lms: Roster, client: Client, monkeypatch) -> None:
    def broken(_context: int) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.read_roster, "delay", broken)
    response = client.post(f"{course.inside('roster')}/read")
    assert response.status_code == 503 and "cannot be read just now" in response.content.decode()
    assert Context.objects.get().roster_asked_at is None


def test_without_an_address_there_is_no_button(course: Course, client: Client) -> None:
    assert "Read the roster" not in client.get(course.inside("roster")).content.decode()


def test_learners_read_no_roster(course: Course, lms: Roster, client: Client) -> None:
    assert client.post(f"{course.inside('roster', course.alice)}/read").status_code == 403
    assert client.get(f"{course.inside('roster')}/read").status_code == 405
    assert lms.served.asked == []


def test_names_and_sections_of_members_are_text(course: Course, lms: Roster, client: Client) -> None:
    lms.pages = [[member("evil", PAYLOAD, section=PAYLOAD)]]
    roster.read_roster(course.link.context)
    page = client.get(course.inside("roster")).content.decode()
    assert "<script>alert" not in page and "onerror='" not in page


def test_a_long_list_is_cut_and_says_so(course: Course, lms: Roster, client: Client) -> None:
    lms.pages = [[member(f"u-{each}", f"Name {each:03}") for each in range(250)]]
    roster.read_roster(course.link.context)
    page = client.get(course.inside("roster")).content.decode()
    assert "250 people have not opened" in page and "The first 200 by name" in page
    assert page.count("Name ") == 200


# --- leaving --------------------------------------------------------------------------------


def test_who_left_the_course_has_no_page_any_more_until_they_launch_again(
    course: Course, lms: Roster, client: Client
) -> None:
    """T13-NR-09: access ends; grades are kept."""
    course.graded(course.alice)
    before = reverse("learner", kwargs={"access": grant(course.launch(course.alice))})
    lms.pages = [[member("alice-1", status="Inactive"), member("bob-2")]]
    roster.read_roster(course.link.context)
    response = client.get(before)
    assert response.status_code == 403 and "no longer in this course" in response.content.decode()
    # The LMS lets them in, and it knows.
    assert client.get(course.inside("learner", course.alice)).status_code == 200
    page = client.get(course.inside("roster")).content.decode()
    assert "Alice Liddell" in page and "inactive" in page
    assert Grade.objects.count() == 1


def test_who_left_another_course_stays_in_this_one(course: Course, client: Client) -> None:
    other = Context.objects.create(platform=course.world.platform, context_id="biology")
    address = course.inside("learner", course.alice)
    Membership.objects.create(
        context=other, learner=course.alice, status="deleted", seen_at=timezone.now() + timedelta(hours=1)
    )
    assert client.get(address).status_code == 200
