"""Deployments in the admin: a person says whose they are, and what was approved does not move."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lti_bridge.models import Deployment, LaunchRecord, LineItem, Platform
from tests.pages.course import Course
from tests.world13 import make_registration

LIST = reverse("admin:lti_bridge_deployment_changelist")


@pytest.fixture
def waiting(course: Course) -> Deployment:
    registration = make_registration(course.world.platform)
    return Deployment.objects.create(
        registration=registration, platform=course.world.platform, deployment_id="waits-42"
    )


def act(staff: Client, action: str, *rows: Deployment, **more: str) -> str:
    told = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return staff.post(LIST, told, follow=True).content.decode()


def delete(staff: Client, row: Deployment) -> None:
    staff.post(reverse("admin:lti_bridge_deployment_delete", args=[row.pk]), {"post": "yes"})


def launched(course: Course, row: Deployment) -> None:
    LaunchRecord.objects.create(
        platform=course.world.platform,
        lti13=row.registration,
        deployment=row,
        nonce=f"n{row.pk}",
        reference="r",
        received_at="2026-11-26T00:00Z",
    )


def test_those_that_wait_come_first(staff: Client, waiting: Deployment) -> None:
    page = staff.get(LIST).content.decode()
    ids = re.findall(r'<a href="[^"]+/deployment/\d+/change/[^"]*">([^<]+)</a>', page)
    assert ids == ["waits-42", "2"]
    for standing, count in (("waiting", 1), ("approved", 1), ("refused", 0)):
        assert staff.get(f"{LIST}?standing={standing}").context["cl"].result_count == count


def test_approving_asks_whose_it_is_and_then_says_so(course: Course, staff: Client, waiting: Deployment) -> None:
    other = Platform.objects.create(name="second-school")
    page = act(staff, "approve", waiting)
    assert "Whose deployments are these?" in page and "second-school" in page and "waits-42" in page
    waiting.refresh_from_db()
    assert not waiting.approved, "asking approves nothing"
    said = act(staff, "approve", waiting, confirmed="yes", **{f"platform_{waiting.pk}": str(other.pk)})
    waiting.refresh_from_db()
    assert (waiting.approved, waiting.platform) == (True, other)
    assert "1 deployment approved." in said
    assert LogEntry.objects.get().object_id == str(waiting.pk)
    assert waiting.history.first().history_user.username == "root"


def test_each_of_several_is_approved_for_its_own_platform(course: Course, staff: Client, waiting: Deployment) -> None:
    own, other = course.world.platform, Platform.objects.create(name="second-school")
    second = Deployment.objects.create(registration=waiting.registration, platform=own, deployment_id="waits-43")
    chosen = {f"platform_{waiting.pk}": str(own.pk), f"platform_{second.pk}": str(other.pk)}
    act(staff, "approve", waiting, second, confirmed="yes", **chosen)
    kept = Deployment.objects.filter(approved=True).values_list("deployment_id", "platform__name")
    assert set(kept) == {("2", "campus-moodle"), ("waits-42", "campus-moodle"), ("waits-43", "second-school")}


@pytest.mark.parametrize("chosen", ["", "0", "nonsense"])
def test_a_platform_that_is_none_approves_nothing(staff: Client, waiting: Deployment, chosen: str) -> None:
    page = act(staff, "approve", waiting, confirmed="yes", **{f"platform_{waiting.pk}": chosen})
    assert "Whose deployments are these?" in page
    waiting.refresh_from_db()
    assert not waiting.approved


def test_an_approved_one_does_not_move(course: Course, staff: Client, waiting: Deployment) -> None:
    approved = Deployment.objects.get(approved=True)
    other = Platform.objects.create(name="second-school")
    said = act(staff, "approve", approved, confirmed="yes", **{f"platform_{approved.pk}": str(other.pk)})
    approved.refresh_from_db()
    assert approved.platform == course.world.platform and "None of these waits" in said
    address = reverse("admin:lti_bridge_deployment_change", args=[approved.pk])
    assert staff.post(address, {"platform": str(other.pk), "approved": "on"}).status_code == 403


def test_a_refused_one_waits_no_more_and_can_be_approved_later(staff: Client, waiting: Deployment) -> None:
    act(staff, "refuse", waiting)
    waiting.refresh_from_db()
    assert waiting.refused_at and not waiting.approved and not waiting.waits
    assert staff.get(f"{LIST}?standing=waiting").context["cl"].result_count == 0
    act(staff, "approve", waiting, confirmed="yes", **{f"platform_{waiting.pk}": str(waiting.platform_id)})
    waiting.refresh_from_db()
    assert waiting.approved and waiting.refused_at is None


def test_an_approved_one_that_is_refused_is_approved_no_more(staff: Client, waiting: Deployment) -> None:
    approved = Deployment.objects.get(approved=True)
    act(staff, "refuse", approved)
    approved.refresh_from_db()
    assert not approved.approved and approved.refused_at


def test_one_that_nothing_hangs_on_is_removed(course: Course, staff: Client, waiting: Deployment) -> None:
    launched(course, waiting)
    delete(staff, waiting)
    assert not Deployment.objects.filter(pk=waiting.pk).exists(), "its launches were all refused"
    unused = Deployment.objects.get(approved=True)
    delete(staff, unused)
    assert not Deployment.objects.exists()


def test_one_that_pages_or_columns_hang_on_is_refused_and_not_removed(
    course: Course, staff: Client, waiting: Deployment
) -> None:
    approved = Deployment.objects.get(approved=True)
    launched(course, approved)
    delete(staff, approved)
    LineItem.objects.create(resource_link=course.link, registration=waiting.registration, deployment=waiting)
    delete(staff, waiting)
    staff.post(LIST, {"action": "delete_selected", "_selected_action": [waiting.pk, approved.pk], "post": "yes"})
    assert Deployment.objects.count() == 2


def test_nobody_adds_one_by_hand(staff: Client) -> None:
    assert staff.get(reverse("admin:lti_bridge_deployment_add")).status_code == 403


def test_who_may_only_look_approves_and_refuses_nothing(client: Client, waiting: Deployment) -> None:
    user = get_user_model().objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_deployment"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    act(client, "approve", waiting, confirmed="yes", **{f"platform_{waiting.pk}": str(waiting.platform_id)})
    act(client, "refuse", waiting)
    waiting.refresh_from_db()
    assert waiting.waits


def test_a_rows_page_has_the_buttons_that_it_can_do_with(staff: Client, waiting: Deployment) -> None:
    def buttons(row: Deployment) -> list[str]:
        page = staff.get(reverse("admin:lti_bridge_deployment_change", args=[row.pk])).content.decode()
        return re.findall(r'name="action" value="(\w+)"', page)

    assert buttons(waiting) == ["approve", "refuse"]
    assert buttons(Deployment.objects.get(approved=True)) == ["refuse"]
    act(staff, "refuse", waiting)
    assert buttons(waiting) == ["approve"]
