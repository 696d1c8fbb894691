"""The Celery application. Messages are wake-up calls; what must not be lost is in the database."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging

from config.first_start import load_or_make

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
load_or_make(make=False)

from django.conf import settings  # noqa: E402  (the environment has to be complete first)

app = Celery("lti_bridge")
app.conf.update(settings.CELERY)
app.autodiscover_tasks(["lti_bridge", "lti_bridge.delivery"])

if app.conf.broker_url == "filesystem://":
    for folder in ("data_folder_in", "control_folder"):
        Path(app.conf.broker_transport_options[folder]).mkdir(parents=True, exist_ok=True)


@setup_logging.connect
def _log_as_django_does(**_: Any) -> None:
    """Connected, so that Celery leaves logging as the settings made it."""
