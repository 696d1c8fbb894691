"""What the settings and secrets of a Campfire account may be, and what follows from them."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account

#: What an account has, and what people call it.
SECRET_NAMES = {"app_key": "App key", "app_secret": "App secret"}
#: While it is changed, passbacks signed with the former one still count.
OTHER_SECRETS = ("previous_app_secret",)
#: Where the player is below ``base_url``, unless ``player_url`` says otherwise.
PLAYER_PATH = "/lti/launch/assessment-player"
CHOICES = {
    #: The last part of the address that makes a session: its documents write it in two ways.
    "create_route": ("exam-session", "exam-sessions"),
    #: Where the token of the next page is sent back; no document says it.
    "next_token_in": ("query", "body"),
    #: What an item means that says it cannot be scored: nothing, or that a person still has to mark it.
    "unscorable_items": ("not_counted", "pending"),
    "signature_method": ("HMAC-SHA1", "HMAC-SHA256"),
}


def base_url(account: Account) -> str:
    """Where the API is, without a slash at its end."""
    return str(account.settings.get("base_url", "")).rstrip("/")


def player_url(account: Account) -> str:
    """Where launches of the player go."""
    return str(account.settings.get("player_url") or base_url(account) + PLAYER_PATH)


def choice(account: Account, name: str) -> str:
    """One of ``CHOICES``; the first one where the account says nothing."""
    return str(account.settings.get(name) or CHOICES[name][0])


def has_api(account: Account) -> bool:
    """Whether an account has what the API asks for."""
    return all(account.secrets.get(name) for name in SECRET_NAMES)


def credentials(account: Account) -> tuple[str, str]:
    """Key and secret. Raises ``ProviderRefused`` when there are none that Basic authentication could carry."""
    key, secret = (str(account.secrets.get(name, "")) for name in SECRET_NAMES)
    if not key or not secret or ":" in key:
        raise ProviderRefused(
            "account_incomplete",
            _("The account at the exam provider is not complete."),
            _("Please tell the people who look after this service: the account needs app_key and app_secret."),
            detail=f"account {account.name} has no app_key (without a colon) or no app_secret",
        )
    return key, secret


def problems_of(settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    """What is wrong with an account's settings and the names of its secrets."""
    problems = [] if settings.get("base_url") else ["base_url is missing: the address of Campfire's API"]
    for name, value in settings.items():
        if name in CHOICES:
            problems += [] if value in CHOICES[name] else [f"{name} must be {' or '.join(CHOICES[name])}"]
        elif name in _READERS:
            holds, words = _READERS[name]
            problems += [] if holds(value) else [f"{name} must be {words}"]
        else:
            problems.append(f"setting {name} is not known")
    problems += [f"secret {name} is missing" for name in SECRET_NAMES if name not in secrets]
    return problems + [f"secret {name} is not known" for name in secrets if name not in (*SECRET_NAMES, *OTHER_SECRETS)]


def _is_address(value: Any) -> bool:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment


def _is_base(value: Any) -> bool:
    return _is_address(value) and not urlsplit(value).query


_READERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "base_url": (_is_base, "a full http(s) address without a query"),
    "player_url": (_is_address, "a full http(s) address"),
}
