"""A browser's way through an LTI 1.3 launch: the login, then what the platform signs and has the browser post.

Tokens are signed with PyJWT alone, so that nothing here leans on the code under test.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.test import Client, RequestFactory

from lti_bridge.launch import lti13
from lti_bridge.launch.launch import Launch
from tests.world import FORM
from tests.world13 import CLAIM, CLIENT_ID, DEPLOYMENT_ID, DL, INES, ISSUER, Peer, claims, peer

LOGIN_PATH = "/lti/1.3/login"
LAUNCH_PATH = "/lti/1.3/launch"
TARGET = f"http://localhost:8000{LAUNCH_PATH}"
DEEP_LINK_RETURN_URL = f"{ISSUER}/mod/lti/contentitem_return.php?course=2"
SETTINGS = {
    "deep_link_return_url": DEEP_LINK_RETURN_URL,
    "accept_types": ["ltiResourceLink", "link"],
    "accept_presentation_document_targets": ["iframe", "window"],
    "accept_multiple": True,
    "auto_create": False,
    "data": "opaque & more",
}


def login_fields(**more: Any) -> dict[str, str]:
    """What Moodle sends at the beginning of a login; ``None`` leaves a field out."""
    told = {
        "iss": ISSUER,
        "target_link_uri": TARGET,
        "login_hint": "5",
        "lti_message_hint": '{"cmid":3,"launchid":"ltilaunch2_167002499"}',
        "client_id": CLIENT_ID,
        "lti_deployment_id": DEPLOYMENT_ID,
    } | more
    return {name: value for name, value in told.items() if value is not None}


def selection_claims(**more: Any) -> dict[str, Any]:
    """The claims of a deep linking request, by Ines."""
    told = {
        "message_type": "LtiDeepLinkingRequest",
        "resource_link": None,
        "role": "Instructor",
        "person": INES,
        f"{DL}deep_linking_settings": SETTINGS,
    }
    return claims(**(told | more))


@dataclass(frozen=True)
class Begun:
    """A login as the platform gets to know it."""

    url: str
    asked: dict[str, str]
    #: What the browser keeps of it.
    cookies: dict[str, str]

    @property
    def state(self) -> str:
        return self.asked["state"]

    @property
    def nonce(self) -> str:
        return self.asked["nonce"]


def begin(client: Client, **more: Any) -> Begun:
    """Begin a login in this browser, and see where it goes on."""
    response = client.post(LOGIN_PATH, urlencode(login_fields(**more)), content_type=FORM)
    assert response.status_code == 303, response.content.decode()
    return begun_at(response["Location"], {name: cookie.value for name, cookie in response.cookies.items()})


def begun_at(url: str, cookies: dict[str, str]) -> Begun:
    query = parse_qs(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return Begun(url, {name: values[0] for name, values in query.items()}, cookies)


def come_back(client: Client, begun: Begun, token: str, **more: Any) -> Any:
    """Post a token with the state of a login; further fields too, and headers by ``headers``."""
    headers = more.pop("headers", {})
    fields = {"state": begun.state, "id_token": token, **more}
    body = urlencode({name: value for name, value in fields.items() if value is not None})
    return client.post(LAUNCH_PATH, body, content_type=FORM, headers=headers)


def launch13(
    client: Client, told: dict[str, Any] | None = None, *, login: dict[str, Any] | None = None, by: Peer | None = None
) -> Any:
    """The whole way of one launch, as Alice unless ``told`` says otherwise; gives the response."""
    begun = begin(client, **(login or {}))
    everything = (claims() if told is None else told) | {"nonce": begun.nonce}
    if not login or "target_link_uri" not in login:
        return come_back(client, begun, (by or peer()).sign(everything))
    everything[f"{CLAIM}target_link_uri"] = login["target_link_uri"]
    return come_back(client, begun, (by or peer()).sign(everything))


def request_of(begun: Begun, token: str, **more: Any) -> HttpRequest:
    """The request of a browser that began this login and posts this token."""
    request = RequestFactory().post(LAUNCH_PATH, urlencode({"state": begun.state, "id_token": token}), FORM, **more)
    request.COOKIES.update(begun.cookies)
    return request


def verify(begun: Begun, told: dict[str, Any] | None = None, *, token: str | None = None) -> Launch:
    """What ``lti13.verify`` makes of these claims, signed by the platform, or of a token as it is."""
    everything = (claims() if told is None else told) | {"nonce": begun.nonce}
    launch = lti13.verify(request_of(begun, peer().sign(everything) if token is None else token))
    assert isinstance(launch, Launch)
    return launch
