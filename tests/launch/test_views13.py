"""What a browser gets at the end of an LTI 1.3 launch."""

from typing import Any

import jwt
import pytest
from django.test import Client

from lti_bridge import signing_keys
from lti_bridge.models import (
    Activity,
    Attempt,
    AttemptState,
    Cell,
    LaunchRecord,
    Learner,
    LineItem,
    Lti13Registration,
    ResourceLink,
)
from tests.launches13 import LAUNCH_PATH, TARGET, begin, come_back, launch13, selection_claims
from tests.world import World, signed_launch
from tests.world13 import ALICE, BOB, INES, ISSUER, LINE_ITEM_URL, MEMBERSHIPS_URL, claims, make_registration, peer


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def page_of(response: Any) -> str:
    """The page of ours that a response leads to."""
    assert response.status_code == 303, response.content.decode()
    _nothing, inside, _access, page = response["Location"].split("/")
    assert inside == "inside"
    return str(page)


def test_a_learner_gets_to_the_test(client: Client) -> None:
    """T13-OK-01."""
    response = launch13(client)
    assert response.status_code == 200 and "provider.example.net" in response.content.decode()
    assert Attempt.objects.get().learner.user_id == "alice-1"
    cell = Cell.objects.get()
    assert cell.line_item and cell.line_item.url == LINE_ITEM_URL
    assert ResourceLink.objects.get().context.memberships_url == MEMBERSHIPS_URL


def test_a_learner_who_has_finished_sees_the_result_first(client: Client) -> None:
    launch13(client)
    Attempt.objects.update(state=AttemptState.GRADED)
    assert page_of(launch13(client)) == "learner"


def test_a_teacher_gets_to_the_roster(client: Client) -> None:
    """T13-OK-01."""
    response = launch13(client, claims(INES, role="Instructor"))
    assert page_of(response) == "roster"
    assert response["Referrer-Policy"] == "no-referrer" and response["Cache-Control"] == "no-store"
    assert LineItem.objects.get().url == LINE_ITEM_URL and not Cell.objects.exists()
    assert client.get(response["Location"]).status_code == 200


def test_a_teacher_chooses_what_a_new_link_opens(client: Client) -> None:
    assert page_of(launch13(client, claims(INES, role="Instructor", custom=None))) == "activity"


def test_a_learner_and_teacher_at_once_is_shown_and_not_graded(client: Client) -> None:
    """T13-OK-02."""
    assert page_of(launch13(client, claims(roles=["Learner", "Instructor"]))) == "roster"
    assert not Cell.objects.exists()


@pytest.mark.parametrize(
    "roles",
    [
        [],
        [""],
        ["http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper"],
        ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"],
        ["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"],
    ],
)
def test_without_a_role_there_is_a_page_that_explains(client: Client, roles: list[str]) -> None:
    """T13-OK-04, T13-OK-05: a valid launch, and never a teacher's."""
    response = launch13(client, claims(roles=roles))
    assert response.status_code == 200
    assert "Your role in the course gives no access here." in response.content.decode()
    assert f"frame-ancestors 'self' {ISSUER}" in response["Content-Security-Policy"]
    assert LaunchRecord.objects.get().refused == "no_role"
    assert not Learner.objects.exists() and not ResourceLink.objects.exists()


@pytest.mark.parametrize("query", ["?activity=excel-basic", ""])
def test_the_target_names_what_opens(client: Client, query: str) -> None:
    login = {"target_link_uri": TARGET + query}
    response = launch13(client, claims(custom=None), login=login)
    assert response.status_code == (200 if query else 422)
    if query:
        assert ResourceLink.objects.get().bound_by == ResourceLink.BoundBy.PATH


def test_a_link_that_was_moved_from_lti_1_1_opens_what_it_opened(client: Client) -> None:
    login = {"target_link_uri": "http://localhost:8000/lti/1.1/launch/excel-basic"}
    assert launch13(client, claims(custom=None), login=login).status_code == 200


def test_an_activity_that_is_not_there_is_said(client: Client) -> None:
    response = launch13(client, claims(custom={"activity": "nothing"}))
    assert response.status_code == 422 and "does not exist here" in response.content.decode()
    assert LaunchRecord.objects.get().refused == "activity_not_available"


@pytest.mark.parametrize(
    "told",
    [
        {"given_name": None, "family_name": None, "name": None},
        {"email": None},
        {"context": None},
    ],
)
def test_little_is_enough_for_a_page_or_a_clear_sentence(client: Client, told: dict[str, Any]) -> None:
    """T13-OK-06 to T13-OK-09."""
    response = launch13(client, claims(**told))
    assert response.status_code in (200, 422)
    assert page_of(launch13(client, claims(INES, role="Instructor", **told))) == "roster"


def test_a_choice_of_content_has_its_page(client: Client) -> None:
    """T13-DL-01."""
    assert page_of(launch13(client, selection_claims())) == "selection"
    assert not ResourceLink.objects.exists()


def test_a_learner_chooses_nothing(client: Client) -> None:
    """T13-DL-14."""
    response = launch13(client, selection_claims(role="Learner", launch_presentation=None))
    assert response.status_code == 403 and "Only teachers can choose" in response.content.decode()


def test_each_person_and_link_has_its_own_cell_in_one_column_each(client: Client) -> None:
    for link in ("link-1", "link-2"):
        for person in (ALICE, BOB):
            launch13(client, claims(person, resource_link={"id": link}))
    assert Cell.objects.count() == 4 and LineItem.objects.count() == 2


def test_the_same_e_mail_is_not_the_same_person(client: Client) -> None:
    """SEC-I1."""
    launch13(client)
    launch13(client, claims(ALICE | {"sub": "mallory-9"}))
    assert Learner.objects.filter(email="alice@example.edu").count() == 2


def test_a_person_is_the_same_by_both_versions_where_the_platform_calls_them_the_same(client: Client) -> None:
    """Moodle does."""
    signed_launch(client, path="/lti/1.1/launch/excel-basic")
    launch13(client)
    assert Learner.objects.count() == 1 and ResourceLink.objects.count() == 1 and Attempt.objects.count() == 1


def test_no_session_is_made(client: Client) -> None:
    """SEC-S6, SEC-S7: there is none to fix, steal or mix up."""
    response = launch13(client)
    assert "sessionid" not in client.cookies and "sessionid" not in response.cookies


def test_an_error_is_in_the_language_of_the_launch(client: Client, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    told = claims(custom={"activity": "nothing"}, launch_presentation={"locale": "de_kids"})
    assert 'lang="de' in launch13(client, told).content.decode()


def test_markup_in_claims_is_shown_as_text(client: Client) -> None:
    """SEC-B5."""
    evil = "<script>alert(1)</script>"
    Activity.objects.update(title=evil)
    told = {"name": evil, "context": {"id": "c", "title": evil}, "resource_link": {"id": "r", "title": evil}}
    assert evil not in launch13(client, claims(**told)).content.decode()
    roster = launch13(client, claims(INES | {"name": evil}, role="Instructor"))
    assert evil not in client.get(roster["Location"]).content.decode()


def test_switching_a_deployment_off_closes_the_pages_it_opened(client: Client) -> None:
    """T13-BAD-39."""
    roster = launch13(client, claims(INES, role="Instructor"))["Location"]
    assert client.get(roster).status_code == 200
    Lti13Registration.objects.update(enabled=False)
    assert client.get(roster).status_code == 403


def test_opening_the_address_by_hand_says_where_it_opens(client: Client) -> None:
    response = client.get(LAUNCH_PATH)
    assert response.status_code == 405 and response["Allow"] == "POST"
    assert "Open the link in your course." in response.content.decode()


def test_a_launch_of_a_known_person_costs_three_statements(client: Client, django_assert_num_queries: Any) -> None:
    """The deployment with all that hangs on it, what is known, and the launch record.

    The login before it costs none, when one of the same platform was there just now.
    """
    launch13(client)
    with django_assert_num_queries(0):
        begun = begin(client)
    token = peer().sign(claims(nonce=begun.nonce))
    with django_assert_num_queries(3) as queries:
        assert come_back(client, begun, token).status_code == 200
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT", "SELECT", "INSERT"]


def test_platforms_read_the_keys_that_we_sign_with(client: Client) -> None:
    response = client.get("/lti/1.3/jwks.json")
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == f"public, max-age={signing_keys.CACHE_SECONDS}"
    signer = signing_keys.signer(signing_keys.Side.TOOL)
    keys = {key["kid"]: key for key in response.json()["keys"]}
    assert set(keys[signer.kid]) == {"kty", "kid", "alg", "use", "n", "e"}
    token = jwt.encode({"iss": "us"}, signer.key, algorithm="RS256")
    assert jwt.decode(token, jwt.PyJWK(keys[signer.kid]).key, algorithms=["RS256"]) == {"iss": "us"}
    assert client.post("/lti/1.3/jwks.json").status_code == 405
