"""The ``state`` of an LTI 1.3 login: all we have to remember of it, signed, and carried by the browser.

Nothing is written down when a login begins: a flood of logins fills no table. The nonce is used up at the launch, by
the launch record.
"""

import hashlib
import secrets
from dataclasses import astuple, dataclass

from django.core import signing

#: Seconds from the login to the launch.
LIFETIME = 600


class StateProblem(Exception):
    """A state that is not believed. Codes: state_unknown, state_expired."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class State:
    """What a login was about. The hints are the platform's, and serve to begin it anew in another window.

    ``message_hint``: None when the platform gave none. ``storage_target``: empty when it keeps nothing for tools.
    """

    registration_id: int
    nonce: str
    target_link_uri: str
    deployment_id: str
    login_hint: str
    message_hint: str | None
    storage_target: str


def new_nonce() -> str:
    """192 bits that nobody guesses."""
    return secrets.token_urlsafe(24)


def key_of(nonce: str) -> str:
    """What a login is called where a browser keeps something of it. It says nothing."""
    return hashlib.sha256(nonce.encode()).hexdigest()[:32]


def write(state: State) -> str:
    """The text that goes to the platform and comes back."""
    return _signer().sign_object(list(astuple(state)), compress=True)


def read(text: str) -> State:
    """The state of a text that we wrote less than ``LIFETIME`` ago. Raises :class:`StateProblem`."""
    try:
        return State(*_signer().unsign_object(text, max_age=LIFETIME))
    except signing.SignatureExpired:
        raise StateProblem("state_expired") from None
    except signing.BadSignature:
        raise StateProblem("state_unknown") from None


def _signer() -> signing.TimestampSigner:
    # A dot needs no escape in an address, where the usual colon would.
    return signing.TimestampSigner(salt="lti_bridge.launch.state", sep=".")
