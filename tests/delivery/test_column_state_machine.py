"""By AGS, whatever happens in whatever order: nothing older ever replaces anything newer, times rise, a retry repeats.

All of delivery is real here; the platform answers without a socket.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import DjangoDbBlocker

from lti_bridge import gradebook, http
from lti_bridge.delivery import converge, lti13
from lti_bridge.delivery.verdicts import Verdict
from lti_bridge.models import AccessToken, Breaker, Cell, CellState, LineItem
from tests.ags_server import Platform
from tests.delivery.cells import fresh, grade, make_learner
from tests.delivery.columns import make_column_link, start_anew, told
from tests.delivery.test_cell_state_machine import EXAMPLES, STEPS, Crash

ANSWERS = ("taken", "lost", "cut", "late", "error", "bad_gateway", "page", "throttled", "unauthorized", "stranger")
TOKEN = b'{"access_token":"sample","token_type":"bearer","expires_in":3600}'


class ColumnMachine(RuleBasedStateMachine):
    """One cell, one platform, and everything that can happen between them. Scores rise with the versions."""

    mode = "plain"

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        self.on_the_way: list[dict[str, Any]] = []
        self.highest = Fraction(0)
        self.answer = "taken"
        self.sending = 0

    @initialize()
    def a_learner_with_a_column(self) -> None:
        Breaker.objects.all().delete()
        start_anew()
        key = f"k{timezone.now().timestamp()}".replace(".", "-")
        self.platform = Platform(mode=self.mode, base="https://lms.example.edu")
        self.link = make_column_link(self.platform, key=key)
        self.column = self.platform.add_column(resourceLinkId="link-1")
        told(self.link, self.platform.claim("link-1"))
        self.learner = make_learner(self.link, 1, None)
        self.key = (self.column, "user-1")

    @property
    def cell(self) -> Cell:
        return Cell.objects.get(learner=self.learner)

    @property
    def held(self) -> Fraction | None:
        return self.platform.held.get(self.key)

    # --- what the provider, the clock and people do ---

    @rule(again=st.booleans())
    def a_newer_grade_is_reported(self, again: bool) -> None:
        self.version += 1
        # Now and then it is another attempt.
        grade(self.learner, self.link, str(Decimal(self.version) / 1000), attempt_number=self.version if again else 1)
        if not again and fresh(self.cell).wanted_score != Decimal(self.version) / 1000:
            # A later attempt counts: the newest score is of that one.
            grade(self.learner, self.link, str(Decimal(self.version) / 1000), attempt_number=self._newest())

    def _newest(self) -> int:
        return max(self.learner.attempts.values_list("number", flat=True))

    @precondition(lambda self: self.version)
    @rule()
    def time_passes(self) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Cell.objects.filter(due_at__isnull=False).update(due_at=past)
        Breaker.objects.filter(next_probe_at__isnull=False).update(next_probe_at=past)
        AccessToken.objects.filter(expires_at__lt=timezone.now() + timedelta(minutes=30)).update(expires_at=past)

    @rule()
    def the_lease_of_a_dead_worker_ends(self) -> None:
        if not self.sending:
            past = timezone.now() - timedelta(seconds=1)
            Cell.objects.filter(lease__isnull=False).update(leased_until=past)
            LineItem.objects.filter(search_lease__isnull=False).update(searched_until=past)
            AccessToken.objects.filter(lease__isnull=False).update(leased_until=past)

    @precondition(lambda self: self.version)
    @rule()
    def somebody_presses_deliver_again(self) -> None:
        gradebook.deliver_again(self.cell)

    @precondition(lambda self: self.version)
    @rule()
    def it_is_held_and_released(self) -> None:
        gradebook.hold(self.cell)
        gradebook.release(self.cell)

    # A request from before would be of a later time than everything after.
    @precondition(lambda self: self.version and not self.on_the_way)
    @rule()
    def the_database_is_restored_and_forgets_the_time(self) -> None:
        Cell.objects.filter(learner=self.learner, state=CellState.PENDING).update(
            wanted_at=timezone.now() - timedelta(days=1)
        )
        self.platform.told.clear()

    @precondition(lambda self: self.on_the_way)
    @rule()
    def a_request_comes_through_late(self) -> None:
        self.platform.take(self.column, self.on_the_way.pop(0))

    # --- what a worker and the platform do ---

    @precondition(lambda self: self.version)
    @rule(answer=st.sampled_from(ANSWERS))
    def a_worker_delivers(self, answer: str) -> None:
        self._work(answer)

    @precondition(lambda self: self.version)
    @rule(answer=st.sampled_from(("taken", "cut", "late", "lost")), where=st.sampled_from(("before", "after", "end")))
    def a_worker_is_killed(self, answer: str, where: str) -> None:
        with suppress(Crash):
            self._work(answer, crash=where)

    def _work(self, answer: str, crash: str = "") -> None:
        self.answer = answer
        real = lti13.send

        def send(cell: Cell) -> Verdict:
            assert self.sending == 0, "two sends at once for one cell"
            if crash == "before":
                raise Crash
            self.sending += 1
            try:
                verdict = real(cell)
            finally:
                self.sending -= 1
            if crash == "after":
                raise Crash
            return verdict

        def settled(*_: object) -> None:
            raise Crash

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lti13, "send", send)
            patch.setattr(http, "request", self._request)
            if crash == "end":
                for name in ("delivered", "undelivered", "differs", "outdated"):
                    patch.setattr(converge.settle, name, settled)
            converge.deliver(self.cell.pk)

    def _request(self, method: str, url: str, *, body: bytes | None = None, **_: Any) -> http.Answer:
        path = urlsplit(url).path
        if path.endswith("/token"):
            return http.Answer(200, {}, TOKEN, 0.1)
        if "/results" in path:
            user = parse_qs(urlsplit(url).query)["user_id"][0]
            return http.Answer(200, {}, json.dumps(self.platform.results(self.column, user)).encode(), 0.1)
        score = json.loads(body or b"")
        self.platform.told[self.key].append(score)
        return self._answer_to(score)

    def _answer_to(self, score: dict[str, Any]) -> http.Answer:
        match self.answer:
            case "lost":
                raise http.HttpProblem("connect", "lms.example.edu: no connection")
            case "cut":
                self.platform.take(self.column, score)
                raise http.HttpProblem("cut", "lms.example.edu: cut", ambiguous=True)
            case "late":
                self.on_the_way.append(score)
                raise http.HttpProblem("timeout", "lms.example.edu: nothing", ambiguous=True)
            case "error":
                return http.Answer(500, {}, b"", 0.1)
            case "bad_gateway":
                self.on_the_way.append(score)
                return http.Answer(502, {}, b"", 0.1)
            case "page":
                return http.Answer(200, {}, b"<html>Please log in</html>", 0.1)
            case "throttled":
                return http.Answer(429, {}, b"", 0.1)
            case "unauthorized":
                return http.Answer(401, {}, b"", 0.1)
            case "stranger":
                return http.Answer(418, {}, b"", 0.1)
        status, said = self.platform.take(self.column, score)
        return http.Answer(status, {}, said, 0.1)

    # --- what always holds ---

    @invariant()
    def what_the_column_holds_never_goes_backwards(self) -> None:
        """Also when an older request comes through late: its time is older."""
        if hasattr(self, "key") and self.held is not None:
            assert self.held >= self.highest
            self.highest = self.held

    @invariant()
    def times_rise_by_a_second_and_a_retry_repeats_them(self) -> None:
        if not hasattr(self, "key"):
            return
        first_told: dict[str, float] = {}
        for score in self.platform.told[self.key]:
            first_told.setdefault(score["timestamp"], score["scoreGiven"])
            assert first_told[score["timestamp"]] == score["scoreGiven"], "one time, one score"
        times = [datetime.fromisoformat(stamp) for stamp in first_told]
        assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(times, times[1:], strict=False))

    @invariant()
    def an_attempt_is_handed_in_once(self) -> None:
        if hasattr(self, "key"):
            handed_in = self.platform.submissions[self.key]
            assert len(handed_in) == len(set(handed_in))

    @invariant()
    def what_we_call_delivered_is_there(self) -> None:
        if not self.version:
            return
        cell = self.cell
        assert cell.sent_version <= cell.wanted_version
        if cell.state == CellState.DELIVERED and cell.doubt_until is None and not self.on_the_way:
            assert self.held == Fraction(str(cell.wanted_score))
        if cell.state == CellState.PENDING:
            assert cell.due_at is not None, "a pending cell is always found by the sweep"

    def teardown(self) -> None:
        """The world heals. Then the column holds the newest grade."""
        if not hasattr(self, "key") or not self.version:
            return
        for late in self.on_the_way:
            self.platform.take(self.column, late)
        self.on_the_way = []
        for _ in range(80):
            if self.cell.due_at is None and self.cell.state == CellState.DELIVERED:
                break
            self.the_lease_of_a_dead_worker_ends()
            self.time_passes()
            if self.cell.state == CellState.NEEDS_ACTION:
                assert self.cell.reason
                gradebook.deliver_again(self.cell)
            # Nothing is on its way any more.
            Cell.objects.filter(doubt_until__isnull=False).update(doubt_until=timezone.now())
            self._work("taken")
        assert (self.cell.state, self.held) == (CellState.DELIVERED, Fraction(self.version, 1000))


class MoodleMachine(ColumnMachine):
    mode = "moodle"


class CanvasMachine(ColumnMachine):
    mode = "canvas"


class OpenEdxMachine(ColumnMachine):
    mode = "openedx"


@pytest.mark.django_db
@pytest.mark.parametrize("machine", [ColumnMachine, MoodleMachine, CanvasMachine, OpenEdxMachine])
def test_what_a_column_holds_never_goes_backwards(
    machine: type[ColumnMachine], monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> None:
    """T13-AG-07, T13-AG-11"""
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(EXAMPLES // 5, 1),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
