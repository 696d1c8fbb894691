"""What happens to sessions of the pretend Campfire."""

from collections.abc import Mapping

from django.utils import timezone

from lti_bridge.sandbox.campfire.exams import right_in
from lti_bridge.sandbox.models import CampfireSession

IN_PROGRESS, COMPLETE = "IN_PROGRESS", "COMPLETE"


def find(exam_config_id: str, told: Mapping[str, str]) -> CampfireSession:
    """The session of these inputs, made if there is none. Where its score goes is renewed each time it is told."""
    inputs = [told.get(name, "") for name in ("user_id", "context_id", "resource_link_id")]
    name = f"{told.get('lis_person_name_given', '')} {told.get('lis_person_name_family', '')}".strip()
    fields = {
        "name": name,
        "outcome_service_url": told.get("lis_outcome_service_url", ""),
        "result_sourcedid": told.get("lis_result_sourcedid", ""),
        "return_url": told.get("launch_presentation_return_url", ""),
    }
    session, _made = CampfireSession.objects.update_or_create(
        session_id=CampfireSession.id_of(exam_config_id, *inputs),
        defaults={name: value for name, value in fields.items() if value},
        create_defaults={"exam_config_id": exam_config_id, "user_id": inputs[0], **fields},
    )
    return session


def hand_in(session: CampfireSession, chosen: Mapping[str, int]) -> bool:
    """Hand an attempt in, once. False when it was handed in already."""
    best = max(right_in(chosen), session.best or 0)
    rows = CampfireSession.objects.filter(pk=session.pk, maturity=IN_PROGRESS)
    changed = rows.update(maturity=COMPLETE, chosen=dict(chosen), best=best, completed_at=timezone.now())
    session.refresh_from_db()
    return changed == 1


def retake(session: CampfireSession) -> None:
    """Another attempt: the best score stays."""
    _change(session, maturity=IN_PROGRESS, chosen={})


def reopen(session: CampfireSession) -> None:
    """The same attempt goes on."""
    _change(session, maturity=IN_PROGRESS)


def reset(session: CampfireSession) -> None:
    """Nothing was ever answered."""
    _change(session, maturity=IN_PROGRESS, chosen={}, best=None, completed_at=None)


def _change(session: CampfireSession, **fields: object) -> None:
    CampfireSession.objects.filter(pk=session.pk).update(**fields)
    session.refresh_from_db()
