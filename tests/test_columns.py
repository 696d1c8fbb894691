"""Where grades go, as LTI 1.3 launches tell it: one column serves everybody at a link."""

from dataclasses import replace

import pytest
from django.utils import timezone

from lti_bridge import flow, gradebook
from lti_bridge.launch.launch import LineItemAddress, OutcomeAddress, Role, RosterAddress
from lti_bridge.models import Cell, CellState, Context, LineItem, Lti13Registration, ResourceLink
from tests.delivery.cells import grade
from tests.verified import verified
from tests.world import World, make_world
from tests.world13 import AGS_SCOPES, LINE_ITEM_URL, LINE_ITEMS_URL, MEMBERSHIPS_URL, make_registration

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def column(
    registration: Lti13Registration, url: str = LINE_ITEM_URL, container: str = LINE_ITEMS_URL
) -> LineItemAddress:
    return LineItemAddress(registration.pk, registration.deployments.get().pk, url, container, AGS_SCOPES)


def outcome(world: World, sourcedid: str = "alice-cell") -> OutcomeAddress:
    return OutcomeAddress(world.lti11.pk, "https://lms.example.edu/service", sourcedid)


def test_a_learners_launch_tells_the_column_and_the_cell_uses_it(world: World, registration: Lti13Registration) -> None:
    flow.resolve(verified(world.platform, address=column(registration)))
    cell = Cell.objects.get()
    assert cell.line_item and cell.line_item.url == LINE_ITEM_URL
    assert cell.has_address


def test_a_teachers_launch_gives_an_address_to_those_who_wait(world: World, registration: Lti13Registration) -> None:
    """E2E-09: the learner came by LTI 1.1 without an address; the teacher opens the link by LTI 1.3."""
    placement = flow.resolve(verified(world.platform))
    assert placement.link
    cell = grade(placement.learner, placement.link, "0.5")
    assert cell.state == CellState.WAITING
    flow.resolve(verified(world.platform, "ines-3", role=Role.INSTRUCTOR, address=column(registration)))
    cell.refresh_from_db()
    assert (cell.state, cell.line_item) == (CellState.PENDING, LineItem.objects.get())
    assert Cell.objects.count() == 1


def test_who_is_graded_without_a_launch_of_their_own_gets_the_column_too(
    world: World, registration: Lti13Registration
) -> None:
    flow.resolve(verified(world.platform, "ines-3", role=Role.INSTRUCTOR, address=column(registration)))
    placement = flow.resolve(verified(world.platform))
    assert placement.link
    assert grade(placement.learner, placement.link, "0.5").state == CellState.PENDING


def test_after_the_move_to_lti13_a_wanted_grade_goes_to_the_column(
    world: World, registration: Lti13Registration
) -> None:
    """E2E-12"""
    placement = flow.resolve(verified(world.platform, address=outcome(world)))
    assert placement.link
    grade(placement.learner, placement.link, "0.5")
    Cell.objects.update(state=CellState.NEEDS_ACTION, due_at=None, reason="address_refused", tries_used=3)
    flow.resolve(verified(world.platform, address=column(registration)))
    cell = Cell.objects.get()
    assert (cell.state, cell.tries_used, cell.reason) == (CellState.PENDING, 0, "")
    assert cell.line_item_id and cell.result_sourcedid == "alice-cell"


def test_the_form_of_address_that_was_told_last_counts(world: World, registration: Lti13Registration) -> None:
    flow.resolve(verified(world.platform, address=column(registration)))
    flow.resolve(verified(world.platform, address=outcome(world)))
    cell = Cell.objects.get()
    assert cell.line_item is None and cell.result_sourcedid == "alice-cell"


def test_a_launch_without_the_line_item_keeps_the_one_that_was_found(
    world: World, registration: Lti13Registration
) -> None:
    """Moodle stops naming it once there are two."""
    flow.resolve(verified(world.platform, address=column(registration)))
    flow.resolve(verified(world.platform, address=column(registration, url="")))
    assert LineItem.objects.get().url == LINE_ITEM_URL


def test_in_another_container_the_line_item_is_looked_for_anew(world: World, registration: Lti13Registration) -> None:
    flow.resolve(verified(world.platform, address=column(registration)))
    elsewhere = "https://lms.example.edu/other/lineitems"
    flow.resolve(verified(world.platform, address=column(registration, url="", container=elsewhere)))
    row = LineItem.objects.get()
    assert (row.url, row.container_url) == ("", elsewhere)


def test_a_column_that_was_gone_is_used_again_when_a_launch_names_one(
    world: World, registration: Lti13Registration
) -> None:
    flow.resolve(verified(world.platform, address=column(registration)))
    LineItem.objects.update(gone_at=timezone.now())
    flow.resolve(verified(world.platform, address=column(registration, url=f"{LINE_ITEM_URL}&new")))
    assert LineItem.objects.get().gone_at is None


def test_nothing_is_written_when_a_launch_tells_nothing_new(world: World, registration: Lti13Registration) -> None:
    flow.resolve(verified(world.platform, address=column(registration)))
    before = LineItem.objects.values().get()
    flow.resolve(verified(world.platform, address=column(registration)))
    assert LineItem.objects.values().get() == before


def test_two_courses_have_two_columns(world: World, registration: Lti13Registration) -> None:
    """E2E-13, SEC-G1: one learner, the same exam, two links."""
    one = verified(world.platform, address=column(registration))
    other = replace(
        verified(world.platform, address=column(registration, url=f"{LINE_ITEM_URL}&other")),
        course=replace(one.course, context_id="course-biology"),
    )
    for launch in (one, other):
        flow.resolve(launch)
    assert ResourceLink.objects.count() == LineItem.objects.count() == 2
    for cell in Cell.objects.select_related("line_item", "resource_link"):
        assert cell.line_item and cell.line_item.resource_link == cell.resource_link


def test_the_address_of_the_roster_is_kept_with_the_course(world: World, registration: Lti13Registration) -> None:
    """T13-NR-01"""
    flow.resolve(verified(world.platform, roster=RosterAddress(registration.pk, MEMBERSHIPS_URL)))
    context = Context.objects.get()
    assert (context.memberships_url, context.memberships_by) == (MEMBERSHIPS_URL, registration)
