"""Invitations in the admin: made, shown once, taken back."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge import invitations
from lti_bridge.errors import RegistrationRefused
from lti_bridge.models import Invitation, Lti13Registration, Platform

ADD = reverse("admin:lti_bridge_invitation_add")
LIST = reverse("admin:lti_bridge_invitation_changelist")


def add(staff: Client, **fields: str) -> str:
    """Make an invitation; gives its link."""
    response = staff.post(ADD, {"platform_name": "campus", "family": "moodle", "days": "7"} | fields)
    found = re.search(r"<code>(\S+)</code>", response.content.decode())
    assert found and "no-store" in response["Cache-Control"]
    return found[1]


def secret_of(link: str) -> str:
    return link.partition("?invitation=")[2]


def test_a_link_is_shown_once_and_works(staff: Client) -> None:
    link = add(staff)
    assert link.startswith("http://localhost:8000/lti/1.3/register?invitation=")
    row = invitations.find(secret_of(link))
    assert (row.platform_name, row.family, row.made_by.username) == ("campus", "moodle", "root")
    for page in (LIST, reverse("admin:lti_bridge_invitation_change", args=[row.pk])):
        shown = staff.get(page).content.decode()
        assert secret_of(link) not in shown and row.digest not in shown


def test_its_time_is_asked_for(staff: Client) -> None:
    add(staff, days="2")
    days = (Invitation.objects.get().expires_at - timezone.now()).total_seconds() / 86400
    assert 1.9 < days <= 2


@pytest.mark.parametrize("days", ["0", "-1", "91", "x", ""])
def test_a_time_that_is_none_is_refused(staff: Client, days: str) -> None:
    response = staff.post(ADD, {"platform_name": "campus", "family": "moodle", "days": days})
    assert response.status_code == 200 and not Invitation.objects.exists()


def test_an_invitation_is_taken_back_by_deleting_it(staff: Client) -> None:
    secret = secret_of(add(staff))
    row = Invitation.objects.get()
    staff.post(reverse("admin:lti_bridge_invitation_delete", args=[row.pk]), {"post": "yes"})
    with pytest.raises(RegistrationRefused):
        invitations.find(secret)


def test_an_invitation_cannot_be_changed(staff: Client) -> None:
    add(staff)
    row = Invitation.objects.get()
    page = reverse("admin:lti_bridge_invitation_change", args=[row.pk])
    assert staff.post(page, {"platform_name": "another", "family": "other", "days": "9"}).status_code == 403
    row.refresh_from_db()
    assert row.platform_name == "campus"


def test_the_list_tells_what_came_of_each(staff: Client) -> None:
    platform = Platform.objects.create(name="p")
    registration = Lti13Registration.objects.create(platform=platform, issuer="https://a.example.edu", client_id="1")
    for number, more in enumerate(
        ({}, {"used_at": timezone.now()}, {"used_at": timezone.now(), "registration": registration})
    ):
        row, _secret = invitations.make(f"campus-{number}", "moodle")
        Invitation.objects.filter(pk=row.pk).update(**more)
    row, _secret = invitations.make("campus-9", "moodle")
    Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    page = staff.get(LIST).content.decode()
    for words in (">open<", ">used<", "nothing came of it", ">expired<", "https://a.example.edu"):
        assert words in page


def test_who_may_only_look_makes_none(client: Client, db) -> None:
    user = get_user_model().objects.create_user("looker", is_staff=True, password="a-long-sample-password")
    user.user_permissions.add(Permission.objects.get(codename="view_invitation"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(LIST).status_code == 200
    assert client.post(ADD, {"platform_name": "campus", "family": "moodle", "days": "7"}).status_code == 403
    assert not Invitation.objects.exists()
