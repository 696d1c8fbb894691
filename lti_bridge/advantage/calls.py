"""One call to a service of a platform, with a token in its header and nowhere else."""

import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from lti_bridge import http
from lti_bridge.advantage import tokens
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.advantage.token_requests import Token
from lti_bridge.models import Lti13Registration

#: Below so many seconds no request is begun.
SHORTEST = 0.2


def call(
    registration: Lti13Registration,
    scopes: Sequence[str],
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    content_type: str = "",
    accept: str = "",
    deadline: float = http.DEADLINE,
) -> http.Answer:
    """Ask a service, and give its answer, of any status. A token that is refused is replaced, once.

    ``scopes``: the one that this call needs first, then those that the same token should serve too. ``deadline``:
    seconds for everything together, a new token included. Raises ``ServiceProblem``.
    """
    if not registration.is_live:
        raise ServiceProblem("registration_off")
    _check_host(registration, url)
    end = time.monotonic() + deadline
    headers = {"Content-Type": content_type, "Accept": accept}
    headers = {name: value for name, value in headers.items() if value}
    token = tokens.find(registration, scopes, deadline=deadline)
    answer = _ask(token, method, url, headers, body, end)
    left = end - time.monotonic()
    if answer.status == 401 and left > SHORTEST and tokens.drop(registration, token):
        token = tokens.find(registration, scopes, deadline=left)
        answer = _ask(token, method, url, headers, body, end)
    return answer


def hosts_of(registration: Lti13Registration) -> set[str]:
    """Where a registration's services may be: the hosts of its own addresses, and those that somebody approved."""
    addresses = (
        registration.issuer,
        registration.authorization_endpoint,
        registration.token_endpoint,
        registration.jwks_uri,
    )
    named = {host.lower() for host in registration.service_hosts if isinstance(host, str)}
    return named | {host for address in addresses if (host := _host(address))}


def _check_host(registration: Lti13Registration, url: str) -> None:
    """Raise ``ServiceProblem`` unless the token may go there: addresses of services come with launches."""
    host = _host(url)
    if not host or host not in hosts_of(registration):
        raise ServiceProblem("host_not_approved", host)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _ask(token: Token, method: str, url: str, headers: dict[str, str], body: bytes | None, end: float) -> http.Answer:
    left = end - time.monotonic()
    if left < SHORTEST:
        raise ServiceProblem("timeout", "No time was left after asking for a token.")
    authorized = {**headers, "Authorization": f"Bearer {token.text}"}
    try:
        return http.request(method, url, headers=authorized, body=body, deadline=left)
    except http.HttpProblem as problem:
        # A question changes nothing, whether it arrived or not.
        ambiguous = problem.ambiguous and method != "GET"
        raise ServiceProblem(problem.code, problem.message, ambiguous=ambiguous) from None
