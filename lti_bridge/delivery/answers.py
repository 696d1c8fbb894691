"""Answers and silences that mean the same for every version of LTI."""

import time

from lti_bridge import http
from lti_bridge.advantage.refusals import MAY_STILL_ACT, TRY_LATER, slower_by
from lti_bridge.delivery.verdicts import Patience, Verdict
from lti_bridge.models import TryResult

#: A proxy answers for an LMS that may still be at work, or is not there at all.
_SILENT = frozenset({502, 503, 504, 521, 522, 523, 524})


def by_status(answer: http.Answer) -> Verdict | None:
    """What an answer means by its status alone; None where its content decides."""
    status = answer.status
    slower = slower_by(answer)
    if slower is not None:
        return Verdict(TryResult.UNAVAILABLE, "busy", status=status, uncounted=True, retry_after=slower)
    if 300 <= status < 400:
        return Verdict(TryResult.REFUSED, "redirected", status=status, patience=Patience.THREE_TRIES)
    if status in TRY_LATER:
        doubtful = status in MAY_STILL_ACT
        result = TryResult.UNCLEAR if doubtful else TryResult.UNAVAILABLE
        after = answer.retry_after(time.time())
        return Verdict(
            result, "server_error", "", status, silent=status in _SILENT, doubtful=doubtful, retry_after=after
        )
    return None


def unanswered(code: str, text: str, *, ambiguous: bool) -> Verdict:
    """What it means that no usable answer came: ``code`` is one of ``http.HttpProblem``."""
    if code in ("forbidden_address", "bad_url"):
        return Verdict(TryResult.REFUSED, "address_forbidden", text, patience=Patience.NONE)
    if code == "too_large":
        return Verdict(TryResult.UNCLEAR, "not_an_answer", text, doubtful=True)
    if ambiguous:
        return Verdict(TryResult.UNCLEAR, "no_clear_answer", text, doubtful=True, silent=True)
    return Verdict(TryResult.UNAVAILABLE, "no_answer", text, silent=True)
