"""Tests that many candidates sit and that a provider tells the results of all at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO

from lti_bridge.models import Account, ProviderTest
from lti_bridge.providers.exports import Export


@dataclass(frozen=True, slots=True)
class Found:
    """One candidate in the results of a test. ``raw``: what is kept of it, word for word, for ``Provider.read``.

    ``user_id``: the provider's own id of the person, may be empty. ``known_as``: other names of the same person there.
    ``began_at``: when the person began to sit it, where the provider tells.
    """

    user_id: str
    known_as: tuple[str, ...]
    raw: str = field(repr=False)
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WholeTests:
    """How a provider is asked about tests as a whole.

    ``asked_at``: whether an account's tests are asked about, by its settings. ``export``: what is ordered for one test.
    ``read``: the candidates in the file, one at a time. ``next_look``: how long to wait after so many looks; its first
    argument says whether results of somebody are still to come. None: not again by ourselves. Pure.
    """

    asked_at: Callable[[Account], bool] = field(repr=False)
    export: Callable[[ProviderTest], Export] = field(repr=False)
    read: Callable[[ProviderTest, BinaryIO], Iterator[Found]] = field(repr=False)
    next_look: Callable[[bool, int], timedelta | None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a webhook is about: a test or an attempt, by the provider's id.

    ``details``: what the test's row has to remember of it.
    """

    test_id: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    attempt_id: str = ""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Messages about an account as a whole: signed, or at an address that nobody else knows.

    ``verify``: gives what makes a message single, so that a repeated one changes nothing; raises ``ForgedEvent``.
    ``is_trial``: whether it only tries out whether somebody is there. ``read``: what it is about, None for what we do
    not act on. ``restore``: makes sure that the provider still sends them, and gives what was done, a line each; raises
    ``ProviderError``. ``token``: what the address ends in, unguessable, where they are not signed.
    """

    verify: Callable[[Account, Mapping[str, str], bytes], str] = field(repr=False)
    is_trial: Callable[[bytes], bool] = field(repr=False)
    read: Callable[[Account, str], Heard | None] = field(repr=False)
    restore: Callable[[Account], list[str]] = field(repr=False)
    token: Callable[[Account], str] | None = field(default=None, repr=False)
