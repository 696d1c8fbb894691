"""The instructor's pages of acts, in a browser: asked about first, posts only, strangers refused."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge import acting
from lti_bridge.models import LaunchRecord, Learner, ProviderAct
from lti_bridge.pages.access import grant
from tests.world import INES

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines(bench):
    """Her pass into the link of Alice's attempt."""
    attempt = bench.attempt
    learner = Learner.objects.create(platform=bench.world.platform, user_id=INES["user_id"], full_name="Ines")
    link = attempt.resource_link
    link.activity = bench.activity
    link.save()
    record = LaunchRecord.objects.create(
        platform=bench.world.platform,
        lti11=bench.world.lti11,
        nonce="of-ines",
        reference="1111",
        learner=learner,
        resource_link=link,
        is_instructor=True,
        details={"origins": ["https://lms.example.edu"], "locale": "en"},
        received_at=timezone.now(),
    )
    return grant(record)


def address(ines, bench, what, attempt=None):
    pk = bench.attempt.pk if attempt is None else attempt
    return reverse("roster-provider-act", kwargs={"access": ines, "attempt": pk, "what": what})


def test_a_reset_is_asked_about_and_done_only_with_the_word(bench, ines, client):
    bench.sat(80)
    bench.look()
    bench.api.requests.clear()
    url = address(ines, bench, "reset")
    asked = client.post(url)
    assert "There is no way back" in asked.content.decode()
    assert client.post(url, {"sure": "yes", "confirmation": "no"}).status_code == 400
    assert bench.api.requests == []
    done = client.post(url, {"sure": "yes", "confirmation": "RESET"})
    assert done.status_code == 303
    assert bench.api.count("/reset") == 1
    row = ProviderAct.objects.get()
    assert (row.what, row.state, row.teacher.full_name) == ("reset", "done", "Ines")
    assert "All answers and scores are removed." in client.get(done["Location"]).content.decode()


@pytest.mark.parametrize("what", ["retake", "reopen", "reset"])
def test_no_get_and_no_stranger_sets_anything_off(bench, ines, client, what):
    bench.sat(80)
    bench.look()
    bench.api.requests.clear()
    url = address(ines, bench, what)
    filled = {"sure": "yes", "confirmation": "RESET"}
    assert client.get(url, filled).status_code == 405
    assert Client().post(url, filled, headers={"Origin": "https://evil.example"}).status_code == 403
    assert bench.api.requests == []
    assert not ProviderAct.objects.exists()


def test_no_page_has_a_link_to_an_address_of_the_provider_that_changes_something(bench, ines, client):
    bench.sat(80)
    bench.look()
    page = client.get(reverse("roster", kwargs={"access": ines})).content.decode()
    assert "Let it be taken again" in page
    assert not re.search(r'(href|src)="[^"]*(retake|reset|reopen)', page)


def test_pasted_csv_is_taken_up_and_worked_off(bench, ines, client):
    bench.sat()
    bench.classmate("bob-2")
    url = address(ines, bench, "set_responses_csv", 0)
    assert "<textarea" in client.post(url).content.decode()
    text = f"{bench.attempt.learner.user_id},C,B,D\r\n"
    assert client.post(url, {"sure": "yes", "csv": text, "submit": "yes"}).status_code == 303
    acting.carry_out_waiting(seconds=20)
    assert bench.api.sessions[bench.fresh().provider_attempt_id].actual == 100


def test_a_mistyped_learner_is_said_on_the_page_and_the_lines_are_still_there(bench, ines, client):
    bench.sat()
    bench.classmate("bob-2")
    filled = {"sure": "yes", "csv": f"{bench.attempt.learner.user_id},C,B,D\r\nbbo-2,A,B,C", "submit": "yes"}
    answer = client.post(address(ines, bench, "set_responses_csv", 0), filled)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "is called: bbo-2." in page
    assert "bbo-2,A,B,C</textarea>" in page
    assert not ProviderAct.objects.exists()


def test_whether_to_hand_in_is_a_box_to_tick(bench, ines, client):
    bench.sat()
    url = address(ines, bench, "set_responses")
    box = '<input type="checkbox" id="submit" name="submit" value="yes"'
    page = client.post(url).content.decode()
    assert box in page and " checked" not in page
    again = client.post(url, {"sure": "yes", "submit": "yes"}).content.decode()
    assert f"{box} checked" in again
    assert client.post(url, {"sure": "yes", "answers": "C B D", "submit": "ja"}).status_code == 400
    assert bench.api.count("/responses") == 0


def test_a_ticked_box_hands_in_and_one_left_empty_does_not(bench, ines, client):
    session = bench.sat()
    url = address(ines, bench, "set_responses")
    client.post(url, {"sure": "yes", "answers": "C B D"})
    assert session.maturity == "IN_PROGRESS"
    client.post(url, {"sure": "yes", "answers": "C B D", "submit": "yes"})
    assert session.maturity == "COMPLETE"


def test_the_administration_takes_lines_and_has_the_box_too(bench, admin_client):
    bench.sat()
    chosen = {"action": "act_set_responses_csv", "_selected_action": [bench.attempt.pk]}
    url = reverse("admin:lti_bridge_attempt_changelist")
    page = admin_client.post(url, chosen).content.decode()
    assert '<textarea id="csv" name="csv"' in page
    assert '<input type="checkbox" id="submit" name="submit" value="yes"' in page
    lines = f"{bench.attempt.learner.user_id},C,B,D\r\nbbo-2,A,B,C"
    again = admin_client.post(url, chosen | {"sure": "yes", "csv": lines}).content.decode()
    assert "is called: bbo-2." in again
    assert not ProviderAct.objects.exists()


def test_csv_is_not_for_one_learner(bench, ines, client):
    bench.sat()
    assert client.post(address(ines, bench, "set_responses_csv")).status_code == 404
