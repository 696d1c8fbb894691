"""The table of statuses, line by line, by both channels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.providers.inspera_originality.statuses import Channel, Standing, has_scores, standing_of

SCORES = {"similarity": "12%", "translation_similarity": "3%", "AI_index": "0%", "originality": "Low risk"}


@pytest.mark.parametrize(
    ("channel", "status", "scores", "standing"),
    [
        ("poll", 0, False, "queued"),
        ("poll", -1, False, "processing"),
        ("poll", 1, False, "processing"),
        ("poll", 1, True, "done"),
        ("poll", 2, False, "trouble"),
        ("poll", 3, False, "failed"),
        ("poll", 3, True, "done"),
        ("poll", 4, True, "unknown"),
        ("poll", 100, True, "unknown"),
        ("webhook", 0, False, "queued"),
        ("webhook", -1, False, "processing"),
        ("webhook", 1, True, "done"),
        ("webhook", 1, False, "done"),
        ("webhook", 2, False, "trouble"),
        ("webhook", 3, True, "done"),
        ("webhook", 3, False, "unknown"),
        ("webhook", 9, True, "unknown"),
    ],
)
@pytest.mark.parametrize("key", ["status", "Status"])
@pytest.mark.parametrize("written", [int, str, float, "{}%".format])
def test_a_status_by_its_channel_and_its_scores(channel, status, scores, standing, key, written):
    told = {key: written(status), **(SCORES if scores else {})}
    assert standing_of(told, Channel(channel)) == standing


@pytest.mark.parametrize(
    ("message", "standing"),
    [
        ("Document is processed", "done"),
        ("Document is PROCESSED", "done"),
        ("Document is being processed", "processing"),
        ("Document is not processed yet", "processing"),
        ("Document is processing", "processing"),
        ("The document could not be processed: error", "processing"),
        ("", "processing"),
    ],
)
def test_words_decide_only_about_status_1_without_scores(message, standing):
    assert standing_of({"status": 1, "message": message}) == standing
    assert standing_of({"status": 0, "message": message}) == Standing.QUEUED


ZEROS = {"Similarity": "0%", "translation_similarity": "0%", "AI_index": 0, "originality": "Low risk"}


@pytest.mark.parametrize(
    ("message", "standing"),
    [
        ("Document is processing", "processing"),
        ("Document is being processed", "processing"),
        ("Document is still in the queue", "processing"),
        ("Document is not processed yet", "processing"),
        ("Document is processed", "done"),
        ("Processing is finished", "done"),
        ("Processing completed", "done"),
        ("", "done"),
        ("Please wait", "done"),
    ],
)
def test_words_that_say_that_it_is_on_its_way_win_over_scores_that_are_all_zero(message, standing):
    assert standing_of({"Status": 1, "Message": message, **ZEROS}) == standing


@pytest.mark.parametrize("score", [{"Similarity": "3%"}, {"AI_index": 0.5}, {"originality_percentage": 100}])
def test_any_score_above_zero_wins_over_words(score):
    assert standing_of({"Status": 1, "Message": "Document is processing", **ZEROS, **score}) == Standing.DONE


@pytest.mark.parametrize("status", ["100%", 100, "87%", 4, None, "processed"])
def test_an_answer_with_scores_that_says_it_is_processed_is_done_whatever_its_status_is(status):
    """The first document prints a percentage where a status belongs."""
    told = {"Status": status, "Message": "Document is processed", **SCORES}
    assert standing_of(told) == Standing.DONE
    assert standing_of(told | {"Message": "Document is being processed"}) == Standing.UNKNOWN
    assert standing_of({"Status": status, "Message": "Document is processed"}) == Standing.UNKNOWN


@pytest.mark.parametrize("status", [0, -1, 2])
def test_a_status_that_is_documented_wins_over_words(status):
    assert standing_of({"Status": status, "Message": "Document is processed", **SCORES}) != Standing.DONE


@pytest.mark.parametrize("status", [None, "", "processed", "100% done", True, False, [], {}, 1.5])
def test_what_is_no_number_is_unknown(status):
    assert standing_of({"status": status, **SCORES}) == Standing.UNKNOWN


@pytest.mark.parametrize("told", [{"Similarity": "0%"}, {"ai_index": 0}, {"originality": "High risk"}])
def test_any_score_makes_a_result_0_among_them(told):
    assert has_scores(told)
    assert standing_of({"status": 1, **told}) == Standing.DONE


@pytest.mark.parametrize(
    "told", [{}, {"similarity": None}, {"similarity": ""}, {"originality": ""}, {"similarity": []}]
)
def test_an_empty_score_is_none(told):
    assert not has_scores(told)


@given(st.dictionaries(st.text(max_size=6), st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans())))
def test_any_answer_stands_somewhere(told):
    for channel in Channel:
        assert standing_of(told, channel) in Standing
        assert standing_of({**told, "status": 2}, channel) == Standing.TROUBLE
