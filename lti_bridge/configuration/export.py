"""The database → the text of a configuration file. Secrets are left out: ``env:`` names stand for them."""

import re
from collections.abc import Iterable
from typing import Any

import tomli_w

from lti_bridge.configuration.accounts import ACCOUNT_FIELDS, ACTIVITY_FIELDS
from lti_bridge.configuration.platforms import PLATFORM_FIELDS, REGISTRATION_FIELDS
from lti_bridge.configuration.registrations13 import REGISTRATION13_FIELDS
from lti_bridge.configuration.steps import FILE_KEYS, Row, default_of, stored_secrets
from lti_bridge.configuration.values import plain, same
from lti_bridge.models import Account, Activity, Lti11Registration, Lti13Registration, Platform


class EnvNames:
    """Names of environment variables for secrets; no two secrets get the same."""

    def __init__(self) -> None:
        self.given: set[str] = set()

    def name(self, *parts: str) -> str:
        """``CAMPUS_MOODLE_LTI11_MOODLE_SHARED_SECRET`` from its parts, with a number when that is taken."""
        base = re.sub(r"[^A-Z0-9]+", "_", "_".join(parts).upper().encode("ascii", "replace").decode())
        base = f"_{base}" if base[:1].isdigit() else base
        name, number = base, 2
        while name in self.given:
            name, number = f"{base}_{number}", number + 1
        self.given.add(name)
        return name


def export() -> tuple[str, list[str]]:
    """The file's text, and the names of the environment variables it counts on, in its order."""
    names = EnvNames()
    activities = Activity.objects.select_related("account").defer("account__secrets")
    document = {
        "platforms": [_platform(row, names) for row in Platform.objects.all()],
        "accounts": [_account(row, names) for row in Account.objects.defer("secrets")],
        "activities": [_activity(row) for row in activities.prefetch_related("platforms").order_by("slug")],
    }
    text = tomli_w.dumps({key: tables for key, tables in document.items() if tables})
    return text, sorted(names.given)


def _platform(row: Platform, names: EnvNames) -> dict[str, Any]:
    tables = {
        "lti11": [_registration(each, row, names) for each in row.lti11.defer("secrets")],
        "lti13": [_registration13(each, row) for each in row.lti13.filter(awaits_approval=False)],
        "deployments": _elsewhere(row),
    }
    return _values(row, PLATFORM_FIELDS) | {name: listed for name, listed in tables.items() if listed}


def _registration13(row: Lti13Registration, platform: Platform) -> dict[str, Any]:
    own = platform.deployments.filter(registration=row, approved=True).values_list("deployment_id", flat=True)
    values = _values(row, REGISTRATION13_FIELDS)
    return values | ({"deployment_ids": sorted(own)} if own else {})


def _elsewhere(platform: Platform) -> list[dict[str, Any]]:
    """The deployments that a platform has under registrations of other platforms."""
    rows = platform.deployments.filter(approved=True, registration__awaits_approval=False)
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows.exclude(registration__platform=platform).select_related("registration"):
        found.setdefault((row.registration.issuer, row.registration.client_id), []).append(row.deployment_id)
    return [
        {"issuer": issuer, "client_id": client_id, "deployment_ids": sorted(ids)}
        for (issuer, client_id), ids in sorted(found.items())
    ]


def _registration(row: Lti11Registration, platform: Platform, names: EnvNames) -> dict[str, Any]:
    secrets = _placeholders(row, ["shared_secret"], names, platform.name, "lti11", row.consumer_key)
    return _values(row, REGISTRATION_FIELDS) | secrets


def _account(row: Account, names: EnvNames) -> dict[str, Any]:
    secrets = _placeholders(row, [], names, row.name)
    return _values(row, ACCOUNT_FIELDS) | ({"secrets": secrets} if secrets else {})


def _activity(row: Activity) -> dict[str, Any]:
    values = _values(row, ACTIVITY_FIELDS)
    grading = {key.removeprefix("grading."): values.pop(key) for key in FILE_KEYS.values() if key in values}
    platforms = sorted(each.name for each in row.platforms.all())
    parameters = values.pop("parameters", {})
    return (
        values
        | {"account": row.account.name}
        | ({"platforms": platforms} if platforms else {})
        | ({"parameters": parameters} if parameters else {})
        | ({"grading": grading} if grading else {})
    )


def _values(row: Row, fields: Iterable[str]) -> dict[str, Any]:
    """The fields that are not as a new row has them; a name always."""
    values = {FILE_KEYS.get(name, name): plain(getattr(row, name)) for name in fields if _told(row, name)}
    return dict(sorted(values.items(), key=lambda item: isinstance(item[1], dict)))


def _told(row: Row, name: str) -> bool:
    return not same(getattr(row, name), default_of(row, name))


def _placeholders(row: Row, always: list[str], names: EnvNames, *parts: str) -> dict[str, str]:
    secrets = sorted({*always, *(name for name, value in stored_secrets(row).items() if value)})
    return {name: f"env:{names.name(*parts, name)}" for name in secrets}
