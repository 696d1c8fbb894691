"""The whole way with LTI 1.1 on both sides: an LMS launches, the provider grades, the gradebook shows it.

The LMS's launch and the provider's tool are the independent package ``lti``; the gradebook is a server on a socket.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import lti
import pytest
import responses
from django.conf import settings
from django.test import Client
from django.utils import timezone

from lti_bridge import gradebook
from lti_bridge.delivery import converge
from lti_bridge.doctor import stuck
from lti_bridge.models import (
    Account,
    Activity,
    Attempt,
    Breaker,
    Cell,
    CellState,
    Grade,
    Lti11Registration,
    Platform,
    Try,
)
from lti_bridge.relay.outcomes import service_url
from tests.forms import html_form
from tests.gradebook_server import Faults, Gradebook, gradebook_server
from tests.world import ALICE, BIOLOGY, BOB, HISTORY, INES, KEY, SECRET, make_world, post

pytestmark = pytest.mark.django_db(transaction=True)

PROVIDER_SECRET = "provider-secret"


class Campus:
    """One LMS and one provider, as people meet them."""

    def __init__(self, outcome_url: str, book: Gradebook) -> None:
        self.outcome_url, self.book = outcome_url, book
        self.world = make_world()
        Lti11Registration.objects.update(service_hosts=[])
        Account.objects.update(secrets=self.world.account.secrets)

    def launch(
        self, person: dict[str, str], course: dict[str, str] = HISTORY, slug: str = "excel-basic", **more: str
    ) -> Any:
        """What the LMS's page posts to us."""
        params = {
            "lti_version": "LTI-1p0",
            "lti_message_type": "basic-lti-launch-request",
            "lis_outcome_service_url": self.outcome_url,
            **course,
            **person,
            **more,
        }
        if "Learner" in person["roles"]:
            params["lis_result_sourcedid"] = self.cell(person, course)
        consumer = lti.ToolConsumer(KEY, SECRET, params=params, launch_url=f"{settings.BASE_URL}/lti/1.1/launch/{slug}")
        return post(Client(), urlencode(consumer.generate_launch_data()), f"/lti/1.1/launch/{slug}")

    def cell(self, person: dict[str, str], course: dict[str, str] = HISTORY) -> str:
        return f'{{"user":"{person["user_id"]}","course":"{course["context_id"]}","<&>":"Ünï"}}'

    def sit(self, person: dict[str, str], course: dict[str, str] = HISTORY, **more: str) -> lti.ToolProvider:
        """Launch, and arrive at the provider: what its tool made of our form."""
        page = self.launch(person, course, **more)
        assert page.status_code == 200, page.content
        form = html_form(page.content.decode())
        return lti.ToolProvider.from_unpacked_request(self._provider_secret(), form.fields, form.action, {})

    def _provider_secret(self) -> str:
        return str(Account.objects.get().secrets["shared_secret"])

    def held(self, person: dict[str, str], course: dict[str, str] = HISTORY) -> str | None:
        return self.book.held.get(self.cell(person, course))


@pytest.fixture
def campus(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Campus]:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.SEND_DEADLINE_SECONDS = 1.0
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)

    def carry(request: Any) -> tuple[int, dict[str, str], bytes]:
        def text(value: Any) -> str:
            return value.decode() if isinstance(value, bytes) else value

        sent = Client().post(
            urlsplit(request.url).path,
            data=request.body,
            content_type=text(request.headers["Content-type"]),
            headers={"Authorization": text(request.headers["Authorization"])},
        )
        return sent.status_code, {"Content-Type": sent["Content-Type"]}, sent.content

    with (
        gradebook_server(Gradebook(secrets={KEY: SECRET})) as (url, book),
        responses.RequestsMock(assert_all_requests_are_fired=False) as network,
    ):
        network.add_callback(responses.POST, service_url(), carry)
        network.add_passthru("http://127.0.0.2")
        yield Campus(url, book)


def later() -> None:
    """The time passes that the schedule waits for."""
    Cell.objects.filter(due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))


def test_the_grade_of_a_test_stands_in_the_gradebook(campus: Campus) -> None:
    """E2E-01, T11-6.1"""
    tool = campus.sit(ALICE)
    assert tool.post_replace_result("0.83").is_success()
    converge.deliver_due()
    assert campus.held(ALICE) == "0.83"


def test_a_grade_that_is_corrected_down_is_followed(campus: Campus) -> None:
    """E2E-02"""
    tool = campus.sit(ALICE)
    for score in ("0.83", "0.4"):
        tool.post_replace_result(score)
        converge.deliver_due()
    assert campus.held(ALICE) == "0.4"


def test_a_grade_that_is_cleared_is_cleared(campus: Campus) -> None:
    """E2E-03, T11-6.3"""
    tool = campus.sit(ALICE)
    tool.post_replace_result("0.83")
    converge.deliver_due()
    assert tool.post_delete_result().is_success()
    converge.deliver_due()
    assert campus.book.held == {campus.cell(ALICE): None}


def test_more_than_full_marks_fill_the_cell_and_everybody_is_told(campus: Campus) -> None:
    """E2E-04"""
    Account.objects.update(settings=campus.world.account.settings | {"conversion": "corrected"})
    Activity.objects.update(parameters={"tst_frm_id": 482, "gra_typ_id": 1})
    assert campus.sit(ALICE).post_replace_result("0.55").is_success()
    converge.deliver_due()
    assert campus.held(ALICE) == "1"
    cell = Cell.objects.get()
    assert (cell.state, cell.wanted_score, cell.sent_score) == (CellState.DELIVERED, Decimal("1.1"), 1)
    roster = Client().get(campus.launch(INES)["Location"]).content.decode()
    assert "can hold 100\N{NO-BREAK SPACE}% at most; the provider gave 110\N{NO-BREAK SPACE}%" in roster


@pytest.mark.parametrize(
    ("said", "held"), [("0.333333333", "0.333333"), ("0.666666667", "0.666667"), ("0", "0"), ("1", "1")]
)
def test_nothing_drifts_over_both_hops(campus: Campus, said: str, held: str) -> None:
    """E2E-05"""
    campus.sit(ALICE).post_replace_result(said)
    converge.deliver_due()
    assert campus.held(ALICE) == held


def test_an_lms_that_is_down_for_a_day_gets_the_newest_grade_once(campus: Campus) -> None:
    """E2E-07"""
    tool = campus.sit(ALICE)
    campus.book.faults = Faults(down=True)
    for hour in range(24):
        if hour in (0, 12):
            tool.post_replace_result(f"0.{hour + 5}")
        converge.deliver_due()
        later()
    campus.book.faults = Faults()
    # SQLite's clock counts milliseconds: "now" may be a moment ahead of it.
    Breaker.objects.update(next_probe_at=timezone.now() - timedelta(seconds=1))
    converge.deliver_due()
    assert (campus.held(ALICE), campus.book.writes) == ("0.17", 1)


def test_the_same_grade_five_times_is_one_write(campus: Campus) -> None:
    """E2E-08"""
    tool = campus.sit(ALICE)
    for _ in range(5):
        assert tool.post_replace_result("0.7").is_success()
        converge.deliver_due()
    assert campus.book.writes == 1


def test_a_learner_whose_lms_names_no_cell_waits_and_the_teacher_sees_it(campus: Campus) -> None:
    """E2E-09"""
    campus.outcome_url = ""
    campus.sit(ALICE).post_replace_result("0.7")
    assert converge.deliver_due() == 0
    assert Cell.objects.get().state == CellState.WAITING


def test_two_people_in_two_courses_have_four_cells(campus: Campus) -> None:
    """E2E-10, T11-6.4"""
    scores = {}
    for number, (person, course) in enumerate((p, c) for p in (ALICE, BOB) for c in (HISTORY, BIOLOGY)):
        scores[campus.cell(person, course)] = f"0.{number + 1}"
        campus.sit(person, course).post_replace_result(f"0.{number + 1}")
    converge.deliver_due()
    assert campus.book.held == scores


def test_a_teacher_gets_a_page_of_ours_and_is_never_graded(campus: Campus) -> None:
    """E2E-11"""
    answer = campus.launch(INES)
    assert (answer.status_code, "/roster" in answer["Location"]) == (303, True)
    assert Attempt.objects.count() == 0


def test_a_copied_course_gets_nothing_of_the_old_one(campus: Campus) -> None:
    """E2E-13"""
    campus.sit(ALICE).post_replace_result("0.9")
    copy = BIOLOGY | {"custom_resource_link_id_history": HISTORY["resource_link_id"]}
    campus.sit(ALICE, copy)
    converge.deliver_due()
    assert (campus.held(ALICE), campus.held(ALICE, BIOLOGY)) == ("0.9", None)


def test_another_accounts_key_reaches_no_attempt_of_ours(campus: Campus) -> None:
    """E2E-14"""
    tool = campus.sit(ALICE)
    Account.objects.create(
        name="other",
        provider="isograd",
        settings={"connection": "lti11"},
        secrets={"consumer_key": "other-key", "shared_secret": PROVIDER_SECRET},
    )
    tool.consumer_key, tool.consumer_secret = "other-key", PROVIDER_SECRET
    answer = tool.post_replace_result("1")
    assert not answer.is_success()
    converge.deliver_due()
    assert campus.book.requests == 0


def test_a_provider_whose_clock_is_ahead_is_refused_and_locks_nothing_out(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E2E-15: refused, with a hint for administrators; and the grade that comes in time is delivered."""
    tool = campus.sit(ALICE)
    with monkeypatch.context() as theirs:
        theirs.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda: f"{time.time() + 600:.0f}")
        assert not tool.post_replace_result("0.7").is_success()
    converge.deliver_due()
    assert (campus.held(ALICE), Grade.objects.count()) == (None, 0)
    (told,) = stuck.check_refused_messages()
    assert told.check == "account isograd-test" and "s ahead of ours" in told.text and "NTP" in told.advice
    assert tool.post_replace_result("0.6").is_success()
    converge.deliver_due()
    assert campus.held(ALICE) == "0.6"
    assert list(stuck.check_refused_messages()) == []


def test_a_teachers_override_stays_until_the_provider_grades_anew(campus: Campus) -> None:
    """E2E-16, T11-6.2: in doubt the gradebook is read."""
    tool = campus.sit(ALICE)
    campus.book.faults = Faults(applied_then_cut=1.0)
    tool.post_replace_result("0.7")
    converge.deliver_due()
    campus.book.faults = Faults()
    campus.book.apply(campus.cell(ALICE), "0.95")
    later()
    converge.deliver_due()
    assert (campus.held(ALICE), Cell.objects.get().state) == ("0.95", CellState.DIFFERS)
    tool.post_replace_result("0.6")
    converge.deliver_due()
    assert campus.held(ALICE) == "0.6"


def test_grades_wait_for_their_release(campus: Campus) -> None:
    Activity.objects.update(release="manual")
    campus.sit(ALICE).post_replace_result("0.7")
    assert converge.deliver_due() == 0
    gradebook.release_all(Cell.objects.get().resource_link)
    converge.deliver_due()
    assert campus.held(ALICE) == "0.7"


def test_a_paused_platform_launches_and_its_grades_wait(campus: Campus) -> None:
    Platform.objects.update(delivery_paused=True)
    campus.sit(ALICE).post_replace_result("0.7")
    assert converge.deliver_due() == 0
    Platform.objects.update(delivery_paused=False)
    converge.deliver_due()
    assert campus.held(ALICE) == "0.7"


def test_canvas_gets_the_time_of_the_submission_and_a_text_where_it_asks_for_them(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lti_bridge import http

    bodies: list[bytes] = []
    real: Callable[..., Any] = http.post

    def seen(url: str, body: bytes, **options: Any) -> Any:
        bodies.append(body)
        return real(url, body, **options)

    monkeypatch.setattr(http, "post", seen)
    asked = {"ext_outcome_data_values_accepted": "url,text", "ext_outcome_submission_submitted_at_accepted": "true"}
    campus.sit(ALICE, **asked).post_replace_result("0.7")
    converge.deliver_due()
    assert b"<submittedAt>" in bodies[0]
    assert b"Excel" in bodies[0]
    assert campus.held(ALICE) == "0.7"
    assert Try.objects.count() == 1
