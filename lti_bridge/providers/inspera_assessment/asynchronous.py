"""Exports of Inspera: ordered in either of its two ways, looked after, and fetched without our token.

The newer way orders by ``fileExport``; the older one schedules with the first GET, and the address that it gives, or
the job's number, tells how far it is. The words of both are read alike.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from lti_bridge.models import Account
from lti_bridge.providers.exports import Export, Standing
from lti_bridge.providers.inspera_assessment import errors
from lti_bridge.providers.inspera_assessment.client import SLOW, Patience, ask, ask_at, is_ours_to_ask
from lti_bridge.providers.inspera_assessment.endpoints import endpoint_of, key_of
from lti_bridge.providers.inspera_assessment.settings import base_url, export_hosts

#: Words for an export that will not come; any other word means that Inspera is at it.
_FAILED = ("failed", "failure", "error", "cancelled", "canceled", "expired")
_DONE = ("success", "succeeded", "completed", "complete", "done", "finished", "ready")
_CALLBACK = ("callbackUrl", "callbackURL", "callback_url", "callback", "statusUrl")
_JOB = ("jobId", "jobID", "job_id", "id")
_READY = ("signedResponseUrl", "signedUrl", "presignedUrl", "downloadUrl", "download_url", "url")
_NESTED = ("exportInfo", "result", "data", "job")


def ordered(
    account: Account, what: str, about: str, kind: str, parameters: Mapping[str, Any], *, patience: Patience = SLOW
) -> Export:
    """An export of ``fileExport``. ``kind``: a name of the table of keys. ``patience``: with each question."""

    def order() -> str:
        body = {"resourceType": key_of(account, kind), "parameters": dict(parameters)}
        answer = ask(account, "order_export", body=body, patience=patience)
        return _handle(account, what, answer, _status_of_job(account))

    return Export(account, what, about, order, _looker(account, what, patience), export_hosts(account))


def scheduled(
    account: Account,
    what: str,
    about: str,
    parts: Mapping[str, str],
    query: Mapping[str, str],
    *,
    patience: Patience = SLOW,
) -> Export:
    """An export that the first GET of the endpoint of that name schedules. ``patience``: as of :func:`ordered`."""

    def again(job: str) -> str:
        path = endpoint_of(account, what).filled(parts)
        return f"{base_url(account)}/api{path}?{urlencode({**query, 'jobId': job})}"

    def order() -> str:
        return _handle(account, what, ask(account, what, parts, query=query, patience=patience), again)

    return Export(account, what, about, order, _looker(account, what, patience), export_hosts(account))


def is_order(answer: Any) -> bool:
    """Whether an answer is about an export on its way, and not what was asked for."""
    return isinstance(answer, str) or bool(
        isinstance(answer, dict) and (_find(answer, _CALLBACK) or _find(answer, _READY) or "jobId" in answer)
    )


def followed(account: Account, what: str, about: str, first: Any, again: Callable[[], Any]) -> Export:
    """An export whose first answer is here already; ``again`` asks for it once more when it came to be too late."""
    answers = iter((first,))

    def order() -> str:
        answer = next(answers, None)
        return _handle(account, what, again() if answer is None else answer, _status_of_job(account))

    return Export(account, what, about, order, _looker(account, what), export_hosts(account))


def _status_of_job(account: Account) -> Callable[[str], str]:
    return lambda job: f"{base_url(account)}/api{endpoint_of(account, 'export_status').filled({'job_id': job})}"


def _handle(account: Account, what: str, answer: Any, of_job: Callable[[str], str]) -> str:
    """What to look at: the address that came, the job's, or at once the address of what is ready."""
    callback = answer if isinstance(answer, str) else _find(answer, _CALLBACK)
    if callback and is_ours_to_ask(account, callback):
        return callback
    job = _find(answer, _JOB)
    if job and all(each.isalnum() or each in "-_." for each in job):
        return of_job(job)
    ready = callback or _find(answer, _READY)
    if ready:
        return ready if is_ours_to_ask(account, ready) else f"ready {ready}"
    raise errors.no_answer(what, "an order without jobId and callbackUrl", ambiguous=True)


def _looker(account: Account, what: str, patience: Patience = SLOW) -> Callable[[str], Standing]:
    def look(handle: str) -> Standing:
        if handle.startswith("ready "):
            return Standing(100, handle.removeprefix("ready "))
        return standing_of(ask_at(account, what, handle, patience=patience))

    return look


def standing_of(answer: Any) -> Standing:
    """How far an export is, by what its address answered. Ready is what has an address and does not say otherwise."""
    if isinstance(answer, str):
        return Standing(100, answer)
    word = _find(answer, ("status", "state")).lower()
    if word in _FAILED:
        return Standing(failed=_find(answer, ("message", "error", "description")) or word)
    progress = _percent(_find(answer, ("progress", "percent", "percentage")))
    url = _find(answer, _READY)
    return Standing(progress, url if url and (word in _DONE or not word) else "")


def _percent(text: str) -> int:
    try:
        return max(0, min(100, round(float(text.rstrip("%")))))
    except (ValueError, OverflowError):
        return 0


def _find(answer: Any, names: tuple[str, ...]) -> str:
    """The first of some keys that has a text or number, here or one level below."""
    if not isinstance(answer, dict):
        return ""
    for name in names:
        value = answer.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            return str(value)
    return next((found for name in _NESTED if (found := _find(answer.get(name), names))), "")
