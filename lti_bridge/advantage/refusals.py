"""Answers that mean the same whatever was asked."""

import time

from django.conf import settings

from lti_bridge import http
from lti_bridge.advantage.problems import ServiceProblem

#: The platform, or a proxy in front of it, cannot answer now.
TRY_LATER = frozenset({408, 425, 500, 501, 502, 503, 504, 507, 508, 509, 520, 521, 522, 523, 524})
#: A proxy answers for a platform that may still be at work.
MAY_STILL_ACT = frozenset({502, 504, 524})
#: Seconds to wait where a platform asks to be asked less and does not say how much less.
SLOWER = 30.0


def slower_by(answer: http.Answer) -> float | None:
    """Seconds to wait when an answer asks us to slow down; None when it does not.

    429 of any platform. Canvas: 403 with words, or with nothing left of its quota.
    """
    if answer.status == 429 or (answer.status == 403 and (_in_words(answer) or _nothing_is_left(answer))):
        return answer.retry_after(time.time()) or SLOWER * settings.DELIVERY_PACE
    return None


def check(answer: http.Answer, code: str) -> None:
    """Raise ``ServiceProblem`` unless an answer is a success: with ``code`` where nothing more is known."""
    if 200 <= answer.status < 300:
        return
    wait = slower_by(answer)
    if wait is not None:
        raise ServiceProblem("waits", status=answer.status, again_in=wait)
    if answer.status in TRY_LATER:
        raise ServiceProblem("server_error", status=answer.status, again_in=answer.retry_after(time.time()))
    if answer.status in (401, 403):
        raise ServiceProblem("not_permitted", said(answer), status=answer.status)
    raise ServiceProblem(code, said(answer), status=answer.status)


def said(answer: http.Answer) -> str:
    """What an answer says, for people: its status, and its text unless that is a page or nothing."""
    text = answer.body[:2000].decode("utf-8", "replace").strip()
    if text in ("[]", "{}") or text.startswith("<"):
        text = ""
    return f"HTTP {answer.status} {text}".strip()[:400]


def _in_words(answer: http.Answer) -> bool:
    return b"rate limit" in answer.body[:2000].lower()


def _nothing_is_left(answer: http.Answer) -> bool:
    try:
        return float(answer.headers.get("X-Rate-Limit-Remaining", "1")) <= 0
    except ValueError:
        return False
