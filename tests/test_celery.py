"""The Celery application: what a worker does when it is ready, and what it keeps quiet about."""

import logging
from typing import Any

import pytest
from celery.signals import worker_ready
from kombu.exceptions import OperationalError
from pytest_django import Settings

from config import celery


def test_a_worker_that_is_ready_asks_for_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(celery.app, "send_task", lambda name, **options: sent.append((name, options)))
    worker_ready.send(sender=None)
    ((name, options),) = sent
    assert name in celery.app.tasks
    assert options["expires"] > 0


def test_without_a_broker_the_worker_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def send_task(name: str, **_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(celery.app, "send_task", send_task)
    assert all(not isinstance(answer, Exception) for _, answer in worker_ready.send(sender=None))


@pytest.mark.parametrize(("level", "told"), [("INFO", False), ("DEBUG", True)])
def test_each_periodic_task_is_told_at_debug_only(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, level: str, told: bool
) -> None:
    settings.LOG_LEVEL = level
    levels: dict[str, int] = {}
    monkeypatch.setattr(logging.Logger, "setLevel", lambda self, wanted: levels.update({self.name: wanted}))
    celery._log_as_django_does()
    assert ("celery.app.trace" not in levels) is told


def test_everything_that_beat_sends_is_a_task_that_workers_know() -> None:
    sent = {entry["task"] for entry in celery.app.conf.beat_schedule.values()}
    celery.app.loader.import_default_modules()
    assert sent <= set(celery.app.tasks)
    assert "lti_bridge.tasks.tend_keys" in sent
