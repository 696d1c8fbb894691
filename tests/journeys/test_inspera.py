"""The whole way to an exam at Inspera: an LMS launches, the API assigns, a webhook tells, one export grades all."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import gradebook, whole_tests
from lti_bridge.delivery import converge
from lti_bridge.models import Account, Activity, Attempt, Cell, Lti11Registration, ProviderTest
from tests.gradebook_server import Gradebook, gradebook_server
from tests.inspera_server import Server
from tests.world import ALICE, BOB, KEY, SECRET, make_world, signed_launch

pytestmark = pytest.mark.django_db(transaction=True)

WEBHOOK = "/callbacks/inspera_assessment/inspera-test/"
TEST = "31"


@dataclass
class Exam:
    """A course with an exam from a template, the pretend Inspera behind it, and the gradebook before it."""

    inspera: Server
    outcome_url: str
    book: Gradebook

    def launch(self, person: dict[str, str]) -> Any:
        """The learner opens the link: where the browser goes."""
        return signed_launch(
            Client(), path="/lti/1.1/launch/history", **person, lis_outcome_service_url=self.outcome_url
        )

    def mark(self, *totals: tuple[dict[str, str], float]) -> None:
        """What Inspera's next export says."""
        names = {each.learner.user_id: each.candidate.known_as for each in Attempt.objects.all() if each.candidate}
        candidates = [
            {
                "result": {
                    "ext_inspera_candidateExternalIds": [
                        {"ext_inspera_authType": "LTI", "ext_inspera_externalId": names[person["user_id"]]}
                    ],
                    "ext_inspera_attendance": True,
                    "ext_inspera_totalScore": total,
                    "ext_inspera_finalGradeDate": "2026-01-31T12:00:00Z",
                }
            }
            for person, total in totals
        ]
        document = {"ext_inspera_maxTotalScore": 50.0, "ext_inspera_candidates": candidates}
        self.inspera.answer("GET", f"/api/v1/test/{TEST}/submissions", lambda: self.inspera.export(document))

    def tell(self, secret: str = "a sample secret") -> int:
        """Inspera's webhook: its status."""
        body = json.dumps(
            {"event": "confirm_final_grades", "contextObjectId": int(TEST), "timestamp": str(timezone.now())}
        ).encode()
        headers = {"X-Inspera-Signature": hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}
        return Client().post(WEBHOOK, data=body, content_type="application/json", headers=headers).status_code

    def work(self, *, later: timedelta = timedelta(seconds=10)) -> None:
        """What workers do in that time."""
        for _ in range(2):
            ProviderTest.objects.filter(look_at__lte=timezone.now() + later).update(look_at=timezone.now())
            whole_tests.look_at_due(seconds=30)
        converge.deliver_due()

    def held(self) -> dict[str, str | None]:
        """The gradebook, by the learner."""
        by_cell = {person["lis_result_sourcedid"]: person["user_id"] for person in (ALICE, BOB)}
        return {by_cell[cell]: score for cell, score in self.book.held.items()}


@pytest.fixture
def exam(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exam]:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.DELIVERY_PACE = 0.001
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    make_world()
    Lti11Registration.objects.update(service_hosts=[])
    inspera = Server()
    account = Account.objects.create(
        name="inspera-test",
        provider="inspera_assessment",
        settings={"base_url": inspera.url, "client_id": "demo", "entry": "url"},
        secrets={"code": "123456-7890-abcd-efgh", "webhook_secret": "a sample secret"},
    )
    Activity.objects.create(
        slug="history",
        title="History",
        account=account,
        action="take_test",
        parameters={"sourceTemplateId": "55", "duration": 60},
    )
    inspera.answer("POST", "/api/v1/test", {"assessmentRunId": int(TEST)})
    inspera.answer("POST", "/api/v1/users/student", {"username": "somebody"})
    inspera.answer("POST", f"/api/v1/test/{TEST}/candidates", {"success": True})
    with gradebook_server(Gradebook(secrets={KEY: SECRET})) as (url, book):
        yield Exam(inspera, url, book)
    inspera.shutdown()
    inspera.server_close()


def sit(exam: Exam) -> None:
    for person in (ALICE, BOB):
        answer = exam.launch(person)
        assert (answer.status_code, answer["Location"]) == (303, exam.inspera.url)


def test_an_exam_is_made_sat_told_and_graded(exam: Exam) -> None:
    sit(exam)
    exam.mark((ALICE, 41), (BOB, 0))
    assert exam.tell() == 200
    exam.work()
    assert exam.held() == {ALICE["user_id"]: "0.82", BOB["user_id"]: "0"}
    made = [each for each in exam.inspera.calls("/api/v1/test") if each.method == "POST"]
    assert len(made) == 1


def test_a_lost_webhook_costs_time_and_no_grade(exam: Exam) -> None:
    sit(exam)
    exam.mark((ALICE, 41))
    exam.work()
    exam.work(later=timedelta(minutes=30))
    assert exam.held() == {ALICE["user_id"]: "0.82"}


def test_a_doubled_webhook_gives_one_grade(exam: Exam) -> None:
    sit(exam)
    exam.mark((ALICE, 41))
    for _ in range(3):
        exam.tell()
    exam.work()
    exam.work()
    assert (exam.held(), exam.book.writes) == ({ALICE["user_id"]: "0.82"}, 1)


def test_a_forged_webhook_starts_nothing(exam: Exam) -> None:
    sit(exam)
    before = ProviderTest.objects.get().look_at
    assert exam.tell("another secret") == 401
    assert ProviderTest.objects.get().look_at == before


def test_a_grade_revised_on_appeal_replaces_the_first(exam: Exam) -> None:
    sit(exam)
    for total in (41, 45):
        exam.mark((ALICE, total))
        exam.tell()
        exam.work()
        Cell.objects.filter(due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))
        converge.deliver_due()
    assert exam.held() == {ALICE["user_id"]: "0.9"}
