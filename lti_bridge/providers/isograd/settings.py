"""What the settings and secrets of an Isograd account may be."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from lti_bridge.models import Account
from lti_bridge.providers.isograd.conversion import CONVERSIONS
from lti_bridge.providers.isograd.values import ID

#: Where Isograd's LTI tool is, unless the account's ``lti_url`` says otherwise.
LTI_URLS = {
    "production": "https://app.isograd.com/public/lti.php",
    "testing": "https://recette.isograd.com/public/lti.php",
}
CHOICES = {
    "connection": ("lti11",),
    "environment": tuple(LTI_URLS),
    "conversion": CONVERSIONS,
    "signature_method": ("HMAC-SHA1", "HMAC-SHA256"),
}
#: What an account needs, and what people call it.
SECRETS = {"consumer_key": "Consumer key", "shared_secret": "Shared secret"}
#: Nothing is wrong with having these; the last two are of another connection.
OTHER_SECRETS = ("previous_shared_secret", "client_id", "client_secret")

_LATER_CONNECTIONS = ("api", "lti13")
_LATER_SETTINGS = ("api_url", "token_url", "login_url", "redirect_uris", "jwks_uri", "client_id", "deployment_id")


def lti_url(account: Account) -> str:
    """Where an account's launches go."""
    settings = account.settings
    return str(settings.get("lti_url") or LTI_URLS[settings.get("environment", "production")])


def conversion(account: Account) -> str:
    """How an account's grades are read."""
    return str(account.settings.get("conversion", CONVERSIONS[0]))


def problems_of(settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    """What is wrong with an account's settings and the names of its secrets."""
    problems = [] if "connection" in settings else ['connection is missing: it must be "lti11"']
    problems += [problem for name, value in settings.items() if (problem := _problem(name, value))]
    problems += [f"secret {name} is missing" for name in SECRETS if name not in secrets]
    problems += [f"secret {name} is not known" for name in secrets if name not in (*SECRETS, *OTHER_SECRETS)]
    return problems


def _problem(name: str, value: Any) -> str:
    if name == "connection" and value in _LATER_CONNECTIONS:
        return f"connection {value} is not available yet: use lti11"
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"{name} must be {' or '.join(CHOICES[name])}"
    if name == "sub_com_id":
        return "" if ID.read(value) else f"sub_com_id must be {ID.words}"
    if name == "lti_url":
        return "" if _is_address(value) else "lti_url must be a full http(s) address"
    if name in _LATER_SETTINGS:
        return f"{name} belongs to a connection that is not available yet"
    return f"setting {name} is not known"


def _is_address(value: Any) -> bool:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment
