"""Where each thing is in both generations of Originality's API; an account's settings can override every line::

    [accounts.settings.endpoints]
    delete_user = "DELETE /userId={userId}"

A generation is called a profile: ``legacy`` is the one of Inspera's first document, ``current`` the one of its newer
document and of its own Moodle plugin.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from lti_bridge.models import Account

PROFILES = ("current", "legacy")
ENVIRONMENTS = ("production", "test")
#: Documented base addresses. The first document misspells the region once; this is how it spells it elsewhere.
BASE_URLS: dict[tuple[str, str], str] = {
    ("legacy", "test"): "https://mderh1sy0b.execute-api.eu-central-1.amazonaws.com/development",
    ("legacy", "production"): "https://154i7j3up4.execute-api.eu-central-1.amazonaws.com/production",
    ("current", "test"): "https://ja0ot1lhh6.execute-api.eu-central-1.amazonaws.com/test",
    ("current", "production"): "https://6x6hep4ey9.execute-api.eu-central-1.amazonaws.com/production",
}
_WRITTEN = re.compile(r"(GET|POST|PUT|DELETE) (/[A-Za-z0-9_./{}?&=-]*)")


class Access(StrEnum):
    """Which token an address wants: none, the client's (documents), or a user's (users, courses, the institution)."""

    NONE = "none"
    CLIENT = "client"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address below the base. ``path`` may hold {names}.

    ``acts``: asking may change something there, so no answer leaves it open whether it did. ``about``: the group of
    errors that its document lists (see ``errors``).
    """

    method: str
    path: str
    access: Access
    about: str
    acts: bool = False

    def filled(self, parts: Mapping[str, str]) -> str:
        """The path with its names filled in, each as one value that leads nowhere else."""
        return self.path.format_map({name: quote(value, safe="") for name, value in parts.items()})


_BOTH: dict[str, Endpoint] = {
    "check_status": Endpoint("GET", "/document/{documentId}/checkStatus", Access.CLIENT, "document"),
    "get_report_url": Endpoint("GET", "/document/{documentId}/mode/{mode}", Access.CLIENT, "document"),
    "create_user_token": Endpoint("POST", "/token", Access.NONE, "user_token"),
    "create_user": Endpoint("POST", "/user", Access.USER, "user", acts=True),
    "get_user": Endpoint("GET", "/user-info?email={email}", Access.USER, "user"),
    "list_users": Endpoint("GET", "/user-info", Access.USER, "user"),
    "update_educator": Endpoint("PUT", "/user-info?userId={userId}", Access.USER, "user", acts=True),
    "update_student": Endpoint("PUT", "/user-info?userId={userId}", Access.USER, "user", acts=True),
    # Printed as ``DELETE {{baseURL}}/userId={{userId}}``, without resource and question mark.
    "delete_user": Endpoint("DELETE", "/user-info?userId={userId}", Access.USER, "user", acts=True),
    "list_courses": Endpoint("GET", "/courses-info", Access.USER, "course"),
    "get_course": Endpoint("GET", "/courses-info?courseCode={courseCode}", Access.USER, "course"),
    "get_institution_info": Endpoint("GET", "/institution-info", Access.USER, "course"),
}
ENDPOINTS: dict[str, dict[str, Endpoint]] = {
    "current": {
        "generate_token": Endpoint("POST", "/token", Access.NONE, "token"),
        "create_submission": Endpoint("POST", "/create/submission", Access.CLIENT, "submission", acts=True),
        **_BOTH,
    },
    "legacy": {
        "generate_token": Endpoint("POST", "/generateToken", Access.NONE, "token"),
        "create_submission": Endpoint("POST", "/submissions", Access.CLIENT, "submission", acts=True),
        **_BOTH,
    },
}


def endpoint_of(account: Account, name: str) -> Endpoint:
    """Where something is at an account."""
    known = ENDPOINTS[str(account.settings.get("profile", PROFILES[0]))][name]
    told = _read(account.settings.get("endpoints", {}).get(name))
    return Endpoint(told[0], told[1], known.access, known.about, known.acts) if told else known


def problems_of(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with the overriding of the table."""
    given = settings.get("endpoints", {})
    if not isinstance(given, dict):
        return ["endpoints must be a table"]
    known, problems = ENDPOINTS[PROFILES[0]], []
    for name, text in given.items():
        if name not in known:
            problems.append(f"endpoints.{name} is not known")
        elif (told := _read(text)) is None:
            problems.append(f"endpoints.{name} must be written as {known[name].method} {known[name].path}")
        elif extra := _names(told[1]) - _names(known[name].path):
            problems.append(f"endpoints.{name} cannot fill in {', '.join(sorted(extra))}")
    return problems


def _read(text: Any) -> tuple[str, str] | None:
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if found is None or ".." in found[2] or not re.fullmatch(r"(?:[^{}]|{[A-Za-z]+})*", found[2]):
        return None
    return found[1], found[2]


def _names(path: str) -> set[str]:
    return set(re.findall(r"{([A-Za-z]+)}", path))
