"""What one configuration file says, checked for itself: names, types, and each thing only once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing of the file. ``values``: what the file gives, by the row's field names."""

    #: Where it stands, such as ``activities[2] "excel-basic"``.
    where: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEntry(Entry):
    """An LTI 1.1 registration; its name is the consumer key.

    ``previous_secret``: None when the file does not say, empty when no old secret is to be live.
    """

    platform: str
    shared_secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration13Entry(Entry):
    """An LTI 1.3 registration; its name is issuer and client id."""

    platform: str
    agreed: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentsEntry(Entry):
    """Deployments of one platform, under a registration that may be another platform's."""

    platform: str
    agreed: tuple[str, str]
    deployment_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry(Entry):
    """An account with all its secrets."""

    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry(Entry):
    """An activity; the account and the platforms by name."""

    account: str
    platforms: tuple[str, ...] = ()
    #: Where the file says how many attempts there may be: in the activity itself, or in its grading.
    max_attempts_key: str = "grading.max_attempts"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole file, in its own order."""

    platforms: tuple[Entry, ...] = ()
    registrations: tuple[RegistrationEntry, ...] = ()
    registrations13: tuple[Registration13Entry, ...] = ()
    deployments: tuple[DeploymentsEntry, ...] = ()
    accounts: tuple[AccountEntry, ...] = ()
    activities: tuple[ActivityEntry, ...] = ()
