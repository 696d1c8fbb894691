"""Hanging up, seen from the other end of a real connection."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, RequestFactory

from config.first_start import free_ports
from lti_bridge import oauth1, pox
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.cutting import CannotCut, cut
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms import service_view
from lti_bridge.sandbox.lms.sourcedids import sourcedid_of
from lti_bridge.sandbox.models import CourseLink, GradebookEntry

URL = "http://127.0.0.2:8001/sandbox/lms/outcomes"


@pytest.fixture
def gunicorn() -> Iterator[int]:
    """A gunicorn as ``run`` starts it, with an application that always hangs up; gives its port."""
    port = free_ports()
    command = [sys.executable, "-m", "gunicorn", "tests.sandbox.hanging_up:application", "--no-control-socket"]
    process = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4"])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def test_gunicorn_hangs_up_without_a_word(gunicorn: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=5)
    connection.request("POST", "/", body=b"grade")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()


def test_gunicorn_answers_others_afterwards(gunicorn: int) -> None:
    for _ in range(20):
        connection = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=5)
        connection.request("GET", "/well")
        assert connection.getresponse().read() == b"well"
        connection.close()
        connection = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=5)
        connection.request("GET", "/")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
        connection.close()


def test_without_a_connection_there_is_nothing_to_cut() -> None:
    with pytest.raises(CannotCut):
        cut(RequestFactory().post("/"))


@pytest.mark.parametrize(
    ("fault", "applied"),
    [("lms_cut_before", False), ("lms_cut_after", True)],
    ids=["before the work", "after the work"],
)
def test_the_outcome_service_hangs_up_around_its_work(
    lms: Client, course: CourseLink, fault: str, applied: bool
) -> None:
    faults.switch({fault: 100})
    assert _heard_after(lms, course) == b""
    assert GradebookEntry.objects.filter(score=Decimal("0.5")).exists() is applied


def test_the_outcome_service_does_its_work_after_it_hung_up(
    lms: Client, course: CourseLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[tuple[float, Any, list[Any]]] = []

    class Clock:
        def __init__(self, seconds: float, what: Any, arguments: list[Any]) -> None:
            later.append((seconds, what, arguments))

        def start(self) -> None:
            assert not GradebookEntry.objects.exists()

    monkeypatch.setattr(service_view, "Timer", Clock)
    monkeypatch.setattr(service_view.connections, "close_all", lambda: None)
    faults.switch({"lms_late_apply": 7})
    assert _heard_after(lms, course) == b""
    [(seconds, what, arguments)] = later
    assert seconds == 7
    what(*arguments)
    assert GradebookEntry.objects.filter(score=Decimal("0.5")).exists()


def _heard_after(lms: Client, link: CourseLink) -> bytes:
    """Post a grade of 0.5 over a connection of our own; what the other end of it hears."""
    body = pox.build_request("replaceResult", sourcedid_of(link, "5"), score=Decimal("0.5"))
    authorization = oauth1.sign_body(URL, body, key=LMS_KEY, secret=shared_secret(LMS_KEY))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        lms.generic(
            "POST",
            URL,
            body,
            content_type="application/xml",
            headers={"Authorization": authorization},
            **{"gunicorn.socket": ours},  # type: ignore[arg-type]  # the test client's stub knows texts only
        )
        return theirs.recv(100)


def _wait_until(holds: Any) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def _wait_for(port: int) -> None:
    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    _wait_until(answers)
