"""Tokens of both kinds: the client's, for documents, and a user's, for users, courses and the institution.

Each is one for all workers, good for a day or for as long as the answer says.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from lti_bridge.models import Account
from lti_bridge.providers import tokens
from lti_bridge.providers.inspera_originality import errors
from lti_bridge.providers.inspera_originality.answers import look_up, text
from lti_bridge.providers.inspera_originality.endpoints import Access
from lti_bridge.providers.inspera_originality.settings import base_url, choice, client, is_legacy, user
from lti_bridge.providers.tokens import Fetched

#: Seconds that a token is good, by the document; no answer makes it longer.
LIFE = 86_400.0
#: Numbers above these are moments: in milliseconds, in seconds. What is less is a time from now.
_MILLISECONDS, _SECONDS = 100_000_000_000, 1_000_000_000

#: Sends the request of an endpoint by its name, with a body, and gives what was answered.
Send = Callable[[str, Mapping[str, str]], Any]


def token_of(account: Account, access: Access, send: Send) -> str:
    """A token of that kind. Raises ``ProviderError``."""
    name, body = request_of(account, access)
    made_with = json.dumps([base_url(account), name, body])
    return tokens.token_of(account, access.value, made_with, lambda: _read(name, send(name, body)))


def forget(account: Account, access: Access, token: str) -> None:
    """Drop a token that was refused."""
    tokens.forget(account, access.value, token)


def request_of(account: Account, access: Access) -> tuple[str, dict[str, str]]:
    """What a token is asked for with: the endpoint's name and the body. Raises ``ProviderRefused``."""
    if access == Access.USER:
        email, password = user(account)
        return "create_user_token", {"email": email, "password": password}
    client_id, institution_id = client(account)
    if is_legacy(account) and choice(account, "token_keys") == "lower_case":
        return "generate_token", {"clientid": client_id, "institutionid": institution_id}
    return "generate_token", {"clientId": client_id, "institutionId": institution_id}


def seconds_left(value: Any, now: float) -> float:
    """How long a token is good by its ``expirationTime``: a moment in epoch milliseconds or seconds or as ISO 8601
    writes it, or seconds from now. A day where it says nothing that can be read.
    """
    moment = _moment(value)
    left = LIFE if moment is None else moment if moment < _SECONDS else moment - now
    return min(left, LIFE) if left > 0 else LIFE


def _moment(value: Any) -> float | None:
    written = text(int(value) if isinstance(value, float) and abs(value) < 1e18 else value)
    if written.isascii() and written.isdigit():
        number = float(written[:20])
        return number / 1000 if number > _MILLISECONDS else number
    try:
        told = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def _read(name: str, told: Any) -> Fetched:
    token = text(look_up(told, "token", "access_token")) if isinstance(told, Mapping) else ""
    if not token or not token.isprintable() or not token.isascii():
        raise errors.made(errors.AWAY, f"{name}: an answer without a token")
    return Fetched(token, seconds_left(look_up(told, "expirationTime"), time.time()))
