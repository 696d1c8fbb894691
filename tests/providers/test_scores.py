"""What a score of Assignment and Grade Services means."""

from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge.models import Attempt, AttemptState
from lti_bridge.providers.reports import LineItemScore
from lti_bridge.providers.scores import report_of
from lti_bridge.relay.scores import ACTIVITY_PROGRESS, GRADING_PROGRESS


def report(activity, grading, given="8", **more):
    at = timezone.now()
    score = None if given is None else Decimal(given)
    message = LineItemScore(
        Attempt(), score, None if score is None else Decimal(10), activity, grading, at, at, raw_score="8 of 10", **more
    )
    made = report_of(message)
    assert (made.reported_at, made.timed) == (at, True)
    return made


#: activityProgress × gradingProgress → where the attempt stands, for a score with a number that is not final.
NOT_FINAL = {
    "Pending": ("opened", "started", "started", "submitted", "submitted"),
    "PendingManual": ("opened", "started", "started", "marking", "marking"),
    "Failed": ("opened", "started", "started", "submitted", "submitted"),
    "NotReady": ("opened", "started", "started", "submitted", "submitted"),
}


@pytest.mark.parametrize("grading", NOT_FINAL)
def test_what_is_not_final_brings_no_result(grading):
    for activity, stands in zip(ACTIVITY_PROGRESS, NOT_FINAL[grading], strict=True):
        made = report(activity, grading)
        assert (made.state, made.has_result, made.score_given) == (stands, False, None), activity


def test_every_word_of_the_specification_is_known():
    for activity in ACTIVITY_PROGRESS:
        for grading in GRADING_PROGRESS:
            for given in ("0", None):
                assert report(activity, grading, given).state in AttemptState.values


@pytest.mark.parametrize("given", ["0", "8", "11"])
def test_a_final_score_is_a_result(given):
    made = report("Completed", "FullyGraded", given)
    assert (made.state, made.has_result) == ("graded", True)
    assert (made.score_given, made.score_maximum, made.raw_score) == (Decimal(given), 10, "8 of 10")


def test_a_final_score_without_a_number_takes_the_result_back():
    made = report("Completed", "FullyGraded", None)
    assert (made.state, made.has_result, made.score_given, made.score_maximum) == ("submitted", True, None, None)


@pytest.mark.parametrize("grading", GRADING_PROGRESS)
def test_a_reset_takes_the_result_back(grading):
    made = report("Initialized", grading, None)
    assert (made.state, made.has_result, made.score_given) == ("opened", True, None)


def test_a_comment_belongs_to_a_result():
    """AGS 2.0 §3.4.6: one that is absent takes an earlier one away, so that it is told too."""
    assert report("Completed", "FullyGraded", comment="Well done.").comment == "Well done."
    assert report("Completed", "FullyGraded").comment == ""
    assert report("Submitted", "Pending", comment="Wait for it.").comment is None
