"""A TOML file → :class:`Configuration`, with all that is wrong in the file by itself."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lti_bridge.configuration.entries import (
    AccountEntry,
    ActivityEntry,
    Configuration,
    Entry,
    RegistrationEntry,
)
from lti_bridge.configuration.tables import Table


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
    platforms = top.each("platforms", "name")
    read_platforms = [_platform(table) for table in platforms]
    configuration = Configuration(
        platforms=tuple(entry for entry, _registrations in read_platforms),
        registrations=tuple(each for _entry, registrations in read_platforms for each in registrations),
        accounts=tuple(_account(table) for table in top.each("accounts", "name")),
        activities=tuple(_activity(table) for table in top.each("activities", "slug")),
    )
    top.finish()
    problems += _doubles("name", configuration.platforms)
    problems += _doubles("consumer_key", configuration.registrations)
    problems += _doubles("name", configuration.accounts)
    problems += _doubles("slug", configuration.activities)
    return configuration, problems


def _platform(table: Table) -> tuple[Entry, list[RegistrationEntry]]:
    name = table.take("name", "a text", required=True) or ""
    values = _given(
        family=table.take("family", "a text"),
        parallel_sends=table.take("parallel_sends", "a whole number"),
        delivery_paused=table.take("delivery_paused", "true or false"),
    )
    registrations = [_registration(each, name) for each in table.each("lti11", "consumer_key")]
    for lti13 in table.each("lti13", "client_id"):
        lti13.problem("LTI 1.3 is not available yet")
    table.finish()
    return Entry(where=table.where, name=name, values=values), registrations


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
