"""The spine: resolve, open, receive, read, record."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_bridge import flow, gradebook, pox, tasks
from lti_bridge.models import (
    Attempt,
    AttemptState,
    Cell,
    CellState,
    EventSource,
    EventState,
    Grade,
    LaunchRecord,
    Learner,
    ProviderEvent,
    ResourceLink,
)
from lti_bridge.providers.reports import GradeReport
from tests.world import ALICE, BIOLOGY, BOB, HISTORY, INES, World, make_world, signed_launch


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def launch(client: Client, **fields: str) -> object:
    return signed_launch(client, path="/lti/1.1/launch/excel-basic", **fields)


def report(attempt: Attempt, score: str | None, *, minutes: int = 0, state: str = "graded") -> GradeReport:
    return GradeReport(
        attempt,
        AttemptState(state),
        timezone.now() + timedelta(minutes=minutes),
        has_result=True,
        score_given=None if score is None else Decimal(score),
        score_maximum=None if score is None else Decimal(1),
        raw_score=score or "",
        timed=True,
    )


# --- resolve and open -----------------------------------------------------------------------


def test_a_launch_writes_down_person_link_cell_and_attempt(client: Client, world: World) -> None:
    launch(client, **HISTORY, **ALICE)
    record = LaunchRecord.objects.get()
    attempt = Attempt.objects.get()
    assert record.learner == attempt.learner == Learner.objects.get()
    assert record.resource_link == attempt.resource_link
    assert (attempt.state, attempt.launch, attempt.number) == (AttemptState.OPENED, record, 1)
    assert Cell.objects.get().result_sourcedid == ALICE["lis_result_sourcedid"]


def test_a_second_launch_goes_on_with_the_same_attempt(client: Client, world: World) -> None:
    for _ in range(3):
        launch(client, **HISTORY, **ALICE)
    assert Attempt.objects.count() == 1
    assert LaunchRecord.objects.count() == 3


def test_two_learners_and_two_courses_make_four_cells(client: Client, world: World) -> None:
    """E2E-10, T11-2.1"""
    for course in (HISTORY, BIOLOGY):
        for person in (ALICE, BOB):
            launch(client, **course, **person)
    assert (Learner.objects.count(), ResourceLink.objects.count(), Cell.objects.count()) == (2, 2, 4)


def test_a_teacher_is_never_graded_although_the_lms_names_a_cell(client: Client, world: World) -> None:
    """E2E-11"""
    launch(client, **HISTORY, **INES, lis_result_sourcedid="teacher-cell")
    assert (Cell.objects.count(), Attempt.objects.count()) == (0, 0)


def test_a_launch_of_a_teacher_does_not_take_a_learners_address_away(client: Client, world: World) -> None:
    """T11-31"""
    launch(client, **HISTORY, **ALICE)
    launch(client, **HISTORY, **INES)
    launch(client, **HISTORY, **(ALICE | {"lis_result_sourcedid": ""}))
    assert Cell.objects.get().result_sourcedid == ALICE["lis_result_sourcedid"]


def test_the_newest_sourcedid_is_used(client: Client, world: World) -> None:
    """T11-32"""
    launch(client, **HISTORY, **ALICE)
    launch(client, **HISTORY, **(ALICE | {"lis_result_sourcedid": "renewed"}))
    assert Cell.objects.get().result_sourcedid == "renewed"


def test_a_copied_link_opens_what_its_original_opens(client: Client, world: World) -> None:
    """E2E-13: and nothing of the old course's attempts and grades comes along."""
    launch(client, **HISTORY, **ALICE)
    copy = BIOLOGY | {"custom_resource_link_id_history": "elsewhere,link-1"}
    signed_launch(client, **copy, **ALICE)
    link = ResourceLink.objects.get(resource_link_id="link-2")
    assert (link.activity, link.bound_by) == (world.activity, ResourceLink.BoundBy.COPY)
    assert set(Attempt.objects.values_list("resource_link__resource_link_id", flat=True)) == {"link-1", "link-2"}


def test_an_activity_that_is_not_for_this_platform_does_not_open(client: Client, world: World) -> None:
    from lti_bridge.models import Platform

    world.activity.platforms.add(Platform.objects.create(name="another-lms"))
    answer = launch(client, **HISTORY, **ALICE)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert (Attempt.objects.count(), ResourceLink.objects.count()) == (0, 0)


def test_an_activity_that_is_switched_off_does_not_open_although_the_link_is_bound(
    client: Client, world: World
) -> None:
    launch(client, **HISTORY, **ALICE)
    world.activity.enabled = False
    world.activity.save()
    assert signed_launch(client, **HISTORY, **ALICE).status_code == 422


def test_the_custom_parameter_chooses_the_activity(client: Client, world: World) -> None:
    signed_launch(client, **HISTORY, **ALICE, custom_activity="excel-basic")
    assert ResourceLink.objects.get().bound_by == ResourceLink.BoundBy.CUSTOM


def test_after_a_finished_attempt_a_launch_shows_the_result_and_starts_nothing(client: Client, world: World) -> None:
    launch(client, **HISTORY, **ALICE)
    flow.record(report(Attempt.objects.get(), "0.5"))
    answer = launch(client, **HISTORY, **ALICE)
    assert answer.status_code == 303  # type: ignore[attr-defined]
    assert Attempt.objects.count() == 1


# --- record ---------------------------------------------------------------------------------


@pytest.fixture
def attempt(client: Client, world: World) -> Attempt:
    launch(client, **HISTORY, **ALICE)
    return Attempt.objects.get()


def test_the_same_report_again_has_no_effect(attempt: Attempt) -> None:
    """E2E-08"""
    for _ in range(5):
        flow.record(report(attempt, "0.83"))
    assert Grade.objects.count() == 1
    assert Cell.objects.get().wanted_version == 1


def test_a_report_moves_the_attempt_and_the_cell(attempt: Attempt) -> None:
    flow.record(report(attempt, "0.83"))
    attempt.refresh_from_db()
    cell = Cell.objects.get()
    assert (attempt.state, cell.state, cell.wanted_score) == (AttemptState.GRADED, CellState.PENDING, Decimal("0.83"))
    assert attempt.ended_at is not None


def test_a_late_hint_never_moves_a_graded_attempt_back(attempt: Attempt) -> None:
    flow.record(report(attempt, "0.83"))
    flow.record(GradeReport(attempt, AttemptState.SUBMITTED, timezone.now()))
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.GRADED


def test_an_older_report_that_comes_late_is_kept_and_changes_nothing(attempt: Attempt) -> None:
    flow.record(report(attempt, "0.9"))
    flow.record(report(attempt, "0.1", minutes=-10))
    assert Grade.objects.count() == 2
    assert Cell.objects.get().wanted_score == Decimal("0.9")


def test_a_result_that_is_taken_back_moves_the_attempt_back_and_wants_no_grade(attempt: Attempt) -> None:
    """E2E-03"""
    flow.record(report(attempt, "0.9"))
    flow.record(report(attempt, None, state="submitted", minutes=1))
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SUBMITTED
    assert Cell.objects.get().wanted_score is None


def test_a_report_without_result_never_becomes_zero(attempt: Attempt) -> None:
    for state in (AttemptState.SUBMITTED, AttemptState.MARKING, AttemptState.FAILED):
        flow.record(GradeReport(attempt, state, timezone.now()))
    assert (Grade.objects.count(), Cell.objects.get().wanted_version) == (0, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(6)))
def test_reports_in_any_order_end_in_the_newest_by_the_providers_time(attempt: Attempt, order: list[int]) -> None:
    Grade.objects.all().delete()
    Cell.objects.update(wanted_version=0, wanted_score=None, wanted_grade=None)
    start = timezone.now()
    for minute in order:
        score = Decimal(minute + 1) / 10
        flow.record(
            GradeReport(
                attempt,
                AttemptState.GRADED,
                start + timedelta(minutes=minute),
                has_result=True,
                score_given=score,
                score_maximum=Decimal(1),
                timed=True,
            )
        )
    assert Cell.objects.get().wanted_score == Decimal("0.6")


@pytest.mark.django_db(transaction=True)
def test_many_reports_at_once_have_one_effect_each(client: Client) -> None:
    # The test database of SQLite lives in memory and belongs to one thread.
    workers = 16 if connection.vendor == "postgresql" else 1
    make_world()
    launch(client, **HISTORY, **ALICE)
    attempt = Attempt.objects.get()
    start = threading.Barrier(workers)

    def one() -> None:
        start.wait()
        flow.record(report(attempt, "0.7"))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Grade.objects.count(), Cell.objects.get().wanted_version) == (1, 1)


# --- receive and read -----------------------------------------------------------------------


def told(attempt: Attempt, score: str) -> str:
    """What a provider writes by Basic Outcomes."""
    return pox.build_request("replaceResult", attempt.key, score=Decimal(score)).decode()


def test_an_event_that_a_crash_left_unread_is_read_by_the_sweep(attempt: Attempt, world: World) -> None:
    event = flow.receive(world.account, EventSource.OUTCOME, nonce="n-1", body=told(attempt, "0.75"))
    ProviderEvent.objects.filter(pk=event.pk).update(received_at=timezone.now() - timedelta(minutes=5))
    assert tasks.read_events() == 1
    assert Cell.objects.get().wanted_score == Decimal("0.75")
    assert ProviderEvent.objects.get().state == EventState.READ
    assert tasks.read_events() == 0


def test_a_poison_event_does_not_stop_the_others(
    attempt: Attempt, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19"""
    for number, score in enumerate(("0.1", "0.2")):
        flow.receive(world.account, EventSource.OUTCOME, nonce=f"n-{number}", body=told(attempt, score))
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=5))
    poison = ProviderEvent.objects.earliest("pk").pk
    real = flow.understand

    def understand(event: ProviderEvent) -> None:
        if event.pk == poison:
            raise RuntimeError("poison")
        real(event)

    monkeypatch.setattr(flow, "understand", understand)
    assert tasks.read_events() == 1
    assert ProviderEvent.objects.get(pk=poison).state == EventState.FAILED
    assert Cell.objects.get().wanted_score == Decimal("0.2")


def test_launch_records_are_forgotten_after_their_days_and_attempts_stay(attempt: Attempt) -> None:
    LaunchRecord.objects.update(received_at=timezone.now() - timedelta(days=8))
    tasks.forget()
    assert (LaunchRecord.objects.count(), Attempt.objects.count()) == (0, 1)


def test_an_event_is_committed_before_anybody_understands_it(
    attempt: Attempt, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = flow.receive(world.account, EventSource.OUTCOME, nonce="n", body="<not-understood/>")
    with pytest.raises(Exception, match="malformed"):
        flow.understand(event)
    assert ProviderEvent.objects.get().state == EventState.RECEIVED


def test_an_event_that_is_read_late_stays_older_than_the_ones_kept_after_it(attempt: Attempt, world: World) -> None:
    older, newer = (
        flow.receive(world.account, EventSource.OUTCOME, nonce=f"n-{score}", body=told(attempt, score))
        for score in ("0.2", "0.9")
    )
    # The clock was set back between the two.
    ProviderEvent.objects.filter(pk=newer.pk).update(received_at=timezone.now() - timedelta(hours=1))
    for event in (newer, older):
        flow.understand(ProviderEvent.objects.get(pk=event.pk))
    assert Cell.objects.get().wanted_score == Decimal("0.9")
    assert Grade.objects.count() == 2
