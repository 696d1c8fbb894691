"""Registrations are kept for seconds: a burst of logins asks the database once, and switching off works."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import registrations13
from lti_bridge.models import LaunchRecord, Lti13Registration
from tests.launches13 import LOGIN_PATH, begin, come_back, login_fields
from tests.world import FORM, World
from tests.world13 import CLIENT_ID, ISSUER, claims, make_registration, peer


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def test_a_burst_of_logins_asks_once(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        for _ in range(20):
            begin(client)


def test_switching_off_works_within_seconds(client: Client) -> None:
    """T13-BAD-39."""
    begin(client)
    Lti13Registration.objects.update(enabled=False)
    for key, (at, row) in registrations13._kept.items():
        registrations13._kept[key] = (at - registrations13.KEPT, row)
    response = client.post(LOGIN_PATH, urlencode(login_fields()), FORM)
    assert response.status_code == 403 and "not connected here any more" in response.content.decode()


def test_meanwhile_nothing_is_launched(client: Client) -> None:
    begin(client)
    Lti13Registration.objects.update(enabled=False)
    begun = begin(client)
    response = come_back(client, begun, peer().sign(claims(nonce=begun.nonce)))
    assert response.status_code == 403 and not LaunchRecord.objects.exists()


def test_what_was_not_found_is_looked_for_again(client: Client) -> None:
    Lti13Registration.objects.update(enabled=False)
    with pytest.raises(LaunchRejected, match="registration_off"):
        registrations13.find(ISSUER, CLIENT_ID)
    Lti13Registration.objects.update(enabled=True)
    assert registrations13.find(ISSUER, CLIENT_ID).client_id == CLIENT_ID


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrations13, "_MOST", 1)
    registrations13.find(ISSUER, CLIENT_ID)
    registrations13.find(ISSUER, "")
    assert len(registrations13._kept) == 1
