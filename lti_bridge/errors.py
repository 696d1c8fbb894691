"""Every error this project raises on purpose.

::

    BridgeError                  has a code, a sentence for people, what to do, an HTTP status
      LaunchRejected             a launch that must not open anything
      CannotOpen                 a good launch whose activity cannot be opened (now)
        AttemptIsOver            the provider says that the attempt to go on with is over
      CannotCall                 an operation of a provider's API that does not exist so: nothing was sent
      RegistrationRefused        an LMS that cannot register itself (like this)
      ProviderError              a provider said no, or nothing
        ProviderUnavailable      try later
        ProviderRefused          permanent
        UnsupportedEvent         known to them, not used by us
        ForgedEvent              signature or shape says it is not theirs
      NotTaken                   a document that cannot be handed in (like this)
    AlreadyReceived              a provider's message that was used before
    ContentDamaged               a kept document that cannot be read any more
    ConfigurationError           not a BridgeError: must stop the process, never be caught

The only question a caller asks is ``permanent``. A message never holds a token, a name or an e-mail address.
"""

from collections.abc import Sequence

from django.utils.functional import Promise

#: Text for people: translated when it is shown.
Text = str | Promise


class BridgeError(Exception):
    """Something people or peers are told about.

    ``code``: for logs, tests and support, in snake_case. ``sentence``: what happened. ``advice``: what to do.
    ``detail``: for the log and administrators only.
    """

    status = 400
    permanent = True

    def __init__(
        self, code: str, sentence: Text = "", advice: Text = "", *, detail: str = "", status: int | None = None
    ) -> None:
        super().__init__(f"{code}: {detail or sentence}")
        self.code = code
        self.sentence = sentence
        self.advice = advice
        self.detail = detail
        if status is not None:
            self.status = status


class LaunchRejected(BridgeError):
    """A launch that must not open anything.

    ``return_url`` is set only when the signature held and the address is http(s): the browser may be sent back there.
    """

    status = 403

    def __init__(
        self,
        code: str,
        sentence: Text = "",
        advice: Text = "",
        *,
        detail: str = "",
        status: int | None = None,
        return_url: str = "",
    ) -> None:
        super().__init__(code, sentence, advice, detail=detail, status=status)
        self.return_url = return_url


class CannotOpen(BridgeError):
    """A good launch whose activity cannot be opened: missing e-mail, switched off, no attempt left."""

    status = 422


class RegistrationRefused(BridgeError):
    """An LMS that cannot register itself: no invitation, or what it says of itself will not do."""

    status = 422


class NotTaken(BridgeError):
    """A document that cannot be handed in, or not like this. ``problems``: all that is wrong, a sentence each."""

    status = 422

    def __init__(self, code: str, *problems: Text) -> None:
        super().__init__(code, " ".join(map(str, problems)), detail=code)
        self.problems = problems


class AttemptIsOver(CannotOpen):
    """The provider says that the attempt to go on with is over; its result is not here yet."""


class CannotCall(BridgeError):
    """An operation of a provider's API that does not exist, or not with these arguments. Nothing was sent.

    ``problems``: all that is wrong, a line each; they name parameters and never show a value. Where a person has to
    find again what they typed, they do, and ``detail`` says the same without it.
    """

    def __init__(self, code: str, problems: Sequence[str], *, detail: str = "") -> None:
        super().__init__(code, " ".join(problems), detail=detail or "; ".join(problems))
        self.problems = tuple(problems)


class ProviderError(BridgeError):
    """A provider said no, or nothing.

    ``provider_code`` and ``provider_message``: its own, where it gave any. They are for whoever called; a message
    may hold what was sent, so it goes into no log. ``ambiguous``: it may have done what it was asked for all the same.
    ``retry_after``: the seconds that it asked us to wait.
    """

    status = 502

    def __init__(
        self,
        code: str,
        sentence: Text = "",
        advice: Text = "",
        *,
        detail: str = "",
        status: int | None = None,
        provider_code: str = "",
        provider_message: str = "",
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, sentence, advice, detail=detail, status=status)
        self.provider_code = provider_code
        self.provider_message = provider_message
        self.ambiguous = ambiguous
        self.retry_after = retry_after


class ProviderUnavailable(ProviderError):
    """The provider did not answer properly; the same call may work later."""

    status = 503
    permanent = False


class ProviderRefused(ProviderError):
    """The provider answered, and the answer is no."""


class UnsupportedEvent(ProviderError):
    """Theirs and well formed, but nothing we act on."""

    status = 200


class ForgedEvent(ProviderError):
    """It cannot have come from the provider."""

    status = 400


class AlreadyReceived(Exception):
    """The provider used this nonce before: a replay. The edge that received it answers as to any other forgery."""


class ContentDamaged(Exception):
    """A piece of a kept document is missing, or not what was kept: nothing of it may be used."""


class ConfigurationError(Exception):
    """What an administrator configured cannot work. Never caught on the way of a request."""
