"""Configuring in the admin: what providers refuse is refused, secrets go in and never come out."""

import logging
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from lti_bridge.models import Account, Activity, Lti11Registration
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.isograd.provider import Isograd
from tests.pages.course import Course

CANARY = "canary-7f31-never-shown"


def change(model: str, pk: int) -> str:
    return reverse(f"admin:lti_bridge_{model}_change", args=[pk])


def account_form(**fields) -> dict[str, str]:
    settings = '{"connection": "lti11", "lti_url": "https://provider.example.net/lti/launch"}'
    return {"name": "isograd-test", "provider": "isograd", "settings": settings, "enabled": "on"} | fields


def registration_form(course: Course, **fields) -> dict[str, str]:
    return {
        "platform": str(course.world.platform.pk),
        "consumer_key": "moodle-key-1",
        "signature_method": "HMAC-SHA1",
        "service_hosts": '["lms.example.edu"]',
        "enabled": "on",
    } | fields


def activity_form(course: Course, **fields) -> dict[str, str]:
    return {
        "title": "Excel, basic",
        "slug": "excel-basic",
        "account": str(course.world.account.pk),
        "action": "take_test",
        "parameters": '{"tst_frm_id": 482}',
        "attempt_rule": "last",
        "release": "automatic",
        "max_attempts": "0",
        "enabled": "on",
    } | fields


# --- secrets --------------------------------------------------------------------------------


def test_a_secret_goes_in_and_never_comes_out(course: Course, staff: Client, caplog) -> None:
    account, registration = course.world.account, course.world.lti11
    caplog.set_level(logging.DEBUG)
    pages = []
    with capture_logs() as logs:
        pages.append(staff.post(change("account", account.pk), account_form(secret_shared_secret=CANARY), follow=True))
        bad = account_form(secret_shared_secret=CANARY, settings="{}")
        pages.append(staff.post(change("account", account.pk), bad))
        form = registration_form(course, secret_shared_secret=CANARY)
        pages.append(staff.post(change("lti11registration", registration.pk), form, follow=True))
        for model, row in (
            ("account", account),
            ("lti11registration", registration),
            ("platform", registration.platform),
        ):
            pages.append(staff.get(change(model, row.pk)))
            pages.append(staff.get(reverse(f"admin:lti_bridge_{model}_history", args=[row.pk])))
            version = row.history.first().pk
            pages.append(staff.get(reverse(f"admin:lti_bridge_{model}_simple_history", args=[row.pk, version])))
        pages.append(staff.get(reverse("admin:index")))
    account.refresh_from_db()
    registration.refresh_from_db()
    assert account.secrets["shared_secret"] == registration.shared_secret == CANARY
    assert all(page.status_code == 200 for page in pages)
    assert not any(CANARY in page.content.decode() for page in pages)
    assert CANARY not in str(logs) + caplog.text
    assert CANARY not in everything_stored()


def everything_stored() -> str:
    """Every table as text, as the database holds it."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            rows += cursor.fetchall()
    return str(rows)


@pytest.mark.parametrize("model", ["account", "lti11registration", "platform", "activity"])
def test_who_may_only_look_sees_the_row_without_its_secrets(course: Course, client: Client, model: str) -> None:
    user = get_user_model().objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    row = {"account": course.world.account, "activity": course.world.activity, "platform": course.world.platform}
    pk = row.get(model, course.world.lti11).pk
    page = client.get(change(model, pk))
    assert page.status_code == 200
    for secret in (course.world.lti11.shared_secret, "provider-secret", "bridge-key"):
        assert secret not in page.content.decode()
    assert client.post(change(model, pk), {"name": "x"}).status_code == 403
    rotate = reverse("admin:lti_bridge_lti11registration_rotate", args=[course.world.lti11.pk])
    assert client.post(rotate).status_code == 403


def test_an_empty_field_keeps_the_secret(course: Course, staff: Client) -> None:
    response = staff.post(change("account", course.world.account.pk), account_form(name="renamed"))
    assert response.status_code == 302
    account = Account.objects.get()
    assert account.name == "renamed"
    assert account.secrets == {"consumer_key": "bridge-key", "shared_secret": "provider-secret"}


def test_a_form_says_which_secrets_are_set_and_since_when(course: Course, staff: Client) -> None:
    staff.post(change("account", course.world.account.pk), account_form(secret_shared_secret=CANARY))
    page = staff.get(change("account", course.world.account.pk)).content.decode()
    assert len(re.findall(r"Set since \d{4}-\d\d-\d\d \d\d:\d\d UTC", page)) == 3
    reason = Account.objects.get().history.first().history_change_reason
    assert reason == "secrets set: shared_secret, previous_shared_secret"


def test_a_new_account_is_made_with_its_secrets(course: Course, staff: Client) -> None:
    address = reverse("admin:lti_bridge_account_add")
    assert "For Isograd (TOSA)" in staff.get(address).content.decode()
    form = account_form(name="second", secret_consumer_key="key-2", secret_shared_secret=CANARY)
    assert staff.post(address, form).status_code == 302
    assert Account.objects.get(name="second").secrets == {"consumer_key": "key-2", "shared_secret": CANARY}


def test_each_secret_of_the_provider_has_a_field_that_hides_what_is_typed(course: Course, staff: Client) -> None:
    for address in (change("account", course.world.account.pk), reverse("admin:lti_bridge_account_add")):
        page = staff.get(address).content.decode()
        for name, label in PROVIDERS["isograd"].secret_names.items():
            assert re.search(rf'<input type="password" name="secret_{name}"', page) and label in page


def test_a_new_account_says_which_secrets_are_missing(course: Course, staff: Client) -> None:
    page = staff.post(reverse("admin:lti_bridge_account_add"), account_form(name="second")).content.decode()
    assert "secret consumer_key is missing" in page and "secret shared_secret is missing" in page


def test_a_secret_that_is_set_has_a_field_whoever_knows_it(course: Course, staff: Client) -> None:
    account = course.world.account
    account.secrets |= {"client_secret": CANARY}
    account.save()
    address = change("account", account.pk)
    assert 'name="secret_client_secret"' in staff.get(address).content.decode()
    assert staff.post(address, account_form(forget="client_secret")).status_code == 302
    assert "client_secret" not in Account.objects.get().secrets


def test_an_account_that_changes_its_provider_gets_fields_for_the_new_ones_secrets(
    course: Course, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other(Isograd):
        name, label, secret_names = "other", "Other", {"app_key": "Key of the app"}

        def check_account(self, settings, secrets):
            return [] if "app_key" in secrets else ["secret app_key is missing"]

    monkeypatch.setitem(PROVIDERS, "other", Other())
    address = change("account", course.world.account.pk)
    assert "Key of the app" not in staff.get(address).content.decode()
    page = staff.post(address, account_form(provider="other")).content.decode()
    assert "secret app_key is missing" in page and "Key of the app" in page
    assert staff.post(address, account_form(provider="other", secret_app_key=CANARY)).status_code == 302
    assert Account.objects.get().secrets["app_key"] == CANARY


def test_a_secret_is_forgotten_only_if_the_provider_can_do_without(course: Course, staff: Client) -> None:
    address = change("account", course.world.account.pk)
    page = staff.post(address, account_form(forget="shared_secret")).content.decode()
    assert "secret shared_secret is missing" in page
    assert Account.objects.get().secrets["shared_secret"] == "provider-secret"


def test_a_relay_key_never_belongs_to_two_accounts(course: Course, staff: Client) -> None:
    """C11-26"""
    form = account_form(name="second", secret_consumer_key="bridge-key", secret_shared_secret="s")
    page = staff.post(reverse("admin:lti_bridge_account_add"), form).content.decode()
    assert "Another account has this consumer key already." in page


def test_a_client_id_never_belongs_to_two_accounts(course: Course, staff: Client) -> None:
    settings = '{"connection": "lti13", "client_id": "bridge-tool-1"}'
    added = reverse("admin:lti_bridge_account_add")
    assert staff.post(added, account_form(name="first", settings=settings)).status_code == 302
    page = staff.post(added, account_form(name="second", settings=settings)).content.decode()
    assert "Another account has the client id “bridge-tool-1” already." in page
    page = staff.post(added, account_form(name="bridge-tool-1", settings='{"connection": "lti13"}')).content.decode()
    assert "Another account has the client id “bridge-tool-1” already." in page
    assert set(Account.objects.values_list("name", flat=True)) == {"isograd-test", "first"}
    assert (
        staff.post(
            change("account", Account.objects.get(name="first").pk), account_form(name="first", settings=settings)
        ).status_code
        == 302
    )


def test_a_new_shared_secret_is_shown_exactly_once(course: Course, staff: Client) -> None:
    registration = course.world.lti11
    address = reverse("admin:lti_bridge_lti11registration_rotate", args=[registration.pk])
    assert staff.get(address).status_code == 405
    response = staff.post(address)
    old = registration.shared_secret
    registration.refresh_from_db()
    secret = registration.shared_secret
    assert secret != old and registration.live_secrets == [secret, old]
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    for page in (change("lti11registration", registration.pk), reverse("admin:index")):
        assert secret not in staff.get(page).content.decode()
    assert secret not in everything_stored()
    assert LogEntry.objects.get().object_id == str(registration.pk)


def test_typing_a_shared_secret_keeps_the_old_one_alive_until_it_is_forgotten(course: Course, staff: Client) -> None:
    registration = course.world.lti11
    old, address = registration.shared_secret, change("lti11registration", registration.pk)
    staff.post(address, registration_form(course, secret_shared_secret=CANARY))
    assert Lti11Registration.objects.get().live_secrets == [CANARY, old]
    staff.post(address, registration_form(course, forget_previous="on"))
    assert Lti11Registration.objects.get().live_secrets == [CANARY]


def test_a_new_registration_never_stands_without_a_secret(course: Course, staff: Client) -> None:
    form = registration_form(course, consumer_key="second")
    assert staff.post(reverse("admin:lti_bridge_lti11registration_add"), form).status_code == 302
    assert len(Lti11Registration.objects.get(consumer_key="second").shared_secret) >= 32


def test_a_new_relay_secret_keeps_the_old_one_alive(course: Course, staff: Client) -> None:
    address = change("account", course.world.account.pk)
    assert staff.post(address, account_form(secret_shared_secret=CANARY)).status_code == 302
    assert Account.objects.get().secrets == {
        "consumer_key": "bridge-key",
        "shared_secret": CANARY,
        "previous_shared_secret": "provider-secret",
    }
    assert staff.post(address, account_form(forget="previous_shared_secret")).status_code == 302
    assert set(Account.objects.get().secrets) == {"consumer_key", "shared_secret"}


def test_an_old_version_is_looked_at_and_never_gone_back_to(course: Course, staff: Client) -> None:
    account = course.world.account
    version = account.history.first().pk
    address = reverse("admin:lti_bridge_account_simple_history", args=[account.pk, version])
    assert staff.post(address, account_form(name="back")).status_code == 403
    assert Account.objects.get().name == "isograd-test"


# --- what providers say ---------------------------------------------------------------------


def test_what_the_provider_refuses_of_an_account_is_refused(course: Course, staff: Client) -> None:
    form = account_form(settings='{"connection": "pigeon"}')
    page = staff.post(change("account", course.world.account.pk), form).content.decode()
    assert "connection must be" in page


def test_what_the_provider_refuses_of_an_activity_is_refused(course: Course, staff: Client) -> None:
    address = change("activity", course.world.activity.pk)
    response = staff.post(address, activity_form(course, parameters='{"nonsense": 1}'))
    assert response.status_code == 200
    assert response.context["errors"]
    assert Activity.objects.get().parameters == {"tst_frm_id": 482}
    assert staff.post(address, activity_form(course, title="New title")).status_code == 302
    assert Activity.objects.get().title == "New title"


@pytest.mark.parametrize("model", ["account", "activity"])
def test_a_row_whose_provider_is_gone_still_opens(course: Course, staff: Client, model: str) -> None:
    Account.objects.update(provider="retired")
    Activity.objects.update(action="old_action")
    row = {"account": course.world.account, "activity": course.world.activity}[model]
    page = staff.get(change(model, row.pk)).content.decode()
    assert ("retired" if model == "account" else "old_action") in page


def test_the_set_up_sheet_bears_the_values_to_copy_and_no_secret(course: Course, staff: Client, settings) -> None:
    page = staff.get(change("platform", course.world.platform.pk)).content.decode()
    for text in ("/lti/1.1/launch", "/lti/1.1/config.xml", "moodle-key-1", settings.PUBLIC_ORIGIN):
        assert text in page
    assert course.world.lti11.shared_secret not in page


def test_every_action_is_offered_and_the_provider_says_what_it_needs(course: Course, staff: Client) -> None:
    page = staff.get(reverse("admin:lti_bridge_activity_add")).content.decode()
    assert 'value="take_test"' in page and 'value="admin_space"' in page
    told = {"title": "X", "slug": "x", "account": course.world.account.pk, "action": "admin_space", "parameters": "{}"}
    more = {"attempt_rule": "last", "release": "automatic", "max_attempts": "0"}
    refused = staff.post(reverse("admin:lti_bridge_activity_add"), told | more).content.decode()
    assert "admin_space needs connection = api" in refused
    Activity.objects.update(action="an_older_action")
    assert 'value="an_older_action"' in staff.get(change("activity", course.world.activity.pk)).content.decode()
