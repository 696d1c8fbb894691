"""Access tokens of our platform side: signed, kept nowhere, good for an hour.

What a token may do is looked up at each use: an account that was switched off, a tool that was given another client id
and a service that is no longer offered end the tokens that were given before.
"""

from collections.abc import Iterable

from django.core import signing
from django.http import HttpRequest

from lti_bridge.relay import scopes
from lti_bridge.relay.problems import ServiceProblem
from lti_bridge.relay.tools import Registered, tool_of_account

#: Seconds.
LIFETIME = 3600
_LONGEST = 2000
_SALT = "lti_bridge.relay.tokens"


def grant(registered: Registered, granted: Iterable[str]) -> str:
    """A token for a tool and the scopes it was granted."""
    return _signer().sign_object([registered.account.pk, registered.tool.client_id, sorted(granted)])


def bearer_of(request: HttpRequest, *any_of: str) -> Registered:
    """Whose token a request bears. Raises ``ServiceProblem``: 401 without a good one, 403 with none of those scopes."""
    kind, _blank, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise ServiceProblem(401, "token_missing", "An access token is needed.", headers={"WWW-Authenticate": "Bearer"})
    registered, granted = _read(token.strip())
    if not set(any_of) & set(granted) & set(scopes.offered(registered.tool)):
        header = f'Bearer error="insufficient_scope", scope="{any_of[0]}"'
        raise ServiceProblem(
            403, "insufficient_scope", "The token is not for this.", headers={"WWW-Authenticate": header}
        )
    return registered


def _read(token: str) -> tuple[Registered, list[str]]:
    try:
        if len(token) > _LONGEST:
            raise signing.BadSignature
        account_id, client_id, granted = _signer().unsign_object(token, max_age=LIFETIME)
    except signing.BadSignature:
        raise _not_good() from None
    registered = tool_of_account(account_id)
    if registered is None or registered.tool.client_id != client_id:
        raise _not_good()
    return registered, granted


def _not_good() -> ServiceProblem:
    header = 'Bearer error="invalid_token"'
    return ServiceProblem(
        401, "invalid_token", "The access token is not known or has ended.", headers={"WWW-Authenticate": header}
    )


def _signer() -> signing.TimestampSigner:
    # A point between the parts: RFC 6750 has no colon in a token.
    return signing.TimestampSigner(salt=_SALT, sep=".")
