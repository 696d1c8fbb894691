"""Documents and their attempts while several people and workers are at them."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from lti_bridge.documents import arriving, claims, settling
from lti_bridge.documents.arriving import Arrival
from lti_bridge.documents.rules import rules_of
from lti_bridge.models import Attempt, Document, DocumentState
from tests.documents.desk import Desk

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite knows no locks of rows"),
]


def together(*acts: Callable[[], object]) -> list[str]:
    """Do it all at once. Gives what went wrong."""
    wrong: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            wrong.append(str(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return wrong


@pytest.mark.parametrize("how", ["refused", "passed_on"])
def test_a_worker_and_a_person_who_decides_do_not_wait_for_each_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    document = claims.claim(desk.handed_in(Client()).pk)
    assert document
    has_attempt, settle = threading.Event(), claims.settle

    def slowly(*args: object, **fields: object) -> None:
        settle(*args, **fields)  # type: ignore[arg-type]  # passed through
        has_attempt.wait(2)
        time.sleep(0.2)

    def decide() -> None:
        with transaction.atomic():
            Attempt.objects.select_for_update(of=("self",)).get(pk=document.attempt_id)
            has_attempt.set()
            Document.objects.select_for_update(of=("self",)).get(pk=document.pk)

    monkeypatch.setattr(claims, "settle", slowly)
    settled = (
        (lambda: settling.refused(document, "x", "y")) if how == "refused" else lambda: settling.passed_on(document)
    )
    assert together(settled, lambda: (time.sleep(0.2), decide())) == []
    assert Document.objects.get().state == DocumentState(how)


def test_of_requests_that_begin_together_only_so_many_are_taken(desk: Desk) -> None:
    desk.launch()
    attempt, rules = desk.attempt(), rules_of(desk.activity)
    began, refusals = threading.Barrier(6, timeout=20), list[str]()

    def begin() -> None:
        with Arrival(attempt, rules) as arrival:
            refusals.extend([arrival.problem.code] if arrival.problem else [])
            began.wait()

    assert together(*[begin] * 6) == []
    assert refusals == ["arriving"] * (6 - arriving.AT_ONCE) and not Document.objects.exists()
