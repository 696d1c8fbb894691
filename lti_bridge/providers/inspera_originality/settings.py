"""What the settings and secrets of an Originality account may be, and what follows from them."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as ours
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account
from lti_bridge.providers.inspera_originality import endpoints
from lti_bridge.providers.inspera_originality.endpoints import BASE_URLS, ENVIRONMENTS, PROFILES
from lti_bridge.providers.inspera_originality.errors import ACCOUNT_INCOMPLETE

SECRETS = {
    "client_id": "Client id",
    "password": "Password of the user with that e-mail address",
    "webhook_token": "Last part of the webhook address",
    "webhook_secret": "Secret that webhooks bring",
}
CHOICES = {
    "profile": PROFILES,
    "environment": ENVIRONMENTS,
    #: How a document goes in the first generation: at an address of its own, or inside the request, in base 64.
    "upload": ("presigned", "inline_base64"),
    #: How the first generation wants the keys of its token request: as its document prints them, or in camel case.
    "token_keys": ("lower_case", "camel_case"),
    #: How types of documents are named; the first one by the profile (see ``document_type_form``).
    "document_type_form": ("media_type", "suffix"),
}
#: Where documents may be brought to: the storage that Inspera rents.
UPLOAD_HOSTS = (".amazonaws.com",)
#: What a request can hold at Amazon's gateway is 10 MB, and base 64 makes four of three.
INLINE_MAX_BYTES = 7_000_000
MAX_BYTES = 200_000_000
WEBHOOK_HEADER = "X-Webhook-Secret"
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def choice(account: Account, name: str) -> str:
    """One of ``CHOICES``; the first one where the account says nothing."""
    return str(account.settings.get(name) or CHOICES[name][0])


def is_legacy(account: Account) -> bool:
    """Whether it is reached by the first generation of the API."""
    return choice(account, "profile") == "legacy"


def base_url(account: Account) -> str:
    """Where the API is, without a slash at its end."""
    documented = BASE_URLS[choice(account, "profile"), choice(account, "environment")]
    return str(account.settings.get("base_url") or documented).rstrip("/")


def goes_inline(account: Account) -> bool:
    """Whether a document's content goes inside the request that tells of it."""
    return is_legacy(account) and choice(account, "upload") == "inline_base64"


def max_bytes(account: Account) -> int:
    """How large a document may be at most, whatever the activity says."""
    return INLINE_MAX_BYTES if goes_inline(account) else MAX_BYTES


def names_types_by_suffix(account: Account) -> bool:
    """Whether types of documents are named by suffix instead of media type."""
    told = account.settings.get("document_type_form")
    return told == "suffix" if told else is_legacy(account)


def upload_hosts(account: Account) -> Collection[str]:
    """Where documents may be brought to; one that begins with a dot stands for all hosts below."""
    return tuple(account.settings.get("upload_hosts", UPLOAD_HOSTS))


def makes_users(account: Account) -> bool:
    """Whether people of a course may be made users there."""
    return account.settings.get("creates_users") is True and has_user(account)


def has_api(account: Account) -> bool:
    """Whether the account has what the API asks for."""
    return bool(account.settings.get("institution_id") and account.secrets.get("client_id"))


def has_user(account: Account) -> bool:
    """Whether the account has a user, for users, courses and the institution."""
    return bool(account.settings.get("email") and account.secrets.get("password"))


def client(account: Account) -> tuple[str, str]:
    """Client id and institution id. Raises ``ProviderRefused`` when the account lacks one."""
    if not has_api(account):
        raise _incomplete(account, "institution_id and client_id")
    return str(account.secrets["client_id"]), str(account.settings["institution_id"])


def user(account: Account) -> tuple[str, str]:
    """E-mail address and password of the user. Raises ``ProviderRefused`` when the account lacks one."""
    if not has_user(account):
        raise _incomplete(account, "email and password")
    return str(account.settings["email"]), str(account.secrets["password"])


def webhook_token(account: Account) -> str:
    """The last part of the address that Inspera sends webhooks to: unguessable, and the account's alone."""
    made = salted_hmac("lti_bridge.inspera_originality.webhooks", f"{account.pk} {account.name}", algorithm="sha256")
    return str(account.secrets.get("webhook_token") or made.hexdigest()[:40])


def webhook_url(account: Account) -> str:
    """What administrators give to Inspera."""
    parts = {"provider": account.provider, "account": account.name, "token": webhook_token(account)}
    return f"{ours.PUBLIC_ORIGIN}{reverse('webhook-with-token', kwargs=parts)}"


def problems_of(settings: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    """What is wrong with an account's settings and the names of its secrets."""
    problems = [] if "institution_id" in settings else ["institution_id is missing"]
    problems += [problem for name, value in settings.items() if (problem := _problem(name, value))]
    problems += endpoints.problems_of(settings)
    if settings.get("profile", PROFILES[0]) != "legacy":
        problems += [f"{name} belongs to profile legacy" for name in ("upload", "token_keys") if name in settings]
    problems += ["secret client_id is missing"] if "client_id" not in secrets else []
    if "email" in settings and "password" not in secrets:
        problems.append("secret password is missing: email and password go together")
    if "password" in secrets and "email" not in settings:
        problems.append("email is missing: email and password go together")
    if settings.get("creates_users") is True and "email" not in settings:
        problems.append("creates_users needs email and password")
    return problems + [f"secret {name} is not known" for name in secrets if name not in SECRETS]


def _incomplete(account: Account, needed: str) -> ProviderRefused:
    return ProviderRefused(
        ACCOUNT_INCOMPLETE,
        _("The account at the similarity check is not complete."),
        _("Please tell the people who look after this service: the account needs %(needed)s.") % {"needed": needed},
        detail=f"account {account.name} lacks {needed}",
    )


def _problem(name: str, value: Any) -> str:
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"{name} must be {' or '.join(CHOICES[name])}"
    if name in _RULES:
        holds, words = _RULES[name]
        return "" if holds(value) else f"{name} must be {words}"
    return "" if name == "endpoints" else f"setting {name} is not known"


def _is_base(value: Any) -> bool:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return False
    plain = not parts.query and not parts.fragment and parts.username is None
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


def _are_hosts(value: Any) -> bool:
    pattern = r"(?:http://)?\.?[A-Za-z0-9.-]+(?::\d{1,5})?"
    return isinstance(value, list) and all(isinstance(each, str) and re.fullmatch(pattern, each) for each in value)


def _matches(pattern: str | re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


#: Setting → what it must be, as a test and in words.
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "base_url": (_is_base, "a full http(s) address without a query"),
    "institution_id": (_matches(r"[\x21-\x7e]{1,255}"), "a text without blanks"),
    "email": (_matches(_ADDRESS), "an e-mail address"),
    "upload_hosts": (_are_hosts, "a list of hosts; one that begins with a dot stands for all below"),
    "client_id_in_query": (_is_switch, "true or false"),
    "creates_users": (_is_switch, "true or false"),
    "pseudonym_domain": (_matches(_DOMAIN), "the domain of addresses for people whose own is not to be told"),
    "webhook_header": (_matches(r"[A-Za-z0-9-]{1,100}"), "the name of a header"),
}
