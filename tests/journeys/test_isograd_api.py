"""The whole way with Isograd by its API: an LMS launches by LTI 1.1 or 1.3, and its gradebook has the grade.

The API, the gradebook and the grade services are servers on sockets, written without the project's own modules.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from lti_bridge import gradebook, looking, looks
from lti_bridge.delivery import converge
from lti_bridge.models import (
    Account,
    AccountTrouble,
    Activity,
    Attempt,
    Candidate,
    Cell,
    Grade,
    LaunchRecord,
    ProviderEvent,
)
from tests.isograd_server import SECRETS as API_SECRETS
from tests.isograd_server import Answer, IsogradApi, Sitting, isograd_api, refuse, settings_for
from tests.journeys.lms import LMSS, Lms
from tests.world import ALICE, launch_fields, make_world, signed_launch

pytestmark = pytest.mark.django_db

#: How many launch at once: `LAUNCH_LEARNERS=500` is a large course.
LEARNERS = int(os.environ.get("LAUNCH_LEARNERS", "24"))
#: Seconds that the API takes for each call.
API_SECONDS = float(os.environ.get("LAUNCH_API_SECONDS", "0.05"))
#: As many as two web processes with eight threads have.
THREADS = 16


@dataclass
class Campus:
    """The LMS with its gradebook, and the provider's API."""

    api: IsogradApi
    lms: Lms
    account: Account
    activity: Activity

    def opened(self, **custom: str) -> Sitting:
        """The test that Alice's launch leads to."""
        answer = self.lms.launch(**custom)
        assert answer.status_code == 303, answer.content
        test = self.api.test(answer["Location"].rpartition("/")[2])
        assert test is not None
        return test

    def finished(self, test: Sitting, score: int | None, status: int = 3, *, calls_back: bool = True) -> None:
        """The learner hands in; the provider calls back, or forgets to."""
        test.status, test.score = status, score
        if calls_back:
            assert Client().get(urlsplit(test.sent["cal_bac_pag"]).path).status_code == 200

    def work(self) -> None:
        """What workers do: look at what is due, deliver what is due."""
        looking.look_at_due(seconds=30)
        converge.deliver_due()

    @property
    def held(self) -> float | None:
        part = self.lms.held()
        return None if part is None else float(part)


@pytest.fixture(params=LMSS)
def campus(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Campus]:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    monkeypatch.setattr(looks, "publish", lambda call: None)
    make_world()
    with LMSS[request.param]("excel-api") as lms, isograd_api() as api:
        account = Account.objects.create(
            name="isograd-api", provider="isograd", settings=settings_for(api), secrets=dict(API_SECRETS)
        )
        activity = Activity.objects.create(
            slug="excel-api", title="Excel", account=account, action="take_test", parameters={"tst_frm_id": 482}
        )
        yield Campus(api, lms, account, activity)


def passes(**time: float) -> None:
    """So much time passes, for everything that waits."""
    for row in Attempt.objects.exclude(look_at=None):
        Attempt.objects.filter(pk=row.pk).update(look_at=row.look_at - timedelta(**time))
    AccountTrouble.objects.exclude(rests_until=None).update(rests_until=timezone.now() - timedelta(seconds=1))
    Cell.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))


# --- the ways of a grade --------------------------------------------------------------------


def test_a_test_with_a_call_back_ends_in_the_gradebook(campus: Campus) -> None:
    """E2E-01"""
    test = campus.opened()
    campus.work()
    assert campus.held is None
    campus.finished(test, 800)
    campus.work()
    assert campus.held == 0.8


def test_a_test_whose_call_back_never_comes_is_asked_about(campus: Campus) -> None:
    campus.finished(campus.opened(), 650, calls_back=False)
    campus.work()
    assert campus.held is None
    passes(minutes=2)
    campus.work()
    assert campus.held == 0.65


def test_a_test_that_a_person_marks_waits_for_the_mark_and_shows_no_zero(campus: Campus) -> None:
    test = campus.opened()
    campus.finished(test, None, status=4)
    campus.work()
    assert (Attempt.objects.get().state, campus.held) == ("marking", None)
    assert campus.lms.launch().status_code == 303
    for _day in range(3):
        passes(hours=6)
        campus.work()
    assert (campus.held, Grade.objects.count()) == (None, 0)
    test.status, test.score = 3, 700
    passes(hours=6)
    campus.work()
    assert campus.held == 0.7


def test_a_call_back_brings_no_score_of_its_own(campus: Campus) -> None:
    test = campus.opened()
    test.status = 2
    Client().get(urlsplit(test.sent["cal_bac_pag"]).path + "?num_val=1000&score=1")
    campus.work()
    assert (campus.held, Attempt.objects.get().state) == (None, "started")


def test_a_grade_that_is_corrected_at_isograd_is_followed_when_somebody_asks(campus: Campus) -> None:
    test = campus.opened()
    campus.finished(test, 800)
    campus.work()
    test.score = 750
    looking.look_now(Attempt.objects.select_related("candidate__account", "activity__account").get())
    campus.work()
    assert campus.held == 0.75


def test_a_second_attempt_is_a_second_test(campus: Campus) -> None:
    first = campus.opened()
    campus.finished(first, 300)
    campus.work()
    page = campus.lms.launch()
    client = Client()
    shown = client.get(page["Location"])
    assert "Take another attempt" in shown.content.decode()
    opened = client.post(page["Location"] + "/open", {"another": "yes"})
    second = campus.api.test(opened["Location"].rpartition("/")[2])
    assert second is not None and second is not first
    campus.finished(second, 900)
    campus.work()
    assert campus.held == 0.9


def test_a_finished_test_that_nobody_told_us_of_is_not_opened_again(campus: Campus) -> None:
    """The learner opens the link once more before the first look."""
    campus.finished(campus.opened(), 500, calls_back=False)
    answer = campus.lms.launch()
    assert (answer.status_code, "already finished" in answer.content.decode()) == (422, True)
    campus.work()
    assert (campus.held, len(campus.api.tests)) == (0.5, 1)


# --- the provider is away -------------------------------------------------------------------


def test_a_provider_that_is_down_for_an_hour_at_launch(campus: Campus) -> None:
    campus.api.instead = campus.api.token_instead = Answer(503, b"down", "text/plain")
    for _ in range(3):
        answer = campus.lms.launch()
        page = answer.content.decode()
        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert "does not answer properly" in page and "few minutes" in page and "reference" in page.lower()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.look_at, campus.api.tests) == ("created", None, [])
    assert set(LaunchRecord.objects.values_list("refused", flat=True)) == {"provider_unavailable"}
    campus.api.instead = campus.api.token_instead = None
    campus.finished(campus.opened(), 800)
    campus.work()
    assert (campus.held, len(campus.api.tests), Attempt.objects.count()) == (0.8, 1, 1)


def test_a_provider_that_is_down_for_an_hour_when_the_result_is_there(campus: Campus) -> None:
    test = campus.opened()
    campus.api.instead = Answer(500, b"oops", "text/plain")
    campus.finished(test, 800)
    asked = len(campus.api.requests)
    for _minute in range(60):
        campus.work()
        passes(minutes=1)
    assert (campus.held, Attempt.objects.get().state) == (None, "opened")
    assert len(campus.api.requests) - asked == 60
    assert AccountTrouble.objects.get().code == "silent"
    campus.api.instead = None
    campus.work()
    assert (campus.held, AccountTrouble.objects.count()) == (0.8, 0)


def test_an_account_without_credits_tells_the_learner_and_the_administrators(campus: Campus) -> None:
    campus.api.credits = 0
    page = campus.lms.launch().content.decode()
    assert "There are no credits left for this test." in page and "tell your teacher" in page
    assert AccountTrouble.objects.get().code == "no_credits"
    campus.api.credits = 5
    campus.opened()
    assert not AccountTrouble.objects.exists()


def test_who_has_taken_it_too_often_is_told_so(campus: Campus) -> None:
    campus.api.answers["2"] = refuse(402)
    page = campus.lms.launch().content.decode()
    assert "as often as it may be taken" in page and "Ask your teacher" in page


def test_a_call_back_of_a_stranger_costs_no_call(campus: Campus) -> None:
    test = campus.opened()
    asked = len(campus.api.requests)
    path = urlsplit(test.sent["cal_bac_pag"]).path
    assert Client().get(path.replace("/a.", "/a.0")).status_code == 404
    campus.work()
    assert len(campus.api.requests) == asked


def test_the_return_of_the_browser_is_a_reason_to_look_too(campus: Campus) -> None:
    test = campus.opened()
    test.status, test.score = 3, 400
    page = Client().get(urlsplit(test.sent["rtn_pag"]).path)
    assert page.status_code == 200
    campus.work()
    assert campus.held == 0.4


# --- what the launch says -------------------------------------------------------------------


def test_extra_time_of_one_learner_comes_with_the_launch(campus: Campus) -> None:
    campus.activity.parameters = {"tst_frm_id": 482, "from_launch": ["xtr_tim_fac"]}
    campus.activity.save()
    campus.opened(xtr_tim_fac="33", act_id="13", ses_id="9")
    create, add = campus.api.asked()
    assert (create["xtr_tim_fac"], add["act_id"], "ses_id" in add) == ("33", "2", False)


def test_what_the_launch_said_holds_for_the_button_too(campus: Campus) -> None:
    """The learner's page opens another attempt without a new launch."""
    campus.activity.parameters = {"tst_frm_id": 482, "from_launch": ["ses_id"]}
    campus.activity.save()
    campus.finished(campus.opened(ses_id="7"), 300)
    campus.work()
    page = campus.lms.launch(ses_id="8")
    Client().post(page["Location"] + "/open", {"another": "yes"})
    assert [each["ses_id"] for each in campus.api.asked("2")] == ["7", "8"]


def test_a_teacher_gets_a_page_of_ours_and_the_provider_is_not_asked(campus: Campus) -> None:
    """E2E-11"""
    answer = campus.lms.launch_as_teacher()
    assert (answer.status_code, "/roster" in answer["Location"], campus.api.requests) == (303, True, [])


# --- a large course -------------------------------------------------------------------------


def person(number: int) -> dict[str, str]:
    return ALICE | {
        "user_id": f"learner-{number}",
        "lis_person_contact_email_primary": f"learner-{number}@example.edu",
        "lis_result_sourcedid": f"cell-{number}",
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads share one in-memory database only on PostgreSQL")
@pytest.mark.parametrize("campus", ["1.1"], indirect=True)
@pytest.mark.parametrize("action", ["take_test", "take_new_test"])
def test_a_large_course_at_once_gets_one_test_each(campus: Campus, action: str) -> None:
    """Every third learner clicks twice. Nobody gets two tests, and nobody costs more than two calls a launch."""
    campus.activity.action = action
    campus.activity.save()
    campus.api.delay, campus.api.credits = API_SECONDS, LEARNERS
    clicks = [number for number in range(LEARNERS) for _ in range(2 if number % 3 == 0 else 1)]

    def click(number: int) -> int:
        try:
            path = f"/lti/1.1/launch/{campus.activity.slug}"
            return int(signed_launch(Client(), path=path, fields=launch_fields(person(number))).status_code)
        finally:
            connections.close_all()

    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        statuses = Counter(pool.map(click, clicks))
    print(f"{len(clicks)} launches of {LEARNERS} learners took {time.monotonic() - started:.1f} s")
    assert statuses == {303: len(clicks)}
    assert Counter(test.email for test in campus.api.tests) == {
        f"learner-{number}@example.edu": 1 for number in range(LEARNERS)
    }
    calls = Counter(each.get("ema") or each["pla_tst_id"] for each in campus.api.asked())
    by_test = {str(test.pla_tst_id): test.email for test in campus.api.tests}
    per_learner = Counter(dict.fromkeys(by_test.values(), 0))
    for who, count in calls.items():
        per_learner[by_test.get(who, who)] += count
    allowed = {f"learner-{number}@example.edu": 2 * clicks.count(number) for number in range(LEARNERS)}
    assert {email: count for email, count in per_learner.items() if count > allowed[email]} == {}
    assert len(campus.api.token_requests) == 1
    known = set(Attempt.objects.values_list("provider_attempt_id", flat=True))
    assert known == {str(test.pla_tst_id) for test in campus.api.tests}
    assert not Candidate.objects.exclude(lease=None).exists()
    assert ProviderEvent.objects.count() == 0
