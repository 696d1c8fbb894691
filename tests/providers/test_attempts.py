"""Finding the attempt a provider means."""

import pytest

from lti_bridge.providers.attempts import find_attempt
from tests.relay.sitting import other_account, sit
from tests.world import make_world

pytestmark = pytest.mark.django_db


def test_an_attempt_is_found_at_the_account_it_was_opened_at_and_nowhere_else():
    world = make_world()
    attempt = sit(world)
    other = other_account(world)
    assert find_attempt(world.account, attempt.key) == attempt
    assert find_attempt(other, attempt.key) is None
    world.activity.account = other
    world.activity.save()
    assert find_attempt(world.account, attempt.key) == attempt
    assert find_attempt(other, attempt.key) is None


def test_without_a_candidate_the_activity_tells_the_account():
    world = make_world()
    attempt = sit(world)
    attempt.candidate.delete()
    assert find_attempt(world.account, attempt.key) == attempt
    assert find_attempt(other_account(world), attempt.key) is None


@pytest.mark.parametrize("key", ["", "a\0b", "ä", "x" * 61, "a.0", "a b", "a.0\n", "%"])
def test_what_is_no_key_finds_nothing(key):
    assert find_attempt(make_world().account, key) is None
