"""Deployments of a registration: whose courses a launch is about, and what becomes of one that is new."""

import structlog

from lti_bridge.models import Deployment, Lti13Registration

log = structlog.get_logger(__name__)

#: Of one registration, so many wait for approval at a time: whoever holds its key could otherwise fill a table.
MOST_WAITING = 50


def named(registration_id: int, deployment_id: str) -> Deployment | None:
    """A deployment with its platform, its registration and the registration's platform: all a launch needs, at once."""
    rows = Deployment.objects.select_related("platform", "registration__platform")
    try:
        return rows.get(registration_id=registration_id, deployment_id=deployment_id)
    except Deployment.DoesNotExist:
        return None


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
