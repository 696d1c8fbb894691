"""Inspera's API over HTTP: a token for an hour, at most so many requests at once, answers read with tolerance.

Nothing is sent twice but what was surely not done: after a 401, with a new token, and after "too many requests".
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings

from lti_bridge import http
from lti_bridge.errors import ProviderError, ProviderUnavailable
from lti_bridge.models import Account
from lti_bridge.providers import limits, tokens, troubles
from lti_bridge.providers.inspera_assessment import errors
from lti_bridge.providers.inspera_assessment.endpoints import endpoint_of
from lti_bridge.providers.inspera_assessment.settings import at_once, base_url, code
from lti_bridge.providers.tokens import Fetched

log = structlog.get_logger(__name__)

PURPOSE = "api"
CREDENTIALS = "credentials_refused"
#: When the answer does not say how long a token is good.
_LIFE = 3600.0
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
#: Answers that do not come as a file: results of one candidate, users, tests.
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, without a byte, in all, and to wait for a place; and the waits when Inspera is busy."""

    timeout: tuple[float, float]
    deadline: float
    queue: float
    waits: tuple[float, ...]


#: Somebody sits before the screen.
QUICK = Patience((5.0, 20.0), 25.0, 15.0, (1.0,))
#: The same, for what makes and assigns: that may take Inspera longer than a minute, and half of it helps nobody.
PATIENT = Patience((5.0, 65.0), 75.0, 15.0, (1.0,))
#: Exports, and whatever nobody waits for.
SLOW = Patience((5.0, 120.0), 150.0, 300.0, (2.0, 4.0, 8.0, 16.0, 32.0))


def ask(
    account: Account,
    name: str,
    parts: Mapping[str, str] | None = None,
    *,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    patience: Patience = SLOW,
) -> Any:
    """Ask one endpoint (a name of the table) and give its answer as JSON.

    Raises ``ProviderRefused`` for a clear no, an HTTP 200 with errors in it among them, and ``ProviderUnavailable``.
    """
    endpoint = endpoint_of(account, name)
    url = f"{base_url(account)}/api{endpoint.filled(parts or {})}"
    if query:
        url = f"{url}?{urlencode(query)}"
    return _read(name, _sent(account, name, endpoint.method, url, body, patience))


def ask_at(account: Account, name: str, url: str, *, patience: Patience = SLOW) -> Any:
    """Get an address that Inspera gave us for our token. Raises as ``ask``; the caller made sure that it is theirs."""
    return _read(name, _sent(account, name, "GET", url, None, patience))


def is_ours_to_ask(account: Account, url: str) -> bool:
    """Whether an address is the tenant's own, so that our token may go there."""
    try:
        given, own = urlsplit(url), urlsplit(base_url(account))
        same = (given.scheme, given.hostname, given.port) == (own.scheme, own.hostname, own.port)
    except ValueError:
        return False
    return same and given.username is None


# --- one request ----------------------------------------------------------------------------


def _sent(account: Account, name: str, method: str, url: str, body: Any, patience: Patience) -> http.Answer:
    token = _token(account, patience)
    answer = _exchange(account, name, method, url, body, token, patience)
    if answer.status == 401:
        tokens.forget(account, PURPOSE, token)
        answer = _exchange(account, name, method, url, body, _token(account, patience), patience)
    if answer.status not in (200, 201, 202, 204):
        raise _noted(account, errors.error_of(errors.OF_CALL, answer, name))
    return answer


def _exchange(
    account: Account, name: str, method: str, url: str, body: Any, token: str, patience: Patience
) -> http.Answer:
    headers = {"Authorization": f"Bearer {token}", "Accept": _JSON}
    raw = None
    if body is not None:
        raw = json.dumps(body).encode()
        headers["Content-Type"] = _JSON
    return _patiently(account, name, method, url, raw, headers, patience)


def _patiently(
    account: Account,
    name: str,
    method: str,
    url: str,
    raw: bytes | None,
    headers: Mapping[str, str],
    patience: Patience,
) -> http.Answer:
    """One request in its place; again after a wait while Inspera is too busy to look at it."""
    for wait in (*patience.waits, None):
        answer = _once(account, name, method, url, raw, headers, patience)
        if answer.status not in errors.BUSY or wait is None:
            break
        asked = answer.retry_after(time.time())
        log.warning("inspera_busy", account=account.name, what=name, status=answer.status)
        if asked is not None and asked > sum(patience.waits):
            break
        time.sleep(max(asked or 0.0, wait * settings.DELIVERY_PACE))
    return answer


def _once(
    account: Account,
    name: str,
    method: str,
    url: str,
    raw: bytes | None,
    headers: Mapping[str, str],
    patience: Patience,
) -> http.Answer:
    with limits.place(account, at_once(account), lease=patience.deadline + 10, patience=patience.queue):
        try:
            return http.request(
                method,
                url,
                headers=headers,
                body=raw,
                timeout=patience.timeout,
                deadline=patience.deadline,
                max_bytes=MAX_BYTES,
            )
        except http.HttpProblem as problem:
            raise _noted(account, errors.no_answer(name, str(problem), ambiguous=problem.ambiguous)) from None


def _read(name: str, answer: http.Answer) -> Any:
    """The JSON of an answer, out of the wrappings that it was seen in."""
    text = answer.body.decode("utf-8-sig", "replace").strip()
    if not text:
        return {}
    if text.startswith(("https://", "http://")) and not text.split()[1:]:
        return text  # an address alone, as some exports answer
    told = _json(name, text)
    if isinstance(told, dict) and isinstance(inner := told.get("result"), str) and inner[:1] in ("{", "["):
        told = _json(name, inner)
    if isinstance(told, dict) and (told.get("errors") or told.get("success") in (False, "false")):
        code, words = errors.words_of(json.dumps(told).encode())
        raise errors.not_done(name, words or code)
    return told


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise errors.no_answer(name, "what came is no JSON", ambiguous=True) from None


# --- the token ------------------------------------------------------------------------------


def _token(account: Account, patience: Patience) -> str:
    key, client_id = code(account), str(account.settings["client_id"])
    made_with = "\n".join((base_url(account), client_id, key))
    return tokens.token_of(account, PURPOSE, made_with, lambda: _fetch_token(account, client_id, key, patience))


def _fetch_token(account: Account, client_id: str, key: str, patience: Patience) -> Fetched:
    # The key travels in a header, never in the address: addresses end in logs.
    query = urlencode({"grant_type": "authorization_code", "client_id": client_id})
    url = f"{base_url(account)}/api{endpoint_of(account, 'token').path}?{query}"
    headers = {"code": key, "Content-Type": _FORM, "Accept": _JSON}
    # Others wait for this token: no longer than they do.
    brief = Patience((5.0, 15.0), 18.0, min(patience.queue, 10.0), (0.5,))
    answer = _patiently(account, "token", "POST", url, b"", headers, brief)
    if answer.status != 200:
        raise _noted(account, errors.error_of(errors.OF_TOKEN, answer, "token"))
    fetched = _read_token(answer)
    if fetched is None:
        raise errors.no_answer("token", "HTTP 200 without a token", ambiguous=False)
    troubles.clear(account, [each.code for each in errors.OF_TOKEN.values()])
    return fetched


def _read_token(answer: http.Answer) -> Fetched | None:
    """The token of an answer; None when there is none that a header could carry."""
    try:
        told = json.loads(answer.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    token = told.get("access_token") if isinstance(told, dict) else None
    if not (isinstance(token, str) and token and token.isascii() and token.isprintable() and " " not in token):
        return None
    try:
        seconds = float(told.get("expires_in") or _LIFE)
    except (TypeError, ValueError):
        seconds = _LIFE
    return Fetched(token, seconds if 0 < seconds < 10_000_000 else _LIFE)


def _noted(account: Account, error: ProviderError) -> ProviderError:
    log.warning("inspera_refused", account=account.name, code=error.code, detail=error.detail)
    lasting = not isinstance(error, ProviderUnavailable)
    if lasting and error.code in {each.code for each in errors.OF_TOKEN.values()}:
        troubles.note(account, error.code, f"{error.sentence} {error.advice}")
    return error
