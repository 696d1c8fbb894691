"""Many answers read together: what comes of them is what comes of them one by one."""

import itertools
import json
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_bridge import events, flow, gradebook, recording, tasks
from lti_bridge.models import (
    Account,
    Activity,
    Attempt,
    AttemptState,
    Cell,
    CellState,
    EventSource,
    EventState,
    Grade,
    LineItem,
    Lti13Registration,
    Platform,
    ProviderEvent,
    ResourceLink,
)
from lti_bridge.providers.inspera_assessment.provider import InsperaAssessment
from lti_bridge.providers.reports import GradeReport, PollMessage
from tests.relay.sitting import sit
from tests.world import World, make_world

PEOPLE = 4
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
#: What a provider may say of somebody: good, as before, without a result, unreadable, and what breaks us.
FINAL = {"max_total_score": "100", "final_grade_date": "2026-01-31T12:00:00Z"}
SAYINGS = (
    json.dumps({"total_score": "0", **FINAL}),
    json.dumps({"total_score": "55", **FINAL}),
    json.dumps({"total_score": "90.5", **FINAL, "final_grade": "B"}),
    json.dumps({"total_score": "55", "max_total_score": "100"}),
    json.dumps({"auto_score": "3", "end_time": "2026-01-30T12:00:00Z"}),
    json.dumps({"attendance": False}),
    "not JSON",
    # More than a column takes: the database refuses it in the middle of everything.
    json.dumps({"total_score": "1e15", **FINAL}),
    "poison",
)


@pytest.fixture(autouse=True)
def _no_workers_and_poison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    real = InsperaAssessment.read

    def read(self: InsperaAssessment, message: Any) -> list[GradeReport]:
        if isinstance(message, PollMessage) and message.raw == "poison":
            raise RuntimeError("poison")
        return real(self, message)

    monkeypatch.setattr(InsperaAssessment, "read", read)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def attempts(world: World) -> list[Attempt]:
    """Four people at one test, the first with a second attempt that goes to the same cell."""
    account = Account.objects.create(name="inspera", provider="inspera_assessment", settings={"entry": "url"})
    activity = Activity.objects.create(
        slug="history", title="History", account=account, action="take_test", parameters={"test_id": "7"}
    )
    return [sit(world, user_id=f"learner-{number}", activity=activity) for number in (*range(PEOPLE), 0)]


def keep(attempt: Attempt, raw: str, minute: int = 0) -> ProviderEvent:
    event = ProviderEvent.objects.create(
        account=attempt.activity.account,
        attempt=attempt,
        source=EventSource.POLL,
        raw_body=raw,
        received_at=BEGAN + timedelta(minutes=minute),
    )
    return ProviderEvent.objects.select_related("account", "attempt__activity__account").get(pk=event.pk)


def everything() -> dict[str, Any]:
    """All that reading may change, without the times and ids of our own."""
    grades = Grade.objects.order_by("attempt", "reported_at", "pk")
    return {
        "grades": list(
            grades.values_list("attempt", "score_given", "score_maximum", "raw_score", "note", "reported_at")
        ),
        "attempts": list(Attempt.objects.order_by("pk").values_list("pk", "state", "ended_at")),
        "cells": [
            (each.learner_id, each.state, each.wanted_version, each.wanted_score, each.wanted_progress, each.held)
            + ((each.wanted_grade.attempt_id, each.wanted_grade.score_given) if each.wanted_grade else ())
            for each in Cell.objects.order_by("learner", "resource_link").select_related("wanted_grade")
        ],
        "events": list(ProviderEvent.objects.order_by("received_at").values_list("state", "reads", "attempt")),
    }


class _Undo(Exception):
    pass


def after(read: Any, attempts: list[Attempt], told: list[list[tuple[int, int]]]) -> dict[str, Any]:
    """What stands in the database when some rounds of messages were read one way. Leaves nothing behind."""
    try:
        with transaction.atomic():
            minute = itertools.count()
            for chunk in told:
                read([keep(attempts[who], SAYINGS[what], next(minute)) for who, what in chunk])
            found = everything()
            raise _Undo
    except _Undo:
        return found


def one_by_one(kept: list[ProviderEvent]) -> int:
    return sum(events.read(each) for each in kept)


MESSAGE = st.tuples(st.integers(0, PEOPLE), st.integers(0, len(SAYINGS) - 1))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=st.lists(st.lists(MESSAGE, min_size=1, max_size=8), min_size=1, max_size=3), progress=st.booleans())
def test_read_together_has_the_same_effect_as_one_by_one(
    attempts: list[Attempt], told: list[list[tuple[int, int]]], progress: bool
) -> None:
    """In any order, with people who come twice, with failures anywhere, in cells that are there or not."""
    Platform.objects.update(sends_progress=progress)
    link = attempts[0].resource_link
    Cell.objects.get_or_create(
        learner=attempts[1].learner,
        resource_link=link,
        defaults={"platform_id": attempts[1].learner.platform_id, "line_item": _column(link)},
    )
    assert after(events.read_together, attempts, told) == after(one_by_one, attempts, told)


@pytest.mark.parametrize("bad", range(len(SAYINGS)))
def test_one_bad_candidate_keeps_no_other_back(attempts: list[Attempt], bad: int) -> None:
    kept = [keep(each, SAYINGS[1]) for each in attempts[: PEOPLE - 1]]
    kept.insert(1, keep(attempts[PEOPLE - 1], SAYINGS[bad]))
    events.read_together(kept)
    good = [each.learner_id for each in attempts[: PEOPLE - 1]]
    assert Cell.objects.filter(learner__in=good, wanted_score=Decimal("0.55")).count() == PEOPLE - 1


def test_what_failed_says_so_and_is_read_again_by_the_sweep(
    attempts: list[Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [keep(each, "poison" if number == 1 else SAYINGS[1]) for number, each in enumerate(attempts[:PEOPLE])]
    assert events.read_together(kept) == PEOPLE - 1
    left = ProviderEvent.objects.get(state=EventState.FAILED)
    assert (left.pk, left.reason, left.reads) == (kept[1].pk, "RuntimeError", 1)
    ProviderEvent.objects.filter(pk=left.pk).update(raw_body=SAYINGS[2])
    assert tasks.read_events() == 1
    assert Cell.objects.filter(wanted_score=Decimal("0.905")).count() == 1


def test_read_twice_it_has_one_effect(attempts: list[Attempt]) -> None:
    kept = [keep(each, SAYINGS[1]) for each in attempts[:PEOPLE]]
    events.read_together(kept)
    once = everything()
    events.read_together(kept)
    again = everything()
    assert {name: again[name] for name in ("grades", "attempts", "cells")} == {
        name: once[name] for name in ("grades", "attempts", "cells")
    }


def test_no_cell_wants_a_grade_that_the_ledger_has_not(
    attempts: list[Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grades and cells in one transaction: with a fault between the two neither is there."""

    def fail(_rows: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(gradebook, "refresh", fail)
    with pytest.raises(KeyboardInterrupt):
        events.read_together([keep(each, SAYINGS[1]) for each in attempts[:PEOPLE]])
    assert (Grade.objects.count(), Cell.objects.exclude(wanted_version=0).count()) == (0, 0)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"opened"}


def test_what_a_crash_left_unread_is_read_by_the_sweep(
    attempts: list[Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [keep(each, SAYINGS[1]) for each in attempts[:PEOPLE]]
    with monkeypatch.context() as patched:
        patched.setattr(flow, "understand_together", _die)
        with pytest.raises(KeyboardInterrupt):
            events.read_together(kept)
    assert tasks.read_events() == PEOPLE
    assert Cell.objects.filter(state=CellState.WAITING, wanted_score=Decimal("0.55")).count() == PEOPLE


def _die(_events: Any) -> None:
    raise KeyboardInterrupt


def test_many_cost_hardly_more_statements_than_one(world: World, attempts: list[Attempt]) -> None:
    rows = [sit(world, user_id=f"many-{number}", activity=attempts[0].activity) for number in range(40)]
    kept = [keep(each, SAYINGS[1]) for each in rows]
    with CaptureQueriesContext(connection) as asked:
        assert events.read_together(kept) == len(rows)
    assert len(asked) < len(rows) / 2


def test_two_reports_about_one_cell_are_not_recorded_together(attempts: list[Attempt]) -> None:
    both = [GradeReport(each, AttemptState.GRADED, timezone.now()) for each in (attempts[0], attempts[-1])]
    with pytest.raises(ValueError, match="one cell"):
        recording.record([(each, None) for each in both])


def test_a_worker_is_woken_for_what_is_due_and_not_for_each(
    attempts: list[Attempt], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.DELIVERY_WORKERS = 2
    woken: list[int] = []
    monkeypatch.setattr(gradebook, "wake", woken.append)
    line_item = _column(attempts[0].resource_link)
    Cell.objects.bulk_create(
        Cell(
            learner=each.learner,
            resource_link=each.resource_link,
            platform_id=each.learner.platform_id,
            line_item=line_item,
        )
        for each in attempts[:PEOPLE]
    )
    with django_capture_on_commit_callbacks(execute=True):
        events.read_together([keep(each, SAYINGS[1]) for each in attempts[:PEOPLE]])
    assert len(woken) == 2
    assert Cell.objects.filter(state=CellState.PENDING, due_at__isnull=False).count() == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_reports_that_come_alone_meanwhile_are_not_lost() -> None:
    """Newest wins, whoever is first: batches in two orders and single reports about the same people, all at once."""
    world = make_world()
    account = Account.objects.create(name="inspera", provider="inspera_assessment", settings={"entry": "url"})
    activity = Activity.objects.create(slug="h", title="H", account=account, action="take_test", parameters={})
    rows = [sit(world, user_id=f"learner-{number}", activity=activity) for number in range(12)]
    batches = [[keep(each, SAYINGS[1]) for each in order] for order in (rows, rows[::-1])]
    alone = [keep(each, SAYINGS[2]) for each in rows]
    work = [lambda kept=kept: events.read_together(kept) for kept in batches]
    work += [lambda mine=alone[part::3]: one_by_one(mine) for part in range(3)]
    _at_once(work)
    assert list(Cell.objects.values_list("wanted_score", flat=True)) == [Decimal("0.905")] * len(rows)
    assert Grade.objects.filter(score_given=Decimal("90.5")).count() == len(rows)
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {EventState.READ}


def _at_once(work: list[Any]) -> None:
    # The test database of SQLite lives in memory and belongs to one thread.
    if connection.vendor != "postgresql":
        for each in work:
            each()
        return
    start = threading.Barrier(len(work))

    def run(each: Any) -> None:
        start.wait()
        each()
        connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _column(link: ResourceLink) -> LineItem:
    """The gradebook column that LTI 1.3 told of the link."""
    registration, _made = Lti13Registration.objects.get_or_create(
        platform=link.context.platform,
        issuer="https://lms.example.edu",
        client_id="client",
        defaults=dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), "https://lms.example.edu"),
    )
    return LineItem.objects.get_or_create(resource_link=link, defaults={"registration": registration})[0]
