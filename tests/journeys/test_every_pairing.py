"""What an LMS and a provider may do to each other, by each pairing of their LTI versions (section I of the cases).

Here everything is in one process and no time passes by itself. ``test_pairings`` has E2E-01, 07, 08 and 10 over the
running demo.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import gradebook
from lti_bridge.delivery import converge
from lti_bridge.doctor import stuck
from lti_bridge.models import (
    Account,
    Activity,
    Attempt,
    AttemptState,
    Cell,
    CellState,
    Grade,
    ProviderEvent,
    ProviderLaunch,
    ResourceLink,
)
from tests.journeys.parties import LMSS, PROVIDERS, Lms, Provider, Sitting, Sitting13, lms11, lms13
from tests.world import BIOLOGY, HISTORY

pytestmark = pytest.mark.django_db

SLUG = {"activity": "excel-basic"}


@dataclass
class Town:
    """One LMS and one provider."""

    lms: Lms
    provider: Provider

    def sit(self, person: str = "ALICE", **more: Any) -> Sitting:
        """Open the link in the LMS and arrive at the provider."""
        return self.provider.arrive(self.lms.launch(person, **(SLUG | more)))

    def roster(self) -> str:
        """What the teacher sees of the link."""
        answer = self.lms.launch("INES", **SLUG)
        assert answer.status_code == 303, answer.content
        return Client().get(answer["Location"]).content.decode()


@pytest.fixture
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.SEND_DEADLINE_SECONDS = 1.5
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)


@pytest.fixture(params=PROVIDERS, ids="provider {}".format)
def provider(request: pytest.FixtureRequest, _quick: None) -> Provider:
    return PROVIDERS[request.param]()


@pytest.fixture(params=LMSS, ids="LMS {}".format)
def town(request: pytest.FixtureRequest, provider: Provider) -> Iterator[Town]:
    with LMSS[request.param]() as lms:
        yield Town(lms, provider)


def deliver() -> None:
    """The time passes that the schedule waits for, and workers work."""
    Cell.objects.filter(due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))
    converge.deliver_due()


def test_a_grade_that_is_corrected_is_followed_down_and_up(town: Town) -> None:
    """E2E-02"""
    test = town.sit()
    for part in (0.83, 0.4, 0.41):
        assert test.tell(part)
        deliver()
        assert town.lms.held() == Fraction(str(part))
    assert town.lms.writes == 3


def test_a_grade_that_is_taken_back_is_cleared(town: Town) -> None:
    """E2E-03: by deleteResult or by a score without a number, and so it is told to the LMS."""
    test = town.sit()
    assert test.tell(0.83)
    deliver()
    assert test.clear()
    deliver()
    assert (town.lms.held(), town.lms.writes, Cell.objects.get().state) == (None, 2, CellState.EMPTY)


def test_more_than_full_marks_are_told_as_far_as_they_can_be(town: Town) -> None:
    """E2E-04: an LMS by LTI 1.1 gets full marks and everybody is told why, one by LTI 1.3 gets all of it.

    Basic Outcomes has no score above 1: a provider by LTI 1.1 brings one only by how its numbers are converted.
    """
    by_11 = town.provider.world.account.settings["connection"] == "lti11"
    if by_11:
        Account.objects.update(settings=town.provider.world.account.settings | {"conversion": "corrected"})
        Activity.objects.update(parameters={"tst_frm_id": 482, "gra_typ_id": 1})
    test = town.sit()
    assert test.tell(0.55) if by_11 else test.tell(110, 100)
    deliver()
    cell = Cell.objects.get()
    capped = cell.line_item_id is None
    assert (cell.state, cell.wanted_score) == (CellState.DELIVERED, Decimal("1.1"))
    assert town.lms.held() == (1 if capped else Fraction("1.1"))
    warning = "can hold 100\N{NO-BREAK SPACE}% at most; the provider gave 110\N{NO-BREAK SPACE}%"
    assert (warning in town.roster()) == capped


def test_nothing_drifts_over_both_hops(town: Town) -> None:
    """E2E-05"""
    test = town.sit()
    for given, maximum in ((1, 3), (2, 3), (5, 7), (0.3, 0.5), (0, 7), (7, 7)):
        assert test.tell(given, maximum)
        deliver()
        held = town.lms.held()
        assert held is not None
        assert abs(held - Fraction(str(given)) / Fraction(str(maximum))) <= town.lms.grain / 2


@pytest.mark.parametrize("provider", ["1.3"], indirect=True)
@pytest.mark.parametrize("grading", ["Pending", "PendingManual"])
def test_what_is_not_final_is_no_grade(town: Town, grading: str) -> None:
    """E2E-06: a provider by LTI 1.3; Basic Outcomes cannot say that a result is not final."""
    test = town.sit()
    assert isinstance(test, Sitting13)
    assert test.score(gradingProgress=grading, scoreGiven=3, scoreMaximum=10)
    deliver()
    assert (town.lms.held(), town.lms.writes, Grade.objects.count()) == (None, 0, 0)
    assert Attempt.objects.get().state in (AttemptState.SUBMITTED, AttemptState.MARKING)
    assert test.tell(8, 10)
    deliver()
    assert (town.lms.held(), town.lms.writes) == (Fraction("0.8"), 1)


def test_a_grade_without_an_address_waits_and_the_teacher_sees_it(town: Town) -> None:
    """E2E-09: until a launch says where it goes."""
    assert town.sit(graded=False).tell(0.7)
    deliver()
    assert Cell.objects.get().state == CellState.WAITING
    answer = town.lms.launch("INES", graded=False, **SLUG)
    assert "waiting for the LMS to say where grades go" in Client().get(answer["Location"]).content.decode()
    town.lms.launch(**SLUG)
    deliver()
    assert (town.lms.held(), Cell.objects.get().state) == (Fraction("0.7"), CellState.DELIVERED)


def test_a_teacher_gets_a_page_of_ours_and_is_never_graded(town: Town) -> None:
    """E2E-11: and nobody is sent to the provider as a learner."""
    assert "Nobody" in town.roster()
    assert not (Attempt.objects.exists() or Cell.objects.exists() or ProviderLaunch.objects.exists())


@pytest.mark.parametrize("provider", PROVIDERS, indirect=True)
def test_after_the_lms_moved_to_lti_13_later_grades_go_to_the_column(provider: Provider) -> None:
    """E2E-12: the test was begun by LTI 1.1. The LMS keeps its user ids, as Moodle does."""
    with lms11() as old, lms13() as new:
        test = provider.arrive(old.launch(**SLUG))
        assert test.tell(0.3)
        deliver()
        new.launch(**SLUG)
        assert test.tell(0.7)
        deliver()
        assert (old.held(), new.held()) == (Fraction("0.3"), Fraction("0.7"))


def test_a_copied_course_gets_nothing_of_the_old_one(town: Town) -> None:
    """E2E-13: its link opens the same activity, by the history of its id; each test is graded where it was opened."""
    old = town.sit()
    assert old.tell(0.9)
    copy = town.provider.arrive(town.lms.launch(course=BIOLOGY, resource_link_id_history=HISTORY["resource_link_id"]))
    deliver()
    assert ResourceLink.objects.get(resource_link_id="link-2").bound_by == ResourceLink.BoundBy.COPY
    assert (town.lms.held(), town.lms.held(course=BIOLOGY)) == (Fraction("0.9"), None)
    assert old.tell(0.8)
    assert copy.tell(0.2)
    deliver()
    assert (town.lms.held(), town.lms.held(course=BIOLOGY)) == (Fraction("0.8"), Fraction("0.2"))


def test_another_customers_credentials_reach_no_test_of_ours(town: Town) -> None:
    """E2E-14: what is signed rightly is still not theirs to say."""
    test = town.sit()
    intruder = test.of_another_customer()
    assert not intruder.tell(1)
    assert not intruder.clear()
    deliver()
    assert (town.lms.writes, Grade.objects.count()) == (0, 0)
    assert not ProviderEvent.objects.filter(attempt__isnull=False).exists()
    assert test.tell(0.6)
    deliver()
    assert town.lms.held() == Fraction("0.6")


def test_a_provider_whose_clock_is_ahead_is_refused_and_locks_nothing_out(town: Town) -> None:
    """E2E-15: administrators get a hint, and a grade in time is delivered."""
    test = town.sit()
    assert not test.tell(0.7, ahead=600)
    deliver()
    assert (town.lms.writes, Grade.objects.count()) == (0, 0)
    (told,) = stuck.check_refused_messages()
    assert told.check == "account isograd-test" and "s ahead of ours" in told.text.replace("our clock", "ours")
    assert "NTP" in told.advice
    assert test.tell(0.6)
    deliver()
    assert town.lms.held() == Fraction("0.6")


def test_a_teachers_override_stays_until_the_provider_grades_anew(town: Town) -> None:
    """E2E-16: in doubt the gradebook is read, and what a teacher wrote there is shown."""
    test = town.sit()
    town.lms.lose_answers(True)
    assert test.tell(0.7)
    deliver()
    town.lms.lose_answers(False)
    town.lms.write_by_hand("0.95")
    deliver()
    cell = Cell.objects.get()
    assert (town.lms.held(), cell.state, cell.found_score) == (Fraction("0.95"), CellState.DIFFERS, "0.95")
    assert "the gradebook holds something else" in town.roster()
    Cell.objects.update(wanted_at=timezone.now())
    assert test.tell(0.6)
    deliver()
    assert town.lms.held() == Fraction("0.6")
