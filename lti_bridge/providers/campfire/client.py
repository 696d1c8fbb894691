"""Campfire's API over HTTP: Basic authentication and JSON. Nothing is ever sent twice.

The answer key is taken out of every answer here, so that nothing behind this file can show it, log it or keep it.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from django.utils.translation import gettext_lazy as _

from lti_bridge import http
from lti_bridge.errors import ProviderError, ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account
from lti_bridge.providers import troubles
from lti_bridge.providers.campfire.answer_key import without_key
from lti_bridge.providers.campfire.endpoints import ENDPOINTS, Endpoint
from lti_bridge.providers.campfire.settings import base_url, choice, credentials

log = structlog.get_logger(__name__)

#: A person waits for the answer: seconds to connect, seconds without a byte, seconds in all.
TIMEOUT = (5.0, 12.0)
DEADLINE = 15.0
#: A page of sessions with their results.
MAX_BYTES = 20_000_000
CREDENTIALS_REFUSED = "credentials_refused"
_TELL_ADMINISTRATORS = _("Please tell the people who look after this service.")

Query = Sequence[tuple[str, str]]


def ask(
    account: Account,
    name: str,
    parts: Mapping[str, str] | None = None,
    *,
    query: Query = (),
    body: Any = None,
    with_answer_key: bool = False,
) -> Any:
    """Ask one of ``ENDPOINTS``. Gives its JSON, without the answer key; ``{}`` where it says nothing.

    Raises ``ProviderUnavailable`` when there was no proper answer (``ambiguous``: it may have been carried out all the
    same), ``ProviderRefused`` when the answer is no.
    """
    endpoint = ENDPOINTS[name]
    try:
        answer = http.request(
            endpoint.method,
            _url(account, endpoint, parts or {}, query),
            headers=_headers(account),
            body=None if body is None else json.dumps(body).encode(),
            timeout=TIMEOUT,
            deadline=DEADLINE,
            max_bytes=MAX_BYTES,
        )
    except http.HttpProblem as problem:
        raise _unavailable(f"{name}: {problem}", ambiguous=problem.ambiguous and endpoint.acts) from None
    if not 200 <= answer.status < 300:
        raise _no(account, name, endpoint, answer)
    troubles.clear(account, [CREDENTIALS_REFUSED])
    told = _read(name, endpoint, answer)
    return told if with_answer_key else without_key(told)


def _url(account: Account, endpoint: Endpoint, parts: Mapping[str, str], query: Query) -> str:
    # Whatever is in an id, it stays one part of the path.
    quoted = {each: quote(value, safe="") for each, value in parts.items()}
    path = endpoint.path.format_map(quoted | {"create_route": choice(account, "create_route")})
    return f"{base_url(account)}{path}" + (f"?{urlencode(query)}" if query else "")


def _headers(account: Account) -> dict[str, str]:
    """RFC 7617, in UTF-8."""
    pair = ":".join(credentials(account)).encode()
    return {
        "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }


def _read(name: str, endpoint: Endpoint, answer: http.Answer) -> Any:
    try:
        return json.loads(answer.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        if not endpoint.tells:
            return {}
        raise _unavailable(f"{name}: HTTP {answer.status} without JSON", ambiguous=endpoint.acts) from None


# --- what goes wrong ------------------------------------------------------------------------


def _no(account: Account, name: str, endpoint: Endpoint, answer: http.Answer) -> ProviderError:
    told = f"{name}: HTTP {answer.status}"
    if answer.status in (401, 403):
        sentence = _("The exam provider does not let us in.")
        advice = _("Please tell the people who look after this service: app_key and app_secret, or the workspace.")
        troubles.note(account, CREDENTIALS_REFUSED, f"{sentence} {advice}")
        return _refused(CREDENTIALS_REFUSED, sentence, advice, told, answer)
    if answer.status == 404:
        return _not_there(name, told, answer)
    if answer.status == 429:
        return _unavailable(told)
    if answer.status >= 500 or answer.status < 400:
        return _unavailable(told, ambiguous=endpoint.acts)
    return _refused(
        "refused",
        _("The exam provider refused this."),
        _("Please tell your teacher, or the people who look after this service."),
        told,
        answer,
    )


def _not_there(name: str, told: str, answer: http.Answer) -> ProviderRefused:
    if name == "create_exam_session":
        return _refused(
            "no_such_exam",
            _("The exam provider does not know this exam."),
            _("Please tell your teacher: exam_config_id of the activity has to be one of the account’s workspace."),
            told,
            answer,
        )
    return _refused(
        "not_found", _("The exam provider does not have this any more."), _TELL_ADMINISTRATORS, told, answer
    )


def _refused(code: str, sentence: Any, advice: Any, told: str, answer: http.Answer) -> ProviderRefused:
    log.info("campfire_refused", code=code, detail=told)
    return ProviderRefused(
        code,
        sentence,
        advice,
        detail=f"Campfire, {told}",
        provider_code=str(answer.status),
        provider_message=_message_in(answer),
    )


def _message_in(answer: http.Answer) -> str:
    """Its own words, for whoever called; they may hold what was sent, so no log has them."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    words = told.get("message") or told.get("error") if isinstance(told, dict) else None
    return words[:300] if isinstance(words, str) else ""


def _unavailable(detail: str, *, ambiguous: bool = False) -> ProviderUnavailable:
    log.warning("campfire_unavailable", detail=detail)
    return ProviderUnavailable(
        "provider_unavailable",
        _("The exam provider does not answer properly at the moment."),
        _("Try again in a few minutes. Nothing is lost."),
        detail=f"Campfire, {detail}",
        ambiguous=ambiguous,
    )
