"""Whatever happens in whatever order: nothing older ever stays in the LMS, and in the end it holds the newest grade."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pytest_django import DjangoDbBlocker

from lti_bridge import gradebook
from lti_bridge.delivery import converge, lti11, retry
from lti_bridge.delivery.verdicts import Patience, Reading, Verdict
from lti_bridge.models import Breaker, Cell, CellState, TryResult
from tests.delivery.cells import fresh, grade, make_learner, make_link

STEPS = int(os.environ.get("CELL_STEPS", "30"))
EXAMPLES = int(os.environ.get("CELL_EXAMPLES", "100"))

DELIVERED = Verdict(TryResult.DELIVERED)
LOST_BEFORE = Verdict(TryResult.UNAVAILABLE, "no_answer", silent=True)
NO_ANSWER = Verdict(TryResult.UNCLEAR, "no_clear_answer", doubtful=True, silent=True)
SERVER_ERROR = Verdict(TryResult.UNAVAILABLE, "server_error")
REFUSED = Verdict(TryResult.REFUSED, "refused", patience=Patience.THREE_TRIES)


class Crash(BaseException):
    """The worker is killed."""


class CellMachine(RuleBasedStateMachine):
    """One cell, one LMS where the last write wins, and everything that can happen between them.

    Scores rise with the versions, so that "backwards" can be seen: a value lower than one the LMS *confirmed* to us may
    stand there only while a request of unknown fate may still arrive.
    """

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        self.lms: Decimal | None = None
        self.on_the_way: list[Decimal | None] = []
        self.claimed: list[Cell] = []
        self.answer = "delivered"
        self.sending = 0

    @initialize()
    def a_learner_with_an_address(self) -> None:
        Breaker.objects.all().delete()
        link = make_link(key=f"k{timezone.now().timestamp()}".replace(".", "-"))
        self.link, self.learner = link, make_learner(link, 1, "http://lms.example/outcomes")
        self.cell = Cell.objects.get(learner=self.learner)

    # --- what the provider, the clock and people do ---

    @rule()
    def a_newer_grade_is_reported(self) -> None:
        self.version += 1
        grade(self.learner, self.link, str(Decimal(self.version) / 1000))

    @rule()
    def the_same_grade_is_reported_again(self) -> None:
        if self.version:
            grade(self.learner, self.link, str(Decimal(self.version) / 1000))

    @rule()
    def time_passes(self) -> None:
        Cell.objects.filter(pk=self.cell.pk, due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))
        Breaker.objects.filter(next_probe_at__isnull=False).update(next_probe_at=timezone.now() - timedelta(seconds=1))

    @rule()
    def the_lease_of_a_dead_worker_ends(self) -> None:
        if not self.sending:
            Cell.objects.filter(lease__isnull=False).update(leased_until=timezone.now() - timedelta(seconds=1))

    @rule()
    def somebody_presses_deliver_again(self) -> None:
        gradebook.deliver_again(fresh(self.cell))

    @rule()
    def it_is_held_and_released(self) -> None:
        gradebook.hold(fresh(self.cell))
        gradebook.release(fresh(self.cell))

    @precondition(lambda self: self.on_the_way)
    @rule()
    def a_request_comes_through_late(self) -> None:
        self.lms = self.on_the_way.pop(0)

    # --- what a worker and the LMS do ---

    @rule(answer=st.sampled_from(["delivered", "lost", "cut", "late", "error", "refused"]))
    def a_worker_delivers(self, answer: str) -> None:
        self._work(answer)

    @rule(answer=st.sampled_from(["delivered", "late", "late", "cut"]))
    def a_worker_delivers_a_newer_grade(self, answer: str) -> None:
        self.a_newer_grade_is_reported()
        self._work(answer)

    @rule(
        answer=st.sampled_from(["delivered", "cut", "late", "lost"]), where=st.sampled_from(["before", "after", "end"])
    )
    def a_worker_is_killed(self, answer: str, where: str) -> None:
        with suppress(Crash):
            self._work(answer, crash=where)

    def _work(self, answer: str, crash: str = "") -> None:
        def send(cell: Cell) -> Verdict:
            assert self.sending == 0, "two sends at once for one cell"
            if crash == "before":
                raise Crash
            self.sending += 1
            try:
                verdict = self._lms_is_asked(cell, answer)
            finally:
                self.sending -= 1
            if crash == "after":
                raise Crash
            return verdict

        def read_back(cell: Cell) -> Reading:
            return Reading(score=self.lms)

        def settled(*_: object) -> None:
            raise Crash

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lti11, "send", send)
            patch.setattr(lti11, "read_back", read_back)
            if crash == "end":
                for name in ("delivered", "undelivered", "differs"):
                    patch.setattr(converge.settle, name, settled)
            converge.deliver(self.cell.pk)

    def _lms_is_asked(self, cell: Cell, answer: str) -> Verdict:
        match answer:
            case "delivered":
                self.lms = cell.wanted_score
                return DELIVERED
            case "cut":
                self.lms = cell.wanted_score
                return NO_ANSWER
            case "late":
                self.on_the_way.append(cell.wanted_score)
                return NO_ANSWER
            case "error":
                return SERVER_ERROR
            case "refused":
                return REFUSED
        return LOST_BEFORE

    # --- what always holds ---

    @invariant()
    def nothing_is_sent_that_nobody_wanted(self) -> None:
        if self.lms is not None:
            assert Decimal(0) < self.lms <= Decimal(self.version) / 1000

    @invariant()
    def what_we_call_delivered_is_there_or_in_doubt(self) -> None:
        if not self.version:
            return
        cell = fresh(self.cell)
        if cell.state == CellState.DELIVERED and cell.doubt_until is None and not self.on_the_way:
            assert self.lms == cell.wanted_score
        assert cell.sent_version <= cell.wanted_version
        if cell.state == CellState.PENDING:
            assert cell.due_at is not None, "a pending cell is always found by the sweep"

    def teardown(self) -> None:
        """The world heals: late requests arrive, leases end, time passes. Then the LMS holds the newest grade."""
        if not hasattr(self, "cell") or not self.version:
            return
        for late in self.on_the_way:
            self.lms = late
        self.on_the_way = []
        for _ in range(60):
            if fresh(self.cell).due_at is None and fresh(self.cell).state == CellState.DELIVERED:
                break
            self.the_lease_of_a_dead_worker_ends()
            self.time_passes()
            cell = fresh(self.cell)
            if cell.state == CellState.NEEDS_ACTION:
                assert cell.reason
                gradebook.deliver_again(cell)
            if cell.doubt_until:
                Cell.objects.update(doubt_until=timezone.now() + retry.DOUBT / 100)
            self._work("delivered")
        cell = fresh(self.cell)
        assert (cell.state, self.lms) == (CellState.DELIVERED, Decimal(self.version) / 1000)


@pytest.mark.django_db(transaction=True)
def test_what_the_gradebook_holds_never_goes_backwards(
    monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> None:
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    run: Callable[..., Any] = __import__(
        "hypothesis.stateful", fromlist=["run_state_machine_as_test"]
    ).run_state_machine_as_test
    run(
        CellMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
