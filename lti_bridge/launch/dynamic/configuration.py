"""What an LMS says of itself (its OpenID configuration, LTI Dynamic Registration 1.0 §3.4): fetched and judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult

from django.utils.translation import gettext_lazy as _

from lti_bridge import address_guard, http, registration_rules, strict_json
from lti_bridge.address_guard import AddressProblem
from lti_bridge.errors import RegistrationRefused, Text
from lti_bridge.launch import our_tool
from lti_bridge.launch.addresses import split_web_address

_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
_MAX_BYTES = 256 * 1024
_LONGEST_ISSUER = 500
#: Seconds to fetch the configuration, and for each look into DNS.
_SECONDS = 10.0
_DNS_SECONDS = 3.0

_INCOMPLETE = _("The configuration of the LMS is incomplete.")
BY_HAND = _("Register it by hand, or ask the people who look after your LMS.")


@dataclass(frozen=True, slots=True)
class Configuration:
    """An LMS as it describes itself, found fit.

    ``audience``: what access tokens are asked for, empty for the token endpoint. ``messages``: each type it sends, with
    the placements it has for it, spelt as it spells them.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    audience: str
    family_code: str
    scopes: tuple[str, ...]
    messages: Mapping[str, tuple[str, ...]]


def fetch(url: str, token: str) -> Configuration:
    """The configuration at an address that an LMS gave. ``token``: its registration token, empty if it gave none.

    Raises ``RegistrationRefused``; none of its words come from the LMS.
    """
    place = split_web_address(url)
    if place is None:
        raise _refused("configuration_address", _("The LMS gave an address that cannot be used."))
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = http.get(url.strip(), headers=headers, timeout=(5, 5), deadline=_SECONDS, max_bytes=_MAX_BYTES)
    except http.HttpProblem as problem:
        raise _refused(
            "configuration_unreachable", _("The configuration of the LMS could not be fetched."), problem.code
        ) from None
    if answer.status != 200:
        raise _refused("configuration_not_given", _("The LMS did not give its configuration."), f"HTTP {answer.status}")
    try:
        document = strict_json.read_object(answer.body)
    except ValueError:
        raise _refused("configuration_unreadable", _("The configuration of the LMS cannot be read.")) from None
    return read(document, place)


def read(document: Mapping[str, Any], place: SplitResult) -> Configuration:
    """What a configuration says. ``place``: where it was found. Raises ``RegistrationRefused``."""
    about = document.get(_PLATFORM)
    about = about if isinstance(about, dict) else {}
    issuer = _issuer(document, place)
    endpoints = {name: _endpoint(document, name) for name in _ENDPOINTS}
    audience = _audience(document)
    if wrong := registration_rules.problems_of({"issuer": issuer, "token_audience": audience, **endpoints}):
        raise _refused("configuration_incomplete", _INCOMPLETE, " ".join(wrong))
    messages = _messages(about)
    _refuse_what_cannot_work(document, messages)
    return Configuration(
        issuer=issuer,
        **endpoints,
        audience=audience,
        family_code=_text(about, "product_family_code").lower(),
        scopes=tuple(_strings(document, "scopes_supported")),
        messages=messages,
    )


def _issuer(document: Mapping[str, Any], place: SplitResult) -> str:
    """The issuer, kept letter by letter; it lives where its configuration does (§3.4.1), or somebody speaks for it."""
    issuer = _text(document, "issuer")
    parts = split_web_address(issuer)
    if parts is None or issuer != issuer.strip() or len(issuer) > _LONGEST_ISSUER or parts.query or parts.fragment:
        raise _refused("configuration_incomplete", _INCOMPLETE, "issuer")
    if _host(parts) != _host(place):
        raise _refused(
            "issuer_elsewhere",
            _("The configuration speaks for another site than the one it comes from, so it is not believed."),
            parts.hostname or "",
        )
    return issuer


def _endpoint(document: Mapping[str, Any], name: str) -> str:
    """An address of the LMS that we may call: by https, on a public host. Looked up, not called."""
    url = _text(document, name)
    parts = split_web_address(url)
    if parts is None or url != url.strip() or parts.fragment:
        raise _refused("configuration_incomplete", _INCOMPLETE, name)
    encrypted = parts.scheme == "https"
    port = parts.port or (443 if encrypted else 80)
    try:
        address_guard.resolve(parts.hostname or "", port, seconds=_DNS_SECONDS, encrypted=encrypted)
    except AddressProblem as problem:
        raise _refused(
            "endpoint_forbidden",
            _("The configuration of the LMS names an address that must not be called from here."),
            f"{name} {problem.code}",
        ) from None
    return url


def _refuse_what_cannot_work(document: Mapping[str, Any], messages: Mapping[str, object]) -> None:
    """Refuse an LMS that lacks what every LTI 1.3 launch or service here needs."""
    # Not every LMS says what a tool may sign with; what it signs with itself, it must.
    ours = _strings(document, "token_endpoint_auth_signing_alg_values_supported", absent=["RS256"])
    there = {
        "private_key_jwt": _strings(document, "token_endpoint_auth_methods_supported"),
        "RS256": set(ours) & set(_strings(document, "id_token_signing_alg_values_supported")),
        our_tool.LAUNCH: messages,
    }
    lacking = [name for name, listed in there.items() if name not in listed]
    if lacking:
        raise _refused("cannot_work_together", _("The LMS does not support what is needed here."), " ".join(lacking))


def _messages(about: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    listed = about.get("messages_supported")
    found: dict[str, tuple[str, ...]] = {}
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and isinstance(each.get("type"), str):
            found[each["type"]] = tuple(_strings(each, "placements"))
    return found


def _audience(document: Mapping[str, Any]) -> str:
    """What tokens are asked for, where it is an address. Canvas writes the bare name of a host, and wants another."""
    named = _text(document, "authorization_server")
    return named if split_web_address(named) and named != _text(document, "token_endpoint") else ""


def _host(parts: SplitResult) -> tuple[str, int]:
    return (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _strings(values: Mapping[str, Any], name: str, *, absent: Sequence[str] = ()) -> list[str]:
    listed = values.get(name, list(absent))
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _refused(code: str, sentence: Text, detail: str = "") -> RegistrationRefused:
    return RegistrationRefused(code, sentence, BY_HAND, detail=detail)
