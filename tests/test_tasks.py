"""What is kept for a time only."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from lti_bridge import tasks

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rows", [AccessAttempt, AccessFailureLog, AccessLog])
def test_log_ins_are_forgotten_after_a_month(rows) -> None:
    more = {"failures_since_start": 1} if rows is AccessAttempt else {}
    for days in (29, 31):
        made = rows.objects.create(username=f"{days} days ago", **more)
        rows.objects.filter(pk=made.pk).update(attempt_time=timezone.now() - timedelta(days=days))
    tasks.forget()
    assert [row.username for row in rows.objects.all()] == ["29 days ago"]


def test_sessions_that_are_over_are_forgotten() -> None:
    for hours in (-1, 1):
        Session.objects.create(session_key=f"key{hours}", expire_date=timezone.now() + timedelta(hours=hours))
    tasks.forget()
    assert [row.session_key for row in Session.objects.all()] == ["key1"]
