"""A TOML file → :class:`Configuration`, with all that is wrong in the file by itself."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from lti_bridge.configuration.entries import (
    AccountEntry,
    ActivityEntry,
    Configuration,
    DeploymentsEntry,
    Entry,
    Registration13Entry,
    RegistrationEntry,
)
from lti_bridge.configuration.tables import Table
from lti_bridge.known_endpoints import hint


def read(path: Path) -> tuple[Configuration, list[str]]:
    """What the file says, and its problems. With problems, what could be read is still there to be checked further."""
    problems: list[str] = []
    try:
        # The mark that some editors put at the beginning is no part of the file.
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return Configuration(), [f"{path} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return Configuration(), [f"{path} is not in UTF-8"]
    except tomllib.TOMLDecodeError as error:
        return Configuration(), [f"{path} is not TOML: {error}"]
    top = Table("", document, problems, path.parent)
    platforms = [_platform(table) for table in top.each("platforms", "name")]
    configuration = Configuration(
        platforms=tuple(read.entry for read in platforms),
        registrations=tuple(each for read in platforms for each in read.lti11),
        registrations13=tuple(each for read in platforms for each in read.lti13),
        deployments=tuple(each for read in platforms for each in read.deployments),
        accounts=tuple(_account(table) for table in top.each("accounts", "name")),
        activities=tuple(_activity(table) for table in top.each("activities", "slug")),
    )
    top.finish()
    problems += _doubles("name", configuration.platforms)
    problems += _doubles("consumer_key", configuration.registrations)
    problems += _doubles("issuer with client_id", configuration.registrations13)
    problems += _doubles("name", configuration.accounts)
    problems += _doubles("slug", configuration.activities)
    return configuration, problems


class _Platform(NamedTuple):
    """A platform's table, taken apart."""

    entry: Entry
    lti11: list[RegistrationEntry]
    lti13: list[Registration13Entry]
    deployments: list[DeploymentsEntry]


def _platform(table: Table) -> _Platform:
    name = table.take("name", "a text", required=True) or ""
    values = _given(
        family=table.take("family", "a text"),
        parallel_sends=table.take("parallel_sends", "a whole number"),
        sends_progress=table.take("sends_progress", "true or false"),
        delivery_paused=table.take("delivery_paused", "true or false"),
    )
    lti11 = [_registration(each, name) for each in table.each("lti11", "consumer_key")]
    lti13 = [_registration13(each, name, values.get("family", "")) for each in table.each("lti13", "client_id")]
    shared = [_deployments(each, name) for each in table.each("deployments", "client_id")]
    table.finish()
    return _Platform(
        entry=Entry(where=table.where, name=name, values=values),
        lti11=lti11,
        lti13=[registration for registration, _own in lti13],
        deployments=[own for _registration, own in lti13] + shared,
    )


def _registration(table: Table, platform: str) -> RegistrationEntry:
    entry = RegistrationEntry(
        where=table.where,
        name=table.take("consumer_key", "a text", required=True) or "",
        platform=platform,
        shared_secret=table.take_secret("shared_secret", required=True) or "",
        previous_secret=table.take_secret("previous_shared_secret"),
        values=_given(
            signature_method=table.take("signature_method", "a text"),
            service_hosts=table.take("service_hosts", "a list of texts"),
            enabled=table.take("enabled", "true or false"),
        ),
    )
    table.finish()
    return entry


def _registration13(table: Table, platform: str, family: str) -> tuple[Registration13Entry, DeploymentsEntry]:
    """A registration, and its own deployments."""
    issuer = table.take("issuer", "a text", required=True, hint=hint(family, "issuer"))
    client_id = table.take("client_id", "a text", required=True)
    values = _given(
        issuer=issuer,
        client_id=client_id,
        **{
            key: table.take(key, "a text", required=True, hint=hint(family, key))
            for key in ("authorization_endpoint", "jwks_uri")
        },
        token_endpoint=table.take("token_endpoint", "a text"),
        token_audience=table.take("token_audience", "a text"),
        algorithms=table.take("algorithms", "a list of texts"),
        approve_deployments=table.take("approve_deployments", "true or false"),
        service_hosts=table.take("service_hosts", "a list of texts"),
        enabled=table.take("enabled", "true or false"),
    )
    listed = tuple(table.take("deployment_ids", "a list of texts") or ())
    table.finish()
    agreed = issuer or "", client_id or ""
    name = " ".join(agreed) if all(agreed) else ""
    registration = Registration13Entry(where=table.where, name=name, values=values, platform=platform, agreed=agreed)
    return registration, _deployments_entry(table, platform, agreed, listed)


def _deployments(table: Table, platform: str) -> DeploymentsEntry:
    """Deployments of a platform under a registration that another platform has."""
    issuer = table.take("issuer", "a text", required=True) or ""
    client_id = table.take("client_id", "a text", required=True) or ""
    listed = tuple(table.take("deployment_ids", "a list of texts", required=True) or ())
    table.finish()
    return _deployments_entry(table, platform, (issuer, client_id), listed)


def _deployments_entry(table: Table, platform: str, agreed: tuple[str, str], ids: tuple[str, ...]) -> DeploymentsEntry:
    return DeploymentsEntry(where=table.where, name="", values={}, platform=platform, agreed=agreed, deployment_ids=ids)


def _account(table: Table) -> AccountEntry:
    secrets = table.inner("secrets")
    entry = AccountEntry(
        where=table.where,
        name=table.take("name", "a text", required=True) or "",
        values=_given(
            provider=table.take("provider", "a text", required=True),
            enabled=table.take("enabled", "true or false"),
            settings=table.take("settings", "a table"),
        ),
        # A secret that cannot be had stays in the list of names: one mistake is reported once.
        secrets={name: secrets.take_secret(name, required=True) or "" for name in secrets.names()},
    )
    table.finish()
    return entry


def _activity(table: Table) -> ActivityEntry:
    grading = table.inner("grading")
    entry = ActivityEntry(
        where=table.where,
        name=table.take("slug", "a text", required=True) or "",
        account=table.take("account", "a text", required=True) or "",
        platforms=tuple(table.take("platforms", "a list of texts") or ()),
        values=_given(
            title=table.take("title", "a text", required=True),
            description=table.take("description", "a text"),
            action=table.take("action", "a text", required=True),
            parameters=table.take("parameters", "a table"),
            enabled=table.take("enabled", "true or false"),
            attempt_rule=grading.take("attempts", "a text"),
            release=grading.take("release", "a text"),
            max_attempts=_max_attempts(table, grading),
        ),
        max_attempts_key="max_attempts" if "max_attempts" in table.names() else "grading.max_attempts",
    )
    grading.finish()
    table.finish()
    return entry


def _max_attempts(table: Table, grading: Table) -> int | None:
    outside = table.take("max_attempts", "a whole number")
    inside = grading.take("max_attempts", "a whole number")
    if None not in (outside, inside) and outside != inside:
        table.problem("max_attempts is given twice, with two values")
    value: int | None = inside if outside is None else outside
    return value


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _doubles(key: str, entries: Iterable[Entry]) -> list[str]:
    counted = Counter(entry.name for entry in entries if entry.name)
    places: dict[str, list[str]] = {}
    for entry in entries:
        places.setdefault(entry.name, []).append(entry.where)
    return [
        f"{places[name][1]}: {key} is already used by {places[name][0]}" for name, times in counted.items() if times > 1
    ]
