"""Columns in the admin: what stays behind at one is delivered again."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge.models import Cell, LineItem
from tests.pages.course import Course
from tests.world13 import LINE_ITEM_URL, LINE_ITEMS_URL, make_registration

LIST = reverse("admin:lti_bridge_lineitem_changelist")


@pytest.fixture
def column(course: Course) -> LineItem:
    """A column that is gone, with a grade that could not be delivered there and one that was before."""
    row = LineItem.objects.create(
        resource_link=course.link,
        registration=make_registration(course.world.platform),
        url=LINE_ITEM_URL,
        container_url=LINE_ITEMS_URL,
        gone_at=timezone.now(),
    )
    course.graded(course.alice, "needs_action", line_item=row, reason="column_deleted", tries_used=1)
    course.graded(course.learner("Bob"), "delivered", line_item=row, sent_version=1)
    return row


def test_what_stays_behind_at_a_column_is_delivered_again(course: Course, staff: Client, column: LineItem) -> None:
    assert "gone" in staff.get(LIST).content.decode()
    told = {"action": "look_again", "_selected_action": [column.pk]}
    assert "1 grade is delivered again." in staff.post(LIST, told, follow=True).content.decode()
    states = {cell.learner.full_name: cell.state for cell in Cell.objects.select_related("learner")}
    assert states == {"Alice Liddell": "pending", "Bob": "delivered"}
    column.refresh_from_db()
    assert column.gone_at is None, "whoever delivers looks for it"
    assert LogEntry.objects.get().object_id == str(column.pk)


def test_who_may_only_look_delivers_nothing(client: Client, column: LineItem) -> None:
    user = get_user_model().objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_lineitem"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(LIST, {"action": "look_again", "_selected_action": [column.pk]})
    assert Cell.objects.filter(state="needs_action").count() == 1
