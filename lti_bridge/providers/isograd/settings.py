"""What the settings and secrets of an Isograd account may be."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from lti_bridge.models import Account
from lti_bridge.providers import lti13_settings
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.providers.isograd.conversion import CONVERSIONS
from lti_bridge.providers.isograd.values import ID
from lti_bridge.providers.lti13_settings import Defaults

#: Where Isograd's LTI tool is, unless the account's ``lti_url`` says otherwise.
LTI_URLS = {
    "production": "https://app.isograd.com/public/lti.php",
    "testing": "https://recette.isograd.com/public/lti.php",
}
#: Where its keys are; Isograd names the one of production alone.
JWKS_URIS = {
    "production": "https://app.isograd.com/public/jwks.php",
    "testing": "https://recette.isograd.com/public/jwks.php",
}
CHOICES = {
    "connection": ("lti11", "lti13"),
    "environment": tuple(LTI_URLS),
    "conversion": CONVERSIONS,
    "signature_method": ("HMAC-SHA1", "HMAC-SHA256"),
}
#: What an account has, and what people call it. By LTI 1.1 launches and outcomes are signed with these; by LTI 1.3
#: outcomes may be.
SECRETS = {"consumer_key": "Consumer key", "shared_secret": "Shared secret"}
#: Nothing is wrong with having these; the last two are of another connection.
OTHER_SECRETS = ("previous_shared_secret", "client_id", "client_secret")

_LATER_CONNECTIONS = ("api",)
_LATER_SETTINGS = ("api_url", "token_url")


def lti_url(account: Account) -> str:
    """Where an account's launches go; by LTI 1.3, what they are for (the target link URI)."""
    return _lti_url(account.settings)


def lti13_tool(account: Account) -> Lti13Tool | None:
    """The account's LTI 1.3 tool. Raises ``CannotOpen`` when its settings are not complete."""
    return lti13_settings.read_tool(account, _defaults(account.settings))


def conversion(account: Account) -> str:
    """How an account's grades are read."""
    return str(account.settings.get("conversion", CONVERSIONS[0]))


def problems_of(settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    """What is wrong with an account's settings and the names of its secrets."""
    problems = [] if "connection" in settings else ['connection is missing: it must be "lti11" or "lti13"']
    by_lti13 = settings.get("connection") == "lti13"
    problems += [problem for name, value in settings.items() if (problem := _problem(name, value, by_lti13=by_lti13))]
    problems += lti13_settings.problems_of(settings, _defaults(settings)) if by_lti13 else []
    needed = () if by_lti13 and not set(SECRETS) & set(secrets) else SECRETS
    problems += [f"secret {name} is missing" for name in needed if name not in secrets]
    problems += [f"secret {name} is not known" for name in secrets if name not in (*SECRETS, *OTHER_SECRETS)]
    return problems


def _lti_url(settings: Mapping[str, Any]) -> str:
    # One address of Isograd's is for launches, log-in initiations and id_tokens alike.
    told = settings.get("lti_url") or settings.get("login_url")
    return str(told or LTI_URLS.get(str(settings.get("environment")), LTI_URLS["production"]))


def _defaults(settings: Mapping[str, Any]) -> Defaults:
    url = _lti_url(settings)
    by_url = dict(zip(LTI_URLS.values(), JWKS_URIS.values(), strict=True))
    return Defaults(login_url=url, redirect_uris=(url,), jwks_uri=by_url.get(url, ""), lti_url=url)


def _problem(name: str, value: Any, *, by_lti13: bool) -> str:
    if name == "connection" and value in _LATER_CONNECTIONS:
        return f"connection {value} is not available yet: use {' or '.join(CHOICES[name])}"
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"{name} must be {' or '.join(CHOICES[name])}"
    if name == "sub_com_id":
        return "" if ID.read(value) else f"sub_com_id must be {ID.words}"
    if name == "lti_url" and by_lti13:
        return "" if lti13_settings.is_tool_address(value) else "lti_url must be a full https address"
    if name == "lti_url":
        return "" if _is_address(value) else "lti_url must be a full http(s) address"
    if name in _LATER_SETTINGS:
        return f"{name} belongs to a connection that is not available yet"
    if name in lti13_settings.NAMES:
        return "" if by_lti13 else f"{name} belongs to connection lti13"
    return f"setting {name} is not known"


def _is_address(value: Any) -> bool:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment
