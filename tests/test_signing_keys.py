"""Our own keys: published before they sign, several alive, and forgotten in time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from lti_bridge import jose, signing_keys
from lti_bridge.models import SigningKey

pytestmark = pytest.mark.django_db
TOOL, PLATFORM = SigningKey.Side.TOOL, SigningKey.Side.PLATFORM


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    signing_keys.forget_signers()
    yield
    signing_keys.forget_signers()


def published(side: SigningKey.Side = TOOL) -> set[str]:
    return {str(key["kid"]) for key in signing_keys.key_set(side)["keys"]}


def test_a_first_key_is_made_when_it_is_needed() -> None:
    signer = signing_keys.signer(TOOL)
    assert published() == {signer.kid}
    token = jose.read(jose.sign({"a": 1}, signer.key, signer.kid), ("RS256",))
    key = jose.public_keys(signing_keys.key_set(TOOL))[signer.kid]
    assert jose.claims_of(token, key) == {"a": 1}


def test_the_two_sides_share_no_key() -> None:
    assert signing_keys.signer(TOOL).kid != signing_keys.signer(PLATFORM).kid
    assert not published(TOOL) & published(PLATFORM)


def test_a_key_set_shows_nothing_secret() -> None:
    signing_keys.signer(TOOL)
    for key in signing_keys.key_set(TOOL)["keys"]:
        assert set(key) == {"kty", "kid", "alg", "use", "n", "e"}


def test_a_private_key_is_encrypted_at_rest() -> None:
    signing_keys.signer(TOOL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT private FROM lti_bridge_signingkey")
        assert "PRIVATE" not in cursor.fetchone()[0]


def test_the_next_key_is_published_before_it_signs() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = signing_keys.signer(TOOL)
        following = signing_keys.rotate(TOOL)
        assert signing_keys.signer(TOOL).kid == first.kid
        assert published() == {first.kid, following.kid}
        clock.shift(signing_keys.PUBLISHED_AHEAD + timedelta(seconds=1))
        signing_keys.forget_signers()
        assert signing_keys.signer(TOOL).kid == following.kid
        assert published() == {first.kid, following.kid}


def test_after_a_leak_the_new_key_signs_at_once() -> None:
    first = signing_keys.signer(TOOL)
    new = signing_keys.rotate(TOOL, at_once=True)
    assert signing_keys.signer(TOOL).kid == new.kid
    assert SigningKey.objects.get(kid=first.kid).retired_at is not None


def test_a_retired_key_stays_published_until_nobody_needs_it() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = signing_keys.signer(TOOL)
        signing_keys.rotate(TOOL, at_once=True)
        assert first.kid in published()
        clock.shift(signing_keys.KEPT + timedelta(hours=1))
        assert first.kid not in published()
        signing_keys.tend()
        assert not SigningKey.objects.filter(kid=first.kid).exists()


def test_beat_makes_the_next_key_in_time_and_only_one() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signing_keys.tend()
        first = signing_keys.signer(TOOL)
        clock.shift(signing_keys.LIFETIME - timedelta(days=1))
        signing_keys.tend()
        assert published() == {first.kid}
        clock.shift(timedelta(days=2))
        signing_keys.tend()
        signing_keys.tend()
        assert len(published()) == 2
        assert signing_keys.signer(TOOL).kid == first.kid
        clock.shift(signing_keys.PUBLISHED_AHEAD)
        signing_keys.tend()
        signing_keys.forget_signers()
        assert signing_keys.signer(TOOL).kid != first.kid
        assert SigningKey.objects.get(kid=first.kid).retired_at == timezone.now()


def test_a_year_of_beats_always_has_one_key_that_signs_and_is_published() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(73):
            signing_keys.tend()
            signing_keys.forget_signers()
            assert signing_keys.signer(TOOL).kid in published()
            assert len(published()) <= 3
            clock.shift(timedelta(days=5))


def test_the_last_key_can_be_retired_and_another_one_takes_over() -> None:
    first = signing_keys.signer(TOOL)
    signing_keys.retire(first.kid)
    assert signing_keys.signer(TOOL).kid != first.kid
