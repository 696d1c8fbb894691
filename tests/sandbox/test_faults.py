"""The fault switches' page and endpoint, and what the parties' addresses come to."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from lti_bridge.sandbox import addresses, faults

pytestmark = pytest.mark.django_db


def send(bridge: Client, values: Any) -> Any:
    return bridge.post("/sandbox/faults.json", json.dumps(values), content_type="application/json")


def test_everything_is_off_at_first(bridge: Client) -> None:
    assert set(bridge.get("/sandbox/faults.json").json().values()) == {0.0}


def test_switches_add_up_until_they_are_reset(bridge: Client) -> None:
    send(bridge, {"lms_down": 100})
    assert send(bridge, {"lms_slow": 250}).json()["lms_down"] == 100
    after = send(bridge, {"reset": True, "lms_error": 5}).json()
    assert (after["lms_down"], after["lms_slow"], after["lms_error"]) == (0, 0, 5)


@pytest.mark.parametrize(
    "values", [{"lms_dwon": 1}, {"lms_down": "much"}, {"lms_down": None}, {"lms_down": "nan"}, [1], "x"], ids=str
)
def test_nonsense_changes_nothing(bridge: Client, values: Any) -> None:
    send(bridge, {"lms_error": 5})
    assert send(bridge, values).status_code == 400
    assert faults.Faults()["lms_error"] == 5


def test_the_page_shows_and_sets_every_switch(bridge: Client) -> None:
    page = bridge.get("/sandbox/faults").content.decode()
    assert all(f'name="{name}"' in page for name in faults.SWITCHES)
    assert bridge.post("/sandbox/faults", {"lms_hang": "3.5", "lms_down": ""}).status_code == 302
    assert faults.Faults()["lms_hang"] == 3.5
    assert b"Faults are on" in bridge.get("/sandbox/faults").content
    assert bridge.post("/sandbox/faults", {"lms_hang": "long"}).status_code == 400


def test_a_fault_in_percent_strikes_about_as_often() -> None:
    faults.switch({"lms_error": 20})
    now = faults.Faults()
    assert 100 < sum(now.strikes("lms_error") for _ in range(1000)) < 320
    assert not any(now.strikes("lms_down") for _ in range(1000))


@pytest.mark.parametrize(
    ("bridge_origin", "lms", "provider"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.2:8001", "http://127.0.0.3:8002"),
        ("http://localhost:8000", "http://localhost:8001", "http://localhost:8002"),
        ("https://demo.example.edu", "https://demo.example.edu", "https://demo.example.edu"),
        ("http://127.0.0.1", "http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_the_neighbours_follow_the_bridge(settings: Settings, bridge_origin: str, lms: str, provider: str) -> None:
    settings.PUBLIC_ORIGIN = bridge_origin
    assert addresses.origins() == addresses.Origins(bridge_origin, lms, provider)
