"""The web server when requests do not arrive."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lti_bridge import processes, webserver
from lti_bridge.webserver import READ_SECONDS, STALL_SECONDS, PatientSocket, be_brief, be_patient
from tests.postgres_and_redis import free_port

HALF_A_HEAD = b"GET /healthz HT"
HALF_A_BODY = (
    b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=abcdefghijklmnopqrstuvwxyz012345\r\n"
    b"Content-Length: 60000\r\n\r\nu="
)


@pytest.fixture
def pair() -> Iterator[tuple[PatientSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with PatientSocket(fileno=ours.detach()) as patient, theirs:
        yield patient, theirs


def test_what_does_not_arrive_in_time_is_as_if_the_other_side_had_gone(pair) -> None:
    patient, _theirs = pair
    patient.until = time.monotonic() + 0.05
    with pytest.raises(ConnectionResetError):
        patient.recv(10)
    assert patient.gettimeout() is None


def test_what_has_arrived_is_read_however_late_we_are(pair) -> None:
    patient, theirs = pair
    theirs.sendall(b"here")
    assert patient.recv(10) == b"here"


def test_patience_grows_with_what_arrives(pair) -> None:
    patient, theirs = pair
    be_patient({"gunicorn.socket": patient}, pace=100.0, most=1000)
    patient.until = time.monotonic() + 1
    before = patient.until
    theirs.sendall(bytes(300))
    patient.recv(1000)
    assert patient.until == pytest.approx(before + 3)


def test_what_arrived_fast_is_no_credit_for_standing_still(pair) -> None:
    patient, theirs = pair
    be_patient({"gunicorn.socket": patient}, pace=1.0, most=60_000)
    theirs.sendall(bytes(50_000))
    patient.recv(60_000)
    assert patient.until <= time.monotonic() + STALL_SECONDS


def test_patience_is_for_those_who_asked_for_it(pair) -> None:
    patient, theirs = pair
    patient.until = until = time.monotonic() + 1
    theirs.sendall(b"here")
    patient.recv(10)
    assert patient.until == until
    be_patient({}, pace=1.0, most=1)


def test_patience_is_for_what_was_asked_for(pair) -> None:
    patient, theirs = pair
    be_patient({"gunicorn.socket": patient}, pace=1.0, most=4)
    theirs.sendall(b"here and no more")
    patient.recv(4)
    patient.until = until = time.monotonic() + 1
    patient.recv(12)
    assert patient.until == until
    # Asked again, it goes on from where it was.
    be_patient({"gunicorn.socket": patient}, pace=1.0, most=4)
    assert patient.until == until


def test_after_patience_there_is_the_usual_time(pair) -> None:
    patient, theirs = pair
    environ = {"gunicorn.socket": patient}
    patient.until = until = time.monotonic() + 1
    be_brief(environ)
    assert patient.until == until
    be_patient(environ, pace=1.0, most=100)
    be_brief(environ)
    assert patient.until == pytest.approx(time.monotonic() + READ_SECONDS, abs=1)
    theirs.sendall(b"here")
    until = patient.until
    patient.recv(4)
    assert patient.until == until


def test_what_nobody_takes_is_as_if_they_had_gone(pair, monkeypatch) -> None:
    monkeypatch.setattr(webserver, "UNTAKEN_SECONDS", 0.05)
    patient, _theirs = pair
    with pytest.raises(ConnectionResetError):
        patient.sendall(bytes(10_000_000))
    assert patient.gettimeout() is None


def test_what_is_taken_too_slowly_too(pair, monkeypatch) -> None:
    monkeypatch.setattr(webserver, "TAKING_SECONDS", 0.0)
    monkeypatch.setattr(webserver, "TAKING_PACE", 1e9)
    patient, _theirs = pair
    with pytest.raises(ConnectionResetError):
        patient.sendall(bytes(10_000_000))


def test_what_is_taken_buys_time_and_waiting_of_ours_costs_none(pair, monkeypatch) -> None:
    monkeypatch.setattr(webserver, "TAKING_SECONDS", 0.0)
    patient, theirs = pair
    patient.waited = 10.0
    patient.taken = 11 * webserver.TAKING_PACE
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(lambda: len(theirs.recv(1_000_000, socket.MSG_WAITALL)))
        patient.sendall(bytes(1_000_000))
        assert read.result() == 1_000_000
    assert patient.taken == 11 * webserver.TAKING_PACE + 1_000_000


@pytest.mark.parametrize(("offset", "count", "expected"), [(0, None, 700_000), (5, 600_000, 600_000), (5, 0, 0)])
def test_a_file_is_sent_piece_by_piece(pair, offset: int, count: int | None, expected: int) -> None:
    patient, theirs = pair
    with tempfile.TemporaryFile() as file, ThreadPoolExecutor(1) as reader:
        file.write(os.urandom(700_000))
        file.seek(offset)
        content = file.read()[:count]
        read = reader.submit(lambda: theirs.recv(expected, socket.MSG_WAITALL) if expected else b"")
        assert patient.sendfile(file, offset, count) == expected
        assert read.result() == content


@pytest.fixture
def port(settings) -> Iterator[int]:
    settings.WEB_WORKERS, settings.WEB_THREADS = 2, 8
    port = free_port()
    with _serving(processes.web([f"127.0.0.1:{port}"]).command, port, settings.ROOT):
        yield port


@contextmanager
def _serving(command: Sequence[str], port: int, root: Path) -> Iterator[None]:
    server = subprocess.Popen(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)})
    try:
        until = time.monotonic() + 30
        while not _is_healthy(port, 1):
            assert time.monotonic() < until
            time.sleep(0.2)
        yield
    finally:
        server.kill()
        server.wait()


def _is_healthy(port: int, patience: float) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=patience) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize("half", [HALF_A_HEAD, HALF_A_BODY], ids=["head", "body"])
def test_requests_that_never_end_hold_the_service_up_for_seconds_only(port: int, half: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(half)
        assert _is_healthy(port, 15)


def test_a_launch_whose_body_never_comes_gets_a_page(port: int) -> None:
    head = "POST /lti/1.1/launch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(30)
        connection.sendall(f"{head}Content-Length: 60000\r\n\r\nu=".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ") and b"The request did not arrive as a whole." in answer


def test_connections_that_say_nothing_do_not_hold_it_up_at_all(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert _is_healthy(port, 2)
        assert _is_healthy(port, 2)


@pytest.mark.parametrize("answer", ["/pieces", "/file", "/whole"])
def test_answers_that_nobody_takes_hold_the_service_up_for_seconds_only(settings, answer: str) -> None:
    port = free_port()
    command = (sys.executable, "-m", "gunicorn", "tests.impatient:application", "--no-control-socket", "--threads", "2")
    options = ("--bind", f"127.0.0.1:{port}", "--worker-class", "tests.impatient.ImpatientWorker")
    with _serving((*command, *options), port, settings.ROOT), ExitStack() as stack:
        for _ in range(6):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(f"GET {answer} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert _is_healthy(port, 30)
