"""Steps for platforms and their LTI 1.1 registrations."""

from collections.abc import Mapping
from typing import Any

from lti_bridge.configuration.entries import Entry, RegistrationEntry
from lti_bridge.configuration.rows import Rows
from lti_bridge.configuration.steps import Step, begin, stored_secrets
from lti_bridge.models import Lti11Registration, Platform

PLATFORM_FIELDS = ("name", "family", "parallel_sends", "sends_progress", "delivery_paused")
REGISTRATION_FIELDS = ("consumer_key", "signature_method", "service_hosts", "enabled")


def plan_platform(rows: Rows, entry: Entry) -> Step:
    step = begin("platform", entry, rows.platforms.get(entry.name), Platform())
    rows.fill(step, entry, PLATFORM_FIELDS, "name")
    if entry.values.get("parallel_sends") == 0:
        rows.problem(entry, "parallel_sends must be at least 1 (to stop sending, use delivery_paused)")
    if isinstance(step.row, Platform):
        rows.platforms[entry.name] = step.row
    return step


def plan_registration(rows: Rows, entry: RegistrationEntry) -> Step:
    platform = rows.platforms[entry.platform]
    row = rows.lti11.get(entry.name)
    step = begin("lti11", entry, row, Lti11Registration(platform=platform))
    if row and row.platform.name != entry.platform:
        rows.problem(entry, f'consumer_key belongs to platform "{row.platform.name}" and cannot move')
    rows.fill(step, entry, REGISTRATION_FIELDS, "consumer_key")
    step.set_secrets(_rotated(stored_secrets(step.row), entry))
    return step


def _rotated(stored: Mapping[str, Any], entry: RegistrationEntry) -> dict[str, str]:
    """A registration's secrets: an old shared secret stays live beside a new one unless the file says otherwise."""
    current, previous = stored.get("shared_secret", ""), stored.get("previous_shared_secret", "")
    if entry.previous_secret is not None:
        previous = entry.previous_secret
    elif current and current != entry.shared_secret:
        previous = current
    return {"shared_secret": entry.shared_secret} | ({"previous_shared_secret": previous} if previous else {})
