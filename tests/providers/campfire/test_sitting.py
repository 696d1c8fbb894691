"""Taking an exam: one session for one attempt, made of inputs that never change, then into the player."""

from urllib.parse import urlencode

import pytest

from lti_bridge import oauth1
from lti_bridge.errors import CannotOpen, ProviderRefused, ProviderUnavailable
from lti_bridge.models import Attempt, Cell
from lti_bridge.providers.actions import RelayLaunch
from lti_bridge.relay import launching
from tests.campfire_server import APP_KEY, APP_SECRET, CONFIG
from tests.providers.campfire.bench import CAMPFIRE
from tests.relay.sitting import opening, sit

pytestmark = pytest.mark.django_db


def test_a_first_opening_makes_the_session_and_leads_into_the_player(bench):
    action = bench.open()
    assert isinstance(action, RelayLaunch)
    assert action.url == f"{bench.api.url}/lti/launch/assessment-player"
    assert bench.api.lines == [f"POST /api/exam-config/{CONFIG}/exam-session"]
    (session,) = bench.api.sessions.values()
    assert bench.fresh().provider_attempt_id == session.id


def test_exactly_this_is_sent_and_nothing_of_the_lms(bench):
    bench.open()
    attempt = bench.fresh()
    link = attempt.resource_link
    assert bench.api.requests[0].body == {
        "user_id": attempt.learner.opaque_id,
        "context_id": f"c.{link.context_id}",
        "resource_link_id": f"l.{link.pk}.{bench.activity.pk}.1",
        "context_label": "HIS",
        "context_title": "History",
        "lis_person_name_given": "Alice",
        "lis_person_name_family": "Liddell",
        "lis_outcome_service_url": f"http://localhost:8000{bench.passback}",
        "lis_result_sourcedid": attempt.key,
    }


def test_the_player_gets_the_same_inputs_signed_with_the_app_secret(bench):
    action = bench.open()
    assert isinstance(action, RelayLaunch)
    form = launching.launch(opening(bench.fresh()), action)
    fields = dict(form.fields)
    inputs = bench.api.requests[0].body
    for name in ("user_id", "context_id", "resource_link_id", "lis_outcome_service_url", "lis_result_sourcedid"):
        assert fields[name] == inputs[name]
    assert (fields["id"], fields["roles"], fields["oauth_consumer_key"]) == (CONFIG, "Learner", APP_KEY)
    signed = oauth1.read_form(urlencode(fields).encode(), "")
    oauth1.check_form(signed, form.url, [APP_SECRET])


def test_a_second_opening_asks_nothing(bench):
    bench.open()
    bench.api.requests.clear()
    assert isinstance(bench.open(), RelayLaunch)
    assert bench.api.requests == []


def test_a_session_whose_making_was_not_answered_is_found_again(bench):
    bench.api.cut = {"exam-session": "after"}
    with pytest.raises(ProviderUnavailable) as silence:
        bench.open()
    assert silence.value.ambiguous
    bench.api.cut = {}
    bench.open()
    assert len(bench.api.sessions) == 1
    first, second = (request.body for request in bench.api.requests)
    assert first == second


def test_the_inputs_stay_the_same_whatever_changes_afterwards(bench):
    bench.open()
    before = bench.api.requests[0].body
    bench.api.configs.add("another-config")
    bench.does("take_exam", exam_config_id="another-config")
    Attempt.objects.filter(pk=bench.attempt.pk).update(provider_attempt_id="")
    learner = bench.fresh().learner
    learner.opaque_id = "changed"
    learner.save()
    bench.open()
    assert bench.api.requests[1].path == f"/api/exam-config/{CONFIG}/exam-session"
    assert bench.api.requests[1].body["user_id"] == before["user_id"]


def test_a_further_attempt_has_a_session_of_its_own(bench):
    bench.open()
    further = sit(bench.world, activity=bench.activity)
    assert further.number == 2
    CAMPFIRE.open(opening(further))
    further.refresh_from_db()
    assert further.provider_attempt_id != bench.fresh().provider_attempt_id


def test_a_session_of_somebody_else_is_never_taken(bench):
    other = bench.classmate("bob-2")
    line = f"POST /api/exam-config/{CONFIG}/exam-session"
    bench.api.answers[line] = (200, b'{"id": "%s"}' % other.provider_attempt_id.encode())
    with pytest.raises(ProviderRefused) as refused:
        bench.open()
    assert refused.value.code == "answer_incomplete"
    assert bench.fresh().provider_attempt_id == ""


def test_an_answer_without_an_id_opens_nothing(bench):
    bench.api.answers[f"POST /api/exam-config/{CONFIG}/exam-session"] = (200, b'{"ok": true}')
    with pytest.raises(ProviderRefused):
        bench.open()


def test_an_unknown_exam_is_a_matter_of_configuration(bench):
    bench.api.configs.clear()
    with pytest.raises(ProviderRefused) as refused:
        bench.open()
    assert refused.value.code == "no_such_exam"
    assert "exam_config_id" in str(refused.value.advice)


def test_a_broken_activity_opens_nothing(bench):
    bench.does("take_exam", surprise=1)
    with pytest.raises(CannotOpen) as refused:
        bench.open()
    assert "surprise" in refused.value.detail
    assert bench.api.requests == []


def test_the_way_of_a_grade(bench):
    """Handed in with 80 of 100: the cell wants 0.8."""
    bench.sat(80)
    attempt = bench.look()
    assert attempt.state == "graded"
    (grade,) = attempt.grades.all()
    assert (grade.score_given, grade.score_maximum) == (80, 100)
    cell = Cell.objects.get()
    assert (cell.wanted_grade, f"{cell.wanted_score:.1f}") == (grade, "0.8")
