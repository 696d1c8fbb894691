"""What an id_token of ours says (section B1 of the conformance list), judged by two independent packages too."""

import time
from typing import Any

import pytest
from django.test import Client
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

import lti_bridge
from lti_bridge import jose, signing_keys
from lti_bridge.models import ProviderLaunch, ProviderLineItem
from lti_bridge.relay import id_token
from lti_bridge.relay.tools import find_tool
from lti_bridge.signing_keys import Side
from tests.relay.sitting import sit
from tests.relay.tool13 import (
    AGS_CLAIM,
    CLAIM,
    CLIENT_ID,
    ISSUER,
    LINE_ITEM,
    LINE_ITEM_READ,
    RESULT_READ,
    SCORE,
    TOOL_URL,
    begin,
    claims_of,
    launched,
    make_world13,
    posted_back,
)

pytestmark = pytest.mark.django_db

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
OUTCOME_CLAIM = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
PERSON = ("given_name", "family_name", "name", "email")


def token(attempt, *, role="Learner"):
    """The token of a whole launch; ``role``: as if the launch had been a teacher's."""
    begun = begin(attempt)
    row = begun.row
    row.details["role"] = role
    row.save()
    return posted_back(begun.ask())[1]["id_token"]


#: The four payloads of certification: who launches, and whether the account shares names and addresses.
VARIANTS = [
    pytest.param("Learner", True, id="full student"),
    pytest.param("Learner", False, id="student without PII"),
    pytest.param("Instructor", True, id="full instructor"),
    pytest.param("Instructor", False, id="instructor without PII"),
]


@pytest.fixture
def variant(request):
    """The role, whether names are shared, and the token."""
    role, shared = request.param
    attempt = sit(make_world13(share_name=shared, share_email=shared))
    return role, shared, token(attempt, role=role)


def _params(params):
    return [pytest.param(each.values, id=each.id) for each in params]


each_variant = pytest.mark.parametrize("variant", _params(VARIANTS), indirect=True)


@each_variant
def test_it_is_a_launch_of_lti_1_3(variant):
    """P13-01, P13-06"""
    said = claims_of(variant[2])
    assert said[f"{CLAIM}message_type"] == "LtiResourceLinkRequest"
    assert said[f"{CLAIM}version"] == "1.3.0"


@each_variant
def test_its_times_are_whole_seconds_of_five_minutes(variant):
    """P13-02"""
    said = claims_of(variant[2])
    assert type(said["iat"]) is type(said["exp"]) is int
    assert said["exp"] - said["iat"] == 300
    assert abs(said["iat"] - time.time()) < 30


@each_variant
def test_it_is_signed_with_a_key_that_we_publish(variant):
    """P13-03, P13-04"""
    published = Client().get("/relay/1.3/jwks.json")
    assert published["Content-Type"] == "application/json"
    assert "max-age" in published["Cache-Control"]
    header = jose.read(variant[2], ["RS256"])
    assert header.kid in {key["kid"] for key in published.json()["keys"]}
    said = joserfc_jwt.decode(variant[2], KeySet.import_key_set(published.json()), algorithms=["RS256"])
    assert said.header["alg"] == "RS256"
    assert said.claims == claims_of(variant[2])
    read = JWT(jwt=variant[2], key=JWKSet.from_json(published.content), algs=["RS256"])
    assert CLIENT_ID in read.claims


@each_variant
def test_every_required_claim_is_there(variant):
    """P13-05"""
    said = claims_of(variant[2])
    for name in ("iss", "aud", "sub", "exp", "iat", "nonce"):
        assert said[name]
    for name in ("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles"):
        assert said[f"{CLAIM}{name}"]
    assert (said["iss"], said["aud"]) == (ISSUER, CLIENT_ID)
    assert said[f"{CLAIM}deployment_id"] == "1"
    assert said[f"{CLAIM}target_link_uri"] == TOOL_URL
    assert said[f"{CLAIM}resource_link"]["id"]


@each_variant
def test_the_role_fits(variant):
    """P13-07"""
    assert claims_of(variant[2])[f"{CLAIM}roles"] == [f"{MEMBERSHIP}{variant[0]}"]


@each_variant
def test_names_and_address_are_told_as_far_as_they_are_shared(variant):
    """P13-08"""
    said = claims_of(variant[2])
    if variant[1]:
        assert [said[name] for name in PERSON] == ["Alice", "Liddell", "Alice Liddell", "alice-1@example.edu"]
    else:
        assert not {*PERSON, "picture", "middle_name"} & said.keys()
        assert "Liddell" not in repr(said) and "@example.edu" not in repr(said)


@each_variant
def test_no_value_has_blanks_at_its_ends_or_is_empty(variant):
    """P13-09"""
    for value in _values(claims_of(variant[2])):
        assert value not in ("", None, [], {})
        assert not isinstance(value, str) or value == value.strip()


@each_variant
def test_everything_expected_is_there(variant):
    """P13-10"""
    said = claims_of(variant[2])
    attempt = ProviderLaunch.objects.get().attempt
    assert said["sub"] == attempt.learner.opaque_id
    assert said[f"{CLAIM}context"] == {
        "id": f"c.{attempt.resource_link.context_id}",
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
        "title": "History",
        "label": "HIS",
    }
    assert said[f"{CLAIM}resource_link"] == {"id": attempt.key, "title": "Excel test"}
    assert said[f"{CLAIM}custom"]["tst_frm_id"] == "482"
    assert said[f"{CLAIM}custom"]["act_id"] == "8"
    assert all(type(value) is str for value in said[f"{CLAIM}custom"].values())
    assert said[f"{CLAIM}launch_presentation"] == {
        "document_target": "window",
        "locale": "fr-FR",
        "return_url": f"{ISSUER}/callbacks/isograd/isograd-test/{attempt.key}/return",
    }
    platform = said[f"{CLAIM}tool_platform"]
    assert (platform["guid"], platform["product_family_code"]) == ("localhost", "lti-bridge")
    assert platform["version"] == lti_bridge.__version__
    line_items = f"{ISSUER}/relay/1.3/contexts/{attempt.resource_link.context_id}/line_items"
    assert said[AGS_CLAIM] == {
        "scope": [LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE],
        "lineitems": line_items,
        "lineitem": f"{line_items}/{ProviderLineItem.objects.get().pk}",
    }
    assert said[NRPS_CLAIM] == {
        "context_memberships_url": f"{ISSUER}/relay/1.3/contexts/{attempt.resource_link.context_id}/memberships",
        "service_versions": ["2.0"],
    }
    assert OUTCOME_CLAIM not in said


def _values(value: Any):
    yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _values(each)


# --- odd people and courses -----------------------------------------------------------------


def test_what_the_lms_wrote_with_blanks_is_tidied():
    world = make_world13()
    attempt = sit(world)
    attempt.learner.full_name = "  Alice   Liddell "
    attempt.learner.email = " alice@example.edu\n"
    attempt.resource_link.title = " \t"
    attempt.resource_link.context.title = "  History "
    attempt.resource_link.context.label = ""
    for row in (attempt.learner, attempt.resource_link.context, attempt.resource_link):
        row.save()
    said = launched(attempt)
    assert said["email"] == "alice@example.edu"
    assert said[f"{CLAIM}context"]["title"] == said[f"{CLAIM}context"]["label"] == "History"
    assert said[f"{CLAIM}resource_link"]["title"] == "Excel, basic"
    for value in _values(said):
        assert value not in ("", None) and (not isinstance(value, str) or value == value.strip())


def test_a_course_without_names_has_an_id_and_a_type():
    attempt = sit(make_world13())
    attempt.resource_link.context.title = attempt.resource_link.context.label = ""
    attempt.resource_link.context.save()
    assert set(launched(attempt)[f"{CLAIM}context"]) == {"id", "type"}


def test_names_can_be_shared_without_the_address_and_the_other_way_round():
    world = make_world13(share_email=False)
    attempt = sit(world)
    assert PERSON[0] in launched(attempt) and "email" not in launched(attempt)
    world.account.settings |= {"share_email": True, "share_name": False}
    world.account.save()
    attempt.refresh_from_db()
    said = launched(attempt)
    assert said["email"] and not {"given_name", "family_name", "name"} & said.keys()


# --- links and line items -------------------------------------------------------------------


def test_each_attempt_is_a_link_with_a_line_item_of_its_own():
    world = make_world13()
    attempt = sit(world)
    first, again = launched(attempt), launched(attempt)
    second = launched(sit(world))
    assert first[f"{CLAIM}resource_link"]["id"] == again[f"{CLAIM}resource_link"]["id"] == attempt.key
    assert first[AGS_CLAIM]["lineitem"] == again[AGS_CLAIM]["lineitem"] != second[AGS_CLAIM]["lineitem"]
    assert first[AGS_CLAIM]["lineitems"] == second[AGS_CLAIM]["lineitems"]
    assert ProviderLineItem.objects.count() == 2


def test_or_the_activity_at_a_link_is_one_for_everybody():
    world = make_world13(link_per_attempt=False)
    alice, bob = sit(world), sit(world, user_id="bob-2")
    first, second = launched(alice), launched(bob)
    assert first[f"{CLAIM}resource_link"]["id"] == f"l.{alice.resource_link_id}.{world.activity.pk}"
    assert first[f"{CLAIM}resource_link"]["id"] == second[f"{CLAIM}resource_link"]["id"]
    assert first[AGS_CLAIM] == second[AGS_CLAIM]
    assert ProviderLineItem.objects.count() == 1


def test_without_line_items_there_is_no_gradebook_to_see():
    said = launched(sit(make_world13(line_items=False)))
    assert AGS_CLAIM not in said
    assert ProviderLineItem.objects.count() == 0


def test_an_action_that_sits_no_test_has_no_line_item():
    world = make_world13()
    world.activity.action = "view_report_pdf"
    world.activity.save()
    attempt = sit(world)
    said = launched(attempt, attempt=None, return_url="", callback_url="")
    assert set(said[AGS_CLAIM]) == {"scope", "lineitems"}
    assert "return_url" not in said[f"{CLAIM}launch_presentation"]
    assert said[f"{CLAIM}resource_link"]["id"] == f"l.{attempt.resource_link_id}.{world.activity.pk}"


def test_outcomes_are_named_where_the_account_wants_them():
    attempt = sit(make_world13(outcomes=True))
    assert launched(attempt)[OUTCOME_CLAIM] == {
        "lis_result_sourcedid": attempt.key,
        "lis_outcome_service_url": f"{ISSUER}/relay/1.1/outcomes",
    }


def test_a_line_item_says_what_the_chosen_content_said():
    """P13-DL-15: the one of content that was chosen at the provider has its label, maximum, resource id and tag."""
    world = make_world13()
    world.activity.content = {
        "line_item": {"label": "Level A1", "score_maximum": "12.5", "resource_id": "r-1", "tag": "final"}
    }
    world.activity.save()
    launched(sit(world))
    row = ProviderLineItem.objects.get()
    assert (row.label, row.score_maximum, row.resource_id, row.tag) == ("Level A1", 12.5, "r-1", "final")


# --- keys -----------------------------------------------------------------------------------


def test_our_two_sides_have_different_keys():
    launched(sit(make_world13()))
    toward_tools = {key["kid"] for key in Client().get("/relay/1.3/jwks.json").json()["keys"]}
    assert toward_tools.isdisjoint(key["kid"] for key in signing_keys.key_set(Side.TOOL)["keys"])


def test_the_key_set_holds_nothing_secret():
    launched(sit(make_world13()))
    for key in Client().get("/relay/1.3/jwks.json").json()["keys"]:
        assert set(key) == {"kty", "kid", "alg", "use", "n", "e"}


def test_a_rotation_goes_unnoticed_by_who_reads_the_key_set():
    """S15"""
    attempt = sit(make_world13())
    assert launched(attempt)
    signing_keys.rotate(Side.PLATFORM, at_once=True)
    assert launched(attempt)
    assert len(Client().get("/relay/1.3/jwks.json").json()["keys"]) == 2


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_key_set_is_only_read(method):
    assert getattr(Client(), method)("/relay/1.3/jwks.json").status_code == 405


def test_a_claim_cannot_be_overwritten_by_a_custom_parameter():
    attempt = sit(make_world13())
    begun = begin(attempt)
    row = begun.row
    row.details["custom"] = {"iss": "https://evil.example.com", "sub": "somebody", "nonce": "x"}
    row.save()
    said = id_token.claims_of(row, find_tool(CLIENT_ID), "nonce-1")
    assert (said["iss"], said["sub"], said["nonce"]) == (ISSUER, attempt.learner.opaque_id, "nonce-1")
