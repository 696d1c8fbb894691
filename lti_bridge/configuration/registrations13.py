"""Steps for LTI 1.3 registrations and the deployments under them."""

from lti_bridge.configuration.entries import DeploymentsEntry, Registration13Entry
from lti_bridge.configuration.rows import Agreed, Rows
from lti_bridge.configuration.steps import Step, begin
from lti_bridge.models import Deployment, Lti13Registration
from lti_bridge.registration_rules import problems_of

REGISTRATION13_FIELDS = (
    *("issuer", "client_id", "authorization_endpoint", "token_endpoint", "jwks_uri", "token_audience"),
    *("algorithms", "approve_deployments", "service_hosts", "enabled"),
)


def plan_registration13(rows: Rows, entry: Registration13Entry) -> Step:
    """A registration that the file names has been looked at: it waits for approval no more."""
    platform = rows.platforms[entry.platform]
    row = rows.lti13.get(entry.agreed)
    step = begin("lti13", entry, row, Lti13Registration(platform=platform))
    if row and row.pk and row.platform.name != entry.platform:
        rows.problem(entry, f'issuer and client_id belong to platform "{row.platform.name}" and cannot move')
    step.set(entry.values, REGISTRATION13_FIELDS)
    wrong = problems_of(entry.values)
    for name, problem in wrong.items():
        rows.problem(entry, f"{name} {problem}")
    for mistake in step.mistakes(tuple(name for name in entry.values if name not in wrong)):
        rows.problem(entry, mistake)
    if row and row.awaits_approval:
        step.changed("awaits_approval", False, "approved")
    if isinstance(step.row, Lti13Registration):
        rows.lti13[entry.agreed] = step.row
    return step


def plan_deployments(rows: Rows, entry: DeploymentsEntry) -> list[Step]:
    """The deployments that an entry lists become approved ones of its platform; others stay as they are."""
    registration = rows.lti13.get(entry.agreed)
    if registration is None:
        if all(entry.agreed):
            rows.problem(entry, "there is no lti13 registration with this issuer and client_id")
        return []
    steps = []
    for deployment_id in entry.deployment_ids:
        step = _plan_deployment(rows, entry, registration, deployment_id)
        if step:
            steps.append(step)
    return steps


def left_alone(rows: Rows, named: dict[Agreed, set[str]]) -> list[str]:
    """What the file does not name: registrations, and how many deployments under each."""
    told = [f"lti13 {' '.join(agreed)}" for agreed in sorted(rows.lti13) if agreed not in named]
    for agreed, deployments in sorted(rows.deployments.items()):
        others = [row for name, row in deployments.items() if name not in named.get(agreed, ())]
        waiting = sum(row.waits for row in others)
        if others:
            counted = "1 deployment" if len(others) == 1 else f"{len(others)} deployments"
            told.append(f"{counted} of lti13 {' '.join(agreed)}" + (f" ({waiting} waiting)" if waiting else ""))
    return told


def _plan_deployment(
    rows: Rows, entry: DeploymentsEntry, registration: Lti13Registration, deployment_id: str
) -> Step | None:
    if not _is_new_to_the_file(rows, entry, deployment_id):
        return None
    platform = rows.platforms[entry.platform]
    row = rows.deployments.get(entry.agreed, {}).get(deployment_id)
    new = Deployment(registration=registration, platform=platform, deployment_id=deployment_id, approved=True)
    step = Step("deployment", f"{deployment_id} of {' '.join(entry.agreed)}", row or new, new=row is None)
    for mistake in step.mistakes(("deployment_id",)):
        rows.problem(entry, mistake)
    if row:
        _approve(rows, entry, step, row)
    return step


def _is_new_to_the_file(rows: Rows, entry: DeploymentsEntry, deployment_id: str) -> bool:
    place = (*entry.agreed, deployment_id)
    owner = rows.listed_deployments.get(place)
    rows.listed_deployments.setdefault(place, entry.where)
    if not deployment_id:
        rows.problem(entry, "deployment_ids holds an empty text")
    elif owner == entry.where:
        rows.problem(entry, f'deployment_ids names "{deployment_id}" twice')
    elif owner:
        rows.problem(entry, f'deployment_id "{deployment_id}" is already used by {owner}')
    return bool(deployment_id) and owner is None


def _approve(rows: Rows, entry: DeploymentsEntry, step: Step, row: Deployment) -> None:
    """One that waits, or was refused, belongs to nobody yet; an approved one has people and courses."""
    if row.platform.name != entry.platform:
        if row.approved:
            text = f'deployment_id "{row.deployment_id}" belongs to platform "{row.platform.name}" and cannot move'
            rows.problem(entry, text)
            return
        step.changed("platform", rows.platforms[entry.platform], "platform")
    if not row.approved:
        step.changed("approved", True, "approved")
    if row.refused_at is not None:
        step.changed("refused_at", None, "no longer refused")
