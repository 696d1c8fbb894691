"""What the pretend LMS sends as an LTI 1.3 platform: login initiation, and id_tokens as Moodle makes them."""

import json
import time
from typing import Any

import pytest
from django.test import Client

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.models import CourseLink, LineItem, Lti13Launch, Lti13Tool
from tests.forms import html_form
from tests.sandbox.peers import AGS, CLAIM, DL, LAUNCH, LMS, MEMBERSHIP, NRPS, Launches

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(course: CourseLink) -> CourseLink:
    """A link that is launched by LTI 1.3, in a frame."""
    return CourseLink.objects.get(title="Python, basic")


@pytest.fixture
def tool(link: CourseLink, lms: Client) -> Launches:
    """The tool, in the browser of Alice, who is logged in at the LMS."""
    lms.get("/sandbox/lms/enter/alice")
    return Launches(lms)


@pytest.fixture
def path(link: CourseLink) -> str:
    return f"/sandbox/lms/links/{link.pk}/launch"


def test_a_launch_begins_as_moodles_do(tool: Launches, link: CourseLink, path: str) -> None:
    login = tool.begin(path)
    hint = json.loads(login.pop("lti_message_hint"))
    assert hint["cmid"] == link.pk
    assert login == {
        "iss": LMS,
        "target_link_uri": LAUNCH,
        "login_hint": "5",
        "client_id": "bridge-at-greendale",
        "lti_deployment_id": str(Lti13Tool.objects.get().pk),
    }


def test_the_claims_are_moodles(tool: Launches, link: CourseLink, path: str) -> None:
    claims = tool.claims(f"{path}?framed")
    item = LineItem.objects.get(link=link)
    assert (claims["iss"], claims["aud"], claims["sub"], claims["nonce"]) == (
        LMS,
        "bridge-at-greendale",
        "5",
        "nonce-1",
    )
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time.time()) < 5
    assert claims[f"{CLAIM}message_type"] == "LtiResourceLinkRequest"
    assert claims[f"{CLAIM}version"] == "1.3.0"
    assert claims[f"{CLAIM}deployment_id"] == str(link.tool_id)
    assert claims[f"{CLAIM}roles"] == [f"{MEMBERSHIP}Learner"]
    assert claims[f"{CLAIM}resource_link"]["id"] == str(link.pk)
    assert claims[f"{CLAIM}custom"]["activity"] == "python-basic"
    assert claims[f"{CLAIM}launch_presentation"]["document_target"] == "iframe"
    services = "http://127.0.0.2:8001/sandbox/lms/services"
    assert claims[f"{AGS}claim/endpoint"]["lineitems"] == f"{services}/42/lineitems?type_id={link.tool_id}"
    assert claims[f"{AGS}claim/endpoint"]["lineitem"].endswith(
        f"/42/lineitems/{item.pk}/lineitem?type_id={link.tool_id}"
    )
    assert claims[f"{NRPS}claim/namesroleservice"]["service_versions"] == ["1.0", "2.0"]
    assert "lis_result_sourcedid" in claims["https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"]
    assert claims["name"] == "Alice Martin"


def test_a_second_column_of_a_link_hides_both(tool: Launches, link: CourseLink, path: str) -> None:
    LineItem.objects.create(tool=link.tool, link=link, label="Another one")
    assert "lineitem" not in tool.claims(path)[f"{AGS}claim/endpoint"]


def test_the_answer_goes_to_the_tool_with_its_state(tool: Launches, path: str) -> None:
    url, fields = tool.answer(tool.request(tool.begin(path)))
    assert (url, fields["state"]) == (LAUNCH, '<state "1">')


def test_a_launch_is_good_once(tool: Launches, path: str) -> None:
    request = tool.request(tool.begin(path))
    assert "id_token" in tool.answer(request)[1]
    assert tool.answer(request)[1]["error"] == "invalid_request"


def test_open_edx_lets_a_launch_begin_anew(tool: Launches, path: str) -> None:
    faults.switch({"lms_manner": 2})
    request = tool.request(tool.begin(path))
    assert "id_token" in tool.answer(request)[1]
    assert "id_token" in tool.answer(request)[1]


def test_two_windows_do_not_get_in_each_others_way(tool: Launches, path: str) -> None:
    first, second = tool.begin(path), tool.begin(path)
    assert "id_token" in tool.answer(tool.request(second))[1]
    assert "id_token" in tool.answer(tool.request(first))[1]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "email"}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"lti_message_hint": "{}"}, "invalid_request"),
        ({"lti_message_hint": "made up"}, "invalid_request"),
        ({"login_hint": "6"}, "access_denied"),
    ],
)
def test_a_request_that_is_not_ltis_gets_an_error(
    tool: Launches, path: str, changes: dict[str, str], error: str
) -> None:
    url, fields = tool.answer(tool.request(tool.begin(path), **changes))
    assert (url, fields["error"], fields["state"]) == (LAUNCH, error, '<state "1">')
    assert "id_token" not in fields


@pytest.mark.parametrize("changes", [{"client_id": "nobody"}, {"redirect_uri": f"{LAUNCH}/x"}], ids=["client", "uri"])
def test_nobody_unknown_is_sent_anything(tool: Launches, path: str, changes: dict[str, str]) -> None:
    response = tool.lms.get("/sandbox/lms/lti13/auth", tool.request(tool.begin(path), **changes))
    assert response.status_code == 400
    assert b"<form" not in response.content


def test_without_its_cookie_the_lms_asks_itself_once_more_and_then_says_so(tool: Launches, path: str) -> None:
    request = tool.request(tool.begin(path))
    stranger = Client(HTTP_HOST="127.0.0.2:8001")
    again = html_form(stranger.get("/sandbox/lms/lti13/auth", request).content.decode())
    assert again.action == f"{LMS}/lti13/auth"
    assert again.fields == request | {"repost": "1"}
    # The same form in the browser where Alice is logged in.
    assert "id_token" in html_form(tool.lms.post("/sandbox/lms/lti13/auth", again.fields).content.decode()).fields
    refused = html_form(stranger.post("/sandbox/lms/lti13/auth", again.fields).content.decode())
    assert refused.fields["error"] == "login_required"


def test_a_launch_belongs_to_the_browser_it_began_in(tool: Launches, path: str) -> None:
    request = tool.request(tool.begin(path))
    other = Client(HTTP_HOST="127.0.0.2:8001")
    other.get("/sandbox/lms/enter/alice")
    assert Launches(other).answer(request)[1]["error"] == "access_denied"
    assert Lti13Launch.objects.get().used_at is None


# --- the other messages -----------------------------------------------------------------------


def test_a_teacher_chooses_content(tool: Launches, link: CourseLink) -> None:
    tool.lms.get("/sandbox/lms/enter/ines")
    claims = tool.claims(f"/sandbox/lms/tools/{link.tool_id}/select")
    settings = claims[f"{DL}deep_linking_settings"]
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingRequest"
    assert f"{CLAIM}resource_link" not in claims
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["deep_link_return_url"].startswith(f"{LMS}/lti13/selected?id=")
    assert "data" not in settings


def test_other_lms_send_data_along(tool: Launches, link: CourseLink) -> None:
    faults.switch({"lms_manner": 1})
    tool.lms.get("/sandbox/lms/enter/ines")
    claims = tool.claims(f"/sandbox/lms/tools/{link.tool_id}/select")
    assert claims[f"{DL}deep_linking_settings"]["accept_lineitem"] is True
    assert "ä & <b>+%2B</b>" in claims[f"{DL}deep_linking_settings"]["data"]
    assert claims[f"{CLAIM}tool_platform"]["product_family_code"] == "canvas"


def test_a_teacher_reviews_somebodys_work_from_the_gradebook(tool: Launches, link: CourseLink) -> None:
    tool.lms.get("/sandbox/lms/enter/ines")
    claims = tool.claims(f"/sandbox/lms/links/{link.pk}/review/bob")
    assert claims[f"{CLAIM}message_type"] == "LtiSubmissionReviewRequest"
    assert (claims["sub"], claims[f"{CLAIM}for_user"]["user_id"]) == ("2", "6")
    assert "lineitem" in claims[f"{AGS}claim/endpoint"]


def test_a_review_goes_where_the_tool_wants_it(tool: Launches, link: CourseLink) -> None:
    LineItem.objects.filter(link=link).update(review={"reviewableStatus": [], "url": f"{LAUNCH}/review"})
    assert tool.begin(f"/sandbox/lms/links/{link.pk}/review/alice")["target_link_uri"] == f"{LAUNCH}/review"


def test_students_review_their_own_work_alone(tool: Launches, link: CourseLink) -> None:
    assert tool.claims(f"/sandbox/lms/links/{link.pk}/review/alice")[f"{CLAIM}for_user"]["user_id"] == "5"
    assert tool.lms.get(f"/sandbox/lms/links/{link.pk}/review/bob")["Location"] == "/sandbox/lms/"


def test_data_privacy_is_asked_for_by_somebody_who_looks_after_the_lms(tool: Launches, link: CourseLink) -> None:
    tool.lms.get("/sandbox/lms/enter/ines")
    claims = tool.claims(f"/sandbox/lms/tools/{link.tool_id}/privacy/chloe")
    assert claims[f"{CLAIM}message_type"] == "LtiDataPrivacyLaunchRequest"
    assert claims[f"{CLAIM}for_user"]["user_id"] == "7"
    assert any(role.endswith("institution/person#Administrator") for role in claims[f"{CLAIM}roles"])


@pytest.mark.parametrize("path", ["tools", "tools/1/select", "tools/1/privacy/alice"])
def test_students_have_no_business_with_tools(tool: Launches, path: str) -> None:
    assert tool.lms.get(f"/sandbox/lms/{path}")["Location"] == "/sandbox/lms/"


# --- faults -----------------------------------------------------------------------------------


def test_its_clock_can_be_wrong(tool: Launches, path: str) -> None:
    faults.switch({"lms_clock_skew": 900})
    assert 890 < tool.claims(path)["iat"] - time.time() < 910


def test_its_id_token_can_be_late(tool: Launches, path: str) -> None:
    faults.switch({"lms_token_expired": 100})
    assert tool.claims(path)["exp"] < time.time() - 3000


@pytest.mark.parametrize(
    ("fault", "claim", "right"),
    [("lms_wrong_nonce", "nonce", "nonce-1"), ("lms_wrong_audience", "aud", "bridge-at-greendale")],
)
def test_its_id_token_can_be_for_somebody_else(tool: Launches, path: str, fault: str, claim: str, right: str) -> None:
    faults.switch({fault: 100})
    assert tool.claims(path)[claim] != right


def test_its_key_can_be_another_one_from_one_moment_to_the_next(tool: Launches, path: str) -> None:
    before = tool.lms.get("/sandbox/lms/lti13/certs").json()["keys"]
    faults.switch({"lms_keys_rotated": 100})
    assert tool.claims(path)["sub"] == "5"
    assert [each["kid"] for each in tool.lms.get("/sandbox/lms/lti13/certs").json()["keys"]] != [before[0]["kid"]]


def test_its_key_set_can_be_down(lms: Client) -> None:
    faults.switch({"lms_keys_down": 100})
    assert lms.get("/sandbox/lms/lti13/certs").status_code == 503


def test_it_offers_to_keep_data_when_it_is_told_to(tool: Launches, path: str) -> None:
    faults.switch({"lms_offers_storage": 100})
    login = tool.begin(path)
    assert login["lti_storage_target"] == "_parent"
    assert tool.answer(tool.request(login))[1]["lti_storage_target"] == "_parent"


def test_the_page_around_a_frame_knows_whom_to_answer(tool: Launches, link: CourseLink) -> None:
    page = tool.lms.get(f"/sandbox/lms/links/{link.pk}").content.decode()
    assert 'data-origins="http://127.0.0.1:8000 http://127.0.0.3:8002"' in page
    assert "data-silent" not in page
    faults.switch({"lms_storage_silent": 100})
    assert "data-silent" in tool.lms.get(f"/sandbox/lms/links/{link.pk}").content.decode()


def test_every_link_opens_in_a_frame_too(tool: Launches, course: CourseLink) -> None:
    link: Any = CourseLink.objects.get(title="Access, basic")
    page = tool.lms.get(f"/sandbox/lms/links/{link.pk}/framed").content.decode()
    assert f'src="/sandbox/lms/links/{link.pk}/launch?framed"' in page
