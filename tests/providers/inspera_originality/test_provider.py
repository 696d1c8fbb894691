"""Originality against what every provider must pass. What is found in a document comes as the API's answer."""

import json
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Attempt
from lti_bridge.providers.actions import HandIn
from lti_bridge.providers.base import Provider
from lti_bridge.providers.reports import PollMessage
from tests.providers.contract import FetchContract
from tests.relay.sitting import opening


class TestOriginality(FetchContract):
    provider = "inspera_originality"
    settings: ClassVar[dict[str, Any]] = {"institution_id": "greendale", "email": "bridge@example.edu"}
    secrets: ClassVar[dict[str, str]] = {"client_id": "c1ient-1d", "password": "pass & word"}
    action = "submit_document"
    parameters: ClassVar[dict[str, Any]] = {"documentLanguage": "en", "grade": "inverse_similarity"}
    answers: ClassVar[dict[str, str]] = {
        "begun": '{"status": 0, "message": "Document is still in the queue"}',
        "marked": '{"status": -1, "message": "Document is processing"}',
        "graded": '{"status": 1, "similarity": "12%"}',
        "zero": '{"status": 1, "similarity": "100%"}',
        "unknown": '{"status": 17}',
    }

    def score(self, attempt: Attempt, text: str | None, minutes: int = 0) -> Any:
        """The answer about a document of that originality, in percent."""
        attempt.activity.parameters["grade"] = "originality"
        attempt.activity.save()
        told = json.dumps({"status": 1, "similarity": 5, "originality_percentage": text})
        return PollMessage(attempt.activity.account, attempt, told, timezone.now() + timedelta(minutes=minutes))

    def test_it_opens_its_action(self, translator: Provider, attempt: Attempt) -> None:
        assert translator.open(opening(attempt)) == HandIn()

    def test_a_result_taken_back_is_no_zero(self, translator: Provider, attempt: Attempt) -> None:
        """No answer takes a result back: without a percentage there is nothing to give."""
        (report,) = translator.read(self.score(attempt, None))
        assert (report.has_result, report.score_given, report.score_maximum) == (False, None, None)

    def test_without_an_address_to_be_known_by_nothing_opens(self, translator: Provider, attempt: Attempt) -> None:
        attempt.learner.email = ""
        with pytest.raises(CannotOpen) as refused:
            translator.open(opening(attempt))
        assert (refused.value.code, bool(refused.value.advice)) == ("email_missing", True)
