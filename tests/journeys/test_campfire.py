"""The whole way to an exam session at Campfire, from an LMS by LTI 1.1 and from one by LTI 1.3.

The API, the gradebook and the grade services are servers on sockets, written without the project's own modules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import gradebook, looking, looks
from lti_bridge.delivery import converge
from lti_bridge.models import Account, Activity, Attempt, Cell
from tests.campfire_server import APP_KEY, APP_SECRET, CONFIG, SECRETS, CampfireApi, Session, campfire_api
from tests.journeys.lms import LMSS, Lms
from tests.relay.sitting import authorization, message
from tests.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Exam:
    """A link to an exam configuration of Campfire, between an LMS and the API."""

    lms: Lms
    api: CampfireApi
    account: Account

    def enter(self) -> Session:
        """Alice opens the link and is sent to the player, signed; her session there."""
        response = self.lms.launch()
        assert response.status_code == 200, response.content
        assert "oauth_signature" in response.content.decode()
        return self.api.sessions[Attempt.objects.latest("pk").provider_attempt_id]

    def pass_back(self, session: Session, *, secret: str = APP_SECRET) -> int:
        """Campfire passes a score back, which is only a reason to ask; gives the status."""
        url = session.inputs["lis_outcome_service_url"]
        body = message(session.inputs["lis_result_sourcedid"], "1.0")
        header = authorization(body, key=APP_KEY, secret=secret, url=url)
        path = urlsplit(url).path
        return Client().post(path, body, content_type="application/xml", headers={"Authorization": header}).status_code

    def work(self, *, later: timedelta = timedelta(seconds=5)) -> None:
        """What workers do once so much time has passed."""
        Attempt.objects.filter(look_at__lte=timezone.now() + later).update(look_at=timezone.now())
        Cell.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
        looking.look_at_due(seconds=30)
        converge.deliver_due()


@pytest.fixture(params=LMSS)
def exam(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exam]:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    monkeypatch.setattr(looks, "publish", lambda call: None)
    make_world()
    with campfire_api() as api, LMSS[request.param]("saving") as lms:
        account = Account.objects.create(
            name="campfire", provider="campfire", settings={"base_url": api.url}, secrets=dict(SECRETS)
        )
        Activity.objects.create(
            slug="saving", title="Saving", account=account, action="take_exam", parameters={"exam_config_id": CONFIG}
        )
        yield Exam(lms, api, account)


def test_an_exam_is_taken_passed_back_and_graded(exam: Exam) -> None:
    session = exam.enter()
    exam.work()
    assert exam.lms.held() is None
    session.grade(70)
    assert exam.pass_back(session) == 200
    exam.work()
    assert exam.lms.held() == Fraction("0.7")


def test_a_lost_passback_costs_time_and_no_grade(exam: Exam) -> None:
    exam.enter().grade(0)
    exam.work(later=timedelta(hours=1))
    assert exam.lms.held() == 0


def test_a_doubled_passback_is_one_grade(exam: Exam) -> None:
    session = exam.enter()
    session.grade(70)
    assert [exam.pass_back(session) for _ in range(3)] == [200, 200, 200]
    exam.work()
    exam.work(later=timedelta(hours=1))
    assert (exam.lms.held(), exam.lms.writes()) == (Fraction("0.7"), 1)


def test_a_forged_passback_starts_nothing(exam: Exam) -> None:
    session = exam.enter()
    session.grade(70)
    asked = len(exam.api.requests)
    assert exam.pass_back(session, secret="guessed") == 401
    exam.work()
    assert (exam.lms.held(), len(exam.api.requests)) == (None, asked)


def test_whoever_comes_back_during_the_exam_goes_on_with_it(exam: Exam) -> None:
    assert exam.enter().id == exam.enter().id
    assert (len(exam.api.sessions), Attempt.objects.count()) == (1, 1)


def test_an_api_that_is_down_at_launch_says_so_and_leaves_nothing_half_made(exam: Exam) -> None:
    exam.api.cut[f"/api/exam-config/{CONFIG}/exam-session"] = "before"
    response = exam.lms.launch()
    assert response.status_code in (422, 502, 503), response.content
    assert not exam.api.sessions
    exam.api.cut.clear()
    exam.enter().grade(50)
    exam.work(later=timedelta(hours=1))
    assert exam.lms.held() == Fraction("0.5")
