"""What is kept for a time only, and keys that are looked after."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from lti_bridge import signing_keys, tasks
from lti_bridge.models import (
    Context,
    Deployment,
    Invitation,
    LineItem,
    ProviderLaunch,
    ResourceLink,
    SigningKey,
    UsedAssertion,
)
from tests.world import make_world
from tests.world13 import make_registration

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


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def test_launches_at_providers_are_forgotten_after_a_day() -> None:
    account = make_world().account
    for hours in (23, 25):
        made = ProviderLaunch.objects.create(account=account, details={"hours": hours})
        ProviderLaunch.objects.filter(pk=made.pk).update(created_at=ago(hours=hours))
    tasks.forget()
    assert [row.details["hours"] for row in ProviderLaunch.objects.all()] == [23]


def test_a_used_assertion_is_kept_for_as_long_as_it_could_be_believed() -> None:
    account = make_world().account
    for minutes in (-5, 5, 65):
        UsedAssertion.objects.create(account=account, jti=f"{minutes} ago", expires_at=ago(minutes=minutes))
    tasks.forget()
    assert {row.jti for row in UsedAssertion.objects.all()} == {"-5 ago", "5 ago"}


def test_invitations_that_nobody_used_are_forgotten_a_month_after_their_end() -> None:
    for name, ended, used in (("old", 31, None), ("used", 31, ago(days=32)), ("new", 29, None)):
        digest = hashlib.sha256(name.encode()).hexdigest()
        Invitation.objects.create(digest=digest, platform_name=name, expires_at=ago(days=ended), used_at=used)
    tasks.forget()
    assert {row.platform_name for row in Invitation.objects.all()} == {"used", "new"}


def test_a_deployment_that_nobody_said_yes_or_no_to_is_forgotten_after_three_months() -> None:
    world = make_world()
    registration = make_registration(world.platform)

    def deployment(name: str, days: int, **fields: Any) -> Deployment:
        row = Deployment.objects.create(
            registration=registration, platform=world.platform, deployment_id=name, **fields
        )
        Deployment.objects.filter(pk=row.pk).update(first_seen_at=ago(days=days))
        return row

    deployment("waits", 91)
    deployment("waits for a while", 89)
    deployment("approved", 91, approved=True)
    deployment("refused", 91, refused_at=ago(days=90))
    context = Context.objects.create(platform=world.platform, context_id="history")
    link = ResourceLink.objects.create(context=context, resource_link_id="link-1")
    LineItem.objects.create(resource_link=link, registration=registration, deployment=deployment("was used", 91))
    Deployment.objects.filter(deployment_id="2").update(first_seen_at=ago(days=400))
    tasks.forget()
    kept = set(Deployment.objects.values_list("deployment_id", flat=True))
    assert kept == {"2", "waits for a while", "approved", "refused", "was used"}


def test_keys_are_made_in_time_and_old_ones_taken_out_of_use() -> None:
    side = SigningKey.Side.TOOL
    signing_keys.make(side, signs_from=timezone.now() - signing_keys.LIFETIME)
    tasks.tend_keys()
    signs, follows, due_at = signing_keys.standing(side)
    assert signs and follows and due_at is None
    assert timedelta(days=1.9) < follows.signs_from - timezone.now() <= timedelta(days=2)
    SigningKey.objects.filter(pk=follows.pk).update(signs_from=timezone.now())
    tasks.tend_keys()
    assert signing_keys.standing(side).signs == follows
    assert SigningKey.objects.get(pk=signs.pk).retired_at is not None
