"""The document's sample answers, field by field."""

from decimal import Decimal

from lti_bridge.providers.campfire.answer_key import without_key
from lti_bridge.providers.campfire.sessions import Score, plain, read_results, read_session
from tests.providers.campfire import samples

FULL = Score(Decimal(1), Decimal(0), Decimal(1))
THREE = Score(Decimal(3), Decimal(0), Decimal(3))


def test_each_field_of_a_session_is_read():
    session = read_session(samples.GET_SESSION)
    assert session is not None
    assert session.id == samples.SESSION
    assert session.student_id == "******"
    assert (session.maturity, session.is_complete) == ("COMPLETE", True)
    assert session.name == "Alice Liddell"
    assert session.score == Score(Decimal(100), Decimal(0), Decimal(100))
    assert session.score.fraction == 1
    assert session.exam_id == "a0829bc3-8291-43dd-9181-478e7411c1df"
    assert session.workspace_id == "focus1f8-district"
    assert session.exam_config_id == samples.CONFIG
    assert dict(session.responses) == {item: {} for item in samples.ITEMS}


def test_each_field_of_its_results_is_read():
    session = read_session(samples.GET_SESSION)
    assert session is not None and session.results is not None
    assert [(each.id, each.score) for each in session.results.items] == [(item, FULL) for item in samples.ITEMS]
    for objective, key in zip(session.results.objectives, samples.OBJECTIVES, strict=True):
        assert (objective.id, objective.score, objective.scores) == (key, FULL, (FULL,))
    assert session.results.points == THREE


def test_each_field_of_the_results_by_question_is_read():
    session = read_session(samples.RESULTS)
    assert session is not None and session.results is not None
    assert session.user_id == "alice@example.edu"
    assert session.exam_id == "a0829bc3-8291-43dd-9181-478e7411c1df"
    (item,) = session.results.items
    assert item.name == "Cole earns $6.00 per week. Which of these can he buy"
    assert (item.id, item.score, item.alignment_ids) == (samples.ITEMS[0], FULL, (samples.OBJECTIVES[0],))
    (question,) = item.questions
    assert (question.id, question.interaction_type, question.chosen) == ("1CkpwzuRQSfg", "choice", ())
    assert [(each.index, each.text) for each in question.options] == [
        (0, "skateboard"),
        (1, "new jacket"),
        (2, "cupcake"),
        (3, "bike"),
    ]
    (objective,) = session.results.objectives
    assert objective.text == "explain that saving is an alternative to spending;"
    assert objective.abbreviation == "2.11.B"
    assert session.results.points == THREE


def test_nothing_of_the_answer_key_is_left():
    text = repr(without_key(samples.RESULTS))
    assert "isKey" not in text and "keys" not in text
    assert "cupcake" in text and "skateboard" in text


def test_a_key_by_another_spelling_goes_too():
    told = {"IsKey": True, "correctResponse": 1, "answerKey": [1], "deep": [{"isCorrect": True, "id": "x"}]}
    assert without_key(told) == {"deep": [{"id": "x"}]}


def test_typed_results_have_no_room_for_a_key():
    results = read_results(samples.RESULTS["results"])
    assert "isKey" not in repr(results)
    options = results.items[0].questions[0].options
    assert {field for option in options for field in option.__slots__} == {"id", "index", "text"}


def test_what_is_missing_or_of_another_kind_is_left_out():
    session = read_session({"examSession": {"id": "s", "scoreActual": True, "scoreMax": "nan", "results": {}}})
    assert session is not None
    assert (session.score.actual, session.score.highest, session.score.fraction) == (None, None, None)
    assert session.results is not None and session.results.items == ()
    for nothing in (None, [], {}, {"examSession": {}}, {"examSession": {"id": ""}}):
        assert read_session(nothing) is None


def test_markup_becomes_text():
    assert plain("<p>a &lt;b&gt;<br>c</p><script>x</script>") == "a <b> c x"
