"""Login initiation: where an LTI 1.3 launch begins (LTI 1.3 §5.1.1, OpenID Connect third-party initiated login).

A platform sends the browser here, unsigned; we send it on to the platform's authorization endpoint, where the signed
launch comes from. Nothing of the request is believed: it picks a registration, and all else is echoed or compared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from lti_bridge.launch import forms, registrations13, state, targets
from lti_bridge.launch.addresses import frame_origins, web_address
from lti_bridge.launch.refusals import refuse
from lti_bridge.launch.state import State
from lti_bridge.models import Lti13Registration

_NEEDED = ("iss", "login_hint", "target_link_uri")
#: Canvas says ``deployment_id`` where the specification says ``lti_deployment_id``.
_NAMES = frozenset(
    (*_NEEDED, "lti_message_hint", "lti_deployment_id", "deployment_id", "client_id", "lti_storage_target")
)
_LARGEST = 64 * 1024
#: Longer hints than any LMS has would make addresses that no server takes.
_LONGEST = 4000
#: The name of a frame, or ``_parent``.
_STORAGE_TARGET = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True, slots=True)
class Login:
    """A login that goes on at ``url``. ``frame_origins``: who may show a page of ours on the way."""

    state: State
    registration: Lti13Registration
    url: str
    frame_origins: list[str]


def begin(request: HttpRequest) -> Login:
    """The login that a platform asks for, by GET or POST. Writes nothing. Raises ``LaunchRejected``."""
    fields = _read(request)
    registration = registrations13.find(fields["iss"], fields.get("client_id", ""))
    target = fields["target_link_uri"]
    if targets.activity_of(target) is None:
        raise refuse("target_unknown", key=registration.client_id, issuer=registration.issuer, detail="target_link_uri")
    begun = State(
        registration_id=registration.pk,
        nonce=state.new_nonce(),
        target_link_uri=target,
        deployment_id=fields.get("lti_deployment_id") or fields.get("deployment_id", ""),
        login_hint=fields["login_hint"],
        message_hint=fields.get("lti_message_hint"),
        storage_target=_storage_target(fields),
    )
    return Login(begun, registration, _authorization_url(registration, begun), origins_of(registration, request))


def origins_of(registration: Lti13Registration, request: HttpRequest) -> list[str]:
    """Who may frame the pages of a login: the platform, and the page that posted, which in clouds has another host."""
    told = (registration.issuer, registration.authorization_endpoint, request.META.get("HTTP_ORIGIN", ""))
    return frame_origins(told)


def again(registration: Lti13Registration, begun: State) -> dict[str, str]:
    """The fields with which the same login begins anew, in another window."""
    fields = {
        "iss": registration.issuer,
        "client_id": registration.client_id,
        "login_hint": begun.login_hint,
        "target_link_uri": begun.target_link_uri,
    }
    if begun.message_hint is not None:
        fields["lti_message_hint"] = begun.message_hint
    if begun.deployment_id:
        fields["lti_deployment_id"] = begun.deployment_id
    return fields


def redirect_uri() -> str:
    """The one address that platforms may post launches to."""
    return f"{settings.PUBLIC_ORIGIN}{reverse('lti13-launch')}"


def _read(request: HttpRequest) -> dict[str, str]:
    read = forms.posted if request.method == "POST" else forms.asked
    fields = read(request, _NAMES, most=_LARGEST)
    missing = [name for name in _NEEDED if not fields.get(name, "").strip()]
    if missing:
        raise refuse("login_incomplete", detail=" ".join(missing))
    too_long = [name for name, value in fields.items() if len(value) > _LONGEST]
    if too_long:
        raise refuse("too_large", detail=" ".join(too_long))
    return fields


def _storage_target(fields: Mapping[str, str]) -> str:
    target = fields.get("lti_storage_target", "")
    return target if _STORAGE_TARGET.fullmatch(target) else ""


def _authorization_url(registration: Lti13Registration, begun: State) -> str:
    """Where the platform signs the launch. The hints are echoed byte for byte."""
    endpoint = web_address(registration.authorization_endpoint)
    if not endpoint:
        raise refuse("endpoint_unusable", key=registration.client_id, issuer=registration.issuer)
    told = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": registration.client_id,
        "redirect_uri": redirect_uri(),
        "login_hint": begun.login_hint,
        "state": state.write(begun),
        "nonce": begun.nonce,
    }
    if begun.message_hint is not None:
        told["lti_message_hint"] = begun.message_hint
    parts = urlsplit(endpoint)
    # Blanks as %20: that is read the same by those who decode forms and by those who decode addresses.
    query = "&".join(filter(None, (parts.query, urlencode(told, quote_via=quote))))
    return parts._replace(query=query, fragment="").geturl()
