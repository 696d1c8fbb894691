"""The other messages of LTI 1.3, from the platform's signature to the page that answers."""

from typing import Any

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from lti_bridge import signing_keys
from lti_bridge.models import Activity, LaunchRecord, Learner, LineItem, Lti13Registration, ResourceLink
from tests.forms import html_form
from tests.launches13 import DEEP_LINK_RETURN_URL, SETTINGS, launch13, selection_claims
from tests.world import World
from tests.world13 import AGS, ALICE, BOB, CLAIM, DL, INES, LINE_ITEM_URL, claims, make_registration

ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    signing_keys.forget_signers()
    return make_registration(world.platform)


def answered(client: Client, page: str) -> tuple[str, dict[str, Any]]:
    """Where a page posts its answer, and the claims of it, by the keys that we publish."""
    form = html_form(page)
    keys = KeySet.import_key_set(client.get("/lti/1.3/jwks.json").json())
    return form.action, dict(jwt.decode(form.fields["JWT"], keys, algorithms=["RS256"]).claims)


# --- deep linking ---------------------------------------------------------------------------


def test_a_teacher_chooses_and_the_lms_gets_the_link(client: Client) -> None:
    """T13-DL-01 to T13-DL-07: the whole way."""
    response = launch13(client, selection_claims())
    assert "Excel, basic" in client.get(response["Location"]).content.decode()
    page = client.post(response["Location"], {"activity": "excel-basic"}).content.decode()
    action, answer = answered(client, page)
    assert action == DEEP_LINK_RETURN_URL
    assert answer[f"{DL}data"] == SETTINGS["data"]
    assert [item["custom"] for item in answer[f"{DL}content_items"]] == [{"activity": "excel-basic"}]


@pytest.mark.parametrize("types", [["link", "file"], ["html"], []])
def test_an_lms_that_wants_no_links_is_told_so_where_it_waits(client: Client, types: list[str]) -> None:
    """T13-DL-08"""
    asked = selection_claims(**{f"{DL}deep_linking_settings": SETTINGS | {"accept_types": types}})
    response = launch13(client, asked)
    assert response.status_code == 200
    action, answer = answered(client, response.content.decode())
    assert action == DEEP_LINK_RETURN_URL
    assert "cannot be chosen here" in answer[f"{DL}msg"] and answer[f"{DL}log"].startswith("links_not_accepted ")
    assert (answer[f"{DL}content_items"], answer[f"{DL}data"]) == ([], SETTINGS["data"])
    record = LaunchRecord.objects.get()
    assert record.refused == "links_not_accepted"
    assert "https://lms.example.edu" in response["Content-Security-Policy"].partition("frame-ancestors")[2]
    assert not Learner.objects.exists()


def test_a_choice_whose_activity_is_not_there_is_answered_too(client: Client) -> None:
    response = launch13(client, selection_claims(custom={"activity": "nothing"}))
    _action, answer = answered(client, response.content.decode())
    assert "does not exist here" in answer[f"{DL}errormsg"] and answer[f"{DL}content_items"] == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/", ""])
def test_an_unsafe_return_address_gets_neither_form_nor_answer(client: Client, url: str) -> None:
    """T13-DL-13"""
    told = SETTINGS | {"deep_link_return_url": url, "accept_types": ["link"]}
    response = launch13(client, selection_claims(launch_presentation=None, **{f"{DL}deep_linking_settings": told}))
    assert 400 <= response.status_code < 500 and "<form" not in response.content.decode()


def test_a_deployment_that_waits_gets_no_signature_of_ours(client: Client, registration: Lti13Registration) -> None:
    registration.deployments.update(approved=False)
    asked = selection_claims(
        launch_presentation=None, **{f"{DL}deep_linking_settings": SETTINGS | {"accept_types": ["link"]}}
    )
    response = launch13(client, asked)
    assert response.status_code >= 400 and "JWT" not in response.content.decode()


# --- submission review ----------------------------------------------------------------------


def review(person: dict[str, str] = INES, about: str = "alice-1", **more: Any) -> dict[str, Any]:
    told = {"message_type": "LtiSubmissionReviewRequest", "for_user": {"user_id": about}}
    return claims(person, **({"role": "Instructor" if person is INES else "Learner"} | told | more))


@pytest.mark.parametrize("link", ["", None])
def test_a_teacher_gets_from_the_gradebook_to_the_learner_s_work(client: Client, link: None | str) -> None:
    """T13-SR-01, T13-SR-05"""
    launch13(client)
    more = {"resource_link": None} if link is None else {}
    page = client.get(launch13(client, review(**more))["Location"]).content.decode()
    assert "Alice Example" in page and "Attempt 1 made" in page


def test_a_learner_gets_to_their_own_work_and_to_nobody_else_s(client: Client) -> None:
    """T13-SR-02, T13-SR-03"""
    launch13(client)
    page = client.get(launch13(client, review(ALICE))["Location"], follow=True).content.decode()
    assert "Excel, basic" in page and "Your test is open" in page
    other = launch13(client, review(BOB, about="alice-1", launch_presentation=None))
    assert other.status_code == 403 and "Alice" not in other.content.decode()


def test_a_review_with_a_wrong_link_rebinds_nothing_and_moves_no_column(client: Client) -> None:
    """Canvas names a wrong resource link when it launches from its SpeedGrader."""
    launch13(client)
    launch13(client, claims(BOB, resource_link={"id": "link-2"}, **{f"{AGS}claim/endpoint": None}))
    before = set(ResourceLink.objects.values_list("resource_link_id", "activity", "bound_by"))
    for wrong in ("link-2", "never-seen"):
        told = review(resource_link={"id": wrong}, custom={"activity": "another"})
        page = client.get(launch13(client, told)["Location"]).content.decode()
        assert "Alice Example" in page
    assert set(ResourceLink.objects.values_list("resource_link_id", "activity", "bound_by")) == before
    assert LineItem.objects.get().resource_link.resource_link_id == "link-1"


def test_a_review_does_not_need_an_activity_that_is_still_switched_on(client: Client) -> None:
    launch13(client)
    Activity.objects.update(enabled=False)
    assert "Alice Example" in client.get(launch13(client, review())["Location"]).content.decode()


def test_a_strange_column_is_not_found(client: Client) -> None:
    """T13-SR-04"""
    launch13(client)
    endpoint = {"scope": [], "lineitem": f"{LINE_ITEM_URL}&other=1"}
    response = launch13(client, review(**{f"{AGS}claim/endpoint": endpoint}))
    assert client.get(response["Location"]).status_code == 404


# --- data privacy ---------------------------------------------------------------------------


def privacy(person: dict[str, str], about: str = "", **more: Any) -> dict[str, Any]:
    told = {"message_type": "LtiDataPrivacyLaunchRequest", "resource_link": None, "custom": None, "roles": []}
    return claims(person, **(told | ({"for_user": {"user_id": about}} if about else {}) | more))


def test_a_person_sees_and_erases_what_is_kept_about_them(client: Client) -> None:
    launch13(client)
    address = launch13(client, privacy(ALICE))["Location"]
    assert "What is kept about you" in client.get(address).content.decode()
    assert client.post(address, {"confirm": "Alice Example"}).status_code == 200
    assert not Learner.objects.exists() and not LaunchRecord.objects.exists()


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ([ADMINISTRATOR], True),
        ([f" {ADMINISTRATOR} "], True),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#SysAdmin"], True),
        (["Instructor"], False),
        ([], False),
        (["Learner"], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"], False),
        (["http://evil.example/vocab/lis/v2/institution/person#Administrator"], False),
        (["institution/person#Administrator"], False),
    ],
)
def test_only_those_who_administer_see_somebody_else_s(client: Client, roles: list[str], may: bool) -> None:
    """SEC-I3"""
    launch13(client)
    response = client.get(launch13(client, privacy(INES, "alice-1", roles=roles))["Location"])
    assert response.status_code == (200 if may else 403)
    assert ("What is kept about Alice Example" in response.content.decode()) is may


def test_an_administrator_of_the_institution_is_no_teacher_of_a_course(client: Client) -> None:
    launch13(client, claims(INES, roles=[ADMINISTRATOR]))
    record = LaunchRecord.objects.get()
    assert not record.is_instructor and "administers" not in record.details


def test_no_claim_of_the_message_is_kept_but_what_it_needs(client: Client) -> None:
    launch13(client, privacy(INES, "alice-1", roles=[ADMINISTRATOR]))
    details = LaunchRecord.objects.get().details
    assert details["about"] == "alice-1" and details["administers"] is True
    assert "line_item" not in details and CLAIM not in str(details)
