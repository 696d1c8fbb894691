"""The Celery application. Messages are wake-up calls; what must not be lost is in the database."""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from kombu.exceptions import OperationalError

from config import file_queue
from config.first_start import load_or_make

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
load_or_make(make=False)

from django.conf import settings  # noqa: E402  (the environment has to be complete first)

app = Celery("lti_bridge")
app.conf.update(settings.CELERY)
app.autodiscover_tasks(["lti_bridge", "lti_bridge.delivery", "lti_bridge.documents"])

if app.conf.broker_url == "filesystem://":
    file_queue.install()
    # Files have no host; without one kombu warns at each start.
    app.conf.update(broker_url="filesystem://localhost")
    for folder in ("data_folder_in", "control_folder"):
        Path(app.conf.broker_transport_options[folder]).mkdir(parents=True, exist_ok=True)


@setup_logging.connect
def _log_as_django_does(**_: Any) -> None:
    """Connected, so that Celery leaves logging as the settings made it: less its lines about each task, every
    few seconds, which are for those who look for a fault."""
    if settings.LOG_LEVEL == "INFO":
        for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace"):
            logging.getLogger(name).setLevel(logging.WARNING)


@worker_ready.connect
def _sweep_at_once(**_: Any) -> None:
    """Look for due grades now, and not after beat's first wait."""
    # Without a broker beat's sweeps make up for it.
    with suppress(OperationalError, OSError):
        app.send_task("lti_bridge.delivery.tasks.sweep", expires=settings.SWEEP_SECONDS)
