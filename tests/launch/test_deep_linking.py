"""Answers of LTI 1.3 deep linking, read by a JOSE library that is not ours."""

import secrets
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from lti_bridge import signing_keys
from lti_bridge.errors import CannotOpen, LaunchRejected
from lti_bridge.launch import selection_answers
from lti_bridge.launch.launch import Selection
from lti_bridge.models import Activity, LaunchRecord
from lti_bridge.pages.access import grant
from tests import world13
from tests.forms import html_form
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

RETURN_URL = "https://lms.example.edu/mod/lti/contentitem_return.php?course=2"
DL = world13.DL
CLAIM = world13.CLAIM


@pytest.fixture
def world() -> World:
    signing_keys.forget_signers()  # those of another test went with its database
    world = make_world()
    world13.make_registration(world.platform)
    return world


def launched(world: World, *, instructor: bool = True, **selection: Any) -> LaunchRecord:
    """A deep linking launch, as its record tells it."""
    told = {
        "return_url": RETURN_URL,
        "data": "",
        "accepts_multiple": True,
        "accepts_line_item": None,
        "document_targets": ["iframe", "window"],
    }
    registration = world.platform.lti13.get()
    return LaunchRecord.objects.create(
        platform=world.platform,
        lti13=registration,
        deployment=registration.deployments.get(),
        nonce=secrets.token_hex(8),
        message_type="LtiDeepLinkingRequest",
        reference="3f2a-91bc-77d0",
        is_instructor=instructor,
        details={"locale": "en", "origins": [world13.ISSUER], "selection": told | selection},
        received_at=timezone.now(),
    )


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, when the key is in the key set that we publish."""
    keys = KeySet.import_key_set(signing_keys.key_set(signing_keys.Side.TOOL))
    found = jwt.decode(token, keys, algorithms=["RS256"])
    return dict(found.header), dict(found.claims)


def chosen(client: Client, record: LaunchRecord, **form: Any) -> dict[str, Any]:
    """Choose on the page; gives the claims of the answer that the browser carries to the LMS."""
    address = reverse("selection", kwargs={"access": grant(record)})
    page = client.post(address, {"activity": ["excel-basic"]} | form)
    form_there = html_form(page.content.decode())
    assert form_there.action == record.details["selection"]["return_url"]
    assert set(form_there.fields) == {"JWT"}
    return read(form_there.fields["JWT"])[1]


def another(world: World, **fields: Any) -> Activity:
    told = {"slug": "word", "title": "Word", "account": world.account, "action": "take_test"} | fields
    return Activity.objects.create(**told)


def test_the_choice_is_a_signed_response_with_every_claim(client: Client, world: World) -> None:
    """T13-DL-02, T13-DL-03, T13-DL-04, T13-DL-05, T13-DL-06"""
    before = int(time.time())
    claims = chosen(client, launched(world))
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{CLAIM}version"] == "1.3.0"
    assert claims[f"{CLAIM}deployment_id"] == world13.DEPLOYMENT_ID
    assert (claims["iss"], claims["aud"]) == (world13.CLIENT_ID, world13.ISSUER)
    assert before - 10 <= claims["iat"] <= time.time() < claims["exp"] <= claims["iat"] + 300
    assert len(claims["nonce"]) >= 20
    assert f"{DL}data" not in claims


def test_every_answer_has_a_nonce_of_its_own(client: Client, world: World) -> None:
    record = launched(world)
    assert chosen(client, record)["nonce"] != chosen(client, record)["nonce"]


def test_the_header_names_a_key_that_we_publish(world: World) -> None:
    """T13-DL-05"""
    _url, fields = selection_answers.answer(launched(world), Selection(RETURN_URL), [world.activity])
    header, _claims = read(fields["JWT"])
    assert header["alg"] == "RS256"
    assert header["kid"] in {key["kid"] for key in signing_keys.key_set(signing_keys.Side.TOOL)["keys"]}


def test_what_was_chosen_becomes_links_with_columns(client: Client, world: World) -> None:
    """T13-DL-07"""
    Activity.objects.update(description="Fifty questions <b>& more</b>")
    another(world)
    claims = chosen(client, launched(world), activity=["excel-basic", "word"])
    excel, word = claims[f"{DL}content_items"]
    assert excel == {
        "type": "ltiResourceLink",
        "title": "Excel, basic",
        "text": "Fifty questions <b>& more</b>",
        "url": "http://localhost:8000/lti/1.3/launch",
        "custom": {"activity": "excel-basic"},
        "lineItem": {"scoreMaximum": 100, "label": "Excel, basic", "resourceId": "excel-basic", "tag": "lti-bridge"},
        "window": {"targetName": "_blank"},
    }
    assert word["custom"] == {"activity": "word"} and "text" not in word


@pytest.mark.parametrize(
    ("targets", "there"), [(["window"], "window"), (["iframe"], "iframe"), (["embed"], ""), ([], "")]
)
def test_a_link_opens_where_the_lms_allows(client: Client, world: World, targets: list[str], there: str) -> None:
    (item,) = chosen(client, launched(world, document_targets=targets))[f"{DL}content_items"]
    assert {"window", "iframe"} & set(item) == ({there} if there else set())


def test_only_one_goes_to_an_lms_that_takes_one(client: Client, world: World) -> None:
    """T13-DL-09"""
    another(world)
    record = launched(world, accepts_multiple=False)
    assert len(chosen(client, record, activity=["excel-basic", "word"])[f"{DL}content_items"]) == 1
    _url, fields = selection_answers.answer(record, Selection(RETURN_URL), list(Activity.objects.all()))
    assert len(read(fields["JWT"])[1][f"{DL}content_items"]) == 1


@pytest.mark.parametrize(("accepts", "column"), [(True, True), (None, True), (False, False)])
def test_a_column_is_asked_for_unless_the_lms_makes_none(client: Client, world: World, accepts, column: bool) -> None:
    """T13-DL-10"""
    record = launched(world, accepts_line_item=accepts)
    page = client.get(reverse("selection", kwargs={"access": grant(record)})).content.decode()
    assert ("grades will not appear there" in page) is not column
    (item,) = chosen(client, record)[f"{DL}content_items"]
    assert ("lineItem" in item) is column


def test_what_gives_no_grade_asks_for_no_column(client: Client, world: World) -> None:
    another(world, slug="results", title="Results", action="view_results")
    results, excel = sorted(
        chosen(client, launched(world), activity=["results", "excel-basic"])[f"{DL}content_items"],
        key=lambda item: item["custom"]["activity"],
        reverse=True,
    )
    assert "lineItem" not in results and "lineItem" in excel


def test_cancelling_goes_back_with_nothing(client: Client, world: World) -> None:
    """T13-DL-11"""
    claims = chosen(client, launched(world, data="d"), cancel="yes")
    assert claims[f"{DL}content_items"] == []
    assert claims[f"{DL}data"] == "d"


@pytest.mark.parametrize(
    "data", ["opaque & more", "é=%26;\"'<script>\\ \u202e 😀" * 200, "x" * 10_240, " lead and trail ", '{"a": 1}']
)
def test_data_comes_back_letter_by_letter(client: Client, world: World, data: str) -> None:
    """T13-DL-12"""
    assert chosen(client, launched(world, data=data))[f"{DL}data"] == data


@pytest.mark.parametrize(
    "url", ["http://lms.example.edu/return", "javascript:alert(1)", "", "//lms.example.edu/x", "https://a@b.example/"]
)
def test_no_form_leads_to_an_unsafe_address(client: Client, world: World, url: str, settings) -> None:
    """T13-DL-13: whatever the launch let in."""
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    record = launched(world, return_url=url)
    page = client.post(reverse("selection", kwargs={"access": grant(record)}), {"activity": "excel-basic"}, secure=True)
    assert page.status_code == 422
    assert "<form" not in page.content.decode()


def test_a_learner_chooses_nothing(client: Client, world: World) -> None:
    """T13-DL-14"""
    record = launched(world, instructor=False)
    address = reverse("selection", kwargs={"access": grant(record)})
    assert client.get(address).status_code == 403
    assert client.post(address, {"activity": "excel-basic"}).status_code == 403


def test_the_form_works_without_a_script(client: Client, world: World) -> None:
    """T13-DL-02"""
    record = launched(world)
    page = client.post(reverse("selection", kwargs={"access": grant(record)}), {"activity": "excel-basic"})
    assert "data-submits-itself" in page.content.decode() and "<button" in page.content.decode()
    assert "https://lms.example.edu" in page["Content-Security-Policy"].partition("form-action")[2]
    assert "https://lms.example.edu" in page["Content-Security-Policy"].partition("frame-ancestors")[2]


def test_a_refused_request_is_answered_with_the_reason(world: World) -> None:
    """T13-DL-08"""
    why = CannotOpen("activity_not_available", "This does not exist here.")
    url, fields = selection_answers.refusal(launched(world), Selection(RETURN_URL, "d"), why, log="code 3f2a")
    _header, claims = read(fields["JWT"])
    assert url == RETURN_URL
    assert claims[f"{DL}errormsg"] == "This does not exist here."
    assert (claims[f"{DL}errorlog"], claims[f"{DL}data"], claims[f"{DL}content_items"]) == ("code 3f2a", "d", [])


def test_a_deployment_that_is_gone_gets_no_answer(world: World) -> None:
    record = launched(world)
    record.deployment.delete()
    record.refresh_from_db()
    for attempt in (
        lambda: selection_answers.answer(record, Selection(RETURN_URL), [world.activity]),
        lambda: selection_answers.refusal(record, Selection(RETURN_URL), CannotOpen("x"), log=""),
    ):
        with pytest.raises(LaunchRejected):
            attempt()


def test_lti_11_is_answered_in_its_own_words(world: World) -> None:
    record = LaunchRecord.objects.create(
        platform=world.platform, lti11=world.lti11, nonce="n", reference="r", received_at=timezone.now()
    )
    _url, fields = selection_answers.answer(record, Selection(RETURN_URL), [world.activity])
    assert fields["lti_message_type"] == "ContentItemSelection" and '"lineItem"' in fields["content_items"]
    ungraded = [world.activity]
    _url, fields = selection_answers.answer(record, Selection(RETURN_URL), [world.activity], ungraded=ungraded)
    assert '"lineItem"' not in fields["content_items"]
    _url, fields = selection_answers.refusal(record, Selection(RETURN_URL), CannotOpen("x", "No."), log="l")
    assert fields["lti_errormsg"] == "No."
