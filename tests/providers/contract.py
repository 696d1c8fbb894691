"""What every provider must pass. Subclass, say what is particular, change nothing else::

    class TestIsograd(ProviderContract):
        provider = "isograd"
        ...

It holds for the provider's translation and for the edges where its messages arrive.
"""

from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import flow
from lti_bridge.errors import CannotOpen, UnsupportedEvent
from lti_bridge.models import Account, Activity, Attempt, AttemptState, Cell, EventSource, Grade, ProviderEvent
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.actions import FormPost, HandIn, Page, Redirect, RelayLaunch
from lti_bridge.providers.base import Provider
from lti_bridge.providers.reports import HintMessage, PollMessage, ScoreMessage
from tests.relay.sitting import opening, sit
from tests.world import KEY, RETURN_URL, SECRET, SERVICE_URL, make_world


@pytest.mark.django_db
class ProviderContract:
    """Set the five values; a provider without LTI overrides ``send_score``.

    ``opening_writes``: the fields of an attempt that opening it may change, where the provider is asked for a test.
    """

    opening_writes: ClassVar[tuple[str, ...]] = ()
    provider: ClassVar[str]
    settings: ClassVar[dict[str, Any]]
    secrets: ClassVar[dict[str, str]]
    action: ClassVar[str]
    parameters: ClassVar[dict[str, Any]]

    @pytest.fixture
    def translator(self) -> Provider:
        return PROVIDERS[self.provider]

    @pytest.fixture
    def account(self) -> Account:
        return Account.objects.create(
            name="contract", provider=self.provider, settings=dict(self.settings), secrets=dict(self.secrets)
        )

    @pytest.fixture
    def attempt(self, account: Account) -> Attempt:
        world = make_world()
        activity = Activity.objects.create(
            slug="contract", title="Contract", account=account, action=self.action, parameters=dict(self.parameters)
        )
        return sit(world, activity=activity)

    def score(self, attempt: Attempt, text: str | None, minutes: int = 0) -> ScoreMessage:
        score = None if text is None else Decimal(text)
        return ScoreMessage(attempt, score, text or "", timezone.now() + timedelta(minutes=minutes))

    def hint(self, attempt: Attempt, kind: str) -> HintMessage:
        return HintMessage(attempt.activity.account, attempt, kind, timezone.now(), {"score": "1", "grade": "100"})

    # --- configuration ----------------------------------------------------------------------

    def test_it_is_registered_under_its_name(self, translator: Provider) -> None:
        assert translator.name == self.provider
        assert translator.label
        assert all(kind.label for kind in translator.actions.values())

    def test_good_settings_have_no_problem(self, translator: Provider, account: Account) -> None:
        assert translator.check_account(self.settings, self.secrets) == []
        assert translator.check_activity(account, self.action, self.parameters) == []

    def test_each_secret_of_an_account_is_named_for_people(self, translator: Provider) -> None:
        assert self.secrets.keys() <= translator.secret_names.keys()
        assert all(translator.secret_names.values())

    def test_what_it_does_not_know_it_refuses_by_name(self, translator: Provider, account: Account) -> None:
        assert "no_such_setting" in " ".join(
            translator.check_account(self.settings | {"no_such_setting": 1}, self.secrets)
        )
        unknown = translator.check_activity(account, self.action, self.parameters | {"no_such_parameter": 1})
        assert "no_such_parameter" in " ".join(unknown)
        assert "no_such_action" in " ".join(translator.check_activity(account, "no_such_action", self.parameters))

    def test_every_secret_it_needs_is_named_when_it_is_missing(self, translator: Provider) -> None:
        for name in self.secrets:
            assert name in " ".join(translator.check_account(self.settings, set(self.secrets) - {name}))

    def test_a_problem_never_shows_a_secret(self, translator: Provider) -> None:
        problems = " ".join(translator.check_account({"no_such_setting": 1}, self.secrets))
        assert not any(secret in problems for secret in self.secrets.values())

    # --- opening ----------------------------------------------------------------------------

    def test_it_opens_its_action(self, translator: Provider, attempt: Attempt) -> None:
        assert isinstance(translator.open(opening(attempt)), Redirect | FormPost | Page | RelayLaunch | HandIn)

    def test_nothing_of_the_lms_leaves_with_it(self, translator: Provider, attempt: Attempt) -> None:
        sent = _texts(translator.open(opening(attempt)))
        for theirs in ("course-history", "link-1", KEY, SECRET, SERVICE_URL, RETURN_URL):
            assert theirs not in sent
        assert f"'{attempt.learner.user_id}'" not in sent

    def test_opening_changes_no_row(self, translator: Provider, attempt: Attempt) -> None:
        before = Attempt.objects.values().get(pk=attempt.pk)
        translator.open(opening(attempt))
        after = Attempt.objects.values().get(pk=attempt.pk)
        assert {name for name in before if before[name] != after[name]} <= set(self.opening_writes)

    def test_a_broken_activity_opens_nothing(self, translator: Provider, attempt: Attempt) -> None:
        attempt.activity.parameters = {"no_such_parameter": 1}
        with pytest.raises(CannotOpen) as refused:
            translator.open(opening(attempt))
        assert refused.value.sentence and refused.value.advice

    # --- reading ----------------------------------------------------------------------------

    def test_a_report_is_about_the_attempt_of_its_message(self, translator: Provider, attempt: Attempt) -> None:
        message = self.score(attempt, "0.5")
        (report,) = translator.read(message)
        assert (report.attempt, report.reported_at, report.raw_score) == (attempt, message.received_at, "0.5")

    def test_reading_is_repeatable(self, translator: Provider, attempt: Attempt) -> None:
        message = self.score(attempt, "0.5")
        assert translator.read(message) == translator.read(message)

    def test_zero_is_a_grade(self, translator: Provider, attempt: Attempt) -> None:
        (report,) = translator.read(self.score(attempt, "0"))
        assert (report.has_result, report.score_given) == (True, 0)
        assert report.score_maximum and report.score_maximum > 0

    def test_a_result_taken_back_is_no_zero(self, translator: Provider, attempt: Attempt) -> None:
        (report,) = translator.read(self.score(attempt, None))
        assert (report.has_result, report.score_given, report.score_maximum) == (True, None, None)

    def test_no_hint_brings_a_result(self, translator: Provider, attempt: Attempt) -> None:
        for kind in ("callback", "return"):
            assert not any(report.has_result for report in translator.read(self.hint(attempt, kind)))

    def test_an_unknown_hint_is_refused_aloud(self, translator: Provider, attempt: Attempt) -> None:
        with pytest.raises(UnsupportedEvent):
            translator.read(self.hint(attempt, "no-such-kind"))

    def test_an_older_result_that_is_read_after_a_newer_one_does_not_win(
        self, translator: Provider, attempt: Attempt
    ) -> None:
        account = attempt.activity.account
        older, newer = (
            ProviderEvent.objects.create(account=account, attempt=attempt, received_at=timezone.now()) for _ in range(2)
        )
        for event, message in ((newer, self.score(attempt, "0.9")), (older, self.score(attempt, "0.2", minutes=-5))):
            for report in translator.read(message):
                flow.record(report, event)
        newest = Cell.objects.get().wanted_grade
        assert newest is not None and newest.raw_score == "0.9"

    def test_the_same_result_twice_is_one_grade(self, translator: Provider, attempt: Attempt) -> None:
        for minutes in (0, 1):
            for report in translator.read(self.score(attempt, "0.9", minutes)):
                flow.record(report)
        assert Grade.objects.count() == 1

    def test_a_hint_after_the_grade_moves_nothing_back(self, translator: Provider, attempt: Attempt) -> None:
        for message in (self.score(attempt, "0.9"), self.hint(attempt, "callback"), self.hint(attempt, "return")):
            for report in translator.read(message):
                flow.record(report)
        attempt.refresh_from_db()
        assert attempt.state == "graded"

    # --- the edge ---------------------------------------------------------------------------

    def test_call_backs_of_strangers_are_not_found(self, attempt: Attempt) -> None:
        for provider, account, key in (
            (self.provider, "contract", "a." + "0" * 40),
            (self.provider, "no-such-account", attempt.key),
            ("no-such-provider", "contract", attempt.key),
            (self.provider, "isograd-test", attempt.key),
        ):
            for what in ("done", "return"):
                assert Client().get(f"/callbacks/{provider}/{account}/{key}/{what}").status_code == 404
        assert ProviderEvent.objects.count() == 0

    def test_call_backs_with_a_score_give_no_grade(self, attempt: Attempt) -> None:
        address = f"/callbacks/{self.provider}/contract/{attempt.key}"
        for what in ("done", "return"):
            assert Client().get(f"{address}/{what}?score=1&num_val=1000&grade=100").status_code == 200
        assert ProviderEvent.objects.count() == 2
        assert Grade.objects.count() == 0


class FetchContract(ProviderContract):
    """For a provider whose API can be asked how an attempt stands: push and pull end in the same reports.

    ``answers``: what ``fetch`` may give, word for word, for an attempt that is ``begun``, ``marked`` by a person,
    ``graded`` with more than 0, graded with ``zero``, and in a state that nobody documented (``unknown``).
    """

    answers: ClassVar[dict[str, str]]

    def poll(self, attempt: Attempt, name: str) -> PollMessage:
        raw = self.answers.get(name, name)
        return PollMessage(attempt.activity.account, attempt, raw, timezone.now())

    def understood(self, attempt: Attempt, name: str) -> Attempt:
        """The attempt after that answer has gone the way of all events."""
        account = attempt.activity.account
        flow.understand(flow.receive(account, EventSource.POLL, attempt=attempt, body=self.answers[name]))
        return Attempt.objects.get(pk=attempt.pk)

    def test_an_answer_is_about_the_attempt_that_was_asked_about(self, translator: Provider, attempt: Attempt) -> None:
        message = self.poll(attempt, "graded")
        (report,) = translator.read(message)
        assert (report.attempt, report.has_result) == (attempt, True)
        assert report.raw_score and report.score_given and report.score_maximum

    def test_reading_an_answer_is_repeatable(self, translator: Provider, attempt: Attempt) -> None:
        for name in ("begun", "marked", "graded"):
            message = self.poll(attempt, name)
            assert translator.read(message) == translator.read(message)

    def test_zero_is_a_grade_and_not_marked_yet_is_none(self, translator: Provider, attempt: Attempt) -> None:
        (zero,) = translator.read(self.poll(attempt, "zero"))
        assert (zero.has_result, zero.score_given) == (True, 0)
        for name in ("begun", "marked"):
            assert not any(report.has_result for report in translator.read(self.poll(attempt, name)))

    def test_an_unknown_state_is_refused_aloud(self, translator: Provider, attempt: Attempt) -> None:
        with pytest.raises(UnsupportedEvent):
            translator.read(self.poll(attempt, "unknown"))

    @pytest.mark.parametrize("raw", ["", "null", "{", "[]", "<html></html>"])
    def test_what_cannot_be_read_is_refused_aloud(self, translator: Provider, attempt: Attempt, raw: str) -> None:
        with pytest.raises(UnsupportedEvent):
            translator.read(self.poll(attempt, raw))

    def test_an_answer_becomes_a_grade_and_what_the_cell_wants(self, attempt: Attempt) -> None:
        assert self.understood(attempt, "graded").state == "graded"
        cell = Cell.objects.get()
        assert cell.wanted_score is not None and cell.wanted_score > 0
        assert Grade.objects.get().event is not None

    def test_an_older_state_moves_nothing_back(self, attempt: Attempt) -> None:
        for name in ("begun", "marked", "graded", "marked", "begun"):
            after = self.understood(attempt, name)
        assert (after.state, Grade.objects.count()) == ("graded", 1)

    @pytest.mark.parametrize("state", [AttemptState.MARKING, AttemptState.GRADED])
    def test_looks_come_to_an_end(self, translator: Provider, state: AttemptState) -> None:
        waits = []
        while (wait := translator.looks.next_look(state, len(waits))) is not None:
            waits.append(wait)
            assert wait > timedelta() and len(waits) < 1000
        assert waits or state == AttemptState.GRADED
        assert not waits or translator.looks.next_look(state, 0) == waits[0]

    def test_what_is_graded_is_asked_about_only_where_it_may_be_graded_again(self, translator: Provider) -> None:
        assert translator.grades_again or translator.looks.next_look(AttemptState.GRADED, 0) is None

    def test_an_attempt_that_was_never_opened_has_nothing_to_ask_about(
        self, translator: Provider, attempt: Attempt
    ) -> None:
        assert not translator.looks.can_fetch(attempt.activity.account, attempt)
        assert translator.looks.fetch(attempt) is None


def _texts(value: Any) -> str:
    """Everything that an action says, as text."""
    if is_dataclass(value):
        return " ".join(_texts(getattr(value, each.name)) for each in fields(value))
    return repr(dict(value) if hasattr(value, "items") else value)
