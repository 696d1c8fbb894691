"""What we know of a launch already, in one round trip.

A launch is the busiest thing that happens here, and nearly every one is of a person and a link seen before. The rows
it needs do not hang together by foreign keys alone, so the statement is written out; its columns come from the models.
"""

from functools import cache
from typing import Any

from django.db import connection

from lti_bridge.launch.launch import Course, Known, Link, Person
from lti_bridge.models import (
    Account,
    Activity,
    Attempt,
    Cell,
    Context,
    Learner,
    LineItem,
    Lti11Registration,
    Platform,
    ResourceLink,
)
from lti_bridge.statements import Part, parts_of

#: Of a cell, a launch touches the address alone.
_CELL = {
    *("id", "learner", "resource_link", "platform", "state"),
    *("line_item", "lti11", "outcome_service_url", "result_sourcedid", "accepts"),
}

_FROM = """
FROM (SELECT 1) AS one
LEFT JOIN {learner} l ON l.platform_id = %s AND l.user_id = %s
LEFT JOIN {context} c ON c.platform_id = %s AND c.context_id = %s
LEFT JOIN {link} r ON r.context_id = c.id AND r.resource_link_id = %s
LEFT JOIN {activity} a ON a.id = r.activity_id
LEFT JOIN {account} k ON k.id = a.account_id
LEFT JOIN {cell} g ON g.learner_id = l.id AND g.resource_link_id = r.id
LEFT JOIN {line_item} i ON i.resource_link_id = r.id
LEFT JOIN {attempt} t ON t.id = (
    SELECT x.id FROM {attempt} x
    WHERE x.learner_id = l.id AND x.resource_link_id = r.id AND x.activity_id = a.id
    ORDER BY x.number DESC LIMIT 1)
"""
_BARRED = """
, EXISTS (SELECT 1 FROM {allowed} p WHERE p.activity_id = a.id)
AND NOT EXISTS (SELECT 1 FROM {allowed} p WHERE p.activity_id = a.id AND p.platform_id = %s) AS barred
"""


def look_up(platform: Platform, course: Course, link: Link | None, person: Person) -> Known:
    """The rows of a launch by the ids that the LMS sent."""
    sql, parts = _statement(connection.vendor)
    resource_link_id = link.resource_link_id if link else None
    with connection.cursor() as cursor:
        cursor.execute(
            sql, (platform.pk, platform.pk, person.user_id, platform.pk, course.context_id, resource_link_id)
        )
        row = cursor.fetchone()
    learner, context, known_link, activity, account, cell, line_item, attempt = (part.of(row) for part in parts)
    if known_link is not None:
        known_link.context = context
        known_link.activity = activity
        if activity is not None:
            activity.account = account
    return Known(learner, known_link, cell, line_item, attempt, barred=bool(row[-1]))


@cache
def _statement(vendor: str) -> tuple[str, tuple[Part[Any], ...]]:
    """The SELECT for this kind of database, and how its rows become models."""
    selected = ((Learner, "l"), (Context, "c"), (ResourceLink, "r"), (Activity, "a"), (Account, "k"))
    columns, parts = parts_of(
        *((model, alias, None) for model, alias in selected),
        (Cell, "g", _CELL),
        (LineItem, "i", None),
        (Attempt, "t", None),
    )
    tables = {
        "learner": Learner._meta.db_table,
        "context": Context._meta.db_table,
        "link": ResourceLink._meta.db_table,
        "activity": Activity._meta.db_table,
        "account": Account._meta.db_table,
        "cell": Cell._meta.db_table,
        "line_item": LineItem._meta.db_table,
        "attempt": Attempt._meta.db_table,
        "allowed": Activity.platforms.through._meta.db_table,
    }
    return f"SELECT {columns} {_BARRED.format(**tables)} {_FROM.format(**tables)}", parts  # noqa: S608 (our names)


def lti11_registration(consumer_key: str) -> Lti11Registration | None:
    """The LTI 1.1 registration of a key, with its platform."""
    sql, (registration_part, platform_part) = _registration_statement(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, (consumer_key,))
        row = cursor.fetchone()
    if row is None:
        return None
    registration: Lti11Registration = registration_part.always_of(row)
    registration.platform = platform_part.always_of(row)
    return registration


@cache
def _registration_statement(vendor: str) -> tuple[str, tuple[Part[Any], ...]]:
    columns, parts = parts_of((Lti11Registration, "g", None), (Platform, "p", None))
    tables = f"{Lti11Registration._meta.db_table} g JOIN {Platform._meta.db_table} p ON p.id = g.platform_id"
    return f"SELECT {columns} FROM {tables} WHERE g.consumer_key = %s", parts  # noqa: S608 (our names)
