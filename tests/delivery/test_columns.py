"""Many first deliveries of one link at once make one column."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lti_bridge import gradebook, http
from lti_bridge.delivery import converge
from lti_bridge.models import Cell, CellState, Try
from tests.ags_server import AgsFaults, Platform, ags_server
from tests.delivery.cells import fresh, grade, make_learner
from tests.delivery.columns import make_column_link, our_keys, start_anew, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    start_anew()


@pytest.fixture(params=["plain", "moodle", "canvas"])
def lms(request: pytest.FixtureRequest) -> Iterator[Platform]:
    with ags_server(Platform(mode=request.param, keys=our_keys())) as platform:
        yield platform


def all_due() -> None:
    Cell.objects.filter(due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's test database belongs to one thread")
def test_parallel_first_deliveries_make_one_column(lms: Platform) -> None:
    """Brightspace and Sakai got as many columns as there were grades."""
    link = make_column_link(lms)
    told(link, lms.claim(link.resource_link_id))
    for number in range(16):
        grade(make_learner(link, number, None), link, "0.5")
    lms.faults = AgsFaults(delay=0.2)

    def work(_: int) -> None:
        try:
            converge.deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    all_due()
    lms.faults = AgsFaults()
    converge.deliver_due()
    assert (lms.made, len(lms.columns)) == (1, 1)
    assert len(lms.held) == 16
    assert lms.token_requests == 1


def test_who_comes_while_the_column_is_looked_for_waits_and_uses_up_no_try(
    lms: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = make_column_link(lms)
    told(link, lms.claim(link.resource_link_id))
    alice, bob = (grade(make_learner(link, number, None), link, "0.5") for number in (1, 2))
    real = http.request

    def request(method: str, url: str, **more: Any) -> http.Answer:
        if "resource_link_id=" in url:
            monkeypatch.setattr(http, "request", real)
            assert converge.deliver(bob.pk), "another worker, in between"
        return real(method, url, **more)

    monkeypatch.setattr(http, "request", request)
    assert converge.deliver(alice.pk)
    waiting = fresh(bob)
    assert (waiting.state, waiting.reason, waiting.tries_used) == (CellState.PENDING, "waits", 0)
    assert (lms.made, fresh(alice).state) == (1, CellState.DELIVERED)
    all_due()
    converge.deliver_due()
    assert (lms.made, set(lms.held.values())) == (1, {Fraction(1, 2)})


def test_a_column_whose_making_breaks_is_made_once_in_the_end(lms: Platform) -> None:
    link = make_column_link(lms)
    told(link, lms.claim(link.resource_link_id))
    cells = [grade(make_learner(link, number, None), link, "0.5") for number in range(3)]
    for fault in ({"server_error": 1.0}, {"applied_then_cut": 1.0}, {}):
        lms.faults = AgsFaults(**fault)
        all_due()
        converge.deliver_due()
        link.line_item.__class__.objects.filter(searched_until__isnull=False).update(
            searched_until=timezone.now() - timedelta(seconds=1)
        )
    all_due()
    converge.deliver_due()
    assert (lms.made, len(lms.held)) == (1, 3)
    assert {fresh(cell).state for cell in cells} == {CellState.DELIVERED}
    assert not Try.objects.filter(reason="no_clear_answer").exists(), "no score was told in the meantime"
