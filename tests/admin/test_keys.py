"""Keys in the admin: made and ended, never shown; those of others fetched when somebody asks."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge import http, signing_keys
from lti_bridge.models import PeerKeys, SigningKey
from tests.world13 import JWKS_URI, knows_keys_of, peer

pytestmark = pytest.mark.django_db

LIST = reverse("admin:lti_bridge_signingkey_changelist")
PEERS = reverse("admin:lti_bridge_peerkeys_changelist")
TOOL = SigningKey.Side.TOOL


@pytest.fixture(autouse=True)
def no_key_of_another_test() -> None:
    signing_keys.forget_signers()


@pytest.fixture
def key() -> SigningKey:
    return signing_keys.make(TOOL, signs_from=timezone.now() - timedelta(days=3))


@pytest.fixture
def helper(client: Client) -> Client:
    """Somebody of our staff who may look at everything and change nothing."""
    user = get_user_model().objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def rotate(side: str) -> str:
    return reverse("admin:lti_bridge_signingkey_rotate", args=[side])


def act(staff: Client, action: str, *keys: SigningKey) -> str:
    told = {"action": action, "_selected_action": [key.pk for key in keys]}
    return staff.post(LIST, told, follow=True).content.decode()


def published(side: SigningKey.Side = TOOL) -> set[str]:
    return {jwk["kid"] for jwk in signing_keys.key_set(side)["keys"]}


def test_no_page_shows_the_private_half(staff: Client, key: SigningKey) -> None:
    secret = key.private["pem"].splitlines()[1]
    for address in (LIST, reverse("admin:lti_bridge_signingkey_change", args=[key.pk])):
        page = staff.get(address).content.decode()
        assert key.kid in page and "PRIVATE" not in page and secret not in page


def test_keys_that_cannot_be_opened_are_listed_all_the_same(staff: Client, key: SigningKey, settings) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert key.kid in staff.get(LIST).content.decode()


def test_the_next_key_is_made_by_hand(staff: Client, key: SigningKey) -> None:
    assert staff.get(rotate("tool")).status_code == 405
    page = staff.post(rotate("tool"), follow=True).content.decode()
    assert "is published" in page and "follows" in page and "signs" in page
    assert signing_keys.signer(TOOL).kid == key.kid and len(published()) == 2
    assert LogEntry.objects.count() == 1


def test_a_key_at_once_retires_the_others(staff: Client, key: SigningKey) -> None:
    staff.post(rotate("tool"), {"at_once": "on"})
    assert signing_keys.signer(TOOL).kid != key.kid
    assert SigningKey.objects.get(pk=key.pk).retired_at is not None
    staff.post(rotate("nonsense"))
    assert SigningKey.objects.count() == 2


def test_retiring_the_key_that_signs_makes_another_one(staff: Client, key: SigningKey) -> None:
    page = act(staff, "retire", key)
    new = signing_keys.signer(TOOL).kid
    assert new != key.kid and new in page
    assert published() == {key.kid, new}


def test_a_key_that_leaked_is_taken_out_of_the_key_set_and_it_is_logged(staff: Client, key: SigningKey) -> None:
    page = act(staff, "withdraw", key)
    new = signing_keys.signer(TOOL).kid
    assert published() == {new} and new in page
    assert LogEntry.objects.get().object_repr == key.kid


def test_who_may_only_look_makes_and_ends_no_key(helper: Client, key: SigningKey) -> None:
    page = helper.get(LIST).content.decode()
    assert key.kid in page and "Make the next key" not in page
    assert helper.post(rotate("tool")).status_code == 403
    for action in ("retire", "withdraw"):
        act(helper, action, key)
    assert SigningKey.objects.get().retired_at is None


def test_the_front_page_says_when_the_next_keys_come(staff: Client, key: SigningKey) -> None:
    page = staff.get(reverse("admin:index")).content.decode()
    assert "toward platforms: the next one is made on" in page
    assert "toward providers: none yet; the first use makes one." in page
    signing_keys.rotate(TOOL)
    assert "toward platforms: the next one is published" in staff.get(reverse("admin:index")).content.decode()
    SigningKey.objects.filter(pk=key.pk).update(signs_from=timezone.now() - timedelta(days=95))
    SigningKey.objects.exclude(pk=key.pk).delete()
    assert "Does beat run?" in staff.get(reverse("admin:index")).content.decode()


def test_a_key_set_of_others_is_fetched_when_somebody_asks(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    knows_keys_of(JWKS_URI, {"keys": []})
    knows_keys_of("https://silent.example.edu/keys", {"keys": []})

    def get(url: str, **_: Any) -> http.Answer:
        if "silent" in url:
            raise http.HttpProblem("timeout", "silent.example.edu: no complete answer in time.")
        return http.Answer(200, {}, json.dumps(peer().key_set).encode(), 0.01)

    monkeypatch.setattr(http, "get", get)
    told = {"action": "fetch_now", "_selected_action": list(PeerKeys.objects.values_list("pk", flat=True))}
    page = staff.post(PEERS, told, follow=True).content.decode()
    assert "1 key set fetched." in page and "no complete answer in time" in page
    assert len(PeerKeys.objects.get(url=JWKS_URI).keys) == 1


def test_who_may_only_look_fetches_nothing(helper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    row = knows_keys_of(JWKS_URI, {"keys": []})
    asked: list[str] = []
    monkeypatch.setattr(http, "get", lambda url, **_: asked.append(url))
    helper.post(PEERS, {"action": "fetch_now", "_selected_action": [row.pk]})
    assert asked == []
