"""What the log holds, read where it is written: on standard error."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from lti_bridge.logs import RoutesForPaths, route_of
from lti_bridge.pages import instructor, roster
from tests.pages.course import Course, make_course

ROOT = Path(__file__).parents[1]
_FAILING = """
import logging, django
django.setup()
import structlog
def fail():
    shared_secret, learner = "canary-secret", "Alice Liddell"
    raise RuntimeError("it broke")
for log in (logging.getLogger("django.request"), structlog.get_logger("lti_bridge")):
    try:
        fail()
    except RuntimeError:
        log.exception("it failed")
"""
_STRANGE = """
import django
django.setup()
import structlog
structlog.get_logger("lti_bridge").warning("launch_refused", kid="\\x1b[2Ja\\u2028b\\x9bc\\u202ed", key="é")
"""


@pytest.fixture
def course(db) -> Course:
    return make_course()


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO)
    logging.getLogger("django_structlog").setLevel(logging.INFO)
    yield lambda: " ".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    logging.getLogger("django_structlog").setLevel(logging.WARNING)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_a_stranger_wrote_moves_no_cursor_and_begins_no_line(log_format: str) -> None:
    """SEC-J4: anybody can have a login refused, and what it named is in the log."""
    done = subprocess.run(
        [sys.executable, "-c", _STRANGE],
        cwd=ROOT,
        env=os.environ | {"LOG_FORMAT": log_format, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    (line,) = done.stderr.split("\n")[:-1]
    assert "launch_refused" in line and line.isprintable()
    assert "[2Ja" in line and ("é" in line or "\\u00e9" in line)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_in_the_log_holds_no_local_variables(log_format: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _FAILING],
        cwd=ROOT,
        env=os.environ | {"LOG_FORMAT": log_format},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.count("RuntimeError: it broke") == 2
    assert done.stderr.count("in fail") == 2
    assert "canary-secret" not in done.stderr
    assert "Alice" not in done.stderr


def test_a_pass_is_in_no_line_about_a_refused_request(course: Course, said) -> None:
    address = course.inside("roster")
    client = Client(enforce_csrf_checks=True)
    client.get(address + "?learner=99999")
    client.get(address + "/nothing/here")
    client.post(course.inside("roster-act", cell=5, what="nonsense"))
    client.put(address)
    assert address.split("/")[2] not in said()
    assert "/inside/<str:access>/roster" in said()
    assert "/inside/..." in said()


def test_a_pass_is_in_no_line_about_a_fault_of_ours(course: Course, said, monkeypatch) -> None:
    def broken(*_):
        raise RuntimeError("it broke")

    for module in (roster, instructor):
        if hasattr(module, "rows_of"):
            monkeypatch.setattr(module, "rows_of", broken)
    address = course.inside("roster")
    assert Client(raise_request_exception=False).get(address).status_code == 500
    assert "Internal Server Error: /inside/<str:access>/roster" in said()
    assert address.split("/")[2] not in said()


def test_a_pass_in_a_referer_is_in_no_line(course: Course, said, settings) -> None:
    address = "https://elsewhere.example.edu" + course.inside("roster")
    client = Client(enforce_csrf_checks=True)
    assert client.post("/admin/login/", headers={"Referer": address}, secure=True).status_code == 403
    assert "Referer checking failed - https://elsewhere.example.edu/inside/.../roster" in said()
    assert address.split("/")[4] not in said()


@pytest.mark.parametrize(
    "path", ["/lti/1.3/login", "/lti/1.3/launch", "/lti/1.3/register", "/relay/1.3/auth", "/relay/1.3/nothing"]
)
def test_hints_states_and_tokens_of_lti13_are_in_no_line(db, said, path: str) -> None:
    canary = "canary-of-a-token"
    names = ("login_hint", "lti_message_hint", "state", "nonce", "id_token", "registration_token", "client_assertion")
    fields = dict.fromkeys(names, canary)
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    for answer in (client.get(path, fields), client.post(path, fields), client.put(path, headers={"X-State": canary})):
        assert answer.status_code < 500
    query = "&".join(f"{name}={canary}" for name in names)
    referer = f"https://elsewhere.example.edu{path}?return=https://lms.example.edu/a?{query}"
    client.post("/admin/login/", headers={"Referer": referer}, secure=True)
    assert f"Referer checking failed - https://elsewhere.example.edu{path}?... does" in said()
    assert canary not in said()


def test_the_key_of_an_attempt_is_in_no_line(course: Course, said) -> None:
    key = course.attempt(course.alice, "opened").key
    for path in (f"isograd/nobody/{key}/done", f"isograd/isograd-test/{key}/nothing"):
        assert Client().get(f"/callbacks/{path}").status_code == 404
    assert Client().put(f"/callbacks/isograd/isograd-test/{key}/done").status_code == 405
    assert key not in said()
    assert "/callbacks/<slug:provider>/<slug:account>/<str:key>/done" in said()


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/nothing", "/nothing"),
        ("/inside/some-pass/nothing", "/inside/..."),
        ("//inside/some-pass", "/inside/..."),
        ("/" + "p" * 60, "/..."),
        ("/a\nb", "/a\\nb"),
    ],
)
def test_of_an_address_that_is_none_of_ours_the_first_word_is_logged(path: str, route: str) -> None:
    request = RequestFactory().get("/")
    request.path = request.path_info = path
    assert route_of(request) == route


def test_messages_about_other_things_are_left_alone() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%s", ("/inside/p",), None)
    assert RoutesForPaths().filter(record)
    assert record.getMessage() == "/inside/p"
    request = RequestFactory().get("/healthz")
    request.resolver_match = resolve("/healthz")
    record.request, record.args = request, (7, "Not Found", "/healthz")
    assert RoutesForPaths().filter(record)
    assert record.args == (7, "Not Found", "/healthz")
