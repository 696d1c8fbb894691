"""One request to a platform's token endpoint, and what its answer means (Security Framework 1.1 §4.1).

Platforms differ in every detail of the answer, so little is believed beside the token itself.
"""

import json
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from lti_bridge import http, jose, signing_keys
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.advantage.refusals import slower_by
from lti_bridge.models import Family, Lti13Registration

#: Seconds for one request, at most.
DEADLINE = 10.0
#: How long an assertion lives.
LIFETIME = 300
#: Our clock may be ahead, and Moodle accepts no assertion from the future.
BACKDATED = 5
#: How long a token is believed to live when the platform does not say.
EXPIRES_IN = 300
LONGEST = 24 * 3600

#: What a family wants as audience where the registration says nothing; the address that is called otherwise.
AUDIENCES: dict[str, str] = {
    # Its token endpoint is at auth.brightspace.com, and its audience is this.
    Family.BRIGHTSPACE: "https://api.brightspace.com/auth/token",
}

_FORM = "application/x-www-form-urlencoded"
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_USABLE = re.compile(r"[\x21-\x7e]{1,8000}")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. ``granted``: the scopes it is good for. Times in seconds since 1970."""

    text: str = field(repr=False)
    granted: tuple[str, ...]
    made_at: float
    expires_at: float

    @property
    def is_fresh(self) -> bool:
        """Whether it can be used without asking for the next one. That is done a minute before its end."""
        return time.time() < self.expires_at - min(60.0, (self.expires_at - self.made_at) / 2)

    @property
    def is_alive(self) -> bool:
        """Whether it can be used while somebody else asks for the next one."""
        return time.time() < self.expires_at - 2


def request(registration: Lti13Registration, scopes: Iterable[str], *, deadline: float = DEADLINE) -> Token:
    """Ask for a token. Raises ``ServiceProblem``: not_permitted, token_refused, token_unavailable."""
    url = registration.token_endpoint
    if not url:
        raise ServiceProblem("token_refused", "The registration names no token endpoint.")
    asked = tuple(scopes)
    assertion = _assertion(registration)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _JWT_BEARER,
        "client_assertion": assertion,
        "scope": " ".join(asked),
    }
    headers = {"Content-Type": _FORM, "Accept": "application/json"}
    try:
        answer = http.post(url, urlencode(form).encode(), headers=headers, deadline=min(deadline, DEADLINE))
    except http.HttpProblem as problem:
        code = problem.code if problem.code in ("forbidden_address", "bad_url") else "token_unavailable"
        raise ServiceProblem(code, problem.message) from None
    if not 200 <= answer.status < 300:
        raise _refusal(answer, assertion)
    return _token(_members(answer.body), asked)


def audience_of(registration: Lti13Registration) -> str:
    """Whom an assertion is for: the most common thing that is wrong with a registration."""
    return registration.token_audience or AUDIENCES.get(registration.platform.family) or registration.token_endpoint


def _assertion(registration: Lti13Registration) -> str:
    now = int(time.time())
    claims = {
        "iss": registration.client_id,
        "sub": registration.client_id,
        "aud": audience_of(registration),
        "iat": now - BACKDATED,
        "exp": now + LIFETIME,
        "jti": secrets.token_urlsafe(24),
    }
    signer = signing_keys.signer(signing_keys.Side.TOOL)
    return jose.sign(claims, signer.key, signer.kid)


def _refusal(answer: http.Answer, assertion: str) -> ServiceProblem:
    told = _members(answer.body) or {}
    text = " ".join(str(told[name]) for name in ("error", "error_description") if told.get(name))
    # Some platforms say what is wrong as text that only looks like JSON.
    if not text and b"<" not in answer.body[:200]:
        text = answer.body[:5000].decode("utf-8", "replace")
    text = f"HTTP {answer.status} {text}".replace(assertion, "…").strip()[:300]
    again_in = answer.retry_after(time.time())
    slower = slower_by(answer)
    if slower is not None:
        return ServiceProblem("waits", text, status=answer.status, again_in=slower)
    if answer.status >= 500 or answer.status in (408, 425):
        return ServiceProblem("token_unavailable", text, status=answer.status, again_in=again_in)
    code = "not_permitted" if told.get("error") == "invalid_scope" else "token_refused"
    return ServiceProblem(code, text, status=answer.status)


def _members(body: bytes) -> dict[str, Any] | None:
    """The members of a JSON object, whatever its content type is said to be (Moodle: text/html)."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _token(told: dict[str, Any] | None, asked: tuple[str, ...]) -> Token:
    text = (told or {}).get("access_token")
    if told is None or not isinstance(text, str) or not _USABLE.fullmatch(text):
        raise ServiceProblem("token_unavailable", "The token endpoint answered without a token, as a log-in page does.")
    if str(told.get("token_type") or "bearer").lower() != "bearer":
        raise ServiceProblem("token_refused", "The token is of a type that cannot be used.")
    now = time.time()
    return Token(text, _granted(told.get("scope"), asked), now, now + _seconds(told.get("expires_in")))


def _granted(said: object, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes that were granted, of those asked for. What cannot be read means all (RFC 6749 §5.1)."""
    words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
    return tuple(scope for scope in asked if scope in words) or asked


def _seconds(said: object) -> float:
    try:
        seconds = float(str(said))
    except ValueError:
        return EXPIRES_IN
    return min(seconds, LONGEST) if seconds > 0 else EXPIRES_IN
