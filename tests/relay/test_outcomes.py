"""What an outcome message says, apart from HTTP: the sweep reads events as the request does."""

from decimal import Decimal

import pytest

from lti_bridge import flow
from lti_bridge.models import EventSource, Grade
from lti_bridge.relay import outcomes
from lti_bridge.relay.outcomes import CODE_MINOR, OutcomeRefused
from tests.relay.sitting import message, other_account, sit
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def attempt(world):
    return sit(world)


def event(world, body, account=None):
    return flow.receive(account or world.account, EventSource.OUTCOME, body=body.decode())


def test_a_score_is_read_with_its_attempt_and_time(world, attempt):
    kept = event(world, message(attempt.key, ".50"))
    score = outcomes.message_of(kept)
    assert (score.attempt, score.score, score.raw_score) == (attempt, Decimal("0.5"), ".50")
    assert score.received_at == kept.received_at


def test_a_deletion_has_no_score_and_a_question_no_message(world, attempt):
    deleted = outcomes.message_of(event(world, message(attempt.key, operation="deleteResult")))
    assert (deleted.score, deleted.raw_score) == (None, "")
    assert outcomes.message_of(event(world, message(attempt.key, operation="readResult"))) is None


REFUSED = {
    "malformed": lambda key: b"<a",
    "doctype": lambda key: b"<!DOCTYPE a><a/>",
    "too_large": lambda key: b" " * 70000,
    "unsupported_operation": lambda key: message(key, operation="readPerson"),
    "missing_sourcedid": lambda key: message("", "1"),
    "missing_score": lambda key: message(key),
    "bad_score": lambda key: message(key, "2"),
    "unknown_sourcedid": lambda key: message("a.0", "1"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_each_refusal_has_its_code(world, attempt, code):
    with pytest.raises(OutcomeRefused) as refused:
        outcomes.message_of(event(world, REFUSED[code](attempt.key)))
    assert (refused.value.code, refused.value.code_minor) == (code, CODE_MINOR[code])
    assert refused.value.permanent


def test_every_code_is_tested():
    assert {*REFUSED, "not_graded_any_more"} == set(CODE_MINOR)


def test_an_attempt_is_found_for_its_own_account_only(world, attempt):
    with pytest.raises(OutcomeRefused) as refused:
        outcomes.message_of(event(world, message(attempt.key, "1"), other_account(world)))
    assert refused.value.code_minor == "unknownobject"


def test_understanding_an_event_again_changes_nothing(world, attempt):
    kept = event(world, message(attempt.key, "0.6"))
    for _ in range(3):
        flow.understand(kept)
    assert Grade.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "maximum", "text"), [("1", "3", "0.3333333333"), ("5", "4", "1"), ("0", "7", "0"), ("0.5", "1", "0.5")]
)
def test_the_newest_grade_reads_as_a_fraction(attempt, given, maximum, text):
    from django.utils import timezone

    attempt.grades.create(score_given=Decimal(given), score_maximum=Decimal(maximum), reported_at=timezone.now())
    assert outcomes.score_of(attempt) == text


def test_the_service_address_is_public(settings):
    assert outcomes.service_url() == f"{settings.BASE_URL}/relay/1.1/outcomes"
