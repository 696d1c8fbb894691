"""What the settings and secrets of an Inspera account may be."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account
from lti_bridge.providers import lti13_settings
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.providers.inspera_assessment import endpoints
from lti_bridge.providers.lti13_settings import Defaults

#: How learners get into their tests.
ENTRIES = ("lti13", "lti11", "url")
#: What is asked for the results of a whole test, and whose word a grade is.
RESULTS = ("submissions", "all_results")
GRADE_SOURCES = ("api", "lti")
#: Inspera's own limit for a customer, over all users and tenants, is ten.
MOST_AT_ONCE = 10
AT_ONCE = 4
#: External id of a candidate by the entry: who comes by LTI 1.3 is filed under the deployment and ``sub``.
EXTERNAL_IDS = {"lti13": "{deployment_id}{opaque_id}", "lti11": "{opaque_id}", "url": "{opaque_id}"}
#: The kind of id that Inspera files it under.
AUTH_TYPE = "LTI"
#: Exports are handed out by the storage that Inspera rents.
EXPORT_HOSTS = (".amazonaws.com",)
#: The event that makes the results of a test final.
CONFIRM_EVENTS = ("confirm_final_grades",)
SECRETS = {
    "code": "API key (code)",
    "webhook_secret": "Webhook secret",
    "consumer_key": "Consumer key",
    "shared_secret": "Shared secret",
}
OTHER_SECRETS = ("previous_shared_secret",)
_CHOICES = {
    "entry": ENTRIES,
    "results": RESULTS,
    "grade_source": GRADE_SOURCES,
    "signature_method": ("HMAC-SHA1", "HMAC-SHA256"),
}
_LTI11 = ("consumer_key", "shared_secret")
_TEMPLATE = re.compile(r"(?:[A-Za-z0-9_.:@-]|{(?:deployment_id|user_id|sub|opaque_id|email)})+")
_ENTRY_URL = re.compile(r"(?:https?://[^\s{}]+|{tenant})(?:{tenant}|{test_id}|[^\s{}])*")


def base_url(account: Account) -> str:
    """The tenant's address, without a slash at its end."""
    return str(account.settings["base_url"]).rstrip("/")


def launch_url(settings: Mapping[str, Any]) -> str:
    """Inspera's LTI tool."""
    return str(settings.get("lti_url") or f"{str(settings.get('base_url', '')).rstrip('/')}/ltiprovider/launch")


def entry(account: Account) -> str:
    """How learners get into their tests."""
    return str(account.settings.get("entry", "url"))


def entry_url(account: Account, test_id: str) -> str:
    """Where the browser goes when the entry is an address: the tenant, where Inspera's own log-in takes over."""
    template = str(account.settings.get("entry_url") or "{tenant}")
    return template.replace("{tenant}", base_url(account)).replace("{test_id}", test_id)


def has_api(account: Account) -> bool:
    """Whether the account has what the API asks for."""
    return bool(account.settings.get("client_id") and account.secrets.get("code"))


def grades_by_api(account: Account) -> bool:
    """Whether the API's word is the grade; else it is the LTI message's."""
    return has_api(account) and account.settings.get("grade_source", "api") == "api"


def code(account: Account) -> str:
    """The API key. Raises ``ProviderRefused`` when the account has none."""
    if not has_api(account):
        raise ProviderRefused(
            "account_incomplete",
            _("The account at the test provider is not complete."),
            _("Please tell the people who look after this service: the account needs client_id and code."),
            detail=f"account {account.name} has no client_id or no code",
        )
    return str(account.secrets["code"])


def at_once(account: Account) -> int:
    """How many requests may be under way at once."""
    return min(int(account.settings.get("max_concurrent", AT_ONCE)), MOST_AT_ONCE)


def auth_type(account: Account) -> str:
    """The kind of external id that candidates have."""
    return str(account.settings.get("auth_type", AUTH_TYPE))


def external_id_template(account: Account) -> str:
    """What external ids of candidates are made of."""
    return str(account.settings.get("external_id") or EXTERNAL_IDS[entry(account)])


def confirm_events(account: Account) -> tuple[str, ...]:
    """The events that make a test's results final."""
    return tuple(account.settings.get("confirm_events", CONFIRM_EVENTS))


def export_hosts(account: Account) -> tuple[str, ...]:
    """Where exports may be fetched from."""
    tenant = urlsplit(base_url(account))
    own = tenant.hostname or "" if tenant.scheme == "https" else f"http://{tenant.netloc.lower()}"
    return (own.lower(), *account.settings.get("export_hosts", EXPORT_HOSTS))


def lti13_tool(account: Account) -> Lti13Tool | None:
    """The account's LTI 1.3 tool. Raises ``CannotOpen`` when its settings are not complete."""
    return lti13_settings.read_tool(account, _defaults(account.settings))


def problems_of(settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    """What is wrong with an account's settings and the names of its secrets."""
    by_lti13 = settings.get("entry") == "lti13"
    problems = [f"{name} is missing" for name in ("base_url", "entry") if name not in settings]
    problems += [problem for name, value in settings.items() if (problem := _problem(name, value, by_lti13=by_lti13))]
    problems += endpoints.problems_of(settings)
    problems += lti13_settings.problems_of(settings, _defaults(settings)) if by_lti13 else []
    if settings.get("entry") == "lti11":
        problems += [f"secret {name} is missing" for name in _LTI11 if name not in secrets]
    # By LTI alone a test can be opened and graded too; by an address alone nothing would come back.
    if ("client_id" in settings and not by_lti13) or "code" in secrets or settings.get("entry") == "url":
        problems += ["secret code is missing"] if "code" not in secrets else []
        problems += ["client_id is missing"] if "client_id" not in settings else []
    problems += [f"secret {name} is not known" for name in secrets if name not in (*SECRETS, *OTHER_SECRETS)]
    return problems


def _defaults(settings: Mapping[str, Any]) -> Defaults:
    url = launch_url(settings)
    return Defaults(login_url=url, redirect_uris=(url,), lti_url=url)


def _problem(name: str, value: Any, *, by_lti13: bool) -> str:
    if name in _CHOICES:
        return "" if value in _CHOICES[name] else f"{name} must be {' or '.join(_CHOICES[name])}"
    if name in _RULES:
        holds, words = _RULES[name]
        return "" if holds(value) else f"{name} must be {words}"
    if name in ("endpoints", "keys"):
        return ""
    if name in lti13_settings.NAMES:
        return "" if by_lti13 else f"{name} belongs to entry lti13"
    return f"setting {name} is not known"


def _is_tenant(value: Any) -> bool:
    if not lti13_settings.is_tool_address(value):
        return False
    return "?" not in value and "/api" not in urlsplit(value).path


def _are_lines(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and 0 < len(each) <= 200 for each in value)


def _are_hosts(value: Any) -> bool:
    return _are_lines(value) and all(
        re.fullmatch(r"(?:http://)?\.?[A-Za-z0-9.-]+(?::\d{1,5})?", each) for each in value
    )


def _is_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_AT_ONCE


def _is_scale(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1 for each in value.values()
    )


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


#: Setting → what it must be, as a test and in words.
_RULES: dict[str, tuple[Callable[[Any], object], str]] = {
    "base_url": (_is_tenant, "the tenant's https address, such as https://demo.inspera.no"),
    "client_id": (_matches(re.compile(r"[\x21-\x7e]{1,255}")), "a text without blanks"),
    "entry_url": (_matches(_ENTRY_URL), "a full address; {tenant} and {test_id} are filled in"),
    "lti_url": (lti13_settings.is_tool_address, "a full https address"),
    "external_id": (
        _matches(_TEMPLATE),
        "made of letters, digits, {opaque_id}, {user_id}, {deployment_id} and {email}",
    ),
    "auth_type": (_matches(re.compile(r"[A-Za-z0-9_.-]{1,60}")), "a name"),
    "max_concurrent": (_is_limit, f"a whole number from 1 to {MOST_AT_ONCE}"),
    "export_hosts": (_are_hosts, "a list of hosts; one that begins with a dot stands for all below"),
    "confirm_events": (_are_lines, "a list of events"),
    "webhook_events": (_are_lines, "a list of events"),
    "letter_scale": (_is_scale, "a table of letters with a part of 1 each"),
}
