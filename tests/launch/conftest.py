"""The world of these tests, and a launch that goes no further than its verification."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from lti_bridge.launch import lti11
from lti_bridge.launch.launch import Launch
from lti_bridge.launch.selection import RefusedSelection
from lti_bridge.models import LaunchRecord, Learner, ResourceLink
from tests.world import FORM, LAUNCH_PATH, World, launch_fields, make_world, signed_body


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def send(body: str | bytes, path: str = LAUNCH_PATH, **extra: Any) -> Any:
    """What ``verify`` makes of a posted body."""
    return lti11.verify(RequestFactory().post(path, body, content_type=FORM, **extra))


Verify = Callable[..., Launch]


@pytest.fixture
def verify(world: World) -> Verify:
    """Verify Alice's launch; parameters by name, ``None`` leaves one out."""

    def verify(fields: dict[str, str] | None = None, **more: Any) -> Launch:
        told = (fields if fields is not None else launch_fields()) | more
        launch = send(signed_body({name: value for name, value in told.items() if value is not None}))
        assert isinstance(launch, Launch)
        return launch

    return verify


def refused_selection(fields: dict[str, str]) -> RefusedSelection:
    """What ``verify`` makes of a request to choose content that it refuses."""
    refused = send(signed_body(fields))
    assert isinstance(refused, RefusedSelection)
    return refused


def nothing_was_kept() -> bool:
    """No person, no link, and no launch that counts."""
    accepted = LaunchRecord.objects.filter(refused="").exists()
    return not (accepted or Learner.objects.exists() or ResourceLink.objects.exists())
