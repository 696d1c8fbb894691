"""Launches as the verifiers of either version make them, for tests of what comes after."""

import secrets
from typing import Any

from django.utils import timezone

from lti_bridge.launch.launch import Course, Launch, Link, Message, Person, Role
from lti_bridge.models import LaunchRecord, Platform


def verified(platform: Platform, user_id: str = "alice-1", *, role: Role = Role.LEARNER, **fields: Any) -> Launch:
    """A launch of a person at the link "link-1" of the course "course-history"; ``fields`` are those of ``Launch``."""
    record = LaunchRecord.objects.create(
        platform=platform, nonce=secrets.token_hex(8), reference="1234-5678-9abc", received_at=timezone.now()
    )
    told: dict[str, Any] = {
        "record": record,
        "platform": platform,
        "message": Message.RESOURCE_LINK,
        "person": Person(user_id, "Alice", "Example", "Alice Example", "alice@example.edu"),
        "roles": frozenset({role}),
        "course": Course("course-history", "History", "HIS"),
        "link": Link("link-1", "Excel test"),
        "custom": {"activity": "excel-basic"},
        "address": None,
        "selection": None,
        "locale": "en",
        "document_target": "iframe",
        "return_url": "",
        "received_at": record.received_at,
    }
    return Launch(**(told | fields))
