"""What we know of a launch already, in one round trip.

A launch is the busiest thing that happens here, and nearly every one is of a person and a link seen before. The rows
it needs do not hang together by foreign keys alone, so the statement is written out; its columns come from the models.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from lti_bridge.joined_rows import Part, part
from lti_bridge.launch.launch import Course, Link, Person
from lti_bridge.models import Account, Activity, Attempt, Cell, Context, Learner, LineItem, Platform, ResourceLink

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


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of a launch, as far as they exist. ``link`` comes with its context, activity and account.

    ``attempt``: the learner's newest attempt at what the link is bound to. ``barred``: that activity is for other
    platforms only. ``line_item``: the link's gradebook column.
    """

    learner: Learner | None
    link: ResourceLink | None
    cell: Cell | None
    line_item: LineItem | None
    attempt: Attempt | None
    barred: bool


def look_up(platform: Platform, course: Course, link: Link | None, person: Person) -> Known:
    """The rows of a launch by the ids that the LMS sent."""
    sql, parts = _statement(connection.vendor)
    resource_link_id = link.resource_link_id if link else None
    with connection.cursor() as cursor:
        cursor.execute(
            sql, (platform.pk, platform.pk, person.user_id, platform.pk, course.context_id, resource_link_id)
        )
        row = cursor.fetchone()
    learner, context, known_link, activity, account, cell, line_item, attempt = (each.of(row) for each in parts)
    if known_link is not None:
        known_link.context = context
        known_link.activity = activity
        if activity is not None:
            activity.account = account
    return Known(learner, known_link, cell, line_item, attempt, barred=bool(row[-1]))


@cache
def _statement(vendor: str) -> tuple[str, tuple[Part[Any], ...]]:
    """The SELECT for this kind of database, and how its rows become models."""
    models = ((Learner, "l"), (Context, "c"), (ResourceLink, "r"), (Activity, "a"), (Account, "k"), (Cell, "g"))
    parts: list[Part[Any]] = []
    for model, alias in (*models, (LineItem, "i"), (Attempt, "t")):
        start = sum(len(each.names) for each in parts)
        parts.append(part(model, alias, start=start, only=_CELL if model is Cell else ()))
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
    columns = ", ".join(each.columns for each in parts)
    return f"SELECT {columns} {_BARRED.format(**tables)} {_FROM.format(**tables)}", tuple(parts)  # noqa: S608 (our names)
