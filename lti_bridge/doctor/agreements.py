"""LTI 1.3 on our own side: what waits for a person to approve it, and the keys that we sign with."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from lti_bridge import signing_keys
from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.models import Account, Deployment, Lti13Registration, SigningKey

#: ``tend_keys`` comes by every hour: what is late by more was not looked after.
LATE = timedelta(hours=3)
_APPROVE = "Look at them in the administration: approve those that are yours, refuse the others."


def check_waiting() -> Iterable[Finding]:
    """Registrations and deployments that nobody approved yet: launches from there are refused."""
    found = False
    registrations = Lti13Registration.objects.filter(awaits_approval=True).select_related("platform")
    for row in registrations:
        found = True
        text = f"the registration {row.client_id} at {row.issuer} waits for approval"
        yield warn(f"platform {row.platform.name}", text, _APPROVE)
    waiting = Deployment.objects.filter(approved=False, refused_at=None, registration__awaits_approval=False)
    counts: dict[str, int] = {}
    for name in waiting.values_list("registration__platform__name", flat=True):
        counts[name] = counts.get(name, 0) + 1
    for name, count in sorted(counts.items()):
        found = True
        one = "1 deployment waits for approval; its launches are refused"
        text = one if count == 1 else f"{count} deployments wait for approval; their launches are refused"
        yield warn(f"platform {name}", text, _APPROVE)
    if not found and Lti13Registration.objects.exists():
        yield ok("approvals", "no registration and no deployment waits")


def check_signing_keys() -> Iterable[Finding]:
    """Whether one key signs on each side, and the next one is published in time."""
    for side in SigningKey.Side:
        yield _side(side)


def _side(side: SigningKey.Side) -> Finding:
    name = f"signing keys ({side})"
    signs, follows, due_at = signing_keys.standing(side)
    if follows:
        return ok(name, f"the next one, {follows.kid}, signs from {follows.signs_from:%Y-%m-%d %H:%M} UTC")
    if signs is None or due_at is None:
        return _none(name, side)
    if due_at + LATE < timezone.now():
        text = f"the next one should have been made at {due_at:%Y-%m-%d %H:%M} UTC"
        return fail(name, text, f"Check that beat and a worker run, or: lti-bridge signing_keys --rotate {side}")
    return ok(name, f"{signs.kid} signs; the next one is made at {due_at:%Y-%m-%d %H:%M} UTC")


def _none(name: str, side: SigningKey.Side) -> Finding:
    if side is SigningKey.Side.TOOL:
        needed = Lti13Registration.objects.exists()
    else:
        needed = Account.objects.exclude(relay_client_id=None).exists()
    if needed:
        text = "there is none yet; the first use makes one, and others must then read it at once"
        return warn(name, text, f"Make one in time: lti-bridge signing_keys --rotate {side} --at-once")
    return ok(name, "there is none yet, and nobody needs one")
