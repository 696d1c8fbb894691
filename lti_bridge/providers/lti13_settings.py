"""Settings of an account whose provider's tool is launched by LTI 1.3: what they may be, and the tool they make.

For every provider that has such a tool. Which settings are the provider's own, and where its tool is when they do not
say so, the provider knows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as ours
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account, relay_client_id
from lti_bridge.providers.actions import Lti13Tool

#: Ours to give; the first is for accounts whose ``client_id`` is that of an API.
_IDS = ("lti13_client_id", "client_id", "deployment_id")
_SWITCHES = ("share_name", "share_email", "line_items", "outcomes", "link_per_attempt")
_METHODS = ("post", "get")
#: The settings that are read here.
NAMES = (*_IDS, "login_url", "redirect_uris", "jwks_uri", "login_method", *_SWITCHES)

_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?([/?][\x21-\x5b\x5d-\x7e]*)?")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Defaults:
    """Where a provider's tool is unless the settings say otherwise; what is empty here, they must say."""

    login_url: str = ""
    redirect_uris: tuple[str, ...] = ()
    jwks_uri: str = ""
    #: The target link URI; the setting ``lti_url`` is each provider's own to check.
    lti_url: str = ""


def problems_of(settings: Mapping[str, Any], defaults: Defaults) -> list[str]:
    """What is wrong with those settings that are read here, one sentence a mistake."""
    places = ("login_url", "redirect_uris", "jwks_uri")
    missing = [name for name in places if name not in settings and not getattr(defaults, name)]
    wrong = [
        f"{name} must be {words}" for name in NAMES if name in settings and (words := _must_be(name, settings[name]))
    ]
    return [f"{name} is missing" for name in missing] + wrong


def read_tool(account: Account, defaults: Defaults) -> Lti13Tool | None:
    """The tool of an account; None where its settings have none. Raises ``CannotOpen`` when they are not complete."""
    settings = account.settings
    client_id = relay_client_id(account.name, settings)
    if client_id is None:
        return None
    if problems := problems_of(settings, defaults):
        raise CannotOpen(
            "account_incomplete",
            _("This test cannot be opened yet: its set-up is not complete."),
            _("Please tell your teacher."),
            detail=f"account {account.name}: {'; '.join(problems)}",
        )
    return Lti13Tool(
        client_id=client_id,
        deployment_id=settings.get("deployment_id", "1"),
        login_url=settings.get("login_url", defaults.login_url),
        redirect_uris=tuple(settings.get("redirect_uris", defaults.redirect_uris)),
        jwks_uri=settings.get("jwks_uri", defaults.jwks_uri),
        login_method=settings.get("login_method", "post"),
        shares_name=settings.get("share_name", True),
        shares_email=settings.get("share_email", True),
        link_per_attempt=settings.get("link_per_attempt", True),
        line_items=settings.get("line_items", True),
        outcomes=settings.get("outcomes", False),
        launch_url=str(settings.get("lti_url") or defaults.lti_url),
    )


def is_tool_address(value: Any) -> bool:
    """Whether people's data may be sent there: by https, or by http where this site or that host is for trials only."""
    if not isinstance(value, str) or len(value) > _LONGEST or not _ADDRESS.fullmatch(value) or "#" in value:
        return False
    if value.startswith("https:") or ours.PUBLIC_ORIGIN.startswith("http:"):
        return True
    parts = urlsplit(value)
    return parts.hostname in ours.ALLOWED_PRIVATE_HOSTS or parts.netloc.lower() in ours.ALLOWED_PRIVATE_HOSTS


def _must_be(name: str, value: Any) -> str:
    """What a setting must be; empty when it is."""
    words, holds = _RULES[name]
    return "" if holds(value) else words


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(_VISIBLE.fullmatch(value))


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _are_addresses(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_tool_address, value))


_RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(_IDS, ("a text of at most 255 visible ASCII characters, without blanks", _is_id)),
    **dict.fromkeys(("login_url", "jwks_uri"), ("a full https address", is_tool_address)),
    "redirect_uris": ("a list of full https addresses", _are_addresses),
    "login_method": ("post or get", lambda value: value in _METHODS),
    **dict.fromkeys(_SWITCHES, ("true or false", _is_switch)),
}
