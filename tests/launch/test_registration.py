"""The configuration that LMSs import."""

from typing import Any
from xml.etree import ElementTree

from django.test import Client

NAMESPACES = {
    "": "http://www.imsglobal.org/xsd/imslticc_v1p0",
    "blti": "http://www.imsglobal.org/xsd/imsbasiclti_v1p0",
    "lticm": "http://www.imsglobal.org/xsd/imslticm_v1p0",
}


def test_the_cartridge_names_the_launch_address(client: Client, settings: Any) -> None:
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    response = client.get("/lti/1.1/config.xml")
    assert response.status_code == 200 and response["Content-Type"].startswith("application/xml")
    link = ElementTree.fromstring(response.content)
    assert link.tag == f"{{{NAMESPACES['']}}}cartridge_basiclti_link"
    for name in ("launch_url", "secure_launch_url"):
        assert link.findtext(f"blti:{name}", namespaces=NAMESPACES) == "https://bridge.example.edu/lti/1.1/launch"
    assert link.findtext("blti:title", namespaces=NAMESPACES) == "LTI Bridge"


def test_without_https_there_is_no_secure_address(client: Client) -> None:
    assert b"secure_launch_url" not in client.get("/lti/1.1/config.xml").content


def test_canvas_may_choose_content_with_it(client: Client) -> None:
    link = ElementTree.fromstring(client.get("/lti/1.1/config.xml").content)
    places = {
        options.get("name"): {each.get("name"): each.text for each in options}
        for options in link.findall("blti:extensions[@platform='canvas.instructure.com']/lticm:options", NAMESPACES)
    }
    assert set(places) == {"assignment_selection", "link_selection", "resource_selection"}
    assert all(place["message_type"] == "ContentItemSelectionRequest" for place in places.values())


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/lti/1.1/config.xml").status_code == 405
