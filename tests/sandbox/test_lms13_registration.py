"""A tool registers itself at the pretend LMS."""

import json
from typing import Any

import pytest
from django.test import Client

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.lms.lti13 import registration
from lti_bridge.sandbox.models import CourseLink, Lti13Tool
from tests.sandbox.peers import BRIDGE, LAUNCH, LMS, query_of

pytestmark = pytest.mark.django_db

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
DOCUMENT = {
    "client_name": "LTI Bridge",
    "initiate_login_uri": f"{BRIDGE}/lti/1.3/login",
    "redirect_uris": [LAUNCH],
    "jwks_uri": f"{BRIDGE}/lti/1.3/jwks.json",
    "token_endpoint_auth_method": "private_key_jwt",
    CONFIGURATION: {
        "domain": "127.0.0.1:8000",
        "target_link_uri": LAUNCH,
        "custom_parameters": {"former": "$Context.id.history"},
        "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": f"{LAUNCH}/choose"}],
    },
}


def token() -> str:
    return query_of(registration.start_url(f"{BRIDGE}/lti/1.3/register"))["registration_token"]


def register(lms: Client, given: str, document: Any = DOCUMENT) -> Any:
    headers = {"Authorization": f"Bearer {given}"}
    path = "/sandbox/lms/lti13/register"
    return lms.post(path, json.dumps(document), content_type="application/json", headers=headers)


def test_a_teacher_opens_the_tools_registration_page(lms: Client, course: CourseLink) -> None:
    lms.get("/sandbox/lms/enter/ines")
    assert f'value="{BRIDGE}/lti/1.3/register"' in lms.get("/sandbox/lms/tools").content.decode()
    page = lms.post("/sandbox/lms/tools", {"url": f"{BRIDGE}/lti/1.3/register?x=1"}).content.decode()
    assert (
        f'<iframe title="The tool\'s registration" src="{BRIDGE}/lti/1.3/register?x=1&amp;openid_configuration=' in page
    )


def test_the_configuration_says_where_everything_is(lms: Client) -> None:
    told = lms.get("/sandbox/lms/lti13/openid-configuration").json()
    assert told["issuer"] == LMS
    assert told["authorization_endpoint"] == f"{LMS}/lti13/auth"
    assert told["jwks_uri"] == f"{LMS}/lti13/certs"
    assert told["registration_endpoint"] == f"{LMS}/lti13/register"
    platform = told["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert {"type": "LtiDeepLinkingRequest"} in platform["messages_supported"]


def test_at_canvas_the_configuration_wants_the_token_too(lms: Client) -> None:
    faults.switch({"lms_manner": 1})
    path = "/sandbox/lms/lti13/openid-configuration"
    assert lms.get(path).status_code == 401
    assert lms.get(path, headers={"Authorization": f"Bearer {token()}"}).status_code == 200


def test_a_tool_that_registers_itself_is_there_beside_the_other_one(lms: Client, course: CourseLink) -> None:
    answer = register(lms, token()).json()
    tool = Lti13Tool.objects.get(client_id=answer["client_id"])
    assert Lti13Tool.objects.count() == 2
    assert answer[CONFIGURATION]["deployment_id"] == str(tool.pk)
    assert (tool.registered_itself, tool.redirect_uris, tool.target_link_uri) == (True, [LAUNCH], LAUNCH)
    assert tool.target_for("LtiDeepLinkingRequest") == f"{LAUNCH}/choose"
    lms.get("/sandbox/lms/enter/ines")
    assert b"registered itself" in lms.get("/sandbox/lms/tools").content


def test_a_registration_token_is_good_once(lms: Client) -> None:
    given = token()
    assert register(lms, given).status_code == 200
    assert register(lms, given).status_code == 401
    assert Lti13Tool.objects.count() == 1


@pytest.mark.parametrize("given", ["", "made-up"])
def test_without_a_token_nobody_registers(lms: Client, given: str) -> None:
    assert register(lms, given).status_code == 401
    assert not Lti13Tool.objects.exists()


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ([], "invalid_client_metadata"),
        (DOCUMENT | {"redirect_uris": []}, "invalid_redirect_uri"),
        (DOCUMENT | {"redirect_uris": ["javascript:1"]}, "invalid_redirect_uri"),
        (DOCUMENT | {"jwks_uri": ""}, "invalid_client_metadata"),
        (DOCUMENT | {"initiate_login_uri": None}, "invalid_client_metadata"),
        (DOCUMENT | {"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        (DOCUMENT | {CONFIGURATION: {}}, "invalid_client_metadata"),
        (DOCUMENT | {CONFIGURATION: "x"}, "invalid_client_metadata"),
    ],
    ids=[
        "no object",
        "no redirect",
        "script",
        "no keys",
        "no login",
        "a password",
        "no target",
        "no configuration",
    ],
)
def test_a_tool_that_cannot_be_used_is_not_registered(lms: Client, document: Any, error: str) -> None:
    response = register(lms, token(), document)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert not Lti13Tool.objects.exists()
