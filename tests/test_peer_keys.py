"""Keys of others: fetched once when an unknown one is named, by one at a time, and not again within a minute."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from lti_bridge import peer_keys
from lti_bridge.models import PeerKeys
from lti_bridge.peer_keys import KeyProblem
from tests.world13 import peer

pytestmark = pytest.mark.django_db


class KeyServer:
    """A key set over a socket, and how often it was asked for."""

    def __init__(self) -> None:
        self.key_set: Any = peer().key_set
        self.status = 200
        self.asked = 0
        self.delay = 0.0
        self.url = ""


@pytest.fixture
def server() -> Iterator[KeyServer]:
    state = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            state.asked += 1
            time.sleep(state.delay)
            body = state.key_set if isinstance(state.key_set, bytes) else json.dumps(state.key_set).encode()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()
    state.url = f"http://127.0.0.1:{http.server_port}/keys"
    peer_keys.forget()
    yield state
    http.shutdown()
    http.server_close()
    peer_keys.forget()


@contextmanager
def later(**by: float) -> Iterator[None]:
    with time_machine.travel(timezone.now() + timedelta(**by), tick=True):
        yield


def refused(url: str, kid: str) -> str:
    with pytest.raises(KeyProblem) as caught:
        peer_keys.find(url, kid)
    return caught.value.code


def test_a_key_is_fetched_once_and_kept(server: KeyServer) -> None:
    for _ in range(3):
        assert peer_keys.find(server.url, peer().kid).key_size == 2048  # type: ignore[union-attr]  # it is an RSA key
    peer_keys.forget()  # another process
    peer_keys.find(server.url, peer().kid)
    assert server.asked == 1


def test_an_unknown_name_is_looked_for_once_a_minute_however_often_it_is_named(server: KeyServer) -> None:
    """T13-BAD-02, SEC-J6."""
    peer_keys.find(server.url, peer().kid)
    with later(minutes=2):
        for number in range(50):
            assert refused(server.url, f"forged-{number}") == "unknown_kid"
        assert server.asked == 2
    with later(minutes=4):
        assert refused(server.url, "forged") == "unknown_kid"
        assert server.asked == 3


def test_a_new_key_of_the_platform_is_found_at_once(server: KeyServer) -> None:
    """S15: rotation, more than a minute after the last fetch."""
    peer_keys.find(server.url, peer().kid)
    with later(minutes=2):
        server.key_set = {"keys": [peer().jwk, peer("new").jwk]}
        assert peer_keys.find(server.url, peer("new").kid)
        assert server.asked == 2


def test_a_withdrawn_key_stops_working(server: KeyServer) -> None:
    peer_keys.find(server.url, peer().kid)
    server.key_set = peer("new").key_set
    with later(hours=7):
        assert refused(server.url, peer().kid) == "unknown_kid"


def test_known_keys_go_on_working_while_the_platform_is_down(server: KeyServer) -> None:
    peer_keys.find(server.url, peer().kid)
    server.status = 503
    with later(hours=7):
        assert peer_keys.find(server.url, peer().kid)
        assert PeerKeys.objects.get().problem == "The key set's address answered HTTP 503."


@pytest.mark.parametrize(
    "answer",
    [b"<html>log in</html>", b"[]", b'{"keys": 7}', b'{"keys": []}', b"[" * 100_000, b" " * 300_000],
)
def test_what_is_no_key_set_changes_nothing(server: KeyServer, answer: bytes) -> None:
    peer_keys.find(server.url, peer().kid)
    server.key_set = answer
    with later(minutes=2):
        assert refused(server.url, "other") == "unknown_kid"
        assert peer_keys.find(server.url, peer().kid)
        assert PeerKeys.objects.get().problem


@pytest.mark.parametrize("member", [b"NaN", b"Infinity", b'"a\\u0000b"', b'"\\ud800"', b'{"\\u0000": 1}'])
def test_a_key_that_no_database_takes_is_passed_over(server: KeyServer, member: bytes) -> None:
    """Its LMS's launches would else end in a fault of ours, one after the other."""
    good = json.dumps(peer().jwk).encode()
    server.key_set = b'{"keys": [' + good + b', {"kty": "RSA", "kid": "odd", "more": ' + member + b"}]}"
    assert peer_keys.find(server.url, peer().kid)
    assert [key["kid"] for key in PeerKeys.objects.get().keys] == [peer().kid]


def test_a_platform_that_never_answered_is_told_from_one_without_the_key(server: KeyServer) -> None:
    server.status = 500
    assert refused(server.url, peer().kid) == "keys_unreachable"


def test_an_address_that_must_not_be_called_is_not_called() -> None:
    assert refused("http://169.254.169.254/keys", "k") == "keys_unreachable"
    assert refused("file:///etc/passwd", "k") == "keys_unreachable"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads share one in-memory database only on PostgreSQL")
def test_of_many_that_come_together_one_fetches_and_all_get_the_key(server: KeyServer) -> None:
    """Cold cache at the beginning of an exam: a valid launch never fails for it."""
    server.delay = 0.3
    found: list[object] = []

    def launch() -> None:
        try:
            found.append(peer_keys.find(server.url, peer().kid))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=launch) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert server.asked == 1


def test_who_does_not_fetch_waits_for_who_does(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is at it: its answer is taken from the database."""
    row = peer_keys._row(server.url)
    PeerKeys.objects.filter(pk=row.pk).update(tried_at=timezone.now())

    def answer_meanwhile(_seconds: float) -> None:
        PeerKeys.objects.filter(pk=row.pk).update(keys=peer().key_set["keys"], fetched_at=timezone.now())

    monkeypatch.setattr(peer_keys.time, "sleep", answer_meanwhile)
    assert peer_keys.find(server.url, peer().kid)
    assert server.asked == 0


def test_an_address_that_does_not_answer_holds_up_no_other(server: KeyServer) -> None:
    with peer_keys._lock_of("https://dead.example.edu/keys"):  # as a thread has it while it waits for the answer
        assert peer_keys.find(server.url, peer().kid)


def test_an_administrator_can_have_it_fetched_now(server: KeyServer) -> None:
    assert peer_keys.refresh(server.url) == ""
    server.status = 500
    assert "HTTP 500" in peer_keys.refresh(server.url)
    assert server.asked == 2
