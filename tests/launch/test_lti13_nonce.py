"""An LTI 1.3 launch is good once, for ten minutes, and only for the login that it belongs to."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test import Client

from lti_bridge import peer_keys
from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import state
from lti_bridge.launch.lti13 import Unbound
from lti_bridge.launch.lti13 import verify as verify_request
from lti_bridge.models import LaunchRecord, Lti13Registration, Platform
from tests.launches13 import Begun, begin, come_back, request_of
from tests.world import World, make_world
from tests.world13 import BOB, claims, knows_keys_of, make_registration, peer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    peer_keys.forget()
    return make_registration(world.platform)


def outcome(begun: Begun, token: str) -> str:
    """The reason code of a refusal; empty for a launch."""
    try:
        launch = verify_request(request_of(begun, token))
    except LaunchRejected as error:
        return error.code
    return "unbound" if isinstance(launch, Unbound) else ""


def test_a_launch_sent_twice_is_refused_and_goes_nowhere(client: Client) -> None:
    """T13-BAD-19, T13-BAD-20, SEC-S1: the back button, and a thief."""
    begun = begin(client)
    token = peer().sign(claims(nonce=begun.nonce))
    assert outcome(begun, token) == ""
    with pytest.raises(LaunchRejected) as caught:
        verify_request(request_of(begun, token))
    assert (caught.value.code, caught.value.status, caught.value.return_url) == ("replayed", 403, "")
    assert LaunchRecord.objects.count() == 1


def test_the_back_button_gets_a_page_that_says_so(client: Client) -> None:
    begun = begin(client)
    token = peer().sign(claims(nonce=begun.nonce))
    assert come_back(client, begun, token).status_code == 200
    client.cookies.load(begun.cookies)
    response = come_back(client, begun, token)
    assert response.status_code == 403 and "was used before" in response.content.decode()


def test_a_nonce_is_used_up_whoever_launches_with_it(client: Client) -> None:
    begun = begin(client)
    assert outcome(begun, peer().sign(claims(nonce=begun.nonce))) == ""
    assert outcome(begun, peer().sign(claims(BOB, nonce=begun.nonce))) == "replayed"


def test_a_refused_message_uses_up_its_nonce_and_is_a_replay_next_time(client: Client) -> None:
    begun = begin(client)
    token = peer().sign(claims(nonce=begun.nonce, version="1.2"))
    assert [outcome(begun, token), outcome(begun, token)] == ["wrong_version", "replayed"]
    assert [record.refused for record in LaunchRecord.objects.all()] == ["wrong_version"]


def test_a_forged_token_does_not_use_up_the_nonce(client: Client) -> None:
    """SEC-S3, CVE-2026-34052: no row, and the right launch is still good."""
    begun = begin(client)
    told = claims(nonce=begun.nonce)
    for token in (peer("stranger").sign(told, kid=peer().kid), peer().sign(told | {"exp": 1}), "a.b.c"):
        assert outcome(begun, token) != ""
    assert not LaunchRecord.objects.exists()
    assert outcome(begun, peer().sign(told)) == ""


def test_a_thousand_bad_signatures_write_no_row(client: Client) -> None:
    """S3."""
    begun = begin(client)
    token = peer("stranger").sign(claims(nonce=begun.nonce), kid=peer().kid)
    assert {outcome(begun, token) for _ in range(1000)} == {"bad_signature"}
    assert not LaunchRecord.objects.exists()


def test_the_nonce_of_another_login_is_wrong(client: Client) -> None:
    """T13-BAD-19, CVE-2022-31158: the nonce belongs to the state, not to a heap of nonces."""
    one, two = begin(client), begin(client)
    assert outcome(one, peer().sign(claims(nonce=two.nonce))) == "wrong_nonce"
    assert outcome(two, peer().sign(claims(nonce=two.nonce))) == ""


def test_two_registrations_may_use_the_same_nonce(client: Client, world: World) -> None:
    other = make_registration(Platform.objects.create(name="other"), client_id="second")
    record = LaunchRecord(platform=other.platform, lti13=other, reference="r", received_at="2026-01-01T00:00Z")
    begun = begin(client)
    record.nonce = begun.nonce
    record.save()
    assert outcome(begun, peer().sign(claims(nonce=begun.nonce))) == ""


@pytest.mark.parametrize("seconds", [599, 602])
def test_a_login_is_good_for_ten_minutes(client: Client, seconds: int) -> None:
    """T13-BAD-20."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        knows_keys_of("https://lms.example.edu/mod/lti/certs.php", peer().key_set)
        begun = begin(client)
        clock.shift(seconds)
        assert outcome(begun, peer().sign(claims(nonce=begun.nonce))) == ("" if seconds < 600 else "state_expired")


@pytest.mark.parametrize("change", ["a.b.c", "x", ".", "", "{state}x", "x{state}", "{state}.{state}"])
def test_a_state_that_we_did_not_write_is_refused(client: Client, change: str) -> None:
    """T13-BAD-20."""
    begun = begin(client)
    made_up = change.format(state=begun.state)
    response = come_back(client, begun, peer().sign(claims(nonce=begun.nonce)), state=made_up)
    assert response.status_code == 403 and "This launch was not begun here." in response.content.decode()


def test_no_state_at_all_is_refused(client: Client) -> None:
    """T13-BAD-20."""
    begun = begin(client)
    response = come_back(client, begun, peer().sign(claims(nonce=begun.nonce)), state=None)
    assert response.status_code == 403


def test_another_signed_text_of_ours_is_no_state(client: Client) -> None:
    begun = begin(client)
    payload = begun.state.rsplit(".", 2)[0]
    other = signing.TimestampSigner(salt="lti_bridge.pages.access", sep=".").sign(payload)
    assert come_back(client, begun, peer().sign(claims(nonce=begun.nonce)), state=other).status_code == 403


def test_a_state_holds_no_secret_and_nobody_s_name(client: Client) -> None:
    begun = begin(client)
    kept = state.read(begun.state)
    assert "alice" not in repr(kept).lower()


@pytest.fixture
def reachable_by_threads(world: World, registration: Lti13Registration, tmp_path: Path) -> Iterator[int]:
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


def test_of_a_thousand_launches_at_once_with_one_nonce_one_succeeds(client: Client, reachable_by_threads: int) -> None:
    """S2, SEC-S8."""
    begun = begin(client)
    token = peer().sign(claims(nonce=begun.nonce))

    def launch(_number: int) -> str:
        try:
            return outcome(begun, token)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(launch, range(reachable_by_threads)))
    assert sorted(outcomes) == ["", *["replayed"] * (reachable_by_threads - 1)]
