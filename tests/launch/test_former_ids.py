"""From LTI 1.1 to 1.3: former ids count only with the proof of the old secret."""

from typing import Any

import pytest
from django.test import Client

from lti_bridge.launch.former_ids import sign
from lti_bridge.launch.launch import FormerIds, Launch
from lti_bridge.models import Attempt, Cell, Context, Learner, Lti11Registration, Platform, ResourceLink
from tests.launches13 import Begun, begin, come_back, verify
from tests.world import ALICE as ALICE11
from tests.world import KEY, SECRET, World, signed_launch
from tests.world13 import AGS, ALICE, CLAIM, CLIENT_ID, DEPLOYMENT_ID, ISSUER, claims, make_registration, peer

NEW = ALICE | {"sub": "d2c8-alice"}


@pytest.fixture(autouse=True)
def registration(world: World) -> None:
    make_registration(world.platform)


def moved(begun: Begun, *, key: str = KEY, secret: str | None = SECRET, **ids: Any) -> dict[str, Any]:
    """Alice under her new id, with what the old platform called her and the link; ``secret`` None: no proof."""
    told = claims(NEW, nonce=begun.nonce, context={"id": "new-course"}, resource_link={"id": "new-link"})
    former = {"oauth_consumer_key": key, "user_id": "alice-1", **ids}
    if secret is not None:
        message = "&".join((key, DEPLOYMENT_ID, ISSUER, CLIENT_ID, str(told["exp"]), begun.nonce))
        former["oauth_consumer_key_sign"] = sign(message, secret)
    return told | {f"{CLAIM}lti1p1": former}


def launched(client: Client, **more: Any) -> Launch:
    begun = begin(client)
    return verify(begun, token=peer().sign(moved(begun, **more)))


def test_the_proof_is_the_one_of_the_specification() -> None:
    """MG-01: a vector computed by others."""
    message = "179248902&689302&https://lmsvendor.com&PM48OJSfGDTAzAo&1551290856&172we8671fd8z"
    assert sign(message, "my-lti11-secret") == "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps="


def test_proven_ids_are_read(client: Client) -> None:
    """MG-04, MG-05."""
    former = launched(client, context_id="old-course", resource_link_id="old-link").former
    assert former == FormerIds("alice-1", "old-course", "old-link")


def test_what_is_not_told_is_the_same_as_before(client: Client) -> None:
    assert launched(client, user_id=None).former == FormerIds()
    assert launched(client, user_id=7, context_id=["x"], resource_link_id="x" * 501).former == FormerIds()


def test_a_secret_that_was_rotated_still_proves(client: Client, world: World) -> None:
    world.lti11.rotate("a new secret")
    world.lti11.save()
    assert launched(client).former == FormerIds("alice-1")
    assert launched(client, secret="a new secret").former == FormerIds("alice-1")


@pytest.mark.parametrize(
    "more",
    [
        {"secret": "guessed"},
        {"secret": None},
        {"secret": None, "oauth_consumer_key_sign": ""},
        {"secret": None, "oauth_consumer_key_sign": 7},
        {"secret": None, "oauth_consumer_key_sign": "ü" * 44},
        {"key": "nobody-s"},
        {"key": ""},
    ],
)
def test_without_proof_there_are_no_former_ids_and_the_launch_goes_on(client: Client, more: dict[str, Any]) -> None:
    """MG-02."""
    launch = launched(client, **more)
    assert launch.former is None and launch.person.user_id == "d2c8-alice"


def test_a_proof_is_for_one_launch(client: Client) -> None:
    """It covers the nonce: what was seen once is of no use later."""
    begun, later = begin(client), begin(client)
    seen = moved(begun)[f"{CLAIM}lti1p1"]
    told = moved(later) | {f"{CLAIM}lti1p1": seen}
    assert verify(later, token=peer().sign(told)).former is None


def test_the_key_of_another_platform_proves_nothing(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """MG-03, SEC-I5: with the right signature too."""
    other = Platform.objects.create(name="other-school")
    Lti11Registration.objects.create(platform=other, consumer_key="theirs", secrets={"shared_secret": "their secret"})
    assert launched(client, key="theirs", secret="their secret").former is None
    assert "former_ids_not_proven" in caplog.text


def test_a_person_and_a_link_go_on_where_they_were(client: Client, world: World) -> None:
    """MG-04, MG-05: once; the grades' old way is kept until there is a column."""
    signed_launch(client, path="/lti/1.1/launch/excel-basic")
    learner, link = Learner.objects.get(), ResourceLink.objects.get()
    attempt, cell = Attempt.objects.get(), Cell.objects.get()
    told = {"context_id": "course-history", "resource_link_id": "link-1"}
    for _ in range(2):
        begun = begin(client)
        everything = moved(begun, **told)
        del everything[f"{AGS}claim/endpoint"], everything[f"{CLAIM}custom"]
        assert come_back(client, begun, peer().sign(everything)).status_code == 200
    assert (Learner.objects.get().pk, ResourceLink.objects.get().pk) == (learner.pk, link.pk)
    assert (Learner.objects.get().user_id, Learner.objects.get().lti11_id) == ("d2c8-alice", "alice-1")
    assert (
        ResourceLink.objects.get().resource_link_id == "new-link" and Context.objects.get().context_id == "new-course"
    )
    assert Attempt.objects.get().pk == attempt.pk
    kept = Cell.objects.get()
    assert kept.pk == cell.pk and kept.result_sourcedid == ALICE11["lis_result_sourcedid"] and kept.line_item is None


def test_without_proof_somebody_new_begins(client: Client, world: World) -> None:
    """MG-02: what belongs to the old id stays where it is."""
    signed_launch(client, path="/lti/1.1/launch/excel-basic")
    begun = begin(client)
    come_back(client, begun, peer().sign(moved(begun, secret="guessed", resource_link_id="link-1")))
    assert set(Learner.objects.values_list("user_id", flat=True)) == {"alice-1", "d2c8-alice"}
    assert ResourceLink.objects.count() == 2
