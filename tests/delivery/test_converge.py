"""The cell converges: what the gradebook holds becomes what we want, and nothing older ever stays."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge import gradebook
from lti_bridge.delivery import converge, lease, lti11, retry
from lti_bridge.models import Breaker, Cell, CellState, Platform, ResourceLink, Try, TryKind, TryResult
from tests.delivery.cells import address, fresh, grade, make_due, make_learner, make_link
from tests.gradebook_server import Faults, Gradebook, gradebook_server, pox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    settings.SEND_DEADLINE_SECONDS = 1.0  # type: ignore[attr-defined]
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)


@pytest.fixture
def lms() -> Iterator[tuple[str, Gradebook]]:
    with gradebook_server(Gradebook(secrets={"campus": "sample-secret"})) as served:
        yield served


@pytest.fixture
def link() -> ResourceLink:
    return make_link()


def test_a_grade_reaches_the_gradebook(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.83")
    assert cell.state == CellState.PENDING
    assert converge.deliver_due() == 1
    assert book.held == {"cell-user-1": "0.83"}
    cell = fresh(cell)
    assert (cell.state, cell.sent_score, cell.due_at) == (CellState.DELIVERED, Decimal("0.83"), None)
    assert book.bad_signatures == 0


@pytest.mark.parametrize(
    ("score", "sent"),
    [("0", "0"), ("1", "1"), ("0.3333333333", "0.333333"), ("1.1", "1"), ("0.6666666667", "0.666667")],
)
def test_zero_is_a_grade_and_fractions_do_not_drift(
    lms: tuple[str, Gradebook], link: ResourceLink, score: str, sent: str
) -> None:
    url, book = lms
    grade(make_learner(link, 1, url), link, score)
    converge.deliver_due()
    assert book.held == {"cell-user-1": sent}


def test_a_newer_grade_replaces_an_older_one_also_downwards(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    converge.deliver_due()
    grade(alice, link, "0.4")
    converge.deliver_due()
    assert [score for _, score in book.history["cell-user-1"]] == ["0.9", "0.4"]


def test_two_grades_before_a_delivery_are_one_send(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    grade(alice, link, "0.4")
    converge.deliver_due()
    assert book.writes == 1
    assert book.held == {"cell-user-1": "0.4"}


def test_the_same_grade_again_is_not_sent_again(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    for _ in range(5):
        grade(alice, link, "0.9")
        converge.deliver_due()
    assert book.writes == 1


def test_a_result_that_is_taken_back_clears_the_cell(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    converge.deliver_due()
    cell = grade(alice, link, None)
    converge.deliver_due()
    assert book.held == {"cell-user-1": None}
    assert fresh(cell).state == CellState.EMPTY


def test_a_result_taken_back_before_it_left_asks_nothing_of_the_lms(
    lms: tuple[str, Gradebook], link: ResourceLink
) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.9")
    cell = grade(alice, link, None)
    assert converge.deliver_due() == 0
    assert (fresh(cell).state, book.requests) == (CellState.EMPTY, 0)


def test_a_grade_waits_until_the_lms_says_where_it_goes(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, None)
    cell = grade(alice, link, "0.7")
    assert (fresh(cell).state, converge.deliver_due()) == (CellState.WAITING, 0)
    address(alice, link, url)
    converge.deliver_due()
    assert book.held == {"cell-user-1": "0.7"}


def test_the_newest_address_is_used(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    address(alice, link, url, "cell-newer")
    grade(alice, link, "0.7")
    converge.deliver_due()
    assert book.held == {"cell-newer": "0.7"}


def test_each_learner_has_their_own_cell(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    for number in range(1, 6):
        grade(make_learner(link, number, url), link, f"0.{number}")
    converge.deliver_due()
    assert book.held == {f"cell-user-{number}": f"0.{number}" for number in range(1, 6)}


def test_a_held_grade_leaves_when_it_is_released_and_later_ones_leave_by_themselves(lms: tuple[str, Gradebook]) -> None:
    url, book = lms
    link = make_link(release="manual")
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.7")
    assert (fresh(cell).state, converge.deliver_due()) == (CellState.HELD, 0)
    gradebook.release(cell)
    converge.deliver_due()
    assert book.held == {"cell-user-1": "0.7"}
    grade(alice, link, "0.8")
    converge.deliver_due()
    assert book.held == {"cell-user-1": "0.8"}


@pytest.mark.parametrize(("rule", "expected"), [("first", "0.5"), ("last", "0.6"), ("best", "0.9")])
def test_the_rule_of_the_activity_picks_among_attempts(lms: tuple[str, Gradebook], rule: str, expected: str) -> None:
    url, book = lms
    link = make_link(rule=rule)
    alice = make_learner(link, 1, url)
    for number, score in enumerate(("0.5", "0.9", "0.6"), start=1):
        grade(alice, link, score, attempt_number=number)
    converge.deliver_due()
    assert book.held == {"cell-user-1": expected}


def test_versions_of_one_cell_are_at_least_a_second_apart(link: ResourceLink) -> None:
    alice = make_learner(link, 1, None)
    times = [grade(alice, link, f"0.{digit}").wanted_at for digit in (1, 2, 3, 4)]
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(times, times[1:], strict=False))  # type: ignore[operator]


# --- what breaks ----------------------------------------------------------------------------


def test_an_error_of_the_lms_is_tried_again_on_the_schedule(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = Faults(server_error=1.0)
    converge.deliver_due()
    cell = fresh(cell)
    assert (cell.state, cell.tries_used, cell.reason) == (CellState.PENDING, 1, "server_error")
    assert timedelta(seconds=3) < cell.due_at - timezone.now() < timedelta(seconds=7)  # type: ignore[operator]
    book.faults = Faults()
    make_due(cell)
    converge.deliver_due()
    assert (book.held, fresh(cell).state) == ({"cell-user-1": "0.7"}, CellState.DELIVERED)


@pytest.mark.parametrize(
    "faults", [Faults(applied_then_cut=1.0), Faults(truncated=1.0), Faults(hang=1.0), Faults(cut_before=1.0)]
)
def test_after_no_clear_answer_the_gradebook_is_read_before_anything_is_sent(
    lms: tuple[str, Gradebook], link: ResourceLink, faults: Faults
) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = faults
    converge.deliver_due()
    assert fresh(cell).state == CellState.PENDING
    applied = book.writes
    book.faults = Faults()
    make_due(cell)
    converge.deliver_due(limit=1)
    cell = fresh(cell)
    assert (cell.state, book.held) == (CellState.DELIVERED, {"cell-user-1": "0.7"})
    assert book.writes == 1, "found there, it is not sent again" if applied else "not found, it is sent once"
    assert cell.due_at is not None, "in doubt, it is looked at again"


def test_a_log_in_page_never_counts_as_delivered(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = Faults(html=1.0)
    converge.deliver_due()
    cell = fresh(cell)
    assert (cell.state, cell.reason, cell.sent_version) == (CellState.PENDING, "not_an_answer", 0)


def test_a_request_that_is_applied_late_is_found_and_mended(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.2")
    book.faults = Faults(hang=1.0)
    converge.deliver_due()
    book.faults = Faults()
    cell = grade(alice, link, "0.8")
    converge.deliver_due(limit=1)
    assert book.held == {"cell-user-1": "0.8"}
    book.apply("cell-user-1", "0.2")  # the first request at last comes through
    make_due(cell)
    converge.deliver_due(limit=1)
    assert book.held == {"cell-user-1": "0.8"}
    assert fresh(cell).state == CellState.DELIVERED


def test_where_nothing_can_be_read_a_doubtful_grade_is_said_once_more_at_the_end(
    lms: tuple[str, Gradebook], link: ResourceLink
) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    grade(alice, link, "0.2")
    book.faults = Faults(hang=1.0)
    converge.deliver_due()
    book.faults = Faults(readable=False)
    cell = grade(alice, link, "0.8")
    converge.deliver_due(limit=1)
    book.apply("cell-user-1", "0.2")
    Cell.objects.update(doubt_until=timezone.now())
    make_due(cell)
    converge.deliver_due(limit=1)
    cell = fresh(cell)
    assert book.held == {"cell-user-1": "0.8"}
    assert (cell.state, cell.due_at, cell.doubt_until) == (CellState.DELIVERED, None, None)


def test_a_teachers_own_value_is_shown_and_never_fought(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.7")
    book.faults = Faults(applied_then_cut=1.0)
    converge.deliver_due()
    book.faults = Faults()
    book.apply("cell-user-1", "0.95")
    make_due(cell)
    converge.deliver_due()
    cell = fresh(cell)
    assert (cell.state, cell.found_score, book.held) == (CellState.DIFFERS, "0.95", {"cell-user-1": "0.95"})
    grade(alice, link, "0.6")
    converge.deliver_due()
    assert book.held == {"cell-user-1": "0.6"}, "a new grade of the provider does replace it"


def test_an_lms_that_keeps_whole_percents_is_of_no_other_opinion(
    lms: tuple[str, Gradebook], link: ResourceLink
) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.8333")
    book.faults = Faults(applied_then_cut=1.0)
    converge.deliver_due()
    book.faults = Faults()
    book.apply("cell-user-1", "0.83")
    make_due(cell)
    converge.deliver_due()
    assert fresh(cell).state == CellState.DELIVERED


def test_what_is_refused_for_good_needs_action_and_says_why(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    Platform.objects.update(family="moodle")
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.answer_with = (200, pox("replaceResult", major="failure", description="SourcedId hash not valid"))
    converge.deliver_due()
    cell = fresh(cell)
    assert (cell.state, cell.reason, cell.due_at) == (CellState.NEEDS_ACTION, "address_refused", None)
    assert "hash not valid" in cell.reason_text


def test_a_new_address_mends_a_refused_cell(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.7")
    book.answer_with = (200, pox("replaceResult", major="failure", description="Invalid sourcedid"))
    converge.deliver_due()
    assert fresh(cell).state == CellState.NEEDS_ACTION
    book.answer_with = None
    address(alice, link, url, "cell-renewed")
    converge.deliver_due()
    assert book.held == {"cell-renewed": "0.7"}


def test_patience_ends_after_seven_days_and_the_grade_stays(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = Faults(server_error=1.0)
    for _ in range(100):
        if not converge.deliver_due(limit=1):
            break
        make_due(cell)
    cell = fresh(cell)
    assert (cell.state, cell.reason, cell.wanted_score) == (CellState.NEEDS_ACTION, "gave_up", Decimal("0.7"))
    book.faults = Faults()
    assert gradebook.deliver_again(cell)
    converge.deliver_due()
    assert book.held == {"cell-user-1": "0.7"}


def test_five_failures_in_a_row_open_the_breaker_and_the_others_use_up_no_tries(
    lms: tuple[str, Gradebook], link: ResourceLink
) -> None:
    url, book = lms
    cells = [grade(make_learner(link, number, url), link, "0.5") for number in range(12)]
    book.faults = Faults(down=True)
    converge.deliver_due()
    assert book.requests == 5
    assert Breaker.objects.get().next_probe_at is not None
    untouched = [cell for cell in map(fresh, cells) if cell.tries_used == 0]
    assert len(untouched) >= 7
    Breaker.objects.update(next_probe_at=timezone.now() - timedelta(seconds=1))
    converge.deliver_due()
    assert book.requests == 6, "one probe"
    book.faults = Faults()
    Breaker.objects.update(next_probe_at=timezone.now() - timedelta(seconds=1))
    converge.deliver_due()
    assert set(book.held.values()) == {"0.5"} and len(book.held) == 12, "all go once the probe is answered"
    assert Breaker.objects.get().failures == 0


def test_one_silent_platform_does_not_hold_up_another(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    book.secrets["other"] = "sample-secret"
    other = make_link(key="other")
    with gradebook_server(Gradebook(faults=Faults(down=True))) as (silent_url, _):
        for number in range(8):
            grade(make_learner(link, number, silent_url), link, "0.5")
        cell = grade(make_learner(other, 99, url), other, "0.6")
        converge.deliver_due()
    assert book.held == {"cell-user-99": "0.6"}
    assert fresh(cell).state == CellState.DELIVERED


def test_a_paused_platform_is_left_alone(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    grade(make_learner(link, 1, url), link, "0.7")
    Platform.objects.update(delivery_paused=True)
    assert converge.deliver_due() == 0
    Platform.objects.update(delivery_paused=False)
    assert converge.deliver_due() == 1


def test_no_more_requests_are_under_way_than_the_platform_takes(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, _ = lms
    Platform.objects.update(parallel_sends=2)
    for number in range(4):
        grade(make_learner(link, number, url), link, "0.7")
    assert [lease.claim() is not None for _ in range(4)] == [True, True, False, False]


# --- workers that die -----------------------------------------------------------------------


def test_a_leased_cell_cannot_be_leased_twice(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, _ = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    assert lease.claim(cell.pk) is not None
    assert lease.claim(cell.pk) is None


class Killed(BaseException):
    """kill -9, as far as the code can tell."""


def _die_at(monkeypatch: pytest.MonkeyPatch, module: object, name: str, *, after: bool) -> None:
    real = getattr(module, name)

    def dying(*arguments: object, **options: object) -> object:
        if after:
            real(*arguments, **options)
        raise Killed

    monkeypatch.setattr(module, name, dying)


@pytest.mark.parametrize(
    ("module", "name", "after"),
    [
        (lease, "claim", True),
        (converge, "_begin", False),
        (converge, "_begin", True),
        (lti11, "send", False),
        (lti11, "send", True),
        (converge, "_end", False),
        (converge, "_end", True),
        (converge.settle, "delivered", False),
        (converge.settle, "delivered", True),
    ],
)
def test_a_worker_may_die_at_any_point_and_the_grade_still_arrives(
    lms: tuple[str, Gradebook], link: ResourceLink, module: object, name: str, after: bool
) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    make_due(cell)
    with pytest.MonkeyPatch.context() as patch:
        _die_at(patch, module, name, after=after)
        with pytest.raises(Killed):
            converge.deliver(cell.pk)
    Cell.objects.filter(lease__isnull=False).update(leased_until=timezone.now() - timedelta(seconds=1))
    make_due(cell)
    converge.deliver_due()
    cell = fresh(cell)
    assert (book.held, cell.state) == ({"cell-user-1": "0.7"}, CellState.DELIVERED)
    assert not Try.objects.filter(result=TryResult.UNDER_WAY).exists() or name == "_end"


def test_a_worker_that_lost_its_lease_sends_nothing(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    claimed = lease.claim(cell.pk)
    assert claimed is not None
    Cell.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert converge.deliver(cell.pk)
    converge._send(claimed.cell)
    assert book.writes == 1


def test_a_cell_that_kills_its_workers_needs_action(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, _ = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    for _ in range(converge.CRASHES):
        with pytest.MonkeyPatch.context() as patch:
            _die_at(patch, lti11, "send", after=False)
            patch.setattr(lti11, "read_back", lti11.send)
            with pytest.raises(Killed):
                converge.deliver(cell.pk)
        Cell.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert converge.deliver(cell.pk)
    assert (fresh(cell).state, fresh(cell).reason) == (CellState.NEEDS_ACTION, "workers_died")


def test_a_grade_that_arrives_while_an_older_one_is_sent_goes_next(
    lms: tuple[str, Gradebook], link: ResourceLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, book = lms
    alice = make_learner(link, 1, url)
    cell = grade(alice, link, "0.3")
    real = lti11.send

    def send(claimed: Cell) -> object:
        monkeypatch.setattr(lti11, "send", real)
        verdict = real(claimed)
        grade(alice, link, "0.9")
        return verdict

    monkeypatch.setattr(lti11, "send", send)
    converge.deliver_due()
    cell = fresh(cell)
    assert (book.held, cell.state) == ({"cell-user-1": "0.9"}, CellState.DELIVERED)
    assert (cell.sent_version, cell.wanted_version) == (2, 2)


def test_every_try_is_written_down_with_what_came_of_it(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = Faults(applied_then_cut=1.0)
    converge.deliver_due()
    book.faults = Faults()
    make_due(cell)
    converge.deliver_due(limit=1)
    tries = list(Try.objects.order_by("pk").values_list("kind", "result"))
    assert tries == [(TryKind.SEND, TryResult.UNCLEAR), (TryKind.READ, TryResult.CONFIRMED)]


def test_every_request_is_freshly_signed(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = Faults(server_error=1.0)
    for _ in range(4):
        converge.deliver_due()
        make_due(cell)
    assert (book.replays, len(book.nonces)) == (0, 4)


def test_no_transaction_is_open_while_the_lms_is_asked(
    lms: tuple[str, Gradebook], link: ResourceLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    from lti_bridge import http

    url, _ = lms
    grade(make_learner(link, 1, url), link, "0.7")
    seen: list[bool] = []
    real = http.post

    def post(*arguments: object, **options: object) -> object:
        seen.append(connection.in_atomic_block)
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(http, "post", post)
    converge.deliver_due()
    assert seen == [False]


def test_doubt_ends(lms: tuple[str, Gradebook], link: ResourceLink) -> None:
    url, book = lms
    cell = grade(make_learner(link, 1, url), link, "0.7")
    book.faults = Faults(applied_then_cut=1.0)
    converge.deliver_due()
    book.faults = Faults()
    make_due(cell)
    converge.deliver_due(limit=1)
    Cell.objects.update(doubt_until=timezone.now() - timedelta(seconds=1))
    make_due(cell)
    converge.deliver_due(limit=1)
    cell = fresh(cell)
    assert (cell.due_at, cell.doubt_until, cell.state) == (None, None, CellState.DELIVERED)
    assert timedelta(minutes=1) <= retry.DOUBT


def test_what_nobody_was_asked_about_closes_no_breaker(lms: tuple[str, Gradebook]) -> None:
    url, _ = lms
    link = make_link(family="openedx", key="block")
    cell = grade(make_learner(link, 1, url), link, "0.7")
    Breaker.objects.create(
        platform=link.context.platform, failures=5, next_probe_at=timezone.now() - timedelta(seconds=1)
    )
    Cell.objects.update(state=CellState.DELIVERED, sent_version=1, doubt_until=timezone.now() + timedelta(minutes=5))
    assert converge.deliver(cell.pk)
    assert Breaker.objects.get().failures == 5
