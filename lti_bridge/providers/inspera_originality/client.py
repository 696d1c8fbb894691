"""Originality's API over HTTP. Nothing is sent twice but after a 401, with a new token: that was surely not done."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import structlog

from lti_bridge import http
from lti_bridge.errors import ProviderError, ProviderRefused
from lti_bridge.models import Account
from lti_bridge.providers import troubles
from lti_bridge.providers.inspera_originality import access, errors
from lti_bridge.providers.inspera_originality.endpoints import Access, Endpoint, endpoint_of
from lti_bridge.providers.inspera_originality.inline import Body
from lti_bridge.providers.inspera_originality.settings import base_url

log = structlog.get_logger(__name__)

#: A person waits for the answer: seconds to connect, seconds without a byte, seconds in all.
TIMEOUT = (5.0, 20.0)
DEADLINE = 25.0
#: A document inside the request takes longer.
INLINE_TIMEOUT = (5.0, 60.0)
INLINE_DEADLINE = 120.0
MAX_BYTES = 5_000_000
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class _Request:
    account: Account
    name: str
    endpoint: Endpoint
    url: str
    body: Body | bytes | None = field(repr=False)


def ask(
    account: Account,
    name: str,
    parts: Mapping[str, str] | None = None,
    *,
    query: Mapping[str, str] | None = None,
    body: Any = None,
) -> Any:
    """Ask one endpoint (a name of the table) and give its answer as JSON; ``{}`` where it says nothing.

    ``body``: JSON, or a :class:`Body` with a document inside. Raises ``ProviderUnavailable`` when there was no proper
    answer (``ambiguous``: it may have been done all the same) and ``ProviderRefused`` when the answer is no.
    """
    endpoint = endpoint_of(account, name)
    url = f"{base_url(account)}{endpoint.filled(parts or {})}"
    if query:
        url += f"{'&' if '?' in url else '?'}{urlencode(query)}"
    raw = body if body is None or isinstance(body, Body) else json.dumps(body).encode()
    return _asked(_Request(account, name, endpoint, url, raw))


def _asked(request: _Request) -> Any:
    if request.endpoint.access == Access.NONE:
        return _read(request, _sent(request, ""))
    token = _token(request)
    answer = _sent(request, token)
    if answer.status == 401:
        access.forget(request.account, request.endpoint.access, token)
        answer = _sent(request, _token(request))
    told = _read(request, answer)
    troubles.clear(request.account, [errors.CREDENTIALS.code, errors.WRONG_ADDRESS.code, errors.NOT_ALLOWED.code])
    return told


def _token(request: _Request) -> str:
    def send(name: str, body: Mapping[str, str]) -> Any:
        return ask(request.account, name, body=dict(body))

    return access.token_of(request.account, request.endpoint.access, send)


def _sent(request: _Request, token: str) -> http.Answer:
    headers = {"Accept": _JSON} | ({"Authorization": f"Bearer {token}"} if token else {})
    if request.body is not None:
        headers["Content-Type"] = _JSON
    try:
        return _carry(request, headers)()
    except http.HttpProblem as problem:
        log.warning("originality_unavailable", what=request.name, code=problem.code)
        unclear = problem.ambiguous and request.endpoint.acts
        raise errors.made(errors.AWAY, f"{request.name}: {problem}", ambiguous=unclear) from None


def _carry(request: _Request, headers: Mapping[str, str]) -> Callable[[], http.Answer]:
    body, method, url = request.body, request.endpoint.method, request.url
    if not isinstance(body, Body):
        return lambda: http.request(
            method, url, headers=headers, body=body, timeout=TIMEOUT, deadline=DEADLINE, max_bytes=MAX_BYTES
        )
    return lambda: http.upload(
        method, url, body.pieces(), body.size, headers=headers, timeout=INLINE_TIMEOUT, deadline=INLINE_DEADLINE
    )


def _read(request: _Request, answer: http.Answer) -> Any:
    acts = request.endpoint.acts
    if not 200 <= answer.status < 300:
        raise _noted(request, errors.error_of(request.endpoint.about, answer, request.name, acts=acts))
    try:
        return json.loads(answer.body.decode("utf-8-sig")) if answer.body.strip() else {}
    except (ValueError, RecursionError):
        detail = f"{request.name}: HTTP {answer.status} without JSON"
        raise errors.made(errors.AWAY, detail, ambiguous=acts) from None


def _noted(request: _Request, error: ProviderError) -> ProviderError:
    """Administrators see what only they can put right."""
    log.info("originality_refused", what=request.name, code=error.code)
    configured = (errors.CREDENTIALS, errors.WRONG_ADDRESS, errors.NOT_ALLOWED)
    if isinstance(error, ProviderRefused) and error.code in [each.code for each in configured]:
        troubles.note(request.account, error.code, f"{error.sentence} {error.advice}")
    return error
