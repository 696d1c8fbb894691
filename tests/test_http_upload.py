"""Sending a large body: piece by piece, with its length, once."""

import hashlib
import socket
import threading
import tracemalloc

import pytest

from lti_bridge import http
from lti_bridge.http import HttpProblem
from tests.http_server import serve

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]


class Sink:
    """A server that reads a body without keeping it. ``stops_after``: answers early, or with nothing, after so much."""

    def __init__(self, *, stops_after=None, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
        self.stops_after, self.answer = stops_after, answer
        self.head, self.size, self.digest = b"", 0, hashlib.sha256()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/place?X-Amz-Signature=secret"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        peer, _ = self.socket.accept()
        with peer:
            while b"\r\n\r\n" not in self.head:
                self.head += peer.recv(65536)
            self.head, _, begun = self.head.partition(b"\r\n\r\n")
            self._take(begun)
            while self.size < (self.stops_after or self._expected()):
                self._take(peer.recv(262144))
            peer.sendall(self.answer)

    def _take(self, piece):
        self.size += len(piece)
        self.digest.update(piece)

    def _expected(self):
        lines = self.head.decode().lower().split("\r\n")
        return next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))


@pytest.fixture
def sink():
    made = []

    def make(**more):
        made.append(Sink(**more))
        return made[-1]

    yield make
    for each in made:
        each.socket.close()


def pieces_of(count):
    return (bytes([number % 256]) * MEGABYTE for number in range(count))


def test_a_body_of_two_hundred_megabytes_takes_no_more_memory_than_a_piece(sink):
    server = sink()
    tracemalloc.start()
    answer = http.upload("PUT", server.url, pieces_of(200), 200 * MEGABYTE, deadline=120.0)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    expected = hashlib.sha256()
    for piece in pieces_of(200):
        expected.update(piece)
    assert (answer.status, server.size, server.digest.digest()) == (200, 200 * MEGABYTE, expected.digest())
    assert peak < 20 * MEGABYTE


def test_its_length_is_told_and_nothing_is_chunked(sink):
    server = sink()
    http.upload("PUT", server.url, [b"ab", b"", b"c"], 3, headers={"Content-Type": "text/plain"}, deadline=10.0)
    head = server.head.decode().lower()
    assert "content-length: 3" in head and "content-type: text/plain" in head
    assert "transfer-encoding" not in head and "authorization" not in head


def test_the_answer_comes_back_whatever_its_status():
    with serve(lambda asked: (403, {}, b"<Code>AccessDenied</Code>")) as server:
        answer = http.upload("PUT", f"{server.url}/place", [b"abc"], 3, deadline=10.0)
    assert (answer.status, answer.body, server.asked[0].body) == (403, b"<Code>AccessDenied</Code>", b"abc")


def test_a_server_that_hangs_up_in_the_middle_is_ambiguous(sink):
    server = sink(stops_after=MEGABYTE, answer=b"")
    with pytest.raises(HttpProblem) as problem:
        http.upload("PUT", server.url, pieces_of(50), 50 * MEGABYTE, deadline=30.0)
    assert problem.value.ambiguous and problem.value.code in ("cut", "timeout")
    assert "secret" not in str(problem.value)


def test_a_server_that_reads_too_slowly_does_not_outlive_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(HttpProblem) as problem:
            http.upload("PUT", url, pieces_of(50), 50 * MEGABYTE, deadline=1.0)
    assert (problem.value.code, problem.value.ambiguous) == ("timeout", True)


@pytest.mark.parametrize("pieces", [[b"ab"], [b"abcd"], [b"abc", b"d"], []])
def test_pieces_of_another_size_than_was_told_are_no_fault_of_the_other_side(pieces):
    with serve(lambda asked: (200, {}, b"")) as server, pytest.raises(ValueError, match="3 bytes"):
        http.upload("PUT", server.url, pieces, 3, deadline=10.0)
    assert not [each for each in server.asked if each.body == b"abcd"]


def test_a_trouble_of_the_pieces_comes_through_as_it_is():
    def broken():
        yield b"a"
        raise OSError("the disk is gone")

    with serve(lambda asked: (200, {}, b"")) as server, pytest.raises(OSError, match="the disk is gone"):
        http.upload("PUT", server.url, broken(), 3, deadline=10.0)


def test_an_empty_body_is_nothing_to_stream():
    with pytest.raises(ValueError, match="at least one byte"):
        http.upload("PUT", "https://example.com/", [], 0, deadline=1.0)


def test_the_address_guard_holds_for_it_too(settings):
    settings.ALLOWED_PRIVATE_HOSTS = []
    with pytest.raises(HttpProblem) as problem:
        http.upload("PUT", "https://127.0.0.1/", [b"a"], 1, deadline=1.0)
    assert problem.value.code == "forbidden_address" and not problem.value.ambiguous
