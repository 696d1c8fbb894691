"""A document on its way to the provider: nothing lost, nothing handed in twice, whoever dies at which moment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge.documents import asking, claims, deciding, keeping, passing_on, settling
from lti_bridge.documents.content import KeptContent
from lti_bridge.models import Attempt, AttemptState, Document, DocumentPiece, DocumentState
from tests.documents.desk import Desk
from tests.documents.pretend import PDF, away, no

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What nothing catches: the worker is gone."""


def work(document: Document) -> Document:
    """What a worker does with it when it is due."""
    passing_on.pass_on(document.pk)
    document.refresh_from_db()
    return document


def again(document: Document) -> Document:
    """Time passes: whatever was waited for, and the lease of a worker that died."""
    Document.objects.filter(pk=document.pk, next_try_at__isnull=False).update(next_try_at=timezone.now())
    Document.objects.filter(pk=document.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    return work(document)


def to_the_end(document: Document) -> Document:
    for _ in range(12):
        if document.next_try_at is None:
            break
        again(document)
    return document


def fail_at(vendor: Any, step: str, error: BaseException, *, after: bool = False, times: int = 1) -> None:
    left = [times]

    def hook(current: str) -> None:
        if current == step and left[0]:
            left[0] -= 1
            raise error

    setattr(vendor, "after" if after else "before", hook)


def test_it_is_registered_and_brought_and_then_looked_at(desk: Desk, client: Client) -> None:
    document = work(desk.handed_in(client))
    assert document.state == DocumentState.PASSED_ON and document.passed_on_at
    assert desk.vendor.held == [PDF] and desk.vendor.asked == ["register", "upload"]
    attempt = desk.attempt()
    assert attempt.provider_attempt_id == "doc-1" and attempt.look_at is not None
    assert "upload_url" not in document.secret
    assert document.content_until == pytest.approx(timezone.now() + timedelta(days=3), abs=timedelta(minutes=1))


def test_a_document_that_kills_its_workers_is_left_to_a_person(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "register", Killed(), times=99)
    for _ in range(claims.MOST_CRASHES):
        with pytest.raises(Killed):
            again(document)
    assert again(document).state == DocumentState.UNCLEAR and document.reason == "workers_died"
    assert len(desk.vendor.asked) == claims.MOST_CRASHES and document.lease is None
    # A person may say that it is tried anew.
    desk.vendor.before = lambda _step: None
    deciding.pass_on_again(document, None)
    assert work(document).state == DocumentState.PASSED_ON


def test_workers_that_died_are_forgotten_once_one_got_through(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    for _ in range(claims.MOST_CRASHES):
        fail_at(desk.vendor, "register", Killed())
        with pytest.raises(Killed):
            again(document)
        fail_at(desk.vendor, "register", away())
        assert again(document).crashes == 0 and document.state == DocumentState.RECEIVED


def test_where_the_content_goes_along_there_is_one_step(desk: Desk, client: Client) -> None:
    desk.vendor.inline = True
    assert work(desk.handed_in(client)).state == DocumentState.PASSED_ON
    assert desk.vendor.held == [PDF] and desk.vendor.asked == ["register"]


#: Every step between the receipt and the provider's acknowledgement, and where a worker dies at it.
STEPS: dict[str, tuple[Any, str, bool]] = {
    "after the claim": (claims, "claim", True),
    "before asking is written down": (claims, "write", False),
    "after asking is written down": (claims, "write", True),
    "before registering": (None, "register", False),
    "after registering": (None, "register", True),
    "before the place is written down": (settling, "placed", False),
    "after the place is written down": (settling, "placed", True),
    "before the upload": (None, "upload", False),
    "amid the upload": (KeptContent, "piece", True),
    "after the upload": (None, "upload", True),
    "before it is settled": (settling, "passed_on", False),
    "within the settling": (claims, "settle", True),
    "after it is settled": (settling, "passed_on", True),
}


def sabotage(desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str, nth: int) -> None:
    """Die at the nth time the step is reached, once."""
    place, name, after = STEPS[step]
    count = [0]

    def strike() -> None:
        count[0] += 1
        if count[0] == nth:
            raise Killed(step)

    if place is None:
        setattr(desk.vendor, "after" if after else "before", lambda current: strike() if current == name else None)
        return
    real: Callable[..., Any] = getattr(place, name)

    def wrapper(*arguments: Any, **options: Any) -> Any:
        if not after:
            strike()
        result = real(*arguments, **options)
        if after:
            strike()
        return result

    monkeypatch.setattr(place, name, wrapper)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_loses_nothing_and_hands_in_nothing_twice(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    document = desk.handed_in(client)
    sabotage(desk, monkeypatch, step, nth)
    _die_or_not(document)
    monkeypatch.undo()
    desk.vendor.before = desk.vendor.after = lambda _step: None
    document = to_the_end(document)
    assert document.state == DocumentState.PASSED_ON
    assert desk.vendor.held == [PDF]


def _die_or_not(document: Document) -> None:
    try:
        work(document)
    except Killed:
        document.refresh_from_db()


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_where_it_goes_along_a_death_leaves_it_there_once_or_unclear(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    desk.vendor.inline = True
    document = desk.handed_in(client)
    sabotage(desk, monkeypatch, step, nth)
    _die_or_not(document)
    monkeypatch.undo()
    desk.vendor.before = desk.vendor.after = lambda _step: None
    document = to_the_end(document)
    assert len(desk.vendor.held) <= 1
    assert document.state == (DocumentState.PASSED_ON if document.passed_on_at else DocumentState.UNCLEAR)
    assert document.passed_on_at is None or desk.vendor.held == [PDF]


def test_an_upload_without_answer_is_repeated_at_the_same_address(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "upload", away(), after=True)
    assert work(document).state == DocumentState.PLACED and document.asked_at
    assert again(document).state == DocumentState.PASSED_ON
    assert desk.vendor.asked == ["register", "upload", "upload"] and desk.vendor.held == [PDF]


def test_an_upload_that_certainly_failed_leaves_no_doubt(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "upload", away(ambiguous=False))
    assert work(document).asked_at is None


def test_an_address_that_is_no_longer_good_gets_a_new_place(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    desk.vendor.expired.add("doc-1")
    work(document)
    assert to_the_end(document).state == DocumentState.PASSED_ON
    assert desk.attempt().provider_attempt_id == "doc-2" and desk.vendor.held == [PDF]
    assert "arrived" not in desk.vendor.asked


@pytest.mark.parametrize(("arrived", "place"), [(True, "doc-1"), (False, "doc-2")])
def test_after_doubt_and_an_address_that_is_gone_the_provider_is_asked(
    desk: Desk, client: Client, arrived: bool, place: str
) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "upload", away(), after=arrived)
    work(document)
    desk.vendor.expired.add("doc-1")
    assert to_the_end(document).state == DocumentState.PASSED_ON
    assert "arrived" in desk.vendor.asked
    assert desk.attempt().provider_attempt_id == place and desk.vendor.held == [PDF]


def test_what_the_provider_cannot_tell_is_left_to_a_person(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "upload", away(), after=True)
    desk.vendor.memory = "unsure"
    work(document)
    desk.vendor.expired.add("doc-1")
    assert an_hour_later(again(document)).state == DocumentState.UNCLEAR
    assert document.next_try_at is None and keeping.is_kept(document)
    assert not passing_on.pass_on()


def in_doubt(desk: Desk, client: Client, *, arrived: bool) -> Document:
    """A document whose upload was never answered, whose address is gone, and of which the provider says nothing."""
    document = desk.handed_in(client)
    fail_at(desk.vendor, "upload", away(), after=arrived)
    desk.vendor.memory = "unsure"
    work(document)
    desk.vendor.expired.add("doc-1")
    desk.vendor.before = desk.vendor.after = lambda _step: None
    return again(document)


def an_hour_later(document: Document) -> Document:
    Document.objects.filter(pk=document.pk).update(asked_at=timezone.now() - settling.ASKED_ABOUT)
    return again(document)


@pytest.mark.parametrize(("arrived", "place"), [(True, "doc-1"), (False, "doc-2")])
def test_what_the_provider_cannot_tell_yet_is_asked_again_and_nothing_is_brought_meanwhile(
    desk: Desk, client: Client, arrived: bool, place: str
) -> None:
    document = in_doubt(desk, client, arrived=arrived)
    assert document.state == DocumentState.PLACED and document.reason == "not_known_yet"
    uploads = desk.vendor.asked.count("upload")
    assert again(document).state == DocumentState.PLACED and desk.vendor.asked.count("upload") == uploads
    desk.vendor.memory = "knows"
    assert to_the_end(document).state == DocumentState.PASSED_ON
    assert desk.attempt().provider_attempt_id == place and desk.vendor.held == [PDF]
    assert "upload_url" not in document.secret


def test_it_is_asked_less_and_less_often_and_for_an_hour(desk: Desk, client: Client) -> None:
    document = in_doubt(desk, client, arrived=True)
    for minutes, wait in ((1, 1), (8, 8), (40, 40)):
        Document.objects.filter(pk=document.pk).update(asked_at=timezone.now() - timedelta(minutes=minutes))
        again(document)
        told = document.next_try_at - timezone.now()
        assert told == pytest.approx(timedelta(minutes=wait), abs=timedelta(seconds=10))
    assert an_hour_later(document).state == DocumentState.UNCLEAR


@pytest.mark.parametrize("how", ["a webhook", "a person"])
@pytest.mark.parametrize(
    ("memory", "arrived", "ends"),
    [
        ("knows", True, DocumentState.PASSED_ON),
        ("knows", False, DocumentState.PASSED_ON),
        ("unsure", True, DocumentState.UNCLEAR),
    ],
)
def test_what_is_unclear_is_asked_about_once_more_when_something_is_heard(
    desk: Desk, client: Client, how: str, memory: str, arrived: bool, ends: DocumentState
) -> None:
    document = an_hour_later(in_doubt(desk, client, arrived=arrived))
    assert document.state == DocumentState.UNCLEAR and deciding.may_check_again(document)
    desk.vendor.memory, before = memory, desk.vendor.asked.count("arrived")
    if how == "a person":
        deciding.check_again(document, None)
    else:
        asking.ask_soon(document.attempt)
    document.refresh_from_db()
    assert document.state == DocumentState.PLACED and keeping.is_kept(document)
    work(document)
    assert desk.vendor.asked.count("arrived") == before + 1
    assert to_the_end(document).state == ends
    assert len(desk.vendor.held) == 1


def test_what_waits_for_word_is_asked_about_as_soon_as_something_is_heard(desk: Desk, client: Client) -> None:
    document = in_doubt(desk, client, arrived=True)
    assert document.next_try_at > timezone.now() + timedelta(seconds=30)
    asking.ask_soon(document.attempt)
    document.refresh_from_db()
    assert document.next_try_at <= timezone.now()


def test_what_was_never_given_a_place_is_not_asked_about(desk: Desk, client: Client) -> None:
    desk.vendor.inline = True
    fail_at(desk.vendor, "register", away(), after=True)
    document = work(desk.handed_in(client))
    asking.ask_soon(document.attempt)
    document.refresh_from_db()
    assert document.state == DocumentState.UNCLEAR and not deciding.may_check_again(document)


def test_doubt_stays_until_it_is_settled(desk: Desk, client: Client) -> None:
    """A later clear failure says nothing about the earlier upload."""
    document = desk.handed_in(client)
    fail_at(desk.vendor, "upload", away(), after=True)
    work(document)
    fail_at(desk.vendor, "upload", away(ambiguous=False))
    desk.vendor.after = lambda _step: None
    assert again(document).asked_at


@pytest.mark.parametrize("step", ["register", "upload"])
def test_a_refusal_is_told_and_another_one_may_be_handed_in(desk: Desk, client: Client, step: str) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, step, no())
    assert work(document).state == DocumentState.REFUSED
    assert document.reason == "too_many: Maximum of submissions has been reached"
    attempt = desk.attempt()
    assert attempt.state == AttemptState.OPENED
    desk.vendor.before = lambda _step: None
    second = work(desk.handed_in(client, b"%PDF-1.7 better", record=desk.course.launch(desk.course.alice)))
    assert second.state == DocumentState.PASSED_ON and second.attempt_id == attempt.pk


def test_an_unanswered_registering_where_it_goes_along_is_unclear_at_once(desk: Desk, client: Client) -> None:
    desk.vendor.inline = True
    fail_at(desk.vendor, "register", away(), after=True)
    document = work(desk.handed_in(client))
    assert document.state == DocumentState.UNCLEAR and desk.vendor.asked == ["register"]


def test_a_silent_provider_is_asked_again_later_and_later(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "register", away(ambiguous=False), times=99)
    waits = []
    for _ in range(4):
        again(document)
        waits.append(document.next_try_at - timezone.now())
    assert waits == sorted(waits) and waits[-1] > timedelta(minutes=1)
    assert document.state == DocumentState.RECEIVED


def test_it_waits_as_long_as_the_provider_asks_for(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    error = away(ambiguous=False)
    error.retry_after = 1000
    fail_at(desk.vendor, "register", error)
    assert work(document).next_try_at > timezone.now() + timedelta(seconds=900)


def test_patience_ends_and_a_person_sees_it(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    fail_at(desk.vendor, "register", away(ambiguous=False), times=999)
    Document.objects.update(tries=200)
    document.refresh_from_db()
    assert again(document).state == DocumentState.UNCLEAR and document.reason == "away"


def test_a_fault_of_ours_over_one_does_not_stop_the_others(desk: Desk, client: Client) -> None:
    first = desk.handed_in(client)
    second = desk.handed_in(client, record=desk.launch(desk.course.learner("Bob")))
    fail_at(desk.vendor, "register", KeyError("ours"))
    assert passing_on.pass_on_due(seconds=5) == 2
    states = [Document.objects.get(pk=each.pk).state for each in (first, second)]
    assert sorted(states) == [DocumentState.PASSED_ON, DocumentState.RECEIVED]


def test_damaged_content_is_never_passed_on(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    DocumentPiece.objects.update(sealed=b"x" * 60)
    assert work(document).state == DocumentState.UNCLEAR and document.reason == "content_damaged"
    assert desk.vendor.held == []


def test_who_lost_the_lease_writes_nothing(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)

    def rob(step: str) -> None:
        Document.objects.filter(pk=document.pk).update(lease="00000000-0000-0000-0000-000000000001")

    desk.vendor.before = rob
    assert work(document).state == DocumentState.RECEIVED
    assert desk.attempt().provider_attempt_id == ""


def test_a_leased_document_is_nobody_elses(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    assert claims.claim(document.pk) and claims.claim(document.pk) is None and claims.claim() is None


def test_the_attempt_that_was_told_does_not_change_with_the_next(desk: Desk, client: Client) -> None:
    work(desk.handed_in(client))
    assert Attempt.objects.get().provider_attempt_id == "doc-1"
