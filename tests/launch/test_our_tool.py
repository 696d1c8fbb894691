"""What LMSs are told of us, as a file and as a page."""

import pytest
from django.test import Client
from django.urls import set_script_prefix

from lti_bridge.launch import our_tool


def test_canvas_imports_our_configuration(client: Client) -> None:
    response = client.get("/lti/1.3/config.json")
    assert response["Content-Type"] == "application/json"
    told = response.json()
    assert told["title"] == "LTI Bridge" and told["description"]
    assert told["oidc_initiation_url"] == "http://localhost:8000/lti/1.3/login"
    assert told["target_link_uri"] == "http://localhost:8000/lti/1.3/launch"
    assert told["public_jwk_url"] == "http://localhost:8000/lti/1.3/jwks.json"
    assert len(told["scopes"]) == 5
    assert told["custom_fields"] == {"resource_link_id_history": "$ResourceLink.id.history"}
    (extension,) = told["extensions"]
    assert (extension["platform"], extension["privacy_level"]) == ("canvas.instructure.com", "public")
    placements = {each["placement"]: each["message_type"] for each in extension["settings"]["placements"]}
    assert placements == dict.fromkeys(("assignment_selection", "link_selection"), "LtiDeepLinkingRequest")


def test_no_parameter_of_ours_names_an_activity(client: Client) -> None:
    """A custom parameter of the whole tool would win over what each link says."""
    assert "activity" not in our_tool.CUSTOM


def test_the_values_to_copy_are_on_a_page_of_their_own(client: Client) -> None:
    response = client.get("/lti/1.3/config")
    page = response.content.decode()
    for value in (*our_tool.addresses(), "http://localhost:8000/lti/1.3/config.json", *our_tool.SCOPES):
        assert value in page or value.endswith(".svg")
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_below_a_path_our_addresses_have_it() -> None:
    set_script_prefix("/bridge/")
    try:
        told = our_tool.canvas_configuration()
    finally:
        set_script_prefix("/")
    assert told["target_link_uri"] == "http://localhost:8000/bridge/lti/1.3/launch"


@pytest.mark.parametrize("path", ["/lti/1.3/config", "/lti/1.3/config.json"])
def test_nobody_posts_to_what_is_told(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
