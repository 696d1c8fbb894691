"""Every list and page of the admin: it opens, what is written there is text, and rows cost no queries of their own."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lti_bridge import refused_messages
from lti_bridge.models import Breaker, Cell, Document, LaunchRecord, ProviderEvent
from lti_bridge.pages.refused import note_not_opened, note_opened
from tests.admin.rows13 import SECRET, make_rows
from tests.pages.course import PAYLOAD, Course

OURS = sorted(model._meta.model_name for model in admin.site._registry if model._meta.app_label == "lti_bridge")
APPEND_ONLY = (
    *("launchrecord", "providerevent", "grade", "try", "lineitem", "membership", "signingkey", "peerkeys"),
    *("providerlaunch", "providerlineitem", "providerscore", "document"),
)


def listed(name: str) -> str:
    return reverse(f"admin:lti_bridge_{name}_changelist")


def test_every_noun_has_its_list() -> None:
    assert set(OURS) >= {
        *("account", "activity", "attempt", "breaker", "candidate", "cell", "context", "grade", "launchrecord"),
        *("learner", "lti11registration", "platform", "providerevent", "resourcelink", "try"),
        *("lti13registration", "deployment", "lineitem", "membership", "signingkey", "peerkeys", "invitation"),
        *("providerlaunch", "providerlineitem", "providerscore", "document"),
    }
    # Nobody has to see a token, and nobody can do anything about one.
    assert "accesstoken" not in OURS


@pytest.mark.parametrize("name", OURS)
def test_a_list_opens_and_searches_and_a_row_opens(course: Course, staff: Client, name: str) -> None:
    course.launch(course.alice)
    course.graded(course.alice)
    Breaker.objects.create(platform=course.world.platform)
    make_rows(course, course.alice)
    assert staff.get(listed(name)).status_code == 200
    assert staff.get(f"{listed(name)}?q=Alice").status_code in (200, 302)
    row = admin.site._registry[
        next(m for m in admin.site._registry if m._meta.model_name == name)
    ].model.objects.first()
    if row is not None:
        assert staff.get(reverse(f"admin:lti_bridge_{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", OURS)
def test_more_rows_take_no_more_queries(course: Course, staff: Client, name: str) -> None:
    def fill(number: int) -> None:
        for each in range(number):
            person = course.learner(f"Learner {number}-{each}")
            course.launch(person)
            course.graded(person)
            make_rows(course, person)

    fill(2)
    staff.get(listed(name))
    with CaptureQueriesContext(
        connection,
    ) as few:
        staff.get(listed(name))
    fill(20)
    with CaptureQueriesContext(connection) as many:
        staff.get(listed(name))
    assert len(many) <= len(few)
    assert len(few) < 20


def test_documents_are_found_by_state_and_show_no_key(course: Course, staff: Client) -> None:
    make_rows(course, course.alice)
    document = Document.objects.get()
    for state, found in (("unclear", True), ("refused", False)):
        page = staff.get(f"{listed('document')}?state__exact={state}").content.decode()
        assert (document.reference in page) == found and SECRET not in page
    for name in ("change", "trail"):
        page = staff.get(reverse(f"admin:lti_bridge_document_{name}", args=[document.pk])).content.decode()
        assert "Alice" in page and SECRET not in page


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_what_only_grows_is_never_added_changed_or_removed(course: Course, staff: Client, name: str) -> None:
    course.launch(course.alice)
    course.graded(course.alice)
    make_rows(course, course.alice)
    model = next(m for m in admin.site._registry if m._meta.model_name == name)
    row = model.objects.first()
    for page in ("change", "delete"):
        address = reverse(f"admin:lti_bridge_{name}_{page}", args=[row.pk])
        assert staff.post(address, {"post": "yes"}).status_code == 403
    assert staff.get(reverse(f"admin:lti_bridge_{name}_add")).status_code == 403
    staff.post(listed(name), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", OURS)
def test_what_strangers_wrote_is_text(course: Course, staff: Client, name: str) -> None:
    evil = course.learner(PAYLOAD)
    evil.email = evil.user_id = PAYLOAD
    evil.save()
    course.launch(evil)
    make_rows(course, evil, PAYLOAD)
    cell = course.graded(evil, "differs", reason="x", reason_text=PAYLOAD, found_score=PAYLOAD[:60])
    ProviderEvent.objects.update(raw_body=PAYLOAD, raw_query=PAYLOAD, reason=PAYLOAD)
    cell.tries.update(reason_text=PAYLOAD)
    Breaker.objects.create(platform=course.world.platform, last_reason=PAYLOAD)
    course.link.title = course.link.context.title = course.world.activity.title = PAYLOAD
    for row in (course.link, course.link.context, course.world.activity):
        row.save()
    model = next(m for m in admin.site._registry if m._meta.model_name == name)
    addresses = [listed(name)]
    addresses += [reverse(f"admin:lti_bridge_{name}_change", args=[row.pk]) for row in model.objects.all()[:2]]
    if name in ("attempt", "cell", "document"):
        addresses.append(reverse(f"admin:lti_bridge_{name}_trail", args=[model.objects.latest("pk").pk]))
    for address in addresses:
        page = staff.get(address).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page


def test_admin_pages_are_never_framed(staff: Client) -> None:
    assert "frame-ancestors 'none'" in staff.get(reverse("admin:index"))["Content-Security-Policy"]


def test_the_front_page_shows_the_numbers_that_matter_with_their_lists(course: Course, staff: Client) -> None:
    course.graded(course.alice, "needs_action")
    page = staff.get(reverse("admin:index")).content.decode()
    numbers = dict(re.findall(r'href="([^"]+)"><strong>(\d+)</strong>', page))
    assert len(numbers) == 8 and sorted(numbers.values()) == ["0"] * 7 + ["1"]
    for address, count in numbers.items():
        assert staff.get(address).context["cl"].result_count == int(count)


@pytest.mark.parametrize("name", ["attempt", "cell"])
def test_a_trail_tells_what_happened_in_order(course: Course, staff: Client, name: str) -> None:
    course.launch(course.alice)
    cell = course.graded(course.alice)
    row = cell if name == "cell" else course.alice.attempts.get()
    page = staff.get(reverse(f"admin:lti_bridge_{name}_trail", args=[row.pk])).content.decode()
    steps = ("Launch from the LMS", "Attempt 1 made", "The provider told us", "result recorded", "Gradebook: send")
    places = [page.index(step) for step in steps]
    assert places == sorted(places)


def test_a_trail_is_not_for_staff_who_may_not_see_the_rows(course: Course, client: Client) -> None:
    user = get_user_model().objects.create_user("helper", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("admin:lti_bridge_cell_trail", args=[course.graded(course.alice).pk])
    assert client.get(address).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_cell"))
    assert client.get(address).status_code == 200


def test_who_may_only_look_at_cells_cannot_act_on_them(course: Course, client: Client) -> None:
    user = get_user_model().objects.create_user("helper", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_cell"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cell = course.graded(course.alice, "held", held=True)
    client.post(listed("cell"), {"action": "release", "_selected_action": [cell.pk]})
    assert Cell.objects.get().held


def test_a_refused_launch_says_why_in_words(course: Course, staff: Client) -> None:
    record = course.launch(course.alice)
    LaunchRecord.objects.update(refused="email_missing")
    for address in (listed("launchrecord"), reverse("admin:lti_bridge_launchrecord_change", args=[record.pk])):
        assert "The LMS did not send the e-mail address." in staff.get(address).content.decode()


def test_a_launch_whose_button_opened_nothing_says_why(course: Course, staff: Client) -> None:
    record = course.launch(course.alice)
    note_not_opened(record, "no_attempt_left")
    assert "All attempts are used." in staff.get(listed("launchrecord")).content.decode()
    note_opened(record)
    assert "All attempts are used." not in staff.get(listed("launchrecord")).content.decode()


def test_an_account_says_why_its_messages_are_refused(course: Course, staff: Client) -> None:
    """E2E-15"""
    account = course.world.account
    page = reverse("admin:lti_bridge_account_change", args=[account.pk])
    assert "None." in staff.get(page).content.decode()
    refused_messages.note(account, "timestamp_future", skew=600)
    shown = staff.get(listed("account")).content.decode()
    assert "chip bad" in shown and "the provider’s clock is 600 s ahead of ours" in shown
    told = staff.get(page).content.decode()
    assert "Messages were refused in 1 minutes" in told and "kept right by NTP" in told
    course.graded(course.alice)
    ProviderEvent.objects.update(received_at=timezone.now() + timedelta(seconds=1))
    assert "chip bad" not in staff.get(listed("account")).content.decode()


def test_a_cell_is_called_by_its_learner_and_link(course: Course, staff: Client) -> None:
    cell = course.graded(course.alice)
    for page in ("change", "trail"):
        shown = staff.get(reverse(f"admin:lti_bridge_cell_{page}", args=[cell.pk])).content.decode()
        assert "Alice Liddell × Excel test" in shown
        assert f"{cell.learner_id} × {cell.resource_link_id}" not in shown


def test_more_than_the_gradebook_can_hold_is_said_at_the_cell(course: Course, staff: Client) -> None:
    """E2E-04"""
    cell = course.cell(course.alice, "pending", course.grade(course.attempt(course.alice), "1.1"))
    for address in (listed("cell"), reverse("admin:lti_bridge_cell_change", args=[cell.pk])):
        shown = staff.get(address).content.decode()
        assert "can hold 100\N{NO-BREAK SPACE}% at most; the provider gave 110\N{NO-BREAK SPACE}%" in shown


def test_the_admins_trail_keeps_codes_and_references(course: Course, staff: Client) -> None:
    cell = course.graded(course.alice)
    ProviderEvent.objects.update(reference="f744-0000-0000")
    page = staff.get(reverse("admin:lti_bridge_cell_trail", args=[cell.pk])).content.decode()
    assert "f744-0000-0000" in page and "HTTP 200" in page


def test_the_front_page_has_plain_names_and_one_zone(staff: Client) -> None:
    page = staff.get(reverse("admin:index")).content.decode()
    assert "Axes" not in page and page.count("Times are in UTC.") == 1
