"""Asking Campfire how attempts stand: one session, or all sessions of an exam configuration."""

from collections.abc import Iterator
from datetime import timedelta

from lti_bridge.models import Account, Attempt, AttemptState
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.listing import sessions_of
from lti_bridge.providers.campfire.results import kept_of
from lti_bridge.providers.campfire.sessions import ExamSession, read_session
from lti_bridge.providers.campfire.settings import has_api
from lti_bridge.providers.looking import Looks

#: Waits between looks, then one every ``THEN_EVERY``, ``DAYS`` long. After a grade it is once a day, as many days.
WAITS = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
THEN_EVERY = timedelta(hours=6)
DAYS = 30
INCLUDE = (("include[]", "results"), ("include[]", "responses"))


def can_fetch(account: Account, attempt: Attempt) -> bool:
    """Whether there is a session to ask about."""
    return bool(attempt.provider_attempt_id) and has_api(account)


def next_look(state: AttemptState, looks: int) -> timedelta | None:
    """The schedule, the same for every unfinished state. A graded exam may be taken again in the player, and the
    passback that says so may be lost.
    """
    if state == AttemptState.GRADED:
        return timedelta(days=1) if looks < DAYS else None
    if looks < len(WAITS):
        return WAITS[looks]
    return THEN_EVERY if (looks - len(WAITS)) * THEN_EVERY < timedelta(days=DAYS) else None


def fetch(attempt: Attempt) -> str | None:
    """What Campfire says of an attempt's session; none where it has none. Raises ``ProviderError``."""
    if not attempt.provider_attempt_id:
        return None
    parts = {"examSessionId": attempt.provider_attempt_id}
    answer = ask(attempt.account, "get_exam_session", parts, query=INCLUDE[:1])
    return kept_of(answer if isinstance(answer, dict) else {})


def fetch_together(account: Account, exam_config_id: str) -> Iterator[tuple[str, str]]:
    """The same of every session of an exam configuration, with its id."""
    for entry in sessions_of(account, exam_config_id):
        session = entry.get("examSession")
        if isinstance(session, dict) and isinstance(session.get("id"), str):
            yield session["id"], kept_of(entry)


def session_of(attempt: Attempt) -> ExamSession | None:
    """The session of an attempt, with results and responses, as it is now. Raises ``ProviderError``."""
    parts = {"examSessionId": attempt.provider_attempt_id}
    return read_session(ask(attempt.account, "get_exam_session", parts, query=INCLUDE))


LOOKS = Looks(can_fetch, fetch, next_look, fetch_together)
