"""The queue: does a message get through, does anybody work, does beat tick."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from config.celery import app
from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.models import Heartbeat

#: No question to the broker takes longer, whatever its client library thinks.
PATIENCE = 3.0
PING = 1.5
#: Sweeps that may be late before beat or the workers count as gone.
LATE_SWEEPS = 4


def check_broker() -> Iterable[Finding]:
    """Whether a wake-up call can be left with the broker."""
    if not settings.CELERY_BROKER_URL:
        folder = Path(settings.CELERY["broker_transport_options"]["data_folder_in"])
        if os.access(folder, os.W_OK):
            yield ok("broker", "the queue of files can be written")
        else:
            yield fail("broker", "the queue of files cannot be written", f"Check that {folder} is there and writable.")
        return
    answered, _ = _in_time(_connect)
    if answered:
        yield ok("broker", "it answers")
    else:
        advice = "Check CELERY_BROKER_URL and the broker. Without it grades go only when `lti-bridge deliver` runs."
        yield fail("broker", "it does not answer", advice)


def check_workers() -> Iterable[Finding]:
    """Whether workers work and beat ticks. A fresh sweep proves both: beat sent it, a worker ran it.

    (A worker that starts sends the first one itself, so a beat that never started shows a minute later.)
    """
    beat = Heartbeat.objects.filter(name="sweep").first()
    age = (timezone.now() - beat.at).total_seconds() if beat else None
    if age is not None and age <= max(60.0, LATE_SWEEPS * settings.SWEEP_SECONDS):
        yield ok("worker", f"a sweep ran {max(age, 0):.0f} s ago")
        yield ok("beat", "it ticks")
        return
    said = "no sweep ran yet" if age is None else f"the last sweep ran {age:.0f} s ago"
    if _ping():
        yield ok("worker", "a worker answers")
        yield _beat_trouble(age)
    else:
        yield fail("worker", f"no worker answers, {said}", "Start lti-bridge-worker (or `lti-bridge run`).")
        yield warn("beat", "nobody can tell while no worker answers", "Start a worker, then ask again.")


def _beat_trouble(age: float | None) -> Finding:
    start = "start lti-bridge-beat (or `lti-bridge run`)."
    if age is None:
        advice = f"If it just started, ask again in {settings.SWEEP_SECONDS:.0f} s; else {start}"
        return warn("beat", "no sweep ran yet", advice)
    return fail("beat", f"the last sweep ran {age:.0f} s ago", start.capitalize())


def _connect() -> bool:
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_max=0, timeout=int(PATIENCE))
    return True


def _ping() -> bool:
    answered, replies = _in_time(lambda: app.control.ping(timeout=PING))
    return bool(answered and replies)


def _in_time(question: Callable[[], Any]) -> tuple[bool, Any]:
    """Ask beside us and wait ``PATIENCE``; a question that hangs is left to its own end."""
    answers: list[Any] = []

    def ask() -> None:
        # What goes wrong here has the broker's address, password included, in its message.
        try:
            answers.append(question())
        except Exception:  # whatever a client library raises means: no answer
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return bool(answers), answers[0] if answers else None
