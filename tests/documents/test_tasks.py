"""Tasks of documents: messages are wake-up calls, and whoever lost one, the sweep finds the row."""

import pytest
from django.test import Client

from lti_bridge.documents import tasks, waking
from lti_bridge.models import Document, DocumentState
from tests.documents.desk import Desk

pytestmark = pytest.mark.django_db


def test_a_worker_is_woken_when_the_promise_is_committed(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    woken: list[int] = []
    monkeypatch.setattr("lti_bridge.documents.handing_in.wake", woken.append)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        document = desk.handed_in(client)
        assert woken == []
    assert woken == [document.pk]


def test_the_call_names_a_task_that_there_is(desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, tuple[int]]] = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda name, arguments: sent.append((name, arguments)))
    waking.wake(7)
    assert sent == [(tasks.pass_on.name, (7,))]


def test_the_sweep_puts_workers_to_what_is_due(desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.drain, "apply_async", lambda **options: calls.append(options))
    tasks.sweep()
    assert calls == []
    desk.handed_in(client)
    tasks.sweep()
    assert len(calls) == 1
    assert tasks.drain() == 1 and Document.objects.get().state == DocumentState.PASSED_ON
    assert tasks.drain() == 0


def test_one_that_is_not_due_is_left_alone(desk: Desk, client: Client) -> None:
    document = desk.handed_in(client)
    tasks.pass_on(document.pk)
    tasks.pass_on(document.pk)
    assert desk.vendor.asked == ["register", "upload"]
