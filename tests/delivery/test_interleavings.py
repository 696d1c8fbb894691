"""Interleavings that once lost, kept or doubled a grade, each by name."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone

from lti_bridge import flow, gradebook
from lti_bridge.delivery import converge, lease, lti11
from lti_bridge.delivery.verdicts import Patience, Reading, Verdict
from lti_bridge.models import (
    Activity,
    Attempt,
    AttemptState,
    Breaker,
    Cell,
    CellState,
    Lti11Registration,
    Platform,
    TryKind,
    TryResult,
)
from lti_bridge.providers.reports import GradeReport
from tests.delivery.cells import address, fresh, grade, make_learner, make_link
from tests.gradebook_server import Gradebook, gradebook_server

pytestmark = pytest.mark.django_db(transaction=True)

#: A read that an LMS answers with an error of its own.
UNREADABLE = Reading(verdict=Verdict(TryResult.UNAVAILABLE, "server_error", status=500))


def reported(attempt, score, at):
    """What a provider without times of its own reports, received at ``at``; None: taken back."""
    state = AttemptState.SUBMITTED if score is None else AttemptState.GRADED
    given, maximum = (None, None) if score is None else (Decimal(score), Decimal(1))
    flow.record(GradeReport(attempt, state, at, has_result=True, score_given=given, score_maximum=maximum))


def _allow(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.SEND_DEADLINE_SECONDS = 1.0


@pytest.fixture(autouse=True)
def _quick(settings, monkeypatch):
    _allow(settings)
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)


@pytest.fixture
def lms():
    with gradebook_server(Gradebook(secrets={"campus": "sample-secret"})) as served:
        yield served


@pytest.fixture
def link():
    return make_link()


def all_due():
    Cell.objects.filter(due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))


def expire():
    Cell.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_a_result_taken_back_while_it_is_about_to_leave_does_not_stay(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    begin = converge._begin

    def late(c, kind):
        if kind == TryKind.SEND:
            grade(alice, link, None)  # provider takes it back now
        return begin(c, kind)

    monkeypatch.setattr(converge, "_begin", late)
    converge.deliver_due()
    monkeypatch.undo()
    for _ in range(20):
        all_due()
        converge.deliver_due()
    assert book.held.get("cell-user-1") is None


def test_a_grade_held_while_it_is_about_to_leave_does_not_leave(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.9")
    begin = converge._begin

    def late(c, kind):
        gradebook.hold(fresh(cell))
        return begin(c, kind)

    monkeypatch.setattr(converge, "_begin", late)
    converge.deliver_due()
    assert book.held == {}


def test_a_second_death_forgets_no_doubt(lms, link, monkeypatch, settings):
    """A sends v1, dies (LMS applies it late). B dies while reading. v2 is sent. v1 is applied late."""
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.3")

    class Kill(BaseException):
        pass

    def die(*a, **k):
        raise Kill

    monkeypatch.setattr(lti11, "send", die)
    with pytest.raises(Kill):
        converge.deliver()
    expire()
    monkeypatch.setattr(lti11, "read_back", die)
    with pytest.raises(Kill):
        converge.deliver()
    expire()
    monkeypatch.undo()
    _allow(settings)
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    grade(alice, link, "0.9")
    converge.deliver_due()
    book.apply("cell-user-1", "0.3")  # A's request arrives late, 20 s later
    for _ in range(20):
        all_due()
        converge.deliver_due()
    assert book.held == {"cell-user-1": "0.9"}


def test_after_two_deaths_the_gradebook_is_read_before_anything_is_sent(lms, link, monkeypatch, settings):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.3")

    class Kill(BaseException):
        pass

    real = lti11.send

    def sent_then_dead(c):
        real(c)
        raise Kill

    def die(*a, **k):
        raise Kill

    monkeypatch.setattr(lti11, "send", sent_then_dead)
    with pytest.raises(Kill):
        converge.deliver()
    expire()
    monkeypatch.setattr(lti11, "read_back", die)
    with pytest.raises(Kill):
        converge.deliver()
    expire()
    monkeypatch.undo()
    _allow(settings)
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    book.held["cell-user-1"] = "0.77"  # a teacher's
    converge.deliver_due()
    assert book.writes == 1


def test_an_unclear_send_that_opens_the_breaker_is_read_back_too(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.3")
    Breaker.objects.create(platform=cell.platform, failures=4)
    book.faults.applied_then_cut = 1.0
    converge.deliver()
    book.faults.applied_then_cut = 0.0
    book.held["cell-user-1"] = "0.77"  # teacher changed it meanwhile
    Breaker.objects.update(next_probe_at=timezone.now() - timedelta(seconds=1))
    all_due()
    converge.deliver()
    assert book.held["cell-user-1"] == "0.77"
    assert book.writes == 1


def test_an_old_grade_that_comes_late_in_an_lms_of_whole_percents_is_mended(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.333333")
    real = lti11.send
    monkeypatch.setattr(lti11, "send", lambda c: Verdict(TryResult.UNCLEAR, "no_clear_answer", doubtful=True))
    converge.deliver()
    monkeypatch.setattr(lti11, "send", real)
    grade(alice, link, "0.9")
    converge.deliver()
    book.apply("cell-user-1", "0.33")  # v1, late, in an LMS of whole percents
    for _ in range(10):
        all_due()
        converge.deliver()
    assert book.held == {"cell-user-1": "0.9"}


def test_an_address_that_changes_during_a_refused_send_is_used_at_once(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    real = lti11.send

    def refused(c):
        address(alice, link, url, "cell-new")  # she launches again while the old address is asked
        return Verdict(TryResult.REFUSED, "address_refused", patience=Patience.NONE)

    monkeypatch.setattr(lti11, "send", refused)
    converge.deliver()
    monkeypatch.setattr(lti11, "send", real)
    address(alice, link, url, "cell-new")  # she launches once more
    for _ in range(10):
        all_due()
        converge.deliver()
    assert book.held == {"cell-new": "0.9"}


def test_an_address_that_changes_during_a_good_send_gets_the_grade_too(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    real = lti11.send

    def send(c):
        address(alice, link, url, "cell-new")
        return real(c)

    monkeypatch.setattr(lti11, "send", send)
    converge.deliver()
    monkeypatch.setattr(lti11, "send", real)
    for _ in range(10):
        all_due()
        converge.deliver()
    assert book.held.get("cell-new") == "0.9"


def test_a_clock_that_is_set_back_does_not_make_a_newer_report_older(link):
    alice = make_learner(link, 1, None)
    attempt = Attempt.objects.create(learner=alice, resource_link=link, activity=link.activity, number=1)
    now = timezone.now()
    reported(attempt, "0.4", now + timedelta(hours=1))
    reported(attempt, "0.9", now)
    assert Cell.objects.get().wanted_score == Decimal("0.9")


def test_wrong_field_keys_for_minutes_condemn_no_cell(lms, link, settings):
    url, book = lms
    [grade(make_learner(link, n, url), link, "0.9") for n in range(3)]
    keys = settings.FIELD_KEYS
    from cryptography.fernet import Fernet

    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    for _ in range(6 * 3):
        expire()
        all_due()
        with suppress(ImproperlyConfigured):
            converge.deliver()
    settings.FIELD_KEYS = keys
    expire()
    for _ in range(10):
        all_due()
        converge.deliver_due()
    assert len(book.held) == 3


@pytest.mark.parametrize("tail,sid", [("?a=%ff", None), ("?a=%00", None), ("/caf\u00e9", None), ("", "x\x0by")])
def test_an_address_that_cannot_be_used_stops_nobody_else(lms, link, tail, sid):
    url, book = lms
    poison = make_learner(link, 1, None)
    address(poison, link, url + tail, sid)
    cell = grade(poison, link, "0.5")
    grade(make_learner(link, 2, url), link, "0.9")
    for _ in range(9):
        with suppress(ImproperlyConfigured):
            converge.deliver_due()
        expire()
    assert book.held == {"cell-user-2": "0.9"}
    assert fresh(cell).state == CellState.NEEDS_ACTION


def test_an_lms_that_answers_reads_with_errors_gets_the_grade_after_the_doubt(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    real = lti11.send
    monkeypatch.setattr(lti11, "send", lambda c: Verdict(TryResult.UNCLEAR, "no_clear_answer", doubtful=True))
    converge.deliver()
    monkeypatch.setattr(lti11, "send", real)
    monkeypatch.setattr(lti11, "read_back", lambda c: UNREADABLE)
    for _ in range(60):
        all_due()
        converge.deliver()
        Cell.objects.filter(doubt_until__isnull=False).update(doubt_until=timezone.now() - timedelta(hours=1))
    assert book.held


def test_looks_that_fail_come_to_an_end(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    converge.deliver()
    Cell.objects.update(doubt_until=timezone.now() - timedelta(hours=1), due_at=timezone.now())
    monkeypatch.setattr(lti11, "read_back", lambda c: UNREADABLE)
    for _ in range(2000):
        all_due()
        if not converge.deliver():
            break
    assert _ < 1500


def test_a_clear_in_doubt_leaves_a_teachers_grade_alone(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.5")
    real = lti11.send
    monkeypatch.setattr(lti11, "send", lambda c: Verdict(TryResult.UNCLEAR, "no_clear_answer", doubtful=True))
    converge.deliver()
    monkeypatch.setattr(lti11, "send", real)
    grade(alice, link, None)
    converge.deliver()
    book.held["cell-user-1"] = "0.77"  # a teacher types a grade
    all_due()
    converge.deliver()
    assert book.held["cell-user-1"] == "0.77"


def test_delivering_again_is_not_forgotten_when_it_is_refused(lms, link, monkeypatch):
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.9")
    converge.deliver()
    book.held.clear()  # the column was made anew
    gradebook.deliver_again(fresh(cell))
    real = lti11.send
    monkeypatch.setattr(lti11, "send", lambda c: Verdict(TryResult.REFUSED, "address_refused", patience=Patience.NONE))
    converge.deliver()
    monkeypatch.setattr(lti11, "send", real)
    assert fresh(cell).state == "needs_action"
    address(alice, link, url, "cell-new")
    for _ in range(5):
        all_due()
        converge.deliver()
    assert book.held == {"cell-new": "0.9"}


def test_a_late_report_of_a_former_activity_replaces_no_present_grade(lms, link):
    url, book = lms
    alice = make_learner(link, 1, url)
    a = Attempt.objects.create(learner=alice, resource_link=link, activity=link.activity, number=1)
    b_act = Activity.objects.create(slug="b", title="b", account=link.activity.account, action="take_test")
    link.activity = b_act
    link.save()
    b = Attempt.objects.create(learner=alice, resource_link=link, activity=b_act, number=1)
    now = timezone.now()
    reported(b, "0.9", now)
    reported(a, "0.2", now + timedelta(seconds=5))
    assert Cell.objects.get().wanted_score == Decimal("0.9")


def test_an_older_takeback_that_comes_late_moves_nothing(link):
    alice = make_learner(link, 1, None)
    a = Attempt.objects.create(learner=alice, resource_link=link, activity=link.activity, number=1)
    now = timezone.now()
    reported(a, "0.5", now)
    reported(a, "0.9", now + timedelta(seconds=5))
    older = GradeReport(a, AttemptState.SUBMITTED, now + timedelta(seconds=2), has_result=True, timed=True)
    flow.record(older)
    a.refresh_from_db()
    assert a.state == "graded"


def test_an_lms_that_asks_to_slow_down_for_ever_needs_a_person_in_the_end(lms, link):
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.9")
    book.answer_with = (429, b"slow down")
    for _ in range(5):
        all_due()
        converge.deliver()
    assert fresh(cell).state == "pending"
    Cell.objects.update(wanted_at=timezone.now() - timedelta(days=8))
    for _ in range(40):
        all_due()
        converge.deliver()
    fresh(cell)
    assert fresh(cell).state == "needs_action"


def test_nothing_is_sent_to_a_host_that_was_removed(lms, link):
    url, book = lms
    grade(make_learner(link, 1, url), link, "0.9")
    Lti11Registration.objects.update(service_hosts=["lms.example.edu"])
    converge.deliver()
    assert book.held == {}


def test_eight_workers_at_once_respect_what_the_platform_takes_at_once(link):
    Platform.objects.update(parallel_sends=2)
    for number in range(16):
        grade(make_learner(link, number, "https://lms.example.edu/"), link, "0.5")
    # SQLite's test database belongs to one thread.
    workers = 8 if connection.vendor == "postgresql" else 1

    def work(_):
        try:
            return [lease.claim() is not None for _ in range(3)]
        finally:
            if workers > 1:
                connection.close()

    with ThreadPoolExecutor(workers) as pool:
        claimed = [taken for each in (pool.map(work, range(workers)) if workers > 1 else [work(0)]) for taken in each]
    assert claimed.count(True) == 2
