"""Where each thing is in Inspera's API and what its parts are called: all of it here, and every line can be overridden.

Inspera's public document describes the API by examples and leaves the rest to a page that only its customers see. What
was not seen in writing is marked ``assumed``. An account's settings correct any line without a change of code::

    [accounts.settings.endpoints]
    search_tests = "GET /v1/tests"
    [accounts.settings.keys]
    "candidate.extraTimeMins" = "extraTime"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lti_bridge.models import Account

_WRITTEN = re.compile(r"(GET|POST|PUT|DELETE) (/[A-Za-z0-9_./{}-]*)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address below ``<base_url>/api``. ``path`` may hold {names}. ``assumed``: nobody has seen it in writing."""

    method: str
    path: str
    assumed: bool = False

    def filled(self, parts: Mapping[str, str]) -> str:
        """The path with its names filled in, each as one segment that leads nowhere else."""
        return self.path.format_map({name: quote(value, safe="") for name, value in parts.items()})


ENDPOINTS: dict[str, Endpoint] = {
    "token": Endpoint("POST", "/authenticate/token/"),
    "get_test": Endpoint("GET", "/v1/test/{test_id}"),
    "create_or_update_test": Endpoint("POST", "/v1/test"),
    "set_test_options": Endpoint("POST", "/v1/test/{test_id}/options"),
    "activate_test": Endpoint("POST", "/v1/test/{test_id}/activate"),
    "search_tests": Endpoint("GET", "/v1/test", assumed=True),
    "add_candidates": Endpoint("POST", "/v1/test/{test_id}/candidates"),
    "remove_candidates": Endpoint("DELETE", "/v1/test/{test_id}/candidates", assumed=True),
    "add_contributors": Endpoint("POST", "/v1/test/{test_id}/contributors"),
    "remove_contributors": Endpoint("DELETE", "/v1/test/{test_id}/contributors", assumed=True),
    "list_contributors": Endpoint("GET", "/v1/test/{test_id}/contributors"),
    "create_or_update_student": Endpoint("POST", "/v1/users/student"),
    "find_user": Endpoint("GET", "/v1/users/external/{auth_type}/{external_id}"),
    "search_users": Endpoint("GET", "/v1/users", assumed=True),
    "get_user": Endpoint("GET", "/v1/users/{user_id}"),
    "create_or_update_admin": Endpoint("POST", "/v1/users/admin", assumed=True),
    "delete_admin": Endpoint("DELETE", "/v1/users/admin/{user_id}", assumed=True),
    "get_candidate_result": Endpoint("GET", "/v1/candidates/allResults/{test_id}/{user_id}"),
    "export_submissions": Endpoint("GET", "/v1/test/{test_id}/submissions"),
    "export_submission_pdf": Endpoint("GET", "/v1/candidates/submissionPdf/{test_id}/{user_id}", assumed=True),
    "export_test_content": Endpoint("GET", "/v1/test/{test_id}/content/{format}", assumed=True),
    "order_export": Endpoint("POST", "/v1/fileExport/order"),
    "export_status": Endpoint("GET", "/v1/fileExport/status/{job_id}"),
    "register_appeal": Endpoint("POST", "/v1/test/{test_id}/appeals", assumed=True),
    "redraw_appeal": Endpoint("DELETE", "/v1/test/{test_id}/appeals/{user_id}", assumed=True),
    "register_explanation": Endpoint("POST", "/v1/test/{test_id}/explanations", assumed=True),
    "export_explanations": Endpoint("GET", "/v1/test/{test_id}/explanations", assumed=True),
    "list_webhook_events": Endpoint("GET", "/v1/subscription/events"),
    "list_subscriptions": Endpoint("GET", "/v1/subscription"),
    "subscribe": Endpoint("POST", "/v1/subscription"),
    "unsubscribe": Endpoint("DELETE", "/v1/subscription/{subscription_id}"),
}

#: Our name of a key or word → Inspera's. The same on the left and right unless an account says otherwise.
KEYS: dict[str, str] = {
    # create_or_update_test
    **{f"test.{name}": name for name in ("externalTestId", "title", "startTime", "endTime", "duration")},
    **{f"test.{name}": name for name in ("sourceTemplateId", "candidates", "assessmentRunId", "status")},
    # candidates (assumed), after the body of contributors
    **{f"candidates.{name}": name for name in ("authenticationSystem", "candidates")},
    **{f"candidate.{name}": name for name in ("externalId", "firstName", "lastName", "email", "candidateId")},
    **{f"candidate.{name}": name for name in ("extraTimeMins", "buildingName", "roomName")},
    # contributors
    **{f"contributors.{name}": name for name in ("authenticationSystem", "contributors")},
    **{f"contributor.{name}": name for name in ("externalId", "firstName", "lastName", "email")},
    **{f"contributor.{name}": name for name in ("sendNotification", "roles")},
    # students (assumed)
    **{f"student.{name}": name for name in ("externalId", "externalSystem", "username", "firstName", "lastName")},
    **{f"student.{name}": name for name in ("email", "password", "userId", "candidateId")},
    # appeals and explanations (assumed)
    **{f"appeal.{name}": name for name in ("userId", "reason", "committeeName")},
    **{f"explanation.{name}": name for name in ("userId", "explanation")},
    # searches (assumed)
    **{f"search.{name}": name for name in ("query", "title", "from", "to", "status", "limit", "offset")},
    # subscriptions
    **{f"subscription.{name}": name for name in ("event", "secret", "subscriptionId")},
    "subscription.endpoint": "url",
    # webhooks (the types are assumed)
    **{f"webhook.{name}": name for name in ("event", "timestamp", "contextObjectId", "contextObjectType")},
    **{f"webhook.{name}": name for name in ("associatedObjectId", "associatedObjectType")},
    # kinds of exports
    "export.results": "AllResults",
    "export.users": "AllUsers",
}


def endpoint_of(account: Account, name: str) -> Endpoint:
    """Where something is at an account."""
    told = account.settings.get("endpoints", {}).get(name)
    return read_endpoint(told) or ENDPOINTS[name] if told else ENDPOINTS[name]


def key_of(account: Account, name: str) -> str:
    """What Inspera calls something at an account."""
    return str(account.settings.get("keys", {}).get(name) or KEYS[name])


def renamed(account: Account, group: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with their keys as the account has them; a key that the table does not know stays."""
    known = {name: key_of(account, f"{group}.{name}") for name in values if f"{group}.{name}" in KEYS}
    return {known.get(name, name): value for name, value in values.items()}


def read_endpoint(text: Any) -> Endpoint | None:
    """An endpoint as it is written in settings: ``GET /v1/test/{test_id}``; None when it is not one."""
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if found is None or ".." in found[2]:
        return None
    return Endpoint(found[1], found[2])


def problems_of(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with the overriding of these tables."""
    problems: list[str] = []
    endpoints, keys = settings.get("endpoints", {}), settings.get("keys", {})
    if not isinstance(endpoints, dict) or not isinstance(keys, dict):
        return ["endpoints and keys must be tables"]
    for name, text in endpoints.items():
        if name not in ENDPOINTS:
            problems.append(f"endpoints.{name} is not known")
        elif (told := read_endpoint(text)) is None:
            problems.append(f"endpoints.{name} must be written as {ENDPOINTS[name].method} {ENDPOINTS[name].path}")
        elif extra := _names(told.path) - _names(ENDPOINTS[name].path):
            problems.append(f"endpoints.{name} cannot fill in {', '.join(sorted(extra))}")
    for name, text in keys.items():
        if name not in KEYS:
            problems.append(f"keys.{name} is not known")
        elif not (isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text)):
            problems.append(f"keys.{name} must be a name")
    return problems


def _names(path: str) -> set[str]:
    return set(re.findall(r"{([a-z_]*)}", path))
