"""One export for all who sit a test: whose result is whose, what is new, and what comes when something goes wrong."""

import json
import os
import time
import tracemalloc
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge import events, tasks, whole_looks, whole_tests
from lti_bridge.models import (
    Activity,
    Attempt,
    Candidate,
    Cell,
    EventSource,
    Grade,
    Learner,
    ProviderEvent,
    ProviderExport,
    ProviderTest,
)
from lti_bridge.providers.inspera_assessment.whole import MOST_LOOKS, next_look
from tests.relay.sitting import sit
from tests.world import ALICE, BOB, make_world

SUBMISSIONS = "/api/v1/test/7/submissions"
#: As many as ``CANDIDATES`` says; a rehearsal by hand takes 5000.
MANY = int(os.environ.get("CANDIDATES", "150"))


@pytest.fixture
def exam(account):
    """Alice and Bob in test 7, each known to Inspera by our id and its own."""
    world = make_world()
    activity = Activity.objects.create(
        slug="history", title="History", account=account, action="take_test", parameters={"test_id": "7"}
    )
    for number, person in enumerate((ALICE, BOB), 1):
        attempt = sit(world, user_id=person["user_id"], activity=activity)
        attempt.provider_attempt_id = "7"
        attempt.save()
        Candidate.objects.filter(pk=attempt.candidate_id).update(
            provider_candidate_id=str(number), known_as=attempt.learner.opaque_id
        )
    return ProviderTest.objects.create(account=account, provider_test_id="7", look_at=timezone.now())


def candidate(user_id, total=None, *, final=True, external_id=None, **more):
    result = {"student": {"sourcedId": user_id}, "ext_inspera_attendance": True, **more}
    if total is not None:
        result["ext_inspera_totalScore"] = total
    if final:
        result["ext_inspera_finalGradeDate"] = "2026-01-31T12:00:00Z"
    if external_id:
        result["ext_inspera_candidateExternalIds"] = [
            {"ext_inspera_authType": "LTI", "ext_inspera_externalId": external_id}
        ]
    return {"result": result}


def offer(server, *candidates, maximum=100.0, **how):
    document = {"ext_inspera_candidates": candidates, "ext_inspera_maxTotalScore": maximum}
    server.answer("GET", SUBMISSIONS, lambda: server.export(document, **how))


def look(exam):
    """Looks until the export was ordered, waited for and taken in."""
    ProviderTest.objects.filter(pk=exam.pk).update(trouble="")
    for _ in range(10):
        exam.refresh_from_db()
        before = exam.looks
        ProviderTest.objects.filter(pk=exam.pk).update(look_at=timezone.now() - timedelta(seconds=1))
        assert whole_tests.look_at(exam.pk)
        exam.refresh_from_db()
        if exam.looks != before or exam.trouble:
            return
    raise AssertionError("the export never came")


def grades():
    return {
        each.attempt.learner.user_id: (each.score_given, each.score_maximum)
        for each in Grade.objects.order_by("pk").select_related("attempt__learner")
    }


# --- whose is whose -------------------------------------------------------------------------


def test_one_export_grades_everybody(exam, server):
    offer(server, candidate(1, 81.5), candidate(2, 0))
    look(exam)
    assert grades() == {ALICE["user_id"]: (Decimal("81.5"), 100), BOB["user_id"]: (0, 100)}
    assert Cell.objects.exclude(wanted_grade=None).count() == 2
    assert len(server.calls(SUBMISSIONS)) == 1


def test_people_are_found_by_our_id_where_inspera_did_not_tell_its_own(exam, server):
    Candidate.objects.update(provider_candidate_id="")
    alice = Learner.objects.get(user_id=ALICE["user_id"])
    offer(server, candidate(99, 50, external_id=alice.opaque_id))
    look(exam)
    assert grades() == {ALICE["user_id"]: (50, 100)}


def test_ids_of_another_kind_find_nobody(exam, server):
    Candidate.objects.update(provider_candidate_id="")
    alice = Learner.objects.get(user_id=ALICE["user_id"])
    other = {"ext_inspera_authType": "FEIDE", "ext_inspera_externalId": alice.opaque_id}
    offer(server, candidate(99, 50, ext_inspera_candidateExternalIds=[other]))
    look(exam)
    assert grades() == {}


def test_where_two_ids_name_two_people_nobody_gets_the_grade(exam, server):
    alice = Learner.objects.get(user_id=ALICE["user_id"])
    offer(server, candidate(99, 50, external_id=alice.opaque_id))
    look(exam)
    assert grades() == {}


def test_strangers_in_an_export_are_passed_over(exam, server):
    offer(server, candidate(12345, 50), candidate("", 60))
    look(exam)
    assert grades() == {}
    assert ProviderEvent.objects.count() == 0


def test_results_of_another_account_go_nowhere(exam, server):
    Attempt.objects.update(provider_attempt_id="8")
    offer(server, candidate(1, 50))
    look(exam)
    assert grades() == {}


def second_attempt(opened_at):
    first = Attempt.objects.get(learner__user_id=ALICE["user_id"])
    second = Attempt.objects.create(
        learner=first.learner,
        resource_link=first.resource_link,
        activity=first.activity,
        candidate=first.candidate,
        number=2,
        provider_attempt_id="7",
    )
    Attempt.objects.filter(pk=second.pk).update(created_at=opened_at)
    return first, second


def test_the_first_sitting_is_no_result_of_the_second_attempt(exam, server):
    began = timezone.now() - timedelta(days=2)
    first, second = second_attempt(opened_at=began + timedelta(days=1))
    Attempt.objects.filter(pk=first.pk).update(created_at=began - timedelta(minutes=2))
    offer(server, candidate(1, 40, ext_inspera_startTime=f"{began:%Y-%m-%dT%H:%M:%SZ}"))
    look(exam)
    assert [each.attempt_id for each in Grade.objects.all()] == [first.pk]
    again = began + timedelta(days=1, minutes=5)
    offer(server, candidate(1, 70, ext_inspera_startTime=f"{again:%Y-%m-%dT%H:%M:%SZ}"))
    look(exam)
    assert [(each.attempt_id, each.score_given) for each in Grade.objects.order_by("pk")] == [
        (first.pk, 40),
        (second.pk, 70),
    ]


def test_what_was_told_of_the_first_attempt_is_told_of_it_again(exam, server):
    """Where it is not told when somebody began."""
    offer(server, candidate(1, 40))
    look(exam)
    second_attempt(opened_at=timezone.now())
    look(exam)
    assert [each.attempt.number for each in Grade.objects.all()] == [1]


def test_the_newest_attempt_gets_the_result(exam, server):
    _first, second = second_attempt(opened_at=timezone.now())
    offer(server, candidate(1, 50))
    look(exam)
    assert Grade.objects.get().attempt == second


# --- what is new ----------------------------------------------------------------------------


def test_what_is_not_new_makes_no_row(exam, server):
    offer(server, candidate(1, 81.5), candidate(2, 40, final=False))
    look(exam)
    rows = ProviderEvent.objects.count(), Grade.objects.count()
    look(exam)
    assert (ProviderEvent.objects.count(), Grade.objects.count()) == rows == (2, 1)


def test_a_grade_revised_on_appeal_is_sent_again(exam, server):
    offer(server, candidate(1, 81.5))
    look(exam)
    offer(server, candidate(1, 90))
    look(exam)
    assert [each.score_given for each in Grade.objects.order_by("pk")] == [Decimal("81.5"), 90]
    assert Cell.objects.get(learner__user_id=ALICE["user_id"]).wanted_grade.score_given == 90


def test_a_provisional_score_waits_until_it_is_final(exam, server):
    offer(server, candidate(1, 40, final=False))
    look(exam)
    assert (grades(), Attempt.objects.get(learner__user_id=ALICE["user_id"]).state) == ({}, "marking")
    exam.details = {"confirmed_at": "2026-02-01T00:00:00Z"}
    exam.save()
    look(exam)
    assert grades() == {ALICE["user_id"]: (40, 100)}


def test_grades_that_are_confirmed_of_one_person_are_nobody_elses(exam, server):
    exam.details = {"confirmed_at 1": "2026-02-01T00:00:00Z"}
    exam.save()
    offer(server, candidate(1, 70, final=False), candidate(2, 40, final=False))
    look(exam)
    assert grades() == {ALICE["user_id"]: (70, 100)}


def test_who_sat_it_after_the_grades_were_confirmed_waits_for_the_next_time(exam, server):
    exam.details = {"confirmed_at": "2026-02-01T00:00:00Z"}
    exam.save()
    before, after = {"ext_inspera_endTime": "2026-01-31T10:00:00Z"}, {"ext_inspera_endTime": "2026-03-01T10:00:00Z"}
    offer(server, candidate(1, 70, final=False, **before), candidate(2, 10, final=False, **after))
    look(exam)
    assert grades() == {ALICE["user_id"]: (70, 100)}


def test_who_was_not_there_gets_no_zero(exam, server):
    offer(server, {"result": {"student": {"sourcedId": 1}, "ext_inspera_attendance": False}})
    look(exam)
    assert grades() == {}


def test_the_letter_is_kept_beside_the_grade(exam, server):
    offer(server, candidate(1, 81, ext_inspera_finalGrade="C"))
    look(exam)
    assert Grade.objects.get().note == "C"


def test_the_other_export_is_asked_for_where_the_account_says_so(exam, server, account):
    account.settings["results"] = "all_results"
    account.save()
    told = {"userId": 1, "totalScore": 7, "maxTotalScore": 10, "finalGradeDate": "2026-01-31T12:00:00Z"}
    server.answer("POST", "/api/v1/fileExport/order", lambda: server.export([told]))
    look(exam)
    assert grades() == {ALICE["user_id"]: (7, 10)}


# --- when something goes wrong --------------------------------------------------------------


def test_an_export_that_takes_its_time_holds_up_nobody(exam, server):
    offer(server, candidate(1, 50), looks=3)
    assert whole_tests.look_at(exam.pk)
    exam.refresh_from_db()
    assert (exam.export.state, exam.looks, grades()) == ("ordered", 0, {})
    look(exam)
    assert grades() == {ALICE["user_id"]: (50, 100)}
    assert ProviderExport.objects.get().state == "done"


def test_a_provider_that_is_silent_is_left_alone_and_asked_again(exam, server):
    server.answer("GET", SUBMISSIONS, (500, {}, {}))
    assert whole_tests.look_at(exam.pk)
    exam.refresh_from_db()
    assert "provider_error" in exam.trouble
    assert exam.look_at is not None
    offer(server, candidate(1, 50))
    exam.account.troubles.all().delete()
    look(exam)
    exam.refresh_from_db()
    assert (exam.trouble, grades()) == ("", {ALICE["user_id"]: (50, 100)})


@pytest.mark.parametrize("raw", [b"<html>", b'{"ext_inspera_candidates": [{"result": ', b""])
def test_an_export_that_cannot_be_read_grades_nobody(exam, server, raw):
    server.answer("GET", SUBMISSIONS, lambda: server.export(raw))
    look(exam)
    assert "export_unreadable" in exam.trouble
    assert grades() == {}


def test_a_file_that_breaks_off_grades_nobody_until_it_is_whole(exam, server):
    whole = json.dumps({"ext_inspera_maxTotalScore": 100, "ext_inspera_candidates": [candidate(1, 50)]})
    raw = whole.encode()[:-2] + b', {"result": {"student"'
    server.answer("GET", SUBMISSIONS, lambda: server.export(raw))
    look(exam)
    assert exam.trouble
    assert grades() == {}
    offer(server, candidate(1, 50), candidate(2, 60))
    exam.account.troubles.all().delete()
    look(exam)
    assert grades() == {ALICE["user_id"]: (50, 100), BOB["user_id"]: (60, 100)}


def test_what_is_heard_while_an_export_is_made_is_asked_about_once_more(exam, server):
    offer(server, candidate(1, 50), looks=2)
    whole_tests.look_at(exam.pk)
    whole_looks.soon(exam)
    look(exam)
    exam.refresh_from_db()
    assert exam.look_at - timezone.now() < timedelta(minutes=1)
    offer(server, candidate(1, 70))
    look(exam)
    assert grades() == {ALICE["user_id"]: (70, 100)}


def test_what_was_told_is_kept_before_anybody_reads_it(exam, server, monkeypatch):
    """A worker that dies in between loses nothing: the sweep reads what it kept."""

    def die(_kept):
        raise KeyboardInterrupt

    offer(server, candidate(1, 50), candidate(2, 60))
    with monkeypatch.context() as patched:
        patched.setattr(events, "read_together", die)
        with pytest.raises(KeyboardInterrupt):
            look(exam)
    assert (ProviderEvent.objects.filter(state="received").count(), grades()) == (2, {})
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=5))
    assert tasks.read_events() == 2
    assert grades() == {ALICE["user_id"]: (50, 100), BOB["user_id"]: (60, 100)}


def test_two_workers_do_not_look_at_one_test(exam, server):
    mark = whole_looks.claim(exam)
    assert mark is not None
    assert whole_looks.claim(exam) is None
    assert whole_tests.look_at(exam.pk) is False


def test_an_account_that_is_off_is_not_asked(exam, server, account):
    account.enabled = False
    account.save()
    assert whole_tests.look_at(exam.pk) is False


# --- how often ------------------------------------------------------------------------------


def test_looks_become_rarer_and_end():
    waits = [next_look(True, looks) for looks in range(6)]
    assert waits == sorted(waits)
    assert next_look(True, MOST_LOOKS) is None
    assert next_look(False, 0) == timedelta(days=1)
    assert next_look(False, 1000) is None


# --- many -----------------------------------------------------------------------------------


def test_an_exam_of_many_is_graded_in_one_pass_within_bounded_memory(exam, server):
    """5000 with ``CANDIDATES=5000``: the memory is the same, the time is printed."""
    first = Attempt.objects.select_related("learner", "candidate").first()
    people = Learner.objects.bulk_create(
        Learner(platform=first.learner.platform, user_id=f"many-{number}") for number in range(MANY)
    )
    known = Candidate.objects.bulk_create(
        Candidate(learner=each, account=exam.account, provider_candidate_id=f"1{number:05}", known_as=each.opaque_id)
        for number, each in enumerate(people)
    )
    Attempt.objects.bulk_create(
        Attempt(
            learner=each.learner,
            candidate=each,
            resource_link=first.resource_link,
            activity=first.activity,
            number=1,
            provider_attempt_id="7",
            state="opened",
        )
        for each in known
    )
    # As launches leave it: the link bound to the activity, a column for each.
    first.resource_link.activity = first.activity
    first.resource_link.save()
    Cell.objects.bulk_create(
        Cell(learner=each, resource_link=first.resource_link, platform=each.platform) for each in people
    )
    essay = {
        "ext_inspera_questionNumber": "1",
        "ext_inspera_candidateResponses": [{"ext_inspera_response": "w" * 3000}],
    }
    offer(
        server,
        *(candidate(f"1{number:05}", number % 101, ext_inspera_questions=[essay]) for number in range(MANY)),
    )
    traced = MANY <= 500
    if traced:
        tracemalloc.start()
    started = time.monotonic()
    look(exam)
    print(f"{MANY} candidates: {time.monotonic() - started:.1f} s")
    if traced:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 40_000_000
    assert Grade.objects.count() == MANY
    assert Cell.objects.exclude(wanted_grade=None).count() == MANY
    assert ProviderEvent.objects.filter(source=EventSource.POLL, state="read").count() == MANY
    assert not ProviderEvent.objects.filter(raw_body__contains="wwww").exists()
