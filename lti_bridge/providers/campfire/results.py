"""What Campfire's word about a session means for its attempt.

The grade is (actual − min) / (max − min). It is final when the session is complete and nothing that can be scored is
without a score; the points are only compared.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import Account, Attempt, AttemptState
from lti_bridge.providers.campfire.sessions import COMPLETE, IN_PROGRESS, ExamSession, Results, read_session
from lti_bridge.providers.campfire.settings import choice
from lti_bridge.providers.reports import GradeReport, PollMessage

#: ``maturity`` → where the attempt stands; None: the scores tell.
STATES: dict[str, AttemptState | None] = {IN_PROGRESS: AttemptState.STARTED, COMPLETE: None}
#: The attempt was over; Campfire says that it goes on.
_OVER = (AttemptState.SUBMITTED, AttemptState.MARKING, AttemptState.GRADED)
#: What of a session is kept of an answer: no name, and nothing that was answered.
_KEPT = ("id", "maturity", "scoreActual", "scoreMin", "scoreMax", "results")
_NEAR = Decimal("0.01")


def kept_of(answer: Mapping[str, Any]) -> str:
    """What of an answer about a session is kept, always in the same order."""
    session = answer.get("examSession")
    told = session if isinstance(session, dict) else {}
    return json.dumps({"examSession": {name: told[name] for name in _KEPT if name in told}}, sort_keys=True)


def read_poll(message: PollMessage) -> list[GradeReport]:
    """Where the attempt stands by what is kept of an answer.

    Raises ``UnsupportedEvent`` for another session than the attempt's, a maturity that no document has, and a score
    without a scale.
    """
    session = _session_of(message)
    if session.maturity not in STATES:
        raise UnsupportedEvent("unknown_maturity", detail=f"campfire: maturity {session.maturity[:20]!r}")
    state = STATES[session.maturity]
    if state is not None:
        return [_goes_on(message, state)]
    if not is_final(session, message.account):
        return [GradeReport(message.attempt, AttemptState.MARKING, message.received_at, reopened=_was_graded(message))]
    return [_graded(message, session)]


def is_final(session: ExamSession, account: Account) -> bool:
    """Whether the score of a session is its last word."""
    if not session.is_complete or session.score.actual is None or session.results is None:
        return False
    return not _is_pending(session.results, pending_counts=choice(account, "unscorable_items") == "pending")


def reset_report(attempt: Attempt, at: Any) -> GradeReport:
    """All answers and scores are gone: the result is taken back, and that is not 0."""
    return GradeReport(attempt, AttemptState.OPENED, at, has_result=True, note="reset")


def _session_of(message: PollMessage) -> ExamSession:
    try:
        session = read_session(json.loads(message.raw))
    except ValueError:
        session = None
    if session is None:
        raise UnsupportedEvent("not_readable", detail="campfire: the kept answer has no session")
    if session.id != message.attempt.provider_attempt_id:
        raise UnsupportedEvent("another_session", detail="campfire: the answer is about another session")
    return session


def _is_pending(results: Results, *, pending_counts: bool) -> bool:
    scores = [item.score for item in results.items]
    unscored = any(score.is_scorable and score.actual is None for score in scores)
    return unscored or (pending_counts and any(not score.is_scorable for score in scores))


def _goes_on(message: PollMessage, state: AttemptState) -> GradeReport:
    again = message.attempt.state in _OVER
    return GradeReport(
        message.attempt, state, message.received_at, reopened=again, note="goes on again" if again else ""
    )


def _was_graded(message: PollMessage) -> bool:
    return message.attempt.state == AttemptState.GRADED


def _graded(message: PollMessage, session: ExamSession) -> GradeReport:
    score = session.score
    if score.actual is None or score.highest is None or score.highest <= score.lowest:
        raise UnsupportedEvent("no_scale", detail="campfire: scoreMax is missing or not above scoreMin")
    given, most = score.actual - score.lowest, score.highest - score.lowest
    notes = []
    if given < 0:
        given = Decimal(0)
        notes.append("less than the minimum")
    if given > most:
        notes.append("more than full marks")
    points = session.results.points.fraction if session.results and session.results.points else None
    if points is not None and abs(points - given / most) > _NEAR:
        # As it has to be where the best of several attempts counts.
        notes.append("points of the last attempt differ")
    return GradeReport(
        message.attempt,
        AttemptState.GRADED,
        message.received_at,
        has_result=True,
        score_given=given,
        score_maximum=most,
        raw_score=f"{score.actual:f}",
        note=", ".join(notes),
    )
