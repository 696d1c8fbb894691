"""LTI 1.3 registrations in the admin: the rules of the file, approval, and what cannot be undone."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lti_bridge.models import LaunchRecord, Lti13Registration, Platform
from tests.pages.course import Course
from tests.world13 import AUTH_URL, CLIENT_ID, ISSUER, JWKS_URI, TOKEN_URL, make_registration

LIST = reverse("admin:lti_bridge_lti13registration_changelist")
ADD = reverse("admin:lti_bridge_lti13registration_add")


def change(row: Lti13Registration) -> str:
    return reverse("admin:lti_bridge_lti13registration_change", args=[row.pk])


def form(course: Course, **fields: object) -> dict[str, object]:
    return {
        "platform": str(course.world.platform.pk),
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        "authorization_endpoint": AUTH_URL,
        "token_endpoint": TOKEN_URL,
        "jwks_uri": JWKS_URI,
        "token_audience": "",
        "algorithms": ["RS256"],
        "service_hosts": "[]",
        "enabled": "on",
    } | fields


def act(staff: Client, action: str, *rows: Lti13Registration) -> str:
    response = staff.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)
    return response.content.decode()


@pytest.fixture
def registration(course: Course) -> Lti13Registration:
    return make_registration(course.world.platform)


def test_a_registration_is_made_and_its_issuer_kept_letter_by_letter(course: Course, staff: Client) -> None:
    more = form(course, issuer="https://LMS.example.edu/", algorithms=["RS256", "ES256"])
    assert staff.post(ADD, more).status_code == 302
    row = Lti13Registration.objects.get()
    assert (row.issuer, row.algorithms, row.is_live) == ("https://LMS.example.edu/", ["RS256", "ES256"], True)
    assert row.history.count() == 1 and row.history.get().history_user.username == "root"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("issuer", "https://lms.example.edu?x=1", "Must have no query and no fragment"),
        ("issuer", "http://lms.example.edu", "Must be a full https address"),
        ("jwks_uri", "lms.example.edu/keys", "Must be a full https address"),
        ("token_endpoint", "https://lms.example.edu/#x", "Must have no fragment"),
        ("service_hosts", '["https://lms.example.edu"]', "Must be a list of host names"),
        ("algorithms", ["HS256"], "not one of the available choices"),
        ("algorithms", [], "required"),
        ("client_id", "", "required"),
    ],
)
def test_the_rules_of_the_configuration_file_hold_here_too(
    course: Course, staff: Client, settings, field: str, value: object, says: str
) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE_HOSTS = "https://bridge.example.edu", []
    response = staff.post(ADD, form(course, **{field: value}))
    assert says in str(response.context["errors"])
    assert not Lti13Registration.objects.exists()


def test_issuer_and_client_id_are_agreed_once(course: Course, staff: Client, registration: Lti13Registration) -> None:
    assert "already exists" in staff.post(ADD, form(course)).content.decode()


def test_a_registration_never_moves_to_another_platform(
    course: Course, staff: Client, registration: Lti13Registration
) -> None:
    other = Platform.objects.create(name="other")
    assert staff.post(change(registration), form(course, platform=str(other.pk), enabled="")).status_code == 302
    registration.refresh_from_db()
    assert (registration.platform, registration.enabled) == (course.world.platform, False)


def test_what_registered_itself_waits_until_it_is_approved(
    course: Course, staff: Client, registration: Lti13Registration
) -> None:
    new = Lti13Registration.objects.create(
        platform=course.world.platform, issuer="https://z.example.edu", client_id="z", awaits_approval=True
    )
    page = staff.get(LIST).content.decode()
    assert page.index("https://z.example.edu") < page.index(ISSUER), "those that wait come first"
    assert staff.get(f"{LIST}?standing=waiting").context["cl"].result_count == 1
    assert not new.is_live
    act(staff, "approve", new, registration)
    new.refresh_from_db()
    assert new.is_live and new.history.count() == 2
    assert LogEntry.objects.get().object_id == str(new.pk)


def test_a_registration_is_switched_off_and_on_with_history_and_log(
    course: Course, staff: Client, registration: Lti13Registration
) -> None:
    for action, enabled in (("switch_off", False), ("switch_off", False), ("switch_on", True)):
        act(staff, action, registration)
        registration.refresh_from_db()
        assert registration.enabled is enabled
    assert registration.history.count() == 3 and LogEntry.objects.count() == 2
    assert staff.get(f"{LIST}?standing=on").context["cl"].result_count == 1
    assert staff.get(f"{LIST}?standing=off").context["cl"].result_count == 0


def test_a_rows_page_has_the_buttons_that_it_can_do_with(staff: Client, registration: Lti13Registration) -> None:
    def buttons() -> list[str]:
        return re.findall(r'name="action" value="(\w+)"', staff.get(change(registration)).content.decode())

    assert buttons() == ["switch_off"]
    Lti13Registration.objects.update(enabled=False)
    assert buttons() == ["switch_on"]
    Lti13Registration.objects.update(awaits_approval=True)
    assert buttons() == ["approve"]


def test_who_may_only_look_approves_nothing(course: Course, client: Client, registration: Lti13Registration) -> None:
    Lti13Registration.objects.update(awaits_approval=True)
    user = get_user_model().objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(change(registration))
    assert page.status_code == 200 and 'value="approve"' not in page.content.decode()
    assert client.post(change(registration), form(course)).status_code == 403
    client.post(LIST, {"action": "approve", "_selected_action": [registration.pk]})
    assert Lti13Registration.objects.get().awaits_approval


def test_what_launches_hang_on_is_not_removed(course: Course, staff: Client, registration: Lti13Registration) -> None:
    LaunchRecord.objects.create(
        platform=course.world.platform, lti13=registration, nonce="n", reference="r", received_at="2026-11-26T00:00Z"
    )
    address = reverse("admin:lti_bridge_lti13registration_delete", args=[registration.pk])
    staff.post(address, {"post": "yes"})
    assert Lti13Registration.objects.exists()
    LaunchRecord.objects.all().delete()
    staff.post(address, {"post": "yes"})
    assert not Lti13Registration.objects.exists()


def test_old_versions_are_looked_at_and_never_gone_back_to(
    course: Course, staff: Client, registration: Lti13Registration
) -> None:
    act(staff, "switch_off", registration)
    rows = {"lti13registration": registration, "deployment": registration.deployments.get()}
    for model, row in rows.items():
        history = reverse(f"admin:lti_bridge_{model}_history", args=[row.pk])
        version = reverse(f"admin:lti_bridge_{model}_simple_history", args=[row.pk, row.history.first().pk])
        assert staff.get(history).status_code == staff.get(version).status_code == 200
        assert staff.post(version, form(course)).status_code == 403
    assert not Lti13Registration.objects.get().enabled


# --- the platform's page --------------------------------------------------------------------


def platform_form(course: Course, rows: list[dict[str, object]], **fields: object) -> dict[str, object]:
    told: dict[str, object] = {"name": "campus-moodle", "family": "moodle", "parallel_sends": "8"} | fields
    for prefix, count in (("lti13", len(rows)), ("lti11", 0)):
        told |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": 0}
    for place, row in enumerate(rows):
        told |= {f"lti13-{place}-{name}": value for name, value in row.items() if name != "platform"}
    return told


def test_a_registration_is_added_on_the_platforms_page_by_the_same_rules(
    course: Course, staff: Client, settings
) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE_HOSTS = "https://bridge.example.edu", []
    address = reverse("admin:lti_bridge_platform_change", args=[course.world.platform.pk])
    page = staff.post(address, platform_form(course, [form(course, issuer="ftp://x")])).content.decode()
    assert "Must be a full https address" in page
    assert staff.post(address, platform_form(course, [form(course)], sends_progress="on")).status_code == 302
    row = Lti13Registration.objects.get()
    assert (row.platform, row.platform.sends_progress) == (course.world.platform, True)


def test_the_addresses_that_this_kind_of_lms_has_are_offered_and_not_filled_in(course: Course, staff: Client) -> None:
    canvas = Platform.objects.create(name="campus-canvas", family="canvas")
    page = staff.get(reverse("admin:lti_bridge_platform_change", args=[canvas.pk])).content.decode()
    assert "Usually https://sso.canvaslms.com/api/lti/authorize_redirect." in page
    assert 'value="https://sso.canvaslms.com' not in page
    other = Platform.objects.create(name="other")
    assert "Usually" not in staff.get(reverse("admin:lti_bridge_platform_change", args=[other.pk])).content.decode()


def test_the_set_up_sheet_bears_what_an_lms_asks_for_by_each_version(course: Course, staff: Client, settings) -> None:
    page = staff.get(reverse("admin:lti_bridge_platform_change", args=[course.world.platform.pk])).content.decode()
    for name in ("lti13-launch", "lti13-login", "lti13-jwks", "lti13-config", "lti11-launch", "lti11-config"):
        assert f"<code>{settings.PUBLIC_ORIGIN}{reverse(name)}</code>" in page
    assert "<code>moodle-key-1</code>" in page
    add = staff.get(reverse("admin:lti_bridge_platform_add")).content.decode()
    assert 'class="sheet"' not in add


def test_the_list_of_platforms_tells_what_was_agreed_and_what_waits(
    course: Course, staff: Client, registration: Lti13Registration
) -> None:
    for name in ("3", "4"):
        registration.deployments.create(platform=course.world.platform, deployment_id=name)
    page = staff.get(reverse("admin:lti_bridge_platform_changelist")).content.decode()
    assert "1.1 × 1, 1.3 × 1" in page
    assert '<span class="chip wait">2</span>' in page
