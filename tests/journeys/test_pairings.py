"""Every pairing of LTI versions over real sockets: the demo, people with browsers, and parties that do wrong.

``test_every_pairing`` has the other cases of section I, in one process.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from pytest_django.fixtures import Settings

from config.first_start import free_ports
from lti_bridge.sandbox.check.stack import Stack
from lti_bridge.sandbox.check.steps import Choice, choose, is_at, open_link, sit_isograd_test
from lti_bridge.sandbox.check.visitor import Visitor

#: What a grade gets to arrive; and what one that must not arrive gets to do so.
PATIENCE, A_WHILE = 60.0, 2.0
#: What the trail says of a request that the LMS did not answer properly.
FAILED = re.compile("Gradebook: [a-z ]+: (perhaps taken|the LMS did not answer|the LMS cannot be read)")
#: The retry schedule at this pace: tries after 0.2 s, 1 s and 5 s, so that an LMS that was down for a few seconds is
#: asked again within a few; and one probe a minute becomes one in 1.8 s.
PACE = "0.03"
NAMES = {"alice": "5", "bob": "6", "chloe": "7"}
CANVAS, OPENEDX = 1, 2

BY_11 = "Add an activity"
BY_13 = "Choose content by LTI 1.3"
PAIRINGS = {
    "1.1 to 1.1": Choice(BY_11, "excel-basic", "Excel, basic"),
    "1.1 to 1.3": Choice(BY_11, "outlook-basic", "Outlook, basic"),
    "1.3 to 1.1": Choice(BY_13, "access-basic", "Access, basic"),
    "1.3 to 1.3": Choice(BY_13, "python-basic", "Python, basic"),
}
of_each_pairing = pytest.mark.parametrize("pairing", PAIRINGS.values(), ids=PAIRINGS)
with_lti13_lms = pytest.mark.parametrize(
    "pairing", [PAIRINGS["1.3 to 1.1"], PAIRINGS["1.3 to 1.3"]], ids=["1.3 to 1.1", "1.3 to 1.3"]
)
with_lti13_provider = pytest.mark.parametrize(
    "pairing", [PAIRINGS["1.1 to 1.3"], PAIRINGS["1.3 to 1.3"]], ids=["1.1 to 1.3", "1.3 to 1.3"]
)


@dataclass(frozen=True)
class Town:
    """The running demo."""

    base: str
    lms: str

    def switch(self, **faults: float) -> None:
        """Set fault switches, all others off."""
        answer = requests.post(f"{self.base}/sandbox/faults.json", json={"reset": True} | faults, timeout=10)
        answer.raise_for_status()


class Exam:
    """A link that the teacher has just added, so that nobody has a grade there."""

    def __init__(self, town: Town, choice: Choice) -> None:
        self.town, self.choice = town, choice
        self.address = choose(Visitor(), choice)

    def sit(self, username: str, *, right: int) -> None:
        """Open the link, take the test, come back."""
        who = Visitor()
        page = open_link(who, username, address=self.address)
        is_at(sit_isograd_test(who, page, right=right), self.town.base, "the bridge")

    def cell(self, username: str) -> dict[str, Any]:
        """What the gradebook says of somebody; empty where it never heard of them."""
        number = int(self.address.rpartition("/")[2])
        cells = requests.get(f"{self.town.lms}/gradebook.json", timeout=10).json()
        found = [cell for cell in cells if (cell["link_id"], cell["user_id"]) == (number, NAMES[username])]
        return found[0] if found else {}

    def grade(self, username: str) -> float | None:
        grade: float | None = self.cell(username).get("grade")
        return grade

    def taken(self, username: str) -> list[str]:
        """The writes that the gradebook took."""
        return [
            write["value"] for write in self.cell(username).get("writes", []) if write["outcome"].startswith("taken")
        ]

    def wait_for(self, username: str, grade: float) -> None:
        """Return when the grade stands there."""
        until = time.monotonic() + PATIENCE
        while self.grade(username) != grade:
            assert time.monotonic() < until, self.cell(username)
            time.sleep(0.2)

    def fails(self, name: str) -> None:
        """Return when the teacher sees that the LMS was asked in vain, and the gradebook has nothing."""
        ines = Visitor()
        until = time.monotonic() + PATIENCE
        while True:
            roster = open_link(ines, "ines", address=self.address)
            trail = next((target for target in roster.links.values() if "learner=" in target), "")
            if trail and FAILED.search(text := ines.open(urljoin(roster.url, trail)).text):
                break
            assert time.monotonic() < until, text if trail else roster.text
            time.sleep(0.1)
        assert self.grade(name) is None

    def stays(self, username: str, grade: float | None) -> None:
        """The grade stands there for a while, whatever may still arrive."""
        until = time.monotonic() + A_WHILE
        while time.monotonic() < until:
            assert self.grade(username) == grade, self.cell(username)
            time.sleep(0.2)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    port = free_ports()
    base = f"http://127.0.0.1:{port}"
    environ = {
        "BASE_URL": base,
        "DATA_DIR": str(tmp_path_factory.mktemp("demo")),
        "DATABASE_URL": "",
        "CELERY_BROKER_URL": "",
        "DELIVERY_PACE": PACE,
        "SWEEP_SECONDS": "1",
    }
    with Stack(environ):
        yield Town(base, f"http://127.0.0.2:{port + 1}/sandbox/lms")


@pytest.fixture
def town(running: Town, settings: Settings) -> Town:
    """Everybody behaves at the beginning; the steps know where everybody lives."""
    settings.PUBLIC_ORIGIN = running.base
    running.switch()
    return running


@pytest.fixture
def exam(town: Town, pairing: Choice) -> Exam:
    return Exam(town, pairing)


@of_each_pairing
def test_a_grade_is_written_once(exam: Exam) -> None:
    """E2E-01"""
    exam.sit("alice", right=4)
    exam.wait_for("alice", 0.8)
    assert len(exam.taken("alice")) == 1
    # Basic Outcomes has no place for a comment.
    told = "800 of 1000 points." if exam.choice == PAIRINGS["1.3 to 1.3"] else ""
    assert exam.cell("alice")["comment"] == told


@of_each_pairing
def test_zero_is_a_grade(exam: Exam) -> None:
    exam.sit("alice", right=0)
    exam.wait_for("alice", 0.0)


@of_each_pairing
def test_two_people_have_a_cell_each(exam: Exam) -> None:
    """E2E-10"""
    exam.sit("alice", right=1)
    exam.sit("bob", right=2)
    exam.wait_for("alice", 0.2)
    exam.wait_for("bob", 0.4)
    assert exam.cell("chloe") == {}


@of_each_pairing
def test_the_same_result_twice_is_one_write(town: Town, exam: Exam) -> None:
    """E2E-08"""
    town.switch(provider_outcome_twice=100)
    exam.sit("alice", right=3)
    exam.wait_for("alice", 0.6)
    exam.stays("alice", 0.6)
    assert len(exam.taken("alice")) == 1


@of_each_pairing
def test_a_result_with_a_wrong_signature_is_no_grade(town: Town, exam: Exam) -> None:
    town.switch(provider_wrong_signature=100)
    exam.sit("alice", right=5)
    exam.stays("alice", None)


@with_lti13_provider
def test_what_waits_for_marking_is_no_grade_until_it_is_marked(town: Town, exam: Exam) -> None:
    """E2E-06"""
    town.switch(provider_marks_by_hand=A_WHILE + 2)
    exam.sit("alice", right=4)
    exam.stays("alice", None)
    exam.wait_for("alice", 0.8)
    assert len(exam.taken("alice")) == 1


@with_lti13_provider
@pytest.mark.parametrize("fault", ["provider_older_score", "provider_wrong_line_item"])
def test_a_score_that_is_older_or_for_somebody_elses_column_changes_nothing(town: Town, exam: Exam, fault: str) -> None:
    town.switch(**{fault: 100})
    exam.sit("alice", right=3)
    expected = 0.6 if fault == "provider_older_score" else None
    if expected:
        exam.wait_for("alice", expected)
    exam.stays("alice", expected)


@with_lti13_provider
def test_a_result_may_go_to_the_outcome_service_by_lti_13_too(town: Town, exam: Exam) -> None:
    town.switch(provider_by_outcome=100)
    exam.sit("alice", right=2)
    exam.wait_for("alice", 0.4)


@of_each_pairing
@pytest.mark.parametrize("fault", ["lms_login_page", "lms_cut_before", "lms_cut_after"])
def test_a_grade_arrives_when_the_lms_is_itself_again(town: Town, exam: Exam, fault: str) -> None:
    """E2E-07"""
    town.switch(**{fault: 100})
    exam.sit("alice", right=4)
    if fault == "lms_cut_after":
        exam.wait_for("alice", 0.8)
    else:
        exam.fails("alice")
    town.switch()
    exam.wait_for("alice", 0.8)
    exam.stays("alice", 0.8)


@with_lti13_lms
@pytest.mark.parametrize(
    "faults",
    [
        {"lms_token_forgotten": 100, "lms_token_error": 100},
        {"lms_throttles": 100},
        {"lms_throttles": 100, "lms_manner": CANVAS},
    ],
    ids=["token 500", "429", "403 of Canvas"],
)
def test_a_grade_arrives_when_the_services_of_lti_13_work_again(
    town: Town, exam: Exam, faults: dict[str, float]
) -> None:
    town.switch(**faults)
    exam.sit("alice", right=4)
    exam.fails("alice")
    town.switch()
    exam.wait_for("alice", 0.8)


@with_lti13_lms
@pytest.mark.parametrize(
    "faults",
    [{"lms_conflicts": 100}, {"lms_token_forgotten": 100, "lms_token_page": 100}],
    ids=["something newer", "no token"],
)
def test_what_the_lms_refuses_every_time_waits_for_the_teacher(
    town: Town, exam: Exam, faults: dict[str, float]
) -> None:
    town.switch(**faults)
    exam.sit("alice", right=4)
    ines = Visitor()
    until = time.monotonic() + PATIENCE
    while "needs action" not in (roster := open_link(ines, "ines", address=exam.address)).text:
        assert time.monotonic() < until, roster.text
        time.sleep(0.2)
    town.switch()
    ines.submit(roster, roster.form("Deliver again"))
    exam.wait_for("alice", 0.8)


@with_lti13_lms
@pytest.mark.parametrize("manner", [CANVAS, OPENEDX], ids=["Canvas", "Open edX"])
def test_other_lms_take_the_grade_once_too(town: Town, exam: Exam, manner: int) -> None:
    town.switch(lms_manner=manner)
    exam.sit("alice", right=4)
    exam.wait_for("alice", 0.8)
    exam.stays("alice", 0.8)
    assert len(exam.taken("alice")) == 1


@with_lti13_lms
@pytest.mark.parametrize("fault", ["lms_token_expired", "lms_wrong_nonce", "lms_wrong_audience"])
def test_an_id_token_for_another_time_or_place_opens_nothing(town: Town, exam: Exam, fault: str) -> None:
    town.switch(**{fault: 100})
    page = open_link(Visitor(), "alice", address=exam.address)
    assert page.status >= 400
    assert page.url.startswith(town.base)
