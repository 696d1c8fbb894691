"""Deployments that are seen for the first time."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge.launch import deployments
from lti_bridge.models import Deployment, LaunchRecord, Lti13Registration
from tests.launch.conftest import nothing_was_kept
from tests.launches13 import launch13
from tests.world import World
from tests.world13 import ISSUER, claims, make_registration, peer


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def launch(client: Client, deployment_id: str, **more: Any) -> Any:
    told = claims(deployment_id=deployment_id, launch_presentation={}, **more)
    return launch13(client, told, login={"lti_deployment_id": deployment_id})


def test_a_new_deployment_waits_for_approval(client: Client, registration: Lti13Registration) -> None:
    """T13-BAD-27."""
    response = launch(client, "new")
    assert response.status_code == 403
    page = response.content.decode()
    assert "not activated for your course site yet" in page and "has to approve it" in page
    row = Deployment.objects.get(deployment_id="new")
    assert (row.registration, row.platform, row.approved) == (registration, registration.platform, False)
    assert nothing_was_kept()
    record = LaunchRecord.objects.get()
    assert (record.refused, record.deployment) == ("deployment_waits", row)


def test_it_may_be_approved(client: Client) -> None:
    launch(client, "new")
    Deployment.objects.update(approved=True)
    assert launch(client, "new").status_code == 200


def test_one_that_was_refused_stays_so_whatever_the_registration_approves(
    client: Client, registration: Lti13Registration
) -> None:
    Deployment.objects.create(
        registration=registration, platform=registration.platform, deployment_id="no", refused_at=timezone.now()
    )
    Lti13Registration.objects.update(approve_deployments=True)
    response = launch(client, "no")
    assert response.status_code == 403 and "not open to your course site" in response.content.decode()
    assert LaunchRecord.objects.get().refused == "deployment_refused"
    assert not Deployment.objects.get(deployment_id="no").approved


def test_refused_ones_take_no_place_among_those_that_wait(client: Client, registration: Lti13Registration) -> None:
    rows = [
        Deployment(
            registration=registration,
            platform=registration.platform,
            deployment_id=f"no{number}",
            refused_at=timezone.now(),
        )
        for number in range(deployments.MOST_WAITING)
    ]
    Deployment.objects.bulk_create(rows)
    launch(client, "new")
    assert LaunchRecord.objects.get().refused == "deployment_waits"


def test_a_registration_may_approve_its_deployments_by_itself(client: Client) -> None:
    Lti13Registration.objects.update(approve_deployments=True)
    assert launch(client, "new").status_code == 200
    assert Deployment.objects.get(deployment_id="new").approved
    assert LaunchRecord.objects.get().deployment == Deployment.objects.get(deployment_id="new")


def test_a_login_alone_makes_no_row(client: Client) -> None:
    """It is not signed."""
    launch(client, "new", exp=1)
    launch13(client, claims(deployment_id="new"), login={"lti_deployment_id": "new"}, by=peer("stranger"))
    assert Deployment.objects.count() == 1


def test_so_many_wait_at_a_time(client: Client, registration: Lti13Registration) -> None:
    """Whoever holds a platform's key fills no table."""
    rows = [
        Deployment(registration=registration, platform=registration.platform, deployment_id=f"w{number}")
        for number in range(deployments.MOST_WAITING)
    ]
    Deployment.objects.bulk_create(rows)
    response = launch(client, "one-more")
    assert response.status_code == 403 and "not activated for your course site yet" in response.content.decode()
    assert not Deployment.objects.filter(deployment_id="one-more").exists()
    assert LaunchRecord.objects.get().refused == "too_many_wait"
    assert launch(client, "2").status_code == 200
    assert launch(client, "w7").status_code == 403


def test_it_goes_back_to_the_course_where_that_is_told(client: Client) -> None:
    told = claims(deployment_id="new")
    response = launch13(client, told, login={"lti_deployment_id": None})
    assert response.status_code == 303 and response["Location"].startswith(ISSUER)


@pytest.mark.parametrize(
    "deployment_id", ["7:8865aa05b4b79b64a91a86042e43af5ea8ae79eb", "ä 王 🎓", "x" * 255, "\u00ad\n1"]
)
def test_deployment_ids_of_all_kinds_are_kept_whole(client: Client, deployment_id: str) -> None:
    Lti13Registration.objects.update(approve_deployments=True)
    for _ in range(2):
        response = launch13(client, claims(deployment_id=deployment_id), login={"lti_deployment_id": None})
        assert response.status_code == 200
    assert Deployment.objects.get(deployment_id=deployment_id).launch_records.count() == 2
