"""Taking an exam: one session for one attempt, then into the player by LTI 1.1.

Campfire makes the session's id of four inputs. They are written down before the first call and never change again, so
that asking twice gives the same session, and the player opens that one.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, ProviderRefused
from lti_bridge.models import Attempt, Candidate
from lti_bridge.providers.actions import RelayLaunch
from lti_bridge.providers.base import Opening
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.settings import player_url
from lti_bridge.providers.looking import ASKED_TOGETHER
from lti_bridge.providers.names import given_and_family
from lti_bridge.providers.turns import turn

#: In an attempt's details: the inputs that its session's id is made of.
INPUTS = "session_inputs"
_OF_ID = ("user_id", "context_id", "resource_link_id")


def take_exam(opening: Opening) -> RelayLaunch:
    """The browser goes into the player, as the learner of the attempt's session. Raises ``ProviderError``."""
    attempt = opening.attempt
    if attempt is None:
        raise CannotOpen("attempt_missing", _("This exam cannot be opened."), _("Please tell your teacher."))
    candidate, _made = Candidate.objects.get_or_create(learner=opening.learner, account=opening.account)
    if attempt.candidate_id != candidate.pk:
        attempt.candidate = candidate
        attempt.save(update_fields=["candidate"])
    with turn(candidate):
        # Whoever had the turn before may have done it all.
        attempt.refresh_from_db(fields=["provider_attempt_id", "provider_details"])
        inputs = _frozen(opening, attempt)
        if not attempt.provider_attempt_id:
            _create(opening, attempt, inputs)
    fields = {name: inputs[name] for name in _OF_ID} | {"id": inputs["exam_config_id"]} | _passback(opening, attempt)
    return RelayLaunch(player_url(opening.account), {}, fields=fields)


def _frozen(opening: Opening, attempt: Attempt) -> Mapping[str, str]:
    """The inputs of the attempt's session, written down at its first opening."""
    kept = attempt.provider_details.get(INPUTS)
    if kept:
        return dict(kept)
    link, exam_config_id = opening.resource_link, str(opening.activity.parameters["exam_config_id"])
    inputs = {
        "exam_config_id": exam_config_id,
        "user_id": opening.learner.opaque_id,
        "context_id": f"c.{link.context_id}",
        # Of this attempt alone: with another one's the answers would go into another one's session.
        "resource_link_id": f"l.{link.pk}.{opening.activity.pk}.{attempt.number}",
    }
    attempt.provider_details = {**attempt.provider_details, INPUTS: inputs, ASKED_TOGETHER: exam_config_id}
    attempt.save(update_fields=["provider_details"])
    return inputs


def _create(opening: Opening, attempt: Attempt, inputs: Mapping[str, str]) -> None:
    """Have the session made, or found: with the same inputs it is always the same one."""
    given, family = given_and_family(opening.learner)
    context = opening.resource_link.context
    body = {
        **{name: inputs[name] for name in _OF_ID},
        "context_label": context.label or context.title,
        "context_title": context.title or context.label,
        "lis_person_name_given": given,
        "lis_person_name_family": family,
        **_passback(opening, attempt),
    }
    told = {name: value for name, value in body.items() if value}
    answer = ask(opening.account, "create_exam_session", {"examConfigId": inputs["exam_config_id"]}, body=told)
    session_id = id_in(answer)
    if not session_id or _belongs_to_another(attempt, session_id):
        raise ProviderRefused(
            "answer_incomplete",
            _("The exam provider does not say clearly which exam is yours."),
            _("Please tell the people who look after this service."),
            detail=f"Campfire, create_exam_session: {'the session of another attempt' if session_id else 'no id'}",
        )
    attempt.provider_attempt_id = session_id
    attempt.save(update_fields=["provider_attempt_id"])


def id_in(answer: Any) -> str:
    """The id of the session in the answer to its making; its form is not documented."""
    told = answer if isinstance(answer, dict) else {}
    session = told.get("examSession")
    for each in (session if isinstance(session, dict) else {}, told):
        for name in ("id", "examSessionId", "sessionId"):
            value = each.get(name)
            if isinstance(value, str) and 0 < len(value) <= 200:
                return value
    return ""


def _belongs_to_another(attempt: Attempt, session_id: str) -> bool:
    others = Attempt.objects.filter(provider_attempt_id=session_id, candidate__account=attempt.account)
    return others.exclude(pk=attempt.pk).exists()


def _passback(opening: Opening, attempt: Attempt) -> dict[str, str]:
    """Where a score may be passed back to: heard as a hint, in whatever form it comes."""
    if not opening.callback_url:
        return {}
    return {"lis_outcome_service_url": opening.callback_url, "lis_result_sourcedid": attempt.key}
