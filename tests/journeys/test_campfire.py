"""The whole way to an exam session at Campfire, from an LMS by LTI 1.1 and from one by LTI 1.3.

The API, the gradebook and the grade services are servers on sockets, written without the project's own modules.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
from lti_bridge.models import Account, Activity, Attempt, Cell, Lti11Registration
from tests.ags_server import Platform, ags_server
from tests.campfire_server import APP_KEY, APP_SECRET, CONFIG, SECRETS, CampfireApi, Session, campfire_api
from tests.delivery.columns import our_keys, start_anew
from tests.gradebook_server import Gradebook, gradebook_server
from tests.launches13 import launch13
from tests.relay.sitting import authorization, message
from tests.world import ALICE, KEY, SECRET, make_world, signed_launch
from tests.world13 import AGS, claims, make_registration

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Lms:
    """Alice's LMS: she opens the link, and her cell holds a part of 1, or nothing."""

    launch: Callable[[], Any]
    held: Callable[[], Fraction | None]
    writes: Callable[[], int]


@contextmanager
def by_lti11() -> Iterator[Lms]:
    with gradebook_server(Gradebook(secrets={KEY: SECRET})) as (service, book):
        Lti11Registration.objects.update(service_hosts=[])

        def held() -> Fraction | None:
            text = book.held.get(ALICE["lis_result_sourcedid"])
            return None if text is None else Fraction(text)

        def launch() -> Any:
            return signed_launch(Client(), path="/lti/1.1/launch/saving", **ALICE, lis_outcome_service_url=service)

        yield Lms(launch, held, lambda: book.writes)


@contextmanager
def by_lti13() -> Iterator[Lms]:
    with ags_server(Platform(keys=our_keys())) as services:
        platform = Lti11Registration.objects.get().platform
        make_registration(platform, token_endpoint=f"{services.base}/token", service_hosts=["127.0.0.2"])
        column = services.add_column(resourceLinkId="link-1")

        def launch() -> Any:
            told = claims(custom={"activity": "saving"}, **{f"{AGS}claim/endpoint": services.claim("link-1")})
            return launch13(Client(), told)

        yield Lms(launch, lambda: services.held.get((column, "alice-1")), lambda: services.writes)


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


LMSS: dict[str, Callable[[], AbstractContextManager[Lms]]] = {"1.1": by_lti11, "1.3": by_lti13}


@pytest.fixture(params=LMSS)
def exam(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exam]:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    monkeypatch.setattr(looks, "publish", lambda call: None)
    start_anew()
    make_world()
    with campfire_api() as api, LMSS[request.param]() as lms:
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
