"""Deployments of a registration: whose courses a launch is about, and what becomes of one that is new."""

from functools import cache
from typing import Any, cast

import structlog
from django.db import connection

from lti_bridge.models import Deployment, Lti13Registration, Platform
from lti_bridge.statements import Part, parts_of

log = structlog.get_logger(__name__)

#: Of one registration, so many wait for approval at a time: whoever holds its key could otherwise fill a table.
MOST_WAITING = 50
_FROM = """
FROM {Deployment} d
JOIN {Platform} p ON p.id = d.platform_id
JOIN {Lti13Registration} r ON r.id = d.registration_id
JOIN {Platform} o ON o.id = r.platform_id
WHERE d.registration_id = %s AND d.deployment_id = %s
"""


def named(registration_id: int, deployment_id: str) -> Deployment | None:
    """A deployment with its platform, its registration and the registration's platform: all a launch needs, at once."""
    sql, parts = _statement(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, (registration_id, deployment_id))
        row = cursor.fetchone()
    if row is None:
        return None
    found: list[Any] = [each.of(row) for each in parts]
    deployment, deployment.platform, deployment.registration, deployment.registration.platform = found
    return cast(Deployment, deployment)


@cache
def _statement(vendor: str) -> tuple[str, tuple[Part[Any], ...]]:
    """The SELECT for this kind of database, and how its row becomes models."""
    selected = ((Deployment, "d"), (Platform, "p"), (Lti13Registration, "r"), (Platform, "o"))
    columns, parts = parts_of(*((model, alias, None) for model, alias in selected))
    tables = {model.__name__: model._meta.db_table for model in (Deployment, Platform, Lti13Registration)}
    return f"SELECT {columns} {_FROM.format(**tables)}", parts  # noqa: S608 (our names)


def meet(registration: Lti13Registration, deployment_id: str) -> Deployment | None:
    """The row of a deployment that a believed launch names and nobody knows yet; None when too many wait already.

    It waits for approval, unless the registration approves its deployments by itself. It never joins another
    institution's platform by itself.
    """
    approved = registration.approve_deployments
    if not approved and registration.deployments.filter(approved=False, refused_at=None).count() >= MOST_WAITING:
        log.warning("deployment_not_kept", registration=registration.pk)
        return None
    defaults = {"platform": registration.platform, "approved": approved}
    row, made = Deployment.objects.get_or_create(
        registration=registration, deployment_id=deployment_id, defaults=defaults
    )
    if made:
        log.info("deployment_met", registration=registration.pk, deployment=row.pk, approved=approved)
    return row


def why_not(deployment: Deployment | None) -> str:
    """The reason code for launches of a deployment that are not taken; empty when they are."""
    if deployment is None:
        return "too_many_wait"
    if deployment.approved:
        return ""
    return "deployment_waits" if deployment.waits else "deployment_refused"
