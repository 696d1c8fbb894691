"""What those who teach can have done about one session: taken again, reset, opened again.

Each is asked for once. Where no clear answer comes, the session as it was before and as it is then tell whether it was
done; nothing is repeated.
"""

from collections.abc import Callable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import ProviderError
from lti_bridge.models import Attempt, AttemptState
from lti_bridge.providers.acts import AttemptAct, Blank, Told
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.looking import session_of
from lti_bridge.providers.campfire.paper import PAPER_ACTS
from lti_bridge.providers.campfire.results import reset_report
from lti_bridge.providers.campfire.sessions import ExamSession
from lti_bridge.providers.campfire.settings import has_api
from lti_bridge.providers.reports import GradeReport

_OVER = (AttemptState.SUBMITTED, AttemptState.MARKING, AttemptState.GRADED)
_BEGUN = (AttemptState.OPENED, AttemptState.STARTED, *_OVER)


def _retake(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _once(attempt, "retake_session", _goes_on)
    return Told(_("The exam can be taken again. The grade stands until there is another one."), report=_again(attempt))


def _reopen(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _once(attempt, "reopen_session", lambda _before, now: _is_open(now))
    return Told(_("The exam is open again. The grade stands until there is another one."), report=_again(attempt))


def _reset(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    _once(attempt, "reset_session", _is_emptied)
    return Told(_("All answers and scores are removed."), report=reset_report(attempt, timezone.now()))


def _once(attempt: Attempt, name: str, is_done: Callable[[ExamSession, ExamSession], bool]) -> None:
    """Ask once. Without a clear answer: read the session, and raise the error if that does not show it as done.

    ``is_done``: tells so by the session as it was before and as it is now.
    """
    before = session_of(attempt)
    try:
        ask(attempt.account, name, {"examSessionId": attempt.provider_attempt_id})
    except ProviderError as error:
        if not error.ambiguous:
            raise
        try:
            now = session_of(attempt)
        except ProviderError:
            raise error from None
        if before is None or now is None or not is_done(before, now):
            raise


def _is_open(session: ExamSession) -> bool:
    return bool(session.maturity) and not session.is_complete


def _goes_on(before: ExamSession, now: ExamSession) -> bool:
    return before.is_complete and _is_open(now)


def _is_emptied(before: ExamSession, now: ExamSession) -> bool:
    """Whether something is gone that only a reset takes away. That nothing is there now is no sign of it: while an exam
    goes on it has no score, and of answers Campfire may tell no more than their items.
    """
    return _is_open(now) and not _has_work(now) and bool(_traces(before) - _traces(now))


def _has_work(session: ExamSession) -> bool:
    """Whether there is a score of more than nothing, or an answer that is told."""
    items = session.results.items if session.results else ()
    return any((session.score.actual, *(item.score.actual for item in items), *session.responses.values()))


def _traces(session: ExamSession) -> set[tuple[str, str]]:
    """What a session tells that was not there before somebody worked on it."""
    items = session.results.items if session.results else ()
    traces = {("item scored", item.id) for item in items if item.score.actual}
    traces |= {("item", each) for each in session.responses}
    traces |= {("answer", each) for each, answer in session.responses.items() if answer}
    return traces if session.score.actual is None else traces | {("scored", "")}


def _again(attempt: Attempt) -> GradeReport:
    return GradeReport(attempt, AttemptState.STARTED, timezone.now(), reopened=True)


def _in(*states: AttemptState) -> Callable[[Attempt], bool]:
    return lambda attempt: bool(attempt.provider_attempt_id) and attempt.state in states and has_api(attempt.account)


_ACTS: dict[str, AttemptAct] = {
    "retake": AttemptAct(
        label=gettext_lazy("Let it be taken again"),
        carry_out=_retake,
        suits=_in(*_OVER),
        question=gettext_lazy("Let the exam be taken again? Campfire’s strategy decides which attempt counts."),
    ),
    "reopen": AttemptAct(
        label=gettext_lazy("Open it again"),
        carry_out=_reopen,
        suits=_in(*_OVER),
        question=gettext_lazy("Open the exam again? The learner goes on where it was handed in."),
    ),
    "reset": AttemptAct(
        label=gettext_lazy("Reset"),
        carry_out=_reset,
        suits=_in(*_BEGUN),
        question=gettext_lazy("Remove all answers and all scores of this exam at Campfire? There is no way back."),
        blanks={"confirmation": Blank(gettext_lazy("To confirm, type RESET"), required=True, exactly="RESET")},
        in_bulk=False,
    ),
}

ATTEMPT_ACTS: Mapping[str, AttemptAct] = _ACTS | dict(PAPER_ACTS)
