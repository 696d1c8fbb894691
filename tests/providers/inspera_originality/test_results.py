"""What an answer means for the attempt: where it stands, what was found, and what is given for it."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge import flow
from lti_bridge import looking as attempts_looked_at
from lti_bridge.documents import deciding
from lti_bridge.errors import ProviderUnavailable, UnsupportedEvent
from lti_bridge.models import AccountTrouble, Attempt, AttemptState, Document, EventSource, Grade
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_originality import looking
from lti_bridge.providers.inspera_originality.results import findings_of
from lti_bridge.providers.reports import PollMessage
from tests.originality_server import PROCESSED, STATUS, TOKEN

pytestmark = pytest.mark.django_db
ORIGINALITY = provider_of("inspera_originality")
DONE = {"status": 1, "similarity": "12%"}


def read(attempt, told, *, hours=0.0):
    """The reports of an answer that came so many hours after now."""
    at = timezone.now() + timedelta(hours=hours)
    return ORIGINALITY.read(PollMessage(attempt.account, attempt, json.dumps(told), at))


def understood(attempt, told):
    """The attempt after an answer has gone the way of all events."""
    flow.understand(flow.receive(attempt.account, EventSource.POLL, attempt=attempt, body=json.dumps(told)))
    return Attempt.objects.get(pk=attempt.pk)


@pytest.fixture
def passed_on(attempt):
    """Alice's attempt, whose document was passed on a moment ago."""
    Document.objects.update(passed_on_at=timezone.now())
    return attempt


# --- where it stands ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": 0}, "submitted"),
        ({"status": -1}, "marking"),
        ({"status": 1}, "marking"),
        ({"status": 2}, "marking"),
        ({"status": 3}, "failed"),
        (DONE, "graded"),
        (DONE | {"status": 3}, "graded"),
    ],
)
def test_a_status_is_where_the_attempt_stands(passed_on, told, state):
    (report,) = read(passed_on, told)
    assert (report.state, report.has_result) == (state, False)


def test_a_similarity_is_no_grade_unless_somebody_says_so(passed_on):
    assert understood(passed_on, DONE).state == "graded"
    assert Grade.objects.count() == 0


@pytest.mark.parametrize(
    ("rule", "told", "given"),
    [
        ("none", DONE, None),
        ("inverse_similarity", DONE, "88"),
        ("inverse_similarity", DONE | {"similarity": "100%"}, "0"),
        ("inverse_similarity", DONE | {"similarity": "0"}, "100"),
        ("originality", DONE | {"originality_percentage": 61}, "61"),
        ("originality", DONE | {"originality": "61%"}, "61"),
        ("originality", DONE | {"originality": 87.5}, "87.5"),
    ],
)
def test_what_is_given_follows_the_activitys_rule(passed_on, rule, told, given):
    passed_on.activity.parameters["grade"] = rule
    (report,) = read(passed_on, told)
    assert report.state == "graded" and report.has_result == (given is not None)
    assert (report.score_given, report.score_maximum) == (
        (None, None) if given is None else (Decimal(given), Decimal(100))
    )


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("inverse_similarity", {"status": 1, "originality": "Low risk"}),
        ("inverse_similarity", {"status": 1, "AI_index": 3, "similarity": None}),
        ("inverse_similarity", {"status": 3, "similarity": -1}),
        ("inverse_similarity", {"status": 1, "similarity": 1000}),
        ("originality", DONE | {"originality": "High risk"}),
        ("originality", DONE | {"originality_percentage": -1}),
    ],
)
def test_without_what_a_grade_is_made_of_there_is_none_and_the_document_is_checked_all_the_same(passed_on, rule, told):
    """Absent is never 0, and never 100; the report is there to be read."""
    passed_on.activity.parameters["grade"] = rule
    for hours in (0, 48.1):
        (report,) = read(passed_on, told, hours=hours)
        assert (report.state, report.has_result, report.findings is not None) == ("graded", False, True)
        assert report.note


def test_no_full_marks_come_of_zeros_that_are_told_while_it_is_being_checked(passed_on):
    passed_on.activity.parameters["grade"] = "inverse_similarity"
    told = {"Status": 1, "Message": "Document is processing", "Similarity": "0%", "AI_index": "0%"}
    (report,) = read(passed_on, told)
    assert (report.state, report.has_result) == ("marking", False)
    (report,) = read(passed_on, told | {"Message": "Document is processed"})
    assert (report.state, report.score_given) == ("graded", 100)


def test_a_report_without_a_grade_can_be_released_and_a_grade_that_is_told_later_is_taken(passed_on):
    passed_on.activity.parameters["grade"] = "inverse_similarity"
    passed_on.activity.save()
    checked = understood(passed_on, {"status": 1, "AI_index": 3})
    assert (checked.state, Grade.objects.count()) == ("graded", 0)
    assert deciding.may_release(Document.objects.get())
    understood(checked, DONE)
    assert [grade.score_given for grade in Grade.objects.all()] == [88]


def test_a_grade_stays_when_a_later_answer_lacks_what_it_was_made_of(passed_on):
    passed_on.activity.parameters["grade"] = "inverse_similarity"
    passed_on.activity.save()
    graded = understood(passed_on, DONE)
    assert understood(graded, {"status": 3, "AI_index": 5}).state == "graded"
    assert [grade.score_given for grade in Grade.objects.all()] == [88]


def test_what_was_found_never_goes_back_to_being_looked_for(passed_on):
    graded = understood(passed_on, DONE)
    for told in ({"status": 0}, {"status": -1}, {"status": 1}, {"status": 2}, {"status": 3}):
        assert understood(graded, told).state == "graded"
        assert read(graded, told, hours=100) == []


def test_a_change_by_whoever_evaluates_brings_new_findings_and_a_new_grade(passed_on):
    passed_on.activity.parameters["grade"] = "inverse_similarity"
    passed_on.activity.save()
    graded = understood(passed_on, DONE)
    (report,) = read(graded, {"status": 3, "similarity": "4%"})
    assert report.findings.similarity == 4
    understood(graded, {"status": 1, "similarity": "4%"})
    assert list(Grade.objects.order_by("pk").values_list("score_given", flat=True)) == [88, 96]


# --- errors that pass, and documents that are given up --------------------------------------


def test_an_error_is_given_a_day_before_it_is_final(api, passed_on):
    api.answers[STATUS] = (200, {"status": 2})
    looking.fetch(passed_on)
    assert [each.state for each in read(passed_on, {"status": 2}, hours=23)] == ["marking"]
    assert [each.state for each in read(passed_on, {"status": 2}, hours=24.1)] == ["failed"]


def test_an_error_that_passed_is_forgotten_and_a_later_one_has_its_own_day(api, passed_on):
    api.answers[STATUS] = (200, {"status": 2})
    looking.fetch(passed_on)
    first = Attempt.objects.get().provider_details["trouble_since"]
    looking.fetch(passed_on)
    assert Attempt.objects.get().provider_details == {"trouble_since": first}
    api.answers[STATUS] = (200, {"status": -1})
    looking.fetch(passed_on)
    assert Attempt.objects.get().provider_details == {}


@pytest.mark.parametrize("told", [{"status": 0}, {"status": -1}, {"status": 1}, {"status": 99}])
def test_what_is_not_through_after_two_days_is_given_up(passed_on, told):
    if told["status"] != 99:
        assert [each.state for each in read(passed_on, told, hours=47)] != ["failed"]
    assert [each.state for each in read(passed_on, told, hours=48.1)] == ["failed"]


def test_a_document_that_is_not_known_there_is_given_up_after_two_days(api, passed_on):
    api.answers[STATUS] = (404, {"message": "Submission not found"})
    told = json.loads(looking.fetch(passed_on))
    assert told == {"message": "Submission not found"}
    with pytest.raises(UnsupportedEvent):
        read(passed_on, told)
    assert [each.state for each in read(passed_on, told, hours=48.1)] == ["failed"]


def test_a_document_that_is_refused_is_given_up_after_two_days(api, passed_on):
    api.answers[STATUS] = (400, {"message": "Bad request"})
    told = json.loads(looking.fetch(passed_on))
    assert [each.state for each in read(passed_on, told, hours=48.1)] == ["failed"]


def test_a_document_that_may_not_be_asked_about_is_given_up_after_two_days_and_can_be_waited_for_anew(api, passed_on):
    api.answers[STATUS] = (403, {"message": "Forbidden"})
    assert attempts_looked_at.look_now(Attempt.objects.get())
    assert (Attempt.objects.get().state, Attempt.objects.get().looks) == ("submitted", 1)
    assert AccountTrouble.objects.get().code == "not_allowed"
    Document.objects.update(passed_on_at=timezone.now() - timedelta(days=30))
    attempts_looked_at.look_now(Attempt.objects.get())
    assert Attempt.objects.get().state == "failed"
    assert ORIGINALITY.attempt_acts["wait_anew"].suits(Attempt.objects.get())


@pytest.mark.parametrize("told", [[], None, "processed"])
def test_an_answer_that_nobody_can_read_is_given_up_after_two_days(passed_on, told):
    with pytest.raises(UnsupportedEvent):
        read(passed_on, told, hours=47)
    assert [each.state for each in read(passed_on, told, hours=48.1)] == ["failed"]


def unanswered(attempt, **since):
    """The attempt after its document's status was asked for in vain since then."""
    at = timezone.now() - timedelta(**since)
    Document.objects.filter(attempt=attempt).update(passed_on_at=at)
    details = {looking.UNANSWERED_SINCE: at.isoformat()}
    Attempt.objects.filter(pk=attempt.pk).update(provider_details=details, look_at=timezone.now())
    return Attempt.objects.get(pk=attempt.pk)


def another_was_told_of(attempt, *, hours, **details):
    """The status of another document of the same account came so many hours ago."""
    of_learner = {"learner": attempt.learner, "resource_link": attempt.resource_link, "activity": attempt.activity}
    other = Attempt.objects.create(**of_learner, number=2, state="graded", provider_details=details)
    event = flow.receive(attempt.account, EventSource.POLL, attempt=other, body="{}")
    event.received_at = timezone.now() - timedelta(hours=hours)
    event.save()


@pytest.mark.parametrize("answer", [(500, {"message": "Internal server error"}), (200, b"<html>"), (429, {})])
def test_a_document_with_errors_alone_for_two_days_is_given_up_where_others_are_told_of(api, passed_on, answer):
    api.answers[STATUS] = answer
    assert not attempts_looked_at.look(unanswered(passed_on, hours=47))
    another_was_told_of(passed_on, hours=1)
    assert not attempts_looked_at.look(unanswered(passed_on, hours=47))
    assert Attempt.objects.get(pk=passed_on.pk).state == "submitted"
    assert attempts_looked_at.look(unanswered(passed_on, hours=49))
    failed = Attempt.objects.get(pk=passed_on.pk)
    assert failed.state == "failed" and ORIGINALITY.attempt_acts["wait_anew"].suits(failed)


def test_documents_wait_while_nobody_is_told_of_any_for_a_week_at_most(api, passed_on):
    api.answers[STATUS] = (500, {})
    another_was_told_of(passed_on, hours=25)
    for days in (2.1, 6.9):
        assert not attempts_looked_at.look(unanswered(passed_on, days=days))
        assert Attempt.objects.get(pk=passed_on.pk).state == "submitted"
    assert attempts_looked_at.look(unanswered(passed_on, days=7.1))
    assert Attempt.objects.get(pk=passed_on.pk).state == "failed"


def test_another_one_that_was_given_up_without_an_answer_is_no_sign_that_there_are_answers(api, passed_on):
    api.answers[STATUS] = (500, {})
    another_was_told_of(passed_on, hours=1, **{looking.UNANSWERED_SINCE: timezone.now().isoformat()})
    assert not attempts_looked_at.look(unanswered(passed_on, days=3))


def test_since_when_there_is_no_answer_is_remembered_until_there_is_one(api, passed_on):
    api.answers[STATUS] = (500, {})
    for _look in range(2):
        with pytest.raises(ProviderUnavailable):
            looking.fetch(passed_on)
        kept = Attempt.objects.get().provider_details
        assert set(kept) == {looking.UNANSWERED_SINCE}
        passed_on.refresh_from_db()
    api.answers[STATUS] = (200, {"status": 0})
    looking.fetch(passed_on)
    assert Attempt.objects.get().provider_details == {}


def test_who_waits_anew_has_two_days_before_errors_are_final_again(api, passed_on):
    api.answers[STATUS] = (500, {})
    another_was_told_of(passed_on, hours=1)
    waiting = unanswered(passed_on, days=3)
    looking.wait_anew(waiting)
    assert not attempts_looked_at.look(Attempt.objects.get(pk=waiting.pk))


def test_what_was_found_stays_when_nothing_more_is_answered(api, passed_on):
    graded = understood(passed_on, DONE)
    another_was_told_of(passed_on, hours=1)
    api.answers[STATUS] = (500, {})
    assert attempts_looked_at.look(unanswered(graded, days=3))
    assert Attempt.objects.get(pk=graded.pk).state == "graded"


def test_what_only_an_administrator_can_put_right_is_asked_about_until_it_is(api, passed_on):
    api.answers |= dict.fromkeys(TOKEN.values(), (401, {"message": "The clientId is invalid"}))
    another_was_told_of(passed_on, hours=1)
    unanswered(passed_on, days=30)
    Attempt.objects.filter(pk=passed_on.pk).update(looks=57)
    for _look in range(5):
        assert not attempts_looked_at.look(Attempt.objects.get(pk=passed_on.pk))
        assert Attempt.objects.get(pk=passed_on.pk).looks == 57
        Attempt.objects.update(look_at=timezone.now())
    assert AccountTrouble.objects.filter(account=passed_on.account).exists()
    api.answers.clear()
    api.answers[STATUS] = (200, DONE)
    assert attempts_looked_at.look(Attempt.objects.get(pk=passed_on.pk))
    assert Attempt.objects.get(pk=passed_on.pk).state == "graded"


def test_a_document_that_was_given_up_can_be_waited_for_anew(passed_on):
    passed_on.state = "failed"
    passed_on.provider_details = {"trouble_since": "2026-01-01T00:00:00+00:00"}
    passed_on.save()
    Document.objects.update(passed_on_at=timezone.now() - timedelta(days=3))
    act = ORIGINALITY.attempt_acts["wait_anew"]
    assert act.suits(passed_on)
    flow.record(act.carry_out(passed_on, {}).report)
    waiting = Attempt.objects.get()
    assert (waiting.state, set(waiting.provider_details)) == ("marking", {"waited_anew"})
    assert not act.suits(waiting)
    assert [each.state for each in read(waiting, {"status": 0}, hours=47)] == ["submitted"]
    assert [each.state for each in read(waiting, {"status": 0}, hours=49)] == ["failed"]


def test_those_who_teach_can_have_a_document_waited_for_anew(passed_on):
    """By the act on the page of the document, which knows no provider."""
    Document.objects.update(passed_on_at=timezone.now() - timedelta(days=3))
    failed = understood(passed_on, {"status": 0})
    assert failed.state == "failed"
    deciding.check_again(Document.objects.get(), None)
    assert understood(Attempt.objects.get(), {"status": 0}).state == "submitted"


def test_what_comes_through_after_it_was_given_up_counts(passed_on):
    failed = understood(passed_on, {"status": 3})
    assert failed.state == "failed"
    assert understood(failed, DONE).state == "graded"


@pytest.mark.parametrize("told", [{"status": 99}, {"status": None}, {}, {"status": "100%"}])
def test_what_nobody_documented_is_refused_aloud_and_asked_about_again(passed_on, told):
    with pytest.raises(UnsupportedEvent) as unknown:
        read(passed_on, told)
    assert unknown.value.code == "unknown_state"


# --- what was found -------------------------------------------------------------------------


def test_everything_that_was_found_is_read_in_both_generations(api):
    found = findings_of(PROCESSED[api.profile])
    assert (found.similarity, found.translation_similarity, found.ai_index) == (12, 3, 0)
    assert found.originality == "Low risk"
    assert found.originality_percentage == (88 if api.profile == "current" else None)
    assert dict(found.more) == ({"hiddenText": 2} if api.profile == "current" else {})


def test_what_else_is_told_is_kept_within_bounds():
    more = {f"extra{number}": "x" * 10_000 for number in range(100)} | {"documentId": "d", "Status": 1}
    found = findings_of(more | {"nested": {"deep": ["y" * 10_000]}})
    assert len(found.more) == 40 and len(json.dumps(dict(found.more))) < 40 * 600
    assert not {"documentId", "Status"} & set(found.more)


@pytest.mark.parametrize(
    ("told", "word", "number"),
    [
        (87.5, "", Decimal("87.5")),
        (61, "", Decimal(61)),
        ("61%", "", Decimal(61)),
        ("Low risk", "Low risk", None),
        (True, "", None),
        (float("nan"), "", None),
    ],
)
def test_originality_is_a_number_or_words(told, word, number):
    found = findings_of({"status": 1, "originality": told})
    assert (found.originality, found.originality_percentage) == (word, number)


def test_what_is_not_told_is_none_and_never_0():
    found = findings_of({"status": 1})
    assert (found.similarity, found.translation_similarity, found.ai_index, found.originality) == (None, None, None, "")


# --- asking ---------------------------------------------------------------------------------


def test_a_document_is_asked_about_once_it_is_there(api, attempt, document):
    account = attempt.account
    assert ORIGINALITY.looks.can_fetch(account, attempt)
    assert json.loads(ORIGINALITY.looks.fetch(attempt)) == PROCESSED[api.profile]
    for state in ("received", "placed", "refused", "unclear"):
        Document.objects.update(state=state)
        assert not ORIGINALITY.looks.can_fetch(account, attempt)


def test_looks_become_rarer_and_reach_beyond_two_days():
    waits = []
    while (wait := ORIGINALITY.looks.next_look(AttemptState.MARKING, len(waits))) is not None:
        waits.append(wait)
    assert waits == sorted(waits)
    assert timedelta(hours=48) < sum(waits, timedelta()) < timedelta(hours=72)


def test_after_the_check_it_is_asked_once_a_day_for_a_change_for_two_weeks():
    waits = []
    while (wait := ORIGINALITY.looks.next_look(AttemptState.GRADED, len(waits))) is not None:
        waits.append(wait)
    assert waits == [timedelta(days=1)] * 14
