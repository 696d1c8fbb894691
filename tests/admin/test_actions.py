"""Actions of the admin: they do what they say, and the admin's log says who did it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from tests.pages.course import Course

CELLS = "admin:lti_bridge_cell_changelist"
PLATFORMS = "admin:lti_bridge_platform_changelist"


@pytest.mark.parametrize(
    ("action", "state", "before", "after"),
    [
        ("release", "held", {"held": True}, {"held": False, "state": "pending"}),
        ("hold", "pending", {}, {"held": True, "state": "held"}),
        ("deliver_again", "needs_action", {"tries_used": 9}, {"tries_used": 0, "state": "pending"}),
    ],
)
def test_cells_are_acted_on_and_it_is_logged(course: Course, staff: Client, action, state, before, after) -> None:
    cell = course.graded(course.alice, state, **before)
    response = staff.post(reverse(CELLS), {"action": action, "_selected_action": [cell.pk]}, follow=True)
    cell.refresh_from_db()
    assert {name: getattr(cell, name) for name in after} == after
    assert "1 cell" in response.content.decode()
    assert LogEntry.objects.get().object_id == str(cell.pk)


def test_a_cell_with_nothing_to_send_is_counted_apart(course: Course, staff: Client) -> None:
    cell = course.cell(course.alice, "empty")
    response = staff.post(reverse(CELLS), {"action": "deliver_again", "_selected_action": [cell.pk]}, follow=True)
    assert "nothing to send" in response.content.decode()
    assert not LogEntry.objects.exists()


def test_deliveries_are_paused_and_resumed_with_history_and_log(course: Course, staff: Client) -> None:
    platform = course.world.platform
    for action, paused in (("pause", True), ("resume", False)):
        staff.post(reverse(PLATFORMS), {"action": action, "_selected_action": [platform.pk]})
        platform.refresh_from_db()
        assert platform.delivery_paused is paused
    assert platform.history.count() == 3
    assert LogEntry.objects.count() == 2
    assert platform.history.first().history_user.username == "root"
