"""Where an e-mail address is all that names a person, nobody gets what is another person's."""

from dataclasses import replace

import pytest

from lti_bridge.errors import CannotCall, CannotOpen, ProviderRefused
from lti_bridge.models import Account, Attempt, Candidate, Learner, Platform
from lti_bridge.providers.actions import Redirect
from lti_bridge.providers.isograd import people
from tests.isograd_bench import ALICE, ISOGRAD
from tests.relay.sitting import sit

pytestmark = pytest.mark.django_db


@pytest.fixture
def mallory(bench):
    """Somebody at another LMS, who says they have Alice's address; Alice's test is open."""
    bench.open()
    bench.api.requests.clear()
    elsewhere = replace(bench, world=replace(bench.world, platform=Platform.objects.create(name="elsewhere")))
    elsewhere.attempt = sit(elsewhere.world, activity=bench.activity, user_id="mallory-6")
    Learner.objects.filter(user_id="mallory-6").update(email=ALICE.upper())
    return elsewhere


def refused(bench, code="address_of_another", **changes):
    with pytest.raises((CannotOpen, ProviderRefused)) as refusal:
        bench.open(**changes)
    assert refusal.value.code == code
    assert ALICE not in str(refusal.value).lower()


def test_who_claims_the_address_of_somebody_gets_neither_their_test_nor_their_candidate(mallory):
    """SEC-I1"""
    refused(mallory)
    assert mallory.api.requests == []
    assert mallory.fresh().provider_attempt_id == ""
    assert Candidate.objects.get(learner__user_id="mallory-6").known_as == ""


@pytest.mark.parametrize("action", ["candidate_space", "view_results", "view_report_pdf"])
def test_nor_what_is_seen_there_of_them(mallory, action):
    mallory.does(action)
    mallory.activity.parameters = {} if action == "candidate_space" else mallory.activity.parameters
    mallory.activity.save()
    refused(mallory, attempt=None)
    assert mallory.api.requests == []


def test_who_changes_their_address_to_that_of_somebody_stays_who_they_were(bench):
    bench.open()
    bob = replace(bench, attempt=sit(bench.world, activity=bench.activity, user_id="bob-2"))
    bob.open()
    Attempt.objects.filter(pk=bob.attempt.pk).update(provider_attempt_id="")
    Learner.objects.filter(user_id="bob-2").update(email=ALICE)
    bench.api.requests.clear()
    refused(bob)
    assert bench.api.requests == []
    alice, bob_there = Candidate.objects.order_by("pk").filter(account=bench.account)
    assert (alice.known_as, bob_there.known_as) == (ALICE, "bob-2@example.edu")


def test_a_candidate_who_is_another_person_there_is_refused_whatever_the_address(bench):
    """Isograd says that a new address belongs to a candidate whom we know as somebody else."""
    bench.open()
    number = bench.api.candidates[ALICE]
    bench.api.candidates["bob-2@example.edu"] = number
    bob = replace(bench, attempt=sit(bench.world, activity=bench.activity, user_id="bob-2"))
    refused(bob)
    assert Candidate.objects.get(learner__user_id="bob-2").provider_candidate_id == ""


def test_a_test_that_another_person_has_is_refused(bench):
    bench.open()
    theirs = bench.fresh().provider_attempt_id
    bob = replace(bench, attempt=sit(bench.world, activity=bench.activity, user_id="bob-2"))
    bench.api.answers["2"] = {"success": True, "pla_tst_id": theirs, "tst_url": f"{bench.api.url}/test/{theirs}"}
    refused(bob, code="test_of_another")
    assert bob.fresh().provider_attempt_id == ""


def test_of_two_who_come_at_the_same_moment_the_older_row_stays(bench):
    bob = sit(bench.world, activity=bench.activity, user_id="bob-2")
    alice_there, bob_there = Candidate.objects.order_by("pk").filter(account=bench.account)
    assert bob_there == bob.candidate
    # Both have looked already, and nobody was there.
    Candidate.objects.filter(pk=alice_there.pk).update(known_as=ALICE, provider_candidate_id="1")
    with pytest.raises(CannotOpen):
        people.become(bob_there, "1", ALICE)
    people.become(alice_there, "1", ALICE)
    assert list(Candidate.objects.order_by("pk").values_list("known_as", flat=True)) == [ALICE, ""]


def test_an_address_in_wrong_hands_is_freed_by_an_administrator(mallory):
    """Whoever came with it first kept it from the one it belongs to."""
    free = ISOGRAD.account_page.acts["let_go_of_address"].carry_out
    told = free(mallory.account, {"ema": ALICE.upper()})
    alice = Learner.objects.get(user_id="alice-1")
    assert f"Learner {alice.pk} (campus-moodle) had it." in str(told.sentence)
    Attempt.objects.filter(learner=alice).update(provider_attempt_id="")
    assert isinstance(mallory.open(), Redirect)
    with pytest.raises(CannotCall, match="Nobody has this address"):
        free(mallory.account, {"ema": "nobody@example.edu"})


def test_lms_that_have_the_same_people_share_their_addresses(mallory):
    mallory.set(shared_addresses=True)
    action = mallory.open()
    assert isinstance(action, Redirect)
    assert {test.email for test in mallory.api.living()} == {ALICE}


def test_what_somebody_has_at_another_account_is_no_matter(mallory):
    other = Account.objects.create(name="another", provider="isograd", settings={"connection": "api"})
    Candidate.objects.filter(learner__user_id="alice-1").update(account=other)
    assert isinstance(mallory.open(), Redirect)
