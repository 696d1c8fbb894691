"""From LTI 1.1 to 1.3: who has other ids now stays the same person, in the same course, at the same link."""

from dataclasses import replace

import pytest
from django.utils import timezone

from lti_bridge import flow, gradebook
from lti_bridge.launch.launch import Course, FormerIds, Launch, Link
from lti_bridge.models import Attempt, Cell, Context, Learner, Lti13Registration, Membership, ResourceLink
from tests.verified import verified
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
FORMER = FormerIds(user_id="alice-1", context_id="course-history", resource_link_id="link-1")


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)


@pytest.fixture
def world() -> World:
    return make_world()


def by_lti13(world: World, former: FormerIds | None = FORMER, user_id: str = "sub-of-alice") -> Launch:
    """Alice's launch by LTI 1.3, with ids of its own."""
    launch = verified(world.platform, user_id, former=former)
    return replace(launch, course=Course("uuid-of-course", "History"), link=Link("uuid-of-link", "Excel test"))


def test_person_course_link_attempt_and_cell_carry_over(world: World) -> None:
    """MG-04, MG-05"""
    before = flow.resolve(verified(world.platform))
    assert before.link and before.activity
    attempt = Attempt.objects.create(
        learner=before.learner, resource_link=before.link, activity=before.activity, number=1
    )
    after = flow.resolve(by_lti13(world))
    assert (after.learner, after.link, after.attempt) == (before.learner, before.link, attempt)
    assert (after.learner.user_id, after.learner.lti11_id) == ("sub-of-alice", "alice-1")
    assert Learner.objects.count() == Context.objects.count() == ResourceLink.objects.count() == 1


def test_a_second_launch_changes_nothing_more(world: World) -> None:
    flow.resolve(verified(world.platform))
    for _ in range(2):
        flow.resolve(by_lti13(world))
    assert Learner.objects.get().lti11_id == "alice-1"


def test_without_a_proof_the_launch_goes_on_as_new(world: World) -> None:
    """MG-02"""
    before = flow.resolve(verified(world.platform))
    after = flow.resolve(by_lti13(world, former=None))
    assert after.learner != before.learner
    assert Learner.objects.count() == 2


def test_two_histories_are_never_poured_into_one(world: World) -> None:
    """The person launched by LTI 1.3 before the platform proved who they were."""
    old = flow.resolve(verified(world.platform)).learner
    new = flow.resolve(by_lti13(world, former=None)).learner
    assert flow.resolve(by_lti13(world)).learner == new
    old.refresh_from_db()
    assert (old.user_id, old.lti11_id) == ("alice-1", "")


def test_whoever_was_only_read_from_a_roster_is_no_second_history(world: World) -> None:
    """The roster of a course may be read before its people launch by LTI 1.3."""
    before = flow.resolve(verified(world.platform))
    assert before.link
    listed = Learner.objects.create(platform=world.platform, user_id="sub-of-alice", full_name="Alice")
    other = Context.objects.create(platform=world.platform, context_id="course-biology")
    for context in (before.link.context, other):
        Membership.objects.create(context=context, learner=listed, roles=["learner"], seen_at=timezone.now())
    Membership.objects.create(context=other, learner=before.learner, roles=["instructor"], seen_at=timezone.now())
    after = flow.resolve(by_lti13(world))
    assert after.learner == before.learner and after.learner.user_id == "sub-of-alice"
    assert not Learner.objects.filter(pk=listed.pk).exists()
    roles = {row.context.context_id: row.roles for row in after.learner.memberships.select_related("context")}
    assert roles == {"uuid-of-course": ["learner"], "course-biology": ["instructor"]}


def test_a_link_that_was_left_behind_still_finds_the_person(world: World) -> None:
    flow.resolve(verified(world.platform))
    learner = flow.resolve(by_lti13(world)).learner
    again = flow.resolve(verified(world.platform))
    assert again.learner == learner
    assert again.link and again.link.resource_link_id == "uuid-of-link"
    assert Cell.objects.count() <= 1


def test_ids_that_are_the_same_need_no_carrying(world: World) -> None:
    before = flow.resolve(verified(world.platform))
    after = flow.resolve(verified(world.platform, former=FormerIds()))
    assert after.learner == before.learner
    assert after.learner.lti11_id == ""


def test_only_the_person_changed_their_id(world: World) -> None:
    before = flow.resolve(verified(world.platform))
    after = flow.resolve(verified(world.platform, "sub-of-alice", former=FormerIds(user_id="alice-1")))
    assert (after.learner, after.link) == (before.learner, before.link)


def test_people_of_another_platform_are_not_touched(world: World) -> None:
    """MG-03, SEC-I5"""
    other = replace(by_lti13(world), platform=type(world.platform).objects.create(name="other-lms"))
    mine = flow.resolve(verified(world.platform)).learner
    flow.resolve(other)
    mine.refresh_from_db()
    assert mine.user_id == "alice-1"


def test_a_former_id_that_somebody_else_has_by_lti13_is_theirs(world: World) -> None:
    """Ids of LTI 1.1 and of LTI 1.3 may be numbers both."""
    flow.resolve(verified(world.platform))
    alice = flow.resolve(by_lti13(world))
    launch = verified(world.platform)  # Dora, whom LTI 1.3 calls what LTI 1.1 called Alice, in another course
    launch.record.lti13 = Lti13Registration.objects.create(platform=world.platform, issuer="https://lms", client_id="c")
    launch.record.save()
    dora = flow.resolve(launch)
    assert dora.learner != alice.learner and dora.link != alice.link
    assert dora.link and alice.link and dora.link.context != alice.link.context
