"""What the settings and secrets of an Isograd account may be."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account
from lti_bridge.providers import lti13_settings
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.providers.isograd.conversion import CONVERSIONS
from lti_bridge.providers.isograd.values import ID, number
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
#: Where its API is, unless ``api_url`` says otherwise.
API_URLS = {
    "production": "https://app.isograd.com/api/usage",
    "testing": "https://recette.isograd.com/api/usage",
}
#: Where the API's access tokens come from, unless ``token_url`` says otherwise.
TOKEN_URL = "https://auth.isograd.com/oauth2/token"  # noqa: S105 (an address)
#: Whose word a grade is: the API's (get_results), or the LTI message's.
GRADE_SOURCES = ("api_act4", "lti_outcome")
CHOICES = {
    "connection": ("api", "lti11", "lti13"),
    "environment": tuple(LTI_URLS),
    "conversion": CONVERSIONS,
    "signature_method": ("HMAC-SHA1", "HMAC-SHA256"),
    "grade_source": GRADE_SOURCES,
}
#: What an account can have, and what people call it.
SECRET_NAMES = {
    "client_id": "Client id",
    "client_secret": "Client secret",
    "consumer_key": "Consumer key",
    "shared_secret": "Shared secret",
}
#: connection → the secrets that it needs.
SECRETS = {"api": ("client_id", "client_secret"), "lti11": ("consumer_key", "shared_secret"), "lti13": ()}
#: The secrets of the API; beside a connection by LTI they let grades be checked.
API_SECRETS = SECRETS["api"]
OTHER_SECRETS = ("previous_shared_secret",)
#: Fewer credits of a kind than this are worth a warning, unless ``credits_warning`` says otherwise.
CREDITS_WARNING = 20
#: The document names no zone for its dates; the company is in Paris.
TIME_ZONE = "Europe/Paris"

_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")


def by_api(settings: Mapping[str, Any]) -> bool:
    """Whether an account's tests are opened by the API."""
    return settings.get("connection") == "api"


def has_api(account: Account) -> bool:
    """Whether an account has what the API asks for."""
    return all(account.secrets.get(name) for name in API_SECRETS)


def lti_url(account: Account) -> str:
    """Where an account's launches go; by LTI 1.3, what they are for (the target link URI)."""
    return _lti_url(account.settings)


def lti13_tool(account: Account) -> Lti13Tool | None:
    """The account's LTI 1.3 tool. Raises ``CannotOpen`` when its settings are not complete."""
    return lti13_settings.read_tool(account, _defaults(account.settings))


def api_url(account: Account) -> str:
    """Where an account's API is."""
    settings = account.settings
    return str(settings.get("api_url") or API_URLS[settings.get("environment", "production")])


def token_url(account: Account) -> str:
    """Where an account's access tokens come from."""
    return str(account.settings.get("token_url") or TOKEN_URL)


def credentials(account: Account) -> tuple[str, str]:
    """What a token is asked for with. Raises ``ProviderRefused`` when the account has none."""
    if not has_api(account):
        raise ProviderRefused(
            "account_incomplete",
            _("The account at the test provider is not complete."),
            _("Please tell the people who look after this service: the account needs client_id and client_secret."),
            detail=f"account {account.name} has no client_id or no client_secret",
        )
    return account.secrets["client_id"], account.secrets["client_secret"]


def conversion(account: Account) -> str:
    """How an account's grades are read: by LTI as the document says, by the API corrected, unless settled."""
    return str(account.settings.get("conversion") or CONVERSIONS[1 if by_api(account.settings) else 0])


def checks_grades(account: Account) -> bool:
    """Whether grades that come by LTI are looked up by the API as well."""
    if by_api(account.settings) or not has_api(account):
        return False
    return bool(account.settings.get("grade_source", GRADE_SOURCES[0]) == GRADE_SOURCES[0])


def credits_warning(account: Account) -> int:
    """Below how many credits of a kind there is a warning."""
    return int(account.settings.get("credits_warning", CREDITS_WARNING))


def time_zone(account: Account) -> ZoneInfo:
    """In which zone Isograd reads dates."""
    return ZoneInfo(str(account.settings.get("time_zone") or TIME_ZONE))


def administrators(account: Account) -> Mapping[tuple[str, str], str]:
    """Who may be logged in as an administrator: platform and user id there → the administrator's address at Isograd."""
    listed = account.settings.get("administrators", ())
    return {(each["platform"], each["user_id"]): each["email"].strip().lower() for each in listed}


def shares_addresses(account: Account) -> bool:
    """Whether the LMSs that open an account's tests have the same people, so that one address is one person."""
    return account.settings.get("shared_addresses") is True


def problems_of(settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    """What is wrong with an account's settings and the names of its secrets."""
    problems = [] if "connection" in settings else ['connection is missing: it must be "api", "lti11" or "lti13"']
    by_lti13 = settings.get("connection") == "lti13"
    problems += [problem for name, value in settings.items() if (problem := _problem(name, value, by_lti13=by_lti13))]
    problems += lti13_settings.problems_of(settings, _defaults(settings)) if by_lti13 else []
    connection = settings.get("connection")
    needed = SECRETS.get(connection, SECRETS["lti11"]) if isinstance(connection, str) else SECRETS["lti11"]
    if by_lti13 and set(SECRETS["lti11"]) & set(secrets):
        needed = SECRETS["lti11"]
    problems += [f"secret {name} is missing" for name in needed if name not in secrets]
    problems += [f"secret {name} is not known" for name in secrets if name not in (*SECRET_NAMES, *OTHER_SECRETS)]
    given = [name for name in API_SECRETS if name in secrets]
    if connection != "api" and len(given) == 1:
        problems.append(f"secret {given[0]} is of no use alone: the API needs client_id and client_secret")
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
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"{name} must be {' or '.join(CHOICES[name])}"
    if name == "lti_url" and by_lti13:
        return "" if lti13_settings.is_tool_address(value) else "lti_url must be a full https address"
    if name in _READERS:
        holds, words = _READERS[name]
        return "" if holds(value) else f"{name} must be {words}"
    if name in lti13_settings.NAMES:
        return "" if by_lti13 else f"{name} belongs to connection lti13"
    return f"setting {name} is not known"


def _is_address(value: Any) -> bool:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment


def _is_time_zone(value: Any) -> bool:
    return isinstance(value, str) and value in available_timezones()


def _are_administrators(value: Any) -> bool:
    return isinstance(value, list) and all(_is_administrator(each) for each in value)


def _is_administrator(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"platform", "user_id", "email"}:
        return False
    texts = all(isinstance(each, str) and each.strip() for each in value.values())
    return texts and bool(_ADDRESS.fullmatch(value["email"].strip()))


#: Setting → what it must be, as a test and in words.
_READERS: dict[str, tuple[Callable[[Any], object], str]] = {
    "sub_com_id": (ID.read, ID.words),
    "lti_url": (_is_address, "a full http(s) address"),
    "api_url": (_is_address, "a full http(s) address"),
    "token_url": (_is_address, "a full http(s) address"),
    "credits_warning": (number(0, 1_000_000).read, number(0, 1_000_000).words),
    "time_zone": (_is_time_zone, "the name of a time zone, such as Europe/Paris"),
    "administrators": (_are_administrators, "a list of {platform, user_id, email}"),
    "shared_addresses": (lambda value: isinstance(value, bool), "true or false"),
}
