"""The Python package ``lti`` as the LMS: code that has never seen ours."""

import warnings
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from lti_bridge.launch.launch import Launch
from tests.launch.conftest import send
from tests.world import BOB, KEY, SECRET, World, launch_fields, post, selection_fields

with warnings.catch_warnings():
    # The package is of 2017 and its imports warn.
    warnings.simplefilter("ignore")
    lti = pytest.importorskip("lti")

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("world")]


def sent_by_lti(fields: dict[str, str], url: str = "http://localhost:8000/lti/1.1/launch", **more: Any) -> str:
    """The form post that the package's consumer makes of these parameters."""
    consumer = lti.ToolConsumer(
        consumer_key=more.get("key", KEY), consumer_secret=more.get("secret", SECRET), launch_url=url, params=fields
    )
    return urlencode(consumer.generate_launch_data())


@pytest.mark.parametrize("name", ["Bob Ünïcode", "王小明 + % & = ~", 'O\'Brien "x" <y>'])
def test_its_launches_are_accepted(name: str) -> None:
    launch = send(sent_by_lti(launch_fields(BOB, lis_person_name_full=name, custom_level="B2")))
    assert isinstance(launch, Launch)
    assert launch.person.full_name == name and launch.custom == {"level": "B2"}


def test_its_selections_are_accepted() -> None:
    # The package insists on a link; there is none yet when content is chosen, and ours does not mind.
    launch = send(sent_by_lti(selection_fields(resource_link_id="any")))
    assert launch.selection is not None and launch.selection.data == "opaque & more"


def test_its_launch_with_the_wrong_secret_is_refused(client: Client, world: World) -> None:
    assert post(client, sent_by_lti(launch_fields(), secret="wrong")).status_code == 403


def test_a_launch_of_an_activity_goes_the_whole_way(client: Client, world: World) -> None:
    path = "/lti/1.1/launch/excel-basic"
    response = post(client, sent_by_lti(launch_fields(), f"http://localhost:8000{path}"), path)
    assert response.status_code == 200
    assert "provider.example.net" in response.content.decode()
