"""What waits for approval, and our own keys."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone
from pytest_django import Settings

from lti_bridge import signing_keys
from lti_bridge.doctor import agreements
from lti_bridge.doctor.findings import Finding, State
from lti_bridge.models import Account, Deployment, Lti13Registration, SigningKey
from tests.world import make_world
from tests.world13 import make_registration

pytestmark = pytest.mark.django_db

TOOL, PLATFORM = SigningKey.Side.TOOL, SigningKey.Side.PLATFORM


def keys() -> dict[str, Finding]:
    return {finding.check: finding for finding in agreements.check_signing_keys()}


def test_where_nobody_speaks_lti13_nothing_waits_and_no_key_is_needed() -> None:
    assert list(agreements.check_waiting()) == []
    assert {finding.state for finding in keys().values()} == {State.OK}
    assert not SigningKey.objects.exists(), "doctor only reads"


def test_what_waits_is_told_by_its_platform_and_what_was_refused_is_not() -> None:
    platform = make_world().platform
    registration = make_registration(platform)
    assert [finding.state for finding in agreements.check_waiting()] == [State.OK]
    for name in ("3", "4"):
        Deployment.objects.create(registration=registration, platform=platform, deployment_id=name)
    Deployment.objects.create(
        registration=registration, platform=platform, deployment_id="5", refused_at=timezone.now()
    )
    Lti13Registration.objects.create(
        platform=platform, issuer="https://new.example.edu", client_id="new", awaits_approval=True
    )
    assert [(each.check, each.state, each.text) for each in agreements.check_waiting()] == [
        (
            "platform campus-moodle",
            State.WARN,
            "the registration new at https://new.example.edu waits for approval",
        ),
        ("platform campus-moodle", State.WARN, "2 deployments wait for approval; their launches are refused"),
    ]


def test_a_side_that_is_used_and_has_no_key_yet_is_told() -> None:
    world = make_world()
    make_registration(world.platform)
    assert keys()["signing keys (tool)"].state is State.WARN
    assert keys()["signing keys (platform)"].state is State.OK
    Account.objects.update(relay_client_id="bridge-tool")
    assert keys()["signing keys (platform)"].state is State.WARN


def test_one_signs_and_the_next_one_comes_in_time() -> None:
    signing_keys.make(TOOL, signs_from=timezone.now() - timedelta(days=10))
    assert "signs; the next one is made at" in keys()["signing keys (tool)"].text
    SigningKey.objects.update(signs_from=timezone.now() - timedelta(days=90, hours=1))
    assert keys()["signing keys (tool)"].state is State.OK
    SigningKey.objects.update(signs_from=timezone.now() - timedelta(days=91))
    late = keys()["signing keys (tool)"]
    assert late.state is State.FAIL and "beat" in late.advice
    signing_keys.rotate(TOOL)
    assert keys()["signing keys (tool)"].state is State.OK


def test_keys_that_cannot_be_opened_are_told_elsewhere_and_break_nothing(settings: Settings) -> None:
    signing_keys.make(PLATFORM, signs_from=timezone.now())
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert keys()["signing keys (platform)"].state is State.OK
    assert signing_keys.key_set(PLATFORM)["keys"]
