"""A nonce is good for one launch."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from lti_bridge.errors import LaunchRejected
from lti_bridge.models import LaunchRecord, Lti11Registration
from tests.launch.conftest import send
from tests.world import RETURN_URL, World, launch_fields, make_world, signed_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def outcome(body: str) -> str:
    """The reason code of a refusal; empty for a launch."""
    try:
        send(body)
    except LaunchRejected as error:
        return error.code
    return ""


def test_a_launch_sent_twice_is_refused_and_goes_nowhere(world: World) -> None:
    """T11-24, SEC-S4: the back button, and a thief."""
    body = signed_body(launch_fields())
    send(body)
    with pytest.raises(LaunchRejected) as caught:
        send(body)
    assert (caught.value.code, caught.value.status, caught.value.return_url) == ("replayed", 403, "")
    assert LaunchRecord.objects.count() == 1


def test_a_nonce_is_used_up_even_with_another_time_and_another_person(world: World) -> None:
    send(signed_body(launch_fields(), nonce="n-1"))
    assert outcome(signed_body(launch_fields(user_id="bob-2"), nonce="n-1", timestamp=None)) == "replayed"


def test_a_forged_launch_does_not_use_up_the_nonce(world: World) -> None:
    """T11-25, SEC-S3."""
    assert outcome(signed_body(launch_fields(), nonce="n-1", secret="wrong")) == "unknown_key_or_signature"
    assert outcome(signed_body(launch_fields(), nonce="n-1", timestamp=1)) == "timestamp_expired"
    assert not LaunchRecord.objects.exists()
    assert outcome(signed_body(launch_fields(), nonce="n-1")) == ""


def test_another_key_may_use_the_same_nonce(world: World) -> None:
    """T11-26."""
    Lti11Registration.objects.create(platform=world.platform, consumer_key="second", secrets={"shared_secret": "s"})
    assert outcome(signed_body(launch_fields(), nonce="n-1")) == ""
    assert outcome(signed_body(launch_fields(), nonce="n-1", key="second", secret="s")) == ""


def test_a_refused_message_uses_up_its_nonce_and_is_a_replay_next_time(world: World) -> None:
    body = signed_body(launch_fields(lti_version="LTI-1", launch_presentation_return_url=RETURN_URL))
    assert [outcome(body), outcome(body)] == ["wrong_version", "replayed"]
    assert [record.refused for record in LaunchRecord.objects.all()] == ["wrong_version"]


@pytest.fixture
def reachable_by_threads(world: World, tmp_path: Path) -> Iterator[int]:
    """A database that many threads may use, and how many launches it is asked for.

    The tests' SQLite lives in memory and belongs to one thread: threads get a copy of it in a file.
    """
    if connection.vendor != "sqlite":
        yield 1000
        return
    file = tmp_path / "bridge.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(file) as copy:
        connection.connection.backup(copy)
    copy.close()
    name, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], str(file)
    yield 100
    connection.settings_dict["NAME"] = name


def test_of_a_thousand_launches_at_once_with_one_nonce_one_succeeds(reachable_by_threads: int) -> None:
    """T11-24, SEC-S8."""
    body = signed_body(launch_fields())

    def launch(_number: int) -> str:
        try:
            return outcome(body)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(launch, range(reachable_by_threads)))
    assert sorted(outcomes) == ["", *["replayed"] * (reachable_by_threads - 1)]
