"""Campfire against what every provider must pass. A score comes as the API's answer, not by LTI."""

import json
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from lti_bridge.models import Account, Attempt
from lti_bridge.providers.base import Provider
from lti_bridge.providers.campfire.results import reset_report
from lti_bridge.providers.reports import PollMessage
from tests.campfire_server import CONFIG, SECRETS, CampfireApi
from tests.providers.contract import ProviderContract
from tests.relay.sitting import opening


class TestCampfire(ProviderContract):
    provider = "campfire"
    settings: ClassVar[dict[str, Any]] = {"base_url": "https://api.example.com"}
    secrets: ClassVar[dict[str, str]] = dict(SECRETS)
    action = "take_exam"
    parameters: ClassVar[dict[str, Any]] = {"exam_config_id": CONFIG}

    @pytest.fixture
    def account(self, api: CampfireApi, db: None) -> Account:  # type: ignore[override]  # its API has to be there
        return Account.objects.create(
            name="contract", provider=self.provider, settings={"base_url": api.url}, secrets=dict(self.secrets)
        )

    def score(self, attempt: Attempt, text: str | None, minutes: int = 0) -> Any:
        """The answer about a session that was handed in with that score of 1."""
        if not attempt.provider_attempt_id:
            attempt.provider_attempt_id = "s-1"
            attempt.save(update_fields=["provider_attempt_id"])
        session = {"id": "s-1", "maturity": "COMPLETE", "scoreMin": 0, "scoreMax": 1, "results": {"items": []}}
        raw = json.dumps({"examSession": session | {"scoreActual": text}})
        return PollMessage(attempt.activity.account, attempt, raw, timezone.now() + timedelta(minutes=minutes))

    def test_opening_changes_no_row(self, translator: Provider, attempt: Attempt) -> None:
        """But for what the session is called and made of; opening once more changes nothing."""
        translator.open(opening(attempt))
        before = Attempt.objects.values().get(pk=attempt.pk)
        translator.open(opening(attempt))
        assert Attempt.objects.values().get(pk=attempt.pk) == before

    def test_a_result_taken_back_is_no_zero(self, translator: Provider, attempt: Attempt) -> None:
        """No answer takes a result back: without a score it is not final. A reset does."""
        (report,) = translator.read(self.score(attempt, None))
        assert (report.state, report.has_result) == ("marking", False)
        reset = reset_report(attempt, timezone.now())
        assert (reset.has_result, reset.score_given, reset.score_maximum) == (True, None, None)
